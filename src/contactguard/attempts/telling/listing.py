"""Lists and other systems' logs, taken in many rows at a time: who each row is about, and what is to be locked."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from msgspec.structs import replace

from ...errors import BadInput, NotFound
from ...records.subjects import PersonDoc
from ...records.work import Job, View, Writes
from ..events import CLOCKS_APART_SECONDS
from ..known import case_of
from ..plan import Docs, named, require
from ..shapes import Caller, Recorded
from . import lists, recorded
from .lists import ListRow
from .slices import Answers, Part, Put
from .taking import LOOKED_AT, Taking

ADDRESSES_A_JOB, ADDRESSES_WEIGH = 64, 8
ROWS_A_JOB = 8


class Past(NamedTuple):
    """A contact of another system, and whose it was: a case's, a person's, or that of whoever lists its address."""

    contact: Recorded
    ref: str | None = None
    person: str | None = None

    @property
    def whose(self) -> ListRow:
        """The same as a row of a list."""
        alone = self.ref is None and self.person is None
        return ListRow(self.ref, self.person, self.contact.address if alone else None)


class Listing(Taking):
    """Restrictions, consents and past contacts from files."""

    def day_one(self) -> tuple[str, ...]:
        """What this installation was neither told nor declined to be told, as last looked up; a sentence each."""
        return self.imports.recent

    async def put_list(self, name: str, rows: Sequence[ListRow | Put], by: str, caller: Caller) -> list[Put]:
        """What a list says, row by row; a `Put` is a row that was refused before. In force when this returns."""
        named(name, "list")
        puts = [row if isinstance(row, Put) else Put("unchanged") for row in rows]
        found = [(place, row) for place, row in enumerate(rows) if isinstance(row, ListRow)]
        alone = [(place, row) for place, row in found if not row.facts]
        others = [(place, row) for place, row in found if row.facts]
        for (place, _), put in zip(alone, await self._addresses(name, [row for _, row in alone], by), strict=True):
            puts[place] = put
        keys = await self._keys_of([row for _, row in others])
        caller = replace(caller, key=f"{lists.PREFIX}{name}")
        stream = (lists.stream_of(name),)
        parts = []
        for (_, row), locks in zip(others, keys, strict=True):

            def judge(locked: Container[str], view: View, row: ListRow = row) -> Writes:
                return lists.row_writes(self.setup, name, row, caller, by, locked, view)

            parts.append(Part((*locks, *stream) if row.marks or row.unknown else locks, judge))
        for (place, _), put in zip(others, await self._taken(parts, ROWS_A_JOB), strict=True):
            puts[place] = put
        return puts

    async def put_past(self, rows: Sequence[Past | Put], caller: Caller) -> list[Put]:
        """Contacts that another system made, counted like any other, wherever in the past they lie."""
        puts = [row if isinstance(row, Put) else Put("unchanged") for row in rows]
        found = [(place, row) for place, row in enumerate(rows) if isinstance(row, Past)]
        keys = await self._keys_of([row.whose for _, row in found], every=True)
        parts = [self._past(row, locks, caller) for (_, row), locks in zip(found, keys, strict=True)]
        for (place, _), put in zip(found, await self._taken(parts, ROWS_A_JOB), strict=True):
            puts[place] = put
        return puts

    def _past(self, row: Past, locks: Iterable[str], caller: Caller) -> Part:
        contact = row.contact
        address = (self.setup.address_key(contact.address),) if contact.address else ()
        cases = (f"case:{ref}" for ref in contact.cases or ())

        def judge(locked: Container[str], view: View) -> Writes:
            if view.seen:
                return Writes(answer=Put("unchanged"))
            if contact.at > view.at + CLOCKS_APART_SECONDS:
                raise BadInput("at", "lies in the future")
            refs, people = self._charged(row, locked, view)
            done = recorded.counted(self.shelf.keeping(view), contact, refs, people, caller, view)
            done.answer = Put("created")
            return done

        return Part((*locks, *address, *cases), judge, recorded.told_mark(caller, contact))

    def _charged(self, row: Past, locked: Container[str], view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The cases and people that a past contact counts for, all of them locked."""
        contact, docs = row.contact, view.docs
        if row.ref is not None:
            refs = recorded.refs_told(row.ref, contact)
            require(locked, (f"case:{ref}" for ref in refs))
            cases = [case_of(docs, ref) for ref in refs]
            require(locked, (f"person:{id}" for id, _ in cases[0].persons))
            told = contact if row.person is None else replace(contact, person=row.person)
            return refs, recorded.people_told(told, cases, docs)
        people = tuple(_listing(self.setup.address_key(contact.address or ""), row, docs))
        if not people:
            raise BadInput("address", "nobody lists this address; run the file again once somebody does")
        require(locked, (f"person:{id}" for id in people))
        on = (ref for id in people for ref in _cases(docs.get(f"person:{id}")))
        refs = tuple(dict.fromkeys(contact.cases or on))
        if not refs:
            raise BadInput("person", "this person is on no case")
        require(locked, (f"case:{ref}" for ref in refs))
        return refs, people

    async def _addresses(self, name: str, rows: Sequence[ListRow], by: str) -> list[Put]:
        """Rows about addresses alone, whole slices in one job."""
        slices = [rows[start : start + ADDRESSES_A_JOB] for start in range(0, len(rows), ADDRESSES_A_JOB)]
        answers: list[Answers] = await asyncio.gather(*(self._marks(name, part, by) for part in slices))
        return [put for part in answers for put in part if isinstance(put, Put)]

    async def _marks(self, name: str, rows: Sequence[ListRow], by: str) -> Any:
        keys = dict.fromkeys(self.setup.address_key(row.address or "") for row in rows)
        judge = partial(lists.mark_slice, self.setup, name, by, rows)
        job = Job(lock=(lists.stream_of(name), *keys), judge=judge, bulk=True, weight=ADDRESSES_WEIGH)
        return await self.shelf.caught_up(partial(self.store.submit, job))

    async def _keys_of(self, rows: Sequence[ListRow], *, every: bool = False) -> list[tuple[str, ...]]:
        """What each row needs locked, as far as two looks tell: whose it is, and on which cases they are.

        `every`: all their cases, not only the one in whose stream it is written down.
        """
        found: list[tuple[str, ...]] = []
        for start in range(0, len(rows), LOOKED_AT):
            found += await self._keys(rows[start : start + LOOKED_AT], every)
            await asyncio.sleep(0)
        return found

    async def _keys(self, rows: Sequence[ListRow], every: bool) -> list[tuple[str, ...]]:
        first = [tuple(lists.keys_of(self.setup, row, {})) for row in rows]
        docs: dict[str, Any] = dict(await self.store.docs(dict.fromkeys(key for keys in first for key in keys)))
        second = [tuple(lists.keys_of(self.setup, row, docs)) for row in rows]
        people = dict.fromkeys(
            key for row, keys in zip(rows, second, strict=True) if row.ref is None for key in keys if key not in docs
        )
        if people:
            docs.update(await self.store.docs(people))
        return [
            keys if row.ref is not None else (*keys, *lists.cases_of(keys, docs, every=every))
            for row, keys in zip(rows, second, strict=True)
        ]


def _listing(key: str, row: Past, docs: Docs) -> Iterator[str]:
    """Whom a contact is charged to that names no case. `NotFound`."""
    if row.person is not None:
        if docs.get(f"person:{row.person}") is None:
            raise NotFound("person")
        yield row.person
        return
    yield from lists.listing(key, row.contact.address or "", docs)


def _cases(doc: PersonDoc | None) -> tuple[str, ...]:
    return (doc.person.cases or doc.past) if doc is not None else ()
