"""Shapes of law about when a rule holds and how much it weighs, and the page that has a place for every shape."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ..making import ask, book, law, opens_exactly, rule
from .scenes import allows, only, refuses, there

NIGHT = "2026-05-12T22:00:00+02:00"
DAY = {"open": {"all": [["08:00", "21:00"]]}}
HERE = Path(__file__).parent


def test_s64_dates_postponement_and_repeal() -> None:
    """The old hours up to the day before, then the new ones, then none."""
    rules = book(
        law(
            rule(
                "window",
                DAY | {"from": date(2020, 1, 1)},
                {"from": date(2026, 5, 13), "open": {"all": [["09:00", "20:00"]]}},
                {"from": date(2026, 6, 1), "repealed": True},
            ),
            places=["ZZ"],
        )
    )
    opens_exactly(rules, there(NIGHT), "2026-05-13T09:00:00+02:00")
    refuses(rules, there("2026-05-13T20:00:00+02:00"))
    allows(rules, there("2026-06-01T03:00:00+02:00"))


@pytest.mark.parametrize(
    ("status", "force", "verdict"),
    [
        ("statute", "prohibits", "deny"),
        ("regulation", "presumes", "deny"),
        ("guideline", "guides", "deny"),
        ("custom", "guides", "deny"),
        ("statute", "warns", "allow"),
        ("draft", "prohibits", "allow"),
    ],
)
def test_s65_rank_and_force(status: str, force: str, verdict: str) -> None:
    """A presumption, a guideline and custom are taken as a no; a warning stands beside a yes; a draft says nothing."""
    found = ask(only("window", DAY, status=status, force=force), there(NIGHT))
    assert found.verdict == verdict
    assert bool(found.warnings) == (force == "warns")


def test_every_shape_has_a_test_named_after_it() -> None:
    """S01 to S72; one test may cover several that follow each other."""
    named: set[int] = set()
    for path in HERE.glob("test_*.py"):
        for first, last in re.findall(r"def test_s(\d\d)(?:_to_s(\d\d))?_", path.read_text("utf-8")):
            named |= set(range(int(first), int(last or first) + 1))
    assert sorted({*range(1, 73)} - named) == []
