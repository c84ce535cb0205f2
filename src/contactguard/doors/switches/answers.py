"""One answer for a switch, in every form that switches read.

The permit's id is for the agent's leg and for reports alone, so in JSON it stands beside `routes`, never in the headers
that a route gives the leg to the person called.
"""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from ...attempts import Authorized
from ...sections import Switches
from ..forms import FORM, JSON
from ..routes import Reply, json_reply, text_reply
from ..sentences import refusal

Format = Literal["text", "form", "json"]
TEXT = "text/plain"
MEDIA: dict[Format, str] = {"text": TEXT, "form": FORM, "json": JSON}
_PROVISIONAL_MILLISECONDS = 5000
_NUMBER = re.compile(r"\+?[0-9]{3,15}\Z", re.ASCII)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no for a switch. `to`, `caller_id`: the numbers to dial and to show; `problem`: what to mend, if anything.

    `ring`: seconds; it may ring no longer. `unasked`: it passed without being judged (`emergency`, `extension`).
    """

    verdict: Literal["allow", "deny"]
    permit: str = ""
    code: str = ""
    reasons: tuple[str, ...] = ()
    to: str = ""
    caller_id: str = ""
    ring: int = 0
    valid_until: str = ""
    next_allowed: str = ""
    obligations: tuple[str, ...] = ()
    unasked: str = ""
    problem: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it is a yes."""
        return self.verdict == "allow"


def said(answer: Authorized, to: str) -> Said:
    """What the road answered, without the words that are for an agent's screen alone."""
    return Said(
        verdict=answer.verdict,
        permit=answer.permit or "",
        code=answer.code or "",
        reasons=tuple(dict.fromkeys(one.code for one in answer.reasons)),
        to=to,
        caller_id=answer.caller_id or "",
        ring=answer.ring_seconds if answer.verdict == "allow" else 0,
        valid_until=answer.valid_until or "",
        next_allowed=answer.next_allowed or "",
        obligations=tuple(dict.fromkeys(one.code for one in answer.obligations)),
        unasked=answer.unasked or "",
    )


def no(code: str, problem: str = "", to: str = "") -> Said:
    """A no of the door itself."""
    return Said(verdict="deny", code=code, reasons=(code,), problem=problem, to=to)


def reply(one: Said, form: Format, switches: Switches, status: int = 200) -> Reply:
    """The answer in the form asked for."""
    if form == "json":
        return json_reply(routes(one, switches), status)
    if form == "form":
        return text_reply(fields(one), status, FORM)
    return text_reply(lines(one), status)


def lines(one: Said) -> str:
    """`ALLOW <permit>` or `DENY <code> <sentence>`, then a line for everything else that is known."""
    no = refusal(one.code)
    first = f"ALLOW {one.permit}" if one.allowed else f"DENY {one.code} {no.sentence}"
    more = {name: value for name, value in _members(one).items() if name not in _FIRST_LINE and value not in ("", 0)}
    return "\n".join((first, *(f"{name}: {_line(value)}" for name, value in more.items()), ""))


_FIRST_LINE = frozenset({"decision", "permit", "reason", "sentence"})


def _line(value: Any) -> str:
    return " ".join(str(value).split())


def fields(one: Said) -> str:
    """The same as a form: `decision=allow&permit=...`, every name always there, and `whole=yes` at the end: Asterisk's
    CURL() hands over what had come when a connection broke, so half a number would look like one.

    Spaces are %20: what Asterisk's CURL() with `hashcompat=yes` decodes is percent signs, not plus signs.
    """
    said = _members(one) | {"whole": "yes"}
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in said.items())


def _members(one: Said) -> dict[str, str | int]:
    no = refusal(one.code)
    return {
        "decision": one.verdict,
        "permit": one.permit,
        "reason": one.code,
        "sentence": "" if one.allowed else no.sentence,
        "cause": 0 if one.allowed else no.cause,
        "sip_code": 0 if one.allowed else no.sip,
        "to": one.to,
        "caller_id": one.caller_id,
        "ring": one.ring,
        "valid_until": one.valid_until,
        "next_allowed": one.next_allowed,
        "reasons": " ".join(one.reasons),
        "obligations": " ".join(one.obligations),
        "unasked": one.unasked,
        "problem": one.problem,
    }


def routes(one: Said, switches: Switches) -> dict[str, Any]:
    """What Kamailio's rtjson reads, with our own members beside it; a no has no route."""
    return {
        "version": "1.0",
        "routing": "serial",
        "routes": [_route(one, switches.gateway)] if one.allowed and switches.gateway else [],
        **_members(one),
        "reasons": one.reasons,
        "obligations": one.obligations,
    }


def _route(one: Said, gateway: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "uri": f"sip:{one.to}@{gateway}",
        "fr_timer": _PROVISIONAL_MILLISECONDS,
        "fr_inv_timer": one.ring * 1000,
    }
    if _NUMBER.match(one.caller_id):
        made["headers"] = {"from": {"display": "", "uri": f"sip:{one.caller_id}@{gateway}"}}
    return made
