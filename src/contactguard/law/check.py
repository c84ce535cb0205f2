"""One rule as it bears on one sort of request: its dated versions, and what makes its no a yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from .grammar import Relax
from .history import believed_names, said_names
from .instants import Day
from .kinds.confirmations import confirms
from .kinds.consents import Agreed
from .kinds.core import PASS, Core, State, all_of, any_of
from .kinds.counters import Cap
from .kinds.failures import Failed
from .kinds.parties import KnownOfAddress
from .kinds.restrictions import Restricted
from .kinds.ways import Reached
from .kinds.windows import Hours
from .rulebook import Rule
from .values import Window
from .world import Side
from .zones import NEVER, Zone

_BY_FACTS = ("said", "notice", "confirmation", "failures", "judgment")
Relaxer = Callable[[Side, Zone, int], State]
Relaxers = tuple[tuple[Relax, Relaxer], ...]


class Version(NamedTuple):
    """One dated version, compiled; `core` None: repealed, or nothing to say here. `relaxers`: of the core."""

    start: int
    core: Core | None
    relaxers: Relaxers = ()


class Check:
    """One rule as it bears on one sort of request."""

    __slots__ = (
        "_deep", "_from", "_last", "_only", "_relax", "counts", "eases", "old", "rule", "settled", "trusts", "twins",
        "versions", "warns", "young",
    )  # fmt: skip

    def __init__(self, rule: Rule, versions: tuple[Version, ...]) -> None:
        self.rule, self.versions = rule, versions
        self.warns = rule.table.force == "warns"
        self.young, self.old = rule.table.scope.days_past_due_at_most, rule.table.scope.days_past_due_more_than
        ageless = self.young is None and self.old is None
        self._only = versions[0].core if len(versions) == 1 and ageless else None
        self.settled = (versions[0].start + 2) * 86_400
        self._last = versions[-1].core
        self._from = (versions[-1].start + 2) * 86_400 if ageless else NEVER
        self._relax = {id(v.core): v.relaxers for v in versions if v.relaxers}
        cores = [version.core for version in versions if version.core is not None]
        self.trusts = self.young is not None or any(core.takes_on_trust for core in cores)
        self.eases = any(isinstance(core, Restricted | Cap | Reached | KnownOfAddress) for core in cores)
        self.counts = any(isinstance(core, Cap) and core.tells for core in cores)
        self.twins: tuple[Check, ...] = ()
        self._deep = any(one.of == "debtor" or one.by in _BY_FACTS for one in rule.table.relax)

    def like(self) -> str | None:
        """What makes two windows the same from `settled` on; None for what is never merged."""
        values = self.rule.versions[0]
        if not isinstance(self._only, Hours) or not isinstance(values, Window):
            return None
        if values.holidays is not None or values.half_days is not None:
            return None  # each file has calendars of its own
        relax = [msgspec.structs.replace(one, citation="") for one in self.rule.table.relax]
        return repr((msgspec.structs.replace(values, start=Day(0)), relax, self.warns))

    def state(self, side: Side, t: int) -> State:
        """Whether the rule lets the contact start at `t` in every plausible zone, and until when that holds."""
        if t < self._from:
            return self._dated(side, t)
        core = self._last
        if core is None:
            return PASS
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
        relaxers = self._relax.get(id(core))
        if not relaxers or not (side.consents or side.w.answering or side.w.own_call or self._deep):
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
        if self._splits(side):
            return all_of(self._dated(one, t) for one in side.by_case)
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

    def _splits(self, side: Side) -> bool:
        """Whether the rule may speak of one case, by its age, and not of another."""
        return len(side.cases) > 1 and (self.young is not None or self.old is not None)

    def _here(self, core: Core, side: Side, where: Zone, t: int) -> State:
        yes, no = NEVER, -1
        for clock in (where,) if core.zones(side) == side.w.zones or not core.zoned else core.zones(side):
            passes, until = core.state(side, clock, t)
            if not passes:
                passes, until = self._relaxed(core, side, clock, t, (False, until))
            yes, no = (min(yes, until), no) if passes else (yes, max(no, until))
        return (True, yes) if no < 0 else (False, no)

    def _aged(self, side: Side, where: Zone, t: int, passes: bool, until: int) -> State:
        """A rule for old arrears has nothing to say before a case is so old, one for young ones once every case is."""
        if self.old is None and (self.young is None or passes):
            return passes, until
        known = [case.arrears_since if case.arrears_since is not None else case.due for case in side.cases]
        days = [day for day in known if day is not None]
        if len(days) < len(known) and (self.old is not None or not _old_enough(side)):
            return passes, until
        if self.old is not None:
            begins = where.day_start(min(days) + self.old + 1)
            if t < begins:
                return True, begins
        if self.young is None or passes:
            return passes, until
        over = where.day_start(max(days) + self.young + 1) if days else t
        return PASS if t >= over else (False, min(until, over))

    def assumed(self, side: Side, t: int) -> str | None:
        """What the rule took on trust at `t`: also that a debt of unknown age is no young one."""
        core = self.in_force(side, t)
        aged = all(case.arrears_since is not None or case.due is not None for case in side.cases)
        if self.young is not None and not aged and _old_enough(side):
            return "arrears"
        return core.assumed(side) if core is not None else None

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
        return self._last if t >= self._from else self.version(side.w.zones[0], t)[0]

    def elsewhere_in_force(self, side: Side, t: int) -> Core | None:
        """The core that answers at `t` in some zone where the version's day has come already."""
        found = (self.version(where, t)[0] for where in side.w.zones)
        return next((core for core in found if core is not None), None)

    def eased_inside(self, side: Side, t: int) -> tuple[str, str, str] | None:
        """(rule, what, citation) of what the rule itself excused, if that made its no a yes at `t`."""
        if self._splits(side):
            return next(filter(None, (self.eased_inside(one, t) for one in side.by_case)), None)
        cores = [self._last] if t >= self._from else [self.version(where, t)[0] for where in side.w.zones]
        for core in cores:
            what = core.eased(side, t) if core is not None else None
            if core is not None and what is not None:
                return self.rule.full_id, what, core.cited(side, t) or self.rule.table.citation
        return None


def _old_enough(side: Side) -> bool:
    """Whether a debt of unknown age may be taken to be in arrears for long."""
    return "arrears" in side.w.facts.operator.vouches


def relaxers(relax: tuple[Relax, ...], core: Core | None) -> Relaxers:
    """What may make a no of this core a yes."""
    return tuple((one, _relaxer(one, core)) for one in relax)


def _relaxer(relax: Relax, core: Core | None) -> Relaxer:
    if relax.by == "consent":
        return Agreed(relax).state
    if relax.by == "reply":
        return lambda side, where, t: side.w.reply(t)
    if relax.by == "own_call":
        return lambda side, where, t: (side.w.own_call, NEVER)
    if relax.by == "notice":
        return lambda side, where, t: (_noticed(relax, side, where), NEVER)
    if relax.by == "failures":
        return Failed(relax).state
    if relax.by == "judgment":
        return lambda side, where, t: (_judged(side, where), NEVER)
    if relax.by == "confirmation":
        return lambda side, where, t: confirms(side, (relax.minutes or 0) * 60, where, t)
    return lambda side, where, t: (isinstance(core, Cap) and _was_said(relax, core, side, where), NEVER)


def _noticed(relax: Relax, side: Side, where: Zone) -> bool:
    """Whether it carries such a notice, and every case has its judgment if that is wanted."""
    if side.w.notice not in (relax.notices or ()):
        return False
    return not relax.after_judgment or _judged(side, where)


def _judged(side: Side, where: Zone) -> bool:
    """Whether every case has its judgment."""
    today, live = where.day(side.w.at), side.w.facts.operator.live
    return all(c.judgment is not None and (c.judgment <= today or live) for c in side.cases)


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
    if relax.by == "notice":
        return f"notice.{(relax.notices or ('',))[0]}"
    if relax.by == "failures":
        return "failed_attempt"
    if relax.by == "said":
        return "said.believed" if relax.believed else f"said.{(relax.said or ('',))[0]}"
    return relax.by
