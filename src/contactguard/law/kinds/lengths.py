"""Lengths of time as law counts them: where a period that ends now began, and when one that began then is over."""

from __future__ import annotations

from ..calendars import Closed
from ..grammar import Length
from ..instants import DAY, calendar, day_of
from ..zones import NEVER, Zone, weekday


def started(length: Length, where: Zone, at: int) -> int:
    """The first instant whose contacts still count at `at`; no count runs over business days or months."""
    if length.ever:
        return -NEVER
    if length.hours is not None or length.minutes is not None:
        return at - (length.hours or 0) * 3600 - (length.minutes or 0) * 60 + 1
    day = where.day(at)
    if length.calendar == "week":
        return where.day_start(day - weekday(day))
    if length.calendar == "month":
        return where.day_start(day - calendar(day).day + 1)
    if length.calendar == "day":
        return where.day_start(day)
    return where.day_start(day - ((length.free_days or 0) if length.dates is None else length.dates - 1))


def passed(length: Length, at: int, where: Zone, closed: Closed | None = None) -> int:
    """The first instant at which a time that began at `at` is over."""
    if length.ever:
        return NEVER
    if length.hours is not None or length.minutes is not None:
        return at + (length.hours or 0) * 3600 + (length.minutes or 0) * 60
    day = where.day(at)
    if length.calendar is not None:
        return where.day_start(_next_period(length.calendar, day))
    if length.business_days is not None:
        opens = after_business_days(day, length.business_days, closed)
        return NEVER if opens is None else where.day_start(opens)
    if length.free_days is not None:
        return where.day_start(day + length.free_days + 1)
    if length.months is not None:
        return where.day_start(months_on(day, length.months))
    return where.day_start(day + (length.dates or 0))


def longest(length: Length) -> int:
    """No contact older than so many seconds can still hold anything up, whatever the zone."""
    if length.ever or length.business_days is not None:
        return 2 * NEVER
    if length.hours is not None or length.minutes is not None:
        return (length.hours or 0) * 3600 + (length.minutes or 0) * 60
    days = {None: 0, "day": 1, "week": 7, "month": 31}[length.calendar]
    return (max(days, (length.months or 0) * 31, length.dates or 0, (length.free_days or 0) + 1) + 2) * DAY


def _next_period(name: str, day: int) -> int:
    if name == "day":
        return day + 1
    if name == "week":
        return day + 7 - weekday(day)
    first = calendar(day)
    return day_of(first.year + first.month // 12, first.month % 12 + 1, 1)


def after_business_days(day: int, wanted: int, closed: Closed | None) -> int | None:
    """The day after so many whole business days (Monday to Friday, no holiday) following `day`.

    None where the calendar of holidays ends before: no day of a year that it does not cover is a business day.
    """
    last = day + 400 + wanted * 7
    while wanted > 0:
        day += 1
        holiday = closed is not None and closed.has(day)
        wanted -= 0 if weekday(day) > 4 or holiday else 1
        if day > last:
            return None
    return day + 1


def months_on(day: int, months: int) -> int:
    """The day of the same number so many months on; the last of a month that is too short for it."""
    first = calendar(day)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    for number in range(first.day, 0, -1):
        try:
            return int(day_of(year, month + 1, number))
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
