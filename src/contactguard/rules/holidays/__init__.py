"""The days that the kept library of holidays lists for a place, for calendars that name it.

What shipped rule files ask for stands beside this module, one JSON file a place, as the pinned version of the library
answered (`python -m contactguard.rules.holidays` writes them); the library itself, slow to import, is asked for the
rest only.

A holiday goes by its English name where the library has one, else by the name in the library's first language. A name
stands for every day on which that holiday is held; one that ends in what the library adds in brackets, such as
`Boxing Day (observed)`, for these days alone.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from importlib import metadata
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from ...law.calendars import Closed, Unlisted
from ...law.grammar import Library
from ...law.instants import day_of

FIRST, LAST = 2020, 2040
"""The years that a file of this package covers."""
_ADDED = re.compile(r" \([^()]*\)\Z")
_ENGLISH = ("en_US", "en_GB", "en")

Listed = list[tuple[str, str]]
"""The days of a year (`MM-DD`) with the name of each holiday."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of this package: what that version of the library lists for a place, by category and year."""

    library: str
    place: str
    lists: dict[str, dict[str, Listed]]


class _Day(NamedTuple):
    day: int
    name: str


def listed(library: Library, years: tuple[int, int]) -> Closed:
    """The closed days in these years (first and last). `Unlisted` for a place, category or name that is not known.

    A year in which the library knows no holiday of these categories is not covered.
    """
    found: list[_Day] = []
    known: set[int] = set()
    for category in dict.fromkeys(library.categories):
        for year in range(years[0], years[1] + 1):
            if days := _in_year(library.place, category, year):
                found += days
                known.add(year)
    names = {name for _, name in found}
    wanted = {name for name in names if _wanted(name, library)}
    _check_names(library, sorted(names), years)
    return Closed(frozenset(known), frozenset(day for day, name in found if name in wanted))


def _wanted(name: str, library: Library) -> bool:
    if library.names is not None:
        return _among(name, library.names)
    return not _among(name, library.without)


def _among(name: str, names: tuple[str, ...]) -> bool:
    return name in names or _ADDED.sub("", name) in names


def _check_names(library: Library, known: list[str], years: tuple[int, int]) -> None:
    plain = {*known, *(_ADDED.sub("", name) for name in known)}
    for field, names in (("names", library.names or ()), ("without", library.without)):
        for name in names:
            if name not in plain:
                near = get_close_matches(name, sorted(plain), 3) or known
                where = f"{library.place} lists no holiday {name} in {years[0]} to {years[1]}"
                raise Unlisted(field, f"{where}; it has {', '.join(near)}")


@lru_cache(maxsize=4_000)
def _in_year(place: str, category: str, year: int) -> tuple[_Day, ...]:
    table = table_of(place)
    rows = table.lists.get(category, {}).get(str(year)) if table else None
    if rows is None:
        rows = ask(place, category, range(year, year + 1))[year]
    return tuple(_Day(day_of(year, int(day[:2]), int(day[3:])), name) for day, name in rows)


@lru_cache(maxsize=300)
def table_of(place: str) -> Table | None:
    """The file of that place in this package, if there is one."""
    file = files(__package__) / f"{place}.json"
    return msgspec.json.decode(file.read_bytes(), type=Table) if file.is_file() else None


def ask(place: str, category: str, years: range) -> dict[int, Listed]:
    """What the installed library lists. `Unlisted` for a place or category that it does not know."""
    import holidays

    country, _, subdivision = place.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise Unlisted("place", f"the library of holidays does not know {country}")
    if subdivision and subdivision not in known[country]:
        raise Unlisted("place", f"the library of holidays does not know {place}, only {country} and other parts of it")
    part: Any = subdivision or None
    one = holidays.country_holidays(country, subdiv=part)
    if category not in one.supported_categories:
        words = ", ".join(sorted(one.supported_categories))
        raise Unlisted("categories", f"the library of holidays has no {category} for {country}, only {words}")
    tongue = next((word for word in _ENGLISH if word in one.supported_languages), None)
    wider = range(years.start - 1, years.stop + 1)  # a day may be kept in the year beside its own
    whole = holidays.country_holidays(country, subdiv=part, years=wider, categories=category, language=tongue)
    found: dict[int, Listed] = {year: [] for year in years}
    for day in sorted(whole):
        if day.year in found:
            found[day.year] += [(f"{day:%m-%d}", name) for name in sorted(whole.get_list(day))]
    return found


def version() -> str:
    """The version of the installed library."""
    return metadata.version("holidays")
