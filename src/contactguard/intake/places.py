"""Where a residence leaves a person possible: every zone of the subdivision, else of the country.

Sources: for US states 49 CFR part 71 (standard time zone boundaries) and, for Arizona, 15 USC 260a as the
Navajo Nation applies it; for Spain and all other countries `zone.tab` of the pinned tzdata. Where zones
differ only in the past, the one that holds for most of the state stands for them.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata, resources

TABLE_VERSION = 1
SOURCE = f"places {TABLE_VERSION}, tzdata {metadata.version('tzdata')}"

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
_ONE_ZONE = {
    _EASTERN: "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    _CENTRAL: "AL AR IA IL LA MN MO MS OK WI",
    _MOUNTAIN: "CO MT NM UT WY",
    _PACIFIC: "CA WA",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
    "America/St_Thomas": "VI",
    "Pacific/Guam": "GU",
    "Pacific/Saipan": "MP",
    "Pacific/Pago_Pago": "AS",
}
_US: dict[str, tuple[str, ...]] = {
    **{state: (zone,) for zone, states in _ONE_ZONE.items() for state in states.split()},
    "AK": ("America/Anchorage", "America/Adak"),
    "AZ": ("America/Phoenix", _MOUNTAIN),
    "FL": (_EASTERN, _CENTRAL),
    "ID": ("America/Boise", _PACIFIC),
    "IN": ("America/Indiana/Indianapolis", _CENTRAL),
    "KS": (_CENTRAL, _MOUNTAIN),
    "KY": (_EASTERN, _CENTRAL),
    "MI": ("America/Detroit", "America/Menominee"),
    "ND": (_CENTRAL, _MOUNTAIN),
    "NE": (_CENTRAL, _MOUNTAIN),
    "NV": (_PACIFIC, _MOUNTAIN),
    "OR": (_PACIFIC, "America/Boise"),
    "SD": (_CENTRAL, _MOUNTAIN),
    "TN": (_EASTERN, _CENTRAL),
    "TX": (_CENTRAL, _MOUNTAIN),
}
_TERRITORIES = ("AS", "GU", "MP", "PR", "VI")
_MILITARY = ("AA", "AE", "AP")
_ES_AWAY = {
    **dict.fromkeys(("CN", "GC", "TF"), ("Atlantic/Canary",)),
    **dict.fromkeys(("CE", "ML"), ("Africa/Ceuta",)),
}
_NAMES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL",
    "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA",
    "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD",
    "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO",
    "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
    "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH",
    "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
    "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "puerto rico": "PR",
    "guam": "GU", "american samoa": "AS", "northern mariana islands": "MP", "virgin islands": "VI",
}  # fmt: skip


def us_subdivision(text: str) -> str | None:
    """The two letters of a US state or territory, from letters or name; None if there is no such place."""
    word = " ".join(text.replace(".", "").split())
    letters = word.upper().removeprefix("US-")
    if letters in _US or letters in _MILITARY:
        return letters
    return _NAMES.get(word.lower())


def zones_of(country: str, subdivision: str | None = None) -> tuple[str, ...]:
    """Every zone a resident of this place may be in; none for a military address, which says nothing."""
    part = (subdivision or "").upper().removeprefix(f"{country}-")
    if country == "US" and part in _MILITARY:
        return ()
    if country == "US" and part in _US:
        return _US[part]
    if country == "ES" and part:
        return _ES_AWAY.get(part, ("Europe/Madrid",))
    return _countries().get(country, ())


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Country -> its zones as `zone.tab` lists them; for the US those in which states lie."""
    table: dict[str, list[str]] = {}
    for line in resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            table.setdefault(country, []).append(zone)
    states = {zone: None for state, zones in _US.items() if state not in _TERRITORIES for zone in zones}
    return {country: tuple(zones) for country, zones in table.items()} | {"US": tuple(states)}


def is_country(code: str) -> bool:
    """Whether these are the two letters of a country or territory with a zone."""
    return code in _countries()


@cache
def is_zone(name: str) -> bool:
    """Whether the pinned tzdata has this zone."""
    return name in _zone_names()


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
