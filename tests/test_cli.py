"""Commands that need no store: `check`, `regimes`, and what bad input is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from a_command import here

SCENARIO = {
    "scenario": 1,
    "id": "before-eight",
    "persons": [
        {
            "id": "P-1",
            "evidence": [{"kind": "residence", "country": "US", "subdivision": "NY", "zones": ["America/New_York"]}],
        }
    ],
    "contact": {"channel": "voice", "address": "+12125550101"},
    "at": "2026-05-12T07:59:59-04:00",
    "regimes": ["us-fdcpa", "us-reg-f", "us-tcpa"],
}  # fmt: skip
DENIED = {"verdict": "deny", "reasons": ["outside_hours"], "next_allowed": "2026-05-12T08:00:00-04:00"}
EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "before-eight.yaml"
COMMANDS = [
    "", "serve", "keys", "keys create", "check", "regimes", "regimes list", "regimes show", "regimes diff",
    "regimes stale", "regimes index", "regimes test", "regimes matrix", "import",
    "history", "audit", "audit verify", "audit rebuild", "doctor",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """`--help` says what it does, and succeeds."""
    said = here(*command.split(), "--help")
    assert said.status == 0
    assert said.out.startswith("Usage: contactguard")


@pytest.mark.parametrize(
    "command", ["keys create", "import", "history", "audit verify", "audit rebuild", "doctor", "serve"]
)
def test_every_command_over_a_store_says_where_it_is(command: str) -> None:
    """`--db` and `--config` everywhere alike."""
    out = here(*command.split(), "--help").out
    assert "--db URL" in out
    assert "--config FILE" in out


def test_a_scenario_is_decided_and_printed_with_its_id(tmp_path: Path) -> None:
    """One decision a line, in the order of the files, whatever the format; the yes and the no alike."""
    lines = tmp_path / "many.ndjson"
    noon = SCENARIO | {"id": "noon", "at": "2026-05-12T12:00:00-04:00"}
    lines.write_text(f"{json.dumps(SCENARIO | {'id': 'early'})}\n{json.dumps(noon)}\n")
    said = here("check", str(lines), str(EXAMPLE))
    assert said.status == 0
    assert said.err == ""
    decisions = [json.loads(line) for line in said.out.splitlines()]
    assert [(one["id"], one["verdict"]) for one in decisions] == [
        ("early", "deny"), ("noon", "allow"), ("before-eight", "deny"),
    ]  # fmt: skip
    assert decisions[0]["next_allowed"] == DENIED["next_allowed"]


@pytest.mark.parametrize(
    ("expect", "named"),
    [
        (DENIED, []),
        ({"verdict": "deny"}, []),
        (DENIED | {"next_allowed": "2026-05-12T12:00:00Z"}, []),
        ({"verdict": "allow"}, ["verdict deny, expected allow"]),
        (
            DENIED | {"next_allowed": "2026-05-12T13:00:00Z"},
            ["next_allowed 2026-05-12T08:00:00-04:00, expected 2026-05-12T09:00:00-04:00"],
        ),
        (DENIED | {"reasons": ["frequency_cap"]}, ["no reason frequency_cap"]),
        (
            DENIED | {"next_allowed": None},
            ["next_allowed 2026-05-12T08:00:00-04:00, expected never (reasons: outside_hours, outside_hours)"],
        ),
        ({"verdict": "deny", "obligations": ["opt_out_notice"]}, ["no obligation opt_out_notice"]),
    ],
)
def test_what_a_scenario_expects_is_compared(expect: dict[str, object], named: list[str]) -> None:
    """Each mismatch is a line on standard error with the scenario's id, and the exit status is 1."""
    said = here("check", "-", given=json.dumps(SCENARIO | {"expect": expect}))
    assert said.status == (1 if named else 0)
    for line in named:
        assert f"before-eight: {line}" in said.err
    assert len(said.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"scenario": 1}', "the field id is missing"),
        (json.dumps(SCENARIO | {"at": "2026-05-12T07:59:59"}), "before-eight: at: expected a time with its offset"),
        (json.dumps(SCENARIO | {"colour": "blue"}), "there is no field colour here"),
        (
            json.dumps(SCENARIO | {"cases": [{"ref": 17}]}),
            "before-eight: cases[0].ref: expected text, got a number; put it in quotes",
        ),
        (json.dumps(SCENARIO | {"contact": {"channel": "fax", "address": "x"}}), "it is one of voice, sms, email"),
        ('{"scenario": 1, "persons": [1], "persons": []}', "the key persons stands twice"),
        ("scenario: 1\npersons: [1]\npersons: []", "line 1: the key persons stands twice"),
        ("# nothing yet", "there is no scenario in it"),
        ("[]", "there is no scenario in it"),
        (json.dumps([SCENARIO, SCENARIO]), "the id before-eight stands twice"),
        ('{"scenario": 1,', "not JSON"),
        ("scenario: [", "not YAML"),
        (json.dumps(SCENARIO | {"regimes": ["xx-none"]}), "xx-none"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_one_clear_line(given: str, told: str) -> None:
    """Exit status 2 and one line that names the field; no traceback."""
    said = here("check", "-", given=given)
    assert said.status == 2
    assert told in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("check", "/nowhere/at-all"), "/nowhere/at-all: cannot be read"),
        (("check",), "Missing argument"),
        (("dance",), "No such command 'dance'"),
        (("regimes", "show", "xx"), "no such regime"),
        (("regimes", "show", "es", "--on", "today"), "--on: expected a date such as"),
        (("regimes", "diff", "es", "2026-01-01", "2026-02-30"), "DATE: no such date"),
        (("regimes", "diff", "es", "2026-01-01", "2026-01-01", "--files"), "--files: name with --db the store"),
        (("regimes", "show", "es", "--db", "sqlite:///x.db", "--rules", "/nowhere"), "--rules: leave it out with --db"),
        (("regimes", "index", "/nowhere.yaml"), "/nowhere.yaml: cannot be read"),
        (("check", "--rules", "/nowhere", "-"), "/nowhere: no such folder"),
        (("keys", "create", "--name", "x", "--scope", "root"), "'root' is not one of"),
        (("serve", "--clock", "2026-03-05T13:00:00-05:00"), "--clock: only with --demo or --test"),
        (("serve", "--test", "--clock", "noon"), "--clock: expected a time with its offset"),
        (("serve", "--port", "70000"), "70000 is not in the range"),
        (("history",), "REF: name the case, or a decision with --scenario"),
        (("regimes", "activate", "/nowhere", "--at", "tomorrow"), "--at: expected a time with its offset"),
        (("regimes", "activate", "/nowhere", "--by", " "), "--by: is empty"),
        (("history", "C-1", "--db", "mysql://localhost/x"), "--db: expected an SQLite file"),
        (("history", "C-1", "--config", "/nowhere.toml"), "/nowhere.toml: cannot be read"),
        (("import", "/nowhere.csv", "--region", "XX"), "--region: no such country"),
        (("import", "/nowhere.csv"), "/nowhere.csv: cannot be read"),
        (("history", "C-1", "--db", "sqlite:////nowhere/at/all.db"), "there is no store"),
    ],
)
def test_bad_input_is_one_clear_line(args: tuple[str, ...], told: str) -> None:
    """Exit status 2, one line on standard error, nothing on standard output."""
    said = here(*args, given="")
    assert (said.status, said.out) == (2, "")
    assert told in said.err
    assert said.err.count("\n") == 1


def test_a_rule_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The operator's own rules are read with the shipped ones, and are as strict."""
    (tmp_path / "mine.toml").write_text("[regime]\nid = 1\n")
    said = here("regimes", "list", "--rules", str(tmp_path))
    assert said.status == 2
    assert "mine.toml: regime.id" in said.err


def test_regimes_are_listed_shown_and_tried() -> None:
    """Every one in a line; one in words with its citations; its own examples decided."""
    listed = here("regimes", "list").out
    assert "us-reg-f" in listed
    assert max(map(len, listed.splitlines())) < 200, "a city stands there by one name"
    shown = here("regimes", "show", "us-reg-f").out
    assert "12 CFR 1006.14(b)(2)" in shown
    tried = here("regimes", "test", "us-reg-f")
    assert (tried.status, tried.err) == (0, "")
    assert "examples" in tried.out


def test_an_example_that_does_not_hold_fails_the_regime(tmp_path: Path) -> None:
    """`regimes test` names the example and what it should have said."""
    wrong = json.dumps(SCENARIO | {"id": "wrong", "expect": {"verdict": "deny"}, "regimes": ["mine"]})
    fields = json.loads(wrong)
    text = '[regime]\nid = "mine"\ntitle = "Mine"\nplaces = ["US"]\nchecked_on = 2026-11-21\n\n[[example]]\n'
    text += "\n".join(f"{key} = {_toml(value)}" for key, value in fields.items())
    (tmp_path / "mine.toml").write_text(text)
    said = here("regimes", "test", "mine", "--rules", str(tmp_path))
    assert said.status == 1
    assert "mine: wrong: verdict allow, expected deny" in said.err


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def test_a_change_that_no_example_notices_fails_the_regime(tmp_path: Path) -> None:
    """`regimes test --mutate` names it and how many were noticed; a regime with examples for all of it passes."""
    assert here("regimes", "test", "--mutate", "house").status == 0
    head = '[regime]\nid = "mine"\ntitle = "Mine"\nplaces = ["ZZ"]\nchecked_on = 2026-11-21\n'
    rule = {"id": "told", "kind": "party", "citation": "Mine, 1", "status": "statute", "verification": "verified"}
    rule |= {"force": "prohibits", "code": "third_party", "message": "No"}
    lines = "\n".join(f"{key} = {_toml(value)}" for key, value in rule.items())
    since = 'since = [{ from = 2020-01-01, may_be_told = ["debtor"] }]\n'
    (tmp_path / "mine.toml").write_text(f"{head}[[rule]]\n{lines}\n{since}")
    said = here("regimes", "test", "--mutate", "mine", "--rules", str(tmp_path))
    assert said.status == 1
    assert "mine.told, since[0].may_be_told: with spouse: no example notices" in said.err
    assert "mine: 0 of 19 changes noticed (0.0%), below the aim of 95%" in said.out


def test_pages_diffs_and_what_is_stale_are_printed() -> None:
    """As of a day that one names."""
    assert "In force since 2021-11-30" in here("regimes", "show", "us-reg-f", "--on", "2026-11-22").out
    assert "Not yet in force" in here("regimes", "show", "us-reg-f", "--on", "2020-01-01").out
    assert "not in force on 2021-11-29" in here("regimes", "diff", "us-reg-f", "2021-11-29", "2021-11-30").out
    assert "says the same" in here("regimes", "diff", "es", "2026-01-01", "2026-01-01").out
    late = here("regimes", "stale", "--on", "2030-01-01")
    assert late.status == 1
    assert "es: its sources were last read on" in late.out
    assert "recalled, not looked up" in here("regimes", "stale", "--on", "2026-11-22", "--days", "36500").out
    found = json.loads(here("regimes", "index", "--json", str(EXAMPLE)).out)
    assert {"laws", "cases"} == set(found)
    assert any(case["id"] == "before-eight" or "eight" in case["id"] for case in found["cases"])
