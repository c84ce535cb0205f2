"""Completing a case on its way in."""

from __future__ import annotations

from typing import Any

import pytest

from contactguard.errors import BadInput
from contactguard.intake import places, postal
from contactguard.intake.resolve import complete, complete_fact, of_point
from contactguard.law.model import Point


def case(**person: Any) -> dict[str, Any]:
    return {"case": {"ref": "C-1"}, "persons": [{"id": "P-1", **person}]}


def test_a_phone_number_is_normalised_and_brings_its_evidence() -> None:
    """One piece of evidence for each number, with country and zones."""
    body = case(points=[{"address": "(212) 555-0123"}, {"address": "A@Mail.Example"}])
    (person,) = complete(body, "US")["persons"]
    assert [point["address"] for point in person["points"]] == ["+12125550123", "A@mail.example"]
    assert [(one["kind"], one["address"], list(one["zones"])) for one in person["evidence"]] == [
        ("number", "+12125550123", ["America/New_York"])
    ]


def test_a_residence_without_zones_gets_those_of_its_state() -> None:
    """The state's name becomes its letters."""
    person = complete(case(evidence=[{"kind": "residence", "country": "US", "subdivision": "Idaho"}]), "US")
    assert person["persons"][0]["evidence"] == [
        {
            "kind": "residence", "country": "US", "subdivision": "ID",
            "zones": ["America/Boise", "America/Los_Angeles"], "source": places.SOURCE,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("zones", [[], ["America/Chicago"]])
def test_what_the_sender_says_of_zones_stands(zones: list[str]) -> None:
    """Zones given are never replaced, not even by better ones; an empty list says nothing on purpose."""
    said = [
        {"kind": "residence", "country": "US", "subdivision": "NY", "zones": zones},
        {"kind": "number", "address": "+12125550123", "zones": zones},
    ]
    body = complete(case(points=[{"address": "+12125550123"}], evidence=said), "US")
    assert body["persons"][0]["evidence"] == said


@pytest.mark.parametrize(
    "place",
    [
        {"country": "ES"},
        {"country": "US", "postal_code": "42223"},
        {"country": "US", "subdivision": "CA", "postal_code": "10001"},
        {"country": "US", "postal_code": "00000"},
        {"country": "CA", "subdivision": "Alberta", "postal_code": "S9V 1A1"},
    ],
)
def test_completing_twice_changes_nothing(place: dict[str, Any]) -> None:
    """A case read back and sent again is the same case."""
    once = complete(case(points=[{"address": "9025550123"}], evidence=[{"kind": "residence", **place}]), "US")
    assert complete(once, "US") == once


def residence(**place: Any) -> list[tuple[str | None, list[str]]]:
    """(state, zones) of each possible place that comes of this one."""
    (person,) = complete(case(evidence=[{"kind": "residence", **place}]), "US")["persons"]
    return [(one.get("subdivision"), one["zones"]) for one in person["evidence"]]


def test_a_postal_code_narrows_the_zones_of_its_state_and_names_a_state_that_was_left_out() -> None:
    """And the evidence says which table was read, in which version."""
    assert residence(country="US", subdivision="FL", postal_code="33101") == [("FL", ["America/New_York"])]
    assert residence(country="US", postal_code="32501-1234") == [("FL", ["America/Chicago"])]
    assert residence(country="CA", postal_code="P9N 1A1") == [
        ("ON", ["America/Winnipeg", "America/Toronto", "America/Atikokan"])
    ]
    (person,) = complete(case(evidence=[{"kind": "residence", "country": "US", "postal_code": "33101"}]), "US")[
        "persons"
    ]
    assert person["evidence"][0]["source"] == f"{postal.source('US')}, {places.SOURCE}"


def test_a_postal_code_of_several_states_leaves_each_possible_unless_one_is_named() -> None:
    """A garrison on a state line."""
    assert residence(country="US", postal_code="42223") == [
        ("TN", ["America/Chicago"]), ("KY", ["America/Chicago"]),
    ]  # fmt: skip
    assert residence(country="US", subdivision="Kentucky", postal_code="42223") == [("KY", ["America/Chicago"])]


def test_a_postal_code_that_contradicts_the_state_leaves_both_possible() -> None:
    """One of the two is wrong, and nobody here knows which."""
    assert residence(country="US", subdivision="CA", postal_code="10001") == [
        ("CA", ["America/Los_Angeles"]), ("NY", ["America/New_York"]),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["00000", "2134", "ABC", ""])
def test_a_postal_code_that_is_not_given_out_leaves_the_zones_of_the_state(code: str) -> None:
    """It says nothing, and nothing is refused for it."""
    assert residence(country="US", subdivision="ID", postal_code=code) == [
        ("ID", ["America/Boise", "America/Los_Angeles"])
    ]


def test_zones_that_the_sender_names_stand_beside_a_postal_code() -> None:
    """Which still tells the state."""
    zones = ["America/Denver"]
    assert residence(country="US", postal_code="79901", zones=zones) == [("TX", zones)]
    assert residence(country="US", subdivision="FL", postal_code="10001", zones=zones) == [("FL", zones)]


def test_military_mail_says_nothing_of_the_time() -> None:
    """Its reader may be anywhere."""
    assert residence(country="US", postal_code="09012") == [("AE", [])]


def test_a_place_that_a_person_names_is_resolved_like_one_of_a_case() -> None:
    """Further possibilities stand beside the first; what is complete, or another fact, is left alone."""
    said = {"kind": "stated", "country": "US", "postal_code": "42223"}
    fact = complete_fact({"person_id": "P-1", "evidence": said}, "US")
    assert [one["subdivision"] for one in (fact["evidence"], *fact["also"])] == ["TN", "KY"]
    assert complete_fact(fact, "US") == fact
    simple = complete_fact({"person_id": "P-1", "evidence": {"kind": "stated", "country": "US"}}, "US")
    assert "also" not in simple
    assert "America/Adak" in simple["evidence"]["zones"]
    note = {"person_id": "P-1", "note": "rings after work"}
    assert complete_fact(note, "US") == note


@pytest.mark.parametrize(
    ("person", "where"),
    [
        ({"points": [{"address": "+1 212 5"}]}, r"persons\[0\]\.points\[0\]\.address"),
        ({"points": [{"address": "4.91701E+11"}]}, r"persons\[0\]\.points\[0\]\.address: a spreadsheet"),
        ({"evidence": [{"kind": "residence", "country": "usa"}]}, r"persons\[0\]\.evidence\[0\]\.country"),
        (
            {"evidence": [{"kind": "residence", "country": "US", "subdivision": "Bavaria"}]},
            r"persons\[0\]\.evidence\[0\]\.subdivision",
        ),
        (
            {"evidence": [{"kind": "residence", "country": "CA", "subdivision": "Ohio"}]},
            r"persons\[0\]\.evidence\[0\]\.subdivision: CA has no such",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_field(person: dict[str, Any], where: str) -> None:
    """The error names the field as it stands in the body."""
    with pytest.raises(BadInput, match=where):
        complete(case(**person), "US")


@pytest.mark.parametrize(
    "body",
    [{}, {"persons": None}, {"persons": ["x"]}, case(points="x"), case(points=[1]), case(evidence=[None])],
)
def test_a_body_of_another_shape_is_left_for_the_typed_reader(body: dict[str, Any]) -> None:
    """Shapes are judged in one place; nothing here stumbles over them."""
    assert complete(body, "US") == body


def test_one_point_says_where_its_holder_may_be() -> None:
    """An e-mail address is at no place."""
    assert of_point(Point(address="+16025550123"))[0].zones == ("America/Phoenix",)
    assert of_point(Point(address="p1@mail.example")) == ()
