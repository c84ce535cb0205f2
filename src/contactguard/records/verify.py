"""Proves the record whole from the tables alone, sharing no code with what wrote it.

Every stream's chain is computed again from its first entry; where the content can still be opened, its
commitment is checked; the tip in the subject's row must be the last hash. A key counts as erased only as often
as the person's own stream says so.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from .history import Query, Steps
from .seal import STORE, DataKey, Seals, Unreadable
from .tables import ENTRIES, PERSONS, SUBJECTS, Statement, with_person

_PAGE = 500


class Fault(msgspec.Struct, frozen=True):
    """Where the record does not hold, and why."""

    stream: str
    height: int
    why: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`opened`: entries whose content was checked too; `erased`: those whose person's key is gone."""

    streams: int
    entries: int
    opened: int
    erased: int
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        return not self.faults


class _Chains:
    """The state while walking all entries in order of stream and height."""

    def __init__(self, seals: Seals) -> None:
        self.seals = seals
        self.tips: dict[str, tuple[int, bytes]] = {}
        self.erasures: Counter[str] = Counter()
        self.entries = self.opened = self.erased = 0
        self.faults: list[Fault] = []

    def walk(self, row: Sequence[Any]) -> None:
        stream, height, kind, at, recorded, person, decision = row[:7]
        commitment, hash, sealed = map(_blob, row[7:10])
        last, tip = self.tips.get(stream, (0, bytes(32)))
        if height != last + 1:
            self._fault(stream, height, f"height {last + 1} is missing")
        fields = [
            1, stream, height, kind, at, recorded, person, decision, int.from_bytes(sealed[:2], "big"),
            tip.hex(), commitment.hex(), row[10],
        ]  # fmt: skip
        header = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
        if hashlib.sha256(header).digest() != hash:
            self._fault(stream, height, "the hash does not follow from the entry and the one before it")
        self.entries += 1
        self._content(stream, height, person, commitment, sealed, row[11], row[12])
        self.tips[stream] = height, hash
        if kind == "person_erased":
            self.erasures[stream] += 1

    def end(self, rows: Sequence[Sequence[Any]]) -> None:
        """Compare with what the subjects' rows say."""
        said = {key: (height, _blob(tip)) for key, height, tip, _ in rows if height}
        for stream in said.keys() | self.tips.keys():
            found = self.tips.get(stream, (0, bytes(32)))
            if said.get(stream, (0, bytes(32))) != found:
                self._fault(stream, found[0], "the stream does not end where its subject says")
        erased = {key: generation for key, _, _, generation in rows if generation}
        for stream in erased.keys() | self.erasures.keys():
            if erased.get(stream, 0) != self.erasures[stream]:
                self._fault(stream, 0, "its key was not erased as often as the stream says")

    def _content(
        self, stream: str, height: int, person: str | None, commitment: bytes, sealed: bytes,
        generation: int | None, wrapped: bytes | None,
    ) -> None:  # fmt: skip
        if person is not None and generation is not None and int.from_bytes(sealed[:2], "big") < generation:
            self.erased += 1
            return
        try:
            key = self._key(person, generation, wrapped)
            plain = key.open(sealed, commitment) if key is not None else None
        except Unreadable:
            self._fault(stream, height, "the content is not what was sealed")
            return
        if plain is None:
            self._fault(stream, height, "the key of its person is missing without an erasure")
            return
        self.opened += 1
        if hashlib.sha256(plain).digest() != commitment:
            self._fault(stream, height, "the content is not what was committed to")

    def _key(self, person: str | None, generation: int | None, wrapped: bytes | None) -> DataKey | None:
        if person is None:
            return self.seals.held(STORE)
        if generation is None or wrapped is None:
            return None
        return self.seals.key(f"person:{person}", generation, wrapped)

    def _fault(self, stream: str, height: int, why: str) -> None:
        self.faults.append(Fault(stream, height, why))


def verify(engine: str, seals: Seals) -> Steps[Report]:
    """Walk every entry once, in pages of one snapshot."""
    columns, said = SUBJECTS.c, (SUBJECTS.c.height > 0) | (SUBJECTS.c.generation > 0)
    subjects = sa.select(columns.key, columns.height, columns.tip, columns.generation).where(said)
    page, tips = _page(engine), Statement(subjects, engine)
    chains = _Chains(seals)
    stream, height = "", 0
    while rows := (yield Query(page.text, page.args(stream=stream, height=height))):
        for row in rows:
            chains.walk(row)
        stream, height = rows[-1][0], rows[-1][1]
    chains.end((yield Query(tips.text, tips.args())))
    return Report(
        streams=len(chains.tips),
        entries=chains.entries,
        opened=chains.opened,
        erased=chains.erased,
        faults=tuple(chains.faults),
    )


def _blob(value: Any) -> bytes:
    """A column of bytes; nothing, where something else was put into it."""
    return bytes(value) if isinstance(value, bytes) else b""


def _page(engine: str) -> Statement:
    beyond = sa.tuple_(ENTRIES.c.stream, ENTRIES.c.height) > sa.tuple_(
        sa.bindparam("stream", type_=sa.Text), sa.bindparam("height", type_=sa.BigInteger)
    )
    columns = sa.select(*ENTRIES.c, PERSONS.c.generation, PERSONS.c.wrapped).select_from(with_person(ENTRIES))
    ordered = columns.where(beyond).order_by(ENTRIES.c.stream, ENTRIES.c.height)
    return Statement(ordered.limit(_PAGE), engine)
