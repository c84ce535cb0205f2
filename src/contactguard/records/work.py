"""What the one writer takes and gives: a job, the view it is judged over, and what it wants written.

A job names the subjects to lock and a pure `judge`. The writer locks, reads, takes the time, judges, writes
and commits; only then does the job's answer leave. Jobs of one batch see each other's writes in order. A
judge may be called again when a batch has to start over, so it must not keep anything; what it raises is the
job's own answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

import msgspec


class Codec(Protocol):
    """How documents become bytes; `key` is the subject's. The engine encrypts what comes out.

    Never asked for `system:` subjects, whose documents are plain JSON values.
    """

    def encode(self, key: str, doc: Any, /) -> bytes: ...

    def decode(self, key: str, body: bytes, /) -> Any: ...


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to append to `stream`, which must be among the job's locks (so must the subject of `person`).

    `body` is any bytes, encrypted under the key of `person` (or the store's, when None). `at`: when it
    happened (None: now). `decision` is the id under which a decision is found again. `keeps_answer`: the
    job's answer (bytes) is sealed into this entry beside the body and read back as `Entry.answer`; it is
    stored nowhere else.
    """

    stream: str
    kind: str
    body: bytes
    person: str | None = None
    at: int | None = None
    decision: str | None = None
    keeps_answer: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it is read. `body` None: its person's key was erased. `hash` names it in its stream's
    chain. `simulated`: the clock it was written by is not the machine's.
    """

    stream: str
    height: int
    kind: str
    at: int
    recorded: int
    person: str | None
    decision: str | None
    hash: bytes
    body: bytes | None
    answer: bytes | None
    simulated: bool = False


class Permit(msgspec.Struct, kw_only=True):
    """The row of one permit. Instants in whole seconds; `own_line`: our own line carries it.

    `locks`: the subject keys under which it was given, so that an event can lock the same. `due`: the instant
    at which `Store.due` hands it out (a reserved one lapses, a started one is looked after); None: never.
    """

    id: str
    key: str
    state: str
    channel: str
    given: int
    expires: int
    own_line: bool
    persons: tuple[str, ...]
    cases: tuple[str, ...]
    stream: str
    contact: str
    agent: str | None = None
    started: int | None = None
    ended: int | None = None
    outcome: str | None = None
    locks: tuple[str, ...] = ()
    due: int | None = None


class Idempotency(msgspec.Struct, frozen=True):
    """One use of an idempotency key: who, which path, which key, and the digest of the body."""

    owner: str
    path: str
    key: str
    digest: bytes


class View(msgspec.Struct, kw_only=True):
    """What a job may look at. `docs` holds every subject locked or read, None where there is none yet.

    `edition`: how often it was changed so far which rulebook is in force when (`rulebooks.py`). `marked`: which of the
    job's `marks` were used.

    The documents are shared with other jobs: a judge gives new ones in `Writes.docs` and changes none in
    place.
    """

    at: int
    docs: Mapping[str, Any]
    permit: Permit | None = None
    seen: bool = False
    edition: int = 0
    marked: Sequence[tuple[str, str]] = ()


class Writes(msgspec.Struct, kw_only=True):
    """What a job wants done, and its answer. `answer` is kept with the idempotency key when it is bytes.

    `docs`: only of locked subjects. `marks`: used from now on. `erase`: persons (ids, locked) whose document
    and data key go, so that nothing sealed under it can be read again.
    """

    answer: Any
    docs: dict[str, Any] = {}
    entries: Sequence[NewEntry] = ()
    permits: Sequence[Permit] = ()
    marks: Sequence[tuple[str, str]] = ()
    erase: Sequence[str] = ()


class Job(msgspec.Struct, kw_only=True):
    """`lock`: subject keys. `also`: further subjects to read, known only from the locked ones, which guard
    them.

    `permit`: the permit whose row is wanted. `mark`: a (scope, id) that must be used only once, such as an
    event id; `View.seen` says whether it was; `marks`: several such. `bulk`: an import's job, which lets others pass;
    `weight`: how many rows it stands for. `alone`: no other job is judged anywhere between this one's clock and its
    commit.

    `height`: how many entries the stream of the first key must have, so that what was read of it is all there is;
    `Conflict` where it has others.
    """

    lock: tuple[str, ...]
    judge: Callable[[View], Writes]
    also: Callable[[Mapping[str, Any]], Sequence[str]] | None = None
    permit: str | None = None
    mark: tuple[str, str] | None = None
    idempotency: Idempotency | None = None
    bulk: bool = False
    marks: tuple[tuple[str, str], ...] = ()
    weight: int = 1
    height: int | None = None
    alone: bool = False


def use_hash(use: Idempotency) -> bytes:
    """What an idempotency key is stored under."""
    return sha256(f"{use.owner}\0{use.path}\0{use.key}".encode()).digest()[:16]
