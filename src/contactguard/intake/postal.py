"""What a postal code says of a place: the states or provinces that it is delivered in, and their zones, offline.

The tables are data (`tables/postal_*.toml`); each says what it rests on. A code is looked up by its longest known
prefix, and wherever a table is not sure it gives every possibility: it may be wider than the truth, never narrower.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from . import places

_WRITTEN = {
    "US": re.compile(r"(\d{5})(?:[- ]?\d{4})?\Z", re.ASCII),
    "CA": re.compile(r"([A-Z]\d[A-Z])(?:[- ]?(\d[A-Z]\d))?\Z", re.ASCII),
}
_TABLES = {"US": "postal_us.toml", "CA": "postal_ca.toml"}


class Part(NamedTuple):
    """One state or province that a code is delivered in, and the zones there that it leaves possible."""

    subdivision: str
    zones: tuple[str, ...]


class _Table(NamedTuple):
    version: int
    areas: dict[str, tuple[Part, ...]]
    longest: int


def covers(country: str) -> bool:
    """Whether there is a table for this country."""
    return country in _TABLES


def parts(country: str, code: str) -> tuple[Part, ...]:
    """Every state or province in which this code is delivered; none for a code that is not given out.

    Only for a country that `covers` knows. A ZIP+4 counts by its five digits, a Canadian code by its first three
    characters; case and spaces make no difference.
    """
    plain = _plain(country, code)
    return _found(country, plain) if plain is not None else ()


def source(country: str) -> str:
    """The table and its version, as evidence names it."""
    return f"postal {country} {_table(country).version}"


def _plain(country: str, code: str) -> str | None:
    """The part of the code that is looked up; None if no code of the country is written so."""
    found = _WRITTEN[country].match(code.strip().upper())
    return found[1] if found else None


@lru_cache(maxsize=50_000)
def _found(country: str, plain: str) -> tuple[Part, ...]:
    table = _table(country)
    for length in range(table.longest, 0, -1):
        if found := table.areas.get(plain[:length]):
            return found
    return ()


@cache
def _table(country: str) -> _Table:
    text = resources.files(__package__).joinpath("tables", _TABLES[country]).read_text("utf-8")
    raw = tomllib.loads(text)
    areas: dict[str, tuple[Part, ...]] = {}
    for section in ("areas", "codes"):
        for keys, value in raw[section].items():
            read = tuple(_part(country, one, raw["zones"]) for one in value.split(", "))
            areas.update((prefix, read) for prefix in _prefixes(keys))
    return _Table(raw["version"], areas, max(map(len, areas)))


def _prefixes(keys: str) -> Iterator[str]:
    """`"010-012 055"` as the prefixes it stands for."""
    for key in keys.split():
        first, _, last = key.partition("-")
        if not last:
            yield first
            continue
        for number in range(int(first), int(last) + 1):
            yield f"{number:0{len(first)}}"


def _part(country: str, text: str, letters: dict[str, Any]) -> Part:
    """`"KY E C"` as a state with its zones; without a letter, all of the state's."""
    subdivision, *zones = text.split()
    return Part(subdivision, tuple(letters[one] for one in zones) or places.zones_of(country, subdivision))
