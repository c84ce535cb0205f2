"""The overlay shipped with every line commented: each rule of it is good as it stands once its signs are taken off."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from contactguard.law.rulebook import Regime, parse

from .making import OPEN_ALL_DAY, Raw, ask, book, codes, law, rule, scene

TEXT = files("contactguard.rules").joinpath("overlays/prudent.toml").read_text("utf-8")
NOON, EVENING = "2026-05-12T12:00:00-04:00", "2026-05-12T18:30:00-04:00"
RUNG = {"at": "2026-05-12T10:30:00-04:00", "channel": "voice", "address": "+12125550101", "outcome": "no_answer"}
EARLIER = [RUNG | {"at": f"2026-05-12T{hour:02d}:00:00-04:00"} for hour in (8, 9, 9)]
LOCATION = {"contact": {"purpose": "location_information"}, "person": {"role": "third_party"}}
ATTORNEY = [{"kind": "represented", "since": "2026-01-02T10:00:00-05:00", "asked": "2026-01-03T10:00:00-05:00"}]
BROKEN: dict[str, tuple[str, Raw]] = {
    "calls_a_day": (NOON, {"history": EARLIER}),
    "hours_between": (NOON, {"history": [RUNG]}),
    "margins": ("2026-05-12T08:10:00-04:00", {}),
    "third_party_dials": (NOON, LOCATION | {"history": [one | {"purpose": "location_information"} for one in EARLIER]}),
    "represented": (NOON, {"person": {"restrictions": ATTORNEY}}),
    "evenings": (EVENING, {"cases": [{"ref": "C-1", "creditor": "First Example Bank"}]}),
    "once_a_day": (NOON, {"history": [RUNG], "contact": {"campaign": "spring-reminders"}}),
}


def uncommented(*ids: str) -> Regime:
    """The overlay with these rules in force."""
    blocks = re.findall(r"(?:^# (?:\[\[rule\]\]|\w+ = .*)\n)+", TEXT, re.MULTILINE)
    wanted = [block for block in blocks if any(f'id = "{id}"\n' in block for id in ids)]
    rules = "".join(re.sub(r"^# ", "", block, flags=re.MULTILINE) for block in wanted)
    return parse(f"{TEXT}\n{rules}", "prudent.toml")


def test_every_rule_of_it_is_tried_here() -> None:
    """None stands there that nobody has seen refuse."""
    assert re.findall(r'^# id = "(\w+)"$', TEXT, re.MULTILINE) == list(BROKEN)


@pytest.mark.parametrize("id", BROKEN)
def test_a_rule_refuses_once_its_comment_signs_are_taken_off(id: str) -> None:
    """And for itself alone: the law beneath allows."""
    at, facts = BROKEN[id]
    law_of_all_hours = law(rule("window", {"open": OPEN_ALL_DAY}))
    assert ask(book(law_of_all_hours, uncommented()), scene(at, **facts)).verdict == "allow"
    found = ask(book(law_of_all_hours, uncommented(id)), scene(at, **facts))
    assert [reason.rule for reason in found.reasons] == [f"prudent.{id}"]
    assert len(codes(found)) == 1


def test_what_is_for_one_creditor_or_campaign_leaves_the_others_alone() -> None:
    """As their names differ."""
    both = book(law(rule("window", {"open": OPEN_ALL_DAY})), uncommented("evenings", "once_a_day"))
    other = scene(EVENING, cases=[{"ref": "C-1", "creditor": "Second Example Bank"}], history=[RUNG])
    assert ask(both, other).verdict == "allow"
