"""Dates and times as exports write them, to RFC 3339. What could be meant in two ways is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from ..errors import BadInput
from ..law.instants import parse_day, parse_instant, print_utc

_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?\Z", re.ASCII)
_MAIL = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} ", re.ASCII)
_CLOCK = re.compile(r"\d\d?:\d\d(?::\d\d)?\Z", re.ASCII)
_FIRST_ZONE, _LAST_ZONE = "Etc/GMT-14", "Etc/GMT+12"
"""Where a day begins first on earth, and where it ends last."""
_DAY_CHARACTERS = 10
_EXPECTED = "expected a date such as 2026-03-05, or a time such as 2026-03-05 13:00:00"


class When(msgspec.Struct, frozen=True):
    """`text`: RFC 3339. `exact`: it was told to the second, so that two of them are the same moment."""

    text: str
    exact: bool = True


class Times(msgspec.Struct, frozen=True):
    """How times are read. `zone`: where clocks without an offset stood; `now`: seconds since 1970."""

    zone: str | None
    now: int

    def read(self, field: str, text: str, zone: str | None = None, *, late: bool, anywhere: bool = False) -> When:
        """An instant. `late`: where it may mean several (a whole day, an hour that came twice), the last of them
        that is not to come; else the first. `anywhere`: a day of no known zone is one of any. `BadInput` names the
        field."""
        if _MAIL.match(text):
            return When(_mailed(field, text))
        if local := _LOCAL.match(text):
            date, hour, minute, second = local.groups()
            first, last = (f"{int(hour):02}:{minute}:{second or end}" for end in ("00", "59"))
            return self._between(field, date, first, last, zone, late=late)
        if len(text) == _DAY_CHARACTERS and "/" not in text:
            if anywhere and zone is None and self.zone is None:
                zone = _LAST_ZONE if late else _FIRST_ZONE
            return self._between(field, text, "00:00:00", "23:59:59", zone, late=late)
        try:
            parse_instant(text)
        except ValueError:
            raise BadInput(field, _EXPECTED) from None
        return When(text)

    def _between(self, field: str, date: str, first: str, last: str, zone: str | None, *, late: bool) -> When:
        name = zone or self.zone
        if name is None:
            raise BadInput(field, "a time without its offset from UTC; say with --zone where its clock stood")
        _day(field, date)
        try:
            begins, ends = (
                int(datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=_zone(name), fold=fold).timestamp())
                for fold, clock in enumerate((first, last))
            )
        except ValueError:
            raise BadInput(field, _EXPECTED) from None
        moment = max(begins, min(ends, self.now)) if late else begins
        return When(print_utc(moment), first == last)


def joined(day: str, clock: str) -> str:
    """A date and a time of day from two columns, as one text; what is no such pair, the better of the two."""
    if len(day) == _DAY_CHARACTERS and _CLOCK.match(clock):
        return f"{day} {clock}"
    return day or clock


def until(field: str, text: str, times: Times, zone: str | None = None) -> str:
    """The end of something: a date counts whole and stays a date."""
    if len(text) == _DAY_CHARACTERS and "/" not in text:
        _day(field, text)
        return text
    return times.read(field, text, zone, late=True).text


def day(field: str, text: str) -> str:
    """A date; one with a midnight behind it, as databases write it, is that date."""
    first, _, clock = text.replace("T", " ").partition(" ")
    if clock.strip("0:.Z"):
        raise BadInput(field, "expected a date such as 2026-03-05")
    _day(field, first)
    return first


def _day(field: str, text: str) -> None:
    try:
        parse_day(text)
    except ValueError as error:
        raise BadInput(field, str(error)) from None


def _mailed(field: str, text: str) -> str:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        raise BadInput(field, _EXPECTED) from None
    if moment.tzinfo is None:
        raise BadInput(field, "a time without its offset from UTC")
    return print_utc(int(moment.astimezone(UTC).timestamp()))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
