"""Where a residence leaves a person possible: every zone of the subdivision, else of the country.

States and provinces stand in `tables/places.toml`, which says what it rests on; all other countries have the zones
that `zone.tab` of the pinned tzdata lists for them.
"""

from __future__ import annotations

import tomllib
import unicodedata
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

    A country whose subdivisions are not listed here (or not all of them) keeps what was written. Empty for a name
    that goes for several of them, which says no more than the country.
    """
    parts = table("places.toml").get(country)
    if parts is None:
        return text
    if (known := _known(country, text)) is not None:
        return known
    return text if _REST in parts else None


def lists(country: str, subdivision: str) -> bool:
    """Whether these are the letters of a state or province that is listed here."""
    return subdivision in table("places.toml").get(country, {})


def _known(country: str, text: str) -> str | None:
    word = " ".join(text.replace(".", "").split())
    if word.upper().startswith(f"{country}-"):
        word = word[3:]
    return word.upper() if lists(country, word.upper()) else _names(country).get(_plain(word))


@cache
def _names(country: str) -> dict[str, str]:
    """Every name of every state or province -> its letters; empty for a name that goes for several of them."""
    found: dict[str, str] = {}
    for letters, part in table("places.toml").get(country, {}).items():
        if letters != _REST:
            found.update((_plain(name), letters) for name in (part["name"], *part.get("also", ())))
            found.update((_plain(name), "") for name in part.get("unclear", ()))
    return found


def _plain(name: str) -> str:
    """A name without case, accents, punctuation and doubled spaces."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in bare.replace(".", "")).casefold().split())


def zones_of(country: str, subdivision: str | None = None) -> tuple[str, ...]:
    """Every zone a resident of this place may be in; none for a military address, which says nothing."""
    parts: dict[str, Any] = table("places.toml").get(country, {})
    part = parts.get(_known(country, subdivision) or _REST, {}) if subdivision else {}
    return tuple(part["zones"]) if "zones" in part else _countries().get(country, ())


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
def today(zone: str) -> str:
    """The name that a zone goes by today: `Asia/Kolkata` for `Asia/Calcutta`."""
    if any(zone in zones for zones in _countries().values()):
        return zone
    data = resources.files("tzdata").joinpath("zoneinfo/tzdata.zi").read_text("utf-8")
    links = (line.split() for line in data.splitlines() if line.startswith("L "))
    return next((now for _, now, old in links if old == zone), zone)


@cache
def is_zone(name: str) -> bool:
    """Whether the pinned tzdata has this zone."""
    return name in _zone_names()


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
