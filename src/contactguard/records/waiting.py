"""Jobs that wait for the writer: who is next, who waited too long, and how imports let others pass."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import Busy
from .work import Job, use_hash

BATCH = 128
BULK_BATCH = 32  # rows, as many as a slice gets through: what it does not get to was read for nothing
LEAST_ROWS, BATCH_SECONDS = 16, 0.025  # a batch beside asks that took longer is followed by one of half as many rows
QUIET_SECONDS, QUIET_TIMES = 1.0, 2  # where nobody has asked for so long, an import's slices are so much longer
QUEUE_LIMIT = 2_000
PATIENCE_SECONDS = 2.0
SLICE_SECONDS = 0.005
BULK_LIMIT = 256
Ticks = Callable[[], float]


class Ticket:
    """One job on its way: when it came, and what became of it. `use`: the hash of its idempotency key."""

    __slots__ = ("entered", "failed", "future", "job", "result", "use")

    def __init__(self, job: Job, future: asyncio.Future[Any], entered: float) -> None:
        self.job, self.future, self.entered = job, future, entered
        self.use = use_hash(job.idempotency) if job.idempotency is not None else b""
        self.result: Any = None
        self.failed: BaseException | None = None


class Waiting:
    """The queue before one writer, safe between threads. `ticks` gives seconds that only grow.

    Asks and imports take turns while both wait, an import's turn being one short slice. `behind_bulk`: the longest
    that an ask waited for such a slice so far, in seconds.
    """

    def __init__(self, ticks: Ticks = time.monotonic) -> None:
        self.ticks = ticks
        self.changed = threading.Condition(threading.Lock())
        self._asks: deque[Ticket] = deque()
        self._bulk: deque[Ticket] = deque()
        self._alone: deque[Ticket] = deque()
        self._bulk_turn = False
        self._slice_began: float | None = None
        self._asked = ticks() - QUIET_SECONDS
        self._rows = BULK_BATCH
        self.behind_bulk = 0.0

    def __len__(self) -> int:
        return len(self._asks) + len(self._bulk) + len(self._alone)

    def put(self, ticket: Ticket) -> None:
        """Join the queue. `Busy` when 2,000 wait already."""
        queue = self._queue(ticket)
        with self.changed:
            if len(queue) >= QUEUE_LIMIT:
                raise Busy
            queue.append(ticket)
            if queue is self._asks:
                self._asked = ticket.entered
            self.changed.notify()

    def back(self, tickets: Iterable[Ticket]) -> None:
        """To the head of the queue again, in the same order."""
        with self.changed:
            for ticket in reversed(list(tickets)):
                self._queue(ticket).appendleft(ticket)
            self.changed.notify()

    def _queue(self, ticket: Ticket) -> deque[Ticket]:
        if ticket.job.alone:
            return self._alone
        return self._bulk if ticket.job.bulk else self._asks

    def take(self) -> list[Ticket]:
        """The next batch, all asks or all imports, or one job that goes alone; empty when nobody waits."""
        with self.changed:
            if self._alone:
                return [self._alone.popleft()]
            bulk = bool(self._bulk) and (self._bulk_turn or not self._asks)
            self._bulk_turn = not bulk
            self._note_turn(bulk)
            if bulk:
                return self._slice()
            return [self._asks.popleft() for _ in range(min(len(self._asks), BATCH))]

    def _slice(self) -> list[Ticket]:
        """An import's next jobs, so many that their rows fill a batch."""
        tickets, rows, most = [self._bulk.popleft()], 0, self._rows * self._times()
        while self._bulk and (rows := rows + tickets[-1].job.weight) < most:
            tickets.append(self._bulk.popleft())
        return tickets

    def slice_end(self, tickets: Sequence[Ticket]) -> float | None:
        """When an import's batch must stop judging; asks have no such end."""
        if not tickets or not tickets[0].job.bulk:
            return None
        return self.ticks() + SLICE_SECONDS * self._times()

    def _times(self) -> int:
        """How much longer than beside asks an import's slice is."""
        return QUIET_TIMES if self.ticks() - self._asked >= QUIET_SECONDS else 1

    def _note_turn(self, bulk: bool) -> None:
        now = self.ticks()
        if self._slice_began is not None and self._asks:
            self.behind_bulk = max(self.behind_bulk, now - max(self._slice_began, self._asks[0].entered))
        if self._slice_began is not None and self._bulk and self._bulk[0].entered <= self._slice_began:
            self._fit(now - self._slice_began)
        self._slice_began = now if bulk else None

    def _fit(self, took: float) -> None:
        """Have the next slices beside asks take no longer than they should, on whatever machine this is."""
        if took > BATCH_SECONDS and self._times() == 1:
            self._rows = max(LEAST_ROWS, self._rows // 2)
        else:
            self._rows = min(BULK_BATCH, self._rows + 1)

    def late(self) -> list[Ticket]:
        """Those that waited longer than anyone should; an import waits as long as it takes."""
        limit = self.ticks() - PATIENCE_SECONDS
        found = []
        with self.changed:
            while self._asks and self._asks[0].entered < limit:
                found.append(self._asks.popleft())
        return found

    def oldest(self) -> float:
        """Seconds the longest waiting ask has waited."""
        with self.changed:
            return self.ticks() - self._asks[0].entered if self._asks else 0.0


def settle(tickets: Iterable[Ticket]) -> None:
    """Hand out what became of each; whoever went away meanwhile gets nothing."""
    for ticket in tickets:
        if ticket.future.done():
            continue
        if ticket.failed is None:
            ticket.future.set_result(ticket.result)
        else:
            ticket.future.set_exception(ticket.failed)


def deny(tickets: Iterable[Ticket], error: Callable[[], Exception]) -> None:
    """Give every one of them an error of their own."""
    for ticket in tickets:
        ticket.failed = error()
    settle(tickets)
