"""A rulebook compiled for what one sort of request fixes: the checks to run, and the duties of a yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from .answers import Considered, Obligation
from .check import Check, Version, relaxers
from .grammar import Relax
from .kinds.accounts import Due, NoticeSent, NotInStatus
from .kinds.calling import Abandoned, Shown
from .kinds.consents import Needed
from .kinds.contents import Says
from .kinds.core import Core, Fixed, fixed_by, in_scope
from .kinds.counters import Cap, Wait
from .kinds.licences import Holds
from .kinds.parties import KnownOfAddress, MayBeTold
from .kinds.restrictions import Restricted
from .kinds.ways import Reached
from .kinds.windows import Hours
from .model import Request
from .readings import segments
from .rulebook import Regime, Rule, Rulebook
from .selection import Chosen
from .values import (
    Abandonment,
    Arrears,
    ContentRule,
    Counting,
    Duty,
    Gap,
    Licensed,
    Needs,
    NoticeRule,
    Party,
    PointRule,
    Restrict,
    ShownNumber,
    StatusRule,
    Values,
    Ways,
    Window,
)
from .wording import Reader
from .world import Side

_CACHE_LIMIT = 5_000


class Program(NamedTuple):
    """The checks for one sort of request, apart by what makes them matter: `bound` somebody's restriction, `marked`
    something known of the address, `live` a contact under way, `checks` anything else. `read`: the rules that stand
    here as counsel reads them; `about`: every rule that speaks of such a request but the duties.
    """

    checks: tuple[Check, ...]
    bound: tuple[Check, ...]
    marked: tuple[Check, ...]
    live: tuple[Check, ...]
    duties: tuple[tuple[Rule, Duty], ...]
    ready: tuple[Obligation, ...]
    ready_from: int
    read: tuple[Rule, ...]
    about: tuple[tuple[Rule, Considered], ...]


def compiled(book: Rulebook, chosen: Chosen, request: Request, side: Side) -> Program:
    """The program for such a request, made once."""
    fixed = fixed_by(request, side, book.named)
    key = (chosen.key, *fixed)
    found: Program | None = book.programs.get(key)
    if found is None:
        if len(book.programs) > _CACHE_LIMIT:
            book.programs.clear()
        found = book.programs[key] = _compile(book, chosen, Fixed(*fixed))
    return found


def _compile(book: Rulebook, chosen: Chosen, fixed: Fixed) -> Program:
    regimes = chosen.regimes
    found: dict[str, list[Check]] = {"checks": [], "bound": [], "marked": [], "live": []}
    duties: list[tuple[Rule, Duty]] = []
    about: dict[str, tuple[Rule, Considered]] = {}
    for regime in regimes:
        for whole in regime.rules:
            if whole.table.status == "draft" or not in_scope(whole.table.scope, fixed):
                continue
            said = Considered(rule=whole.full_id, citation=whole.table.citation)
            about[whole.full_id] = (whole, said)
            if whole.table.kind == "obligation":
                duties.extend((whole, v) for v in whole.versions if isinstance(v, Duty))
                continue
            for rule in segments(whole, fixed.channel):
                versions = tuple(_useful(_shared(book, v, rule, regime), fixed) for v in rule.versions)
                if any(v.core is not None for v in versions):
                    found[_matters(rule)].append(Check(rule, versions))
    duties += [pair for regime in chosen.agents for pair in _at_agents_end(regime, fixed)]
    found["checks"] = _merged(found["checks"])
    last = max((duty.start for _, duty in duties), default=0)
    sorts = {name: tuple(checks) for name, checks in found.items()}
    return Program(
        **sorts,
        duties=tuple(duties),
        ready=_on_day(duties, last),
        ready_from=(last + 2) * 86_400,
        read=tuple(rule for regime in regimes for rule in regime.rules if rule.reading and rule.full_id in about),
        about=tuple(pair for _, pair in sorted(about.items()) if pair[0].table.kind != "obligation"),
    )


def _at_agents_end(regime: Regime, fixed: Fixed) -> list[tuple[Rule, Duty]]:
    """What a law of the agent's place asks for, though the person is elsewhere."""
    rules = [r for r in regime.rules if r.table.status != "draft" and in_scope(r.table.scope, fixed)]
    found = [(rule, v) for rule in rules for v in rule.versions if isinstance(v, Duty)]
    return [(rule, v if v.both_ends else msgspec.structs.replace(v, repealed=True)) for rule, v in found]


def _matters(rule: Rule) -> str:
    """Among which of the program's checks a rule belongs."""
    values = rule.versions
    if all(isinstance(v, Restrict) for v in values):
        return "bound"
    if all(isinstance(v, PointRule) and not v.labels for v in values):
        return "marked"
    return "live" if all(isinstance(v, Counting) and v.count.live and v.limit for v in values) else "checks"


def _merged(checks: list[Check]) -> list[Check]:
    """Equal windows of several laws answer as one: the youngest leads, the others are its twins."""
    leaders: dict[str, Check] = {}
    for check in sorted(checks, key=lambda check: -check.settled):
        like = check.like()
        if like is not None and leaders.setdefault(like, check) is not check:
            leaders[like].twins += (check,)
    twins = {id(twin) for check in leaders.values() for twin in check.twins}
    return [check for check in checks if id(check) not in twins]


def _useful(version: Version, fixed: Fixed) -> Version:
    """Without its core where this sort of request cannot break the rule."""
    return version if version.core is None or not version.core.settled(fixed) else Version(version.start, None)


def _shared(book: Rulebook, values: Values, rule: Rule, regime: Regime) -> Version:
    """A version compiled once for all programs, of which there may be thousands: its core keeps what it looked up."""
    relax = rule.table.relax
    made: dict[tuple[int, int], tuple[Values, tuple[Relax, ...], Version]] = book.programs.setdefault("versions", {})
    key = (id(values), id(relax))
    if key not in made:
        core = _core(values, relax, regime, book.reader)
        held = values, relax  # so that nothing else gets their ids
        made[key] = (*held, Version(values.start, core, relaxers(relax, core)))
    return made[key][2]


def _core(values: Values, relax: tuple[Relax, ...], regime: Regime, reader: Reader) -> Core | None:
    if values.repealed:
        return None
    match values:
        case Window():
            hours = Hours(values, regime)
            return None if hours.always and not values.personal_hours else hours
        case Counting():
            return Cap(values, relax, regime)
        case Gap():
            return Wait(values, regime)
        case Party():
            return MayBeTold(values)
        case PointRule():
            return KnownOfAddress(values)
        case Restrict():
            return Restricted(values, regime)
        case Needs():
            return Needed(values)
        case ContentRule():
            return Says(values, reader)
        case Arrears():
            return Due(values)
        case StatusRule():
            return NotInStatus(values)
        case NoticeRule():
            return NoticeSent(values, regime)
        case Ways():
            return Reached(values)
        case Abandonment():
            return Abandoned(values)
        case ShownNumber():
            return Shown(values)
        case Licensed():
            return Holds(values)
    return None


def duties(program: Program, side: Side, t: int) -> tuple[Obligation, ...]:
    """What the contact must do, by the versions in force on the person's day."""
    if t >= program.ready_from:
        return program.ready
    return _on_day(program.duties, side.w.zones[0].day(t))


def _on_day(all_duties: Sequence[tuple[Rule, Duty]], day: int) -> tuple[Obligation, ...]:
    latest: dict[str, tuple[Rule, Duty]] = {}
    for rule, duty in all_duties:
        if duty.start <= day:
            latest[rule.full_id] = (rule, duty)
    found = [
        Obligation(code=duty.code, text=duty.text, rule=rule.full_id, citation=rule.table.citation)
        for rule, duty in latest.values()
        if not duty.repealed
    ]
    return tuple(sorted(found, key=lambda o: (o.code, o.rule)))
