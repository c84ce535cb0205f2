"""The names under which columns arrive, and which of our fields each means."""

from __future__ import annotations

import re
from collections.abc import Sequence

COLUMNS: dict[str, tuple[str, ...]] = {
    "ref": (
        "ref", "case_ref", "case", "case_id", "case_number", "debt_id", "vendor_lead_code", "external_id",
        "account_id", "lead_id",
    ),
    "person": ("person", "person_id", "debtor_id", "customer_id", "client_id", "profile_id"),
    "role": ("role",),
    "language": ("language", "lang"),
    "minor": ("minor",),
    "phone": (
        "phone", "phone_number", "number", "num", "to", "msisdn", "dnis", "destination_phone_number",
        "contact_info", "telephone",
    ),
    "phone_code": ("phone_code", "dial_code", "country_calling_code"),
    "mobile": ("mobile", "mobile_phone", "cell", "cell_phone"),
    "home": ("home_phone", "phone_home", "landline"),
    "work": ("work_phone", "phone_work", "business_phone"),
    "other": ("alt_phone", "other_phone", "phone2", "phone_2"),
    "email": ("email", "e_mail", "email_address", "mail"),
    "country": ("country", "country_code", "country_iso", "c_country_code_iso"),
    "state": ("state", "subdivision", "province", "region", "state_code"),
    "city": ("city", "town"),
    "postal_code": ("postal_code", "zip", "zip_code", "postcode", "c_postal_code"),
    "zone": ("zone", "time_zone", "tz", "time_zone_id"),
    "product": ("product",),
    "creditor": ("creditor", "client", "original_creditor"),
    "account": ("account", "account_number"),
    "due": ("due", "due_date"),
    "arrears_since": ("arrears_since", "delinquent_since"),
    "status": ("case_status", "debt_status", "status"),
    "version": ("version",),
}  # fmt: skip
"""Our field -> headers that mean it, the better one first. Case, spaces and punctuation do not matter."""


def _plain(header: str) -> str:
    return re.sub(r"[\W_]+", "", header.lower())


_FIELDS = {_plain(name): (place, field) for field, names in COLUMNS.items() for place, name in enumerate(names)}


def columns(headers: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Field -> column, and the headers not read. Of two headers for one field the better one wins."""
    best: dict[str, tuple[int, int]] = {}
    for column, header in enumerate(headers):
        if found := _FIELDS.get(_plain(header)):
            place, field = found
            best[field] = min(best.get(field, (place, column)), (place, column))
    taken = {field: column for field, (_, column) in best.items()}
    return taken, [header for column, header in enumerate(headers) if column not in taken.values()]
