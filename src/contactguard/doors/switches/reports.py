"""What a switch reports of a call, as an event of its permit."""

from __future__ import annotations

import hashlib

import msgspec

from ...attempts import Caller, Event, PermitView
from ...errors import BadInput
from ...intake.dialled import dialled
from ...law.instants import Instant, print_utc, read_hook
from ...law.vocabulary import Outcome
from ..house import House
from ..problems import from_validation
from .outcomes import outcome_of


class Report(msgspec.Struct, kw_only=True):
    """What became of a call: by its permit, or by the call's own id and number as they were asked with.

    `type`: as in `/v1/permits/{id}/events`. An `ended` takes its `outcome`, or else Asterisk's DIALSTATUS (`status`),
    the `cause` (Q.850, a final SIP answer, FreeSWITCH's name) and the `seconds` it was connected. `at`: now. The same
    report twice counts once; `event_id` tells two alike apart.
    """

    permit: str | None = None
    call_id: str | None = None
    to: str | None = None
    type: str = "ended"
    outcome: Outcome | None = None
    status: str | None = None
    cause: str | None = None
    seconds: int | None = None
    at: Instant | None = None
    event_id: str | None = None
    format: str | None = None


async def reported(house: House, told: Report, caller: Caller) -> PermitView:
    """Take it in. `NotFound` for a permit of another key, or a call that was not asked for."""
    permit = told.permit or await _permit(house, told, caller)
    view = await house.road.event(permit, _event(told, int(house.clock.now())), caller)
    house.metrics.event(told.type)
    return view


async def _permit(house: House, told: Report, caller: Caller) -> str:
    if told.call_id is None or told.to is None:
        raise BadInput("permit", "is required, or call_id and to as they were asked with")
    number = dialled(told.to, house.settings.telephony.country)
    return await house.road.permit_of_call(told.call_id, number, caller)


def _event(told: Report, now: int) -> Event:
    outcome = told.outcome
    if told.type == "ended" and outcome is None:
        outcome = outcome_of(told.status, told.cause, told.seconds)
    given = {
        "event_id": told.event_id or _event_id(told),
        "type": told.type,
        "at": print_utc(int(told.at) if told.at is not None else now),
        "outcome": outcome,
        "seconds": told.seconds,
        "cause": (told.cause or "")[:64] or None,
    }
    try:
        return msgspec.convert(given, Event, dec_hook=read_hook)
    except msgspec.ValidationError as error:
        raise from_validation(str(error), Event) from None


def _event_id(told: Report) -> str:
    """The same for the same report, so that a switch may repeat it."""
    said = (told.type, told.outcome, told.status, told.cause, told.seconds, int(told.at) if told.at else None)
    return "pbx-" + hashlib.sha256(repr(said).encode()).hexdigest()[:32]
