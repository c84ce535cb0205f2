"""Windows: the hours of the day, by class of day, in which a contact may start."""

from __future__ import annotations

from collections.abc import Mapping

from ..grammar import DayClass
from ..instants import print_clock
from ..rulebook import Regime, covers, is_holiday
from ..values import Window
from ..world import Side
from ..zones import Span, Zone, merge, weekday, zone
from .bands import personal_hours
from .core import PASS, Core, State

Open = tuple[tuple[int, int], ...]
NAMES: tuple[DayClass, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALWAYS = ((0, 1440),)


class Hours(Core):
    """Open inside the window on every plausible clock."""

    zoned = True

    def __init__(self, values: Window, regime: Regime) -> None:
        self._week = tuple(spans_of(values.open, day) for day in range(7))
        self._holiday = values.open.get("holiday")
        self._calendar, self._calendars = values.holidays, regime.calendars
        self._clock, self._personal = values.clock, values.personal_hours
        self.elsewhere = values.clock != "whereabouts"
        self._days: dict[tuple[str, int], tuple[Span, ...]] = {}

    @property
    def always(self) -> bool:
        """Whether it is open at every hour of every day."""
        return all(spans == _ALWAYS for spans in self._week) and self._calendar is None

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

    def _open(self, day: int) -> tuple[tuple[int, int], ...]:
        if self._closed_holiday(day):
            return self._holiday or () if covers(day, self._calendars, self._calendar) else ()
        return self._week[weekday(day)]

    def _closed_holiday(self, day: int) -> bool:
        return is_holiday(day, self._calendars, self._calendar)

    def code(self, side: Side, where: Zone, t: int) -> str | None:
        day = where.day(t)
        if self._closed_holiday(day) and not self._holiday and self._week[weekday(day)]:
            return "public_holiday"
        return None

    def fields(self, side: Side, where: Zone, t: int) -> dict[str, str]:
        """Between two spans of a day the hours of the next one; none on a day without hours."""
        spans = self._open(where.day(t))
        if not spans:
            return {}
        minute = (t + where.offset(t)) % 86_400 // 60
        later = [span for span in spans if span[0] > minute]
        opens, closes = later[0] if later and minute >= spans[0][0] else (spans[0][0], spans[-1][1])
        return {"opens": print_clock(opens), "closes": print_clock(closes)}


def spans_of(week: Mapping[DayClass, Open], day: int) -> Open:
    """The spans of a day of the week (0 = Monday): those of the most particular class of day that the file names."""
    for name in (NAMES[day], "weekdays" if day < 5 else "weekend", "all"):
        if name in week:
            return week[name]
    return ()
