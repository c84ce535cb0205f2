"""Rows of a log of contacts that another system made, ViciDial's phone log included."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import BadInput
from ..law.instants import parse_instant, print_utc
from .places import is_zone
from .resolve import normal_address
from .seen import Seen
from .times import Times, joined
from .vicidial import Statuses
from .who import key, one_of
from .words import meanings, plain

_AS_IS = ("agent", "campaign", "purpose", "mode", "notice", "place")
_NOT_SAID = "nothing says what came of it: counted as placed"
_NOT_KNOWN = "what came of it is in no table: counted as placed"


class Contact(msgspec.Struct, frozen=True):
    """What becomes of one row. `mark`: a restriction that goes with it; `note`: what to tell of it.

    `body` None: nothing was dialled, so there is nothing to count. `exact`: two rows that are the same are the same
    contact; else each counts. `moment`: the same for all that one contact is told to be.
    """

    body: dict[str, Any] | None
    note: str = ""
    mark: dict[str, Any] | None = None
    exact: bool = True
    moment: str = ""


class Once:
    """What stood in a file already: what says the same is one contact, what says otherwise of it counts as well."""

    def __init__(self) -> None:
        self._ids, self._moments = Seen(), Seen()

    def told(self, contact: Contact, row: int) -> Contact:
        """The contact of this row, with nothing to send where it stood before."""
        body = contact.body
        if body is None or "event_id" not in body:
            return contact
        if not contact.exact:
            again = self._ids.count(body["event_id"])
            return replace(contact, body={**body, "event_id": f"{body['event_id']}.{again}"}) if again > 1 else contact
        if before := self._ids.first(body["event_id"], row):
            return replace(contact, body=None, note=f"says the same as row {before}")
        if contact.moment and (before := self._moments.first(contact.moment, row)):
            return replace(contact, note=f"row {before} tells of the same contact otherwise: both count")
        return contact


class Log(msgspec.Struct, frozen=True):
    """How a log's rows are read. `statuses`: of ViciDial, where the log has columns of its; `own`: it wrote the log."""

    region: str
    times: Times
    statuses: Statuses | None = None
    own: bool = False

    def contact(self, row: dict[str, str]) -> Contact:
        """One row. `BadInput` names the field."""
        direction = _direction(row)
        if direction == "inbound" and "caller" in row and not self.own:
            row = {**row, "phone": row["caller"]}
        channel = _channel(row)
        if channel == "email" and "email" in row:
            row = {field: text for field, text in row.items() if field != "phone"}
        who = key(row, self.region)
        when = self.times.read("at", _moment(row), _zone(row), late=True)
        outcome: str | None
        outcome, note = ("unknown", _NOT_KNOWN) if self.own else _outcome(row)
        mark = None
        if self.statuses is not None and note == _NOT_KNOWN:
            outcome, note, mark, direction = self._dialled(self.statuses, row, who, when.text)
        if outcome is None:
            return Contact(None, note, mark)
        contact: dict[str, Any] = {"at": when.text, "channel": channel, "outcome": outcome, "direction": direction}
        contact.update((field, row[field]) for field in _AS_IS if field in row)
        body = _charged(who, contact)
        said = body if when.exact else {**body, "contact": {**contact, "at": _moment(row)}}
        body = {"event_id": _id(row.get("event_id"), said, outcome), **body}
        return Contact(body, note, mark, when.exact or "event_id" in row, _same(row.get("event_id"), body))

    def _dialled(
        self, statuses: Statuses, row: dict[str, str], who: dict[str, Any], at: str
    ) -> tuple[str | None, str, dict[str, Any] | None, str]:
        """What ViciDial's status says: outcome, note, restriction, direction."""
        status = statuses.of(row.get("outcome", ""))
        lead = statuses.of(row["lead_status"]) if "lead_status" in row else status
        suppress = status.suppress or lead.suppress
        mark = None
        if suppress is not None:
            mark = {**_target(who), "kind": suppress, "since": at, "words": "ViciDial's status of the lead or call"}
        outcome = status.outcome
        if outcome is None and _seconds(row):
            outcome = "unknown"
        note = "" if status.known else _NOT_KNOWN if "outcome" in row else _NOT_SAID
        note = "not dialled: nothing to count" if outcome is None else note
        return outcome, note, mark, _direction(row) if "direction" in row else status.direction


def from_json(line: dict[str, Any], region: str) -> Contact:
    """One line of NDJSON: the body of `POST /v1/cases/{ref}/contacts` with whom it is about beside it."""
    contact = dict(line)
    ref, person = contact.pop("ref", None), contact.get("person")
    written = contact.get("address")
    if isinstance(written, str):
        try:
            contact["address"] = normal_address(written, region)
        except BadInput as error:
            raise BadInput("address", error.why) from None
    own = contact.pop("event_id", None)
    if not isinstance(contact.get("at"), str) or not isinstance(contact.get("outcome"), str):
        raise BadInput("at", "a contact says when it was, and its outcome")
    who = {"ref": ref, "person": person, "address": contact.get("address")}
    found = {name: value for name, value in who.items() if value is not None}
    if not found or not all(isinstance(value, str) for value in found.values()):
        raise BadInput("", "no case, no person and no address, so nobody is meant")
    contact.pop("person", None)
    body = _charged(found, contact)
    if own is not None and not isinstance(own, str):
        raise BadInput("event_id", "expected text")
    body = {"event_id": _id(own, body, contact["outcome"]), **body}
    return Contact(body, moment=_same(own, body))


def _charged(who: dict[str, Any], contact: dict[str, Any]) -> dict[str, Any]:
    """Whom it counts for: the case, else the person, else whoever lists the address."""
    if "address" in who:
        contact = {**contact, "address": who["address"]}
    if "ref" in who and "person" in who:
        contact = {**contact, "person": who["person"]}
    name = next(name for name in ("ref", "person", "address") if name in who)
    return {name: who[name], "contact": contact}


def _target(who: dict[str, Any]) -> dict[str, Any]:
    return {"address": who["address"]} if "address" in who else dict(who)


def _id(own: str | None, body: dict[str, Any], outcome: str) -> str:
    """The same for the same contact in any file: of the system's own id with when and whom, else of all that the row
    says. The id alone would not do: what some systems call a contact or a call is a person, or a whole day of calls.

    What came of it is part of it: a contact that comes again with another outcome counts again, for what stands in
    the record stays.
    """
    content = msgspec.json.encode([own, outcome, _where(body)] if own else body, order="sorted")
    return "file:" + hashlib.blake2b(content, digest_size=16).hexdigest()


def _same(own: str | None, body: dict[str, Any]) -> str:
    """What is the same for all that a file tells of one contact."""
    contact = body["contact"]
    who = next(body[name] for name in ("ref", "person", "address") if name in body)
    return own or "\0".join((who, contact.get("address", ""), contact["at"], str(contact.get("channel"))))


def _where(body: dict[str, Any]) -> list[Any]:
    """When a contact was, and to whom: its address, or else who is meant."""
    contact = body["contact"]
    who = next(body[name] for name in ("address", "ref", "person") if name in body)
    try:
        at = print_utc(int(parse_instant(contact["at"])))
    except ValueError:
        at = contact["at"]
    return [contact.get("address") or who, at]


def _moment(row: dict[str, str]) -> str:
    moment = joined(row.get("at", ""), row.get("clock", ""))
    if not moment:
        raise BadInput("at", "a contact says when it was")
    return moment


def _zone(row: dict[str, str]) -> str | None:
    if "zone" in row and not is_zone(row["zone"]):
        raise BadInput("zone", "expected the name of a time zone, such as America/New_York")
    return row.get("zone")


def _seconds(row: dict[str, str]) -> bool:
    """Whether the call lasted."""
    return row.get("seconds", "0").strip("0.") != ""


def _channel(row: dict[str, str]) -> str:
    if "channel" not in row:
        return "voice"
    return one_of("channel", row["channel"], meanings("outcomes.toml", "channels"), plain(row["channel"]))


def _direction(row: dict[str, str]) -> str:
    if "direction" not in row:
        return "outbound"
    return one_of("direction", row["direction"], meanings("outcomes.toml", "directions"), plain(row["direction"]))


def _outcome(row: dict[str, str]) -> tuple[str, str]:
    """What came of it, and a note where the record cannot tell."""
    if "outcome" not in row:
        return "unknown", _NOT_SAID
    outcome = meanings("outcomes.toml", "outcomes").get(plain(row["outcome"]))
    if outcome == "answered" and row.get("answered_by", "").startswith("machine"):
        outcome = "voicemail"
    return (outcome, "") if outcome else ("unknown", _NOT_KNOWN)
