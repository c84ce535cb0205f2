"""Where people live, as far as a rulebook tells places apart, and which regimes come first by that."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactguard.law.homes import first, home, persons, places
from contactguard.law.model import Evidence
from contactguard.law.places import Spot
from contactguard.law.rulebook import Rulebook
from contactguard.rules.load import load

LAWS = Path(__file__).parent.parent / "places" / "laws"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """Made-up laws of states, provinces and cities beside those shipped."""
    return load([LAWS])


def at(country: str | None, subdivision: str | None = None, kind: str = "residence", **more: str) -> Evidence:
    """Evidence of a place."""
    return Evidence(kind=kind, country=country, subdivision=subdivision, zones=("Etc/UTC",), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("evidence", "spots"),
    [
        ((), ()),
        ((at(None),), ()),
        ((at("US", "NY"),), (Spot("US", "NY", None),)),
        ((at("US", "NY"), at("US", "NJ", "number")), (Spot("US", "NY", None),)),
        ((at("US", "NJ", "number"),), (Spot("US", "NJ", None),)),
        ((at("US", "NY"), at("US", "TX", "stated")), (Spot("US", "TX", None),)),
        ((at("US", "KY"), at("US", "TN")), (Spot("US", "KY", None), Spot("US", "TN", None))),
        ((at("US", "NY", city="BROOKLYN"),), (Spot("US", "NY", "brooklyn"),)),
        ((at("US", "NY", city="Smallville", postal_code="12345-6789"),), (Spot("US", "NY", "", ""),)),
        ((at("US", "NY", postal_code="10001 "),), (Spot("US", "NY", None, "100"),)),
        ((at("BR", "SP", city="Campinas", postal_code="13010-111"),), (Spot("BR", "SP", None, None),)),
    ],
)
def test_a_home_is_told_no_closer_than_a_law_asks(
    book: Rulebook, evidence: tuple[Evidence, ...], spots: tuple[Spot, ...]
) -> None:
    """A person's word goes before a residence, and that before numbers; towns that no law names have no name."""
    assert home(book, evidence) == spots


def test_people_count_where_a_law_surely_holds(book: Rulebook) -> None:
    """In every place where they may live; a city's law needs the city, and a state's the state."""
    homes = [
        ((Spot("US", "NY", "brooklyn"),), 5),
        ((Spot("US", "NY", None),), 7),
        ((Spot("US", "MA", None), Spot("US", "TX", None)), 11),
        ((Spot("US", None, None),), 13),
        ((Spot("PR", None, None),), 17),
    ]
    found = persons(book, homes)
    assert {id: found.get(id) for id in ("made-up-nyc", "made-up-ny", "made-up-ma", "made-up-tx", "made-up-pr")} == {
        "made-up-nyc": 5, "made-up-ny": 12, "made-up-ma": 11, "made-up-tx": 11, "made-up-pr": 17,
    }  # fmt: skip
    assert found["us-fdcpa"] == 5 + 7 + 11 + 13 + 17
    assert "made-up-uy" not in found
    assert all(book.regimes[id].head.places for id in found)
    there = places(book, homes)
    assert [there.get(one) for one in ("US", "PR", "US-NY", "US-NY/New York", "US-NY/Brooklyn", "US-MA", "UY")] == [
        36, 17, 12, 5, 5, 11, None,
    ]  # fmt: skip


def test_the_regimes_of_most_people_come_first_and_the_rest_stay_as_they_stood(book: Rulebook) -> None:
    """For showing only: it is the same rulebook, and the one given is left alone."""
    before = list(book.regimes)
    shown = first(book, {"made-up-tx": 2, "made-up-ny": 3, "made-up-ma": 2})
    assert list(shown.regimes)[:3] == ["made-up-ny", "made-up-ma", "made-up-tx"]
    assert list(shown.regimes)[3:] == [id for id in before if id not in list(shown.regimes)[:3]]
    assert shown.digest == book.digest
    assert list(book.regimes) == before
    assert list(first(book, {}).regimes) == before
