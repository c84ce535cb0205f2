"""Documents as the projection of entries that they are: compared with them, and deepened for a rulebook that looks
further back. Case by case, in slices and bulk jobs, while asks go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

import msgspec
import structlog

from ...errors import Busy, Conflict, StoreDown
from ...law.instants import DAY, parse_instant
from ...law.reach import LATE_DAYS, Reach
from ...law.rulebook import Rulebook
from ...records.store import Store
from ...records.work import Job, View, Writes
from ..plan import Setup, bystanders, reach_of
from ..shapes import PermitView
from .retold import Finding, Mended, Needs, Retold, mended

log = structlog.get_logger(__name__)
Progress = Callable[[int, int | None], None]
_CASES = 8
_ENTRIES = 64
_CASES_LISTED = 500
_MOST_GOES = 20
_MOST_FOUND = 100


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """How documents compare with their entries. `differing`: contacts, of which `found` are the first hundred.

    `unread`: entries that no key opens any more, as their person was erased.
    """

    cases: int
    contacts: int
    differing: int
    unread: int
    found: tuple[Finding, ...]


class _Case(msgspec.Struct):
    """What became of one case: its stream, and the documents that were (or would be) changed."""

    told: Retold
    mended: Mended


async def deepen(store: Store, setup: Setup, book: Rulebook, progress: Progress | None = None) -> int:
    """Bring back into the documents what this rulebook looks at and they no longer hold; how many were changed.

    Until it is in force every process must keep what is brought back (`Setup.also`). Running it again changes nothing
    more, so one that was broken off is simply run again. `progress`: called with the number of cases done.
    """
    walk = _Walk(store, setup, reach_of((book, setup)), writes=True)
    changed = 0
    async for case in walk.cases(progress):
        changed += len(case.mended.docs)
    return changed


async def after_report(store: Store, setup: Setup, seen: PermitView) -> None:
    """Where a report came so late that documents may have dropped its contact, bring back what it counts as now, and
    what another may have been dropped for. The report itself is in the record by now, so nothing here fails it.
    """
    if not seen.cases or parse_instant(seen.given_at) >= store.clock.now() - LATE_DAYS * DAY:
        return
    try:
        docs = await store.docs(f"person:{person}" for person in seen.persons)
        known = [doc for doc in docs.values() if doc is not None]
        refs = dict.fromkeys((*seen.cases, *(ref for doc in known for ref in (*(doc.person.cases or ()), *doc.past))))
        for ref in refs:
            await _Walk(store, setup, setup.reach, writes=True).case(ref)
    except (Busy, StoreDown) as error:
        log.error("documents_behind_their_entries", permit=seen.id, error=type(error).__name__)


async def compared(store: Store, setup: Setup, progress: Progress | None = None, *, mend: bool = False) -> Differences:
    """Compare all documents with their entries. `mend`: and have them say what the entries say."""
    walk = _Walk(store, setup, setup.reach, writes=mend)
    found: list[Finding] = []
    cases = contacts = unread = differing = 0
    async for case in walk.cases(progress):
        cases += 1
        contacts += len(case.told.attempts)
        unread += case.told.unread
        differing += len(case.mended.found)
        found += case.mended.found[: _MOST_FOUND - len(found)]
    return Differences(cases=cases, contacts=contacts, differing=differing, unread=unread, found=tuple(found))


class _Walk:
    """One pass over every case."""

    def __init__(self, store: Store, setup: Setup, reach: Reach, *, writes: bool) -> None:
        self._store, self._setup, self._reach, self._writes = store, setup, reach, writes
        self._turn = asyncio.Lock()

    async def cases(self, progress: Progress | None) -> AsyncIterator[_Case]:
        """Every case, a few at a time."""
        after, done = "", 0
        while keys := await self._store.subjects("case:", after=after, limit=_CASES_LISTED):
            for place in range(0, len(keys), _CASES):
                some = keys[place : place + _CASES]
                for case in await asyncio.gather(*(self.case(key.removeprefix("case:")) for key in some)):
                    yield case
                done += len(some)
                if progress is not None:
                    progress(done, None)
            after = keys[-1]

    async def case(self, ref: str) -> _Case:
        """Read one stream, look at the documents, and only where they differ lock them."""
        told = Retold(ref)
        erased: dict[str, int] = {}
        keys: tuple[str, ...] = (f"case:{ref}",)
        looking = True
        for _ in range(_MOST_GOES):
            try:
                async with self._paced():
                    await self._read(told)
                    await self._forget(told, erased)
                    keys = _more(keys, (f"person:{person}" for person in told.persons()))
                    if looking:
                        found = self._mended(told, await self._store.look(keys, bystanders))
                        if not (found.docs or found.found):
                            return _Case(told, found)
                        looking = False
                found = await self._store.submit(self._job(told, keys))
            except Needs as needs:
                keys = _more(keys, needs.keys)
            except Conflict:
                continue
            else:
                return _Case(told, found)
        raise Busy()

    @asynccontextmanager
    async def _paced(self) -> AsyncIterator[None]:
        """One reads at a time, and then lets others go first for as long as it took."""
        async with self._turn:
            clock = asyncio.get_running_loop().time
            began = clock()
            yield
            await asyncio.sleep(clock() - began)

    def _job(self, told: Retold, keys: tuple[str, ...]) -> Job:
        """Under the locks, over all that the stream says."""
        return Job(lock=keys, judge=partial(self._judge, told), bulk=True, height=told.height)

    def _judge(self, told: Retold, view: View) -> Writes:
        found = self._mended(told, view)
        return Writes(answer=found, docs=found.docs if self._writes else {})

    def _mended(self, told: Retold, view: View) -> Mended:
        return mended(told, view.docs, view.at, self._reach, self._setup.address_key)

    async def _read(self, told: Retold) -> None:
        """Take in what was added to the stream since."""
        stream = f"case:{told.ref}"
        while True:
            page = await self._store.entries(stream, newest_first=False, limit=_ENTRIES, beyond=told.height)
            for entry in page:
                told.take(entry)
            if len(page) < _ENTRIES:
                return

    async def _forget(self, told: Retold, erased: dict[str, int]) -> None:
        """Leave out what was charged to people before they were erased; their own entries cannot be read anyway."""
        for person in told.shared():
            if person not in erased:
                last = await self._store.entries(f"person:{person}", limit=1, kinds=("person_erased",))
                erased[person] = last[0].recorded if last else -1
            told.forget(person, erased[person])


def _more(keys: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*keys, *more)))
