"""Who waits, how long, and who is let past."""

from __future__ import annotations

import asyncio

import pytest

from contactguard.errors import Busy
from contactguard.records.store import Store
from contactguard.records.waiting import BATCH, QUEUE_LIMIT, QUIET_TIMES, SLICE_SECONDS, Ticket, Waiting
from contactguard.records.work import Job, View, Writes
from contactguard.records.writer import Batch, Documents

from .conftest import blocked, count, held, in_queue, submitted, told


class Ticks:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def ticks_of(store: Store) -> Ticks:
    """Puts simulated seconds under every queue of a store."""
    ticks = Ticks()
    engine = store.engine
    engine.ticks = ticks  # type: ignore[attr-defined]
    for lane in getattr(engine, "lanes", [engine]):
        lane.waiting.ticks = ticks
    return ticks


async def test_who_waited_two_seconds_is_turned_away(store: Store, url: str) -> None:
    """While the writer is held up, those who waited longer are answered; the others still wait for it."""
    await store.submit(count())
    ticks = ticks_of(store)
    async with held(store, url):
        begun = await submitted(store, [count()])
        await _until_blocked(store, url)
        early = await submitted(store, [count()])
        ticks.seconds += 1.5
        late = await submitted(store, [count()])
        ticks.seconds += 1.0
        store.engine.sweep()  # type: ignore[attr-defined]
        with pytest.raises(Busy):
            await early[0]
        assert not late[0].done()
    assert int(await late[0]) in (2, 3)
    await asyncio.gather(*begun, return_exceptions=True)


async def test_nothing_was_done_for_those_turned_away(store: Store, url: str) -> None:
    """A job that waited too long is not judged afterwards."""
    await store.submit(count())
    ticks = ticks_of(store)
    async with held(store, url):
        begun = await submitted(store, [told()])
        await _until_blocked(store, url)
        late = await submitted(store, [count() for _ in range(5)])
        ticks.seconds += 10
        store.engine.sweep()  # type: ignore[attr-defined]
        answers = await asyncio.gather(*late, return_exceptions=True)
        assert {type(answer) for answer in answers} == {Busy}
    await asyncio.gather(*begun, return_exceptions=True)
    assert await store.doc("person:P-1") == 1


async def test_two_thousand_may_wait(store: Store, url: str) -> None:
    """The queue holds 2,000; the next is told to come again, at once."""
    await store.submit(count())
    async with held(store, url):
        tasks = await submitted(store, [told()])
        await _until_blocked(store, url)
        tasks += await submitted(store, [told() for _ in range(QUEUE_LIMIT - in_queue(store))])
        assert in_queue(store) == QUEUE_LIMIT
        with pytest.raises(Busy) as refused:
            await store.submit(told())
        assert refused.value.retry_after > 0
    assert len(await asyncio.gather(*tasks)) >= QUEUE_LIMIT


async def test_an_import_is_never_turned_away(store: Store, url: str) -> None:
    """However many rows an import hands in, each waits for its turn."""
    await store.submit(count())
    ticks = ticks_of(store)
    async with held(store, url):
        tasks = await submitted(store, [count(bulk=True) for _ in range(QUEUE_LIMIT + 500)])
        ticks.seconds += 60
        store.engine.sweep()  # type: ignore[attr-defined]
    await asyncio.gather(*tasks)
    assert await store.doc("person:P-1") == QUEUE_LIMIT + 501


async def test_asks_and_imports_take_turns() -> None:
    """While both wait, no more than one import's slice stands before an ask, and an import is not starved."""
    waiting = Waiting()
    for _ in range(2 * BATCH):
        waiting.put(_ticket(bulk=False))
        waiting.put(_ticket(bulk=True))
    turns = [waiting.take()[0].job.bulk for _ in range(4)]
    assert turns == [False, True, False, True]


def _asking(ticks: Ticks) -> Ticket:
    ticket = _ticket(bulk=False)
    ticket.entered = ticks()
    return ticket


async def test_an_imports_slice_ends_when_its_time_is_over() -> None:
    """The rows an import did not get to go back to the head of the queue, in their order."""
    ticks = Ticks()

    def judge(view: View) -> Writes:
        ticks.seconds += 0.002
        return Writes(answer=None)

    tickets = [_ticket(bulk=True, judge=judge) for _ in range(10)]
    batch = Batch(tickets, Documents(None, None), ticks)  # type: ignore[arg-type]
    busy = Waiting(ticks)
    busy.put(_asking(ticks))
    rest = batch.judge(0, busy.slice_end(tickets))
    assert batch.tickets + rest == tickets
    assert len(batch.tickets) == 3
    waiting = Waiting(ticks)
    waiting.put(_ticket(bulk=True))
    waiting.back(rest)
    assert waiting.take()[:7] == rest


async def test_an_imports_slices_are_longer_while_nobody_asks() -> None:
    """Whoever asks after a while waits for one long slice at most; from then on slices are short."""
    ticks = Ticks()
    waiting = Waiting(ticks)
    tickets = [_ticket(bulk=True)]
    quiet = waiting.slice_end(tickets)
    asking = _asking(ticks)
    waiting.put(asking)
    busy = waiting.slice_end(tickets)
    assert quiet is not None
    assert busy is not None
    assert quiet - ticks() == pytest.approx(QUIET_TIMES * SLICE_SECONDS)
    assert busy - ticks() == pytest.approx(SLICE_SECONDS)
    assert waiting.slice_end([asking]) is None


async def test_slices_are_cut_to_what_the_machine_gets_through() -> None:
    """Where a slice beside asks took too long, the next one has half as many rows, and grows again by and by."""
    ticks = Ticks()
    waiting = Waiting(ticks)
    for _ in range(200):
        ticket = _ticket(bulk=True)
        ticket.entered = ticks()
        waiting.put(ticket)
    sizes = []
    for seconds in (0.1, 0.1, 0.1, 0.1, 0.001, 0.001):
        waiting.put(_asking(ticks))
        assert not waiting.take()[0].job.bulk
        slice = waiting.take()
        assert slice[0].job.bulk
        sizes.append(len(slice))
        ticks.seconds += seconds
    assert sizes == [32, 16, 16, 16, 16, 17]


async def test_a_batch_of_imports_holds_so_many_rows() -> None:
    """Jobs of several rows fill a batch with fewer of them."""
    ticks = Ticks()
    waiting = Waiting(ticks)
    for rows in (8, 8, 8, 8, 8, 500, 8):
        ticket = _ticket(bulk=True)
        ticket.job.weight = rows
        waiting.put(ticket)
    waiting.put(_asking(ticks))
    batches = [waiting.take() for _ in range(4)]
    assert [len(batch) for batch in batches] == [1, 4, 2, 1]


def _ticket(bulk: bool, judge: object = None) -> Ticket:
    job = Job(lock=(), judge=judge, bulk=bulk)  # type: ignore[arg-type]
    return Ticket(job, asyncio.get_running_loop().create_future(), 0.0)


async def _until_blocked(store: Store, url: str) -> None:
    """On PostgreSQL the first batch is on its way to the lock; what comes now waits behind it."""
    if url.startswith("postgresql"):
        await blocked(url)
