"""Parties and addresses: who may be told of a debt, and what must not be known of the address."""

from __future__ import annotations

from ..addresses import Check
from ..model import Consent, Point
from ..values import Party, PointRule
from ..world import Side
from ..zones import Zone
from .core import FAIL, PASS, Core, Fixed, State


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

    def __init__(self, values: PointRule) -> None:
        self._values = values

    def state(self, side: Side, where: Zone, t: int) -> State:
        return FAIL if any(self._bad(point, side) for point in side.w.statuses) else PASS

    def _bad(self, point: Point, side: Side) -> bool:
        values = self._values
        told = values.misdelivered and point.misdelivered is not None and side.knows(point.misdelivered)
        found = self._looked_up(point, side)
        gone = found is not None and _agreed_since(found, point, side) is None
        return point.status in values.statuses or point.label in values.labels or told or gone

    def _looked_up(self, point: Point, side: Side) -> Check | None:
        """The last look-up that found anything, if it found what the rule names."""
        known = [one for one in point.checks if one.result != "no_data" and side.knows(one.at)]
        last = max(known, key=lambda one: (one.at, one.result), default=None)
        return last if last is not None and last.result in self._values.look_ups else None

    def eased(self, side: Side, t: int) -> str | None:
        for point in side.w.statuses:
            found = self._looked_up(point, side)
            consent = None if found is None else _agreed_since(found, point, side)
            if consent is not None:
                return f"consent.{consent.kind}"
        return None


def _agreed_since(found: Check, point: Point, side: Side) -> Consent | None:
    """The person's consent to the use of the number that is younger than the look-up."""
    return next((c for c in side.consents if c.address == point.address and c.given > found.at), None)
