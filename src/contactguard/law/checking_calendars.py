"""What a calendar of a rule file may not say, as `checking` says it of rules: (where, why)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .calendars import days_of
from .checking_relax import Problem
from .grammar import Calendar, Each, Library
from .instants import LAST_YEAR, calendar, print_day

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z", re.ASCII)
_WAYS = "name the day in one way: date, easter, month with weekday and nth, or weekday with before or after"
_LEAP_DAY = 229
_FARTHEST = 366


def of_calendars(calendars: dict[str, Calendar]) -> Iterator[Problem]:
    """Every day within the years that the calendar says it covers, and every entry one that names days."""
    for name, table in calendars.items():
        for where, why in _of_calendar(table):
            yield f"calendar.{name}{where}", why


def _of_calendar(table: Calendar) -> Iterator[Problem]:
    first, last = table.years
    if first > last:
        yield ".years", "the first year comes before the last"
    if not first > 1900 or not last < LAST_YEAR:
        yield ".years", f"they lie between 1901 and {LAST_YEAR - 1}"
    if not (table.days or table.each or table.library):
        yield "", "it names no day; give days, each or library"
    for day in table.days:
        if not first <= calendar(day).year <= last:
            yield ".days", f"{print_day(day)} lies outside the years {first} to {last}"
    for place, one in enumerate(table.each):
        problems = list(_of_each(one))
        for where, why in problems:
            yield f".each[{place}]{where}", why
        if not problems and not any(days_of(one, first, last)):
            yield f".each[{place}]", f"it comes to no day in the years {first} to {last}"
    if table.library is not None:
        for where, why in _of_library(table.library):
            yield f".library.{where}", why


def _of_each(one: Each) -> Iterator[Problem]:
    given = {name for name in ("date", "easter", "month", "weekday", "nth", "before", "after") if _is_given(one, name)}
    if given not in _NAMED:
        yield "", _WAYS
        return
    if abs(one.easter or 0) > _FARTHEST:
        yield ".easter", "not a sensible number of days"
    if one.month is not None and not 1 <= one.month <= 12:
        yield ".month", "a month is 1 to 12"
    if one.nth is not None and one.nth not in (-1, 1, 2, 3, 4, 5):
        yield ".nth", "1 to 5, or -1 for the last"
    for name in ("before", "after"):
        if getattr(one, name) == _LEAP_DAY:
            yield f".{name}", "not every year has this date"
    if one.moves and one.date is None:
        yield ".moves", "only a date falls on another day of the week every year"
    for name, days in one.moves.items():
        if days == 0 or abs(days) > _FARTHEST:
            yield f".moves.{name}", "not a sensible number of days"
    if one.start is not None and one.until is not None and one.start > one.until:
        yield ".until", "the last year comes before the first"


_NAMED = (
    {"date"},
    {"easter"},
    {"month", "weekday", "nth"},
    {"weekday", "before"},
    {"weekday", "after"},
)


def _is_given(one: Each, name: str) -> bool:
    return getattr(one, name) is not None


def _of_library(one: Library) -> Iterator[Problem]:
    if not _PLACE.match(one.place):
        yield "place", "a place is written CO or CA-ON"
    if not one.categories:
        yield "categories", "an empty list leaves out everything; leave the field out for public holidays"
    if one.names is not None and (one.without or not one.names):
        yield "names", "name the holidays that close, or without which of them; not both, and at least one"
