"""The documents of subjects, and how they become bytes.

`person:ID` holds what law reads of a person, their contacts, and where each fact came from; `case:REF` one
debt and who is on it; `address:HEX` who lists an address or was reached there, and what is known of it;
`attempt:ID` what was reported of one permitted contact. All of them are values: a change makes a new one.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ..law.history import Contact
from ..law.instants import Clock, Day, Instant, Until, parse_day, print_day
from ..law.model import Case, Consent, Evidence, Person, Point, Restriction
from ..law.vocabulary import Channel, Role

MarkKind = Literal["refused", "wrong_number", "reassigned", "invalid", "misdelivered"]
FactKind = Literal["restriction", "consent", "point", "evidence", "promise", "note"]


class Learned(msgspec.Struct, frozen=True, array_like=True):
    """One fact we learned ourselves. `by`: the key that said so; `recorded`, `ended`: seconds."""

    id: str
    kind: FactKind
    by: str
    recorded: int
    since: int
    restriction: Restriction | None = None
    consent: Consent | None = None
    point: Point | None = None
    evidence: Evidence | None = None
    ended: int | None = None


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Where a person's facts come from: what the case system said with each case, and what we learned."""

    said: dict[str, Person] = {}
    learned: tuple[Learned, ...] = ()


class PersonDoc(msgspec.Struct, frozen=True, array_like=True):
    """`person` is `origin` put together, ready for law; `origin` stays unread bytes until a fact changes.

    `past`: cases the person is no longer on, on which some of the contacts were.
    """

    person: Person
    contacts: tuple[Contact, ...] = ()
    origin: msgspec.Raw = msgspec.Raw(b"\x92\x80\x90")
    past: tuple[str, ...] = ()


class CaseDoc(msgspec.Struct, frozen=True, array_like=True):
    """One debt. `persons` in the case system's order; `collector`: the id it named.

    `former`: who is no longer on it but was contacted about it. `digest`: of the row of a file that said all this,
    persons included; empty where it came in another way.
    """

    case: Case
    persons: tuple[tuple[str, Role], ...]
    version: int | None = None
    collector: str | None = None
    former: tuple[str, ...] = ()
    digest: bytes = b""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Something known of an address. `source`: the fact, permit or contact it came from, or `case:REF`."""

    kind: MarkKind
    since: int
    source: str
    channel: Channel | None = None
    until: Until | None = None


class AddressDoc(msgspec.Struct, frozen=True, array_like=True):
    """Who lists an address or was contacted there, and what is known of it."""

    persons: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


class Stage(msgspec.Struct, frozen=True, array_like=True):
    """One reported event of a contact, in order of arrival."""

    event_id: str
    type: str
    at: int
    recorded: int
    outcome: str | None = None
    late: bool = False


class AttemptDoc(msgspec.Struct, frozen=True, array_like=True):
    """What was reported of one permitted contact, and the state its permit came to by that.

    `ref`: the carrier's own id of it, where our own line carries it.
    """

    stages: tuple[Stage, ...] = ()
    state: str = "reserved"
    ref: str | None = None


def _plain(value: Any) -> Any:
    """Instants and times of day as integers, days as text, so that either end of something reads back."""
    if isinstance(value, Day):
        return print_day(value)
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(f"cannot keep a {type(value).__name__}")


def _read(kind: type, value: Any) -> Any:
    if kind is Instant or kind is Clock:
        return kind(value)
    return parse_day(value) if isinstance(value, str) else Instant(value)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)
_DECODERS = {
    prefix: msgspec.msgpack.Decoder(kind, dec_hook=_read)
    for prefix, kind in (
        ("person", PersonDoc), ("case", CaseDoc), ("address", AddressDoc), ("attempt", AttemptDoc),
    )
}  # fmt: skip
_ANYTHING: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder()
_ORIGIN = msgspec.msgpack.Decoder(Origin, dec_hook=_read)
pack_bytes = _ENCODER.encode


def unpacker(kind: type) -> msgspec.msgpack.Decoder[Any]:
    """A decoder for what `pack_bytes` made of a value of this type."""
    return msgspec.msgpack.Decoder(kind, dec_hook=_read)


class Documents:
    """The codec the store is opened with."""

    def encode(self, key: str, doc: Any, /) -> bytes:
        return _ENCODER.encode(doc)

    def decode(self, key: str, body: bytes, /) -> Any:
        return _DECODERS.get(key.partition(":")[0], _ANYTHING).decode(body)


def origin_of(doc: PersonDoc | None) -> Origin:
    """Where this person's facts come from; nothing, for someone not heard of."""
    return _ORIGIN.decode(doc.origin) if doc is not None else Origin()


def raw_origin(origin: Origin) -> msgspec.Raw:
    """The inverse of `origin_of`."""
    return msgspec.Raw(_ENCODER.encode(origin))
