"""One question of a switch, whatever way it came: its numbers read, the road asked, faults turned into a no."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

import msgspec
import structlog

from ...attempts import Ask, Caller
from ...attempts.plan import passes_unasked
from ...errors import BadInput, Busy, NotFound
from ...intake.dialled import dialled, user_part
from ...law.vocabulary import Mode, Purpose
from ..house import House
from ..logs import about
from ..problems import Problem
from .answers import Said, no, said

log = structlog.get_logger()
_NOBODY = Caller(key="", name="", scopes=frozenset())
_SHOWN = re.compile(r"[A-Za-z0-9+*#() ./_-]{1,64}\Z", re.ASCII)
_OF_THE_NUMBER = frozenset({"to", "address"})


class Question(msgspec.Struct, kw_only=True):
    """A call that is about to leave a switch, in its words.

    `from`: who calls; a full number is taken for the one that will be shown (`caller_id`), anything else for the agent,
    where those are not said. `call_id`: unique to the call; asking again with it gives the same answer.
    """

    to: str
    call_id: str
    from_: str | None = msgspec.field(default=None, name="from")
    agent: str | None = None
    case_ref: str | None = None
    person_id: str | None = None
    caller_id: str | None = None
    campaign: str | None = None
    mode: Mode = "manual"
    purpose: Purpose = "collection"
    format: str | None = None


async def answered(house: House, asked: Question, caller: Caller) -> Said:
    """Ask and start in one. What cannot be a number, or is on no file, is a no; everything else raises."""
    country = house.settings.telephony.country
    try:
        to = dialled(asked.to, country)
    except BadInput as error:
        return no("invalid_destination", f"to: {error.why}")
    shown, agent = _calling(asked, caller, country, house)
    ask = Ask(
        channel="voice",
        address=to,
        case_ref=asked.case_ref,
        person_id=asked.person_id,
        mode=asked.mode,
        purpose=asked.purpose,
        caller_id=shown,
        campaign=asked.campaign,
        agent=agent,
    )
    try:
        answer = await house.road.authorize(ask, caller, asked.call_id)
    except NotFound:
        return no("unknown_destination", "case_ref: there is no such case", to)
    except BadInput as error:
        if error.where != "address":
            raise
        return no("invalid_destination", f"to: {error.why}", to)
    house.metrics.permit(answer.answer)
    return said(answer, to)


def _calling(asked: Question, caller: Caller, country: str, house: House) -> tuple[str | None, str | None]:
    """The number to show and the agent, as far as the switch says them.

    The number comes back to the switch and goes into headers and dial strings there, so it bears nothing that could end
    one. `BadInput`.
    """
    number, name = _full(asked.from_, country, house), user_part(asked.from_ or "")
    shown = _full(asked.caller_id, country, house) or asked.caller_id or number
    if shown is not None and not _SHOWN.match(shown):
        raise BadInput("caller_id", "is no number or plain name of 1 to 64 characters")
    agent = asked.agent or (name if name and number is None and caller.agent is None else None)
    return shown, agent


def _full(text: str | None, country: str, house: House) -> str | None:
    """The number in E.164, if it is one that can be called from outside."""
    try:
        number = dialled(text, country) if text else ""
    except BadInput:
        return None
    return number if number.startswith("+") else None


async def refused(house: House, to: str, problem: Problem, error: Exception) -> tuple[Said, int]:
    """The answer when nothing could be decided, and its HTTP status: no, but for what passes unasked whatever fails."""
    if (passed := await _passed(house, to)) is not None:
        return passed, 200
    if isinstance(error, Busy):
        return no("capacity", problem.detail), 503
    if problem.field in _OF_THE_NUMBER:
        return no("invalid_destination", problem.detail), problem.status
    return no("service_unavailable", problem.detail), problem.status


async def _passed(house: House, to: str) -> Said | None:
    """A yes for an emergency number or an extension, in nobody's name.

    It is written down as long as not too many come so: whoever has no key shall not fill the record.
    """
    try:
        number = dialled(to, house.settings.telephony.country)
    except BadInput:
        return None
    ask = Ask(channel="voice", address=number)
    why = passes_unasked(ask, house.settings)
    if why is None:
        return None
    try:
        house.keyless.take(why)
        answer = await house.road.authorize(ask, _NOBODY, secrets.token_hex(16))
    except Exception as error:
        log.warning("unasked_contact_not_recorded", why=why, **about(error))
        return Said(verdict="allow", to=number, unasked=why)
    return said(answer, number)


def first(fields: Mapping[str, str], *names: str) -> str:
    """The first of these fields that says anything; names do not mind their case."""
    plain = {name.lower(): value.strip() for name, value in fields.items()}
    return next((value for name in names if (value := plain.get(name.lower(), ""))), "")
