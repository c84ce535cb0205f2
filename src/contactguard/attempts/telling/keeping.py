"""Keeping a store: copies made of it, its being brought back from one, how the gap was made good, keys renewed.

The subject `system:keeping` holds the last of each; every act is an entry of that stream.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from ...errors import NotFound
from ...records.store import Store
from ...records.work import Job, NewEntry, View, Writes
from ..board.acts import Who, check_name
from ..stopping.stops import How, settle_restored, shut_restored, standing

SUBJECT = "system:keeping"
REASON = "this store was brought back from a backup and is behind"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A copy: `made_at`, seconds, the instant as of which; `at` when it was written down."""

    made_at: int
    digest: str
    size: int = 0
    by: str = ""
    at: int = 0


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How the gap was made good: from carriers' lists, by an import, or on an officer's word."""

    how: How
    why: str
    by: str
    at: int = 0


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """The store was brought back as of `made_at`; what happened from then until `at` may be missing."""

    made_at: int
    digest: str
    by: str
    at: int = 0
    settled: Settled | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The document."""

    backup: Backup | None = None
    restored: Restored | None = None


async def kept(store: Store) -> Kept:
    """The last copy made of this store, and whether it is one."""
    return _read(await store.doc(SUBJECT))


async def backed_up(store: Store, backup: Backup) -> None:
    """Write down that a copy was made."""
    check_name("--by", backup.by)

    def judge(view: View) -> Writes:
        made = replace(backup, at=view.at)
        return _writes(replace(_read(view.docs[SUBJECT]), backup=made), "store_backed_up", made)

    await store.submit(Job(lock=(SUBJECT,), judge=judge))


async def brought_back(store: Store, restored: Restored) -> None:
    """Shut a store that was brought back for all that goes out, and write down what it lacks."""
    check_name("--by", restored.by)

    def judge(view: View) -> Writes:
        made = replace(restored, at=view.at, settled=None)
        return _writes(replace(_read(view.docs[SUBJECT]), restored=made), "store_restored", made)

    await shut_restored(store, REASON, Who(by=restored.by))
    await store.submit(Job(lock=(SUBJECT,), judge=judge))


async def settle(store: Store, how: How, why: str, who: Who) -> None:
    """Open a store again that was brought back. `NotFound`: it is not behind."""
    check_name("--why", why)

    def judge(view: View) -> Writes:
        found = _read(view.docs[SUBJECT])
        said = Settled(how=how, why=why, by=who.by, at=view.at)
        after = replace(found, restored=replace(found.restored, settled=said)) if found.restored else found
        return _writes(after, "store_settled", said)

    if not any(stop.kind == "restored" for stop in await standing(store)):
        raise NotFound("gap to settle: this store is not behind")
    # Written down first: what is broken off here is shut still, and is settled once more.
    await store.submit(Job(lock=(SUBJECT,), judge=judge))
    await settle_restored(store, how, why, who)


async def rotate_master(store: Store, who: Who) -> int:
    """Wrap every data key under a new master key, and write it down; how many were wrapped."""

    def judge(_: View) -> Writes:
        said = msgspec.json.encode({"by": who.by, "wrapped": changed})
        return Writes(answer=None, entries=[NewEntry(stream=SUBJECT, kind="master_key_rotated", body=said)])

    changed = await store.rotate()
    await store.submit(Job(lock=(SUBJECT,), judge=judge))
    return changed


def _read(doc: Any) -> Kept:
    return msgspec.convert(doc or {}, Kept)


def _writes(after: Kept, kind: str, said: msgspec.Struct) -> Writes:
    entry = NewEntry(stream=SUBJECT, kind=kind, body=msgspec.json.encode(said))
    return Writes(answer=None, docs={SUBJECT: msgspec.to_builtins(after)}, entries=[entry])
