"""The operator's own say over the laws: counsel's readings of rules, and whether a rule denies or only warns."""

from __future__ import annotations

import json
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contactguard.law.answers import Decision
from contactguard.law.decide import encode
from contactguard.law.rulebook import Rulebook, RuleError
from contactguard.rules.examples import run, run_own
from contactguard.rules.load import load, pack, unpack

from .making import NEW_YORK, NUMBER, Raw, ask, closes_exactly, codes, opens_exactly, rule, scene, text, toml

NOON, LATE = "2026-05-12T12:00:00-04:00", "2026-05-12T20:30:00-04:00"
HOURS = rule("window", {"open": {"all": [["08:00", "21:00"]]}}, id="hours", message="It is {now} there")
DUTY = rule("obligation", {"code": "identify", "text": "Say who you are."}, id="identify")
NOTHING: Any = msgspec.UNSET


def reading(*versions: Raw, **fields: Any) -> Raw:
    """Counsel's reading of the made-up hours from 2026 on: an hour less in the evening."""
    base: Raw = {
        "of": "zz.hours",
        "kind": "window",
        "of_version": "000000000000",
        "author": "Jane Roe, Roe LLP",
        "citation": "Roe v. Doe, 1 Made-up 2",
        "why": "The court read the evening narrowly.",
        "read_on": date(2025, 12, 1),
    }
    dated = [
        {"from": date(2026, 1, 1), **version} for version in versions or ({"open": {"all": [["08:00", "20:00"]]}},)
    ]
    return base | fields | {"since": dated}


def weight(**fields: Any) -> Raw:
    """The made-up hours only warn from 2026 on."""
    base: Raw = {"of": "zz.hours", "force": "warns", "by": "Jane Roe", "why": "A pilot.", "from": date(2026, 1, 1)}
    return base | fields


def say(readings: tuple[Raw, ...] = (), weights: tuple[Raw, ...] = (), examples: tuple[Raw, ...] = ()) -> str:
    """A file of the operator's own."""
    lines = []
    for name, tables in (("reading", readings), ("weight", weights), ("example", examples)):
        for table in tables:
            lines += [f"[[{name}]]", *(f"{field} = {toml(value)}" for field, value in table.items())]
    return "\n".join(lines) + "\n"


def made(tmp_path: Path, *own: str, rules: tuple[Raw, ...] = (HOURS,), **head: Any) -> Rulebook:
    """The made-up law with the operator's own files beside it."""
    (tmp_path / "law.toml").write_text(text(*rules, id="zz", **head))
    for place, one in enumerate(own):
        (tmp_path / f"own{place}.toml").write_text(one)
    return load([tmp_path], shipped=False)


def refused(tmp_path: Path, own: str, **fields: Any) -> str:
    """What is said of a file that cannot be used."""
    with pytest.raises(RuleError) as caught:
        made(tmp_path, own, **fields)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def authors(decision: Decision) -> list[str]:
    """Whose readings the decision shows."""
    return [] if decision.readings is NOTHING else [one.author for one in decision.readings]


def test_a_reading_stands_in_the_place_of_the_rule_from_its_day_on(tmp_path: Path) -> None:
    """Under the rule's own name, with the citation and the author of the reading."""
    found = ask(made(tmp_path, say((reading(),))), scene(LATE))
    assert [(one.rule, one.citation) for one in found.reasons] == [
        ("zz.hours", "Roe v. Doe, 1 Made-up 2, as read by Jane Roe, Roe LLP")
    ]
    assert [(one.rule, one.read_on) for one in found.readings] == [("zz.hours", "2025-12-01")]


def test_before_its_day_the_rule_stands_as_shipped(tmp_path: Path) -> None:
    """And the decision names no reading; at midnight there it turns, to the second."""
    rules = made(tmp_path, say((reading({"open": {"all": [["10:00", "20:00"]]}}),)))
    before = ask(rules, scene("2025-12-31T20:30:00-05:00"))
    assert before.verdict == "allow"
    assert authors(before) == []
    open_ = {"open": {"all": [["00:00", "24:00"]]}}
    night = made(tmp_path, say((reading(open_),)), rules=(HOURS,))
    opens_exactly(night, scene("2025-12-31T22:00:00-05:00"), "2026-01-01T00:00:00-05:00")


def test_a_yes_that_a_reading_makes_shows_it_too(tmp_path: Path) -> None:
    """Even where counsel holds that the rule is no law at all, or not for such a contact."""
    late = "2026-05-12T23:00:00-04:00"
    repealed = ask(made(tmp_path, say((reading({"repealed": True}),))), scene(late))
    narrowed = ask(made(tmp_path, say((reading(scope={"channels": ["sms"]}),))), scene(late))
    for found in (repealed, narrowed):
        assert found.verdict == "allow"
        assert authors(found) == ["Jane Roe, Roe LLP"]


def test_a_contact_that_neither_speaks_of_shows_no_reading(tmp_path: Path) -> None:
    """The member is left out then."""
    rules = made(tmp_path, say((reading(),)), rules=(HOURS | {"scope": {"channels": ["sms"]}},))
    found = ask(rules, scene(NOON))
    assert found.readings is NOTHING
    assert b'"readings"' not in encode(found)


def test_a_later_reading_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """Each from its own day; the file and the order in which they stand do not matter."""
    later = reading({"open": {"all": [["12:00", "13:00"]]}, "from": date(2026, 5, 1)}, author="John Poe")
    last = reading({"open": {"all": [["00:00", "24:00"]]}, "from": date(2026, 6, 1)}, author="Ann Coe")
    rules = made(tmp_path, say((last, later)), say((reading(),)))
    assert authors(ask(rules, scene("2026-04-30T20:30:00-04:00"))) == ["Jane Roe, Roe LLP"]
    assert authors(ask(rules, scene(LATE))) == ["John Poe"]
    assert authors(ask(rules, scene("2026-06-02T20:30:00-04:00"))) == ["Ann Coe"]
    opens_exactly(rules, scene("2026-05-31T20:30:00-04:00"), "2026-06-01T00:00:00-04:00")


def test_a_reading_of_an_obligation_is_what_the_yes_asks_for(tmp_path: Path) -> None:
    """With its own citation."""
    new = reading({"code": "identify", "text": "Say your full name."}, of="zz.identify", kind="obligation")
    rules = made(tmp_path, say((new,)), rules=(HOURS, DUTY))
    (duty,) = ask(rules, scene(NOON)).obligations
    assert (duty.text, duty.citation) == (
        "Say your full name.",
        "Roe v. Doe, 1 Made-up 2, as read by Jane Roe, Roe LLP",
    )


def test_a_relaxation_of_a_reading_carries_its_citation(tmp_path: Path) -> None:
    """What made the no a yes is the reading's."""
    inbound = HOURS | {"scope": {"directions": ["inbound"]}}
    rules = made(tmp_path, say((reading(relax=[{"by": "own_call"}]),)), rules=(inbound,))
    (found,) = ask(rules, scene(LATE, contact={"direction": "inbound"})).relaxed_by
    assert (found.rule, found.by) == ("zz.hours", "own_call")
    assert found.citation.endswith("as read by Jane Roe, Roe LLP")


def test_a_reading_survives_a_new_edition_of_the_law(tmp_path: Path) -> None:
    """The rule may change under it: the reading stays in force, and can be told to be of an older version."""
    first = made(tmp_path, say((reading(),)))
    changed = HOURS | {"since": [*HOURS["since"], {"from": date(2026, 3, 1), "open": {"all": [["00:00", "24:00"]]}}]}
    second = made(tmp_path, say((reading(),)), rules=(changed,))
    assert codes(ask(second, scene(LATE))) == codes(ask(first, scene(LATE))) == ["outside_hours"]
    assert first.regimes["zz"].rules[-1].version != second.regimes["zz"].rules[-1].version


def test_a_reading_changes_the_version_of_the_regime_it_touches_and_no_other(tmp_path: Path) -> None:
    """Whoever accepted the regime accepted it as it was read then. A comment beside it is another rulebook only."""
    plain, read = made(tmp_path), made(tmp_path, say((reading(),)))
    commented = made(tmp_path, "# seen\n" + say((reading(),)))
    assert plain.regimes["zz"].digest != read.regimes["zz"].digest == commented.regimes["zz"].digest
    assert len({plain.digest, read.digest, commented.digest}) == 3
    (tmp_path / "over.toml").write_text(text(id="over", overlay=True))
    assert made(tmp_path, say((reading(),))).regimes["over"].digest == load([tmp_path]).regimes["over"].digest


def test_a_packed_book_keeps_what_counsel_read(tmp_path: Path) -> None:
    """The operator's files are in it, and known as such."""
    before = made(tmp_path, say((reading(),), (weight(),)))
    assert unpack(pack([tmp_path], shipped=False)).digest == before.digest


def test_the_examples_of_a_law_are_decided_as_it_is_shipped_and_those_of_a_reading_as_it_is_read(
    tmp_path: Path,
) -> None:
    """Neither makes the other fail."""
    facts = {"persons": [{"id": "P-1", "evidence": [NEW_YORK]}], "contact": {"channel": "voice", "address": NUMBER}}
    late = {"at": LATE, **facts}
    shipped = {"id": "zz-1", **late, "expect": {"verdict": "allow"}}
    lines = ["[[example]]", *(f"{name} = {toml(value)}" for name, value in shipped.items())]
    own = {"id": "own-1", **late, "expect": {"verdict": "deny", "reasons": ["outside_hours"]}}
    wrong = {"id": "own-2", **late, "expect": {"verdict": "allow"}}
    (tmp_path / "law.toml").write_text(text(HOURS, id="zz") + "\n".join(lines))
    (tmp_path / "own.toml").write_text(say((reading(),), examples=(own, wrong)))
    rules = load([tmp_path], shipped=False)
    assert run(rules.regimes["zz"]) == [("zz-1", [])]
    (file,) = rules.own
    assert [id for id, found in run_own(file, rules) if found] == ["own-2"]


def test_a_rule_that_ends_makes_no_book_look_further_back(tmp_path: Path) -> None:
    """Neither where a reading begins nor where a law is repealed: documents would keep every contact for ever."""
    cap = rule("counter", {"limit": 3, "period": {"dates": 7}}, {"from": date(2026, 1, 1), "repealed": True}, id="cap")
    read = reading({"limit": 2, "period": {"dates": 40}}, of="zz.cap", kind="counter")
    days = [look.days for look in made(tmp_path, say((read,)), rules=(cap,)).reach.looks]
    assert sorted(days, key=str) == [40, 7]


def test_a_rule_that_only_warns_stands_beside_the_yes(tmp_path: Path) -> None:
    """The warning names the rule, and the decision who set its force and why."""
    found = ask(made(tmp_path, say(weights=(weight(),))), scene("2026-05-12T22:00:00-04:00"))
    assert found.verdict == "allow"
    assert [one.rule for one in found.warnings] == ["zz.hours"]
    assert [(one.rule, one.force, one.by, one.why) for one in found.weights] == [
        ("zz.hours", "warns", "Jane Roe", "A pilot.")
    ]


def test_a_weight_that_sets_nothing_here_is_not_shown(tmp_path: Path) -> None:
    """The rule passes, or the day has not come."""
    rules = made(tmp_path, say(weights=(weight(),)))
    assert ask(rules, scene(NOON)).weights is NOTHING
    before = ask(rules, scene("2025-05-12T22:00:00-04:00"))
    assert (before.verdict, before.weights) == ("deny", NOTHING)
    assert b'"weights"' not in encode(before)


def test_the_force_turns_at_midnight_on_the_persons_own_calendar(tmp_path: Path) -> None:
    """To the second, both ways."""
    both = weight(), weight(force="prohibits", **{"from": date(2026, 1, 3)})
    rules = made(tmp_path, say(weights=both))
    opens_exactly(rules, scene("2025-12-31T22:00:00-05:00"), "2026-01-01T00:00:00-05:00")
    closes_exactly(rules, scene("2026-01-02T22:00:00-05:00"), "2026-01-03T00:00:00-05:00")


def test_a_weight_may_be_for_some_channels_only(tmp_path: Path) -> None:
    """On the others the rule keeps its force."""
    rules = made(tmp_path, say(weights=(weight(channels=["sms"]),)))
    night = "2026-05-12T22:00:00-04:00"
    assert ask(rules, scene(night, contact={"channel": "sms"})).verdict == "allow"
    assert ask(rules, scene(night)).verdict == "deny"


def test_a_rule_that_warns_may_be_made_to_refuse(tmp_path: Path) -> None:
    """The decision says who did so."""
    soft = HOURS | {"force": "warns"}
    found = ask(
        made(tmp_path, say(weights=(weight(force="prohibits"),)), rules=(soft,)), scene(NOON[:11] + "22:00:00-04:00")
    )
    assert codes(found) == ["outside_hours"]
    assert [one.force for one in found.weights] == ["prohibits"]


def test_what_is_said_of_a_rule_goes_before_what_is_said_of_its_regime(tmp_path: Path) -> None:
    """However new that is."""
    night = "2026-05-12T22:00:00-04:00"
    whole = weight(of="zz", **{"from": date(2026, 4, 1)})
    assert ask(made(tmp_path, say(weights=(whole,))), scene(night)).verdict == "allow"
    assert ask(made(tmp_path, say(weights=(whole, weight(force="prohibits")))), scene(night)).verdict == "deny"


def test_a_reading_has_the_force_that_was_set_for_the_rule(tmp_path: Path) -> None:
    """Both go by the rule's name."""
    found = ask(made(tmp_path, say((reading(),), (weight(),))), scene(LATE))
    assert (found.verdict, authors(found)) == ("allow", ["Jane Roe, Roe LLP"])
    assert [one.citation[-len("as read by Jane Roe, Roe LLP") :] for one in found.warnings] == [
        "as read by Jane Roe, Roe LLP"
    ]


def test_a_contact_that_several_may_answer_shows_what_touches_any_of_them(tmp_path: Path) -> None:
    """Once each."""
    rules = made(tmp_path, say((reading(),), (weight(),)))
    other = {"id": "P-2", "role": "joint_debtor", "evidence": [NEW_YORK]}
    found = ask(rules, scene(LATE, others=[other], contact={"persons": ["P-1", "P-2"]}))
    assert authors(found) == ["Jane Roe, Roe LLP"]
    assert len(found.weights) == 1


DRAFT = HOURS | {"status": "draft"}


@pytest.mark.parametrize(
    ("own", "rules", "said"),
    [
        (say((reading(),)), (DRAFT,), "reading zz.hours: this rule is a draft, which decides nothing"),
        (say(weights=(weight(),)), (DRAFT,), "weight zz.hours: an obligation or a draft refuses nothing"),
        (say(weights=(weight(of="zz.identify"),)), (DUTY,), "weight zz.identify: an obligation or a draft refuses"),
        (say((reading(message="{used} calls"),)), (HOURS,), "reading zz.hours.message: {used} is not one of"),
        (say((reading({"limit": 1}),)), (HOURS,), "reading zz.hours.since[0]: there is no field limit here"),
        (say((reading(holidays="days"),)), (HOURS,), "reading zz.hours: there is no field holidays here"),
        (say((reading({"open": {}}),)), (HOURS,), "reading zz.hours.since[0].open: no class of day is named"),
        (say((reading(), reading(author="B"))), (HOURS,), "reading zz.hours: another reading begins on 2026-01-01 too"),
        (say((reading(scope={"creditors": ["A"]}),)), (HOURS,), "reading zz.hours.scope.creditors: a law speaks of"),
    ],
)
def test_what_does_not_fit_the_rule_is_refused(tmp_path: Path, own: str, rules: tuple[Raw, ...], said: str) -> None:
    """With the file of the operator's, the reading and the field."""
    assert refused(tmp_path, own, rules=rules).startswith(f"own0.toml: {said}")


def test_the_house_is_not_read_but_changed(tmp_path: Path) -> None:
    """A policy is the operator's own already."""
    own = say((reading(of="over.hours"),))
    (tmp_path / "over.toml").write_text(text(HOURS, id="over", overlay=True))
    assert "a policy of the house is no law to read" in refused(tmp_path, own)


def test_no_shipped_file_reads_a_law(tmp_path: Path) -> None:
    """A reading is the operator's word."""
    whole = json.loads(zlib.decompress(pack(shipped=False)))
    whole["files"] = [["law.toml", text(HOURS, id="zz"), False], ["more.toml", say((reading(),)), False]]
    with pytest.raises(RuleError, match=r"more\.toml: readings and weights stand in the operator's own files"):
        unpack(zlib.compress(json.dumps(whole).encode()))


def test_the_file_on_the_page_is_of_use(tmp_path: Path) -> None:
    """What the page shows can be copied, and touches the shipped law that it names."""
    page = (Path(__file__).parents[2] / "docs" / "grammar.md").read_text("utf-8")
    (block,) = (one.split("```")[0] for one in page.split("```toml\n") if one.startswith("[[reading]]"))
    (tmp_path / "counsel.toml").write_text(block)
    found = load([tmp_path]).regimes["us-reg-f"]
    assert [rule.full_id for rule in found.rules if rule.reading] == ["us-reg-f.represented"]
    assert [rule.full_id for rule in found.rules if rule.weights] == ["us-reg-f.call_frequency"]
