"""Subjects as they are stored, and how their documents and permits are opened and sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from .seal import STORE, DataKey, Seals, Unreadable
from .work import Codec, Permit

_OWN = "system:"
_permit_decoder = msgspec.msgpack.Decoder(Permit)
_permit_encode = msgspec.msgpack.Encoder().encode


class SubjectRow(NamedTuple):
    """A subject as it is stored, with its data key where it has one."""

    key: str
    height: int
    tip: bytes
    newest: int
    generation: int
    wrapped: bytes | None
    doc: bytes | None


class Documents:
    """Opens and seals documents; the engine's own (`system:`) are plain JSON."""

    def __init__(self, seals: Seals, codec: Codec) -> None:
        self.seals, self._codec = seals, codec

    def open(self, key: str, sealed: bytes, data_key: DataKey) -> Any:
        plain = data_key.open(sealed, key.encode())
        return msgspec.json.decode(plain) if key.startswith(_OWN) else self._codec.decode(key, plain)

    def seal(self, key: str, doc: Any, data_key: DataKey) -> bytes:
        plain = msgspec.json.encode(doc) if key.startswith(_OWN) else self._codec.encode(key, doc)
        return data_key.seal(plain, key.encode())

    def read(self, row: SubjectRow) -> Any:
        """The document of a stored subject; None where there is none or its key was erased."""
        if row.doc is None:
            return None
        return self.open(row.key, row.doc, self.key(row.key, row.generation, row.wrapped))

    def key(self, owner: str, generation: int | None, wrapped: bytes | None) -> DataKey:
        """The data key under which this subject's document or this person's entries are sealed."""
        if not owner.startswith("person:"):
            return self.store_key()
        if wrapped is None or generation is None:
            raise Unreadable("its key was erased")
        return self.seals.key(owner, generation, wrapped)

    def open_permit(self, id: str, sealed: bytes) -> Permit:
        """A permit from its row."""
        return _permit_decoder.decode(self.store_key().open(sealed, f"permit:{id}".encode()))

    def seal_permit(self, permit: Permit) -> bytes:
        """The inverse of `open_permit`."""
        return self.store_key().seal(_permit_encode(permit), f"permit:{permit.id}".encode())

    def store_key(self) -> DataKey:
        key = self.seals.held(STORE)
        if key is None:
            raise Unreadable("the store's own key is not held")
        return key


def look_docs(documents: Documents, rows: Iterable[SubjectRow], keys: Iterable[str]) -> Mapping[str, Any]:
    """The documents of rows that were only read; None for keys without one."""
    found = {row.key: documents.read(row) for row in rows}
    return {key: found.get(key) for key in keys}
