"""Calendars in words: how their days are found, and which they are, year by year."""

from __future__ import annotations

from collections.abc import Iterator

from ...law.calendars import Closed
from ...law.grammar import Calendar, Each, Library
from ...law.instants import MonthDay, calendar, print_day
from .words import listed, many

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = {name[:3].lower(): name for name in DAYS}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NTH = {-1: "last", 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def told(table: Calendar, closed: Closed) -> Iterator[str]:
    """The calendar in sentences, and a line of days for each year."""
    yield f"{table.citation or 'No citation'}."
    if table.each:
        yield f"Every year: {'; '.join(map(entry, table.each))}."
    if table.library is not None:
        yield f"{library(table.library)}."
    if table.days and (table.each or table.library):
        yield f"Also: {', '.join(print_day(day) for day in table.days)}."
    for year in range(table.years[0], table.years[1] + 1):
        days = [f"{calendar(day):%m-%d}" for day in sorted(closed.days) if calendar(day).year == year]
        known = ", ".join(days) or "no day"
        yield f"{year}: {known if year in closed.years else 'not known, so every day counts as closed'}."


def covered(name: str, closed: Closed) -> str:
    """Which years it knows."""
    years = sorted(closed.years)
    if not years:
        return f"The calendar {name} covers no year, so every day counts as closed."
    gaps = [year for year in range(years[0], years[-1]) if year not in closed.years]
    but = f" but {listed(gaps, 'and')}" if gaps else ""
    return f"The calendar {name} covers {years[0]} to {years[-1]}{but}; any other year counts as closed."


def entry(one: Each) -> str:
    """One day of every year."""
    moves = [
        f"{many(abs(days), 'day')} {'later' if days > 0 else 'earlier'} on a {_DAY[name]}"
        for name, days in one.moves.items()
    ]
    moved = f" ({', '.join(moves)})" if moves else ""
    since = f", from {one.start}" if one.start is not None else ""
    until = f", through {one.until}" if one.until is not None else ""
    return f"{_named(one)}{moved}{since}{until}"


def _named(one: Each) -> str:
    if one.date is not None:
        return _date(one.date)
    if one.easter is not None:
        side = "after" if one.easter > 0 else "before"
        return f"{many(abs(one.easter), 'day')} {side} Easter Sunday" if one.easter else "Easter Sunday"
    weekday = _DAY[one.weekday or "mon"]
    if one.before is not None:
        return f"the last {weekday} before {_date(one.before)}"
    if one.after is not None:
        return f"the first {weekday} after {_date(one.after)}"
    return f"the {_NTH[one.nth or 1]} {weekday} of {_MONTHS[(one.month or 1) - 1]}"


def library(one: Library) -> str:
    """What is taken from the library of holidays."""
    what = f"From the library of holidays, for {one.place}: {listed(one.categories, 'and')}"
    if one.names is not None:
        return f"{what}, of these only {listed(one.names, 'and')}"
    return f"{what}, without {listed(one.without)}" if one.without else what


def _date(when: MonthDay) -> str:
    month, day = divmod(when, 100)
    return f"{day} {_MONTHS[month - 1]}"
