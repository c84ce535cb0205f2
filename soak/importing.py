"""10,000 cases imported and a key made by commands while 32 clients ask: nobody waits long for that."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from .service import to_noon
from .world import ROOT, Client, Service, client, database, environment, services, token, verify

CASES, CLIENTS, ASKED = 10_000, 32, 400
MOST_SECONDS = 0.050


async def run(engine: str, folder: Path) -> bool:
    """The import under load; whether it went well. Waits are the engine's own figures."""
    file = folder / "cases.ndjson"
    file.write_text("".join(json.dumps(_case(n)) + "\n" for n in range(CASES)))
    async with database(engine, folder) as (url, key_file):
        key = await token(url, key_file)
        with services(url, key_file, ("--shift", str(to_noon(time.time())))) as (service,):
            async with client(key) as speaker:
                refs = [f"A-{n}" for n in range(ASKED)]
                await asyncio.gather(*(speaker.put(service, ref, _line(n)) for n, ref in enumerate(refs)))
                alone = await _asking(speaker, service, asyncio.sleep(5))
                beside = await _asking(speaker, service, _commands(file, url, key_file))
                longest = await speaker.figure(service, "contactguard_writer_behind_bulk_seconds")
        report = await verify(url, key_file)
    print(f"{engine}: alone      {_spread(alone)}")
    print(f"{engine}: meanwhile  {_spread(beside)}")
    print(f"{engine}: longest wait behind an import {1e3 * longest:.1f} ms of 50; {len(report.faults)} faults")
    return bool(longest < MOST_SECONDS and not report.faults)


def _line(number: int) -> str:
    return f"+1212{5_000_000 + number}"


def _case(number: int) -> dict[str, object]:
    home = {"kind": "residence", "country": "US", "subdivision": "NY", "zones": ["America/New_York"]}
    points = [{"address": f"+1646{2_000_000 + number}", "line": "mobile"}]
    persons = [{"id": f"IP-{number}", "points": points, "evidence": [home]}]
    ref = f"I-{number}"
    return {"ref": ref, "case": {"ref": ref, "product": "credit_card"}, "persons": persons}


async def _commands(file: Path, url: str, key_file: Path) -> None:
    started = time.perf_counter()
    await asyncio.gather(
        _command("import", str(file), url=url, key_file=key_file),
        _command("keys", "create", "--name", "during", "--scope", "agent", url=url, key_file=key_file),
    )
    print(f"imported {CASES} cases in {time.perf_counter() - started:.1f} s beside the load", flush=True)


async def _command(*args: str, url: str, key_file: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "contactguard", *args, cwd=ROOT, env=environment(url, key_file),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"contactguard {args[0]} failed: {said.decode()[-500:]}")


async def _asking(speaker: Client, service: Service, until: asyncio.Future[None] | object) -> list[float]:
    """Ask with every client until something else is done; the seconds that each answer took."""
    done = asyncio.Event()
    waits: list[float] = []

    async def ask(number: int) -> None:
        while not done.is_set():
            number = (number + CLIENTS) % ASKED
            began = time.perf_counter()
            status, answer = await speaker.ask(service, f"A-{number}", _line(number))
            if status != 200:
                raise RuntimeError(f"asked, and was answered {status}: {answer}")
            waits.append(time.perf_counter() - began)

    workers = [asyncio.create_task(ask(n)) for n in range(CLIENTS)]
    await until  # type: ignore[misc]
    done.set()
    await asyncio.gather(*workers)
    return sorted(waits)


def _spread(waits: list[float]) -> str:
    half, late, last = (1e3 * waits[int((len(waits) - 1) * part)] for part in (0.5, 0.99, 1))
    within = f"half within {half:.1f} ms, 99 of 100 within {late:.1f} ms, all within {last:.1f} ms"
    return f"{len(waits)} asks answered, {within}"
