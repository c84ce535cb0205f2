"""May this contact start now? Pure: the same facts, rulebook, zone data and engine give the same bytes.

The road of one decision: arrange the facts (`world`), choose the regimes (`selection`), compile or fetch the program
(`program`), run every check at the instant, and where the answer is no look for the first instant at which it is yes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from .answers import Because, Counter, Decision, Obligation, Relaxation
from .instants import calendar, print_clock, print_instant, write_hook
from .model import Case, Facts, Person, Request
from .program import Check, Program, compiled, duties
from .rulebook import ENGINE, Rulebook
from .selection import Chosen, UnknownRegime, choose
from .vocabulary import REASON_ORDER, Reason, Role
from .world import Side, World, role_on
from .zones import NEVER, Zone

HORIZON_STEPS = 1_500
LAST = 4_102_444_800
_PHONE = re.compile(r"\+[1-9]\d{5,14}\Z", re.ASCII)
_MAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,255}\Z")
_SAID = {
    "whereabouts": "Nothing tells what time it is where this person is; put a residence on the case first.",
    "regime": "No rules are on file for a place where this person may be; hand the case to whoever keeps the rules.",
    "malformed": "This address cannot be reached on this channel; use another one.",
    "out_of_use": "This address is marked as out of use; use another one.",
    "listed": "This address is not on the person's file; add it there first.",
}
_encoder = msgspec.json.Encoder(enc_hook=write_hook)


class Undecidable(ValueError):
    """The facts do not fit together: `where` names the field, `why` says what is wrong."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class _Asked(NamedTuple):
    """One check put to one side of the world, with its answer at the instant of the decision."""

    check: Check
    side: Side
    passes: bool
    until: int


def decide(
    book: Rulebook,
    facts: Facts,
    request: Request,
    at: int,
    *,
    id: str = "",
    regimes: tuple[str, ...] | None = None,
) -> Decision:
    """Decide one contact. `at` in whole seconds UTC; `regimes` None: those that the evidence does not exclude.

    Raises `Undecidable` where the request names a person, case or regime that the facts or the rulebook do not hold.
    """
    world = World(facts, request, at, _person(facts, request))
    try:
        chosen = choose(book, world.places.spots, regimes)
    except UnknownRegime as error:
        raise Undecidable("regimes", str(error)) from None
    sides = _sides(world)
    programs = [(compiled(book, chosen, request, side), side) for side in sides]
    asked: list[_Asked] = []
    for program, side in programs:
        asked += _ask(program, side, at)
    reasons = _gate(world, chosen)
    changing = [one for one in asked if (not one.passes or one.until < NEVER) and not one.check.warns]
    failing = [one for one in changing if not one.passes]
    valid_until = next_allowed = None
    if reasons or failing:
        next_allowed = None if reasons else _long_enough(changing, world, _first_yes(changing, at))
        reasons += [_because(one, at, next_allowed) for one in failing]
    else:
        valid_until = _end_of_yes(changing, at)
        ring = _ring_time(world, valid_until)
        if ring:
            reasons, next_allowed = [ring], _long_enough(changing, world, at)
            reasons = [msgspec.structs.replace(ring, until=_printed(world, next_allowed))]
            valid_until = None
    return Decision(
        id=id,
        at=_print(world, at),
        verdict="deny" if reasons else "allow",
        reasons=_sorted(reasons),
        next_allowed=_printed(world, next_allowed),
        valid_until=_printed(world, valid_until),
        obligations=_duties(programs, at) if not reasons else (),
        counters=_counters(asked, at),
        relaxed_by=_relaxed(asked, world, at),
        assumed=_assumed(asked, chosen, at),
        whereabouts=world.places.shown,
        regimes=chosen.in_force,
        rulebook=book.digest,
        tzdata=book.tzdata,
        engine=ENGINE,
        warnings=_sorted([_because(one, at) for one in asked if not one.passes and one.check.warns]),
    )


def encode(decision: Decision) -> bytes:
    """A decision as JSON, fields in the order of the contract."""
    return _encoder.encode(decision)


def _person(facts: Facts, request: Request) -> Person:
    if not facts.persons:
        raise Undecidable("persons", "at least one person is needed")
    if request.person is None:
        return facts.persons[0]
    for person in facts.persons:
        if person.id == request.person:
            return person
    raise Undecidable("contact.person", "no person has this id")


def _sides(world: World) -> list[Side]:
    """One side for each role and product among the cases asked about."""
    cases = world.facts.cases
    if len(cases) == 1 and world.refs == (cases[0].ref,):
        role = role_on(world.person, cases[0].ref)
        if role is not None:
            return [Side(world, role, cases)]
    if not world.refs:
        raise Undecidable("cases", "at least one case is needed")
    by_ref = {case.ref: case for case in cases}
    groups: dict[tuple[Role, str | None], list[Case]] = {}
    for ref in world.refs:
        if ref not in by_ref:
            raise Undecidable("contact.cases", "no case has this ref")
        role = role_on(world.person, ref)
        if role is None:
            raise Undecidable("contact.cases", "the person has no part in this case")
        groups.setdefault((role, by_ref[ref].product), []).append(by_ref[ref])
    return [Side(world, role, tuple(cases)) for (role, _), cases in groups.items()]


def _ask(program: Program, side: Side, t: int) -> list[_Asked]:
    out: list[_Asked] = []
    for check in _relevant(program, side):
        passes, until = check.state(side, t)
        out.append(_Asked(check, side, passes, until))
        if check.twins and (not passes or side.w.eased or t < check.settled):
            out += [_Asked(twin, side, *twin.state(side, t)) for twin in check.twins]
    return out


def _relevant(program: Program, side: Side) -> tuple[Check, ...]:
    """The checks that these facts can make fail."""
    world, checks = side.w, program.checks
    if side.bound:
        checks += program.bound
    if world.marked:
        checks += program.marked
    return checks + program.live if world.live else checks


def _first_yes(asked: list[_Asked], at: int) -> int | None:
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


def _end_of_yes(asked: list[_Asked], at: int) -> int | None:
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


def _ring_time(world: World, valid_until: int | None) -> Because | None:
    """A permit for a call must leave time for the call to ring before the yes ends."""
    ring = world.facts.operator.ring_seconds
    if ring is None or valid_until is None or world.request.channel != "voice":
        return None
    if valid_until - ring > world.at:
        return None
    return Because(
        code="outside_hours",
        rule="gate.ring-time",
        citation="ContactGuard, time to ring",
        message="The hours for this contact end before the call could be answered; call when they open again.",
    )


def _long_enough(asked: list[_Asked], world: World, t: int | None) -> int | None:
    """The first instant from the yes at `t` at which it lasts longer than the time to ring."""
    ring = world.facts.operator.ring_seconds
    if ring is None or world.request.channel != "voice":
        return t
    for _ in range(20):
        end = _end_of_yes(_again(asked, t), t) if t is not None else None
        if t is None or end is None or end - ring > t:
            return t
        t = _first_yes(asked, end)
    return None


def _again(asked: list[_Asked], t: int) -> list[_Asked]:
    return [_Asked(one.check, one.side, *one.check.state(one.side, t)) for one in asked]


def _gate(world: World, chosen: Chosen) -> list[Because]:
    """The gate's own checks: is it known where the person is, which law that brings, and where the contact goes?"""
    out = [_own("paused", "stop", f"Contacts are halted: {why}.") for why in world.facts.operator.stops]
    if not world.known:
        out.append(_own("unknown_whereabouts", "whereabouts", _SAID["whereabouts"]))
    if chosen.ruleless:
        out.append(_own("no_regime", "regime", _SAID["regime"]))
    if not _wellformed(world.request):
        out.append(_own("invalid_destination", "destination", _SAID["malformed"]))
    elif any(point.status == "invalid" for point in world.statuses):
        out.append(_own("invalid_destination", "destination", _SAID["out_of_use"]))
    if world.facts.operator.listed_only and world.point is None and world.request.direction == "outbound":
        out.append(_own("unknown_destination", "listed", _SAID["listed"]))
    return out


def _own(code: Reason, rule: str, message: str) -> Because:
    return Because(code=code, rule=f"gate.{rule}", citation="ContactGuard, own checks", message=message)


def _wellformed(request: Request) -> bool:
    if request.channel in ("voice", "sms"):
        return bool(_PHONE.match(request.address))
    if request.channel == "email":
        return bool(_MAIL.match(request.address))
    return bool(request.address.strip())


def _because(one: _Asked, at: int, yes: int | None = None) -> Because:
    """The reason in words; where the whole answer has a next moment (`yes`), the sentence names that one."""
    table, side = one.check.rule.table, one.side
    core = one.check.in_force(side, at) or one.check.elsewhere_in_force(side, at)
    where = side.w.zones[0]
    code, fields = None, {"now": _local(where, at)}
    if core is not None:
        clocks = core.zones(side) if core.zoned else side.w.zones
        where = next((z for z in clocks if not core.state(side, z, at)[0]), where)
        code, fields = core.code(side, where, at), {**core.fields(side, where, at), "now": _local(where, at)}
    opens = None if one.until >= LAST else _first_yes([one], at)
    text = table.message.format_map(fields).rstrip(".")
    if opens is not None:
        text += f", so not before {_when(where, yes or opens)}"
    return Because(
        code=code or table.code,  # type: ignore[arg-type]
        rule=one.check.rule.full_id,
        citation=table.citation,
        message=text + ".",
        until=_printed(side.w, opens),
    )


def _local(where: Zone, t: int) -> str:
    return print_clock((t + where.offset(t)) % 86_400 // 60)


def _when(where: Zone, t: int) -> str:
    day = calendar(where.day(t))
    return f"{day:%A} {day.day} {day:%B} at {_local(where, t)} there"


def _sorted(reasons: list[Because]) -> tuple[Because, ...]:
    if not reasons:
        return ()
    unique = {(r.code, r.rule): r for r in reversed(reasons)}
    return tuple(sorted(unique.values(), key=lambda r: (REASON_ORDER[r.code], r.rule)))


def _duties(programs: list[tuple[Program, Side]], at: int) -> tuple[Obligation, ...]:
    if len(programs) == 1:
        return duties(*programs[0], at)
    found = {(o.code, o.rule): o for program, side in programs for o in duties(program, side, at)}
    return tuple(found[key] for key in sorted(found))


def _counters(asked: list[_Asked], at: int) -> tuple[Counter, ...]:
    out = []
    for one in asked:
        if one.check.counts:
            core = one.check.in_force(one.side, at)
            counter = core.counter(one.side, one.check.rule.full_id, at) if core is not None else None
            if counter is not None:
                out.append(counter)
    return tuple(out)


def _relaxed(asked: list[_Asked], world: World, at: int) -> tuple[Relaxation, ...]:
    kept = {one.check.rule.full_id for one in asked if one.passes} if world.eased else ()
    found = [eased for eased in world.eased if eased[0] in kept]
    if world.places.replaced:
        found.insert(0, ("gate.whereabouts", "evidence.stated", "ContactGuard, evidence of place"))
    for one in asked:
        if one.passes and one.check.eases:
            inside = one.check.eased_inside(one.side, at)
            if inside is not None:
                found.append(inside)
    if not found:
        return ()
    return tuple(Relaxation(rule=rule, by=by, citation=cite) for rule, by, cite in sorted(set(found)))


def _assumed(asked: list[_Asked], chosen: Chosen, at: int) -> tuple[str, ...]:
    found = set(chosen.assumed)
    for one in asked:
        if one.check.trusts:
            core = one.check.in_force(one.side, at)
            taken = core.assumed(one.side) if core is not None else None
            if taken is not None:
                found.add(taken)
    return tuple(sorted(found))


def _print(world: World, t: int) -> str:
    return print_instant(t, world.zones[0].offset(t))


def _printed(world: World, t: int | None) -> str | None:
    return None if t is None else _print(world, t)
