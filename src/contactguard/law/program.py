"""A rulebook compiled for what one sort of request fixes: the checks to run, and the duties of a yes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from .answers import Obligation
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
from .history import believed_names, said_names
from .instants import Day
from .kinds.accounts import Due, NoticeSent, NotInStatus
from .kinds.consents import Agreed, Needed
from .kinds.contents import Says
from .kinds.core import PASS, Core, Fixed, State, any_of, fixed_by, in_scope
from .kinds.counters import Cap, Wait
from .kinds.parties import KnownOfAddress, MayBeTold
from .kinds.restrictions import Restricted
from .kinds.windows import Hours
from .model import Request
from .rulebook import Regime, Rule, Rulebook
from .selection import Chosen
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

    __slots__ = (
        "_deep", "_only", "_relax", "counts", "eases", "past_due", "rule", "settled", "trusts", "twins", "versions",
        "warns",
    )  # fmt: skip

    def __init__(self, rule: Rule, versions: tuple[Version, ...]) -> None:
        self.rule, self.versions = rule, versions
        self.warns = rule.table.force == "warns"
        self.past_due = rule.table.scope.days_past_due_at_most
        self._only = versions[0].core if len(versions) == 1 and self.past_due is None else None
        self.settled = (versions[0].start + 2) * 86_400
        self._relax = {id(v.core): _relaxers(rule.table.relax, v.core) for v in versions}
        cores = [version.core for version in versions if version.core is not None]
        self.trusts = any(core.takes_on_trust for core in cores)
        self.eases = any(isinstance(core, Restricted | Cap) for core in cores)
        self.counts = any(isinstance(core, Cap) and core.tells for core in cores)
        self.twins: tuple[Check, ...] = ()
        self._deep = any(one.of == "debtor" or one.by == "said" for one in rule.table.relax)

    def like(self) -> str | None:
        """What makes two windows the same from `settled` on; None for what is never merged."""
        values = self.rule.versions[0]
        if not isinstance(self._only, Hours) or not isinstance(values, Window) or values.holidays is not None:
            return None
        relax = [msgspec.structs.replace(one, citation="") for one in self.rule.table.relax]
        return repr((msgspec.structs.replace(values, start=Day(0)), relax, self.warns))

    def state(self, side: Side, t: int) -> State:
        """Whether the rule lets the contact start at `t` in every plausible zone, and until when that holds."""
        core = self._only
        if core is None or t < self.settled:
            return self._dated(side, t)
        zones = side.w.zones
        if core.elsewhere:
            zones = core.zones(side)
        if len(zones) == 1 or not (core.zoned or self._deep or side.consents):
            state = core.state(side, zones[0], t)
            return state if state[0] else self._relaxed(core, side, zones[0], t, state)
        yes, no = NEVER, -1
        for where in zones:
            passes, until = core.state(side, where, t)
            if not passes:
                passes, until = self._relaxed(core, side, where, t, (False, until))
            if passes:
                yes = min(yes, until)
            else:
                no = max(no, until)
        return (True, yes) if no < 0 else (False, no)

    def _relaxed(self, core: Core, side: Side, where: Zone, t: int, state: State) -> State:
        """The same no after every named relaxation was tried."""
        relaxers = self._relax[id(core)]
        if not relaxers or not (side.consents or side.w.reply or side.w.own_call or self._deep):
            return state
        found = [state]
        for relax, relaxer in relaxers:
            answer = relaxer(side, where, t)
            if answer[0] and t == side.w.at:
                citation = relax.citation or self.rule.table.citation
                side.w.eased.append((self.rule.full_id, _name(relax), citation))
            found.append(answer)
        return any_of(found)

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
                passes, until = self._relaxed(core, side, clock, t, (False, until))
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

    def elsewhere_in_force(self, side: Side, t: int) -> Core | None:
        """The core that answers at `t` in some zone where the version's day has come already."""
        found = (self.version(where, t)[0] for where in side.w.zones)
        return next((core for core in found if core is not None), None)

    def eased_inside(self, side: Side, t: int) -> tuple[str, str, str] | None:
        """(rule, what, citation) of what the rule itself excused, if that made its no a yes at `t`."""
        core = self.in_force(side, t)
        what = core.eased(side, t) if core is not None else None
        return None if what is None else (self.rule.full_id, what, self.rule.table.citation)


class Program(NamedTuple):
    """The checks for one sort of request, apart by what makes them matter: `bound` somebody's restriction, `marked`
    something known of the address, `live` a contact under way, `checks` anything else.
    """

    checks: tuple[Check, ...]
    bound: tuple[Check, ...]
    marked: tuple[Check, ...]
    live: tuple[Check, ...]
    duties: tuple[tuple[Rule, Duty], ...]
    ready: tuple[Obligation, ...]
    ready_from: int


def compiled(book: Rulebook, chosen: Chosen, request: Request, side: Side) -> Program:
    """The program for such a request, made once."""
    fixed = fixed_by(request, side)
    key = (chosen.key, *fixed)
    found: Program | None = book.programs.get(key)
    if found is None:
        if len(book.programs) > _CACHE_LIMIT:
            book.programs.clear()
        found = book.programs[key] = _compile(chosen.regimes, Fixed(*fixed))
    return found


def _compile(regimes: tuple[Regime, ...], fixed: Fixed) -> Program:
    found: dict[str, list[Check]] = {"checks": [], "bound": [], "marked": [], "live": []}
    duties: list[tuple[Rule, Duty]] = []
    for regime in regimes:
        for rule in regime.rules:
            table = rule.table
            if table.status == "draft" or not in_scope(table.scope, fixed):
                continue
            if table.kind == "obligation":
                duties.extend((rule, v) for v in rule.versions if isinstance(v, Duty))
                continue
            versions = tuple(Version(v.start, _useful(_core(v, table.relax, regime), fixed)) for v in rule.versions)
            if any(v.core is not None for v in versions):
                found[_matters(rule)].append(Check(rule, versions))
    found["checks"] = _merged(found["checks"])
    last = max((duty.start for _, duty in duties), default=0)
    sorts = {name: tuple(checks) for name, checks in found.items()}
    return Program(**sorts, duties=tuple(duties), ready=_on_day(duties, last), ready_from=(last + 2) * 86_400)


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


def _useful(core: Core | None, fixed: Fixed) -> Core | None:
    """None for a rule that this sort of request cannot break."""
    return None if core is None or core.settled(fixed) else core


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
