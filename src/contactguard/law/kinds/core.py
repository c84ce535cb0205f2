"""What every kind of rule gives the engine.

A core answers `state(side, zone, t) -> (passes, until)`: the answer at `t`, and an instant up to which it certainly
stays the same. `until` may be too early, never too late; `NEVER` where time alone changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..answers import Counter, Relaxation
from ..grammar import Scope
from ..model import Request
from ..rulebook import Regime, Rule
from ..whose import in_names, named_by
from ..world import Side
from ..zones import NEVER, Zone

State = tuple[bool, int]
PASS: State = (True, NEVER)
FAIL: State = (False, NEVER)


class Fixed(NamedTuple):
    """What a request settles before any rule is asked; programs are compiled once for each of these."""

    collector: str
    licence: str | None
    role_terms: frozenset[str]
    product: str | None
    channel: str
    direction: str
    purpose: str
    mode: str
    notice: str | None
    place: str | None
    line: str | None
    solicits: bool
    bare: bool
    statuses: frozenset[str]
    named: frozenset[str]
    shown: str


class Core:
    """One dated version of one rule, compiled. The defaults suit a rule that looks at no clock.

    `zoned`: must be kept on every plausible clock; `elsewhere`: on clocks of its own, which `zones` names.
    """

    zoned = False
    elsewhere = False
    takes_on_trust = False

    def state(self, side: Side, where: Zone, t: int) -> State:
        """Whether the rule lets the contact start at `t`, and until when that certainly holds."""
        raise NotImplementedError

    def zones(self, side: Side) -> tuple[Zone, ...]:
        """The zones in each of which the rule must be kept."""
        return side.w.zones

    def code(self, side: Side, where: Zone, t: int) -> str | None:
        """Another reason code than the rule's own, if the refusal at `t` is of another sort."""
        return None

    def fields(self, side: Side, where: Zone, t: int) -> dict[str, str]:
        """What the rule's message may show."""
        return {}

    def counter(self, side: Side, full_id: str, t: int) -> Counter | None:
        """How full the cap is, for rules that are caps."""
        return None

    def eased(self, side: Side, t: int) -> str | None:
        """What made a no into a yes inside the rule itself, if anything did."""
        return None

    def cited(self, side: Side, t: int) -> str:
        """Where that is written; empty: where the rule is."""
        return ""

    def settled(self, fixed: Fixed) -> bool:
        """Whether the request alone makes the rule pass, whatever the facts and the time."""
        return False

    def assumed(self, side: Side) -> str | None:
        """What the rule took on trust."""
        return None


_OPEN = frozenset({"open"})


def all_of(states: Iterable[State]) -> State:
    """Every condition must hold."""
    yes, no = NEVER, -1
    for passes, until in states:
        if passes:
            yes = min(yes, until)
        else:
            no = max(no, until)
    return (True, yes) if no < 0 else (False, no)


def any_of(states: Iterable[State]) -> State:
    """One condition that holds is enough."""
    yes, no = -1, NEVER
    for passes, until in states:
        if passes:
            yes = max(yes, until)
        else:
            no = min(no, until)
    return (True, yes) if yes >= 0 else (False, no)


def in_scope(scope: Scope, fixed: Fixed) -> bool:
    """Whether a rule speaks about such a request at all; what is not known counts as inside."""
    return (
        fixed.direction in scope.directions
        and _among(fixed.collector, scope.collectors)
        and _maybe(fixed.licence, scope.licences)
        and (fixed.licence is not None or not _must_tell(scope, fixed.collector))
        and (scope.roles is None or not fixed.role_terms.isdisjoint(scope.roles))
        and fixed.role_terms.isdisjoint(scope.not_roles)
        and _maybe(fixed.product, scope.products)
        and _among(fixed.channel, scope.channels)
        and _among(fixed.purpose, scope.purposes)
        and fixed.purpose not in scope.not_purposes
        and (scope.notices is None or fixed.notice in scope.notices)
        and fixed.notice not in scope.not_notices
        and _among(fixed.mode, scope.modes)
        and _among(fixed.place or "other", scope.places)
        and _maybe(fixed.line, scope.lines)
        and (scope.solicits is None or scope.solicits == fixed.solicits)
        and in_names(scope, fixed.named)
    )


def _must_tell(scope: Scope, collector: str) -> bool:
    """Whether such a collector is outside unless it names a licence."""
    return (scope.agents_licensed and collector == "third_party") or (
        scope.creditors_licensed and collector == "first_party"
    )


def _among(value: str, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value in wanted


def _maybe(value: str | None, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value is None or value in wanted


def fixed_by(request: Request, side: Side, names: frozenset[str]) -> tuple[Any, ...]:
    """What this request settles, as the fields of `Fixed` in their order. `names`: those that the rulebook knows."""
    world, collector = side.w, side.w.facts.collector
    content, cases = request.content, side.cases
    statuses = _OPEN if len(cases) == 1 and cases[0].status == "open" else frozenset(case.status for case in cases)
    return (
        collector.kind if collector.own_name or collector.kind != "first_party" else "first_party:other_name",
        collector.licence,
        side.terms,
        cases[0].product if cases else None,
        request.channel,
        request.direction,
        request.purpose,
        request.mode,
        world.notice,
        world.place,
        world.point.line if world.point else None,
        content is not None and content.states.solicits is True,
        content is None,
        statuses,
        named_by(names, request, side) if names else names,
        "unsaid" if request.caller_id is None else _shown(request.caller_id, collector.numbers),
    )


def _shown(number: str, own: tuple[str, ...] | None) -> str:
    """What is shown as the calling number: `hidden`, one of the collector's `own`, or an `other` one."""
    if number == "hidden":
        return "hidden"
    return "own" if own is None or number in own else "other"


__all__ = [
    "FAIL", "NEVER", "PASS", "Core", "Fixed", "Regime", "Relaxation", "Rule", "Side", "State", "Zone",
    "all_of", "any_of", "fixed_by", "in_scope",
]  # fmt: skip
