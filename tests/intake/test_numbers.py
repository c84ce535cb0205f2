"""Phone numbers: to E.164, and to what they say about a place."""

from __future__ import annotations

import phonenumbers
import pytest

from contactguard.errors import BadInput
from contactguard.intake.numbers import evidence_of, to_e164


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "US", "+12125550123"),
        ("+34 910 00 12 34", "US", "+34910001234"),
        ("910 00 12 34", "ES", "+34910001234"),
        ("+12125550123", None, "+12125550123"),
    ],
)
def test_a_number_is_read_as_people_write_it(written: str, region: str | None, number: str) -> None:
    """Spaces, dots, dashes and brackets make no difference; the region supplies a missing country code."""
    assert to_e164(written, region) == number


@pytest.mark.parametrize(
    ("written", "region", "why"),
    [
        ("4.91701E+11", "US", "spreadsheet"),
        ("1,2E11", "DE", "spreadsheet"),
        ("12125550123x", "US", "not a phone number"),
        ("call Ann", "US", "not a phone number"),
        ("5550123", "US", "more or fewer digits"),
        ("212 555 0123", None, "country code"),
        ("", "US", "not a phone number"),
    ],
)
def test_a_damaged_number_is_refused_and_never_guessed(written: str, region: str | None, why: str) -> None:
    """The reason says what is wrong and does not quote the number."""
    with pytest.raises(BadInput, match=why) as caught:
        to_e164(written, region)
    assert not written or written not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "country", "zones"),
    [
        ("+12125550123", "US", {"America/New_York"}),
        ("+12085550123", "US", {"America/Boise", "America/Los_Angeles"}),
        ("+17875550123", "PR", {"America/Puerto_Rico"}),
        ("+16715550123", "GU", {"Pacific/Guam"}),
        ("+34612345678", "ES", {"Europe/Madrid", "Atlantic/Canary"}),
        ("+447700900123", "GB", {"Europe/London", "Europe/Guernsey", "Europe/Isle_of_Man"}),
    ],
)
def test_a_number_brings_its_country_and_all_its_zones(number: str, country: str, zones: set[str]) -> None:
    """Where a number may be in several zones, every one of them is evidence."""
    found = evidence_of(number)
    assert (found.kind, found.address, found.country) == ("number", number, country)
    assert set(found.zones) == zones
    assert found.source == f"phonenumbers {phonenumbers.__version__}"


@pytest.mark.parametrize("number", ["+18005550123", "+18775550123", "+34900123456", "+800123456789", "+999123"])
def test_a_number_of_no_place_says_nothing(number: str) -> None:
    """Toll-free and other non-geographic numbers leave no zone and no country."""
    found = evidence_of(number)
    assert (found.country, found.zones) == (None, ())


@pytest.mark.parametrize(
    ("area", "zones"),
    [
        ("402", {"America/Chicago", "America/Denver"}),
        ("448", {"America/Chicago", "America/New_York"}),
        ("915", {"America/Chicago", "America/Denver"}),
        ("931", {"America/Chicago", "America/New_York"}),
    ],
)
def test_an_area_code_on_a_zone_boundary_keeps_both_sides(area: str, zones: set[str]) -> None:
    """For some area codes the phone library knows one side only; both are kept."""
    assert set(evidence_of(f"+1{area}5550123").zones) == zones
