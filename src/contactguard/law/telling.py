"""What a decision tells besides yes and no: reasons in words, duties, counters, what was relaxed and what assumed."""

from __future__ import annotations

import msgspec

from .answers import Because, Considered, Counter, Obligation, ReadAs, Relaxation, Weighed
from .horizon import LAST, Asked, first_yes
from .instants import calendar, print_clock, print_instant
from .program import Program, duties
from .readings import read_on_day
from .rulebook import Rule
from .selection import Chosen
from .vocabulary import REASON_ORDER, Reason
from .world import Side, World
from .zones import Zone


def own_reason(code: Reason, rule: str, message: str, until: str | None = None) -> Because:
    return Because(code=code, rule=f"gate.{rule}", citation="ContactGuard, own checks", message=message, until=until)


def because(one: Asked, at: int, yes: int | msgspec.UnsetType | None = msgspec.UNSET) -> Because:
    """The reason in words. The sentence names the next moment of the whole answer (`yes`) if that has one; for a
    warning, which has no say in it, the rule's own.
    """
    table, side = one.check.rule.table, one.side
    core = one.check.in_force(side, at) or one.check.elsewhere_in_force(side, at)
    where = side.w.zones[0]
    code, fields = None, {"now": _local(where, at)}
    if core is not None:
        clocks = core.zones(side) if core.zoned else side.w.zones
        where = next((z for z in clocks if not core.state(side, z, at)[0]), where)
        code, fields = core.code(side, where, at), {**core.fields(side, where, at), "now": _local(where, at)}
    opens = None if one.until >= LAST else first_yes([one], at)
    text = _said(table.message, fields, where, at)
    if opens is not None and yes is not None:
        text += f", so not before {_when(where, opens if isinstance(yes, msgspec.UnsetType) else yes)}"
    return Because(
        code=code or table.code,  # type: ignore[arg-type]
        rule=one.check.rule.full_id,
        citation=table.citation,
        message=text + ".",
        until=printed(side.w, opens),
    )


def _said(message: str, fields: dict[str, str], where: Zone, at: int) -> str:
    """The message filled in, without its stop; one that names hours has none to name on a day without them."""
    if "opens" not in fields and ("{opens}" in message or "{closes}" in message):
        return f"No such contact starts there on {_date(where, at)}"
    return message.format_map(fields).rstrip(".")


def _local(where: Zone, t: int) -> str:
    return print_clock((t + where.offset(t)) % 86_400 // 60)


def _when(where: Zone, t: int) -> str:
    return f"{_date(where, t)} at {_local(where, t)} there"


def _date(where: Zone, t: int) -> str:
    day = calendar(where.day(t))
    return f"{day:%A} {day.day} {day:%B}"


def in_order(reasons: list[Because]) -> tuple[Because, ...]:
    if not reasons:
        return ()
    unique = {(r.code, r.rule): r for r in reversed(reasons)}
    return tuple(sorted(unique.values(), key=lambda r: (REASON_ORDER[r.code], r.rule)))


def duties_of(programs: list[tuple[Program, Side]], at: int) -> tuple[Obligation, ...]:
    if len(programs) == 1:
        return duties(*programs[0], at)
    found = {(o.code, o.rule): o for program, side in programs for o in duties(program, side, at)}
    return tuple(found[key] for key in sorted(found))


def counters(asked: list[Asked], at: int) -> tuple[Counter, ...]:
    out = []
    for one in asked:
        if one.check.counts:
            core = one.check.in_force(one.side, at)
            counter = core.counter(one.side, one.check.rule.full_id, at) if core is not None else None
            if counter is not None:
                out.append(counter)
    return tuple(out)


def relaxed(asked: list[Asked], world: World, at: int) -> tuple[Relaxation, ...]:
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


def readings(programs: list[tuple[Program, Side]], at: int) -> tuple[ReadAs, ...] | msgspec.UnsetType:
    """The rules asked that stand as counsel reads them; unset where there are none."""
    found: set[ReadAs] = set()
    for program, side in programs:
        if program.read:
            for day in {where.day(at) for where in side.w.zones}:
                found.update(read_on_day(program.read, day))
    return tuple(sorted(found, key=msgspec.structs.astuple)) or msgspec.UNSET


def considered(
    programs: list[tuple[Program, Side]], decided: tuple[Because, ...], at: int
) -> tuple[Considered, ...]:
    """The rules in force that speak of such a contact and neither refused nor warned."""
    spoke = {one.rule for one in decided}
    if len(programs) == 1:
        program, side = programs[0]
        day = side.w.zones[0].day(at)
        return tuple([said for rule, said in program.about if said.rule not in spoke and _holds(rule, day)])
    found = {said.rule: said for one in programs for said in considered([one], decided, at)}
    return tuple(found[name] for name in sorted(found))


def _holds(rule: Rule, day: int) -> bool:
    """Whether some version of the rule is in force on that day."""
    held = False
    for values in rule.versions:
        if values.start > day:
            break
        held = not values.repealed
    return held


def weights(asked: list[Asked]) -> tuple[Weighed, ...] | msgspec.UnsetType:
    """Who set the force of the rules that say no; unset where nobody did."""
    found = {}
    for one in asked:
        weight = one.check.rule.weight
        if weight is not None and not one.passes:
            rule = one.check.rule.full_id
            found[rule, weight.force] = Weighed(rule=rule, force=weight.force, by=weight.by, why=weight.why)
    return tuple(found[key] for key in sorted(found)) or msgspec.UNSET


def assumed(asked: list[Asked], chosen: Chosen, at: int) -> tuple[str, ...]:
    found = set(chosen.assumed)
    for one in asked:
        if one.check.trusts:
            taken = one.check.assumed(one.side, at)
            if taken is not None:
                found.add(taken)
    return tuple(sorted(found))


def print_at(world: World, t: int) -> str:
    return print_instant(t, world.zones[0].offset(t))


def printed(world: World, t: int | None) -> str | None:
    return None if t is None else print_at(world, t)
