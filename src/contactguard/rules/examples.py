"""The worked examples that stand in rule files, as scenarios, and whether they come out as they say.

An example is a scenario without `scenario = 1`; without `regimes` it is decided by its own regime alone. TOML has no
null, so `next_allowed = "never"` says that time alone will not help. `each` gives one field several values, and the
example stands for as many. A policy of the house is no law, so an overlay's examples are decided over a law that says
nothing. It holds in `ZZ`; an example that says where the agent sits is decided by place, and its person lives there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import tzdata

from ..law.rulebook import OwnFile, Regime, Rulebook, RuleError, parse
from ..law.scenario import Scenario, ScenarioError, from_raw, mismatches
from .quick import examples_of
from .wordings import shipped

_SILENT = "silent-law"


def scenarios(regime: Regime) -> Iterator[Scenario]:
    """Every example of the regime. `RuleError` names the file, the example and the field."""
    seen: set[str] = set()
    for name, raw in _written(regime):
        where = f"example {name}"
        try:
            example = from_raw({"scenario": 1, **raw, **_never(raw)}, where)
        except ScenarioError as error:
            raise RuleError(regime.source, error.where, error.why) from None
        if example.expect is None:
            raise RuleError(regime.source, f"{where}.expect", "say what the decision must be")
        if example.id in seen:
            raise RuleError(regime.source, where, "this id stands twice in the file")
        seen.add(example.id)
        _check_silent(example.expect.silent, regime, where)
        named = (regime.id, _SILENT) if regime.head.overlay else (regime.id,)
        usual = None if example.contact.agent_place else named
        yield msgspec.structs.replace(example, regimes=example.regimes or usual)


def scenarios_of(file: OwnFile) -> Iterator[Scenario]:
    """Every example of a file of readings and weights; without `regimes`, by those that the file touches."""
    touched = sorted({id for id, _ in file.said})
    examples = tuple({"regimes": touched, **raw} for raw in file.table.example)
    silent = _silent()
    yield from scenarios(
        msgspec.structs.replace(silent, source=file.source, file=msgspec.structs.replace(silent.file, example=examples))
    )


def with_examples(regime: Regime) -> Regime:
    """The same with the examples read that were left for later."""
    if not regime.later:
        return regime
    raw = examples_of(regime.later, regime.source)
    file = msgspec.structs.replace(regime.file, example=(*regime.file.example, *raw))
    return msgspec.structs.replace(regime, file=file, later="")


def _check_silent(silent: tuple[str, ...], regime: Regime, where: str) -> None:
    """A rule that is not there would be silent for ever."""
    known = {f"{regime.id}.{rule.id}" for rule in regime.file.rule}
    for name in silent:
        if name.startswith(f"{regime.id}.") and name not in known:
            raise RuleError(regime.source, f"{where}.expect.silent", f"there is no rule {name}")


def _written(regime: Regime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every example with its name, those with `each` once for each value."""
    for place, raw in enumerate(with_examples(regime).file.example):
        name = raw.get("id", f"number {place + 1}")
        if "each" not in raw:
            yield name, raw
            continue
        for number, (path, value) in enumerate(_values(raw["each"], regime, name), 1):
            one = f"{name}.{value if isinstance(value, str) else number}"
            rest = {key: field for key, field in raw.items() if key != "each"}
            try:
                yield one, {**_set(rest, path.split("."), value), "id": one}
            except (LookupError, TypeError, ValueError):
                raise RuleError(regime.source, f"example {name}.each", f"there is no place called {path}") from None


def _values(each: Any, regime: Regime, name: str) -> list[tuple[str, Any]]:
    fields = list(each.items()) if isinstance(each, dict) else []
    if len(fields) != 1 or not isinstance(fields[0][1], list) or not fields[0][1]:
        raise RuleError(regime.source, f"example {name}.each", "give one field with a list of values")
    path, values = fields[0]
    return [(path, value) for value in values]


def _set(whole: Any, path: list[str], value: Any) -> Any:
    """The same with `value` at that place; lists are counted from 0."""
    if not path:
        return value
    first, *rest = path
    if isinstance(whole, list):
        place = int(first)
        return [*whole[:place], _set(whole[place], rest, value), *whole[place + 1 :]]
    return {**whole, first: _set(whole.get(first, {}), rest, value)}


def alone(regime: Regime) -> Rulebook:
    """The rulebook by which the regime's examples are decided: the law as shipped, not as the operator reads it."""
    return Rulebook((regime.shipped or regime, _silent()), tzdata.IANA_VERSION, wording=shipped())


def run(regime: Regime) -> list[tuple[str, list[str]]]:
    """Decide the regime's examples: (id, how the decision departs from what it says; empty if it does not)."""
    book, out = alone(regime), []
    for example in scenarios(regime):
        out.append((example.id, _wrong(example, book)))
    return out


def _wrong(example: Scenario, book: Rulebook) -> list[str]:
    try:
        return mismatches(example.expect, example.decide(book)) if example.expect else []
    except ScenarioError as error:
        return [str(error)]


def run_own(file: OwnFile, book: Rulebook) -> list[tuple[str, list[str]]]:
    """Decide the examples of a file of readings and weights by the regimes of `book` as they are read there."""
    out = []
    for example in scenarios_of(file):
        named = [book.regimes[id] for id in example.regimes or () if id in book.regimes]
        out.append((example.id, _wrong(example, Rulebook((*named, _silent()), book.tzdata, wording=book.wording))))
    return out


def _never(raw: dict[str, Any]) -> dict[str, Any]:
    expect = raw.get("expect")
    if isinstance(expect, dict) and expect.get("next_allowed") == "never":
        return {"expect": {**expect, "next_allowed": None}}
    return {}


@lru_cache(maxsize=1)
def _silent() -> Regime:
    head = 'title = "A law that says nothing"\nplaces = ["ZZ"]\nchecked_on = 2026-01-01'
    return parse(f'[regime]\nid = "{_SILENT}"\n{head}\n', "silent.toml")
