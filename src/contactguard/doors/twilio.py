"""Twilio's webhooks: a softphone's call asks here before it goes on, and what became of calls and messages comes back.

No key: Twilio signs what it sends. The answers are TwiML, which is read out to the agent where it is a no.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from ..attempts import Ask, Caller, twilio
from ..attempts.authorizing import Authorized
from ..attempts.plan import passes_unasked
from ..errors import BadInput, LineError, NotFound
from ..intake.dialled import dialled, user_part
from ..settings import Settings
from .forms import FORM, Delivery
from .house import House
from .problems import Problem, ProblemDocument, from_validation
from .routes import Call, Reply, Route, Signed, text_reply
from .sentences import refusal

_GROUP = "Twilio"
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GIVEN = {
    "case_ref": ("case_ref", "CaseRef", "SipHeader_X-Case-Ref"),
    "person_id": ("person_id", "PersonId", "SipHeader_X-Person-Id"),
    "purpose": ("purpose", "Purpose", "SipHeader_X-Purpose"),
    "mode": ("mode", "Mode", "SipHeader_X-Mode"),
    "campaign": ("campaign", "Campaign", "SipHeader_X-Campaign"),
    "caller_id": ("caller_id", "CallerId", "SipHeader_X-Caller-Id"),
}
_WHO = ("From", "CallSid", "AccountSid", "Direction")
_running: set[asyncio.Task[Any]] = set()


async def signed(house: House, sent: Delivery) -> Caller:
    """Whom a signed request speaks for: the account's softphones.

    Twilio signs what a softphone adds to its call as well. A second value of what says who calls is such an addition.
    """
    form = sent.form if _is_form(sent.headers) else None
    if not twilio.genuine(house.settings, sent.url, form, sent.raw, sent.headers):
        raise Problem(403, "The signature does not fit; see docs/twilio.md.")
    if form is not None and any(len(set(form.getall(name, ()))) > 1 for name in _WHO):
        raise Problem(400, f"Each of {', '.join(_WHO)} may stand there once.")
    return Caller(key=house.settings.twilio.asks_as, name=twilio.NAME, scopes=frozenset({"agent", "dialler"}))


def _is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Type", FORM).partition(";")[0].strip().lower() == FORM


def _told(house: House, call: Call) -> twilio.Told:
    url = Delivery(call.raw, call.request, house.settings.server.public_url).url
    return twilio.Told(house.road, house.settings, url)


async def voice(house: House, call: Call) -> Reply:
    """POST /twilio/voice."""
    told, sid = _told(house, call), call.fields.get("CallSid", "")
    agent = _agent(call.fields.get("From", ""))
    if agent is None:
        document = twilio.rejecting()
        await told.keep(call.fields, document, None, sid or None)
        return text_reply(document, media=twilio.MEDIA)
    ask = _ask(call.fields, agent, house.settings)
    given = await house.road.authorize(ask, call.caller, sid or secrets.token_hex(16), once=twilio.NAME)
    house.metrics.permit(given.answer)
    document = _document(told, given, ask.address)
    after = told.answered(call.fields, document, given.permit, sid)
    if given.unasked is None:
        await after
    else:
        _later(after)
    return text_reply(document, media=twilio.MEDIA)


def _agent(who: str) -> str | None:
    """The agent whose softphone calls; None where somebody else does, as when a person calls back."""
    kind, _, name = who.partition(":")
    if kind.lower() == "client":
        return name or None
    return user_part(who) or None if kind.lower() in ("sip", "sips") else None


def _ask(fields: Mapping[str, str], agent: str, settings: Settings) -> Ask:
    """What the softphone asks: whom it dialled, and what it said beside, which keeps no emergency call."""
    address = dialled(fields.get("To", ""), settings.telephony.country)
    plain = Ask(channel="voice", address=address, agent=agent)
    if passes_unasked(plain, settings) is not None:
        return plain
    given = {
        member: next((fields[name] for name in names if fields.get(name)), None) for member, names in _GIVEN.items()
    }
    asked = {name: value for name, value in given.items() if value is not None}
    try:
        return msgspec.convert({**asked, "channel": "voice", "address": address, "agent": agent}, Ask)
    except msgspec.ValidationError as error:
        raise from_validation(str(error), Ask) from None


def _document(told: twilio.Told, given: Authorized, address: str) -> str:
    """What Twilio is to do with the call."""
    if given.verdict == "deny":
        return told.tell(f"{refusal(given.code).sentence} {when(given.next_allowed)}".strip())
    try:
        return told.bridge(given, address)
    except LineError as error:
        return told.tell(twilio.no_way(error))


def when(next_allowed: str | None) -> str:
    """When a contact may start, by the clock of whoever is called; nothing where time alone will not help."""
    if next_allowed is None:
        return ""
    at = datetime.fromisoformat(next_allowed)
    hour = f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
    return f"Try again on {_DAYS[at.weekday()]}, {_MONTHS[at.month - 1]} {at.day}, at {hour}, their local time."


def _later(work: Coroutine[Any, Any, None]) -> None:
    """Have it done while the answer is on its way: nothing holds up an emergency call."""
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)


def not_asked(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What a softphone hears of anything that went wrong: no. A request that is not Twilio's gets no TwiML."""
    if problem.status in (400, 401, 403, 413, 415):
        return text_reply(problem.detail, problem.status)
    code = "service_unavailable"
    if isinstance(error, BadInput) and error.where == "address":
        code = "invalid_destination"
    elif isinstance(error, NotFound):
        code = "unknown_destination"
    account = house.settings.twilio
    document = twilio.telling(refusal(code).sentence, voice=account.voice, language=account.language)
    return text_reply(document, media=twilio.MEDIA)


async def voice_status(house: House, call: Call) -> Reply:
    """POST /twilio/voice/status."""
    await _told(house, call).call(call.fields)
    return text_reply(twilio.NOTHING, media=twilio.MEDIA)


async def sms(house: House, call: Call) -> Reply:
    """POST /twilio/sms."""
    await _told(house, call).received(call.fields)
    return text_reply(twilio.NOTHING, media=twilio.MEDIA)


async def sms_status(house: House, call: Call) -> Reply:
    """POST /twilio/sms/status."""
    await _told(house, call).message(call.fields)
    return text_reply(twilio.NOTHING, media=twilio.MEDIA)


def _route(path: str, name: str, summary: str, does: Any, details: str = "", says: Any = None) -> Route:
    return Route(
        method="POST",
        path=path,
        name=name,
        group=_GROUP,
        summary=summary,
        details=details,
        does=does,
        form=True,
        signed=Signed(twilio.HEADER, signed),
        dials=True,
        says=says,
        media=twilio.MEDIA,
        answers={200: str, **dict.fromkeys((400, 403, 413, 415, 503), str if says else ProblemDocument)},
    )


ROUTES: tuple[Route, ...] = (
    _route(
        "/twilio/voice",
        "twilio_voice",
        "A softphone at Twilio calls somebody: connected with the right number shown, or told why not and when.",
        voice,
        "For a TwiML app or a SIP domain. `To` is who is called; `case_ref`, `person_id`, `purpose`, `mode`, "
        "`campaign` and `caller_id` may stand beside it. Asks and starts in one.",
        not_asked,
    ),
    _route(
        "/twilio/voice/status",
        "twilio_voice_status",
        "How a call goes on, in any order, however often, however late.",
        voice_status,
    ),
    _route(
        "/twilio/sms",
        "twilio_sms",
        "A person has written: counted, and where they ask for no more, in force before the answer.",
        sms,
    ),
    _route(
        "/twilio/sms/status",
        "twilio_sms_status",
        "What became of a message, in any order, however often, however late.",
        sms_status,
    ),
)
