"""Which clock counts, and when it is read."""

from __future__ import annotations

import asyncio
import time

from contactguard.clock import SimulatedClock, SystemClock
from contactguard.records.store import Store
from contactguard.records.work import Job, NewEntry, View, Writes

from .conftest import NOON, Opener, count, execute, held, other_connection, submitted, told


class Skewed(SystemClock):
    """The clock of a machine that is two hours ahead."""

    def now(self) -> float:
        return super().now() + 7_200


async def test_the_clock_is_read_after_the_lock(store: Store, url: str, clock: SimulatedClock) -> None:
    """A job that waited for its lock is judged at the instant it got it, not the one it came at."""
    await store.submit(count())
    async with held(store, url):
        tasks = await submitted(store, [told()])
        clock.advance(600)
    assert (await tasks[0]).at == NOON + 600


async def test_time_never_runs_backwards_for_a_subject(store: Store, clock: SimulatedClock) -> None:
    """A clock set back does not put a later entry before an earlier one; other subjects are not held by it."""
    await store.submit(count())
    clock.set(NOON - 3_600)
    assert (await store.submit(told())).at == NOON
    assert (await store.look(["person:P-1"])).at == NOON
    assert (await store.submit(told("person:P-2"))).at == NOON - 3_600
    await store.submit(count())
    assert [entry.recorded for entry in await store.entries("case:C-1")] == [NOON, NOON]


async def test_instants_are_whole_seconds(store: Store, clock: SimulatedClock) -> None:
    """A fraction of a second is dropped."""
    clock.set(NOON + 0.999)
    assert (await store.submit(told())).at == NOON


async def test_what_happened_earlier_keeps_its_own_time(store: Store) -> None:
    """An entry about the past has its own instant beside the one at which it was recorded."""
    entry = NewEntry(stream="case:C-1", kind="contact", body=b"", at=NOON - 90)
    await store.submit(Job(lock=("case:C-1",), judge=lambda view: Writes(answer=None, entries=[entry])))
    (found,) = await store.entries("case:C-1")
    assert (found.at, found.recorded) == (NOON - 90, NOON)


async def test_on_postgresql_the_databases_clock_counts(opened: Opener, url: str) -> None:
    """A process whose own clock is two hours ahead judges by the database's, and says how far it is off."""
    store = await opened(Skewed())
    view: View = await store.submit(told())
    if url.startswith("sqlite"):
        assert abs(view.at - time.time() - 7_200) < 60
        return
    async with other_connection(url) as other:
        database = await other.fetchval("SELECT extract(epoch FROM now())::float8")
    assert abs(view.at - database) < 60
    assert abs((await store.health()).skew - 7_200) < 60
    assert abs((await store.look(["person:P-1"])).at - database) < 60


async def test_a_row_from_the_future_holds_only_its_own_subject(store: Store, url: str) -> None:
    """A subject once written by a clock gone wrong does not move the time of jobs beside it in a batch."""
    await store.submit(count("person:P-1", stream="case:C-1"))
    await store.submit(count("person:P-2", stream="case:C-2"))
    await execute(url, f"UPDATE subjects SET newest = {NOON + 10**6} WHERE key = 'person:P-1'")
    async with held(store, url):
        tasks = await submitted(store, [told("person:P-1"), told("person:P-2")])
    first, second = await asyncio.gather(*tasks)
    assert (first.at, second.at) == (NOON + 10**6, NOON)


async def test_an_entry_says_that_its_clock_was_simulated(opened: Opener) -> None:
    """What was written by a clock that is not the machine's can never pass for what happened."""
    store = await opened(SimulatedClock(time.time()))
    await store.submit(count())
    await store.close()
    store = await opened(SystemClock())
    await store.submit(count())
    newest_first = await store.entries("case:C-1")
    assert [entry.simulated for entry in newest_first] == [False, True]
    assert (await store.verify()).holds
