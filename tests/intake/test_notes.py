"""Whose a further number is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from a_source import rows

HEAD = "vendor_lead_code,phone_code,phone_number,multi_alt_phones,state\n"


def persons(folder: Path, text: str) -> list[dict[str, Any]]:
    (row,) = rows(folder, text)
    assert row.body is not None, row.why
    found: list[dict[str, Any]] = row.body["persons"]
    return found


def test_notes_of_vicidial_make_workplaces_and_third_parties(tmp_path: Path) -> None:
    """A neighbour's number is nobody's on the account; one at work is the debtor's, and says so."""
    debtor, neighbour = persons(tmp_path, HEAD + "C-1,1,2125550123,2125550124_1_work!6465550125_1_neighbor,NY\n")
    assert debtor["points"] == [{"address": "+12125550123"}, {"address": "+12125550124", "label": "work"}]
    assert (neighbour["role"], neighbour["points"]) == ("third_party", [{"address": "+16465550125"}])
    assert neighbour["id"].startswith("C-1/neighbor-")


@pytest.mark.parametrize(
    ("note", "role"),
    [
        ("neighbour", "third_party"), ("mother", "third_party"), ("Emergency", "third_party"), ("x9", "third_party"),
        ("Maria", "third_party"), ("spouse", "spouse"), ("employer", "employer"), ("lawyer", "attorney"),
        ("cosigner", "guarantor"), ("work neighbor", "third_party"),
    ],
)  # fmt: skip
def test_a_note_names_the_role_or_makes_a_third_party(tmp_path: Path, note: str, role: str) -> None:
    """What nobody knows is never a debtor's number."""
    debtor, other = persons(tmp_path, HEAD + f"C-1,1,2125550123,6465550125_1_{note},NY\n")
    assert other["role"] == role
    assert debtor["points"] == [{"address": "+12125550123"}]


@pytest.mark.parametrize(
    ("note", "label"), [("", "other"), ("_", "other"), ("_work", "work"), ("_home", "home"), ("_alt_2", "other")]
)
def test_a_note_may_say_what_number_of_the_debtor_it_is(tmp_path: Path, note: str, label: str) -> None:
    """Nobody else is made of it."""
    (debtor,) = persons(tmp_path, HEAD + f"C-1,1,2125550123,6465550125_1{note},NY\n")
    assert debtor["points"][1] == {"address": "+16465550125", "label": label}


def test_the_same_person_has_the_same_id_wherever_they_stand(tmp_path: Path) -> None:
    """So that what was learned of them stays theirs; the id holds no number."""
    one = persons(tmp_path, HEAD + "C-1,1,2125550123,6465550125_1_friend!6465550126_1_friend,NY\n")[1:]
    other = persons(tmp_path, HEAD + "C-1,1,2125550123,6465550126_1_friend!6465550125_1_friend,NY\n")[1:]
    assert one == other[::-1]
    assert not any("555" in person["id"] for person in one)


def test_headers_say_whose_a_number_is(tmp_path: Path) -> None:
    """Columns for the people around a debtor, and further columns of their own."""
    head = "ref,phone,phone_neighbor,home_phone_spouse,phone3,employerPhone,spouse_email,phone_type\n"
    line = "C-1,2125550123,2125550124,2125550125,2125550126,2125550127,s@mail.example,cell\n"
    debtor, *people = persons(tmp_path, head + line)
    assert debtor["points"] == [{"address": "+12125550123"}, {"address": "+12125550126", "label": "other"}]
    assert [(one["role"], one["points"][0]["address"]) for one in people] == [
        ("third_party", "+12125550124"),
        ("spouse", "+12125550125"),
        ("employer", "+12125550127"),
        ("spouse", "s@mail.example"),
    ]


@pytest.mark.parametrize("text", ["2125550124_1_work!call", "2.12555E+09_1_work", "555_1_home"])
def test_a_damaged_number_refuses_its_row(tmp_path: Path, text: str) -> None:
    """The whole row, for the person would come without that number."""
    (row,) = rows(tmp_path, HEAD + f"C-1,1,2125550123,{text},NY\n")
    assert str(row.why).startswith("more: ")


@pytest.mark.parametrize(
    ("country", "code", "why"),
    [
        ("US", "2134", "5 digits are expected; a spreadsheet may have dropped a leading zero"),
        ("USA", "2134", "a spreadsheet may have dropped a leading zero"),
        ("US", "2134-1234", "a spreadsheet may have dropped a leading zero"),
        ("US", "10001.0", "a spreadsheet has made a number of it"),
        ("DE", "1067", "a spreadsheet may have dropped a leading zero"),
        ("Germany", "1067", "a spreadsheet may have dropped a leading zero"),
        ("Freedonia", "10001", "country: expected the two capital letters"),
    ],
)
def test_a_postal_code_without_its_zero_is_refused(tmp_path: Path, country: str, code: str, why: str) -> None:
    """It would be a place nobody named."""
    (row,) = rows(tmp_path, f"ref,country,zip\nC-1,{country},{code}\n")
    assert why in str(row.why)


def test_a_country_is_known_by_its_letters_names_or_dialling_code(tmp_path: Path) -> None:
    """ViciDial writes three letters; others write a number's code into that column."""
    text = "ref,country_code,phone,zip\nC-1,USA,2125550123,10001\nC-2,United Kingdom,07911 123456,SW1A 1AA\n"
    one, two, three = rows(tmp_path, text + "C-3,34,910001234,10001\n")
    bodies = [row.body or {} for row in (one, two, three)]
    assert [body["persons"][0]["points"][0]["address"] for body in bodies] == [
        "+12125550123",
        "+447911123456",
        "+34910001234",
    ]
    assert [body["persons"][0]["evidence"][0]["country"] for body in bodies] == ["US", "GB", "US"]


def test_a_lead_s_status_is_not_the_case_s(tmp_path: Path) -> None:
    """ViciDial's own columns are known by their company."""
    head = "lead_id,status,vendor_lead_code,gmt_offset_now,called_since_last_reset,phone_number\n"
    (row,) = rows(tmp_path, head + "9,NA,C-1,-5,N,2125550123\n")
    assert row.ref == "C-1"
    assert row.body is not None
    assert row.body["case"] == {"ref": "C-1"}
