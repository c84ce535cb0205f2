"""Instants and days as law counts them.

An `Instant` is a whole second since 1970-01-01T00:00:00Z, a `Day` a count of days since 1970-01-01 in
whatever calendar zone it is read in. Both are plain integers, so comparing them costs nothing; they are
written as RFC 3339 date-times and ISO 8601 dates.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

DAY = 86_400
FIRST_YEAR, LAST_YEAR = 1900, 2199
_EPOCH = date(1970, 1, 1).toordinal()
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MONTHDAY = re.compile(r"\d\d-\d\d\Z", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z|24:00\Z", re.ASCII)


class Until(int):
    """The end of something: an `Instant` (the first moment it no longer holds) or a `Day` (which counts whole)."""

    __slots__ = ()


class Instant(Until):
    """Seconds since 1970-01-01T00:00:00Z."""

    __slots__ = ()


class Day(Until):
    """Days since 1970-01-01."""

    __slots__ = ()


class Clock(int):
    """Minutes after local midnight, 0 to 1440."""

    __slots__ = ()


class MonthDay(int):
    """A date of every year: month * 100 + day."""

    __slots__ = ()


def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 date-time; a fraction of a second is dropped. `ValueError` says what is wrong."""
    if not isinstance(text, str) or not _RFC3339.match(text):
        raise ValueError("expected a time with its offset from UTC, such as 2026-03-05T13:00:00-05:00")
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T"))
    except ValueError as error:
        raise ValueError(f"no such time: {error}") from None
    return Instant((moment - _UTC_EPOCH) // timedelta(seconds=1))


def parse_day(text: str) -> Day:
    """Read an ISO 8601 calendar date. `ValueError` says what is wrong."""
    if not isinstance(text, str) or not _DATE.match(text):
        raise ValueError("expected a date such as 2026-03-05")
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    try:
        return Day(date.fromisoformat(text).toordinal() - _EPOCH)
    except ValueError as error:
        raise ValueError(f"no such date: {error}") from None


def parse_until(text: str) -> Until:
    """Read a date or a date-time."""
    if isinstance(text, str) and _DATE.match(text):
        return parse_day(text)
    return parse_instant(text)


def parse_clock(text: str) -> Clock:
    """Read a wall-clock time `HH:MM`, `24:00` included. `ValueError` says what is wrong."""
    if not isinstance(text, str) or not _CLOCK.match(text):
        raise ValueError('expected a time of day such as "08:00"')
    return Clock(int(text[:2]) * 60 + int(text[3:]))


def parse_monthday(text: str) -> MonthDay:
    """Read a date without a year, `MM-DD`. `ValueError` says what is wrong."""
    if not isinstance(text, str) or not _MONTHDAY.match(text):
        raise ValueError("expected a month and a day such as 12-25")
    try:
        date.fromisoformat(f"2000-{text}")
    except ValueError:
        raise ValueError("no year has such a date") from None
    return MonthDay(int(text[:2]) * 100 + int(text[3:]))


def day_of(year: int, month: int, day: int) -> Day:
    """The day with this date."""
    return Day(date(year, month, day).toordinal() - _EPOCH)


def calendar(day: int) -> date:
    """The date of a day."""
    return date.fromordinal(day + _EPOCH)


def print_instant(at: int, offset: int = 0) -> str:
    """RFC 3339 with the given offset in seconds, rounded down to a minute, as RFC 3339 has no finer ones."""
    offset -= offset % 60
    day, second = divmod(at + offset, DAY)
    return f"{print_day(day)}T{_MINUTES[second // 60]}:{_TWO[second % 60]}{_offset(offset)}"


def print_beside(at: int, other: str) -> str:
    """RFC 3339 with the offset in which `other`, an RFC 3339 time, is written."""
    offset = datetime.fromisoformat(other).utcoffset() or timedelta(0)
    return print_instant(at, offset // timedelta(seconds=1))


_TWO = tuple(f"{number:02d}" for number in range(60))
_MINUTES = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440))


@lru_cache(maxsize=400)
def _offset(offset: int) -> str:
    minutes = abs(offset) // 60
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def print_utc(at: int) -> str:
    """RFC 3339 in UTC, ending in `Z`."""
    return print_instant(at)[:19] + "Z"


@lru_cache(maxsize=4_000)
def print_day(day: int) -> str:
    """ISO 8601 date."""
    return calendar(day).isoformat()


def print_monthday(when: int) -> str:
    """`MM-DD`."""
    return f"{when // 100:02d}-{when % 100:02d}"


def print_clock(minutes: int) -> str:
    """`HH:MM`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


_UTC_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_READ = {
    Instant: parse_instant,
    Day: parse_day,
    Until: parse_until,
    Clock: parse_clock,
    MonthDay: parse_monthday,
}


def read_hook(kind: type, value: Any) -> Any:
    """`dec_hook` for msgspec: text to `Instant`, `Day`, `Until`, `Clock` or `MonthDay`."""
    return _READ[kind](value)


def write_hook(value: Any) -> Any:
    """`enc_hook` for msgspec: the inverse of `read_hook`, instants in UTC."""
    if isinstance(value, Instant):
        return print_utc(value)
    if isinstance(value, Day):
        return print_day(value)
    if isinstance(value, Clock):
        return print_clock(value)
    if isinstance(value, MonthDay):
        return print_monthday(value)
    raise NotImplementedError(f"cannot write {type(value).__name__}")
