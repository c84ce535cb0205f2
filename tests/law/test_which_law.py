"""Which law applies where nobody names one: our own scenarios, over the shipped rules and over made-up ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_book import federal_and, shipped
from contactguard.law.rulebook import Rulebook
from contactguard.law.scenario import Scenario, mismatches, read

TESTS = Path(__file__).parents[1]
SHIPPED, MADE_UP = TESTS / "cases" / "which-law.ndjson", TESTS / "places" / "which-law.ndjson"
CASES = [(case, path) for path in (SHIPPED, MADE_UP) for case in read(path.read_bytes(), path.name)]


@pytest.fixture(scope="module")
def books() -> dict[Path, Rulebook]:
    """The rules as shipped, and the federal ones with laws made up for these scenarios beside them."""
    return {SHIPPED: shipped(), MADE_UP: federal_and(TESTS / "places" / "laws")}


def named(case: Scenario, what: str) -> list[str]:
    """The words that the tags of this scenario give for `asks`, `assumes` or `doubts`."""
    found = [tag.removeprefix(f"{what}:") for tag in case.tags if tag.startswith(f"{what}:")]
    return sorted(word for words in found for word in words.split())


@pytest.mark.parametrize(("case", "path"), CASES, ids=lambda value: getattr(value, "id", ""))
def test_the_laws_of_every_possible_place_are_asked(case: Scenario, path: Path, books: dict[Path, Rulebook]) -> None:
    """Those and no others; what is assumed and what is doubtful is said; verdict and next moment are theirs."""
    decision = case.decide(books[path])
    assert case.regimes is None
    assert case.expect is not None
    assert mismatches(case.expect, decision) == []
    laws = {regime.id for regime in books[path].laws}
    if any(tag.startswith("asks:") for tag in case.tags):
        assert [one.id for one in decision.regimes if one.id in laws] == named(case, "asks")
    placed = [word for word in decision.assumed if word.startswith(("place.", "elsewhere."))]
    assert placed == named(case, "assumes")
    assert sorted(decision.whereabouts.doubts) == named(case, "doubts")


def test_there_are_enough_of_them_and_each_says_why() -> None:
    """At least forty, none without a reason, none twice."""
    assert len(CASES) >= 40
    assert all(case.note for case, _ in CASES)
    assert len({case.id for case, _ in CASES}) == len(CASES)
