"""No cap is exceeded by one, over three processes whose clocks stand two seconds apart.

Each process is a service of its own on the same PostgreSQL; between door and lock every request waits a random time.
The negative control takes the lock away, by handing every judgement documents read before it was its turn, and
shows that this test would notice.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import sys
from collections.abc import AsyncIterator, Mapping
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_book import federal, lifted
from a_road import AGENT, NOON, SHARED_LINE_CAP, Offices, asking, fresh_postgresql, master_key, person
from contactguard.clock import SimulatedClock
from contactguard.records.store import Store
from contactguard.records.work import Job, View, Writes

PROCESSES, CLIENTS, APART_SECONDS = 3, 64, 2
DELAY_SECONDS = 0.05


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    """Three processes' worth of clients, on a database with two cases that share a line."""
    (tmp_path / "rules").mkdir()
    async for url in fresh_postgresql():
        offices = Offices(url, master_key(tmp_path / "master.key"))
        office = await offices.open(clock=SimulatedClock(NOON))
        await office.put("C-1", person("P-1"))
        await office.put("C-2", person("P-2"))
        await offices.close()
        yield Crowd(offices, tmp_path)


class Crowd:
    """Clients in several processes that begin together."""

    def __init__(self, offices: Offices, folder: Path) -> None:
        self.offices, self.folder = offices, folder

    async def allowed(self, refs: tuple[str, ...], *, house: bool = False, unlocked: bool = False) -> int:
        """How many of `CLIENTS` asks, spread over all processes, are allowed."""
        fork = multiprocessing.get_context("spawn")
        together = fork.Barrier(PROCESSES)
        out = [self.folder / f"allowed-{place}.json" for place in range(PROCESSES)]
        told = (self.offices.url, str(self.offices.key_file), str(self.folder / "rules"), refs, house, unlocked)
        ones = [fork.Process(target=_process, args=(together, place, str(out[place]), *told)) for place in range(3)]
        for one in ones:
            one.start()
        for one in ones:
            await asyncio.to_thread(one.join, 90)
            assert one.exitcode == 0
        return sum(json.loads(path.read_text()) for path in out)


def _process(
    together: Barrier, place: int, out: str, url: str, key: str, rules: str, refs: tuple[str, ...], *how: bool
) -> None:
    """One process: its own clock, road and clients."""
    house, unlocked = how
    count = asyncio.run(_clients(together, place, Offices(url, Path(key)), Path(rules), refs, house, unlocked))
    Path(out).write_text(json.dumps(count))
    sys.exit(0)


async def _clients(
    together: Barrier, place: int, offices: Offices, rules: Path, refs: tuple[str, ...], house: bool, unlocked: bool
) -> int:
    clock = SimulatedClock(NOON + (place - 1) * APART_SECONDS)
    office = await offices.open(federal() if house else lifted(rules), clock=clock)
    road, chance = office.road, random.Random(place)
    _delay(office.store, chance)
    if unlocked:
        _unlock(office.store)
    await asyncio.to_thread(together.wait, 60)

    async def client(number: int) -> bool:
        await asyncio.sleep(chance.random() * DELAY_SECONDS)
        answer = await road.ask(asking(refs[number % len(refs)]), AGENT)
        return bool(msgspec.json.decode(answer)["verdict"] == "allow")

    try:
        mine = range(place, CLIENTS, PROCESSES)
        return sum(await asyncio.gather(*(client(number) for number in mine)))
    finally:
        await offices.close()


def _delay(store: Store, chance: random.Random) -> None:
    """Put a random wait between the door and the lock."""
    submit = store.submit

    async def late(job: Job) -> Any:
        await asyncio.sleep(chance.random() * DELAY_SECONDS)
        return await submit(job)

    store.submit = late  # type: ignore[method-assign]


def _unlock(store: Store) -> None:
    """Judge each job by what was read before its turn came, as a service that locks nothing would."""
    submit = store.submit

    async def unguarded(job: Job) -> Any:
        seen = await store.look(job.lock, job.also)
        await asyncio.sleep(DELAY_SECONDS)
        return await submit(msgspec.structs.replace(job, judge=partial(_stale, job, seen.docs)))

    store.submit = unguarded  # type: ignore[method-assign]


def _stale(job: Job, docs: Mapping[str, Any], view: View) -> Writes:
    return job.judge(msgspec.structs.replace(view, docs={**view.docs, **docs}))


async def test_seven_of_64_over_three_processes_with_skewed_clocks(crowd: Crowd) -> None:
    """With the house's own cap lifted, the federal one lets exactly seven through."""
    assert await crowd.allowed(("C-1",)) == 7


async def test_one_of_64_over_three_processes_as_shipped(crowd: Crowd) -> None:
    """One call to a person at a time."""
    assert await crowd.allowed(("C-1",), house=True) == 1


async def test_three_of_64_on_a_shared_line_over_three_processes(crowd: Crowd) -> None:
    """Two persons on two cases, 32 clients each, one line."""
    (crowd.folder / "rules" / "line.toml").write_text(SHARED_LINE_CAP)
    assert await crowd.allowed(("C-1", "C-2")) == 3


async def test_without_the_lock_the_cap_would_be_exceeded(crowd: Crowd) -> None:
    """The negative control: judged by what was read before the lock, more than seven get through."""
    assert await crowd.allowed(("C-1",), unlocked=True) > 7
