"""Weekly bands of hours that people name: times that suit them, times that do not, times they agreed to."""

from __future__ import annotations

from ..instants import Clock, Day, Until
from ..model import Restriction
from ..world import Side
from ..zones import NEVER, Band, Zone
from .core import PASS, State, any_of

_MINUTES = 7 * 1440
_WHOLE_WEEK = (1 << _MINUTES) - 1
_WEEKDAYS = {name: place for place, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


def band(days: tuple[str, ...] | None, start: Clock | None, end: Clock | None) -> Band:
    """The band of these days and times; no times: the whole day; equal times: round the clock from there."""
    numbers = None if days is None else frozenset(_WEEKDAYS[name] for name in days)
    return Band(numbers, start or 0, 1440 if end is None else end)


def minutes_of_week(days: tuple[str, ...] | None, start: Clock | None, end: Clock | None) -> int:
    """The minutes of a week that the band of these days and times takes, one bit each."""
    first, last = int(start or 0), 1440 if end is None else int(end)
    length = last - first if last > first else last - first + 1440
    found = 0
    for name in _WEEKDAYS if days is None else days:
        found |= ((1 << length) - 1) << (_WEEKDAYS[name] * 1440 + first)
    return found & _WHOLE_WEEK | found >> _MINUTES


def before(until: Until | None, where: Zone, t: int) -> State:
    """Whether something that ends then still holds; a day counts whole."""
    if until is None:
        return PASS
    end = where.day_start(until + 1) if isinstance(until, Day) else int(until)
    return (True, end) if t < end else (False, NEVER)


def since(start: int | None, t: int) -> State:
    """Whether something known from then holds by now."""
    if start is None or start <= t:
        return PASS
    return False, int(start)


def personal_hours(side: Side, where: Zone, t: int) -> State | None:
    """The hours that the person named as the only convenient ones; None if they named none now in force."""
    named = [r for r, bond in side.bound if bond == "self" and r.kind == "convenient_hours"]
    held = [r for r in named if since(r.since, t)[0] and before(r.until, where, t)[0]]
    if not held:
        return None
    passes, until = any_of(band(r.days, r.start, r.end).state(where, t) for r in held)
    ends = [before(r.until, where, t)[1] for r in held]
    return passes, min([until, *ends, *_starts(named, t)])


def _starts(named: list[Restriction], t: int) -> list[int]:
    return [int(r.since) for r in named if r.since is not None and r.since > t]
