"""May this contact start now? Pure: the same facts, rulebook, zone data and engine give the same bytes.

The road of one decision: arrange the facts (`world`), choose the regimes (`selection`), compile or fetch the program
(`program`), run every check at the instant, and where the answer is no look for the first instant at which it is yes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from .answers import Because, Decision
from .check import Check
from .halts import halted
from .horizon import Asked, end_of_yes, first_yes, long_enough
from .instants import write_hook
from .model import Case, Facts, Person, Request
from .program import Program, compiled
from .rulebook import ENGINE, Rulebook
from .selection import Chosen, UnknownRegime, choose
from .signatures import signed_by, unsigned
from .telling import (
    assumed,
    because,
    considered,
    counters,
    duties_of,
    in_order,
    own_reason,
    print_at,
    printed,
    readings,
    relaxed,
    weights,
)
from .vocabulary import Role
from .world import Side, World, role_on
from .zones import NEVER

_PHONE = re.compile(r"\+[1-9]\d{5,14}\Z", re.ASCII)
_MAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,255}\Z")
_SAID = {
    "whereabouts": "Nothing tells what time it is where this person is; put a residence on the case first.",
    "regime": "No rules are on file for a place where this person may be; hand the case to whoever keeps the rules.",
    "unsigned": "Nobody signed the rules for a place where this person may be; whoever answers for them must first.",
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

    `Undecidable` where the request names a person, case or regime that the facts or the rulebook do not hold.
    """
    return judge(book, facts, request, at, id=id, regimes=regimes).decision


class Judged(NamedTuple):
    """A decision, with what may change it as time passes."""

    decision: Decision
    world: World
    changing: list[Asked]


def judge(
    book: Rulebook, facts: Facts, request: Request, at: int, *, id: str, regimes: tuple[str, ...] | None
) -> Judged:
    """The same as `decide`, for whoever puts several such answers together."""
    world = World(facts, request, at, _person(facts, request))
    chosen = _chosen(book, world, regimes)
    sides = _sides(world)
    programs = [(compiled(book, chosen, request, side), side) for side in sides]
    asked = [one for program, side in programs for one in _ask(program, side, at)]
    reasons = _gate(world, chosen)
    changing = [one for one in asked if (not one.passes or one.until < NEVER) and not one.check.warns]
    failing = [one for one in changing if not one.passes]
    stops, paused = halted(world, sides[0])
    changing += [stops] if stops is not None else []
    valid_until = next_allowed = None
    if reasons or failing or paused:
        next_allowed = None if reasons else long_enough(changing, world, first_yes(changing, at))
        reasons += [because(one, at, next_allowed) for one in failing]
        reasons += [paused] if paused is not None else []
    else:
        valid_until = end_of_yes(changing, at)
        if ring := _ring_time(world, valid_until):
            valid_until, next_allowed = None, long_enough(changing, world, at)
            reasons = [msgspec.structs.replace(ring, until=printed(world, next_allowed))]
    warned = in_order([because(one, at) for one in asked if not one.passes and one.check.warns])
    said = in_order(reasons)
    decision = Decision(
        id=id,
        at=print_at(world, at),
        verdict="deny" if reasons else "allow",
        reasons=said,
        next_allowed=printed(world, next_allowed),
        valid_until=printed(world, valid_until),
        obligations=duties_of(programs, at) if not reasons else (),
        counters=counters(asked, at),
        relaxed_by=relaxed(asked, world, at),
        assumed=assumed(asked, chosen, at),
        whereabouts=world.places.shown,
        regimes=signed_by(book, chosen, facts.operator),
        rulebook=book.digest,
        tzdata=book.tzdata,
        engine=ENGINE,
        warnings=warned,
        readings=readings(programs, at),
        weights=weights(asked),
        considered=considered(programs, (*said, *warned), at) if request.considered else UNSET,
    )
    return Judged(decision, world, changing)


def encode(decision: Decision) -> bytes:
    """A decision as JSON, fields in the order of the contract."""
    return _encoder.encode(decision)


def _chosen(book: Rulebook, world: World, regimes: tuple[str, ...] | None) -> Chosen:
    facts, spots = world.facts, world.places.spots
    alone, agents = facts.operator.known_cities_only, world.request.agent_place
    try:
        return choose(book, spots, regimes, facts.collector, known_cities_only=alone, agent_place=agents)
    except UnknownRegime as error:
        raise Undecidable("regimes", str(error)) from None


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


def _ask(program: Program, side: Side, t: int) -> list[Asked]:
    out: list[Asked] = []
    for check in _relevant(program, side):
        passes, until = check.state(side, t)
        out.append(Asked(check, side, passes, until))
        if check.twins and (not passes or side.w.eased or t < check.settled):
            out += [Asked(twin, side, *twin.state(side, t)) for twin in check.twins]
    return out


def _relevant(program: Program, side: Side) -> tuple[Check, ...]:
    """The checks that these facts can make fail."""
    world, checks = side.w, program.checks
    if side.bound:
        checks += program.bound
    if world.marked:
        checks += program.marked
    return checks + program.live if world.live else checks


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


def _gate(world: World, chosen: Chosen) -> list[Because]:
    """The gate's own checks: is it known where the person is, which law that brings, and where the contact goes?"""
    out = []
    if not world.known:
        out.append(own_reason("unknown_whereabouts", "whereabouts", _SAID["whereabouts"]))
    if chosen.ruleless:
        out.append(own_reason("no_regime", "regime", _SAID["regime"]))
    if world.facts.operator.require_signed and unsigned(chosen, world.facts.operator):
        out.append(own_reason("no_regime", "unsigned", _SAID["unsigned"]))
    if not _wellformed(world.request):
        out.append(own_reason("invalid_destination", "destination", _SAID["malformed"]))
    elif any(point.status == "invalid" for point in world.statuses):
        out.append(own_reason("invalid_destination", "destination", _SAID["out_of_use"]))
    if world.facts.operator.listed_only and world.point is None and world.request.direction == "outbound":
        out.append(own_reason("unknown_destination", "listed", _SAID["listed"]))
    return out


def _wellformed(request: Request) -> bool:
    if request.channel in ("voice", "sms"):
        return bool(_PHONE.match(request.address))
    if request.channel == "email":
        return bool(_MAIL.match(request.address))
    return bool(request.address.strip())
