"""Parties and addresses: who may be told of a debt, and what must not be known of the address."""

from __future__ import annotations

from ..addresses import Check
from ..grammar import Relax
from ..model import Consent, Point
from ..values import Party, PointRule
from ..world import Side
from ..zones import Zone
from .consents import Agreed
from .core import FAIL, PASS, Core, Fixed, State, all_of, any_of

_ANEW = tuple(
    Agreed(Relax(by="consent", consent=kind, given_to=("collector", "creditor"))) for kind in ("contact", "autodialed")
)
"""What shows that the number is the person's again: their consent to its use, to whoever collects or lends."""


class MayBeTold(Core):
    """The person's role is one to whom the law lets a collector speak of the debt."""

    def __init__(self, values: Party) -> None:
        self._roles = frozenset(values.may_be_told)

    def settled(self, fixed: Fixed) -> bool:
        return not fixed.role_terms.isdisjoint(self._roles)

    def state(self, side: Side, where: Zone, t: int) -> State:
        return FAIL if side.terms.isdisjoint(self._roles) else PASS


class KnownOfAddress(Core):
    """Nothing of this sort is known of the address, from anyone."""

    zoned = True

    def __init__(self, values: PointRule) -> None:
        self._values = values

    def state(self, side: Side, where: Zone, t: int) -> State:
        return all_of(self._one(point, side, where, t) for point in side.w.statuses)

    def _one(self, point: Point, side: Side, where: Zone, t: int) -> State:
        values = self._values
        told = values.misdelivered and point.misdelivered is not None and side.knows(point.misdelivered)
        if point.status in values.statuses or point.label in values.labels or told:
            return FAIL
        found = self._looked_up(point, side)
        return PASS if found is None else any_of(state for _, state in _agreed_since(found, point, side, where, t))

    def _looked_up(self, point: Point, side: Side) -> Check | None:
        """The last look-up that found anything, if it found what the rule names."""
        known = [one for one in point.checks if one.result != "no_data" and side.knows(one.at)]
        last = max(known, key=lambda one: (one.at, one.result), default=None)
        return last if last is not None and last.result in self._values.look_ups else None

    def eased(self, side: Side, t: int) -> str | None:
        where = side.w.zones[0]
        for point in side.w.statuses:
            found = self._looked_up(point, side)
            agreed = () if found is None else _agreed_since(found, point, side, where, t)
            for consent, (holds, _) in agreed:
                if holds:
                    return f"consent.{consent.kind}"
        return None


def _agreed_since(found: Check, point: Point, side: Side, where: Zone, t: int) -> list[tuple[Consent, State]]:
    """The person's consents to the use of the number that are younger than the look-up, and whether they hold."""
    return [
        (consent, agreed.in_force(consent, side, where, t))
        for consent in side.consents
        if consent.address == point.address and consent.given > found.at
        for agreed in _ANEW
        if agreed.fits(consent, side)
    ]
