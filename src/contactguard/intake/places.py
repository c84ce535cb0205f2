"""Where a residence leaves a person possible: every zone of the subdivision, else of the country.

States and provinces stand in `tables/places.toml`, which says what it rests on; all other countries have the zones
that `zone.tab` of the pinned tzdata lists for them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata, resources
from typing import Any

_REST = "rest"


@cache
def table(name: str) -> dict[str, Any]:
    """One of the tables beside this module, by its file's name."""
    found: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("tables", name).read_text("utf-8"))
    return found


SOURCE = f"places {table('places.toml')['version']}, tzdata {metadata.version('tzdata')}"


def subdivision(country: str, text: str) -> str | None:
    """The letters of a state or province, from letters or name; None if the country has none such.

    A country whose subdivisions are not listed here (or not all of them) keeps what was written.
    """
    word = " ".join(text.replace(".", "").split())
    letters = word.upper().removeprefix(f"{country}-")
    parts = table("places.toml").get(country)
    if parts is None or letters in parts:
        return letters if parts is not None else text
    return _names(country).get(word.casefold()) or (text if _REST in parts else None)


@cache
def _names(country: str) -> dict[str, str]:
    return {part["name"].casefold(): letters for letters, part in table("places.toml")[country].items()}


def zones_of(country: str, subdivision: str | None = None) -> tuple[str, ...]:
    """Every zone a resident of this place may be in; none for a military address, which says nothing."""
    part = (subdivision or "").upper().removeprefix(f"{country}-")
    parts: dict[str, Any] = table("places.toml").get(country, {})
    found = parts.get(part) or (parts.get(_REST) if part else None)
    return tuple(found["zones"]) if found else _countries().get(country, ())


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Country -> its zones as `zone.tab` lists them.

    A country whose states are listed in full has those in which states lie; a territory that has a code of its own
    as a country is left to that.
    """
    found: dict[str, list[str]] = {}
    for line in resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found.setdefault(country, []).append(zone)
    listed: dict[str, tuple[str, ...]] = {}
    for country, parts in table("places.toml").items():
        if isinstance(parts, dict) and _REST not in parts:
            away = {one for other, zones in found.items() if other != country for one in zones}
            zones = {zone: None for part in parts.values() for zone in part["zones"] if zone not in away}
            listed[country] = tuple(zones)
    return {country: tuple(zones) for country, zones in found.items()} | listed


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
