"""Phone numbers: to E.164, and to what they say about a place."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.errors import BadInput
from contactguard.intake import numbers, places
from contactguard.intake.numbers import evidence_of, to_e164
from contactguard.law.model import Evidence


def zones_at(number: str) -> set[str]:
    """Every zone that this number leaves possible."""
    return {zone for one in evidence_of(number) for zone in one.zones}


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
        ("+34612345678", "ES", {"Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta"}),
        ("+447700900123", "GB", {"Europe/London", "Europe/Guernsey", "Europe/Isle_of_Man"}),
    ],
)
def test_a_number_brings_its_country_and_all_its_zones(number: str, country: str, zones: set[str]) -> None:
    """Where a number may be in several zones, every one of them is evidence."""
    (found,) = evidence_of(number)
    assert (found.kind, found.address, found.country) == ("number", number, country)
    assert set(found.zones) == zones
    assert (found.source or "").startswith(f"phonenumbers {phonenumbers.__version__}")


@pytest.mark.parametrize("number", ["+18005550123", "+18775550123", "+34900123456", "+800123456789", "+999123"])
def test_a_number_of_no_place_says_nothing(number: str) -> None:
    """Toll-free and other non-geographic numbers leave no zone and no country."""
    (found,) = evidence_of(number)
    assert (found.country, found.subdivision, found.zones) == (None, None, ())


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
    assert zones_at(f"+1{area}5550123") == zones


@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("+12125550123", ["US-NY"]),
        ("+12025550123", ["US-DC"]),
        ("+19285550123", ["US-AZ"]),
        ("+14165550123", ["CA-ON"]),
        ("+15145550123", ["CA-QC"]),
        ("+19025550123", ["CA-NS", "CA-PE"]),
        ("+18675550123", ["CA-NT", "CA-NU", "CA-YT"]),
        ("+17875550123", ["PR"]),
        ("+18765550123", ["JM"]),
        ("+34612345678", ["ES"]),
    ],
)
def test_an_area_code_brings_the_states_that_it_serves(number: str, states: list[str]) -> None:
    """One piece of evidence for each; the code +1 is shared by countries, and a number of one is none of another."""
    assert [f"{one.country}-{one.subdivision}" if one.subdivision else one.country for one in evidence_of(number)] == (
        states
    )


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+18675550123", {"America/Whitehorse", "America/Iqaluit", "America/Inuvik"}),
        ("+18075550123", {"America/Toronto", "America/Winnipeg"}),
        ("+17095550123", {"America/St_Johns", "America/Goose_Bay"}),
        ("+13065550123", {"America/Regina", "America/Edmonton"}),
        ("+12505550123", {"America/Vancouver", "America/Edmonton", "America/Dawson_Creek"}),
        ("+19285550123", {"America/Phoenix", "America/Denver"}),
    ],
)
def test_an_area_code_of_several_zones_keeps_them_all(number: str, zones: set[str]) -> None:
    """Whatever single zone the telephone library gives for the one number."""
    assert zones <= zones_at(number)


def test_an_area_code_that_the_telephone_library_does_not_know_yet_has_the_zones_of_its_state() -> None:
    """New codes are dialled before libraries hear of them."""
    assert phonenumbers.region_code_for_number(phonenumbers.parse("+14365550123")) is None
    (found,) = evidence_of("+14365550123")
    assert (found.country, found.subdivision, found.zones) == ("US", "OH", ("America/New_York",))


def test_every_area_code_is_of_a_place_that_exists() -> None:
    """Its country is the one that the telephone library knows, if it knows one, and its states are in the table."""
    for area in range(200, 1000):
        for one in evidence_of(f"+1{area}5550123"):
            check(one, area)


def check(found: Evidence, area: int) -> None:
    """One area code's evidence."""
    if found.subdivision is not None:
        assert found.country is not None
        assert found.zones, area
        assert places.subdivision(found.country, found.subdivision) == found.subdivision
    known = phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}5550123"))
    assert found.country in (known, None) or known is None


_TEN_DIGITS = st.integers(2_000_000_000, 9_999_999_999).map(str)


@given(_TEN_DIGITS)
def test_ten_digits_are_read_as_the_library_reads_them(digits: str) -> None:
    """The short way for what most files hold gives what the long way gives."""
    number = phonenumbers.parse(digits, "US")
    assert to_e164(digits, "US") == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert to_e164(f"+1{digits}", None) == f"+1{digits}"


@given(st.sampled_from(sorted(numbers._area_codes())), st.integers(200, 999), st.integers(0, 9_999))
def test_numbers_of_one_exchange_say_the_same(area: str, exchange: int, line: int) -> None:
    """What is kept for an exchange is what the library says of each of its numbers."""
    assert numbers._of_exchange(f"{area}{exchange}") == numbers._told(f"+1{area}{exchange}{line:04}")


@pytest.mark.parametrize(
    ("written", "region"),
    [("4.91701E+11", "DE"), ("2.12555E+09", "US"), ("1701234567.0", "DE"), ("212345678", "IT"), ("12345", "US")],
)
def test_what_a_spreadsheet_has_damaged_is_refused(written: str, region: str) -> None:
    """Rounded, made a fraction, without the zero that is part of it, or too short."""
    with pytest.raises(BadInput):
        to_e164(written, region)


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("0212345678", "IT", "+390212345678"),
        ("3331234567", "IT", "+393331234567"),
        ("7911123456", "GB", "+447911123456"),
    ],
)
def test_a_zero_that_is_only_dialled_may_be_missing(written: str, region: str, number: str) -> None:
    """The number is the same without it."""
    assert to_e164(written, region) == number
