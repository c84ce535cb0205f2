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


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("New York", "NY"),
        ("n.y.", "NY"),
        ("us-ca", "CA"),
        ("Puerto Rico", "PR"),
        ("AP", "AP"),
        ("Ontario", None),
    ],
)
def test_a_state_is_known_by_letters_or_name(text: str, state: str | None) -> None:
    """What is no US state is not taken for one."""
    assert places.us_subdivision(text) == state
