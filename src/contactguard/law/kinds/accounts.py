"""The account: whether the debt is due, what state the case is in, which notices went before."""

from __future__ import annotations

from ..instants import Day
from ..model import Case, SentNotice
from ..rulebook import Regime
from ..values import Arrears, NoticeRule, StatusRule
from ..world import Side
from ..zones import NEVER, Zone
from .core import FAIL, PASS, Core, Fixed, State, all_of, any_of
from .lengths import after_business_days


class Due(Core):
    """The debt is due, and past due by more than so many days, in the person's own calendar."""

    zoned = True
    takes_on_trust = True

    def __init__(self, values: Arrears) -> None:
        self._days = values.more_than_days

    def state(self, side: Side, where: Zone, t: int) -> State:
        return all_of(self._case(case, side, where, t) for case in side.cases)

    def _case(self, case: Case, side: Side, where: Zone, t: int) -> State:
        due = case.due if case.due is not None else case.arrears_since
        if due is None:
            return PASS if "arrears" in side.w.facts.operator.vouches else FAIL
        first = where.day_start(due + 1 + self._days)
        return PASS if t >= first else (False, first)

    def assumed(self, side: Side) -> str | None:
        unknown = any(case.due is None and case.arrears_since is None for case in side.cases)
        return "arrears" if unknown and "arrears" in side.w.facts.operator.vouches else None


class NotInStatus(Core):
    """The case is in none of these states."""

    def __init__(self, values: StatusRule) -> None:
        self._statuses = frozenset(values.statuses)

    def settled(self, fixed: Fixed) -> bool:
        return fixed.statuses.isdisjoint(self._statuses)

    def state(self, side: Side, where: Zone, t: int) -> State:
        return FAIL if any(case.status in self._statuses for case in side.cases) else PASS


class NoticeSent(Core):
    """A written notice went out and arrived, and its waiting time is over."""

    zoned = True
    takes_on_trust = True

    def __init__(self, values: NoticeRule, regime: Regime) -> None:
        self._wait = values.wait
        self._closed = regime.closed(values.holidays)

    def state(self, side: Side, where: Zone, t: int) -> State:
        return all_of(self._case(case, side, where, t) for case in side.cases)

    def _case(self, case: Case, side: Side, where: Zone, t: int) -> State:
        if case.notices is None:
            return PASS if "notices" in side.w.facts.operator.vouches else FAIL
        return any_of(self._notice(notice, where, t) for notice in case.notices)

    def _notice(self, notice: SentNotice, where: Zone, t: int) -> State:
        if not notice.received:
            return FAIL
        day = int(notice.sent) if isinstance(notice.sent, Day) else where.day(notice.sent)
        first = self._first_open_day(day)
        if first is None:
            return FAIL
        opens = where.day_start(first)
        if not isinstance(notice.sent, Day):
            opens = max(opens, int(notice.sent))
        return PASS if t >= opens else (False, opens)

    def code(self, side: Side, where: Zone, t: int) -> str | None:
        """It went out, and only its waiting time is not over."""
        return "too_soon" if self.state(side, where, t)[1] < NEVER else None

    def _first_open_day(self, day: int) -> int | None:
        """None where the calendar of holidays ends before."""
        if self._wait.business_days is not None:
            return after_business_days(day, self._wait.business_days, self._closed)
        if self._wait.free_days is not None:
            return day + self._wait.free_days + 1
        return day + (self._wait.dates or 0)

    def assumed(self, side: Side) -> str | None:
        unknown = any(case.notices is None for case in side.cases)
        return "notices" if unknown and "notices" in side.w.facts.operator.vouches else None
