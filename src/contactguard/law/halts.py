"""What the operator halted: no law, but a no all the same, with a beginning and an end where they are known."""

from __future__ import annotations

from .answers import Because
from .check import Check
from .horizon import Asked, first_yes
from .kinds.core import State
from .model import Halt
from .telling import own_reason, printed
from .world import Side, World
from .zones import NEVER


class Halted(Check):
    """The halts that cover a contact, as one more check on when it may start."""

    __slots__ = ("_halts",)

    def __init__(self, stops: tuple[str | Halt, ...]) -> None:
        self.warns = False
        self._halts = tuple(Halt(why=stop) if isinstance(stop, str) else stop for stop in stops)

    def state(self, side: Side, t: int) -> State:
        """Whether none of them holds at `t`; else up to when the last of those that do."""
        holding = self.holding(t)
        if holding:
            return False, max(NEVER if one.until is None else one.until for one in holding)
        return True, min((one.since for one in self._halts if one.since is not None and one.since > t), default=NEVER)

    def holding(self, t: int) -> list[Halt]:
        """Those in force at `t`."""
        return [
            one
            for one in self._halts
            if (one.since is None or one.since <= t) and (one.until is None or t < one.until)
        ]


def halted(world: World, side: Side) -> tuple[Asked | None, Because | None]:
    """The halts that cover this contact, and the reason where one holds now.

    Where several hold, the reason is that of the longest.
    """
    if not world.facts.operator.stops:
        return None, None
    check = Halted(world.facts.operator.stops)
    asked = Asked(check, side, *check.state(side, world.at))
    holding = check.holding(world.at)
    if not holding:
        return asked, None
    longest = max(holding, key=lambda one: NEVER if one.until is None else one.until)
    why = f"Contacts are halted: {longest.why.rstrip('.')}."
    return asked, own_reason("paused", "stop", why, printed(world, first_yes([asked], world.at)))
