"""Rulebooks to test with; those without files of a test's own are read once a process, as a rulebook is immutable."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from contactguard.law.rulebook import Rulebook
from contactguard.rules.load import House, load

FEDERAL = frozenset({"us-fdcpa", "us-reg-f", "us-tcpa"})
_NO_LIMIT = House(live_calls_per_person=0)


@cache
def shipped(house: House | None = None) -> Rulebook:
    """Every shipped rule, with the house's numbers."""
    return load(house=house)


@cache
def federal(house: House | None = None) -> Rulebook:
    """The shipped rules without those of any state, city or other country: what holds in the whole United States.

    For a test of what is done with a law, which must not change with every place that is researched.
    """
    return _federal(shipped(house))


def federal_and(*folders: Path, house: House | None = None) -> Rulebook:
    """The same, with all that these folders hold."""
    return _federal(load(folders, house=house))


def lifted(*folders: Path) -> Rulebook:
    """The federal rules with the house's cap on live calls lifted, and those of some folders."""
    return federal_and(*folders, house=_NO_LIMIT) if folders else federal(_NO_LIMIT)


def _federal(book: Rulebook) -> Rulebook:
    elsewhere = {one.id for one in shipped().laws} - FEDERAL
    kept = [regime for id, regime in book.regimes.items() if id not in elsewhere]
    return Rulebook(kept, book.tzdata, own=book.own, wording=book.wording)
