"""What every way along the road shares: what is to be locked, and judgement under the locks it turns out to need.

What a judgement turns out to need besides is locked in a second go, so nothing is read before it is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from ..errors import Busy
from ..law.rulebook import Rulebook
from ..lines.line import Line
from ..records.ids import new_id
from ..records.store import Store
from ..records.work import Idempotency, Job, View, Writes
from ..settings import Settings
from .board.shelf import Shelf
from .owed import Owed
from .plan import Docs, Setup, WidenError, bystanders
from .telling.imports import Imports
from .traces import Traces

MOST_GOES = 6
T = TypeVar("T")


class Submitting:
    """The rooms, and how something is judged in them."""

    def __init__(self, store: Store, shelf: Shelf, settings: Settings, lines: Mapping[str, Line]) -> None:
        self.store, self.shelf, self.settings, self.lines = store, shelf, settings, lines
        self._owed, self._traces, self.imports = Owed(store, shelf), Traces(store), Imports(store)

    @property
    def setup(self) -> Setup:
        """How addresses hash and where they are; what decides comes from the shelf."""
        return self.shelf.bare

    @property
    def book(self) -> Rulebook:
        """The rulebook in force."""
        return self.shelf.book

    async def _looked(self, keys: tuple[str, ...], judge: Callable[[tuple[str, ...], View], T]) -> T:
        """Have it judged by what is read, without locks."""

        async def look() -> T:
            return judge(keys, await self.store.look(keys, bystanders))

        for _ in range(MOST_GOES):
            try:
                return await self.shelf.caught_up(look)
            except WidenError as wider:
                keys = (*keys, *wider.keys)
        raise Busy()

    async def _submit(
        self,
        keys: Iterable[str],
        judge: Callable[[tuple[str, ...], View], Writes],
        *,
        also: Callable[[Docs], Sequence[str]] | None = None,
        permit: str | None = None,
        mark: tuple[str, str] | None = None,
        idempotency: Idempotency | None = None,
        bulk: bool = False,
    ) -> Any:
        """Have it judged under the locks it turns out to need."""
        locked = tuple(dict.fromkeys(keys))
        for _ in range(MOST_GOES):
            job = Job(
                lock=locked,
                judge=partial(judge, locked),
                also=also,
                permit=permit,
                mark=mark,
                idempotency=idempotency,
                bulk=bulk,
            )
            try:
                return await self.shelf.caught_up(partial(self.store.submit, job))
            except WidenError as wider:
                locked = tuple(dict.fromkeys((*locked, *wider.keys)))
        raise Busy()

    def _id(self) -> str:
        return new_id(self.store.clock.now())
