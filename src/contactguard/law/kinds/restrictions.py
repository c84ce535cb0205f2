"""Restrictions: what people asked for or are protected by, as far as a listed law gives it force."""

from __future__ import annotations

from ..instants import Day
from ..model import Case, Restriction, SentNotice
from ..rulebook import Regime
from ..values import Restrict
from ..world import Side
from ..zones import NEVER, Zone
from .asking import in_form
from .bands import band, before, minutes_of_week, personal_hours, since
from .core import FAIL, PASS, Core, State, all_of
from .lengths import passed


class Restricted(Core):
    """No restriction of these kinds closes the contact."""

    zoned = True

    def __init__(self, values: Restrict, regime: Regime) -> None:
        self._values = values
        self._closed = regime.closed(values.holidays)
        self.takes_on_trust = values.in_notice_period

    def state(self, side: Side, where: Zone, t: int) -> State:
        if not self._meant(side):
            return PASS
        found, ends = self._binding(side, where, t)
        return all_of([(True, ends), *(self._one(r, side, where, t) for r in found)])

    def _meant(self, side: Side) -> list[Restriction]:
        key = (id(self), "meant")
        found: list[Restriction] | None = side.cache.get(key)
        if found is None:
            found = side.cache[key] = [r for r, bond in side.bound if self._means(r, bond, side)]
        return found

    def _means(self, r: Restriction, bond: str, side: Side) -> bool:
        """Everything about the restriction that time does not change."""
        values, request = self._values, side.w.request
        return (
            self._sort(r, bond, side)
            and (side.w.notice is None or side.w.notice not in values.leaves)
            and (values.channels is None or request.channel in values.channels)
            and _touches(r, side)
            and self._backed(side)
        )

    def _sort(self, r: Restriction, bond: str, side: Side) -> bool:
        """Whether it is one of those that the rule is about, and a quota of them counts."""
        values, unsaid = self._values, side.w.facts.operator.live
        return r.kind in values.kinds and bond in values.binds and in_form(r, values.forms, unsaid=unsaid)

    def _backed(self, side: Side) -> bool:
        """Whether the person asked for what must stand beside it."""
        beside = self._values.beside
        return beside is None or any(r.kind in beside and bond == "self" for r, bond in side.bound)

    def _binding(self, side: Side, where: Zone, t: int) -> tuple[list[Restriction], int]:
        """Those meant that each person's quota leaves room for at `t`, and until when that stays so."""
        found = self._meant(side)
        if self._values.times is None and self._values.hours_a_week is None:
            return found, NEVER
        kept, ends = set[int](), NEVER
        for own in self._made(side):
            within, until = self._within_hours(own[: self._values.times], where, t)
            kept.update(map(id, within))
            ends = min(ends, until)
        return [r for r in found if id(r) in kept], ends

    def _made(self, side: Side) -> list[list[Restriction]]:
        """Of each person, all of these that they made, the first one first, whatever they are about."""
        key = (id(self), "made")
        found: list[list[Restriction]] | None = side.cache.get(key)
        if found is None:
            counted = {id(r) for r, bond in side.bound if self._sort(r, bond, side)}
            each = ([r for r in person.restrictions if id(r) in counted] for person in side.w.facts.persons)
            found = side.cache[key] = [sorted(own, key=lambda r: r.since or 0) for own in each]
        return found

    def _within_hours(self, own: list[Restriction], where: Zone, t: int) -> tuple[list[Restriction], int]:
        """Those of one person that fit into so many hours of a week, and until when each still takes its own."""
        if self._values.hours_a_week is None:
            return own, NEVER
        kept, taken, ends = [], 0, NEVER
        for r in own:
            holds, until = before(r.until, where, t)
            more = minutes_of_week(r.days, r.start, r.end) if r.kind == "inconvenient_hours" else 0
            if holds and (taken | more).bit_count() <= self._values.hours_a_week * 60:
                kept.append(r)
                taken, ends = taken | more, min(ends, until)
        return kept, ends

    def _one(self, r: Restriction, side: Side, where: Zone, t: int) -> State:
        """Open or closed by one restriction."""
        closed = all_of(self._closing(r, side, where, t))
        return (not closed[0], closed[1])

    def _closing(self, r: Restriction, side: Side, where: Zone, t: int) -> list[State]:
        """What must all hold for the restriction to close the contact."""
        out = [since(r.since, t), before(r.until, where, t)]
        if r.kind == "inconvenient_hours":
            out.append(band(r.days, r.start, r.end).state(where, t))
        elif r.kind == "convenient_hours":
            own = personal_hours(side, where, t)
            out.append(FAIL if own is None else (not own[0], own[1]))
        elif r.kind == "represented":
            out.extend(self._silence(r, t))
        if self._values.lapses_dates is not None and r.since is not None and r.form == "oral":
            out.append(_dates_since(r.since, self._values.lapses_dates, where, t))
        out.extend(self._bounds(r, where, t))
        if self._values.in_notice_period and not _in_time(r, side, where):
            out.append(FAIL)
        return out

    def _bounds(self, r: Restriction, where: Zone, t: int) -> list[State]:
        """The days of grace before it binds, and the longest that it does."""
        out, values = [], self._values
        if values.binds_after is not None and r.since is not None:
            grace = passed(values.binds_after, r.since, where, self._closed)
            out.append(since(grace if grace < NEVER else r.since, t))
        if values.no_longer_than is not None and r.since is not None:
            end = passed(values.no_longer_than, r.since, where, self._closed)
            out.append((True, end) if t < end else FAIL)
        return out

    def assumed(self, side: Side) -> str | None:
        asked = [case for r in self._meant(side) for case in _concerned(r, side)]
        trusted = any(case.notices is None for case in asked) and "notices" in side.w.facts.operator.vouches
        return "notices" if trusted else None

    def _silence(self, r: Restriction, t: int) -> list[State]:
        """A represented person's attorney who was asked and did not answer in time binds no longer."""
        if not r.attorney_known:
            return [FAIL]
        if self._values.lapses_hours is None or r.asked is None or r.answered:
            return []
        end = r.asked + self._values.lapses_hours * 3600
        return [(True, end) if t < end else FAIL]

    def _left_out(self, side: Side, where: Zone, t: int) -> bool:
        """Whether one that no quota leaves room for would close the contact."""
        bound = {id(r) for r in self._binding(side, where, t)[0]}
        return any(id(r) not in bound and not self._one(r, side, where, t)[0] for r in self._meant(side))

    def eased(self, side: Side, t: int) -> str | None:
        if any(self._left_out(side, where, t) for where in side.w.zones):
            return "quota"
        hours = self._values.lapses_hours
        if hours is None:
            return None
        for r in self._meant(side):
            if r.asked is not None and not r.answered and r.attorney_known and t >= r.asked + hours * 3600:
                return "silence.attorney"
        return None


def _dates_since(start: int, dates: int, where: Zone, t: int) -> State:
    """Through the so-manieth date after the day it was asked."""
    end = where.day_start(where.day(start) + dates + 1)
    return (True, end) if t < end else (False, NEVER)


def _concerned(r: Restriction, side: Side) -> list[Case]:
    return [case for case in side.cases if r.cases is None or case.ref in r.cases]


def _in_time(r: Restriction, side: Side, where: Zone) -> bool:
    """Whether it came while a notice's period was running, or before any had begun, on one of its cases.

    Where nothing is known of the notices it counts as in time, unless the operator vouches that they are long over.
    """
    trusted = "notices" in side.w.facts.operator.vouches
    return any(
        not trusted if case.notices is None else _period_open(r, case.notices, side, where)
        for case in _concerned(r, side)
    )


def _period_open(r: Restriction, notices: tuple[SentNotice, ...], side: Side, where: Zone) -> bool:
    live, at = side.w.facts.operator.live, side.w.at
    begun = [n for n in notices if n.received and (live or _sent(n, where) <= at)]
    ends = [n.period_ends for n in begun]
    return not begun or r.since is None or any(end is None or r.since < where.day_start(end + 1) for end in ends)


def _sent(notice: SentNotice, where: Zone) -> int:
    return where.day_start(notice.sent) if isinstance(notice.sent, Day) else int(notice.sent)


def _touches(r: Restriction, side: Side) -> bool:
    """Whether it is about this channel, address or place."""
    request, place = side.w.request, side.w.place
    if r.kind == "channel_refused":
        return r.channel is None or r.channel == request.channel
    if r.kind == "address_refused":
        return r.address == request.address and r.channel in (None, request.channel)
    if r.kind == "inconvenient_place":
        return place is not None and r.place == place
    if r.kind == "employer_prohibits":
        return place == "work"
    if r.kind == "disputed" and r.portion is not None:
        content = request.content
        return content is None or content.states.disputed_part is not False
    return True
