"""What a postal code says of a place: the states or provinces that it is delivered in, and their zones, offline.

The tables are data (`tables/postal_*.toml`); each says what it rests on. A code is looked up by its longest known
prefix, and wherever a table is not sure it gives every possibility: it may be wider than the truth, never narrower.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from . import places
from .prefixes import Part, Table


def covers(country: str) -> bool:
    """Whether there is a table for this country."""
    return country in countries()


@cache
def countries() -> frozenset[str]:
    """The countries for which there is a table."""
    files = resources.files(__package__).joinpath("tables").iterdir()
    found = (re.fullmatch(r"postal_([a-z]{2})\.toml", file.name) for file in files)
    return frozenset(one[1].upper() for one in found if one)


def parts(country: str, code: str) -> tuple[Part, ...]:
    """Every state or province in which this code is delivered; none for a code that is not given out.

    Only for a country that `covers` knows. A ZIP+4 counts by its five digits, a Canadian code by its first three
    characters; case and spaces make no difference.
    """
    return table(country).parts(code.strip().upper())


def source(country: str) -> str:
    """The table and its version, as evidence names it."""
    return f"postal {country} {table(country).version}"


@cache
def table(country: str) -> Table:
    """The table of a country that `covers` knows."""
    raw = places.table(f"postal_{country.lower()}.toml")
    return Table(country, raw, raw["version"])
