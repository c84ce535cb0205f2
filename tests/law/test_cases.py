"""The public cases: each scenario of tests/cases is decided with the shipped rules and is as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_book import shipped
from contactguard.law.scenario import Scenario, mismatches, read

FILES = sorted((Path(__file__).parents[1] / "cases").glob("*.ndjson"))
CASES = [case for path in FILES for case in read(path.read_bytes(), path.name)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_public_case_is_decided_as_it_says(case: Scenario) -> None:
    """Verdict, reasons, obligations and the next allowed instant are those of the case."""
    assert case.expect is not None
    assert mismatches(case.expect, case.decide(shipped())) == []


def test_there_are_public_cases_and_none_stands_twice() -> None:
    """An empty or doubled file would prove nothing."""
    ids = [case.id for case in CASES]
    assert FILES
    assert all(path.stat().st_size for path in FILES)
    assert len(ids) == len(set(ids)) > 0
