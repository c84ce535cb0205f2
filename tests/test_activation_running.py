"""A rulebook is activated while 32 clients ask without a pause: no ask fails, and none is decided by a mixture.

Each stored decision is compared with the schedule afterwards: the rulebook that it names is the one in force at its
instant, and so are the hours and the cap by which it was decided. On PostgreSQL three processes take part, whose
clocks stand apart, and of which only one is told.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
from collections.abc import AsyncIterator, Mapping
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_road import AGENT, Offices, asking, fresh_postgresql, master_key, person
from a_shelf import ANN, Service, digest_of, ruled, rules, serving
from contactguard.clock import SystemClock
from contactguard.law.instants import parse_instant

CLIENTS, PROCESSES, ROUNDS = 32, 3, 3
Answer = Mapping[str, Any]


async def _ask_until(service: Service, client: int, done: asyncio.Event, told: list[Answer]) -> None:
    """One client, asking without a pause."""
    while not done.is_set():
        answer = msgspec.json.decode(await service.road.ask(asking(f"C-{client}"), AGENT))
        told.append({"at": answer["at"], "rulebook": answer["rulebook"], "capped": _capped(answer)})
        await asyncio.sleep(0)


def _capped(answer: Answer) -> bool:
    return any(one["rule"] == "test-cap.cap" for one in answer["reasons"])


def _mixed(told: list[Answer], turns: list[tuple[int, str]], capping: str) -> list[Answer]:
    """The answers that were not given by the rulebook of their instant."""
    return [one for one in told if not _fits(one, turns, capping)]


def _fits(one: Answer, turns: list[tuple[int, str]], capping: str) -> bool:
    at = int(parse_instant(one["at"]))
    rightly = [digest for since, digest in turns if since <= at][-1]
    return one["rulebook"] == rightly and one["capped"] == (rightly == capping)


async def _people(service: Service) -> None:
    for client in range(CLIENTS):
        await service.put(f"C-{client}", person(f"P-{client}"))


async def test_activations_while_32_clients_ask_one_process(offices: Offices, tmp_path: Path) -> None:
    """There and back, a few times over."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=0)
    service = await serving(offices, old)
    service.clock.runs = True
    await _people(service)
    told: list[Answer] = []
    done = asyncio.Event()
    clients = [asyncio.create_task(_ask_until(service, client, done, told)) for client in range(CLIENTS)]
    await service.activate(new)
    for _ in range(ROUNDS):
        await _in_force(service)
        await service.acts.back(ANN)
    await _in_force(service)
    done.set()
    await asyncio.gather(*clients)
    assert len({one["rulebook"] for one in told}) == 2
    assert _mixed(told, _turns(service), digest_of(new)) == []


async def _in_force(service: Service) -> None:
    """Returns once what was last put in force answers."""
    while True:
        if await service.asked() == service.shelf.board.turns[-1].digest:
            return


def _turns(service: Service) -> list[tuple[int, str]]:
    first, *rest = service.shelf.board.turns
    return [(0, first.digest), *((turn.since, turn.digest) for turn in rest)]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Offices]:
    """A fresh PostgreSQL, which several processes can share."""
    async for url in fresh_postgresql():
        offices = Offices(url, master_key(tmp_path / "master.key"))
        yield offices
        await offices.close()


async def test_activations_while_32_clients_ask_three_processes(database: Offices, tmp_path: Path) -> None:
    """The two processes that are told nothing change at the very same instant."""
    told, turns, new = await _three(database, tmp_path, heedless=False)
    assert _mixed(told, turns, new) == []


async def test_without_the_edition_answers_would_be_mixed(database: Offices, tmp_path: Path) -> None:
    """The negative control: processes that look at the schedule only now and then go on by the old rulebook."""
    told, turns, new = await _three(database, tmp_path, heedless=True)
    assert _mixed(told, turns, new) != []


async def _three(database: Offices, folder: Path, *, heedless: bool) -> tuple[list[Answer], list[tuple[int, str]], str]:
    """What 32 clients of three processes were told, the turns there were, and the rulebook that has the cap."""
    old, new = rules(folder / "rules"), rules(folder / "new", limit=0)
    service = await serving(database, old, clock=SystemClock())
    await _people(service)
    context = multiprocessing.get_context("spawn")
    begun, over = context.Barrier(PROCESSES), context.Event()
    out = [folder / f"told-{place}.json" for place in range(1, PROCESSES)]
    given = (begun, over, database.url, str(database.key_file), heedless)
    others = [context.Process(target=_process, args=(place, str(path), *given)) for place, path in enumerate(out, 1)]
    for other in others:
        other.start()
    await asyncio.to_thread(begun.wait, 60)
    told: list[Answer] = []
    done = asyncio.Event()
    clients = [asyncio.create_task(_ask_until(service, one, done, told)) for one in range(0, CLIENTS, PROCESSES)]
    await service.activate(new)
    for _ in range(ROUNDS):
        await _in_force(service)
        await service.acts.back(ANN)
    await _in_force(service)
    done.set()
    over.set()
    await asyncio.gather(*clients)
    for other in others:
        await asyncio.to_thread(other.join, 60)
        assert other.exitcode == 0
    return told + [one for path in out for one in json.loads(path.read_text())], _turns(service), digest_of(new)


def _process(place: int, out: str, begun: Barrier, over: Event, url: str, key: str, heedless: bool) -> None:
    """Another service on the same database, which is told nothing."""
    told = asyncio.run(_elsewhere(place, begun, over, Offices(url, Path(key)), heedless))
    Path(out).write_text(json.dumps(told))
    sys.exit(0)


async def _elsewhere(place: int, begun: Barrier, over: Event, offices: Offices, heedless: bool) -> list[Answer]:
    office = await offices.open(clock=_Apart(2.0 if place == 1 else -2.0))
    service = Service(office.store, ruled(), office.clock)
    await service.shelf.read()
    if heedless:
        _heed_nothing(service)
    told: list[Answer] = []
    done = asyncio.Event()
    await asyncio.to_thread(begun.wait, 60)
    clients = [asyncio.create_task(_ask_until(service, one, done, told)) for one in range(place, CLIENTS, PROCESSES)]
    try:
        await asyncio.to_thread(over.wait, 90)
        done.set()
        await asyncio.gather(*clients)
    finally:
        await offices.close()
    return told


class _Apart(SystemClock):
    """The clock of a machine that is wrong."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return super().now() + self._seconds


def _heed_nothing(service: Service) -> None:
    """Judge by what was read once, whatever edition the batch belongs to."""
    of = service.shelf.of
    service.shelf.of = lambda view, at=None: of(msgspec.structs.replace(view, edition=0), at)  # type: ignore[method-assign]
