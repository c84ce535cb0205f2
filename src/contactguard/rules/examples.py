"""The worked examples that stand in rule files, as scenarios, and whether they come out as they say.

An example is a scenario without `scenario = 1`; without `regimes` it is decided by its own regime alone. TOML has no
null, so `next_allowed = "never"` says that time alone will not help. A policy of the house is no law, so an overlay's
examples are decided over a law that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import tzdata

from ..law.rulebook import Regime, Rulebook, RuleError, parse
from ..law.scenario import Scenario, ScenarioError, from_raw, mismatches

_SILENT = "silent-law"


def scenarios(regime: Regime) -> Iterator[Scenario]:
    """Every example of the regime. `RuleError` names the file, the example and the field."""
    seen: set[str] = set()
    for place, raw in enumerate(regime.file.example):
        name = raw.get("id", f"number {place + 1}")
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
        named = (regime.id, _SILENT) if regime.head.overlay else (regime.id,)
        yield msgspec.structs.replace(example, regimes=example.regimes or named)


def alone(regime: Regime) -> Rulebook:
    """The rulebook by which the regime's examples are decided."""
    return Rulebook((regime, _silent()), tzdata.IANA_VERSION)


def run(regime: Regime) -> list[tuple[str, list[str]]]:
    """Decide the regime's examples: (id, how the decision departs from what it says; empty if it does not)."""
    book, out = alone(regime), []
    for example in scenarios(regime):
        try:
            found = mismatches(example.expect, example.decide(book)) if example.expect else []
        except ScenarioError as error:
            found = [str(error)]
        out.append((example.id, found))
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
