"""Whatever comes in: a decision or a named error; and never a yes without a place or without a law."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a_book import shipped
from contactguard.law.answers import Decision
from contactguard.law.decide import Undecidable, decide, encode
from contactguard.law.model import Case, Facts, Person, Request
from contactguard.law.rulebook import Rulebook, RuleError, parse
from contactguard.law.scenario import ScenarioError, from_raw, read

from .making import scenario, scene

CASES = Path(__file__).parents[1] / "cases"
RAW = [json.loads(line) for path in sorted(CASES.glob("*.ndjson")) for line in path.read_text("utf-8").splitlines()]
SHIPPED = shipped()
JUNK: list[Any] = [
    None, True, False, 0, -1, 7, 1.5, 1e308, 10**30, "", " ", "x", "NO", "21:00", "24:00", "2026-05-12", "P-1",
    "C-1", "2026-05-12T07:59:59-04:00", "1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "2101-05-12", "voice",
    "+1", "+" * 9_000,
    "Mars/Olympus", "America/New_York", "UTC", "Etc/GMT+12", "Pacific/Kiritimati", "\x00", "ＵＳ",
    "नमस्ते", "🙂" * 400,
    "US", "ZZ", "us-fdcpa", "house", [], [[]], [None], ["C-1", "C-1"], {}, {"kind": "residence"}, {"": 1},
    [{"kind": "residence", "zones": []}], ["mon"], ["C-9"], [{"ref": "C-1", "notices": []}], list(range(3_000)),
]  # fmt: skip


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if here:
        yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*here, key))


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A public case with a few things taken out, put in or changed."""
    raw: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(RAW)))
    if draw(st.booleans()):
        raw.pop("regimes", None)
    for _ in range(draw(st.integers(1, 3))):
        places = list(paths(raw))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        there: Any = raw
        for key in way:
            there = there[key]
        act = draw(st.sampled_from(("change", "change", "drop", "add")))
        if act == "drop":
            del there[last]
        elif act == "add" and isinstance(there, dict):
            name = draw(st.sampled_from(("extra", "until", "since", "roles", "cases", "lapses", "live", "revoked")))
            there[name] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        else:
            there[last] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return raw


def sound(found: Decision) -> None:
    """It can be written down; and a yes knows where the person is and which law it asked."""
    encode(found)
    if found.verdict == "allow":
        assert found.whereabouts.zones
        assert any(not SHIPPED.regimes[regime.id].head.overlay for regime in found.regimes)


def named(error: ScenarioError) -> None:
    """The error says where and why."""
    assert error.where
    assert error.why


@given(raw=spoilt())
@settings(max_examples=400)
def test_a_spoilt_scenario_is_decided_or_refused_by_name(raw: dict[str, Any]) -> None:
    """Wrong types, missing fields, huge, empty and foreign values."""
    try:
        found = from_raw(raw, "test").decide(SHIPPED)
    except ScenarioError as error:
        named(error)
    else:
        sound(found)


@given(raw=spoilt(), cut=st.integers(0, 3_000), byte=st.binary(max_size=3))
@settings(max_examples=150)
def test_a_spoilt_file_is_read_or_refused_by_name(raw: dict[str, Any], cut: int, byte: bytes) -> None:
    """Bytes put in anywhere, as JSON and as what is left of it in YAML."""
    data = json.dumps(raw).encode()
    place = cut % (len(data) + 1)
    for text in (data[:place] + byte + data[place:], b"# \n" + data[:place] + byte + data[place:]):
        try:
            for case in read(text, "test"):
                sound(case.decide(SHIPPED))
        except ScenarioError as error:
            named(error)


HOSTILE = {
    "text": "hello",
    "number": "7",
    "deep JSON": "[" * 100_000,
    "deep YAML": "a: " + "[" * 20_000,
    "half a surrogate": "\ud800",
    "half a surrogate in JSON": '{"id": "\\ud800"}',
    "half a surrogate in YAML": "# YAML\n" + json.dumps(scene("2026-05-12T12:00:00-04:00") | {"note": "\ud800"}),
    "a tag of another language": "!!python/object/apply:os.system [ls]",
    "a number that is none": "a: !!int abc",
    "a truth that is none": "a: !!bool maybe",
    "a date that is none": "a: !!timestamp abc",
    "a number too long to read": "a: " + "9" * 5_000,
    "a number too long to read in JSON": '{"a": ' + "9" * 5_000 + "}",
    "a list that holds itself": "&a [*a]",
    "an object that holds itself": "&a {scenario: 1, persons: [*a]}",
    "a control character": "a: \x07",
    "a key that is a list": "? [a]\n: b",
    "a key that is a number": "1: b",
    "bytes that are no text": b"\xff\xfe\x00",
    "lines of which one is broken": '{"scenario": 1}\n{"scenario": \n',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_by_name(data: str | bytes) -> None:
    """No such text is a scenario, and each is refused in words."""
    with pytest.raises(ScenarioError) as caught:
        list(read(data, "test"))
    assert caught.value.why


@given(text=st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.decode("latin-1")))
def test_any_text_is_no_rule_file_by_name(text: str) -> None:
    """Whatever the text: RuleError, naming the file."""
    with pytest.raises(RuleError, match=r"spoilt\.toml"):
        parse(text, "spoilt.toml")


def test_facts_without_persons_or_cases_are_refused_not_allowed() -> None:
    """Nothing to ask the law about is no yes."""
    request, at = Request(channel="voice", address="+12125550101"), 1_778_000_000
    for facts in (
        Facts(persons=(), cases=(Case(ref="C-1"),)),
        Facts(persons=scenario(scene("2026-05-12T12:00:00-04:00")).persons, cases=()),
    ):
        with pytest.raises(Undecidable):
            decide(SHIPPED, facts, request, at)


@pytest.mark.parametrize("regimes", [[], ["house"], ["house", "prudent"]], ids=str)
def test_no_law_is_a_no(regimes: list[str]) -> None:
    """An empty list of regimes, or overlays alone, are no law."""
    found = scenario(scene("2026-05-12T12:00:00-04:00", regimes=regimes)).decide(SHIPPED)
    assert "no_regime" in [reason.code for reason in found.reasons]
    assert found.next_allowed is None


def test_no_zone_is_a_no_whatever_the_law() -> None:
    """Nowhere is not everywhere: also where the listed law has no hours at all."""
    nowhere = [{"kind": "residence", "country": "US", "zones": []}]
    raw = scene("2026-05-12T12:00:00-04:00", person={"evidence": nowhere}, regimes=["us-tcpa"])
    found = scenario(raw).decide(SHIPPED)
    assert [reason.code for reason in found.reasons] == ["unknown_whereabouts"]


def test_a_rulebook_without_rules_allows_nothing() -> None:
    """No file, no yes."""
    found = scenario(scene("2026-05-12T12:00:00-04:00")).decide(Rulebook((), "none"))
    assert [reason.code for reason in found.reasons] == ["no_regime"]


def test_an_unknown_person_case_or_regime_is_named() -> None:
    """The service asks without a scenario: the same errors, with the field."""
    facts = Facts(persons=(Person(id="P-1"),), cases=(Case(ref="C-1"),))
    for field, request, regimes in (
        ("contact.person", Request(channel="voice", address="+1", person="P-9"), None),
        ("contact.cases", Request(channel="voice", address="+1", cases=("C-9",)), None),
        ("regimes", Request(channel="voice", address="+1"), ("nowhere",)),
    ):
        with pytest.raises(Undecidable) as caught:
            decide(SHIPPED, facts, request, 0, regimes=regimes)
        assert caught.value.where == field
