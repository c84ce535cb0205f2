"""Where a debtor may be contacted now: the table of places, each decided as any contact is."""

from __future__ import annotations

import json

import msgspec
import pytest

from a_command import run
from contactguard.intake.places import zones_of
from contactguard.law.instants import parse_instant
from contactguard.law.rulebook import Rulebook
from contactguard.rules.load import load
from contactguard.rules.pages.matrix import Row, Wanted, in_words, matrix, places

from .making import Raw, book, law, rule

NOON = "2026-05-12T12:00:00-04:00"
DAY = {"open": {"all": [["08:30", "21:00"]]}}


def made(*places: str, id: str = "made-up", **fields: object) -> Rulebook:
    return book(law(rule("window", DAY, **fields), id=id, places=list(places)))


def row_of(rules: Rulebook, named: str, at: str, **fields: object) -> Row:
    wanted = msgspec.convert({"at": parse_instant(at), **fields}, Wanted)
    return next(row for row in matrix(rules, wanted, zones_of) if row.place == named)


def test_every_place_that_a_law_names_has_a_row() -> None:
    """A city under the first of its names only."""
    assert places(made("US-NY/New York", "US-NY/NYC", "US-NJ/Newark", "FR")) == ["FR", "US-NJ/Newark", "US-NY/New York"]
    named = {place for regime in load().laws for place in regime.head.places if "/" not in place}
    assert named <= set(places(load()))


def test_a_row_says_whether_until_when_and_by_which_rule_not() -> None:
    """By the clock of the place."""
    rules = made("US-NY")
    open, shut = row_of(rules, "US-NY", NOON), row_of(rules, "US-NY", "2026-05-12T22:00:00-04:00")
    assert (open.verdict, open.until, open.next_allowed, open.refused_by) == (
        "allow",
        "2026-05-12T21:00:00-04:00",
        None,
        (),
    )
    assert (shut.verdict, shut.until, shut.next_allowed) == ("deny", None, "2026-05-13T08:30:00-04:00")
    assert [one.rule for one in shut.refused_by] == ["made-up.one"]
    assert shut.local == ("2026-05-12T22:00:00-04:00",)


def test_where_a_place_has_several_zones_all_must_be_open() -> None:
    """Half past eight in the western part of the state."""
    row = row_of(made("US-TN"), "US-TN", "2026-05-12T08:45:00-04:00")
    assert len(row.zones) == 2
    assert row.verdict == "deny"
    assert parse_instant(row.next_allowed or "") == parse_instant("2026-05-12T09:30:00-04:00")


def test_the_hours_of_a_day_are_open_closed_or_both() -> None:
    """An hour that the clocks skip is neither."""
    row = row_of(made("US-NY"), "US-NY", NOON, hours=True)
    assert row.hours == (*["closed"] * 8, "part", *["open"] * 12, *["closed"] * 3)
    assert row_of(made("US-NY"), "US-NY", NOON).hours is None
    spring = row_of(made("US-NY"), "US-NY", "2026-03-08T12:00:00-04:00", hours=True)
    assert spring.hours is not None
    assert spring.hours[1:4] == ("closed", "none", "closed")


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [
        ({"channels": ["voice"]}, {}, {"channel": "sms"}),
        ({"products": ["auto"]}, {"product": "auto"}, {"product": "mortgage"}),
        ({"collectors": ["third_party"]}, {}, {"collector": "first_party"}),
        ({"places": ["work"]}, {"place": "work"}, {"place": "home"}),
    ],
)
def test_the_contact_asked_about_can_be_named(scope: Raw, inside: Raw, outside: Raw) -> None:
    """By channel, product, collector and place."""
    night, rules = "2026-05-12T22:00:00-04:00", made("US-NY", scope=scope)
    assert row_of(rules, "US-NY", night, **inside).verdict == "deny"
    assert row_of(rules, "US-NY", night, **outside).verdict == "allow"


def test_the_table_is_one_line_a_place() -> None:
    """Its moments by all its clocks, the hours as marks; rules beyond the third are counted."""
    wanted = Wanted(at=parse_instant("2026-05-12T22:00:00-04:00"), hours=True)
    many = book(law(*(rule("window", DAY, id=f"r{n}") for n in range(5)), places=["US-NY", "US-TN"]))
    head, first, second, summary, key = in_words(list(matrix(many, wanted, zones_of)), wanted.at)
    assert head.split()[:2] == ["PLACE", "LOCAL"]
    assert first == (
        "US-NY  Tue 22:00          no   Wed 05-13 08:30          ........+############...  "
        "made-up.r0, made-up.r1, made-up.r2 and 2 more"
    )
    assert second.startswith("US-TN  Tue 21:00 - 22:00  no   Wed 05-13 08:30 - 09:30  ")
    assert summary == (
        "At 2026-05-13T02:00:00Z: open in 0 of 2 places. A yes means that no rule here forbids it."
    )
    assert "# open" in key


def test_the_command_prints_a_table_or_json() -> None:
    """For all that is shipped; `--at` must be an instant."""
    said = run("regimes", "matrix", "--at", "2026-05-12T12:00:00-04:00", "--hours")
    assert said.status == 0, said.err
    assert "places." in said.out
    rows = [json.loads(line) for line in run("regimes", "matrix", "--channel", "sms", "--json").out.splitlines()]
    assert {row["place"] for row in rows} == set(places(load()))
    wrong = run("regimes", "matrix", "--at", "noon")
    assert wrong.status == 2
    assert "--at: expected a time with its offset" in wrong.err
