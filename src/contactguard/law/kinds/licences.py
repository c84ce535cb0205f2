"""Licences: whether the collector may collect in a place at all."""

from __future__ import annotations

from ..values import Licensed
from ..world import Side
from ..zones import Zone
from .bands import before
from .core import FAIL, PASS, Core, State, all_of, any_of


class Holds(Core):
    """The collector holds a licence in each of the places, still in force; a wider one covers its parts."""

    zoned = True
    takes_on_trust = True

    def __init__(self, values: Licensed) -> None:
        self._places = values.places

    def state(self, side: Side, where: Zone, t: int) -> State:
        if side.w.facts.collector.licences is None:
            return PASS if "licences" in side.w.facts.operator.vouches else FAIL
        return all_of(self._licensed(place, side, where, t) for place in self._places)

    def _licensed(self, place: str, side: Side, where: Zone, t: int) -> State:
        held = (one for one in side.w.facts.collector.licences or () if _covers(one.place, place))
        return any_of(before(one.until, where, t) for one in held)

    def assumed(self, side: Side) -> str | None:
        unknown = side.w.facts.collector.licences is None
        return "licences" if unknown and "licences" in side.w.facts.operator.vouches else None


def _covers(held: str, place: str) -> bool:
    return held == place or place.startswith((f"{held}-", f"{held}/"))
