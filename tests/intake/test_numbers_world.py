"""What numbers outside North America say of a place."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.intake import numbers, places
from contactguard.intake.numbers import evidence_of

LISTED = sorted(one for one in places.table("numbers.toml") if one.isupper())
_NEAR = {
    "GB": {"Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey"},
    "AU": {"Indian/Christmas", "Indian/Cocos"},
    "IT": {"Europe/Vatican"},
}
"""Zones of places that share a calling code with a country and are countries of their own."""

KNOWN = """
+551130001234 SP Sao_Paulo | +5511912345678 SP Sao_Paulo | +552130001234 RJ Sao_Paulo | +552730001234 ES Sao_Paulo
+558230001234 AL Maceio | +559230001234 AM Manaus | +556130001234 DF,GO Sao_Paulo | +554230001234 PR,SC Sao_Paulo
+541140001234 C,B Buenos_Aires | +5491140001234 C,B Buenos_Aires | +543514001234 X Cordoba
+542214001234 B Buenos_Aires | +61885551234 SA,NSW,VIC Adelaide | +61892221234 WA Perth,Eucla
+61889811234 NT,SA,WA Darwin | +61733331234 QLD,NSW Brisbane,Sydney | +61398761234 VIC,TAS,NSW Melbourne,Hobart,Sydney
+61292221234 NSW,ACT,VIC Sydney | +61265632001 NSW Lord_Howe,Sydney | +525512345678 CMX,MEX Mexico_City
+526641234567 BCN Tijuana | +529981234567 ROO Cancun | +526621234567 SON Hermosillo | +526561234567 CHH Ciudad_Juarez
+526261234567 CHH Ojinaga | +526121234567 BCS Mazatlan | +5216641234567 BCN Tijuana | +528181234567 NLE Monterrey
+523331234567 JAL Mexico_City | +523221234567 JAL,NAY Mazatlan,Bahia_Banderas | +442890123456 NIR London
+442920123456 WLS London | +441312345678 SCT London | +442079460123 ENG London | +56221234567 RM Santiago
+56322123456 VS Santiago,Easter | +56612123456 MA Punta_Arenas | +56672123456 AI Coyhaique | +351292123456 20 Azores
+351291123456 30 Madeira | +351211234567 - Lisbon | +34928123456 CN Canary | +34956123456 AN,CE Ceuta,Madrid
+34911234567 - Madrid | +59352123456 M,R,W Guayaquil,Galapagos | +59322123456 - Guayaquil | +64331234567 - Auckland
+6433051234 - Auckland,Chatham | +6493001234 - Auckland | +62211234567 - Jakarta | +62361123456 BA Makassar
+62967123456 - Jayapura | +62561123456 KB Pontianak | +60312345678 14,16,10,06 Kuala_Lumpur
+6088123456 12,13,15 Kuching | +869912345678 XJ Urumqi,Shanghai
"""
MOBILE = {
    "AU": "+61412345678", "CL": "+56912345678", "CN": "+8613812345678", "EC": "+593991234567", "ES": "+34612345678",
    "GB": "+447700900123", "ID": "+62811234567", "MY": "+60123456789", "NZ": "+64211234567", "PT": "+351912345678",
    "IN": "+919812345678", "IE": "+353851234567", "CO": "+573001234567", "PE": "+51912345678", "PH": "+639171234567",
    "JP": "+819012345678", "KR": "+821012345678", "HK": "+85291234567", "SG": "+6591234567", "ZA": "+27821234567",
    "KE": "+254712345678", "NG": "+2348031234567", "AE": "+971501234567", "SA": "+966501234567", "TR": "+905321234567",
    "DE": "+4915112345678", "FR": "+33612345678", "IT": "+393331234567", "NL": "+31612345678", "PL": "+48501234567",
    "RO": "+40721234567",
}  # fmt: skip


def told(number: str) -> tuple[list[str], set[str]]:
    """The states and zones that a number leaves possible."""
    found = evidence_of(number)
    assert len({one.country for one in found}) == 1
    return [one.subdivision or "-" for one in found], {zone for one in found for zone in one.zones}


def clock(zone: str) -> tuple[object, ...]:
    """What a clock shows in winter and in summer."""
    return tuple(ZoneInfo(zone).utcoffset(datetime(2026, month, 10, tzinfo=UTC)) for month in (1, 7))


@pytest.mark.parametrize("row", [row.split() for line in KNOWN.splitlines() for row in line.split("|") if row.strip()])
def test_an_area_code_brings_the_states_and_zones_that_it_serves(row: list[str]) -> None:
    """One piece of evidence for each state; mobile numbers too, in countries where they have area codes."""
    number, expected, names = row
    states, zones = told(number)
    assert ",".join(states) == expected
    assert set(names.split(",")) <= {zone.split("/")[-1] for zone in zones}


@pytest.mark.parametrize(("country", "number"), MOBILE.items())
def test_a_mobile_number_says_its_country_and_all_of_its_zones(country: str, number: str) -> None:
    """Its holder may live anywhere there."""
    (found,) = evidence_of(number)
    assert (found.country, found.subdivision) == (country, None)
    assert set(places.zones_of(country)) <= set(found.zones) <= {*places.zones_of(country), *_NEAR.get(country, ())}


@pytest.mark.parametrize("country", LISTED)
def test_every_state_and_clock_of_a_country_is_that_of_some_area_code(country: str) -> None:
    """And no area code is of a place that is not there."""
    found = [part for parts in numbers._prefixes()[country].areas.values() for part in parts]
    assert all(part.subdivision is None or places.lists(country, part.subdivision) for part in found)
    there = {zone for part in found for zone in places.zones_of(country, part.subdivision)}
    assert {zone for part in found for zone in part.zones} <= {*there, *places.zones_of(country)}
    reached = {clock(zone) for part in found for zone in part.zones}
    assert {clock(zone) for zone in places.zones_of(country)} <= reached


@given(st.sampled_from(LISTED), st.integers(10**6, 10**11 - 1))
def test_no_number_brings_a_zone_of_another_country(country: str, national: int) -> None:
    """Whatever the telephone library says, which knows some zones by names of long ago."""
    code = phonenumbers.country_code_for_region(country)
    shared = phonenumbers.region_codes_for_country_code(code)
    for found in evidence_of(f"+{code}{national}"):
        assert found.country is None or found.country in shared
        own = {zone for one in shared for part in (None, *places.table("places.toml").get(one, {}))
               for zone in places.zones_of(one, part)}  # fmt: skip
        assert set(found.zones) <= own


@pytest.mark.parametrize("number", ["+448001111111", "+61131234", "+5508001234567", "+349001234567", "+528001234567"])
def test_a_number_of_no_place_says_nothing(number: str) -> None:
    """Toll-free numbers of other countries, too."""
    assert not [zone for one in evidence_of(number) if one.country is None for zone in one.zones]


def test_every_area_code_of_brazil_is_that_of_a_state_and_every_state_has_one() -> None:
    """67 codes, and 27 states with the Federal District."""
    found = {code: told(f"+55{code}912345678")[0] for code in range(11, 100)}
    served = {code: states for code, states in found.items() if states != ["-"]}
    assert len(served) == 67
    assert {state for states in served.values() for state in states} == {
        one for one in places.table("places.toml")["BR"] if one != "rest"
    }
