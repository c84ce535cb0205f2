"""The names under which columns arrive, and which of our fields each means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from .notes import Note, of_header
from .words import plain

Kind = Literal["cases", "contacts", "restrictions", "consents"]
Names = dict[str, tuple[str, ...]]

_REF = (
    "ref", "case_ref", "case", "case_id", "case_number", "debt_id", "vendor_lead_code", "external_id",
    "account_id", "lead_id",
)  # fmt: skip
_PERSON = ("person", "person_id", "debtor_id", "customer_id", "client_id", "profile_id")
_PHONE = (
    "phone", "phone_number", "number", "num", "to", "msisdn", "dnis", "destination_phone_number", "contact_info",
    "telephone", "address",
)  # fmt: skip
_CODE = ("phone_code", "dial_code", "country_calling_code")
_EMAIL = ("email", "e_mail", "email_address", "mail")
_AGENT = ("agent", "agent_id", "user", "agent_user", "login_id", "owner")
_WHO: Names = {"ref": _REF, "person": _PERSON, "phone": _PHONE, "phone_code": _CODE, "email": _EMAIL}
_BOUNDS: Names = {
    "days": ("days",),
    "from": ("from",),
    "until": ("until", "expires", "expiry", "end_date", "morratorium_end_date"),
}

_CASES: Names = {
    "ref": _REF,
    "person": _PERSON,
    "role": ("role",),
    "language": ("language", "lang"),
    "minor": ("minor",),
    "phone": tuple(name for name in _PHONE if name != "address"),
    "phone_code": _CODE,
    "mobile": ("mobile", "mobile_phone", "cell", "cell_phone"),
    "home": ("home_phone", "phone_home", "landline"),
    "work": ("work_phone", "phone_work", "business_phone"),
    "other": ("alt_phone", "other_phone", "phone2", "phone_2"),
    "more": ("multi_alt_phones", "alt_phones", "extra_phones"),
    "email": _EMAIL,
    "country": ("country", "country_code", "country_iso", "c_country_code_iso"),
    "state": ("state", "subdivision", "province", "region", "state_code"),
    "city": ("city", "town"),
    "postal_code": ("postal_code", "zip", "zip_code", "postcode", "c_postal_code"),
    "zone": ("zone", "time_zone", "timezone", "tz", "time_zone_id"),
    "product": ("product",),
    "creditor": ("creditor", "client", "original_creditor"),
    "account": ("account", "account_number"),
    "due": ("due", "due_date"),
    "arrears_since": ("arrears_since", "delinquent_since"),
    "status": ("case_status", "debt_status", "status"),
    "version": ("version",),
}  # fmt: skip
_CONTACTS: Names = {
    **_WHO,
    "caller": ("from", "caller_id", "caller_id_number", "ani"),
    "event_id": (
        "event_id", "call_id", "call_sid", "message_sid", "sid", "uniqueid", "unique_id", "contact_id", "attempt_id",
        "client_token",
    ),
    "at": (
        "at", "call_date", "date_time", "datetime", "timestamp", "start_time", "started_at", "sent_at", "contacted_at",
        "date_created", "attempt_time", "date",
    ),
    "clock": ("time", "call_time", "time_of_day"),
    "zone": ("zone", "time_zone", "timezone", "tz", "time_zone_id"),
    "channel": ("channel", "media", "media_type", "contact_type", "type"),
    "direction": ("direction", "call_direction"),
    "outcome": (
        "outcome", "call_status", "result", "call_result", "disposition", "dispo", "message_status", "dialstatus",
        "result_code", "wrapup_code", "status",
    ),
    "answered_by": ("answered_by",),
    "lead_status": ("lead_status",),
    "seconds": ("seconds", "length_in_sec", "call_duration", "duration", "billsec", "talk_time"),
    "agent": _AGENT,
    "campaign": ("campaign", "campaign_id"),
    "purpose": ("purpose",),
    "mode": ("mode",),
    "notice": ("notice",),
    "place": ("place",),
}  # fmt: skip
_RESTRICTIONS: Names = {
    **_WHO,
    "kind": ("kind", "restriction", "restriction_type", "dnc_type", "list_type", "reason", "flag", "type", "status"),
    "since": (
        "since", "date", "date_added", "added", "added_at", "created", "created_at", "opt_out_date", "entry_date",
    ),
    "channel": ("channel", "media"),
    "words": ("words", "comment", "comments", "note", "notes"),
    "by": ("by", "attorney", "attorney_name", "law_firm"),
    "zone": ("zone", "time_zone", "timezone", "tz"),
    "to": ("to_time",),
    "place": ("place",),
    "form": ("form",),
    "source": ("source",),
    **_BOUNDS,
}  # fmt: skip
_CONSENTS: Names = {
    **_WHO,
    "kind": ("kind", "consent", "consent_type", "type"),
    "given": ("given", "given_at", "consent_date", "opt_in_date", "date", "timestamp", "created_at"),
    "revoked": ("revoked", "revoked_at", "opt_out_date"),
    "channel": ("channel", "media"),
    "form": ("form", "consent_form"),
    "given_by": ("given_by",),
    "given_to": ("given_to",),
    "words": ("words", "comment", "comments", "note", "notes", "consent_text"),
    "zone": ("zone", "time_zone", "timezone", "tz"),
    "to": ("to_time",),
    **_BOUNDS,
}  # fmt: skip
COLUMNS: dict[Kind, Names] = {
    "cases": _CASES,
    "contacts": _CONTACTS,
    "restrictions": _RESTRICTIONS,
    "consents": _CONSENTS,
}
"""Kind of file -> our field -> headers that mean it, the better one first; case and punctuation do not matter."""

VICIDIAL_LOG = (
    "phone_number", "call_date", "list_id", "length_in_sec", "lead_status", "hangup_reason", "call_status", "source_id",
    "user",
)  # fmt: skip
"""The columns of ViciDial's `phone_number_log` in their order: it comes without a header unless one is asked for."""

_FIELDS = {
    kind: {plain(name): (place, field) for field, names in listed.items() for place, name in enumerate(names)}
    for kind, listed in COLUMNS.items()
}
_LEADS = frozenset({"calledsincelastreset", "gmtoffsetnow", "lastlocalcalltime", "calledcount"})
_LOG = frozenset({"lengthinsec", "hangupreason", "leadstatus"})
_OF_VICIDIAL = _LEADS | _LOG | {"vendorleadcode", "leadid", "listid"}


class Columns(msgspec.Struct, frozen=True):
    """Field -> column; columns of further numbers; the headers not read.

    `vicidial`: ViciDial itself wrote them; `of_vicidial`: one of them is a name of its own.
    """

    taken: dict[str, int]
    extra: tuple[tuple[int, Note], ...]
    unread: tuple[str, ...]
    vicidial: bool
    of_vicidial: bool


def columns(headers: Sequence[str], kind: Kind) -> Columns:
    """What the columns hold. Of two headers for one field the better one wins."""
    names = [plain(header) for header in headers]
    leads, log = (len(known & set(names)) > 1 for known in (_LEADS, _LOG))
    best: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        if name == "status" and kind == "cases" and leads:
            continue
        if found := _FIELDS[kind].get(name):
            place, field = found
            best[field] = min(best.get(field, (place, column)), (place, column))
    taken = {field: column for field, (_, column) in best.items()}
    rest = [column for column in range(len(headers)) if column not in set(taken.values())]
    extra = tuple((column, note) for column in rest if kind == "cases" and (note := of_header(headers[column])))
    read = {column for column, _ in extra}
    unread = tuple(headers[column] for column in rest if column not in read)
    return Columns(taken, extra, unread, log if kind == "contacts" else leads, bool(_OF_VICIDIAL & set(names)))
