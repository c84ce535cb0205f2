"""What the road asks of a line, whatever carrier is behind it.

A line carries only what is `Started`, which the road makes in the transaction that spends the permit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Literal, Protocol

import msgspec

from ..law.instants import Instant
from ..law.model import Content
from ..law.vocabulary import Channel, Mode, Outcome

EventType = Literal[
    "dialled", "ringing", "answered", "identified", "right_party", "disclosed", "third_party", "wrong_number",
    "voicemail", "recording_announced", "transferred", "sent", "delivered", "ended", "released",
]  # fmt: skip


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """One contact whose permit is spent: it may be carried now, once, to this address."""

    permit: str
    channel: Channel
    address: str
    mode: Mode = "manual"
    caller_id: str | None = None
    agent: str | None = None
    content: Content | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a contact. `event_id` is unique within the permit; `cause`: the line's own word."""

    permit: str
    event_id: str
    type: EventType
    at: Instant
    outcome: Outcome | None = None
    seconds: int | None = None
    cause: str | None = None


class Line(Protocol):
    """A carrier. What it learns it reports; a report that cannot be stored raises, and is to be repeated."""

    async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> None:
        """Hand the contact to the carrier and return. `LineError`: nothing left, and `code` says why."""

    async def cancel(self, permit: str) -> bool:
        """Hang up or withdraw; False when it is not carried any more."""

    def carrying(self) -> Collection[str]:
        """The permits being carried now."""
