"""No process allows anything once a stop is answered for: three of them on one PostgreSQL ask all the while.

The negative control blinds them to the edition that each batch brings, and shows that this test would notice.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
from collections.abc import AsyncIterator
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_book import lifted
from a_road import AGENT, NOON, Offices, asking, fresh_postgresql, master_key, person
from contactguard.attempts import NewStop, Road, Who
from contactguard.clock import SimulatedClock
from contactguard.records.work import View

PROCESSES, CASES, ASKS_AFTER, MEANWHILE = 3, 24, 40, 100
APART_SECONDS = 2


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Offices]:
    """A database with some cases for each process."""
    async for url in fresh_postgresql():
        offices = Offices(url, master_key(tmp_path / "master.key"))
        office = await offices.open(clock=SimulatedClock(NOON))
        for number in range(PROCESSES * CASES):
            await office.put(f"C-{number}", person(f"P-{number}", _line(number)))
        yield offices
        await offices.close()


def _line(number: int) -> str:
    return f"+1212555{number:04}"


@pytest.mark.parametrize("listed", [False, True], ids=["all", "by a list of cases"])
async def test_nothing_is_allowed_after_the_answer(place: Offices, tmp_path: Path, listed: bool) -> None:
    """Whatever was asked after the stop was answered for is refused in every process, though clocks stand apart."""
    before, after = await _asked_around_a_stop(place, tmp_path, listed=listed, blind=False)
    assert before > PROCESSES
    assert after == 0


async def test_a_process_that_does_not_look_would_be_noticed(place: Offices, tmp_path: Path) -> None:
    """Blind to the edition, processes go on allowing."""
    _, after = await _asked_around_a_stop(place, tmp_path, listed=False, blind=True)
    assert after > 0


async def _asked_around_a_stop(offices: Offices, folder: Path, *, listed: bool, blind: bool) -> tuple[int, int]:
    """How many asks were allowed before the stop was answered for, and how many begun after that."""
    fork = multiprocessing.get_context("spawn")
    together, stopped = fork.Barrier(PROCESSES + 1), fork.Event()
    out = [folder / f"asked-{number}.json" for number in range(PROCESSES)]
    told = (offices.url, str(offices.key_file), blind)
    ones = [
        fork.Process(target=_process, args=(together, stopped, number, str(out[number]), *told))
        for number in range(PROCESSES)
    ]
    for one in ones:
        one.start()
    road = (await offices.open(clock=SimulatedClock(NOON))).road
    await asyncio.to_thread(together.wait, 60)
    await _asks(road, MEANWHILE)
    cases = tuple(f"C-{number}" for number in range(PROCESSES * CASES)) if listed else None
    await road.stop(NewStop(reason="a recall", cases=cases), Who(by="Ann"))
    stopped.set()
    for one in ones:
        await asyncio.to_thread(one.join, 90)
        assert one.exitcode == 0
    found = [json.loads(path.read_text()) for path in out]
    return sum(one[0] for one in found), sum(one[1] for one in found)


async def _asks(road: Road, count: int) -> None:
    """Let the others ask for as long as so many questions take."""
    for _ in range(count):
        await road.decide([asking("C-0", address=_line(0))], AGENT)


def _process(together: Barrier, stopped: Event, place: int, out: str, url: str, key: str, blind: bool) -> None:
    """One process: its own clock, road and client."""
    counts = asyncio.run(_client(together, stopped, place, Offices(url, Path(key)), blind))
    Path(out).write_text(json.dumps(counts))
    sys.exit(0)


async def _client(together: Barrier, stopped: Event, place: int, offices: Offices, blind: bool) -> tuple[int, int]:
    clock = SimulatedClock(NOON + (place - 1) * APART_SECONDS)
    office = await offices.open(lifted(), clock=clock)
    if blind:
        _blind(office.road.shelf)
    await asyncio.to_thread(together.wait, 60)
    allowed, asked_after, number = [0, 0], 0, 0
    while asked_after < ASKS_AFTER:
        mine = place * CASES + number % CASES
        number += 1
        after = stopped.is_set()
        asked_after += after
        answer = msgspec.json.decode(await office.road.ask(asking(f"C-{mine}", address=_line(mine)), AGENT))
        if answer["verdict"] == "allow":
            allowed[after] += 1
            await office.tell(answer["permit"]["id"], "released", event_id=f"e-{number}")
    await offices.close()
    return allowed[0], allowed[1]


def _blind(shelf: Any) -> None:
    """Take away what a batch says of the edition."""
    of = shelf.of

    def unseeing(view: View, at: int | None = None) -> Any:
        return of(msgspec.structs.replace(view, edition=0), at)

    shelf.of = unseeing
