"""Postal codes to states and zones, checked against a list of ZIP codes made by others."""

from __future__ import annotations

import importlib.util
import os
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contactguard.intake import numbers, places, postal

DENVER, PHOENIX, CHICAGO = "America/Denver", "America/Phoenix", "America/Chicago"
NEW_YORK, INDIANAPOLIS = "America/New_York", "America/Indiana/Indianapolis"
_MAIL = "military and diplomatic mail that passes through that state; its reader may be anywhere"
_FANCY = "an address for stunts and Christmas letters; nobody lives there"
STATES_DIFFER = {
    **dict.fromkeys(("09905", "09980", "09981", "09982", "09983", "09984"), _MAIL),
    **dict.fromkeys(("87654", "88888"), _FANCY),
    "72643": "Lead Hill lies in Arkansas, whole; the list names the state across the line",
}
"""ZIP codes for which the list names a state that is not among ours, and why ours stand."""
ZONES_DIFFER = {
    "79942": "a post office box of a city that lies whole in the Mountain zone; the list has no place for the box",
    "86003": "a post office box in Flagstaff, off the Navajo Nation",
    "99634": "the list has the village's name where the zone should stand",
}
"""ZIP codes for which the list names a zone that is not among ours, and why ours stand."""


def parts(country: str, code: str) -> dict[str, set[str]]:
    """State -> zones."""
    return {one.subdivision or "": set(one.zones) for one in postal.parts(country, code)}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("10001", {"NY": {NEW_YORK}}),
        ("10001-0001", {"NY": {NEW_YORK}}),
        ("60601", {"IL": {CHICAGO}}),
        ("47901", {"IN": {INDIANAPOLIS, CHICAGO}}),
        ("46032", {"IN": {INDIANAPOLIS}}),
        ("46402", {"IN": {CHICAGO}}),
        ("47708", {"IN": {CHICAGO}}),
        ("46534", {"IN": {CHICAGO}}),
        ("86001", {"AZ": {PHOENIX}}),
        ("86045", {"AZ": {PHOENIX, DENVER}}),
        ("86504", {"AZ": {PHOENIX, DENVER}, "NM": {DENVER}}),
        ("85001", {"AZ": {PHOENIX}}),
        ("84536", {"UT": {DENVER}, "AZ": {PHOENIX, DENVER}}),
        ("79901", {"TX": {DENVER}}),
        ("79855", {"TX": {CHICAGO, DENVER}}),
        ("36867", {"AL": {CHICAGO, NEW_YORK}}),
        ("57532", {"SD": {CHICAGO, DENVER}}),
        ("99546", {"AK": {"America/Adak"}}),
        ("99501", {"AK": {"America/Anchorage"}}),
        ("42223", {"TN": {CHICAGO}, "KY": {CHICAGO}}),
        ("59847", {"MT": {DENVER}, "ID": {"America/Boise", "America/Los_Angeles"}}),
        ("06390", {"NY": {NEW_YORK}}),
        ("96799", {"AS": {"Pacific/Pago_Pago"}}),
        ("96910", {"GU": {"Pacific/Guam"}}),
        ("00901", {"PR": {"America/Puerto_Rico"}}),
        ("09012", {"AE": set()}),
        ("34002", {"AA": set()}),
        ("96201", {"AP": set()}),
    ],
)
def test_a_zip_code_leaves_every_state_and_zone_that_it_reaches_into(code: str, found: dict[str, set[str]]) -> None:
    """One state and zone for most; all of them on a line, on the Navajo Nation and where habit departs from law."""
    assert parts("US", code) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("K1P 5M7", {"ON": {"America/Toronto"}}),
        ("m5v2t6", {"ON": {"America/Toronto"}}),
        ("H2X", {"QC": {"America/Toronto"}}),
        ("G4T 1A1", {"QC": {"America/Toronto", "America/Halifax"}}),
        ("B3H 1A1", {"NS": {"America/Halifax"}}),
        ("A1A 1A1", {"NL": {"America/St_Johns"}}),
        ("A2V 1A1", {"NL": {"America/Goose_Bay"}}),
        ("A0P 1A0", {"NL": {"America/St_Johns", "America/Goose_Bay"}}),
        ("S4P 1A1", {"SK": {"America/Regina"}}),
        ("V1G 1A1", {"BC": {"America/Vancouver", "America/Dawson_Creek", "America/Fort_Nelson"}}),
        ("X1A 1A1", {"NT": {"America/Edmonton", "America/Inuvik"}}),
        ("Y1A 1A1", {"YT": {"America/Whitehorse"}}),
    ],
)
def test_a_canadian_code_leaves_every_province_and_zone_that_it_reaches_into(
    code: str, found: dict[str, set[str]]
) -> None:
    """By its first letter, and by its first three characters where a province has several clocks."""
    assert parts("CA", code) == found


def test_a_town_on_two_sides_of_a_provincial_line_is_in_both() -> None:
    """Lloydminster, by the code of either side."""
    assert set(parts("CA", "S9V 0A1")) == set(parts("CA", "T9V 0A1")) == {"SK", "AB"}


@pytest.mark.parametrize(
    ("country", "code"),
    [("US", "00000"), ("US", "2134"), ("US", "213"), ("US", "K1A 0B1"), ("US", ""), ("US", "１０００１"),
     ("CA", "Z1A 1A1"), ("CA", "D1A"), ("CA", "10001"), ("CA", "K1")],
)  # fmt: skip
def test_what_is_no_postal_code_there_says_nothing(country: str, code: str) -> None:
    """A ZIP code that a spreadsheet has robbed of its zero is not guessed at."""
    assert postal.parts(country, code) == ()


@pytest.mark.parametrize("country", ["US", "CA"])
def test_every_state_and_zone_of_the_tables_exists(country: str) -> None:
    """No prefix names a place that the table of places has not, nor a zone that the time zone database has not."""
    for found in postal.table(country).areas.values():
        for part in found:
            assert part.subdivision in places.table("places.toml")[country]
            assert all(places.is_zone(zone) for zone in part.zones)


def offsets(zone: str) -> tuple[Any, Any]:
    """Offset from UTC in winter and in summer: zones that differ only in the past are one here."""
    return tuple(ZoneInfo(zone).utcoffset(datetime(2026, month, 10, tzinfo=UTC)) for month in (1, 7))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def listed() -> list[dict[str, Any]]:
    """Every ZIP code of the development dependency; skips aloud without it."""
    if importlib.util.find_spec("zipcodes") is None:
        why = "the package zipcodes is not installed; scripts/test installs it"
        pytest.fail(why) if os.environ.get("CONTACTGUARD_TESTBED") == "1" else pytest.skip(why)
    import zipcodes

    found: list[dict[str, Any]] = zipcodes.list_all()
    assert len(found) > 40_000
    return found


def test_no_zip_code_is_narrower_than_a_list_made_by_others(listed: list[dict[str, Any]]) -> None:
    """State and clock of every ZIP code in their list are among ours, but for the differences with a reason."""
    states, zones = {}, {}
    for one in listed:
        code, ours = one["zip_code"], parts("US", one["zip_code"])
        if one["state"] not in ours:
            states[code] = (one["state"], set(ours))
            continue
        known = one["timezone"] and places.is_zone(one["timezone"])
        if ours[one["state"]] and (not known or offsets(one["timezone"]) not in map(offsets, ours[one["state"]])):
            zones[code] = (one["timezone"], ours)
    assert set(states) == set(STATES_DIFFER), states
    assert set(zones) == set(ZONES_DIFFER), zones


def test_most_zip_codes_leave_one_state_and_one_zone(listed: list[dict[str, Any]]) -> None:
    """A table that left everything possible would never be wrong and of no use."""
    civil = [parts("US", one["zip_code"]) for one in listed if one["timezone"]]
    sure = [one for one in civil if len(one) == 1 and len({offsets(z) for zones in one.values() for z in zones}) == 1]
    assert len(sure) / len(civil) > 0.98


def test_no_area_code_is_narrower_than_the_zip_codes_it_serves(listed: list[dict[str, Any]]) -> None:
    """Its own state's ZIP codes, where at least three of them keep a clock."""
    served: dict[str, dict[Any, int]] = {}
    for one in listed:
        for area in one["area_codes"]:
            states = [found.subdivision for found in numbers.evidence_of(f"+1{area}5550123")]
            for part in postal.parts("US", one["zip_code"]):
                if part.subdivision in states and len(part.zones) == 1:
                    clocks = served.setdefault(area, {})
                    clocks[offsets(part.zones[0])] = clocks.get(offsets(part.zones[0]), 0) + 1
    assert len(served) > 300
    for area, clocks in served.items():
        ours = {offsets(zone) for one in numbers.evidence_of(f"+1{area}5550123") for zone in one.zones}
        assert {clock for clock, count in clocks.items() if count >= 3} <= ours, area
