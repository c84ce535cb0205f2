"""Rows of files as the road takes them: what a list's word means, for people and for an address alone."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from ..attempts import ListRow, NewFact, Past, Put, Recorded, Said, checked_contact, checked_fact, normal
from ..errors import BadInput
from ..law.faults import in_words
from ..law.instants import parse_instant, parse_until, read_hook
from ..law.model import Consent, Restriction
from ..law.vocabulary import Channel, RestrictionKind
from .shapes import ListedConsent, ListedRestriction, PastContact, Whose

_BARE_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_KINDS: frozenset[str] = frozenset(get_args(RestrictionKind))
_CHANNELS: frozenset[str] = frozenset(get_args(Channel))
REFUSALS: dict[str, tuple[str | None, ...]] = {
    "do_not_call": ("voice", "sms"),
    "opt_out": ("voice", "sms", "email", "messaging"),
    "litigator": (None,),
    "channel_refused": (None,),
    "address_refused": (None,),
}
"""What is refused of everything that a person has, where a row names neither an address nor a channel."""
OF_PEOPLE = frozenset({"litigator"})
"""What is said of the person whatever address stands beside it: it holds at all that they have."""
OF_ADDRESSES = {"reassigned": "reassigned", "wrong_number": "wrong_number", "invalid": "invalid"}
"""What can be said of an address only, as it stands in the documents."""
PROTECTS = {
    "attorney": "represented", "represented": "represented", "bankruptcy": "bankruptcy", "deceased": "deceased",
    "cease": "cease_communication", "cease_communication": "cease_communication", "breathing_space": "breathing_space",
}  # fmt: skip
"""What protects a person so far that an address which a list has it of is refused, too, whoever lists it later."""
OF_ONE_DEBT = frozenset({"disputed", "refuses_to_pay", "original_creditor_requested"})
"""What is about one debt: keyed by a case, it is about that case."""


def restriction_row(row: ListedRestriction) -> ListRow | Put:
    """A row of a list of restrictions; a `Put` says why it is refused."""
    try:
        return _restriction_row(row)
    except BadInput as error:
        return Put("refused", str(error))


def _restriction_row(row: ListedRestriction) -> ListRow:
    address = _address(row)
    alone = row.ref is None and row.person is None
    if row.channel is not None and row.channel not in _CHANNELS:
        raise BadInput("channel", "no such channel")
    row = msgspec.structs.replace(row, address=address, since=_instant(row.since, "since"))
    whose: dict[str, Any] = {"ref": row.ref, "person": row.person, "address": address}
    base = {**whose, "words": row.words or "", "by": row.by or ""}
    if row.kind in OF_ADDRESSES:
        return ListRow(**base, marks=(_said(row, OF_ADDRESSES[row.kind]),))
    if row.kind in REFUSALS and alone:
        return ListRow(**base, marks=(_said(row, "refused"),))
    if row.kind in REFUSALS:
        return ListRow(**base, facts=tuple(_facts(row, _refusals(row))), unknown=_unknown(row, row.channel))
    kind = PROTECTS.get(row.kind, row.kind)
    if kind not in _KINDS:
        raise BadInput("kind", "no such restriction")
    cases = {"cases": (row.ref,)} if kind in OF_ONE_DEBT and row.ref is not None else {}
    marks = (_said(msgspec.structs.replace(row, channel=None), "refused"),) if alone and row.kind in PROTECTS else ()
    unknown = _unknown(row, None) if row.kind in PROTECTS and not alone else ()
    return ListRow(**base, facts=tuple(_facts(row, [{"kind": kind, **cases}])), marks=marks, unknown=unknown)


def _unknown(row: ListedRestriction, channel: str | None) -> tuple[Said, ...]:
    """What the row says of the address beside a case or person that nobody knows: it protects them nevertheless."""
    if row.address is None:
        return ()
    return (_said(msgspec.structs.replace(row, channel=channel, details={}), "refused"),)


def _refusals(row: ListedRestriction) -> list[dict[str, Any]]:
    at_address = [{"kind": "address_refused", "address": row.address}] if row.address is not None else []
    if at_address and row.kind not in OF_PEOPLE:
        return at_address
    if row.kind == "address_refused":
        raise BadInput("address", "say which address")
    channels = (row.channel,) if row.channel is not None else REFUSALS[row.kind]
    everywhere = [{"kind": "channel_refused", **({"channel": channel} if channel else {})} for channel in channels]
    return [*everywhere, *at_address]


def _facts(row: ListedRestriction, kinds: list[dict[str, Any]]) -> list[NewFact]:
    """One fact for each, with whatever else the row says."""
    said = {"channel": row.channel, "since": row.since, "until": row.until, "words": row.words, "by": row.by}
    if unfit := {"kind", "address", "channel"}.intersection(row.details):
        raise BadInput(f"details.{min(unfit)}", "stands in a field of its own")
    given = {name: value for name, value in said.items() if value}
    whole = [_convert({**given, **row.details, **kind}, Restriction) for kind in kinds]
    at = parse_instant(row.since) if row.since else None
    return [checked_fact(NewFact(person_id="", restriction=one, at=at)) for one in whole]


def _said(row: ListedRestriction, kind: Any) -> Said:
    if row.address is None:
        raise BadInput("address", "say which address")
    if row.details:
        raise BadInput("details", "stand beside a case or a person only")
    channel: Any = row.channel if kind == "refused" else None
    try:
        until = parse_until(row.until) if row.until else None
    except ValueError as error:
        raise BadInput("until", str(error)) from None
    return Said(kind, channel, int(parse_instant(row.since)) if row.since else None, until)


def consent_row(row: ListedConsent) -> ListRow | Put:
    """A row of a list of consents; a `Put` says why it is refused."""
    try:
        address = _address(row)
        consent = row.consent
        if address is not None and consent.get("address") is None:
            consent = {**consent, "address": address}
        if isinstance(given := consent.get("given"), str):
            consent = {**consent, "given": _instant(given, "given")}
        fact = checked_fact(NewFact(person_id="", consent=_convert(consent, Consent)))
    except BadInput as error:
        return Put("refused", str(error))
    return ListRow(ref=row.ref, person=row.person, address=address, facts=(fact,))


def past_row(row: PastContact) -> Past | Put:
    """A past contact; a `Put` says why it is refused."""
    try:
        _whose(row)
        contact = {**row.contact, "event_id": row.event_id}
        if row.address is not None:
            contact["address"] = row.address
        told = checked_contact(_convert(contact, Recorded))
        if row.ref is None and row.person is None and told.address is None:
            raise BadInput("address", "say which case, person or address this is about")
    except BadInput as error:
        return Put("refused", str(error))
    return Past(told, row.ref, row.person or told.person)


def _convert(body: dict[str, Any], kind: type) -> Any:
    try:
        return msgspec.convert(body, kind, dec_hook=read_hook)
    except msgspec.ValidationError as error:
        raise BadInput(*in_words(error, kind)) from None


def _whose(row: Whose) -> None:
    for field in ("ref", "person"):
        if getattr(row, field) == "":
            raise BadInput(field, "is empty")


def _address(row: Whose) -> str | None:
    """The row's address in its normal form."""
    _whose(row)
    if row.address is None and row.ref is None and row.person is None:
        raise BadInput("address", "say which case, person or address this is about")
    return None if row.address is None else normal(row.address)


def _instant(text: str | None, where: str) -> str | None:
    """An instant as text; of a bare day its beginning in UTC."""
    if not text:
        return None
    text = f"{text}T00:00:00Z" if _BARE_DATE.match(text) else text
    try:
        parse_instant(text)
    except ValueError as error:
        raise BadInput(where, str(error)) from None
    return text
