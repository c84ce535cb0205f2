"""One contact that several people may answer: decided for all of them, allowed only if all allow. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from .answers import Because, Considered, Decision, Obligation, Whereabouts
from .decide import Judged, judge
from .horizon import first_yes, long_enough
from .instants import parse_instant
from .model import Facts, Request
from .rulebook import Rulebook
from .telling import printed
from .vocabulary import REASON_ORDER

_Item = TypeVar("_Item")


def decide_all(
    book: Rulebook,
    facts: Facts,
    request: Request,
    at: int,
    *,
    id: str = "",
    regimes: tuple[str, ...] | None = None,
) -> Decision:
    """Decide for everyone in `request.persons` (none: as `decide`). The same raises."""

    people = request.persons or (request.person,)
    ones = (replace(request, person=person, persons=()) for person in people)
    judged = [judge(book, facts, one, at, id=id, regimes=regimes) for one in ones]
    return judged[0].decision if len(judged) == 1 else _folded(judged, at)


def _folded(judged: list[Judged], at: int) -> Decision:
    found = [one.decision for one in judged]
    reasons = _strictest(reason for one in found for reason in one.reasons)
    return replace(
        found[0],
        verdict="deny" if reasons else "allow",
        reasons=reasons,
        next_allowed=_next(judged, at) if reasons else None,
        valid_until=None if reasons else _first([one.valid_until for one in found]),
        obligations=() if reasons else _once(sorted(_all(one.obligations for one in found), key=_place)),
        counters=_once(_all(one.counters for one in found)),
        relaxed_by=_once(_all(one.relaxed_by for one in found)),
        assumed=tuple(sorted({word for one in found for word in one.assumed})),
        whereabouts=_places([one.whereabouts for one in found]),
        regimes=_once(sorted(_all(one.regimes for one in found), key=lambda regime: regime.id)),
        warnings=_strictest(reason for one in found for reason in one.warnings),
        readings=_given(one.readings for one in found),
        weights=_given(one.weights for one in found),
        considered=_considered(found, reasons),
    )


def _next(judged: list[Judged], at: int) -> str | None:
    """The first instant at which all allow, by what is known now; printed as for whoever it is that must wait longest.

    None where one of them is not free by the passing of time alone.
    """
    denied = [one for one in judged if one.decision.verdict == "deny"]
    if any(one.decision.next_allowed is None for one in denied):
        return None
    changing = [asked for one in judged for asked in one.changing]
    latest = max(denied, key=lambda one: parse_instant(one.decision.next_allowed or ""))
    return printed(latest.world, long_enough(changing, latest.world, first_yes(changing, at)))


def _first(ends: Sequence[str | None]) -> str | None:
    return min((end for end in ends if end is not None), key=parse_instant, default=None)


def _strictest(reasons: Iterable[Because]) -> tuple[Because, ...]:
    """Each reason once, as it stands for whomever it binds longest, in the order of reasons."""
    longest: dict[tuple[str, str], Because] = {}
    for reason in reasons:
        key = (reason.code, reason.rule)
        if key not in longest or _later(reason.until, longest[key].until):
            longest[key] = reason
    return tuple(sorted(longest.values(), key=lambda reason: (REASON_ORDER[reason.code], reason.rule)))


def _later(one: str | None, other: str | None) -> bool:
    if other is None:
        return False
    return one is None or parse_instant(one) > parse_instant(other)


def _places(all_: Sequence[Whereabouts]) -> Whereabouts:
    return Whereabouts(
        zones=tuple(sorted({zone for one in all_ for zone in one.zones})),
        jurisdictions=tuple(sorted({place for one in all_ for place in one.jurisdictions})),
        evidence=_once(_all(one.evidence for one in all_)),
        doubts=tuple(sorted({word for one in all_ for word in one.doubts})),
    )


def _all(lists: Iterable[tuple[_Item, ...]]) -> list[_Item]:
    return [item for items in lists for item in items]


def _once(items: Iterable[_Item]) -> tuple[_Item, ...]:
    kept: list[_Item] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return tuple(kept)


def _given(lists: Iterable[tuple[_Item, ...] | UnsetType]) -> tuple[_Item, ...] | UnsetType:
    return _once(_all(one for one in lists if not isinstance(one, UnsetType))) or UNSET


def _considered(found: list[Decision], reasons: tuple[Because, ...]) -> tuple[Considered, ...] | UnsetType:
    """What applied to some and decided for none; unset where nobody asked."""
    spoke = {one.rule for one in (*reasons, *_all(one.warnings for one in found))}
    lists = [one.considered for one in found if not isinstance(one.considered, UnsetType)]
    if not lists:
        return UNSET
    kept = {one.rule: one for ones in lists for one in ones if one.rule not in spoke}
    return tuple(kept[name] for name in sorted(kept))


def _place(obligation: Obligation) -> tuple[str, str]:
    return obligation.code, obligation.rule
