"""`kill -9` under load, over and over: what was acknowledged is there, no cap is exceeded, the chains verify."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from .service import to_noon
from .world import Client, Lost, Service, client, database, token, verify

CASES, CLIENTS = 80, 24
CAP, LIVE = 7, 1
_SECONDS = (0.3, 1.2)
_LIVE_STATES = ("reserved", "started")


class Told(NamedTuple):
    """What the service acknowledged in one round: permits, how those ended that did, refusals."""

    cases: list[str]
    permits: dict[str, str]
    ended: dict[str, str]
    refused: list[str]


async def run(engine: str, rounds: int, folder: Path) -> bool:
    """The rounds; whether all went well."""
    shift = ("--shift", str(to_noon(time.time())))
    everything: list[Told] = []
    faults = 0
    async with database(engine, folder) as (url, key_file):
        key = await token(url, key_file)
        for number in range(rounds):
            service = await asyncio.to_thread(Service, url, key_file, *shift)
            async with client(key) as speaker:
                told = await _load(speaker, service, number)
            everything.append(told)
            report = await verify(url, key_file)
            found = await _checked(url, key_file, shift, key, [told])
            found += [str(fault) for fault in report.faults]
            faults += len(found)
            said = f"{len(told.permits)} permits, {len(told.ended)} ends and {len(told.refused)} refusals acknowledged"
            print(f"round {number + 1}: {said}; {report.entries} entries verify; {_verdict(found)}", flush=True)
        found = await _checked(url, key_file, shift, key, everything)
    permits, ends = sum(len(one.permits) for one in everything), sum(len(one.ended) for one in everything)
    print(f"{engine}: {rounds} kills, {permits} permits and {ends} ends acknowledged; at the end {_verdict(found)}")
    return not faults and not found


def _line(ref: str) -> str:
    number, place = ref.removeprefix("R").split("-")
    return f"+1212{5_000_000 + int(number) * CASES + int(place)}"


def _verdict(faults: list[str]) -> str:
    return "all there" if not faults else f"{len(faults)} FAULTS: " + "; ".join(faults[:5])


async def _load(speaker: Client, service: Service, number: int) -> Told:
    """Ask and report until the service is killed at a random moment."""
    told = Told([f"R{number}-{n}" for n in range(CASES)], {}, {}, [])
    await asyncio.gather(*(speaker.put(service, ref, _line(ref)) for ref in told.cases))
    workers = [asyncio.create_task(_work(speaker, service, told)) for _ in range(CLIENTS)]
    await asyncio.sleep(random.uniform(*_SECONDS))
    await asyncio.to_thread(service.kill)
    await asyncio.gather(*workers)
    return told


async def _work(speaker: Client, service: Service, told: Told) -> None:
    try:
        while True:
            ref = random.choice(told.cases)
            status, answer = await speaker.ask(service, ref, _line(ref))
            if status != 200:
                raise RuntimeError(f"asked, and was answered {status}: {answer}")
            if answer["permit"] is None:
                told.refused.append(answer["id"])
                continue
            told.permits[answer["permit"]["id"]] = ref
            if random.random() < 0.8:
                await _end(speaker, service, answer["permit"]["id"], told)
    except Lost:
        return


async def _end(speaker: Client, service: Service, permit: str, told: Told) -> None:
    outcome = random.choice(("no_answer", "voicemail"))
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + to_noon(time.time())))
    event = {"event_id": "end", "type": "ended", "at": at, "outcome": outcome}
    status, answer = await speaker.send("POST", f"{service.url}/v1/permits/{permit}/events", event)
    if status != 200:
        raise RuntimeError(f"reported, and was answered {status}: {answer}")
    told.ended[permit] = outcome


async def _checked(url: str, key_file: Path, shift: Iterable[str], key: str, tolds: list[Told]) -> list[str]:
    """What is not as it was acknowledged, or more than is allowed."""
    service = await asyncio.to_thread(Service, url, key_file, *shift)
    limit = asyncio.Semaphore(CLIENTS)

    async def limited(check: Any) -> list[str]:
        async with limit:
            found: list[str] = await check
            return found

    try:
        async with client(key) as speaker:
            checks = [_permit(speaker, service, permit, told) for told in tolds for permit in told.permits]
            checks += [_refusal(speaker, service, id) for told in tolds for id in told.refused]
            checks += [_case(speaker, service, ref) for told in tolds for ref in told.cases]
            return [fault for found in await asyncio.gather(*map(limited, checks)) for fault in found]
    finally:
        await asyncio.to_thread(service.stop)


async def _permit(speaker: Client, service: Service, permit: str, told: Told) -> list[str]:
    status, answer = await speaker.send("GET", f"{service.url}/v1/permits/{permit}")
    if status != 200:
        return [f"permit {permit} is gone"]
    outcome = told.ended.get(permit)
    if outcome is not None and (answer["state"], answer["outcome"]) != ("ended", outcome):
        return [f"the end of permit {permit} is gone"]
    return []


async def _refusal(speaker: Client, service: Service, id: str) -> list[str]:
    status, _ = await speaker.send("GET", f"{service.url}/v1/decisions/{id}/scenario")
    return [] if status == 200 else [f"refusal {id} is gone"]


async def _case(speaker: Client, service: Service, ref: str) -> list[str]:
    """The caps, counted from the record of the case."""
    items: list[Any] = []
    cursor = ""
    while True:
        status, page = await speaker.send("GET", f"{service.url}/v1/cases/{ref}/contacts?limit=100{cursor}")
        if status != 200:
            return [f"case {ref} is gone"]
        items += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    placed = [item for item in items if item["verdict"] == "allow"]
    open_ones = [item for item in placed if item["outcome"] == "unknown"]
    faults = [f"case {ref}: {len(placed)} calls"] if len(placed) > CAP else []
    return faults + ([f"case {ref}: {len(open_ones)} live calls"] if len(open_ones) > LIVE else [])
