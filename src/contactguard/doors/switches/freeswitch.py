"""FreeSWITCH: the form that its mod_xml_curl posts and the dialplan documents it gets back, and what its mod_json_cdr
tells of calls that ended.

The permit stays on the agent's leg: a variable that is set and not exported, and a header of the answer to the agent.
FreeSWITCH hands X- headers of an agent's telephone on to the other leg unless told otherwise, so it is told.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement, tostring

from ...sections import Switches
from ..bodies import check_json
from ..forms import FORM, JSON, Fields
from ..problems import Problem
from ..routes import Reply, text_reply
from ..sentences import refusal
from .answers import Said
from .asking import Question, first
from .reports import Report

XML = "text/xml"
_CONTEXT = re.compile(r"[A-Za-z0-9_.:-]{1,64}\Z", re.ASCII)
NOT_FOUND = b'<document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>'


def is_outward(fields: Fields, switches: Switches) -> bool:
    """Whether the dialplan of a call on its way out is asked for; every other section, and the contexts in which calls
    from outside arrive, are FreeSWITCH's own business.
    """
    if first(fields, "section") not in ("", "dialplan"):
        return False
    return first(fields, "Hunt-Context", "Caller-Context") not in switches.freeswitch_inbound


def question(fields: Fields) -> Question:
    """The call, from the channel's variables. `cg_agent`, `cg_case_ref`, `cg_campaign` are set by your dialplan."""
    return Question(
        to=number(fields),
        call_id=first(fields, "variable_sip_call_id", "Unique-ID"),
        from_=first(fields, "Hunt-Caller-ID-Number", "Caller-Caller-ID-Number") or None,
        agent=first(fields, "variable_cg_agent", "variable_user_name") or None,
        case_ref=first(fields, "variable_cg_case_ref") or None,
        campaign=first(fields, "variable_cg_campaign") or None,
    )


def number(fields: Fields) -> str:
    """What was dialled."""
    return first(fields, "Hunt-Destination-Number", "Caller-Destination-Number")


def not_found() -> Reply:
    """Nothing here: FreeSWITCH looks into its own files."""
    return text_reply(NOT_FOUND.decode(), media=XML)


def reply(one: Said, fields: Fields, switches: Switches) -> Reply:
    """A dialplan of one extension: bridge, or refuse. Always 200, because with any other status it is not read."""
    context = first(fields, "Hunt-Context", "Caller-Context")
    root = Element("document", type="freeswitch/xml")
    section = SubElement(root, "section", name="dialplan")
    named = SubElement(section, "context", name=context if _CONTEXT.match(context) else "default")
    condition = SubElement(SubElement(named, "extension", name="contactguard"), "condition")
    for application, data in _actions(one, switches):
        SubElement(condition, "action", application=application, data=data)
    return text_reply(tostring(root, encoding="unicode"), media=XML)


def _actions(one: Said, switches: Switches) -> list[tuple[str, str]]:
    if not one.allowed:
        no = refusal(one.code)
        return [
            ("set", f"cg_reason={one.code}"),
            ("respond", f"{no.sip} {no.sentence}"),
            ("hangup", "CALL_REJECTED"),
        ]
    made = [("set", "sip_copy_custom_headers=false"), ("set", "hangup_after_bridge=true")]
    if one.unasked != "extension":
        made += [("set", "continue_on_fail=false")]
    if one.permit:
        made += [("set", f"cg_permit={one.permit}"), ("set", f"sip_rh_X-Contact-Permit={one.permit}")]
    if not one.unasked and one.ring:
        made += [("set", f"call_timeout={one.ring}")]
    if one.caller_id and _NUMBER.match(one.caller_id):
        made += [("set", f"effective_caller_id_{part}={one.caller_id}") for part in ("number", "name")]
    return [*made, ("bridge", _dial_string(one, switches))]


_NUMBER = re.compile(r"\+?[0-9]{3,15}\Z", re.ASCII)


def _dial_string(one: Said, switches: Switches) -> str:
    template = switches.extension_bridge if one.unasked == "extension" else switches.bridge
    return template.replace("{number}", one.to).replace("{digits}", one.to.removeprefix("+"))


def told(media: str, raw: bytes, pairs: Fields) -> Report | None:
    """The end of a call as mod_json_cdr posts it (`encode` false: JSON; true: a form with `cdr`); None for a call that
    has no permit of ours: another leg, or one that nobody asked about.
    """
    tree = check_json(raw if media == JSON else first(pairs, "cdr").encode())
    found = tree.get("variables") if isinstance(tree, dict) else None
    if not isinstance(found, dict):
        raise Problem(422, "The body: expected a call's record with its variables.", field="variables")
    permit = _value(found, "cg_permit")
    if permit is None:
        return None
    placed, seconds = _value(found, "originate_disposition"), _value(found, "billsec") or ""
    return Report(
        permit=permit,
        outcome="answered" if placed == "SUCCESS" else None,
        cause=placed if placed != "SUCCESS" and placed else _value(found, "hangup_cause"),
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else None,
    )


CDR_MEDIA = (JSON, FORM)


def _value(variables: dict[str, Any], name: str) -> str | None:
    """A variable; values come percent-encoded unless `encode-values` is off."""
    value = variables.get(name)
    return unquote(str(value)) if value not in (None, "") else None
