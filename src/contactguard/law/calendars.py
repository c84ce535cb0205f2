"""Calendars of closed days: what a rule file lists, as the days that it comes to.

A list as statutes give it (`each`) is computed here; the days of a library are handed in, since law looks nothing up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from .grammar import Calendar, DayName, Each, Library
from .instants import Day, MonthDay, calendar, day_of
from .zones import weekday

WEEK: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Closed(msgspec.Struct, frozen=True):
    """The years that a calendar knows, and its days (since 1970-01-01) within them."""

    years: frozenset[int]
    days: frozenset[int]

    def covers(self, day: int) -> bool:
        """Whether the calendar knows the year of this day."""
        return calendar(day).year in self.years

    def has(self, day: int) -> bool:
        """Whether the day stands in it; a year that it does not know stands in it throughout."""
        return day in self.days or not self.covers(day)


Lister = Callable[[Library, tuple[int, int]], Closed]
"""The days of a library in these years (first and last). `Unlisted` for what it does not have."""


class Unlisted(ValueError):
    """What a library does not have: which field of `library` asks for it, and why not."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


def closed(table: Calendar, lister: Lister | None = None) -> Closed:
    """The days of a calendar. `Unlisted` where it names a library that lacks them, or there is none to ask."""
    first, last = table.years
    years = frozenset(range(first, last + 1))
    days = {int(day) for day in table.days}
    for one in table.each:
        days |= set(days_of(one, first, last))
    if table.library is not None:
        if lister is None:
            raise Unlisted("", "its days are filled in where rule files are loaded, and not here")
        listed = lister(table.library, table.years)
        years &= listed.years
        days |= listed.days
        days = {day for day in days if calendar(day).year in years} if len(years) <= last - first else days
    return Closed(years, frozenset(days))


def days_of(one: Each, first: int, last: int) -> Iterator[Day]:
    """The days of an entry within these years; one that moves may come from the year before or after."""
    for year in range(first - 1, last + 2):
        if (one.start or year) <= year <= (one.until or year):
            day = _day(one, year)
            if day is not None and first <= calendar(day).year <= last:
                yield day


def _day(one: Each, year: int) -> Day | None:
    """The day of an entry in a year; None where that year has none."""
    if one.easter is not None:
        return Day(easter(year) + one.easter)
    if one.date is not None:
        day = _date(one.date, year)
        return None if day is None else Day(day + one.moves.get(WEEK[weekday(day)], 0))
    wanted = WEEK.index(one.weekday or "mon")
    if one.before is not None:
        last = day_of(year, *divmod(one.before, 100)) - 1
        return Day(last - (weekday(last) - wanted) % 7)
    if one.after is not None:
        first = day_of(year, *divmod(one.after, 100)) + 1
        return Day(first + (wanted - weekday(first)) % 7)
    return _nth(year, one.month or 1, wanted, one.nth or 1)


def _date(when: MonthDay, year: int) -> Day | None:
    """29 February only where there is one."""
    try:
        return day_of(year, *divmod(when, 100))
    except ValueError:
        return None


def _nth(year: int, month: int, wanted: int, nth: int) -> Day | None:
    after = day_of(year + month // 12, month % 12 + 1, 1)
    if nth < 0:
        return Day(after - 1 - (weekday(after - 1) - wanted) % 7)
    first = day_of(year, month, 1)
    day = first + (wanted - weekday(first)) % 7 + 7 * (nth - 1)
    return Day(day) if day < after else None


def easter(year: int) -> Day:
    """Easter Sunday of the western churches (the anonymous Gregorian computation)."""
    century, of_century = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (year % 19 + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return day_of(year, month, day + 1)
