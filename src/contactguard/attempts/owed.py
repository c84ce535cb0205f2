"""What was let through unasked and is still to be written down."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

import structlog

from ..errors import Busy
from ..records.store import Store
from ..records.work import Idempotency, Job
from .board.shelf import Shelf
from .unasked import STREAM, Unasked, answer, writes

MOST_REMEMBERED = 1_000
log = structlog.get_logger(__name__)


class Owed:
    """Entries owed to the record. They are written at once where the store takes them, else when it does again."""

    def __init__(self, store: Store, shelf: Shelf) -> None:
        self._store, self._shelf = store, shelf
        self._waiting: deque[Unasked] = deque()
        self._answers: dict[Idempotency, bytes] = {}
        self._turn = asyncio.Lock()
        self._settling: asyncio.Task[None] | None = None

    def known(self, idem: Idempotency | None) -> bytes | None:
        """What was answered to the same request before; the store need not be there to tell."""
        return self._answers.get(idem) if idem is not None else None

    def let_through(self, one: Unasked, idem: Idempotency | None) -> bytes:
        """The yes, now; what it costs in writing comes after."""
        self._waiting.append(one)
        if self._settling is None or self._settling.done():
            self._settling = asyncio.get_running_loop().create_task(self.settle())
        said = answer(self._shelf.book, one)
        if idem is not None:
            self._answers[idem] = said
            if len(self._answers) > MOST_REMEMBERED:
                del self._answers[next(iter(self._answers))]
        return said

    async def settle(self) -> None:
        """Write down what is owed; what cannot be written yet stays so."""
        async with self._turn:
            while self._waiting:
                one = self._waiting[0]
                try:
                    await self._store.submit(Job(lock=(STREAM,), judge=partial(writes, one), permit=one.id))
                except Exception as error:
                    waiting = len(self._waiting)
                    log.warning("unasked_contact_not_yet_recorded", error=type(error).__name__, waiting=waiting)
                    return
                self._waiting.popleft()

    async def settled(self, permit_id: str) -> None:
        """Returns once this contact is in the record, so that reports on it find it. `Busy` while it cannot be."""
        if self._owes(permit_id):
            await self.settle()
            if self._owes(permit_id):
                raise Busy()

    def _owes(self, permit_id: str) -> bool:
        return any(one.id == permit_id for one in self._waiting)
