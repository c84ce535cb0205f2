"""The time of a yes and of a no: each rule answers at an instant and says how long its answer holds, so the first
instant at which all say yes, and the first at which one says no, are found without looking at every second between.
"""

from __future__ import annotations

from typing import NamedTuple

from .check import Check
from .world import Side, World
from .zones import NEVER

HORIZON_STEPS = 1_500
LAST = 4_102_444_800


class Asked(NamedTuple):
    """One check put to one side of the world, with its answer at the instant of the decision."""

    check: Check
    side: Side
    passes: bool
    until: int


def first_yes(asked: list[Asked], at: int) -> int | None:
    """The first instant from `at` at which every check passes; None if time alone will not bring one."""
    t = at
    for _ in range(HORIZON_STEPS):
        later = -1
        for check, side, _passes, _until in asked:
            passes, until = check.state(side, t)
            if not passes and until > later:
                later = until
        if later < 0:
            return t
        if later >= LAST:
            return None
        t = later
    return None


def end_of_yes(asked: list[Asked], at: int) -> int | None:
    """The first instant after `at` at which some check fails; None if none is in sight."""
    t = min([one.until for one in asked], default=NEVER)
    for _ in range(HORIZON_STEPS):
        if t >= LAST:
            return None
        sooner = NEVER
        for check, side, _passes, _until in asked:
            passes, until = check.state(side, t)
            if not passes:
                return t
            sooner = min(sooner, until)
        t = sooner
    return None


def long_enough(asked: list[Asked], world: World, t: int | None) -> int | None:
    """The first instant from the yes at `t` at which it lasts longer than the time to ring."""
    ring = world.facts.operator.ring_seconds
    if ring is None or world.request.channel != "voice":
        return t
    for _ in range(20):
        end = end_of_yes(_again(asked, t), t) if t is not None else None
        if t is None or end is None or end - ring > t:
            return t
        t = first_yes(asked, end)
    return None


def _again(asked: list[Asked], t: int) -> list[Asked]:
    return [Asked(one.check, one.side, *one.check.state(one.side, t)) for one in asked]
