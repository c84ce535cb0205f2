"""Scenario files: YAML with JSON's scalars, and errors that name the field."""

from __future__ import annotations

import json

import pytest

from a_book import shipped
from contactguard.law.decide import encode
from contactguard.law.scenario import Scenario, ScenarioError, from_raw, read, write

from .making import scenario, scene
from .test_cases import CASES

SHIPPED = shipped()
PLAIN = """
scenario: 1
id: NO
note: ON
tags: [21:00, 0x1F, 1_000, 007, .5, 1., +1, .inf, yes, off, "", 2026-05-12]
persons:
  - id: 1e3x
    evidence: [{kind: residence, country: NO, zones: [Europe/Oslo]}]
    restrictions: [{kind: inconvenient_hours, from: 08:00, to: 21:00}]
contact: {channel: voice, address: +4721000001}
at: 2026-05-12T07:59:59+02:00
"""


def test_yaml_has_the_scalars_of_json_and_everything_else_is_text() -> None:
    """Norway stays NO, a clock time stays 21:00, and leading zeros stay."""
    case = next(read(PLAIN, "plain.yaml"))
    assert case.id == "NO"
    assert case.note == "ON"
    wanted = ("21:00", "0x1F", "1_000", "007", ".5", "1.", "+1", ".inf", "yes", "off", "", "2026-05-12")
    assert case.tags == wanted
    assert case.persons[0].evidence[0].country == "NO"
    assert case.persons[0].restrictions[0].end == 21 * 60
    assert case.contact.address == "+4721000001"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("id: 7", "id"),
        ("id: 1e3", "id"),
        ("source: 12.5", "source"),
        ("note: true", "note"),
        ("contact: {channel: voice, address: 4721000001}", "contact.address"),
        ("persons: [{id: 1}]", "persons[0].id"),
        ("persons: null", "persons"),
    ],
)
def test_an_unquoted_number_where_text_belongs_names_the_field(line: str, field: str) -> None:
    """A number, a truth or nothing is no text."""
    lines = [one for one in PLAIN.splitlines() if not one.startswith(line.split(":")[0] + ":")]
    if line.startswith("persons"):
        lines = [one for one in lines if not one.startswith(" ")]
    with pytest.raises(ScenarioError) as caught:
        list(read("\n".join([*lines, line]), "plain.yaml"))
    assert caught.value.where.endswith(field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"persons": []}, "persons"),
        ({"cases": []}, "cases"),
        ({"cases": [{"ref": "C-1"}, {"ref": "C-1"}]}, "cases"),
        ({"persons": [{"id": "P-1"}, {"id": "P-1"}]}, "persons"),
        ({"persons": [{"id": "P-1", "cases": ["C-2"]}]}, "persons[0].cases"),
        ({"persons": [{"id": "P-1", "cases": []}]}, "persons[0].cases"),
        ({"persons": [{"id": "P-1", "evidence": [{"kind": "residence", "zones": ["Nowhere"]}]}]}, "evidence[0].zones"),
        ({"persons": [{"id": "P-1", "restrictions": [{"kind": "inconvenient_hours", "to": "08:00"}]}]}, "restrictions"),
        ({"history": [{"at": "2026-05-12T07:00:00Z", "channel": "sms", "outcome": "sent", "person": "P-9"}]}, "person"),
        ({"contact": {"channel": "portal", "address": "x"}}, "contact.channel"),
        ({"contact": {"channel": "sms", "address": "x", "person": "P-9"}}, "contact.person"),
        ({"contact": {"channel": "sms", "address": "x", "cases": ["C-9"]}}, "contact.cases"),
        ({"regimes": ["nowhere"]}, "regimes"),
        ({"scenario": 2}, "scenario"),
        ({"surprise": 1}, ""),
    ],
)  # fmt: skip
def test_facts_that_do_not_fit_together_name_the_field(change: dict[str, object], field: str) -> None:
    """Read or decided: one error, with the place in the file."""
    with pytest.raises(ScenarioError) as caught:
        from_raw(scene("2026-05-12T12:00:00-04:00") | change, "test").decide(SHIPPED)
    assert field in caught.value.where


def test_one_a_list_and_one_a_line_are_read_alike() -> None:
    """JSON and YAML, alone, in a list, in lines, in documents."""
    raw = scene("2026-05-12T12:00:00-04:00")
    one = json.dumps(raw)
    texts = ((one, 1), (f"[{one},{one}]", 2), (f"{one}\n\n{one}\n", 2), (f"--- {one}\n--- {one}", 2), (f"- {one}", 1))
    for text, count in texts:
        assert [case.id for case in read(text, "test")] == ["made-up-1"] * count
    assert [case.id for case in read(b"\xef\xbb\xbf" + one.encode(), "test")] == ["made-up-1"]


def test_a_broken_line_is_named_by_its_number() -> None:
    """NDJSON says which line."""
    one = json.dumps(scene("2026-05-12T12:00:00-04:00"))
    with pytest.raises(ScenarioError, match="line 2"):
        list(read(f"{one}\n{{broken\n", "test"))


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: case.id)
def test_a_public_case_written_out_decides_the_same(case: Scenario) -> None:
    """Write, read, decide: the same bytes."""
    first = case.decide(SHIPPED)
    data = write(case.id, case.facts, case.contact, case.at, regimes=case.regimes)
    assert encode(next(read(data, "test")).decide(SHIPPED)) == encode(first)


def test_the_defaults_of_files_are_not_those_of_a_store() -> None:
    """A file vouches for what it leaves out; a scenario that a store wrote says what its operator vouches for."""
    raw = scene("2026-05-12T12:00:00-04:00")
    assert scenario(raw).facts.cases[0].product == "credit_card"
    assert scenario(raw | {"operator": {}}).facts.cases[0].product is None
