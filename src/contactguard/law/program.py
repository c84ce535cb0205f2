"""A rulebook compiled for what one sort of request fixes: the checks to run, and the duties of a yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .grammar import (
    Arrears,
    ContentRule,
    Counting,
    Duty,
    Gap,
    Needs,
    NoticeRule,
    Party,
    PointRule,
    Relax,
    Restrict,
    StatusRule,
    Values,
    Window,
)
from .kinds.accounts import Due, NoticeSent, NotInStatus
from .kinds.consents import Agreed, Needed
from .kinds.contents import Says
from .kinds.core import PASS, Core, Fixed, State, any_of, in_scope
from .kinds.counters import Cap, Wait
from .kinds.parties import KnownOfAddress, MayBeTold
from .kinds.restrictions import Restricted
from .kinds.windows import Hours
from .model import Obligation
from .rulebook import Regime, Rule, Rulebook
from .world import Side
from .zones import NEVER, Zone

Relaxer = Callable[[Side, Zone, int], State]
_CACHE_LIMIT = 5_000


class Version(NamedTuple):
    """One dated version, compiled; `core` None: repealed, or nothing to say here."""

    start: int
    core: Core | None


class Check:
    """One rule as it bears on one sort of request."""

    __slots__ = ("_only", "_relax", "_settled", "past_due", "rule", "versions", "warns")

    def __init__(self, rule: Rule, versions: tuple[Version, ...]) -> None:
        self.rule, self.versions = rule, versions
        self.warns = rule.table.force == "warns"
        self.past_due = rule.table.scope.days_past_due_at_most
        self._only = versions[0].core if len(versions) == 1 else None
        self._settled = (versions[0].start + 2) * 86_400
        self._relax = {id(v.core): _relaxers(rule.table.relax, v.core) for v in versions}

    def state(self, side: Side, t: int) -> State:
        """Whether the rule lets the contact start at `t` in every plausible zone, and until when that holds."""
        core = self._only
        if core is None or t < self._settled or self.past_due is not None:
            return self._dated(side, t)
        zones = core.zones(side) if core.zoned else side.w.zones[:1]
        if len(zones) == 1:
            passes, until = core.state(side, zones[0], t)
            if passes or not self._relax[id(core)]:
                return passes, until
            return self._relaxed(core, side, zones[0], t, until)
        yes, no = NEVER, -1
        for where in zones:
            passes, until = core.state(side, where, t)
            if not passes:
                passes, until = self._relaxed(core, side, where, t, until)
            if passes:
                yes = min(yes, until)
            else:
                no = max(no, until)
        return (True, yes) if no < 0 else (False, no)

    def _relaxed(self, core: Core, side: Side, where: Zone, t: int, until: int) -> State:
        relaxers = self._relax[id(core)]
        return any_of([(False, until), *(relaxer(side, where, t) for _, relaxer in relaxers)])

    def _dated(self, side: Side, t: int) -> State:
        """The same where the version in force, or the age of the debt, changes with the day."""
        yes, no = NEVER, -1
        for where in side.w.zones:
            core, ends = self.version(where, t)
            passes, until = PASS if core is None else self._here(core, side, where, t)
            passes, until = self._aged(side, where, t, passes, until)
            until = min(until, ends)
            if passes:
                yes = min(yes, until)
            else:
                no = max(no, until)
        return (True, yes) if no < 0 else (False, no)

    def _here(self, core: Core, side: Side, where: Zone, t: int) -> State:
        yes, no = NEVER, -1
        for clock in (where,) if core.zones(side) == side.w.zones or not core.zoned else core.zones(side):
            passes, until = core.state(side, clock, t)
            if not passes:
                passes, until = self._relaxed(core, side, clock, t, until)
            yes, no = (min(yes, until), no) if passes else (yes, max(no, until))
        return (True, yes) if no < 0 else (False, no)

    def _aged(self, side: Side, where: Zone, t: int, passes: bool, until: int) -> State:
        """A rule for young arrears has nothing to say once every case is older."""
        if self.past_due is None or passes:
            return passes, until
        days = [case.arrears_since if case.arrears_since is not None else case.due for case in side.cases]
        if any(day is None for day in days):
            return passes, until
        over = where.day_start(max(day for day in days if day is not None) + self.past_due + 1)
        return PASS if t >= over else (False, min(until, over))

    def version(self, where: Zone, t: int) -> tuple[Core | None, int]:
        """The version in force on the local day of `t`, and the instant at which the next one begins."""
        today, core, ends = where.day(t), None, NEVER
        for version in self.versions:
            if version.start <= today:
                core = version.core
            else:
                ends = where.day_start(version.start)
                break
        return core, ends

    def in_force(self, side: Side, t: int) -> Core | None:
        """The core that answers at `t`, by the first zone."""
        return self._only or (self.version(side.w.zones[0], t)[0] if side.w.zones else self.versions[-1].core)

    def eased_by(self, side: Side, t: int) -> tuple[str, str] | None:
        """(what, citation) of the relaxation that made this rule's no a yes at `t`, if one did."""
        core = self.in_force(side, t)
        if core is None:
            return None
        inside = core.eased(side, t)
        if inside is not None:
            return inside, self.rule.table.citation
        for where in core.zones(side) if core.zoned else side.w.zones[:1]:
            if core.state(side, where, t)[0]:
                continue
            for relax, relaxer in self._relax[id(core)]:
                if relaxer(side, where, t)[0]:
                    return _name(relax), relax.citation or self.rule.table.citation
        return None

    @property
    def can_ease(self) -> bool:
        """Whether anything at all can turn this rule's no into a yes."""
        return bool(self.rule.table.relax) or any(isinstance(v.core, Restricted | Cap) for v in self.versions)


class Program(NamedTuple):
    """The checks for one sort of request; `bound`: those that matter only where somebody is restricted."""

    checks: tuple[Check, ...]
    bound: tuple[Check, ...]
    duties: tuple[tuple[Rule, tuple[Version, ...], Duty], ...]


def compiled(book: Rulebook, regimes: tuple[Regime, ...], fixed: Fixed) -> Program:
    """The program for such a request, made once."""
    key = (tuple(regime.id for regime in regimes), fixed)
    found: Program | None = book.programs.get(key)
    if found is None:
        if len(book.programs) > _CACHE_LIMIT:
            book.programs.clear()
        found = book.programs[key] = _compile(regimes, fixed)
    return found


def _compile(regimes: tuple[Regime, ...], fixed: Fixed) -> Program:
    checks: list[Check] = []
    bound: list[Check] = []
    duties = []
    for regime in regimes:
        for rule in regime.rules:
            table = rule.table
            if table.status == "draft" or not in_scope(table.scope, fixed):
                continue
            versions = tuple(Version(v.start, _core(v, table.relax, regime)) for v in rule.versions)
            if table.kind == "obligation":
                duties.extend((rule, versions, v) for v in rule.versions if isinstance(v, Duty))
            elif table.kind == "restriction":
                bound.append(Check(rule, versions))
            elif any(v.core is not None for v in versions):
                checks.append(Check(rule, versions))
    return Program(tuple(checks), tuple(bound), tuple(duties))


def _core(values: Values, relax: tuple[Relax, ...], regime: Regime) -> Core | None:
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
            return Restricted(values)
        case Needs():
            return Needed(values)
        case ContentRule():
            return Says(values)
        case Arrears():
            return Due(values)
        case StatusRule():
            return NotInStatus(values)
        case NoticeRule():
            return NoticeSent(values, regime)
    return None


def _relaxers(relax: tuple[Relax, ...], core: Core | None) -> list[tuple[Relax, Relaxer]]:
    return [(one, _relaxer(one, core)) for one in relax]


def _relaxer(relax: Relax, core: Core | None) -> Relaxer:
    if relax.by == "consent":
        return Agreed(relax).state
    if relax.by == "reply":
        return lambda side, where, t: (side.w.reply, NEVER)
    if relax.by == "own_call":
        return lambda side, where, t: (side.w.own_call, NEVER)
    return lambda side, where, t: (isinstance(core, Cap) and _was_said(relax, core, side, where), NEVER)


def _was_said(relax: Relax, core: Cap, side: Side, where: Zone) -> bool:
    """Whether the latest counted contact ended with such words, or with both beliefs."""
    from .history import believed_names, said_names

    last = core.last(side, where)
    if last is None:
        return False
    if relax.believed:
        return len(believed_names(last.what)) == 2
    return bool(set(relax.said or ()) & set(said_names(last.what)))


def _name(relax: Relax) -> str:
    if relax.by == "consent":
        return f"consent.{relax.consent}"
    if relax.by == "said":
        return "said.believed" if relax.believed else f"said.{(relax.said or ('',))[0]}"
    return relax.by


def duties(program: Program, side: Side, t: int) -> list[Obligation]:
    """What the contact must do, by the versions in force on the person's day."""
    out = []
    day = side.w.zones[0].day(t) if side.w.zones else t // 86_400
    for rule, versions, duty in program.duties:
        started = [version.start for version in versions if version.start <= day]
        if started and duty.start == max(started) and not duty.repealed:
            out.append(
                Obligation(code=duty.code, text=duty.text, rule=rule.full_id, citation=rule.table.citation)
            )
    return out
