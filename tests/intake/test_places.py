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
        ("ES", "Tenerife", {"Atlantic/Canary"}),
        ("ES", "somewhere", {"Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"}),
        ("AU", "NSW", {"Australia/Sydney", "Australia/Broken_Hill", "Australia/Lord_Howe"}),
        ("BR", "SP", {"America/Sao_Paulo"}),
        ("BR", "AM", {"America/Manaus", "America/Eirunepe"}),
        ("MX", "ROO", {"America/Cancun"}),
        ("CL", "VS", {"America/Santiago", "Pacific/Easter"}),
        ("ID", "Bali", {"Asia/Makassar"}),
        ("PT", "Azores", {"Atlantic/Azores"}),
        ("PT", "Faro", {"Europe/Lisbon"}),
        ("EC", "W", {"Pacific/Galapagos"}),
        ("NZ", "CIT", {"Pacific/Chatham"}),
        ("CN", "XJ", {"Asia/Shanghai", "Asia/Urumqi"}),
        ("GB", "WLS", {"Europe/London"}),
        ("GB", "BFPO", set()),
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
        ("ES", "ES-GC", "CN"),
        ("ES", "Madrid", "MD"),
        ("ES", "Gerona", "CT"),
        ("ES", "Andorra", "Andorra"),
        ("BR", "sao paulo", "SP"),
        ("BR", "BR-AM", "AM"),
        ("BR", "Brasília", "DF"),
        ("BR", "Lisboa", None),
        ("MX", "D.F.", "CMX"),
        ("MX", "Edo. Méx.", "MEX"),
        ("MX", "nuevo leon", "NLE"),
        ("AU", "New South Wales", "NSW"),
        ("AU", "n.s.w.", "NSW"),
        ("AR", "Capital Federal", "C"),
        ("AR", "Provincia de Buenos Aires", "B"),
        ("AR", "Buenos Aires", ""),
        ("AR", "Patagonia", None),
        ("GB", "Scotland", "SCT"),
        ("GB", "Kent", "Kent"),
        ("IN", "Orissa", "OD"),
        ("MY", "Penang", "07"),
        ("MY", "MY-14", "14"),
        ("FR", "Réunion", "974"),
        ("CL", "Región de Valparaíso", "VS"),
        ("DE", "BY", "BY"),
    ],
)
def test_a_state_or_province_is_known_by_letters_or_name(country: str, text: str, letters: str | None) -> None:
    """What the country has not is refused; where not all are listed, what was written stands; a name of two is none."""
    assert places.subdivision(country, text) == letters


@pytest.mark.parametrize("country", [one for one in places.table("places.toml") if one.isupper()])
def test_every_zone_and_every_name_of_the_table_is_one(country: str) -> None:
    """Zones are in the pinned time zone database; letters and names lead to the state they stand beside."""
    for letters, part in places.table("places.toml")[country].items():
        assert all(places.is_zone(zone) for zone in part.get("zones", ()))
        if letters != "rest":
            names = (letters, f"{country}-{letters}", part["name"], part["name"].upper(), *part.get("also", ()))
            assert {places.subdivision(country, name) for name in names} == {letters}
            assert places.lists(country, letters)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Europe/Jersey", "Europe/Jersey"),
        ("Nowhere/Much", "Nowhere/Much"),
    ],
)
def test_a_zone_goes_by_the_name_of_today(old: str, new: str) -> None:
    """Libraries have older names; one zone is shown once."""
    assert places.today(old) == new


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AR", 24), ("AU", 8), ("BR", 27), ("CL", 16), ("CO", 33), ("EC", 24), ("ES", 19), ("ID", 38), ("IN", 36),
        ("MX", 32), ("MY", 16), ("NZ", 17), ("PE", 26), ("CA", 13),
    ],
)  # fmt: skip
def test_no_state_of_a_country_is_forgotten(country: str, number: int) -> None:
    """As many as ISO 3166-2 lists."""
    assert len([one for one in places.table("places.toml")[country] if one != "rest"]) == number
