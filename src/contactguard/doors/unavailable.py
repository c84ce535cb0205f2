"""The no that is given when nothing could be decided."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..law.answers import Because, Decision, Whereabouts
from ..law.instants import print_utc
from ..law.rulebook import ENGINE
from .house import House

_MESSAGES = {
    "capacity": "Too many requests are waiting. Do not make this contact; ask again in a second.",
    "service_unavailable": "The gate cannot decide now. Do not make this contact; ask again shortly.",
}


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """A permit as it is given: single use, until `expires_at`. `caller_id`: the number to show, where we chose it."""

    id: str
    expires_at: str
    caller_id: str | None = None


class PermitAnswer(Decision, frozen=True, kw_only=True):
    """A decision, and with a yes the permit that reserves it."""

    permit: Reserved | None


def denial(house: House, code: Literal["capacity", "service_unavailable"]) -> bytes:
    """A decision that denies because of the service itself, so that every kind of client stops."""
    because = Because(code=code, rule=f"gate.{code}", citation="", message=_MESSAGES[code])
    answer = PermitAnswer(
        id="",
        at=print_utc(int(house.clock.now())),
        verdict="deny",
        reasons=(because,),
        next_allowed=None,
        valid_until=None,
        obligations=(),
        counters=(),
        relaxed_by=(),
        assumed=(),
        whereabouts=Whereabouts(zones=(), jurisdictions=(), evidence=()),
        regimes=(),
        rulebook=house.book.digest,
        tzdata=house.book.tzdata,
        engine=ENGINE,
        permit=None,
    )
    return msgspec.json.encode(answer)
