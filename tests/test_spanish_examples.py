"""The examples for Spain that the README hands out: each of its rules refuses one contact and allows another."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_book import shipped
from contactguard.law.scenario import mismatches, read

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
RULES = {
    "es-third-party": "es.debtors_only",
    "es-wrong-number": "es.wrong_number",
    "es-court-look": "es.no_court_look",
    "es-threats": "es.no_threats",
    "es-identify": "es.identify",
    "es-arrears": "es.not_before_due",
}


@pytest.mark.parametrize("name", RULES)
def test_each_rule_refuses_one_contact_and_allows_another(name: str) -> None:
    """The refusal rests on that rule alone; nobody names a regime, so the place brings it."""
    path = EXAMPLES / f"{name}.yaml"
    refused, *allowed = read(path.read_bytes(), path.name)
    decision = refused.decide(shipped())
    assert refused.expect is not None
    assert mismatches(refused.expect, decision) == []
    assert {reason.rule for reason in decision.reasons} == {RULES[name]}
    assert allowed
    for case in allowed:
        assert case.expect is not None
        assert case.regimes is None
        assert case.expect.verdict == "allow"
        assert mismatches(case.expect, case.decide(shipped())) == []


def test_there_is_an_example_file_for_each_and_no_other() -> None:
    """None is left over."""
    assert {path.stem for path in EXAMPLES.glob("es-*.yaml")} == set(RULES)
