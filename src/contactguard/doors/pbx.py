"""The doors for switches: ask and start in one, and report what became of the call, in words that dialplans read."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..attempts import PermitView
from .forms import FORM, JSON, Fields, fields_of, form_of, media_called
from .house import House
from .problems import Problem
from .routes import Call, Reply, Route, Scope, json_reply, text_reply
from .switches import freeswitch
from .switches.answers import MEDIA, TEXT, Format, Said, reply
from .switches.asking import Question, answered, first, refused
from .switches.reports import Report, reported

_GROUP = "Switches"
SCOPES: frozenset[Scope] = frozenset({"dialler", "agent"})
_STATUSES = dict.fromkeys((200, 400, 401, 403, 404, 413, 415, 422, 503), str)


def format_of(request: web.Request, fields: Fields) -> Format:
    """How the sender wants its answer: by the field `format`, or by Accept; else as text."""
    asked = first(fields, "format").lower()
    if asked in MEDIA:
        return asked
    accepts = request.headers.get("Accept", "").lower()
    wanted = [(accepts.index(media), form) for form, media in MEDIA.items() if media in accepts]
    return min(wanted)[1] if wanted else "text"


async def fields_again(request: web.Request) -> Fields:
    """The fields of a request that failed, {} where they cannot be read."""
    try:
        return fields_of(request, form_of(request, await request.read()), strict=False)
    except Exception:
        return {}


async def heard(house: House, call: Call, asked: Question) -> Said:
    """The answer; a yes that a switch no longer waits for keeps nobody's line busy."""
    one = await answered(house, asked, call.caller)
    transport = call.request.transport
    if one.permit and not one.unasked and (transport is None or transport.is_closing()):
        await house.road.unheard(one.permit, call.caller)
    return one


async def authorize(house: House, call: Call) -> Reply:
    """GET and POST /pbx/authorize."""
    one = await heard(house, call, call.body)
    return reply(one, format_of(call.request, call.fields), house.settings.switches)


async def not_authorized(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What /pbx/authorize says of anything that went wrong: no."""
    fields = await fields_again(request)
    one, status = await refused(house, first(fields, "to"), problem, error)
    return reply(one, format_of(request, fields), house.settings.switches, status)


async def report(house: House, call: Call) -> Reply:
    """POST /pbx/report."""
    view = await reported(house, call.body, call.caller)
    if format_of(call.request, call.fields) == "json":
        return json_reply(view)
    return text_reply(f"OK {view.state} {view.outcome or '-'}{' late' if view.late else ''}\n")


def not_reported(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What /pbx/report says of anything that went wrong."""
    return text_reply(f"ERROR {problem.detail}\n", problem.status)


async def dialplan(house: House, call: Call) -> Reply:
    """POST /pbx/freeswitch."""
    if not freeswitch.is_outward(call.fields, house.settings.switches):
        return freeswitch.not_found()
    asked = freeswitch.question(call.fields)
    return freeswitch.reply(await heard(house, call, asked), call.fields, house.settings.switches)


async def no_dialplan(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What /pbx/freeswitch says of anything that went wrong: a dialplan that refuses."""
    fields = await fields_again(request)
    if not freeswitch.is_outward(fields, house.settings.switches):
        return freeswitch.not_found()
    one, _ = await refused(house, freeswitch.number(fields), problem, error)
    return freeswitch.reply(one, fields, house.settings.switches)


async def record(house: House, call: Call) -> Reply:
    """POST /pbx/freeswitch/cdr."""
    media = media_called(call.request)
    pairs = fields_of(call.request, form_of(call.request, call.raw), strict=False) if media == FORM else {}
    told = freeswitch.told(media, call.raw, pairs)
    if told is None:
        return text_reply("OK nothing was asked about this leg\n")
    view = await reported(house, told, call.caller)
    return text_reply(f"OK {view.state} {view.outcome or '-'}\n")


def _authorize(method: Any) -> Route:
    return Route(
        method=method,
        path="/pbx/authorize",
        name="pbx_authorize" if method == "POST" else "pbx_authorize_get",
        group=_GROUP,
        summary="A switch asks about a call that is about to leave, and starts it with the yes.",
        details="`ALLOW <permit>` or `DENY <code> <sentence>` as text; as a form or as JSON (with Kamailio's rtjson at "
        "its top) where `format` or Accept says so. The same `call_id` to the same number has the same answer for ten "
        "minutes. Emergency numbers and extensions always pass. Anything but a yes is a no, faults included.",
        scopes=SCOPES,
        does=authorize,
        body=Question,
        form=True,
        basic=True,
        dials=True,
        says=not_authorized,
        media=(TEXT, FORM, JSON),
        answers=_STATUSES,
    )


ROUTES: tuple[Route, ...] = (
    _authorize("POST"),
    _authorize("GET"),
    Route(
        method="POST",
        path="/pbx/report",
        name="pbx_report",
        group=_GROUP,
        summary="A switch reports what became of a call.",
        details="By the permit, or by the call's own id and number. Late and repeated reports are taken.",
        scopes=SCOPES,
        does=report,
        body=Report,
        form=True,
        basic=True,
        dials=True,
        says=not_reported,
        media=(TEXT, JSON),
        answers={**_STATUSES, 200: PermitView},
    ),
    Route(
        method="POST",
        path="/pbx/freeswitch",
        name="pbx_freeswitch",
        group=_GROUP,
        summary="FreeSWITCH's mod_xml_curl asks for the dialplan of a call, and gets one that bridges or refuses.",
        details="Asks and starts as /pbx/authorize does. Other sections than `dialplan` are not found here, nor "
        "are the contexts in which calls from outside arrive.",
        scopes=SCOPES,
        does=dialplan,
        form=True,
        basic=True,
        dials=True,
        says=no_dialplan,
        media=freeswitch.XML,
        answers={200: str},
    ),
    Route(
        method="POST",
        path="/pbx/freeswitch/cdr",
        name="pbx_freeswitch_cdr",
        group=_GROUP,
        summary="FreeSWITCH's mod_json_cdr tells how a call ended.",
        details="By the variable `cg_permit` that the dialplan document set; a leg without it is taken and left alone.",
        scopes=SCOPES,
        does=record,
        raw=freeswitch.CDR_MEDIA,
        basic=True,
        dials=True,
        says=not_reported,
        media=TEXT,
        answers=_STATUSES,
    ),
)
