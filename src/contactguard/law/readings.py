"""The operator's own say over the laws: counsel's readings of rules, and whether a rule denies or only warns.

They stand in files of their own, apart from the laws they touch, so that a new edition of a law changes nothing in
them. A rule that was read anew ends on the reading's first day, and the reading goes on from there under its name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from . import checking
from .answers import ReadAs
from .grammar import OwnTable, Reading, RuleTable, Weight
from .instants import Day, print_day
from .rulebook import OwnFile, Regime, Rule, Rulebook, RuleError, convert, refuse, versions_of
from .values import VALUES, Values

_SILENT = ("draft", "obligation")
_SAYS = ("reading", "weight")


def is_own(raw: Mapping[str, Any]) -> bool:
    """Whether a file, as TOML, holds readings and weights instead of a regime."""
    return "regime" not in raw and ("reading" in raw or "weight" in raw)


def own_file(raw: dict[str, Any], text: str, name: str) -> OwnFile:
    """Read a file of readings and weights. `RuleError` names the file, the table and the field."""
    table = convert(raw, OwnTable, name, raw)
    for reading in table.reading:
        refuse(checking.of_reading(reading), name, f"reading {reading.of}")
    for weight in table.weight:
        refuse(checking.of_weight(weight), name, f"weight {weight.of}")
    said = [(_regime_of(one["of"]), json.dumps(one, sort_keys=True)) for kind in _SAYS for one in raw.get(kind, ())]
    return OwnFile(table=table, said=tuple(said), digest=hashlib.sha256(text.encode()).hexdigest(), source=name)


def applied(regimes: Mapping[str, Regime], files: Sequence[OwnFile]) -> dict[str, Regime]:
    """The regimes as the operator reads and weighs them. `RuleError` for what fits no rule, or does not fit it."""
    out = dict(regimes)
    readings = [(one, file.source) for file in files for one in file.table.reading]
    for reading, source in sorted(readings, key=lambda pair: (pair[0].of, str(pair[0].since[0].get("from")))):
        regime = _named(reading.of, regimes, source, f"reading {reading.of}")
        out[regime.id] = _read(out[regime.id], reading, source)
    weights = [(one, file.source) for file in files for one in file.table.weight]
    for place, (weight, source) in enumerate(weights):
        _check_weight(weight, regimes, [one for one, _ in weights[:place]], source)
    for id in {_regime_of(weight.of) for weight, _ in weights}:
        out[id] = _weighed(out[id], [weight for weight, _ in weights])
    said = [pair for file in files for pair in file.said]
    return out | {id: _renamed(out[id], regimes[id], said) for id in {id for id, _ in said}}


def read_on_day(rules: Iterable[Rule], day: int) -> tuple[ReadAs, ...]:
    """The readings among these rules that are in force on a day."""
    found = [(rule, rule.reading) for rule in rules if rule.versions[0].start <= day]
    return tuple(
        ReadAs(rule=rule.full_id, author=one.author, citation=one.citation, read_on=print_day(one.read_on))
        for rule, one in found
        if one is not None and (rule.until is None or day < rule.until)
    )


def outdated(book: Rulebook) -> tuple[Rule, ...]:
    """The readings of rules of which the law's file says something else since."""
    return tuple(rule for rule in book.rules if rule.reading is not None and rule.reading.of_version != rule.version)


def segments(rule: Rule, channel: str) -> list[Rule]:
    """The rule cut at the days on which its force on this channel changes, each part with the force it then has."""
    turns = sorted({weight.start for weight in rule.weights if _covers(weight, channel)})
    if not turns:
        return [rule]
    spans = zip((None, *turns), (*turns, None), strict=True)
    parts = (_part(rule, since, until, _weight(rule, channel, since)) for since, until in spans)
    return [part for part in parts if part is not None]


def _regime_of(of: str) -> str:
    return of.partition(".")[0]


def _named(of: str, regimes: Mapping[str, Regime], source: str, where: str) -> Regime:
    """The regime of a rule's full name."""
    id, _, name = of.partition(".")
    regime = regimes.get(id)
    if regime is None:
        raise RuleError(source, where, f"no regime is called {id!r}")
    if name and all(rule.table.id != name for rule in regime.rules):
        raise RuleError(source, where, f"{id} has no rule {name!r}; contactguard regimes show {id} lists them")
    return regime


def _read(regime: Regime, reading: Reading, source: str) -> Regime:
    """The regime with one rule read anew from the reading's first day on."""
    where = f"reading {reading.of}"
    before = [rule for rule in regime.rules if rule.full_id == reading.of]
    shipped = before[0].table
    if regime.head.overlay:
        raise RuleError(source, where, "a policy of the house is no law to read; change it where it stands")
    if shipped.status == "draft":
        raise RuleError(source, where, "this rule is a draft, which decides nothing and nor does a reading of it")
    if shipped.kind != reading.kind:
        raise RuleError(source, f"{where}.kind", f"the rule is a {shipped.kind}, not a {reading.kind}; read it again")
    table = _as_read(shipped, reading)
    refuse(checking.of_rule(table, regime.head), source, where)
    versions = versions_of(table, regime.file, source, where)
    start = versions[0].start
    if any(rule.reading is not None and rule.versions[0].start == start for rule in before):
        raise RuleError(source, where, f"another reading begins on {print_day(start)} too; only one can")
    new = msgspec.structs.replace(before[0], table=table, versions=versions, reading=reading, until=None)
    rules: list[Rule] = []
    for rule in regime.rules:
        rules += [_ended(rule, start), new] if rule is before[-1] else [rule]
    return msgspec.structs.replace(regime, rules=tuple(rules))


def _as_read(shipped: RuleTable, reading: Reading) -> RuleTable:
    return msgspec.structs.replace(
        shipped,
        citation=f"{reading.citation}, as read by {reading.author}",
        message=shipped.message if reading.message is None else reading.message,
        scope=shipped.scope if reading.scope is None else reading.scope,
        relax=shipped.relax if reading.relax is None else reading.relax,
        note=reading.why,
        since=reading.since,
    )


def _ended(rule: Rule, day: Day) -> Rule:
    """The rule as it is until that day."""
    kept = tuple(values for values in rule.versions if values.start < day)
    return msgspec.structs.replace(rule, versions=(*kept, _nothing(rule, day)), until=day)


def _nothing(rule: Rule, day: Day) -> Values:
    return VALUES[rule.table.kind](start=day, repealed=True)


def _check_weight(weight: Weight, regimes: Mapping[str, Regime], others: list[Weight], source: str) -> None:
    where = f"weight {weight.of}"
    regime = _named(weight.of, regimes, source, where)
    for rule in regime.rules:
        if rule.full_id == weight.of and (rule.table.kind in _SILENT or rule.table.status in _SILENT):
            raise RuleError(source, where, "an obligation or a draft refuses nothing, so it has no force to set")
    for other in others:
        if other.of == weight.of and other.start == weight.start and _meet(weight, other):
            raise RuleError(source, f"{where}.from", "another weight of the same begins on that day; only one can")


def _meet(one: Weight, other: Weight) -> bool:
    return one.channels is None or other.channels is None or not set(one.channels).isdisjoint(other.channels)


def _weighed(regime: Regime, weights: list[Weight]) -> Regime:
    rules = []
    for rule in regime.rules:
        mine = tuple(one for one in weights if one.of in (rule.full_id, regime.id))
        silent = rule.table.kind in _SILENT or rule.table.status in _SILENT
        rules.append(rule if silent else msgspec.structs.replace(rule, weights=mine))
    return msgspec.structs.replace(regime, rules=tuple(rules))


def _covers(weight: Weight, channel: str) -> bool:
    return weight.channels is None or channel in weight.channels


def _weight(rule: Rule, channel: str, day: int | None) -> Weight | None:
    """What sets the rule's force from that day: what was said of the rule itself, before what of its whole regime."""
    if day is None:
        return None
    begun = [one for one in rule.weights if _covers(one, channel) and one.start <= day]
    return max(begun, key=lambda one: (one.of == rule.full_id, one.start))


def _part(rule: Rule, since: Day | None, until: Day | None, weight: Weight | None) -> Rule | None:
    """The rule from one day to another; None if it says nothing then."""
    versions = [values for values in rule.versions if until is None or values.start < until]
    if since is not None:
        earlier = [values for values in versions if values.start <= since]
        begun = [msgspec.structs.replace(earlier[-1], start=since)] if earlier else []
        versions = [*begun, *(values for values in versions if values.start > since)]
    if all(values.repealed for values in versions):
        return None
    if until is not None:
        versions.append(_nothing(rule, until))
    table = rule.table if weight is None else msgspec.structs.replace(rule.table, force=weight.force)
    return msgspec.structs.replace(rule, table=table, versions=tuple(versions), weight=weight)


def _renamed(regime: Regime, shipped: Regime, said: list[tuple[str, str]]) -> Regime:
    """The regime under a digest that covers what was read into it, with the one it was made of."""
    texts = sorted(text for id, text in said if id == regime.id)
    digest = hashlib.sha256("\n".join([shipped.digest, *texts]).encode()).hexdigest()
    return msgspec.structs.replace(regime, digest=digest, shipped=shipped)
