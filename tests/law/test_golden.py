"""Frozen decisions: the same facts, rules, zone data and engine give the same bytes, on any machine, any year."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactguard.law.decide import encode
from contactguard.law.readings import applied, own_file
from contactguard.law.rulebook import Rulebook, opened, parse
from contactguard.law.scenario import Scenario, read
from contactguard.rules import load  # noqa: F401  (zone data are the pinned ones)

GOLDEN = Path(__file__).parents[1] / "golden"
RULES = Rulebook((parse((GOLDEN / "law.toml").read_text("utf-8"), "law.toml"),), "2026f")
OWN = (GOLDEN / "as-read" / "own.toml").read_text("utf-8")
SAID = own_file(opened(OWN, "own.toml"), OWN, "own.toml")
AS_READ = Rulebook(applied(RULES.regimes, [SAID]).values(), "2026f", own=(SAID,))
CASES = list(read((GOLDEN / "scenarios.yaml").read_bytes(), "scenarios.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_frozen_decision_is_the_same_to_the_byte(case: Scenario) -> None:
    """A difference here is a new engine, or a mistake."""
    assert encode(case.decide(RULES)) + b"\n" == (GOLDEN / f"{case.id}.json").read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_frozen_decision_by_a_law_as_counsel_reads_it_is_the_same_too(case: Scenario) -> None:
    """With its readings and weights."""
    assert encode(case.decide(AS_READ)) + b"\n" == (GOLDEN / "as-read" / f"{case.id}.json").read_bytes()


def test_every_frozen_decision_has_its_facts() -> None:
    """None is left over, none is missing, and both answers occur."""
    assert {case.id for case in CASES} == {path.stem for path in GOLDEN.glob("*.json")}
    assert {case.decide(RULES).verdict for case in CASES} == {"allow", "deny"}
