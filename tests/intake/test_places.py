"""Residence to zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from contactguard.intake import places

STATES = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU AS MP
"""


def test_every_state_and_territory_has_a_zone_that_exists() -> None:
    """The 50 states, the District and five territories, each with zones of the pinned tzdata."""
    for state in STATES.split():
        zones = places.zones_of("US", state)
        assert zones, state
        for zone in zones:
            assert places.is_zone(zone)
            assert ZoneInfo(zone).key == zone


@pytest.mark.parametrize(
    ("country", "subdivision", "zones"),
    [
        ("US", "AZ", {"America/Phoenix", "America/Denver"}),
        ("US", "FL", {"America/New_York", "America/Chicago"}),
        ("US", "us-tx", {"America/Chicago", "America/Denver"}),
        ("US", "AK", {"America/Anchorage", "America/Adak"}),
        ("US", "AE", set()),
        ("US", "PW", {"Pacific/Palau"}),
        ("CA", "ON", {"America/Toronto", "America/Winnipeg", "America/Atikokan"}),
        ("CA", "ca-qc", {"America/Toronto", "America/Halifax", "America/Blanc-Sablon"}),
        ("CA", "NS", {"America/Halifax"}),
        ("ES", "M", {"Europe/Madrid"}),
        ("ES", "ES-GC", {"Atlantic/Canary"}),
        ("ES", "CE", {"Africa/Ceuta"}),
        ("ES", None, {"Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"}),
        ("JP", None, {"Asia/Tokyo"}),
        ("PR", None, {"America/Puerto_Rico"}),
        ("XX", None, set()),
    ],
)
def test_a_place_leaves_every_zone_possible_that_lies_in_it(
    country: str, subdivision: str | None, zones: set[str]
) -> None:
    """Arizona keeps the Navajo Nation's summer time; a country without subdivision keeps all its zones."""
    assert set(places.zones_of(country, subdivision)) == zones


def test_a_country_without_a_state_keeps_the_zones_of_all_its_states() -> None:
    """Somewhere in the US is anywhere from Maine to Hawaii."""
    zones = places.zones_of("US")
    assert {"America/New_York", "America/Phoenix", "America/Adak", "Pacific/Honolulu"} <= set(zones)
    assert "America/Puerto_Rico" not in zones
    assert not [zone for zone in zones if zone.startswith("Pacific/") and zone != "Pacific/Honolulu"]


@pytest.mark.parametrize(
    ("country", "text", "letters"),
    [
        ("US", "New York", "NY"),
        ("US", "n.y.", "NY"),
        ("US", "us-ca", "CA"),
        ("US", "Puerto Rico", "PR"),
        ("US", "AP", "AP"),
        ("US", "PW", "PW"),
        ("US", "Ontario", None),
        ("CA", "Ontario", "ON"),
        ("CA", "prince edward island", "PE"),
        ("CA", "CA-QC", "QC"),
        ("CA", "NY", None),
        ("ES", "ES-GC", "GC"),
        ("ES", "Madrid", "Madrid"),
        ("DE", "BY", "BY"),
    ],
)
def test_a_state_or_province_is_known_by_letters_or_name(country: str, text: str, letters: str | None) -> None:
    """What the country has not is refused; of a country without a table what was written stands."""
    assert places.subdivision(country, text) == letters


def test_every_zone_of_the_table_exists() -> None:
    """In the pinned time zone database."""
    for country in ("US", "CA", "ES"):
        for part in places.table("places.toml")[country].values():
            assert all(places.is_zone(zone) for zone in part["zones"])
