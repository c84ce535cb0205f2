"""How calls are made: the number they show, and how many of a campaign's calls nobody was there to speak to."""

from __future__ import annotations

from ..values import Abandonment, ShownNumber
from ..world import Side
from ..zones import Zone
from .core import FAIL, PASS, Core, Fixed, State


class Abandoned(Core):
    """The campaign's share of abandoned calls in the period that runs is within the limit.

    A period that has run its dates counts no more, whatever its figures; nor do the ones before it.
    """

    zoned = True

    def __init__(self, values: Abandonment) -> None:
        self._percent, self._dates = values.percent, values.period_dates

    def state(self, side: Side, where: Zone, t: int) -> State:
        figures = side.w.facts.campaign
        if figures is None or figures.abandoned * 100 <= figures.answered * self._percent:
            return PASS
        ends = where.day_start(figures.since + self._dates)
        return PASS if t >= ends else (False, ends)


class Shown(Core):
    """The number that would be shown is the collector's own, or withheld where that may be. The request settles it."""

    def __init__(self, values: ShownNumber) -> None:
        self._serves = frozenset({"unsaid", "own", "hidden"} if values.hidden else {"unsaid", "own"})

    def settled(self, fixed: Fixed) -> bool:
        return fixed.shown in self._serves

    def state(self, side: Side, where: Zone, t: int) -> State:
        return FAIL
