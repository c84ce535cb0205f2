"""Parties and addresses: who may be told of a debt, and what must not be known of the address."""

from __future__ import annotations

from ..model import Point
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
        found = values.look_ups and _looked_up(point, side) in values.look_ups
        return point.status in values.statuses or point.label in values.labels or told or bool(found)


def _looked_up(point: Point, side: Side) -> str | None:
    """What the last look-up that found anything said, unless the person agreed to the use of the number after it."""
    found = [one for one in point.checks if one.result != "no_data" and side.knows(one.at)]
    if not found:
        return None
    last = max(found, key=lambda one: (one.at, one.result))
    agreed = any(c.given > last.at for c in side.consents if c.address == point.address)
    return None if agreed else last.result
