"""Phone numbers as people write them: to E.164, and to what a number says about a place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult, timezone

from ..errors import BadInput
from ..law.model import Evidence
from .places import table, today, zones_of
from .prefixes import Part, Table

SOURCE = f"phonenumbers {phonenumbers.__version__}"
SOURCE_WITH_AREA = f"{SOURCE}, area codes {table('area_codes.toml')['version']}"
SOURCE_WITH_PREFIX = f"{SOURCE}, numbers {table('numbers.toml')['version']}"

_SPREADSHEET = re.compile(r"\+?(?:\d(?:[.,]\d+)?[eE]\+?\d+|\d{5,}[.,]0+)\Z")
_TEN_DIGITS = re.compile(r"(?:\+1)?[2-9]\d{9}\Z", re.ASCII)
_WRITTEN = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015]+\Z")
_NOWHERE = frozenset(
    {
        PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST,
        PhoneNumberType.VOIP, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER, PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)  # fmt: skip
_NORTH_AMERICA = 1
_SHARED_CODES = frozenset({_NORTH_AMERICA, 7})
_DIGITS = 10


@lru_cache(maxsize=4096)
def _parsed(written: str, region: str | None) -> phonenumbers.PhoneNumber:
    """A number as the library reads it; the same one is asked for several times on its way in."""
    return phonenumbers.parse(written, region)


def is_dialled_in(region: str) -> bool:
    """Whether numbers are dialled nationally in this country (`US`); lower case is none."""
    return region in phonenumbers.SUPPORTED_REGIONS


def to_e164(text: str, region: str | None) -> str:
    """A number in E.164. `region` (US): where one without a country code is dialled; None: it must have one.

    Raises `BadInput` without quoting the number; a number a spreadsheet has damaged is refused, not guessed.
    """
    written = text.strip()
    if _TEN_DIGITS.match(written) and (written[0] == "+" or _in_north_america(region)):
        return written if written[0] == "+" else f"+1{written}"
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
    if not written.startswith(("+", "0")) and _lost_zero(written, number, region):
        raise BadInput("", "a spreadsheet may have dropped its leading zero; export the column as text")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _lost_zero(written: str, number: phonenumbers.PhoneNumber, region: str | None) -> bool:
    """Whether no such number is given out, but there is one with a zero before it that is part of it."""
    if phonenumbers.is_valid_number(number):
        return False
    try:
        other = _parsed(f"0{written}", region)
    except phonenumbers.NumberParseException:
        return False
    return bool(other.italian_leading_zero) and phonenumbers.is_valid_number(other)


@lru_cache(maxsize=256)
def _in_north_america(region: str | None) -> bool:
    return region is not None and phonenumbers.country_code_for_region(region) == _NORTH_AMERICA


class _Told(NamedTuple):
    """What a number says: where, and which table says so."""

    country: str | None = None
    subdivision: str | None = None
    zones: tuple[str, ...] = ()
    source: str = SOURCE


@lru_cache(maxsize=4096)
def evidence_of(e164: str) -> tuple[Evidence, ...]:
    """Where a number leaves its holder possible: its country and all its zones.

    Where its area code, or what it begins with, serves states or provinces, one piece of evidence for each of them,
    with the zones of the number, not only of the state. A toll-free or otherwise non-geographic number, and one of no
    known country, says nothing: no zones.
    """
    listed = e164.startswith("+1") and len(e164) == _DIGITS + 2 and e164[2:5] in _area_codes()
    told = _of_exchange(e164[2:8]) if listed else _told(e164)
    return tuple(
        Evidence(
            kind="number",
            address=e164,
            country=one.country,
            subdivision=one.subdivision,
            zones=one.zones,
            source=one.source,
        )
        for one in told
    )


_EXCHANGES: dict[int, tuple[_Told, ...]] = {}
_KNOWN: dict[tuple[_Told, ...], tuple[_Told, ...]] = {}


def _of_exchange(six: str) -> tuple[_Told, ...]:
    """The same for all numbers of an exchange, of which there are so many that they are kept for good."""
    found = _EXCHANGES.get(int(six))
    if found is None:
        told = _told(f"+1{six}0000")
        found = _EXCHANGES[int(six)] = _KNOWN.setdefault(told, told)
    return found


def _told(e164: str) -> tuple[_Told, ...]:
    try:
        number = _parsed(e164, None)
    except phonenumbers.NumberParseException:
        return (_Told(),)
    area = e164[2:5] if number.country_code == _NORTH_AMERICA else ""
    served = _area_codes().get(area, ())
    known = _country(number)
    country = known or (served[0][0] if served else None)
    sort = phonenumbers.number_type(number)
    if country is None or sort in _NOWHERE:
        return (_Told(),)
    zones = _zones(number, area) if known else ()
    states = [state for one, state in served if one == country]
    if states:
        return tuple(_Told(country, state, zones or zones_of(country, state), SOURCE_WITH_AREA) for state in states)
    if area or not known:
        return (_Told(country, None, zones),)
    if parts := _served(country, number):
        zones = zones if sort != PhoneNumberType.UNKNOWN else ()
        return tuple(_Told(country, one.subdivision, _both(one.zones, zones), SOURCE_WITH_PREFIX) for one in parts)
    if country in _prefixes() or sort != PhoneNumberType.FIXED_LINE:
        zones = _both(zones, zones_of(country))
    return (_Told(country, None, zones),)


def _served(country: str, number: phonenumbers.PhoneNumber) -> tuple[Part, ...]:
    """The states that a number's prefix serves, outside North America."""
    listed = _prefixes().get(country)
    return listed.parts(str(number.national_number)) if listed else ()


def _country(number: phonenumbers.PhoneNumber) -> str | None:
    """The number's country; for a range not given out the country its code belongs to, if it is one alone."""
    region, code = phonenumbers.region_code_for_number(number), number.country_code
    if region is None and code is not None and code not in _SHARED_CODES:
        region = phonenumbers.region_code_for_country_code(code)
    return region if region and region.isalpha() and region != "ZZ" else None


def _zones(number: phonenumbers.PhoneNumber, area: str) -> tuple[str, ...]:
    zones = timezone.time_zones_for_number(number)
    if timezone.UNKNOWN_TIMEZONE in zones:
        zones = timezone.time_zones_for_geographical_number(number)
    found = [today(zone) for zone in zones if zone != timezone.UNKNOWN_TIMEZONE]
    if not area:
        found = [zone for zone in found if zone in _of_code(number.country_code or 0)]
    return _both(found, _both_sides().get(area, ()))


@cache
def _of_code(code: int) -> frozenset[str]:
    """The zones of all countries that share a calling code; the library has some of others beside them."""
    regions = phonenumbers.region_codes_for_country_code(code)
    return frozenset(zone for region in regions for zone in zones_of(region))


def _both(some: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *more)))


@cache
def _prefixes() -> dict[str, Table]:
    """Country -> what its national numbers say by their first digits."""
    raw = table("numbers.toml")
    return {country: Table(country, one, raw["version"]) for country, one in raw.items() if country != "version"}


@cache
def _both_sides() -> dict[str, tuple[str, ...]]:
    """Area code -> the zones that it reaches into, where it reaches into several."""
    listed = table("area_codes.toml")["both_sides"]
    return {code: tuple(zones) for codes, zones in listed.items() for code in codes.split()}


@cache
def _area_codes() -> dict[str, tuple[tuple[str, str], ...]]:
    """Area code -> every (country, state or province) that it serves."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for country, states in table("area_codes.toml").items():
        if country.isupper() and isinstance(states, dict):
            for state, codes in states.items():
                found.update((code, (*found.get(code, ()), (country, state))) for code in codes.split())
    return found
