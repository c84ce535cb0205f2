"""Policies for some and counsel's readings in a running service: from the facts of the store to the decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_book import federal_and
from a_road import Office, Offices, codes
from contactguard.sections import CollectorSettings
from contactguard.settings import Settings

POLICIES = """
[regime]
id = "ours"
title = "What our clients ask for"
overlay = true
checked_on = 2026-11-21
"""
NEVER = """
[[rule]]
id = "{id}"
kind = "counter"
citation = "Placement agreement, section 4"
status = "policy"
verification = "verified"
force = "prohibits"
code = "frequency_cap"
message = "Not for this one"
scope = {{ {field} = ["{name}"] }}
since = [{{ from = 2026-01-01, limit = 0 }}]
"""
RULES = (
    ("bank", "creditors", "First Bank"),
    ("name", "collector_names", "Beta Collect"),
    ("spring", "campaigns", "spring"),
)
READING = """
[[reading]]
of = "us-reg-f.hours"
kind = "window"
of_version = "000000000000"
author = "Jane Roe, Roe LLP"
citation = "Roe v. Doe, 1 Made-up 2"
why = "The court read the afternoon narrowly."
read_on = 2026-01-01
since = [{ from = 2026-02-01, open = { all = [["08:00", "13:00"]] } }]

[[weight]]
of = "us-reg-f.hours"
channels = ["sms"]
force = "warns"
by = "Jane Roe, Roe LLP"
why = "A pilot."
from = 2026-02-01
"""
COLLECTORS = (
    CollectorSettings(id="a", name="Acme Recovery", default=True),
    CollectorSettings(id="b", name="Beta Collect"),
)


@pytest.fixture
async def office(offices: Offices, tmp_path: Path) -> Office:
    """A road with a policy of each sort and a reading."""
    rules = tmp_path / "rules"
    rules.mkdir()
    text = POLICIES + "".join(NEVER.format(id=id, field=field, name=name) for id, field, name in RULES)
    (rules / "ours.toml").write_text(text)
    (rules / "counsel.toml").write_text(READING)
    return await offices.open(federal_and(rules), settings=Settings(collector=COLLECTORS))


@pytest.mark.parametrize(
    ("case", "ask", "rule"),
    [
        ({"creditor": "first bank"}, {}, "ours.bank"),
        ({"creditor": "Second Bank"}, {"campaign": "spring"}, "ours.spring"),
    ],
)
async def test_a_policy_binds_those_whom_it_names(
    office: Office, case: dict[str, str], ask: dict[str, str], rule: str
) -> None:
    """The decision names it, and can be decided again from its scenario."""
    await office.put(**case)
    answer = await office.ask(purpose="service", **ask)
    assert [reason["rule"] for reason in answer["reasons"] if reason["rule"].startswith("ours.")] == [rule]
    assert await office.replays(answer)


async def test_whom_no_policy_names_is_left_alone(office: Office) -> None:
    """Another creditor, another campaign, the other collector."""
    await office.put(creditor="Second Bank")
    answer = await office.ask(campaign="autumn")
    assert "frequency_cap" not in codes(answer)


async def test_a_reading_decides_and_is_shown(office: Office) -> None:
    """On the call it refuses; by text it only warns; both say whose word that is, and both can be decided again."""
    await office.put(creditor="Second Bank")
    call = await office.ask()
    assert [(reason["rule"], reason["citation"]) for reason in call["reasons"]] == [
        ("us-reg-f.hours", "Roe v. Doe, 1 Made-up 2, as read by Jane Roe, Roe LLP")
    ]
    assert call["readings"][0]["author"] == "Jane Roe, Roe LLP"
    text = await office.ask(channel="sms")
    assert "us-reg-f.hours" in [warning["rule"] for warning in text["warnings"]]
    assert [(one["rule"], one["by"], one["why"]) for one in text["weights"]] == [
        ("us-reg-f.hours", "Jane Roe, Roe LLP", "A pilot.")
    ]
    assert await office.replays(call)
    assert await office.replays(text)
