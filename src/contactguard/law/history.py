"""Past contacts as law reads them: each packed into a few integers, so that one pass over them is cheap.

`Contact.what` packs everything a counter may filter by. `pack` and `words` translate between it and `model.Entry`.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from . import vocabulary
from .instants import Instant
from .model import Entry

Live = Literal["reserved", "handed", "started"]


class _Field:
    """One field of the packed integer: `width` bits at `shift`, standing for one of `names`."""

    def __init__(self, shift: int, width: int, names: tuple[Any, ...]) -> None:
        if len(names) > 1 << width:
            raise ValueError("too many names for the width")
        self.shift, self.mask, self.names = shift, ((1 << width) - 1) << shift, names
        self.code = {name: place << shift for place, name in enumerate(names)}

    def read(self, what: int) -> Any:
        return self.names[(what & self.mask) >> self.shift]


OUTCOME = _Field(0, 5, get_args(vocabulary.Outcome))
CHANNEL = _Field(5, 3, get_args(vocabulary.Channel))
DIRECTION = _Field(8, 1, get_args(vocabulary.Direction))
PURPOSE = _Field(9, 3, get_args(vocabulary.Purpose))
MODE = _Field(12, 3, get_args(vocabulary.Mode))
PLACE = _Field(15, 2, (None, *get_args(vocabulary.Place)))
NOTICE = _Field(17, 4, (None, *get_args(vocabulary.Notice)))
LIVE = _Field(21, 2, (None, *get_args(Live)))
NO_MESSAGE, NO_VOICEMAIL = 1 << 23, 1 << 24
_SAID = {name: 1 << (25 + place) for place, name in enumerate(get_args(vocabulary.Said))}
_BELIEVED = {name: 1 << (30 + place) for place, name in enumerate(get_args(vocabulary.Believed))}
_FIELDS = {
    "outcome": OUTCOME, "channel": CHANNEL, "direction": DIRECTION, "purpose": PURPOSE, "mode": MODE,
    "place": PLACE, "notice": NOTICE, "live": LIVE,
}  # fmt: skip


class Contact(msgspec.Struct, array_like=True):
    """One past or live contact. `cases` None: every case there is; `discussed` None: `cases`.

    `lapses`: the instant a permit not yet started lapses, 0 for every other contact.
    """

    id: str
    at: int
    what: int
    person: str
    address: str
    cases: tuple[str, ...] | None = None
    discussed: tuple[str, ...] | None = None
    lapses: int = 0


def pack(entry: Entry, person: str) -> Contact:
    """Pack an entry; `person` stands in where it names none. Without an `id` it is named by its instant."""
    what = 0
    for name, field in _FIELDS.items():
        what |= field.code[getattr(entry, name)]
    what |= 0 if entry.message_left else NO_MESSAGE
    what |= 0 if entry.voicemail_available else NO_VOICEMAIL
    for said in entry.said:
        what |= _SAID[said]
    for believed in entry.believed:
        what |= _BELIEVED[believed]
    return Contact(
        id=entry.id or "",
        at=int(entry.at),
        what=what,
        person=entry.person or person,
        address=entry.address or "",
        cases=entry.cases,
        discussed=entry.discussed,
        lapses=int(entry.lapses or 0),
    )


def words(contact: Contact) -> Entry:
    """The inverse of `pack`."""
    fields = {name: field.read(contact.what) for name, field in _FIELDS.items()}
    return Entry(
        **fields,
        at=Instant(contact.at),
        id=contact.id or None,
        address=contact.address or None,
        person=contact.person,
        cases=contact.cases,
        discussed=contact.discussed,
        message_left=not contact.what & NO_MESSAGE,
        voicemail_available=not contact.what & NO_VOICEMAIL,
        said=said_names(contact.what),
        believed=believed_names(contact.what),
        lapses=Instant(contact.lapses) if contact.lapses else None,
    )


def said_names(what: int) -> tuple[Any, ...]:
    """What the person said, as `history[].said`."""
    return tuple(name for name, bit in _SAID.items() if what & bit)


def believed_names(what: int) -> tuple[Any, ...]:
    """What is believed of a third party's answer, as `history[].believed`."""
    return tuple(name for name, bit in _BELIEVED.items() if what & bit)


def with_outcome(what: int, outcome: str) -> int:
    """The same contact, ended with this outcome."""
    return (what & ~(OUTCOME.mask | LIVE.mask)) | OUTCOME.code[outcome]


def with_live(what: int, live: str | None) -> int:
    """The same contact in another live state."""
    return (what & ~LIVE.mask) | LIVE.code[live]
