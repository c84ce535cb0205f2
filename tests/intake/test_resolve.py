"""Completing a case on its way in."""

from __future__ import annotations

from typing import Any

import pytest

from contactguard.errors import BadInput
from contactguard.intake import places
from contactguard.intake.resolve import complete, of_point
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


def test_completing_twice_changes_nothing() -> None:
    """A case read back and sent again is the same case."""
    once = complete(case(points=[{"address": "2125550123"}], evidence=[{"kind": "residence", "country": "ES"}]), "US")
    assert complete(once, "US") == once


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
