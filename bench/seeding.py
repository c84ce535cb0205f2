"""Prepared stores: cases, persons and contacts as the service would have written them, in bulk.

Every document, entry and chain is made by the engine's own codec and sealed under keys of its own; only the way into
the tables is short: one connection that syncs nothing. A store is kept under var/bench, named after the schema and
the source that its bytes depend on, and made anew once its contacts have aged by some days.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from contactguard.attempts import Caller, PutCase
from contactguard.attempts.judge import with_contact
from contactguard.attempts.plan import Setup
from contactguard.attempts.shapes import Recorded
from contactguard.attempts.telling.cases import checked, put_keys, put_writes
from contactguard.attempts.telling.recorded import ContactTold, contact_id
from contactguard.law.history import Contact, pack
from contactguard.law.instants import DAY, Instant
from contactguard.law.model import Case, Entry, Evidence, Person, Point
from contactguard.records import streams
from contactguard.records.documents import Documents as Sealed
from contactguard.records.store import Store
from contactguard.records.subjects import Documents, PersonDoc, pack_bytes
from contactguard.records.tables import SCHEMA
from contactguard.records.work import NewEntry, View, Writes
from contactguard.rules import load
from contactguard.settings import Settings

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "var" / "bench"
CONTACTS, SPAN_DAYS = 30, 55
_KEPT_DAYS = 5
_OUTCOMES = ("no_answer", "voicemail", "no_answer", "busy", "no_answer", "conversation")
_LAST_CONVERSATION_DAYS = 20
_CASES = Caller(key="bench", name="bench", scopes=frozenset({"case_system"}))
_SOURCES = ("records/subjects.py", "records/streams.py", "records/seal.py", "law/history.py", "law/model.py")
_INSERT_SUBJECT = "INSERT INTO subjects VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_ENTRY = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Shape(NamedTuple):
    """What a store holds: `persons` with a case each, and as many entries in each case's stream, at least."""

    persons: int
    entries: int = CONTACTS


class Prepared(NamedTuple):
    """A store made ready: the file, its key file, an API key with the scope `agent`, who can be asked for."""

    file: Path
    key_file: Path
    token: str
    people: list[tuple[str, str, str]]


def prepared(*shapes: Shape) -> Prepared:
    """The store of these shapes, made if it is not there or too old."""
    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / f"{_name(shapes)}.db"
    told = file.with_suffix(".json")
    if not told.exists() or time.time() - told.stat().st_mtime > _KEPT_DAYS * DAY:
        for old in CACHE.glob(f"{'-'.join(_shape(one) for one in shapes)}.*"):
            old.unlink()
        told.write_text(json.dumps({"token": asyncio.run(_seed(file, shapes))}))
    token: str = json.loads(told.read_text())["token"]
    return Prepared(file, Path(f"{file}.key"), token, [one for shape in shapes for one in people(shape)])


def copied(store: Prepared, folder: Path) -> Prepared:
    """A copy to write to."""
    file = folder / store.file.name
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(store.file, file)
    return store._replace(file=file)


def people(shape: Shape) -> list[tuple[str, str, str]]:
    """Reference, person and address of every case of a shape."""
    kind = "W" if shape.entries > CONTACTS else "C"
    lead = "+1646" if shape.entries > CONTACTS else "+1212"
    return [(f"{kind}-{n:06d}", f"{kind}P-{n:06d}", f"{lead}{2_000_000 + n}") for n in range(shape.persons)]


def _shape(shape: Shape) -> str:
    return f"{shape.persons}x{shape.entries}"


def _name(shapes: tuple[Shape, ...]) -> str:
    """Names what the bytes of a store depend on."""
    source = ROOT / "src" / "contactguard"
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in _SOURCES:
        digest.update((source / name).read_bytes())
    return f"{'-'.join(_shape(one) for one in shapes)}.{SCHEMA}.{digest.hexdigest()[:12]}"


async def _seed(file: Path, shapes: tuple[Shape, ...]) -> str:
    for old in file.parent.glob(file.name + "*"):
        old.unlink()
    store = await Store.open(f"sqlite:///{file}", docs=Documents())
    _, token = await store.keys.create("bench", ("agent", "compliance"))
    maker = _Maker(store)
    await store.close()
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144", "locking_mode = EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("BEGIN")
    for shape in shapes:
        for who in people(shape):
            subject_rows, entry_rows = maker.rows(*who, shape.entries)
            connection.executemany(_INSERT_SUBJECT, subject_rows)
            connection.executemany(_INSERT_ENTRY, entry_rows)
    connection.execute("COMMIT")
    connection.close()
    return token


class _Maker:
    """Makes the rows of one person with one case and a past."""

    def __init__(self, store: Store) -> None:
        self.sealed: Sealed = store.engine.documents
        self._whats = {outcome: _what(outcome) for outcome in _OUTCOMES}
        self.setup = Setup(load.load(), Settings(), store.address_key, lambda point: ())
        self.now = int(store.clock.now())

    def rows(self, ref: str, id: str, address: str, entries: int) -> tuple[list[Any], list[Any]]:
        """Rows of subjects and of entries."""
        key = self.sealed.seals.new(f"person:{id}", 0)
        put = self._put(ref, id, address)
        docs: dict[str, Any] = dict(put.docs)
        docs[f"person:{id}"] = self._lived(docs[f"person:{id}"], ref, address)
        news = [*put.entries, *self._entries(ref, id, address, entries)]
        rows, tip = [], streams.GENESIS
        for place, new in enumerate(news):
            by = self.sealed.store_key() if new.person is None else key
            rows.append(streams.append(new, b"", place + 1, tip, self.now - SPAN_DAYS * DAY, by))
            tip = rows[-1][8]
        return [self._subject(name, doc, key, len(rows), tip) for name, doc in docs.items()], rows

    def _put(self, ref: str, id: str, address: str) -> Writes:
        home = Evidence(kind="residence", country="US", subdivision="NY", zones=("America/New_York",))
        person = Person(id=id, points=(Point(address=address, line="mobile", label="mobile"),), evidence=(home,))
        body = checked(self.setup, ref, PutCase(case=Case(ref=ref, product="credit_card"), persons=(person,)))
        locked = put_keys(self.setup, ref, body)
        view = View(at=self.now - SPAN_DAYS * DAY, docs=dict.fromkeys(locked))
        return put_writes(self.setup, ref, body, _CASES.key, locked, view)

    def _past(self, number: int, of: int) -> tuple[int, str]:
        """When and how the contact of this number went: evenly over the days, none with a talk of late."""
        at = self.now - SPAN_DAYS * DAY + number * SPAN_DAYS * DAY // of
        outcome = _OUTCOMES[number % len(_OUTCOMES)]
        recent = outcome == "conversation" and at > self.now - _LAST_CONVERSATION_DAYS * DAY
        return at, "voicemail" if recent else outcome

    def _lived(self, doc: PersonDoc, ref: str, address: str) -> PersonDoc:
        """The document after all contacts, one by one: what no rule can count any more is dropped on the way."""
        for number in range(CONTACTS):
            at, outcome = self._past(number, CONTACTS)
            name, id = contact_id(_CASES, f"{ref} {number}"), doc.person.id
            contact = Contact(name, at, self._whats[outcome], id, address, (ref,))
            doc = with_contact(self.setup, doc, contact, at)
        return doc

    def _entries(self, ref: str, id: str, address: str, many: int) -> Iterator[NewEntry]:
        for number in range(many):
            at, outcome = self._past(number, many)
            told = Recorded(event_id=f"{ref} {number}", at=at, channel="voice", outcome=outcome, address=address)  # type: ignore[arg-type]
            body = pack_bytes(ContactTold(contact_id(_CASES, told.event_id), "bench", None, (id,), (ref,), told))
            yield NewEntry(stream=f"case:{ref}", kind="contact", body=body, person=id, at=at)

    def _subject(self, name: str, doc: Any, key: Any, height: int, tip: bytes) -> tuple[Any, ...]:
        own = name.startswith("person:")
        by = key if own else self.sealed.store_key()
        stream = (height, tip) if name.startswith("case:") else (0, streams.GENESIS)
        sealed = self.sealed.seal(name, doc, by)
        return (name, *stream, self.now - DAY, 0, key.wrapped if own else None, sealed)


def _what(outcome: str) -> int:
    return pack(Entry(at=Instant(0), channel="voice", outcome=outcome), "").what  # type: ignore[arg-type]
