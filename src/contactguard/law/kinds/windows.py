"""Windows: the hours of the day, by class of day, in which a contact may start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..calendars import WEEK
from ..grammar import DayClass
from ..instants import print_clock
from ..rulebook import Regime
from ..values import Window
from ..world import Side
from ..zones import Span, Zone, merge, weekday, zone
from .bands import personal_hours
from .core import PASS, Core, State

Open = tuple[tuple[int, int], ...]
NAMES: tuple[DayClass, ...] = WEEK
_MIDNIGHT = 1440
_ALWAYS = ((0, _MIDNIGHT),)


class Hours(Core):
    """Open inside the window on every plausible clock."""

    zoned = True

    def __init__(self, values: Window, regime: Regime) -> None:
        self._week = tuple(spans_of(values.open, day) for day in range(7))
        self._holiday, self._half_day = values.open.get("holiday"), values.open.get("half_day", ())
        self._holidays = regime.closed(values.holidays)
        self._half_days = regime.closed(values.half_days)
        self._clock, self._personal = values.clock, values.personal_hours
        self._minutes = values.delivered_within or 0
        self.elsewhere = values.clock != "whereabouts"
        self._days: dict[tuple[str, int], tuple[Span, ...]] = {}

    @property
    def always(self) -> bool:
        """Whether it is open at every hour of every day."""
        return all(spans == _ALWAYS for spans in self._week) and self._holidays is None and self._half_days is None

    def zones(self, side: Side) -> tuple[Zone, ...]:
        if self._clock == "whereabouts":
            return side.w.zones
        if not side.w.known:
            return side.w.zones
        if self._clock in ("number", "residence"):
            wanted = [e for e in side.w.places.shown.evidence if e.kind == self._clock and e.zones]
            if self._clock == "number":
                wanted = [e for e in wanted if e.address == side.w.request.address]
            return tuple(zone(name) for e in wanted for name in e.zones) or side.w.zones
        return (zone(self._clock),)

    def state(self, side: Side, where: Zone, t: int) -> State:
        if not side.w.known:
            return PASS
        if self._minutes:
            return _lasting(lambda instant: self._open_at(side, where, instant), t, self._minutes * 60)
        return self._open_at(side, where, t)

    def _open_at(self, side: Side, where: Zone, t: int) -> State:
        if self._personal:
            own = personal_hours(side, where, t)
            if own is not None:
                return own
        today = where.day(t)
        for low, high in self._spans(where, today):
            if t < low:
                return False, low
            if t < high:
                return True, high
        return False, self._next(where, today)

    def _next(self, where: Zone, today: int) -> int:
        """When it opens after today; nine days on at the latest, to look again."""
        for day in range(today + 1, today + 9):
            spans = self._spans(where, day)
            if spans:
                return spans[0][0]
        return where.day_start(today + 9)

    def _spans(self, where: Zone, day: int) -> tuple[Span, ...]:
        key = (where.name, day)
        found = self._days.get(key)
        if found is None:
            if len(self._days) > 4_000:
                self._days.clear()
            pieces = [span for start, end in self._open(day) for span in where.spans(day, start, end)]
            found = self._days[key] = merge(pieces)
        return found

    def _open(self, day: int) -> Open:
        if self._holidays is not None and self._holidays.has(day):
            return self._holiday or () if self._holidays.covers(day) else ()
        if self._half_days is not None and self._half_days.has(day):
            return _both(self._week[weekday(day)], self._half_day) if self._half_days.covers(day) else ()
        return self._week[weekday(day)]

    def code(self, side: Side, where: Zone, t: int) -> str | None:
        """Closed by a calendar on what would be an open day of the week."""
        day = where.day(t)
        holiday = self._holidays is not None and self._holidays.has(day)
        half_day = self._half_days is not None and self._half_days.has(day)
        hours = self._holiday if holiday else self._half_day if half_day else _ALWAYS
        return "public_holiday" if not hours and self._week[weekday(day)] else None

    def fields(self, side: Side, where: Zone, t: int) -> dict[str, str]:
        """Between two spans of a day the hours of the next one; none on a day without hours."""
        spans = self._starts(where.day(t))
        if not spans:
            return {}
        minute = (t + where.offset(t)) % 86_400 // 60
        later = [span for span in spans if span[0] > minute]
        opens, closes = later[0] if later and minute >= spans[0][0] else (spans[0][0], spans[-1][1])
        return {"opens": print_clock(opens), "closes": print_clock(closes)}

    def _starts(self, day: int) -> Open:
        """The hours in which a contact may start and be delivered, where the window shuts at the end of the day."""
        spans, tomorrow = self._open(day), self._open(day + 1)
        if not self._minutes or not spans or (spans[-1][1] == _MIDNIGHT and tomorrow and tomorrow[0][0] == 0):
            return spans
        return tuple((start, end - self._minutes) for start, end in spans if end - self._minutes > start)


def _both(one: Open, other: Open) -> Open:
    """What is open in both."""
    spans = [(max(start, begin), min(stop, end)) for start, stop in one for begin, end in other]
    return tuple(span for span in spans if span[0] < span[1])


def _lasting(state: Callable[[int], State], t: int, seconds: int) -> State:
    """Open, and for so much longer; what is open then stays so until that long before it closes."""
    passes, end = state(t)
    if not passes:
        return False, end
    while end - t <= seconds:
        passes, later = state(end)
        if not passes:
            return False, end
        end = later
    return True, end - seconds


def spans_of(week: Mapping[DayClass, Open], day: int) -> Open:
    """The spans of a day of the week (0 = Monday): those of the most particular class of day that the file names."""
    for name in (NAMES[day], "weekdays" if day < 5 else "weekend", "all"):
        if name in week:
            return week[name]
    return ()
