"""What the road asks of a line, whatever carrier is behind it.

A line carries only what is `Started`, which the road makes in the transaction that spends the permit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import msgspec

from ..law.instants import Instant
from ..law.model import Content
from ..law.vocabulary import Channel, Mode, Outcome

EventType = Literal[
    "dialled", "ringing", "answered", "identified", "right_party", "disclosed", "third_party", "wrong_number",
    "voicemail", "recording_announced", "transferred", "sent", "delivered", "ended", "released",
]  # fmt: skip


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """One contact whose permit is spent: it may be carried now, once, to this address.

    `collector`: the id of whose settings speak for it, None for the default's. `until`: the first instant at which it
    may no longer begin or arrive; None: nothing ends it. `case`: the first case it is about, `persons`: whom it is
    charged to; ids, never shown to anyone.
    """

    permit: str
    channel: Channel
    address: str
    mode: Mode = "manual"
    caller_id: str | None = None
    agent: str | None = None
    content: Content | None = None
    collector: str | None = None
    until: Instant | None = None
    case: str | None = None
    persons: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a contact. `event_id` is unique within the permit; `cause`: the line's own word.

    `refuses`: whoever holds the address has told the carrier that nothing more is to come on this channel. `dead`:
    there is nobody at the address.
    """

    permit: str
    event_id: str
    type: EventType
    at: Instant
    outcome: Outcome | None = None
    seconds: int | None = None
    cause: str | None = None
    refuses: bool = False
    dead: bool = False


class Line(Protocol):
    """A carrier. What it learns it reports; a report that cannot be stored raises, and is to be repeated."""

    async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> str | None:
        """Hand the contact to the carrier and return the carrier's own id of it, if it gives one.

        `LineError`: nothing left, and `code` says why. What is in doubt (no answer, or a broken one) is reported as
        `ended`, outcome `unknown`, and not raised.
        """

    async def cancel(self, permit: str) -> bool:
        """Hang up or withdraw; False when it is not carried any more."""

    async def ask(self, permit: str, ref: str, report: Callable[[Report], Awaitable[None]]) -> bool:
        """Ask the carrier what became of a contact, by its own id of it; what it says is reported. False: not known."""

    def waiting(self) -> Collection[str]:
        """The permits taken over but not handed to the carrier yet: `cancel` still keeps these from leaving."""

    def carrying(self) -> Collection[str]:
        """The permits being carried now."""


class Listed(NamedTuple):
    """One contact that the carrier has on its own list. `parent`: the leg that it was dialled from.

    `address`: whom it went to, or whom it came from, as the carrier writes it; `words`: what a person wrote.
    """

    ref: str
    parent: str | None
    channel: Channel
    address: str
    at: Instant
    outcome: Outcome
    words: str = ""


@runtime_checkable
class Listing(Protocol):
    """A line whose carrier lists what left."""

    def on(self, day: Instant) -> AsyncIterator[Listed]:
        """Every contact that left on the day (UTC) of this instant."""

    def written_on(self, day: Instant) -> AsyncIterator[Listed]:
        """Every message that came from a person on that day."""
