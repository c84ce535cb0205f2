"""Doors in the shape that other systems' own hooks have, so that these need no program in between."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..intake.vicidial import Statuses, statuses
from .forms import Fields
from .house import House
from .pbx import SCOPES, fields_again, heard
from .problems import Problem
from .routes import Call, Reply, Route, text_reply
from .switches import vicidial
from .switches.answers import TEXT, Said, lines
from .switches.asking import Question, first, refused

_GROUP = "Other systems' hooks"
_PHONE = (
    "to", "GSW_PHONE", "phone", "phone_number", "contact_info", "contactinfo", "dnis", "number",
    "destinationPhoneNumber",
)  # fmt: skip
_CASE = ("case_ref", "account_id", "external_id", "vendor_lead_code", "customer_id", "GSW_CUSTOMER_ID")
_CALL = ("call_id", "GSW_CALL_ATTEMPT_GUID", "attempt_guid")
_RECORD = ("GSW_RECORD_HANDLE", "record_id", "recordid")
_ATTEMPT = ("GSW_ATTEMPTS", "attempt", "attempts")
_AGENT = ("agent", "agent_id", "GSW_AGENT_ID")
_CAMPAIGN = ("campaign", "GSW_CAMPAIGN_NAME", "campaign_name")


def _validated(one: Said) -> Reply:
    """200: dial; 409: do not. Faults are 409 too: what any other status makes the dialler do is up to its settings."""
    return text_reply(lines(one), 200 if one.allowed else 409)


def _call_id(fields: Fields) -> str:
    """The attempt's own id, or the record's with the number of the attempt; "" where neither is there."""
    record, attempt = first(fields, *_RECORD), first(fields, *_ATTEMPT)
    return first(fields, *_CALL) or (f"{record}/{attempt}" if record and attempt else "")


async def validate(house: House, call: Call) -> Reply:
    """POST /compat/genesys/validate."""
    fields = call.fields
    asked = Question(
        to=first(fields, *_PHONE),
        call_id=_call_id(fields),
        agent=first(fields, *_AGENT) or None,
        case_ref=first(fields, *_CASE) or None,
        campaign=first(fields, *_CAMPAIGN) or None,
        caller_id=first(fields, "caller_id", "GSW_CPNDIGITS", "cpndigits") or None,
        mode="predictive",
    )
    return _validated(await heard(house, call, asked))


async def not_validated(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What the validation says of anything that went wrong: do not dial."""
    one, _ = await refused(house, first(await fields_again(request), *_PHONE), problem, error)
    return _validated(one)


async def dispo(house: House, call: Call) -> Reply:
    """GET and POST /compat/vicidial/dispo."""
    told = vicidial.read(call.fields, house.settings.telephony.country, int(house.clock.now()))
    done = await vicidial.taken(house, told, _statuses(house), call.caller)
    return text_reply(f"SUCCESS: {done}\n")


def not_taken(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What a disposition that could not be entered is answered, in ViciDial's own manner."""
    return text_reply(f"ERROR: {problem.detail}\n", problem.status)


_READ: dict[str | None, Statuses] = {}


def _statuses(house: House) -> Statuses:
    """The table of the settings, read once."""
    file = house.settings.vicidial.statuses_file
    if file not in _READ:
        _READ[file] = statuses(file)
    return _READ[file]


def _dispo(method: Any) -> Route:
    return Route(
        method=method,
        path="/compat/vicidial/dispo",
        name="vicidial_dispo" if method == "GET" else "vicidial_dispo_post",
        group=_GROUP,
        summary="ViciDial's Dispo Call URL and No Agent Call URL: what a call came to.",
        details="Takes ViciDial's variables under their own names (dispo, phone_number, phone_code, vendor_lead_code, "
        "call_id, uniqueid, user, campaign, talk_time, ...). A call that was asked for here ends; another one is "
        "entered as a contact of the case that vendor_lead_code names. A status that forbids calls is in force before "
        "the answer.",
        scopes=SCOPES,
        does=dispo,
        form=True,
        basic=True,
        dials=True,
        says=not_taken,
        media=TEXT,
        answers=dict.fromkeys((200, 400, 401, 403, 404, 413, 415, 422, 503), str),
    )


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/compat/genesys/validate",
        name="genesys_validate",
        group=_GROUP,
        summary="Genesys Outbound Contact's pre-dial validation: 200 dial, 409 do not.",
        details="Takes the record's fields as a form or as one JSON object. Asks and starts as /pbx/authorize does; "
        "`GSW_CALL_ATTEMPT_GUID` (or the record's handle with the number of its attempt) is the id of the call.",
        scopes=SCOPES,
        does=validate,
        form=True,
        basic=True,
        dials=True,
        says=not_validated,
        media=TEXT,
        answers={200: str, 409: str},
    ),
    _dispo("GET"),
    _dispo("POST"),
)
