"""Phone numbers as people write them: to E.164, and to what a number says about a place."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult, timezone

from ..errors import BadInput
from ..law.model import Evidence

SOURCE = f"phonenumbers {phonenumbers.__version__}"

_SPREADSHEET = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+\Z")
_WRITTEN = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015]+\Z")
_NOWHERE = frozenset(
    {
        PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST,
        PhoneNumberType.VOIP, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER, PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)  # fmt: skip
_SHARED_CODES = frozenset({1, 7})
_BOTH_SIDES = {
    "364": ("America/Chicago", "America/New_York"),
    "402": ("America/Chicago", "America/Denver"),
    "448": ("America/Chicago", "America/New_York"),
    "458": ("America/Los_Angeles", "America/Boise"),
    "531": ("America/Chicago", "America/Denver"),
    "765": ("America/Indiana/Indianapolis", "America/Chicago"),
    "865": ("America/New_York", "America/Chicago"),
    "915": ("America/Denver", "America/Chicago"),
    "930": ("America/Indiana/Indianapolis", "America/Chicago"),
    "931": ("America/Chicago", "America/New_York"),
}
"""US area codes on both sides of a zone boundary for which the library knows one side only."""


@lru_cache(maxsize=4096)
def _parsed(written: str, region: str | None) -> phonenumbers.PhoneNumber:
    """A number as the library reads it; the same one is asked for several times on its way in."""
    return phonenumbers.parse(written, region)


def to_e164(text: str, region: str | None) -> str:
    """A number in E.164. `region` (US): where one without a country code is dialled; None: it must have one.

    Raises `BadInput` without quoting the number; a number a spreadsheet has damaged is refused, not guessed.
    """
    written = text.strip()
    if _SPREADSHEET.match(written):
        raise BadInput("", "a spreadsheet has rounded this number; export the column as text")
    if not _WRITTEN.match(written):
        raise BadInput("", "not a phone number")
    try:
        number = _parsed(written, None if written.startswith("+") else region)
    except phonenumbers.NumberParseException:
        raise BadInput("", "not a phone number; write it with + and its country code") from None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise BadInput("", "a phone number of this country has more or fewer digits")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def evidence_of(e164: str) -> Evidence:
    """Where a number leaves its holder possible: its country and all its zones.

    A toll-free or otherwise non-geographic number, and one of no known country, says nothing: no zones.
    """
    try:
        number = _parsed(e164, None)
    except phonenumbers.NumberParseException:
        return Evidence(kind="number", address=e164, zones=(), source=SOURCE)
    country = _country(number)
    if country is None or phonenumbers.number_type(number) in _NOWHERE:
        return Evidence(kind="number", address=e164, zones=(), source=SOURCE)
    if e164.startswith("+1") and (both := _BOTH_SIDES.get(e164[2:5])):
        return Evidence(kind="number", address=e164, country=country, zones=both, source=SOURCE)
    return Evidence(kind="number", address=e164, country=country, zones=_zones(number), source=SOURCE)


def _country(number: phonenumbers.PhoneNumber) -> str | None:
    """The number's country; for a range not given out the country its code belongs to, if it is one alone."""
    region, code = phonenumbers.region_code_for_number(number), number.country_code
    if region is None and code is not None and code not in _SHARED_CODES:
        region = phonenumbers.region_code_for_country_code(code)
    return region if region and region.isalpha() and region != "ZZ" else None


def _zones(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    zones = timezone.time_zones_for_number(number)
    if timezone.UNKNOWN_TIMEZONE in zones:
        zones = timezone.time_zones_for_geographical_number(number)
    return tuple(zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE)
