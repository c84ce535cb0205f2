"""One batch, as both engines work through it: what to lock and read, judging in order, what to write.

An engine calls, between its own BEGIN and COMMIT: `lock`, `load`, `further`, `load_further`, `judge`,
`changes`. Nothing here does I/O or knows an engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from ..errors import Conflict
from .documents import Documents, SubjectRow
from .seal import STORE, DataKey, Unreadable
from .streams import GENESIS, EntryRow, append, content
from .waiting import Ticket, Ticks
from .work import Idempotency, Job, Permit, View, Writes


class UsedRow(NamedTuple):
    """A used idempotency key, and the sealed answer: its own, or kept by an entry (then with that entry's
    key).
    """

    hash: bytes
    digest: bytes
    answer: bytes | None
    person: str | None
    commitment: bytes | None
    sealed: bytes | None
    generation: int | None
    wrapped: bytes | None


class Further(NamedTuple):
    """What a batch wants to read once its subjects are locked."""

    keys: list[str]
    permits: list[str]
    marks: list[bytes]
    uses: list[bytes]


class Changes(msgspec.Struct, gc=False):
    """Rows to write, in the order of the tables' columns. `docs`: whole subjects; `tips`: key, height, tip,
    newest.
    """

    docs: list[SubjectRow]
    tips: list[tuple[str, int, bytes, int]]
    entries: list[EntryRow]
    permits: list[tuple[str, int | None, bytes]]
    used: list[tuple[bytes, bytes, int, str | None, int | None, bytes | None]]
    marks: list[tuple[bytes, int]]

    def __bool__(self) -> bool:
        return bool(self.docs or self.tips or self.entries or self.permits or self.used or self.marks)


class _Subject:
    """A subject during a batch."""

    __slots__ = (
        "changed", "data_key", "doc", "doc_changed", "generation", "height", "key", "newest", "sealed",
        "stored", "tip", "wrapped"
    )  # fmt: skip

    def __init__(self, row: SubjectRow, stored: bool) -> None:
        self.key, self.height, self.tip, self.newest, self.generation, self.wrapped, self.sealed = row
        self.stored, self.changed, self.doc_changed = stored, False, False
        self.doc: Any = None
        self.data_key: DataKey | None = None


class _Later(Exception):
    """A job needs a subject that was not read; it begins the next batch."""


class Batch:
    """The jobs of one transaction, judged one after the other over the same subjects."""

    def __init__(
        self, tickets: Sequence[Ticket], documents: Documents, ticks: Ticks, *, simulated: bool = False
    ) -> None:
        self.tickets, self._clock = list(tickets), "simulated" if simulated else None
        self._documents, self._ticks = documents, ticks
        self._subjects: dict[str, _Subject] = {}
        self._also: dict[int, Sequence[str]] = {}
        self._permits: dict[str, Permit | None] = {}
        self._used: dict[bytes, UsedRow] = {}
        self._edition = 0
        self._answered: dict[bytes, tuple[bytes, Any]] = {}
        self._seen: set[bytes] = set()
        self.erased: list[str] = []
        self._changed_permits: dict[str, Permit] = {}
        self._entries: list[EntryRow] = []
        self._uses: list[tuple[bytes, bytes, int, str | None, int | None, bytes | None]] = []
        self._marks: list[tuple[bytes, int]] = []

    @property
    def alone(self) -> bool:
        """Whether no other batch may be judged meanwhile."""
        return any(ticket.job.alone for ticket in self.tickets)

    def lock(self) -> list[str]:
        """The keys to lock, sorted, so that no two batches wait for each other."""
        return sorted({key for ticket in self.tickets for key in ticket.job.lock})

    def load(self, keys: Iterable[str], rows: Iterable[SubjectRow]) -> None:
        """Take in subjects; keys without a row begin empty."""
        for row in rows:
            self._subjects[row.key] = _Subject(row, stored=True)
        for key in keys:
            if key not in self._subjects:
                self._subjects[key] = _Subject(SubjectRow(key, 0, GENESIS, 0, 0, None, None), stored=False)

    def further(self) -> Further:
        """What to read next, now that the locked subjects are known."""
        keys: set[str] = set()
        wants = Further([], [], [], [])
        for place, ticket in enumerate(self.tickets):
            job = ticket.job
            if job.also is not None:
                keys.update(self._find_also(place, job))
            if job.permit is not None:
                wants.permits.append(job.permit)
            if job.mark is not None:
                wants.marks.append(mark_hash(*job.mark))
            if job.marks:
                wants.marks.extend(mark_hash(*mark) for mark in job.marks)
            if job.idempotency is not None:
                wants.uses.append(ticket.use)
        wants.keys.extend(sorted(keys.difference(self._subjects)))
        return wants

    def load_further(
        self, permits: Iterable[tuple[str, bytes]], marks: Iterable[bytes], used: Iterable[UsedRow]
    ) -> None:
        """Take in what `further` asked for besides subjects; permits as id and sealed row."""
        for id, sealed in permits:
            self._permits[id] = self._documents.open_permit(id, sealed)
        self._seen.update(marks)
        self._used.update((row.hash, row) for row in used)

    def judge(self, now: int, deadline: float | None = None, edition: int = 0) -> list[Ticket]:
        """Judge in order; those for the next batch come back. An error is its own job's answer alone."""
        self._edition = edition
        for place, ticket in enumerate(self.tickets):
            if deadline is not None and place and self._ticks() >= deadline:
                return self._postpone(place)
            try:
                ticket.failed = None
                ticket.result = self._judge(place, ticket, now)
            except _Later:
                return self._postpone(place)
            except Exception as error:
                ticket.failed = error
        return []

    def changes(self) -> Changes:
        """Every row to write. Documents are sealed once, as the last job left them.

        New subjects stand job by job, so that a case, its persons and their addresses come to lie side by side.
        """
        docs, tips = [], []
        subjects = list(self._subjects.values())
        if not all(subject.stored for subject in subjects):
            first = {key: place for place, ticket in reversed(list(enumerate(self.tickets))) for key in ticket.job.lock}
            subjects.sort(key=lambda subject: first.get(subject.key, -1))
        for subject in subjects:
            if subject.doc_changed or (subject.changed and not subject.stored):
                docs.append(self._row(subject))
            elif subject.changed:
                tips.append((subject.key, subject.height, subject.tip, subject.newest))
        changed = self._changed_permits.values()
        permits = [(permit.id, permit.due, self._documents.seal_permit(permit)) for permit in changed]
        return Changes(docs, tips, self._entries, permits, self._uses, self._marks)

    def _postpone(self, place: int) -> list[Ticket]:
        rest = self.tickets[place:]
        del self.tickets[place:]
        return rest

    def _find_also(self, place: int, job: Job) -> Sequence[str]:
        if job.also is None:
            return ()
        try:
            found = self._also[place] = job.also({key: self._doc(key) for key in job.lock})
        except Exception:
            # Asked again before it is judged, it fails again, and the error becomes the job's answer.
            return ()
        return found

    def _judge(self, place: int, ticket: Ticket, now: int) -> Any:
        job, hash = ticket.job, ticket.use
        use = job.idempotency
        if use is not None and (hash in self._answered or hash in self._used):
            return self._replay(hash, use)
        if job.height is not None and self._subjects[job.lock[0]].height != job.height:
            raise Conflict("the stream has grown since it was read")
        at = max(now, max((self._subjects[key].newest for key in job.lock), default=0))
        writes = job.judge(self._view(place, job, at))
        self._apply(job, writes, at, hash)
        return writes.answer

    def _view(self, place: int, job: Job, at: int) -> View:
        docs = {key: self._doc(key) for key in job.lock}
        if job.also is not None:
            if place not in self._also or any(self._subjects[key].doc_changed for key in job.lock):
                self._also[place] = job.also(docs)
            for key in self._also[place]:
                docs[key] = self._doc(key)
        return View(
            at=at,
            docs=docs,
            permit=self._permits.get(job.permit) if job.permit is not None else None,
            seen=job.mark is not None and mark_hash(*job.mark) in self._seen,
            edition=self._edition,
            marked=[mark for mark in job.marks if mark_hash(*mark) in self._seen] if job.marks else (),
        )

    def height(self, key: str) -> int | None:
        """The height that this batch leaves a subject at; None for one it did not look at."""
        subject = self._subjects.get(key)
        return subject.height if subject is not None else None

    def _doc(self, key: str) -> Any:
        subject = self._subjects.get(key)
        if subject is None:
            raise _Later
        if subject.sealed is not None:
            subject.doc = self._documents.open(key, subject.sealed, self._opener(subject))
            subject.sealed = None
        return subject.doc

    def _opener(self, subject: _Subject) -> DataKey:
        if subject.data_key is None:
            subject.data_key = self._documents.key(subject.key, subject.generation, subject.wrapped)
        return subject.data_key

    def _sealer(self, subject: _Subject) -> DataKey:
        if subject.data_key is None and subject.wrapped is None and subject.key.startswith("person:"):
            subject.data_key = self._documents.seals.new(subject.key, subject.generation)
            subject.wrapped, subject.doc_changed = subject.data_key.wrapped, True
        return self._opener(subject)

    def _row(self, subject: _Subject) -> SubjectRow:
        sealed = subject.sealed
        if sealed is None and subject.doc is not None:
            sealed = self._documents.seal(subject.key, subject.doc, self._sealer(subject))
        row = (subject.key, subject.height, subject.tip, subject.newest, subject.generation, subject.wrapped)
        return SubjectRow(*row, sealed)

    def _apply(self, job: Job, writes: Writes, at: int, hash: bytes) -> None:
        """Take over what a job wrote: first everything that can fail, then all of it."""
        for key in (*writes.docs, *(f"person:{person}" for person in writes.erase)):
            if key not in job.lock:
                raise ValueError("a job may write only the subjects it locked")
        entries, kept = self._append(job, writes, at)
        used = self._use(job.idempotency, hash, writes.answer, kept, at)
        self._entries += entries
        for row in entries:
            subject = self._subjects[row[0]]
            subject.height, subject.tip, subject.newest, subject.changed = row[1], row[8], at, True
        for key, doc in writes.docs.items():
            subject = self._subjects[key]
            subject.doc, subject.sealed, subject.newest, subject.doc_changed = doc, None, at, True
        for person in writes.erase:
            self._erase(self._subjects[f"person:{person}"])
        for permit in writes.permits:
            self._permits[permit.id] = self._changed_permits[permit.id] = permit
        self._mark(writes, at)
        if used is not None:
            self._uses.append(used)
            self._answered[hash] = used[1], writes.answer

    def _append(self, job: Job, writes: Writes, at: int) -> tuple[list[EntryRow], tuple[str, int] | None]:
        rows: list[EntryRow] = []
        ends: dict[str, tuple[int, bytes]] = {}
        kept = None
        for entry in writes.entries:
            owner = None if entry.person is None else f"person:{entry.person}"
            if entry.stream not in job.lock or (owner is not None and owner not in job.lock):
                raise ValueError("a job may write only to streams and persons it locked")
            subject = self._subjects[entry.stream]
            height, tip = ends.get(entry.stream, (subject.height, subject.tip))
            key = self._documents.store_key() if owner is None else self._sealer(self._subjects[owner])
            answer = writes.answer if entry.keeps_answer else b""
            row = append(entry, answer, height + 1, tip, at, key, self._clock)
            if entry.keeps_answer:
                kept = entry.stream, height + 1
            ends[entry.stream] = height + 1, row[8]
            rows.append(row)
        return rows, kept

    def _use(
        self, use: Idempotency | None, hash: bytes, answer: Any, kept: tuple[str, int] | None, at: int
    ) -> tuple[bytes, bytes, int, str | None, int | None, bytes | None] | None:
        if use is None or not isinstance(answer, bytes):
            return None
        if kept is not None:
            return hash, use.digest, at, *kept, None
        return hash, use.digest, at, None, None, self._documents.store_key().seal(answer, hash)

    def _erase(self, subject: _Subject) -> None:
        subject.doc = subject.sealed = subject.data_key = subject.wrapped = None
        subject.doc_changed = True
        subject.generation += 1
        self.erased.append(subject.key)

    def _mark(self, writes: Writes, at: int) -> None:
        for mark in writes.marks:
            hash = mark_hash(*mark)
            if hash not in self._seen:
                self._seen.add(hash)
                self._marks.append((hash, at))

    def _replay(self, hash: bytes, use: Idempotency) -> Any:
        """The stored answer to a key used before, or `Conflict` when it came with another body then."""
        digest, answer = self._answered.get(hash) or (self._used[hash].digest, None)
        if digest != use.digest:
            raise Conflict("this idempotency key was used for another request", unprocessable=True)
        return answer if answer is not None else self._stored_answer(self._used[hash])

    def _stored_answer(self, row: UsedRow) -> bytes:
        if row.answer is not None:
            return self._documents.store_key().open(row.answer, row.hash)
        if row.sealed is None or row.commitment is None:
            raise Unreadable("the entry that keeps the answer is missing")
        owner = STORE if row.person is None else f"person:{row.person}"
        try:
            return content(self._documents.key(owner, row.generation, row.wrapped), row.sealed, row.commitment)[0]
        except Unreadable:
            raise Conflict("the answer to this idempotency key was erased with the person") from None


def mark_hash(scope: str, id: str) -> bytes:
    """What a mark is stored under."""
    return hashlib.sha256(f"{scope}\0{id}".encode()).digest()[:16]
