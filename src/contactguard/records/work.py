"""What the one writer takes and gives: a job, the view it is judged over, and what it wants written.

A job names the subjects to lock and a pure `judge`. The writer locks, reads, takes the time, judges, writes and
commits; only then does the job's answer leave. Jobs of one batch see each other's writes in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to append: `body` is JSON, encrypted under the key of `person` (or the store's, when None).

    `decision` is the id under which a decision is found again.
    """

    stream: str
    kind: str
    body: bytes
    person: str | None = None
    at: int | None = None
    decision: str | None = None


class Permit(msgspec.Struct, kw_only=True):
    """The row of one permit. Instants in whole seconds; `own_line`: our own line carries it."""

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


class Idempotency(msgspec.Struct, frozen=True):
    """One use of an idempotency key: who, which path, which key, and the digest of the body."""

    owner: str
    path: str
    key: str
    digest: bytes


class View(msgspec.Struct, kw_only=True):
    """What a job may look at. `docs` holds every subject locked or read, None where there is none yet."""

    at: int
    docs: Mapping[str, Any]
    permit: Permit | None = None
    seen: bool = False


class Writes(msgspec.Struct, kw_only=True):
    """What a job wants done, and its answer. `answer` is kept with the idempotency key when it is bytes."""

    answer: Any
    docs: dict[str, Any] = {}
    entries: Sequence[NewEntry] = ()
    permits: Sequence[Permit] = ()
    marks: Sequence[tuple[str, str]] = ()


class Job(msgspec.Struct, kw_only=True):
    """`lock`: subject keys. `also`: further subjects to read, known only from the locked ones, which guard them.

    `permit`: the permit whose row is wanted. `mark`: a (scope, id) that must be used only once, such as an event id;
    `View.seen` says whether it was. `writes_at` lets an import claim the low lane.
    """

    lock: tuple[str, ...]
    judge: Callable[[View], Writes]
    also: Callable[[Mapping[str, Any]], Sequence[str]] | None = None
    permit: str | None = None
    mark: tuple[str, str] | None = None
    idempotency: Idempotency | None = None
    bulk: bool = False
