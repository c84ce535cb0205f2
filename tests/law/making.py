"""Small made-up laws and scenes, so that a test says only what it is about.

`law(...)` writes a rule file and parses it as an operator's file would be; `scene(...)` is the body of a scenario.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from contactguard.law.answers import Decision
from contactguard.law.instants import parse_instant, print_instant
from contactguard.law.rulebook import Regime, Rulebook, parse
from contactguard.law.scenario import Scenario, from_raw
from contactguard.rules import load  # noqa: F401  (zone data are the pinned ones from here on)
from contactguard.rules.wordings import shipped

TZDATA = "2026f"
NUMBER = "+12125550101"
NEW_YORK = {"kind": "residence", "country": "US", "subdivision": "NY", "zones": ["America/New_York"]}
OPEN_ALL_DAY = {"all": [["00:00", "24:00"]]}
Raw = dict[str, Any]


def toml(value: Any) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def rule(kind: str, *versions: Raw, id: str = "one", **fields: Any) -> Raw:
    """One rule; a version without `from` has held for long."""
    base: Raw = {
        "id": id,
        "kind": kind,
        "citation": f"Made-up Act, section {id}",
        "status": "statute",
        "verification": "verified",
        "force": "prohibits",
    }
    if kind != "obligation":
        base |= {"code": "outside_hours", "message": "Not now"}
    dated = [{"from": date(2000, 1, 1), **version} for version in versions]
    return base | fields | {"since": dated}


def text(*rules: Raw, id: str = "made-up", calendar: Raw | None = None, **head: Any) -> str:
    """A rule file; without places it holds in the US."""
    if not head.get("overlay"):
        head = {"places": ["US"], **head}
    lines = ["[regime]", f'id = "{id}"', 'title = "Made-up Act"', "checked_on = 2026-01-01"]
    lines += [f"{name} = {toml(value)}" for name, value in head.items()]
    for one in rules:
        lines += ["[[rule]]", *(f"{name} = {toml(value)}" for name, value in one.items())]
    for name, table in (calendar or {}).items():
        lines += [f"[calendar.{name}]", *(f"{field} = {toml(value)}" for field, value in table.items())]
    return "\n".join(lines) + "\n"


def law(*rules: Raw, **head: Any) -> Regime:
    """The regime of these rules, by way of its file."""
    return parse(text(*rules, **head), "made-up.toml")


def book(*regimes: Regime) -> Rulebook:
    """A rulebook of these regimes alone."""
    return Rulebook(regimes, TZDATA, wording=shipped())


def scene(at: str, **fields: Any) -> Raw:
    """A call to one debtor in New York; `person`, `contact` and any top-level field change it."""
    person = {"id": "P-1", "evidence": [NEW_YORK], **fields.pop("person", {})}
    contact = {"channel": "voice", "address": NUMBER, **fields.pop("contact", {})}
    persons = [person, *fields.pop("others", [])]
    return {"scenario": 1, "id": "made-up-1", "persons": persons, "contact": contact, "at": at, **fields}


def scenario(raw: Raw) -> Scenario:
    """The same, read."""
    return from_raw(raw, "test")


def ask(rules: Rulebook, raw: Raw, at: str | None = None) -> Decision:
    """Decide it, at its own instant or another one."""
    return scenario(raw if at is None else raw | {"at": at}).decide(rules)


def codes(decision: Decision) -> list[str]:
    """The reason codes, in order."""
    return [reason.code for reason in decision.reasons]


def same_instant(found: str | None, wanted: str | None) -> bool:
    """Two printed instants, or two absences, are the same."""
    if found is None or wanted is None:
        return found is wanted
    return parse_instant(found) == parse_instant(wanted)


def opens_exactly(rules: Rulebook, raw: Raw, wanted: str) -> None:
    """Refused; allowed at `wanted` and refused one second before; and the decision says so."""
    found = ask(rules, raw)
    assert found.verdict == "deny"
    assert same_instant(found.next_allowed, wanted), found.next_allowed
    assert ask(rules, raw, wanted).verdict == "allow"
    assert ask(rules, raw, print_instant(parse_instant(wanted) - 1)).verdict == "deny"


def closes_exactly(rules: Rulebook, raw: Raw, wanted: str) -> None:
    """Allowed; still allowed one second before `wanted`, refused at it; and the decision says so."""
    found = ask(rules, raw)
    assert found.verdict == "allow", found.reasons
    assert same_instant(found.valid_until, wanted), found.valid_until
    assert ask(rules, raw, print_instant(parse_instant(wanted) - 1)).verdict == "allow"
    assert ask(rules, raw, wanted).verdict == "deny"
