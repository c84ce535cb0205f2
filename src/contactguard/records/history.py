"""Reads, as generators that yield statements and are sent rows, so that both engines run the same ones.

A read of several statements sees one snapshot. Nothing here waits for the writer or locks anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa

from .documents import Documents, SubjectRow, look_docs
from .seal import STORE, Unreadable
from .streams import content
from .tables import ENTRIES, IDEMPOTENCY, PERMITS, PERSONS, SUBJECTS, Statement, among, with_person
from .work import Entry, Permit, View

_HIGHEST = 2**62
T = TypeVar("T")
Rows = Sequence[Sequence[Any]]


class Query(NamedTuple):
    """One statement with its arguments; no text: the seconds of the clock that counts, and the edition."""

    text: str
    args: tuple[Any, ...] = ()


NOW = Query("")
Steps = Generator[Query, Rows, T]


def used_columns() -> sa.Select[Any]:
    """The columns of `UsedRow`: a used idempotency key beside the entry that keeps its answer."""
    kept_by = (ENTRIES.c.stream == IDEMPOTENCY.c.stream) & (ENTRIES.c.height == IDEMPOTENCY.c.height)
    return sa.select(
        *(IDEMPOTENCY.c.hash, IDEMPOTENCY.c.digest, IDEMPOTENCY.c.answer),
        *(ENTRIES.c.person, ENTRIES.c.commitment, ENTRIES.c.sealed),
        *(PERSONS.c.generation, PERSONS.c.wrapped),
    ).select_from(with_person(IDEMPOTENCY.outerjoin(ENTRIES, kept_by)))


def entry_columns() -> sa.Select[Any]:
    """Every column of an entry, and its person's data key."""
    return sa.select(*ENTRIES.c, PERSONS.c.generation, PERSONS.c.wrapped).select_from(with_person(ENTRIES))


class Reads:
    """The reads of one engine."""

    def __init__(self, documents: Documents, engine: str) -> None:
        self._documents, self._engine = documents, engine
        self._subjects = Statement(sa.select(SUBJECTS).where(among(SUBJECTS.c.key, "keys", engine)), engine)
        one = sa.bindparam("id", type_=sa.Text)
        permits = sa.select(PERMITS.c.id, PERMITS.c.body)
        self._permit = Statement(permits.where(PERMITS.c.id == one), engine)
        self._decision = Statement(entry_columns().where(ENTRIES.c.decision == one), engine)
        first, last = sa.bindparam("first", type_=sa.Text), sa.bindparam("last", type_=sa.Text)
        between = entry_columns().where(ENTRIES.c.decision > first, ENTRIES.c.decision < last)
        some = between.order_by(ENTRIES.c.decision).limit(sa.bindparam("limit", type_=sa.Integer))
        self._decisions = Statement(some, engine)
        self._page = cache(self._compile_page)
        limit = sa.bindparam("limit", type_=sa.Integer)
        at = sa.bindparam("at", type_=sa.BigInteger)
        due = permits.where(PERMITS.c.due <= at).order_by(PERMITS.c.due)
        self._due = Statement(due.limit(limit), engine)
        beyond = (PERMITS.c.due > at) | (PERMITS.c.id > one)
        live = permits.where(PERMITS.c.due >= at, beyond).order_by(PERMITS.c.due, PERMITS.c.id)
        self._live = Statement(live.limit(limit), engine)
        after, end = sa.bindparam("after", type_=sa.Text), sa.bindparam("end", type_=sa.Text)
        listed = sa.select(SUBJECTS.c.key).where(SUBJECTS.c.key > after, SUBJECTS.c.key < end)
        named = sa.select(SUBJECTS.c.key).where(among(SUBJECTS.c.key, "keys", engine), SUBJECTS.c.doc.is_not(None))
        self._present = Statement(named, engine)
        self._listed = Statement(listed.order_by(SUBJECTS.c.key).limit(limit), engine)

    def look(self, keys: Sequence[str], also: Callable[[Mapping[str, Any]], Sequence[str]] | None) -> Steps[View]:
        """Documents and the time."""
        rows = [SubjectRow(*row) for row in (yield self._of_subjects(keys))]
        docs = look_docs(self._documents, rows, keys)
        if also is not None and (more := [key for key in also(docs) if key not in docs]):
            further = [SubjectRow(*row) for row in (yield self._of_subjects(more))]
            docs = {**docs, **look_docs(self._documents, further, more)}
        seconds, edition = (yield NOW)[0]
        return View(at=max([int(seconds), *(row.newest for row in rows)]), docs=docs, edition=edition)

    def permit(self, id: str) -> Steps[Permit | None]:
        """One permit."""
        rows = yield Query(self._permit.text, self._permit.args(id=id))
        return self._documents.open_permit(*rows[0]) if rows else None

    def due(self, at: int, limit: int) -> Steps[list[Permit]]:
        """Permits due, the oldest first."""
        rows = yield Query(self._due.text, self._due.args(at=at, limit=limit))
        return [self._documents.open_permit(*row) for row in rows]

    def live(self, after: tuple[int, str], limit: int) -> Steps[list[Permit]]:
        """Permits that are to be looked at some time, by that time and their ids, past `after`."""
        due, id = after
        rows = yield Query(self._live.text, self._live.args(at=due, id=id, limit=limit))
        return [self._documents.open_permit(*row) for row in rows]

    def entries(
        self, stream: str, newest_first: bool, limit: int, beyond: int | None, kinds: Sequence[str]
    ) -> Steps[list[Entry]]:
        """One page of a stream."""
        page = self._page(newest_first, bool(kinds))
        past = beyond if beyond is not None else (_HIGHEST if newest_first else 0)
        rows = yield Query(page.text, page.args(stream=stream, beyond=past, limit=limit, kinds=self._list(kinds)))
        return [self._entry(row) for row in rows]

    def decision(self, id: str) -> Steps[Entry | None]:
        """The entry of a decision."""
        rows = yield Query(self._decision.text, self._decision.args(id=id))
        return self._entry(rows[0]) if rows else None

    def decisions(self, first: str, last: str, limit: int) -> Steps[list[Entry]]:
        """Entries of decisions by their ids, between these two."""
        rows = yield Query(self._decisions.text, self._decisions.args(first=first, last=last, limit=limit))
        return [self._entry(row) for row in rows]

    def subjects(self, prefix: str, after: str, limit: int) -> Steps[list[str]]:
        """Keys with this prefix, in order."""
        first = max(after, prefix)
        end = prefix + "\U0010ffff"
        rows = yield Query(self._listed.text, self._listed.args(after=first, end=end, limit=limit))
        return [row[0] for row in rows]

    def present(self, keys: Sequence[str]) -> Steps[list[str]]:
        """Those of the keys under which there is a document."""
        rows = yield Query(self._present.text, self._present.args(keys=self._list(keys)))
        return [row[0] for row in rows]

    def _of_subjects(self, keys: Sequence[str]) -> Query:
        return Query(self._subjects.text, self._subjects.args(keys=self._list(keys)))

    def _list(self, values: Sequence[str]) -> Any:
        return msgspec.json.encode(values).decode() if self._engine == "sqlite" else list(values)

    def _compile_page(self, newest_first: bool, by_kind: bool) -> Statement:
        beyond = sa.bindparam("beyond", type_=sa.BigInteger)
        height = ENTRIES.c.height
        page = entry_columns().where(ENTRIES.c.stream == sa.bindparam("stream", type_=sa.Text))
        page = page.where(height < beyond if newest_first else height > beyond)
        if by_kind:
            page = page.where(among(ENTRIES.c.kind, "kinds", self._engine))
        page = page.order_by(height.desc() if newest_first else height)
        return Statement(page.limit(sa.bindparam("limit", type_=sa.Integer)), self._engine)

    def _entry(self, row: Sequence[Any]) -> Entry:
        stream, height, kind, at, recorded, person, decision, commitment, hash, sealed = row[:10]
        owner = STORE if person is None else f"person:{person}"
        answer: bytes | None
        body: bytes | None
        try:
            answer, body = content(self._documents.key(owner, row[11], row[12]), sealed, commitment)
        except Unreadable:
            answer = body = None
        return Entry(
            stream=stream, height=height, kind=kind, at=at, recorded=recorded, person=person,
            decision=decision, hash=bytes(hash), body=body, answer=answer or None, simulated=row[10] is not None,
        )  # fmt: skip
