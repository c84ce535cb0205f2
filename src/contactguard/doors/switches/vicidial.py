"""ViciDial's Dispo Call URL and No Agent Call URL: what an agent, or the dialler itself, says a call came to.

The names of the fields are ViciDial's own (docs/AGENT_API.txt, and the help of its campaign page): the URL in the
campaign's settings hands on the variables `--A--dispo--B--` and so on under the same names.
"""

from __future__ import annotations

import hashlib

import msgspec

from ...attempts import Caller, Event, Recorded
from ...errors import BadInput, NotFound
from ...intake.dialled import dialled
from ...intake.numbers import to_e164
from ...intake.vicidial import Status, Statuses
from ...law.instants import Instant
from ...law.vocabulary import Mode
from ..forms import Fields
from ..house import House
from .asking import first

_AUTOMATIC = "V"
_LONGEST_NAME = 128


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One disposition, read. `call`: ViciDial's own id of the call (`V...` dialled by itself, `M...` by an agent)."""

    code: str
    number: str
    call: str
    ref: str | None
    agent: str | None
    campaign: str | None
    seconds: int | None

    @property
    def source(self) -> str:
        """What it was learned from, the same when it is sent twice."""
        return f"vicidial:{self.call}:{self.code}"[:_LONGEST_NAME]


def read(fields: Fields, country: str, now: int) -> Told:
    """The disposition. `BadInput` names the field. One without the call's id is another call in another minute (`now`:
    seconds): the same lead, status and agent come again on another day.
    """
    code = first(fields, "dispo", "status", "lead_status")
    if not code:
        raise BadInput("dispo", "is required")
    call = first(fields, "call_id", "uniqueid") or _digest(fields, now)
    seconds = first(fields, "talk_time", "length_in_sec")
    return Told(
        code=code[:20],
        number=_number(fields, country),
        call=call[:64],
        ref=first(fields, "vendor_lead_code", "vendor_id") or None,
        agent=first(fields, "user")[:_LONGEST_NAME] or None,
        campaign=first(fields, "campaign", "campaign_id")[:_LONGEST_NAME] or None,
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else None,
    )


def _number(fields: Fields, country: str) -> str:
    written, code = first(fields, "dialed_number", "phone_number"), first(fields, "phone_code")
    if code.isascii() and code.isdigit() and written and not written.startswith("+"):
        try:
            return to_e164(f"+{code}{written.lstrip('0')}", None)
        except BadInput:
            pass
    try:
        number = dialled(written, country)
    except BadInput as error:
        raise BadInput("phone_number", error.why) from None
    return number


def _digest(fields: Fields, now: int) -> str:
    return hashlib.sha256(repr((now // 60, sorted(fields.items()))).encode()).hexdigest()[:32]


async def taken(house: House, told: Told, statuses: Statuses, caller: Caller) -> str:
    """Enter it: as the end of the call that was asked for, or as a contact of its own; and what it forbids. A line."""
    status = statuses.of(told.code)
    done = [await _contact(house, told, status, caller)]
    if status.suppress is not None:
        words = f"ViciDial status {told.code}"
        await house.road.refuse(told.number, "voice", words=words, source=told.source, by=caller.key)
        done.append("number refused for calls")
    if not status.known:
        done.append("status not in the table: counts as placed, outcome unknown")
    return ", ".join(done)


async def _contact(house: House, told: Told, status: Status, caller: Caller) -> str:
    if status.outcome is None:
        return "nothing was dialled"
    if await _ended(house, told, status, caller):
        return "call ended"
    contact = _recorded(house, told, status, caller)
    if told.ref is not None:
        try:
            await house.road.record(told.ref, contact, caller)
            return "contact recorded"
        except NotFound:
            pass
    await house.road.told_of(contact, caller)
    return "contact recorded for whoever lists the number"


async def _ended(house: House, told: Told, status: Status, caller: Caller) -> bool:
    """Report it on the permit of the call, if it has one. A status in no table leaves what the switch said of it."""
    try:
        permit = await house.road.permit_of_call(told.call, told.number, caller)
    except NotFound:
        return False
    event = Event(
        event_id=told.source,
        type="ended",
        at=Instant(int(house.clock.now())),
        outcome=status.outcome if status.known else None,
        seconds=told.seconds,
        cause=told.code,
    )
    await house.road.event(permit, event, caller)
    return True


def _recorded(house: House, told: Told, status: Status, caller: Caller) -> Recorded:
    mode: Mode = "predictive" if told.call.startswith(_AUTOMATIC) else "manual"
    return Recorded(
        event_id=f"vicidial:{told.call}"[:_LONGEST_NAME],
        at=Instant(int(house.clock.now())),
        channel="voice",
        outcome=status.outcome or "unknown",
        direction=status.direction,
        address=told.number,
        mode=mode,
        agent=told.agent if caller.agent is None else caller.agent,
        campaign=told.campaign,
    )
