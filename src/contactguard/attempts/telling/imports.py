"""Whole files: what a source's list no longer has, and what an installation has not been told yet."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from ...errors import BadInput
from ...records.store import Store
from ...records.work import Job, NewEntry, View, Writes
from ..board.acts import check_name
from ..plan import named

SUBJECT = "system:imports"
Needed = Literal["restrictions", "contacts"]
NEEDED: Mapping[Needed, str] = {
    "restrictions": "No list of restrictions (do-not-call, opt-outs, attorneys, bankruptcies, deaths) was loaded or "
    "declined: people may be called whom another system knew not to call.",
    "contacts": "No past contacts of another system were loaded or declined: limits count only what happened here.",
}
"""What should be loaded before the first call, and what it means that it was not."""
LONGEST_WHY = 4000
_A_SHELF = 1_000
_MOST_SHELVES = 4_096
_MOST_RUNS = 4


class _Run:
    """The refs of one reading of a file, in few bytes, as millions may come; parted as shelves part them."""

    def __init__(self, source: str) -> None:
        self.source, self.count = source, 0
        self._parts: list[bytearray] = [bytearray() for _ in range(_MOST_SHELVES)]

    def take(self, refs: Sequence[str]) -> None:
        for ref in refs:
            self._parts[_place(ref, _MOST_SHELVES)] += ref.encode() + b"\n"
        self.count += len(refs)

    def on(self, place: int, shelves: int) -> set[str]:
        """The refs of one shelf of so many."""
        parts = (self._parts[part] for part in range(place, _MOST_SHELVES, shelves))
        return {ref for part in parts for ref in part.decode().split("\n")[:-1]}


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a source's list: the refs it had last, and those gone from it with when they were first missed."""

    here: tuple[str, ...] = ()
    gone: dict[str, int] = {}


class Imports:
    """What is known of whole files. `recent`: what is missing on the first day, as last looked up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: dict[str, _Run] = {}
        self.recent: tuple[str, ...] = ()

    def listed(self, source: str, run: str, refs: Sequence[str]) -> None:
        """Some rows of a source's whole list; forgotten again if it is never finished and others are read."""
        named(source, "source")
        if run not in self._runs:
            while len(self._runs) >= _MOST_RUNS:
                del self._runs[next(iter(self._runs))]
            self._runs[run] = _Run(source)
        self._runs[run].take(refs)

    async def finished(self, kind: str, took: Mapping[str, Any]) -> None:
        """A file was read to its end; of what it was about, something is known from now on."""
        loaded = took["rows"] > took["refused"]

        def judge(view: View) -> Writes:
            state = dict(view.docs[SUBJECT] or {})
            if loaded and kind in NEEDED:
                state[kind] = {"since": view.at, "how": "loaded"}
            body = msgspec.json.encode(took)
            entry = NewEntry(stream=SUBJECT, kind="import_finished", body=body)
            docs = {SUBJECT: state} if state != view.docs[SUBJECT] else {}
            return Writes(answer=state, docs=docs, entries=[entry])

        self.recent = missing(await self._store.submit(Job(lock=(SUBJECT,), judge=judge)))

    async def decline(self, what: Needed, by: str, why: str) -> None:
        """Somebody says that there is nothing to load, and why. `BadInput`."""
        check_name("by", by)
        if not by or not 0 < len(why.strip()) <= LONGEST_WHY:
            raise BadInput("why", "say who declines it, and why")

        def judge(view: View) -> Writes:
            said = {"by": by, "why": why.strip()}
            state = {**(view.docs[SUBJECT] or {}), what: {"since": view.at, "how": "declined", **said}}
            entry = NewEntry(stream=SUBJECT, kind="import_declined", body=msgspec.json.encode({"what": what, **said}))
            return Writes(answer=state, docs={SUBJECT: state}, entries=[entry])

        self.recent = missing(await self._store.submit(Job(lock=(SUBJECT,), judge=judge)))

    async def needed(self) -> tuple[Needed, ...]:
        """The kinds that were neither loaded nor declined."""
        state = await self._store.doc(SUBJECT) or {}
        return tuple(kind for kind in NEEDED if kind not in state)

    async def look(self) -> tuple[str, ...]:
        """What is missing now."""
        self.recent = missing(await self._store.doc(SUBJECT))
        return self.recent

    async def vanish(self, source: str, run: str, refs: int | None, by: str) -> dict[str, Any]:
        """Compare this reading with the last one: how many cases vanished now, and how many are missing in all.

        `refs`: how many were read, so that one that began before this process did is not taken for a whole one.
        """
        read = self._runs.pop(run, None)
        if read is None or read.source != source or read.count < (refs or 0):
            return {"why": "not all of this reading was seen here; run the import again"}
        head = await self._store.doc(_head(source)) or {}
        old, new = head.get("shelves", 0), _shelves(read.count)
        vanished = gone = cases = 0
        for place in range(new):
            here = read.on(place, new)
            was = None if old == new else await self._was(source, old, place, new)
            counts = await self._put(source, new, place, here, was)
            vanished, gone, cases = vanished + counts[0], gone + counts[1], cases + len(here)
        told = {"source": source, "by": by, "cases": cases, "vanished": vanished, "missing": gone}

        def judge(view: View) -> Writes:
            entry = NewEntry(stream=_head(source), kind="list_compared", body=msgspec.json.encode(told))
            return Writes(answer=None, docs={_head(source): {"shelves": new}}, entries=[entry])

        await self._store.submit(Job(lock=(_head(source),), judge=judge, bulk=True))
        return {"vanished": vanished, "missing": gone}

    async def vanished(self, source: str, cursor: int) -> tuple[list[tuple[str, int]], int | None]:
        """Cases that lists of this source no longer have, with when they were first missed; the next cursor."""
        shelves = (await self._store.doc(_head(source)) or {}).get("shelves", 0)
        found: list[tuple[str, int]] = []
        while cursor < shelves and len(found) < _A_SHELF:
            shelf = _shelf(await self._store.doc(_key(source, shelves, cursor)))
            found += sorted(shelf.gone.items())
            cursor += 1
        return found, cursor if cursor < shelves else None

    async def _was(self, source: str, old: int, place: int, shelves: int) -> Shelved:
        """What was on a shelf when there were `old` of them: the list has become much longer or shorter since."""
        here: list[str] = []
        gone: dict[str, int] = {}
        for part in range(place % old, old, shelves) if old else ():
            shelf = _shelf(await self._store.doc(_key(source, old, part)))
            here += (ref for ref in shelf.here if _place(ref, shelves) == place)
            gone.update((ref, at) for ref, at in shelf.gone.items() if _place(ref, shelves) == place)
        return Shelved(here=tuple(sorted(here)), gone=gone)

    async def _put(self, source: str, shelves: int, place: int, here: set[str], was: Shelved | None) -> tuple[int, int]:
        """Put part of a list in place of what its shelf had; how many vanished, and how many are missing."""
        key = _key(source, shelves, place)

        def judge(view: View) -> Writes:
            old = was or _shelf(view.docs[key])
            vanished = [ref for ref in old.here if ref not in here]
            gone = {ref: at for ref, at in old.gone.items() if ref not in here} | dict.fromkeys(vanished, view.at)
            now = Shelved(here=tuple(sorted(here)), gone=gone)
            docs = {key: msgspec.to_builtins(now)} if now != _shelf(view.docs[key]) else {}
            return Writes(answer=(len(vanished), len(gone)), docs=docs)

        counts: tuple[int, int] = await self._store.submit(Job(lock=(key,), judge=judge, bulk=True))
        return counts


def missing(state: Mapping[str, Any] | None) -> tuple[str, ...]:
    """A sentence for each thing that was neither loaded nor declined."""
    return tuple(sentence for kind, sentence in NEEDED.items() if kind not in (state or {}))


def _head(source: str) -> str:
    return f"system:source:{source}"


def _key(source: str, shelves: int, place: int) -> str:
    return f"system:source:{source}:{shelves}:{place}"


def _shelf(doc: Any) -> Shelved:
    return msgspec.convert(doc, Shelved) if doc else Shelved()


def _shelves(refs: int) -> int:
    """How many shelves hold a list so that each has some hundred refs: a power of two."""
    count = 1
    while count < _MOST_SHELVES and count * _A_SHELF < refs:
        count *= 2
    return count


def _place(ref: str, shelves: int) -> int:
    """Which of so many shelves, a power of two, a ref is on."""
    return zlib.crc32(ref.encode()) & (shelves - 1)
