"""Local time without guessing: offsets, local days and the instants at which wall-clock spans begin and end.

Zone data are those of the pinned `tzdata` distribution (`rules.load` sees to that); reading them through `zoneinfo`
is looking up a constant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .instants import DAY

NEVER = 1 << 40
_CHUNK = 25
_CACHE_LIMIT = 4_000

Segment = tuple[int, int, int]
Span = tuple[int, int]
SpansOf = Callable[["Zone", int], tuple[Span, ...]]


class Zone:
    """One IANA zone. Instants are seconds UTC, days are local days since 1970-01-01, clock times are minutes."""

    __slots__ = ("_chunks", "_info", "_last", "_spans", "_starts", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = ZoneInfo(name)
        self._chunks: dict[int, tuple[list[int], list[int]]] = {}
        self._starts: dict[int, int] = {}
        self._last = (0, self.offset(0) // DAY)
        self._spans: dict[tuple[int, int, int], tuple[Span, ...]] = {}

    def offset(self, t: int) -> int:
        """Seconds to add to UTC at this instant."""
        chunk = self._chunks.get(t >> _CHUNK)
        if chunk is None:
            chunk = self._probe(t >> _CHUNK)
        return chunk[1][bisect_right(chunk[0], t) - 1]

    def day(self, t: int) -> int:
        """The local calendar day at this instant. Most who ask, ask for the instant that was asked for last."""
        last = self._last
        if last[0] == t:
            return last[1]
        day = (t + self.offset(t)) // DAY
        self._last = (t, day)
        return day

    def day_start(self, day: int) -> int:
        """The first instant of a local day; for a day that the zone skipped, the instant at which it was skipped."""
        start = self._starts.get(day)
        if start is None:
            if len(self._starts) > _CACHE_LIMIT:
                self._starts.clear()
            midnight = day * DAY
            start = min(
                max(begin, midnight - offset)
                for begin, end, offset in self._segments(midnight)
                if max(begin, midnight - offset) < end
            )
            self._starts[day] = start
        return start

    def spans(self, day: int, start: int, end: int) -> tuple[Span, ...]:
        """When that day's clocks show [start, end): one span, two where clocks go back, none where they skip it."""
        key = (day, start, end)
        found = self._spans.get(key)
        if found is None:
            if len(self._spans) > _CACHE_LIMIT:
                self._spans.clear()
            low, high = day * DAY + start * 60, day * DAY + end * 60
            pieces = (
                (max(begin, low - offset), min(stop, high - offset))
                for begin, stop, offset in self._segments(day * DAY)
            )
            found = merge([piece for piece in pieces if piece[0] < piece[1]])
            self._spans[key] = found
        return found

    def _segments(self, midnight: int) -> list[Segment]:
        """Stretches of constant offset that a local day beginning near `midnight` can touch."""
        first, last = midnight - 2 * DAY, midnight + 3 * DAY
        out: list[Segment] = []
        t = first
        while t < last:
            starts, offsets = self._chunks.get(t >> _CHUNK) or self._probe(t >> _CHUNK)
            place = bisect_right(starts, t) - 1
            stop = starts[place + 1] if place + 1 < len(starts) else ((t >> _CHUNK) + 1) << _CHUNK
            if out and out[-1][2] == offsets[place]:
                out[-1] = (out[-1][0], stop, offsets[place])
            else:
                out.append((t, stop, offsets[place]))
            t = stop
        return out

    def _probe(self, chunk: int) -> tuple[list[int], list[int]]:
        """Find the transitions within one chunk of about a year: a look a day, then halving to the second."""
        t, end = chunk << _CHUNK, (chunk + 1) << _CHUNK
        starts, offsets = [t], [self._look(t)]
        while t < end:
            later = min(t + DAY, end - 1)
            offset = self._look(later)
            if offset != offsets[-1]:
                low, high = t, later
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self._look(middle) == offsets[-1] else (low, middle)
                starts.append(high)
                offsets.append(offset)
            t = t + DAY
        self._chunks[chunk] = (starts, offsets)
        return starts, offsets

    def _look(self, t: int) -> int:
        offset = datetime.fromtimestamp(t, UTC).astimezone(self._info).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())


def merge(spans: list[Span]) -> tuple[Span, ...]:
    """Sorted spans with touching and overlapping ones joined."""
    out: list[Span] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


@lru_cache(maxsize=700)
def zone(name: str) -> Zone:
    """The zone of that IANA name. `ValueError` if there is none."""
    try:
        return Zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone in the IANA database") from None


class Band:
    """A weekly span of wall-clock time: `days` (0 = Monday, None = all) from `start` to `end` minutes.

    A band whose start is later than its end runs past midnight and belongs to the day it starts on.
    """

    __slots__ = ("always", "days", "end", "start")

    def __init__(self, days: frozenset[int] | None, start: int, end: int) -> None:
        self.days, self.start, self.end = days, start, end
        whole = start == end or (start, end) == (0, 1440)
        self.always = whole and (days is None or len(days) == 7)

    def of_day(self, where: Zone, day: int) -> tuple[Span, ...]:
        """The instants of the band that belongs to one local day."""
        if self.days is not None and weekday(day) not in self.days:
            return ()
        if self.start < self.end:
            return where.spans(day, self.start, self.end)
        return merge([*where.spans(day, self.start, 1440), *where.spans(day + 1, 0, self.end)])

    def state(self, where: Zone, t: int) -> tuple[bool, int]:
        """Whether `t` lies in the band, and an instant up to which that certainly stays so."""
        if self.always:
            return True, NEVER
        return within(t, where, self.of_day, 1)


def within(t: int, where: Zone, spans_of: SpansOf, back: int = 0) -> tuple[bool, int]:
    """Whether `t` lies in the spans of its local day (or of `back` days before), and until when that holds.

    Outside, the answer holds until the next span begins; if none begins within nine days, until then.
    """
    today = where.day(t)
    for day in range(today - back, today + 1):
        for low, high in spans_of(where, day):
            if low <= t < high:
                return True, high
    for day in range(today - back, today + 10):
        for low, _high in spans_of(where, day):
            if low > t:
                return False, low
    return False, where.day_start(today + 9)


def weekday(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day + 3) % 7
