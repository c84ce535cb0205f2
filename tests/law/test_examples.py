"""The worked examples of the shipped rule files: they hold, and they show every rule at work."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from a_book import shipped
from contactguard.law.rulebook import Regime, RuleError, parse
from contactguard.rules.examples import alone, run, scenarios
from contactguard.rules.holidays import listed
from contactguard.rules.load import House
from contactguard.rules.quick import apart

from .making import OPEN_ALL_DAY, book, law, rule, text

SHIPPED = shipped()
LAWS = [regime for regime in SHIPPED.regimes.values() if regime.rules]
SWITCHED_OFF = {"house.gap"}


@pytest.mark.parametrize("regime", LAWS, ids=lambda regime: regime.id)
def test_every_example_comes_out_as_it_says(regime: Regime) -> None:
    """Verdict, reasons, duties and the next instant."""
    tried = run(regime)
    assert tried
    assert [(id, wrong) for id, wrong in tried if wrong] == []


@pytest.mark.parametrize("regime", LAWS, ids=lambda regime: regime.id)
def test_every_rule_is_shown_to_refuse_and_every_duty_to_be_asked_for(regime: Regime) -> None:
    """Reading the examples, one meets each rule at least once, but for drafts; and each regime also allows."""
    found = [example.decide(alone(regime)) for example in scenarios(regime)]
    shown = {said.rule for one in found for said in (*one.reasons, *one.obligations)}
    missing = {one.full_id for one in regime.rules if one.table.status != "draft"} - shown - SWITCHED_OFF
    assert missing == set()
    assert any(one.verdict == "allow" for one in found)


def test_an_operator_with_other_numbers_keeps_the_examples_that_do_not_rest_on_them() -> None:
    """The house rules with three live calls and ten minutes between attempts still hold."""
    house = shipped(House(live_calls_per_person=3, gap_minutes=10)).regimes["house"]
    assert 0 < len(run(house)) < len(run(SHIPPED.regimes["house"]))
    assert not any(wrong for _, wrong in run(house))


def test_an_example_that_does_not_hold_is_told_by_its_id() -> None:
    """What the decision says instead is in words."""
    example = (
        '[[example]]\nid = "made-up-1"\nat = 2026-05-12T12:00:00-04:00\n'
        'persons = [{ id = "P-1", evidence = [{ kind = "residence", zones = ["America/New_York"] }] }]\n'
        'contact = { channel = "voice", address = "+12125550101" }\n'
    )
    source = text(rule("window", {"open": OPEN_ALL_DAY})) + example
    wrong = parse(source + 'expect = { verdict = "deny" }\n', "made-up.toml")
    assert run(wrong) == [("made-up-1", ["verdict allow, expected deny"])]
    with pytest.raises(RuleError, match=r"example made-up-1\.expect"):
        run(parse(source, "made-up.toml"))


def test_an_example_is_decided_by_its_own_regime_unless_it_names_others() -> None:
    """Without regimes: the one whose file it stands in."""
    assert {example.regimes for example in scenarios(SHIPPED.regimes["us-tcpa"])} == {("us-tcpa",)}
    assert list(scenarios(law(rule("window", {"open": OPEN_ALL_DAY})))) == []
    assert book(law()).regimes["made-up"].rules == ()


def test_an_example_that_says_where_the_agent_sits_is_decided_by_place() -> None:
    """The person lives where a law says nothing, so that only the duty of the agent's place can speak."""
    duty = {"code": "announce_recording", "text": "Say that it is recorded", "both_ends": True}
    example = (
        '[[example]]\nid = "made-up-1"\nat = 2026-05-12T12:00:00-04:00\n'
        'persons = [{ id = "P-1", evidence = [{ kind = "residence", country = "ZZ", zones = ["UTC"] }] }]\n'
        'contact = { channel = "voice", address = "+12125550101", agent_place = "US" }\n'
        'expect = { verdict = "allow", obligations = ["announce_recording"] }\n'
    )
    assert run(parse(text(rule("obligation", duty)) + example, "made-up.toml")) == [("made-up-1", [])]
    here = text(rule("obligation", duty | {"both_ends": False})) + example
    assert run(parse(here, "made-up.toml")) == [("made-up-1", ["no obligation announce_recording"])]


def test_an_example_with_each_stands_once_for_every_value() -> None:
    """Under a name of its own, and one that does not hold is told by that name."""
    example = (
        '[[example]]\nid = "made-up-1"\nat = 2026-05-12T12:00:00-04:00\n'
        'persons = [{ id = "P-1", evidence = [{ kind = "residence", zones = ["America/New_York"] }] }]\n'
        'contact = { channel = "voice", address = "+12125550101" }\n'
        'each = { "persons.0.role" = ["debtor", "spouse"] }\nexpect = { verdict = "allow" }\n'
    )
    spouses = rule("party", {"may_be_told": ["debtor"]}, code="third_party")
    found = run(parse(text(spouses) + example, "made-up.toml"))
    assert found == [("made-up-1.debtor", []), ("made-up-1.spouse", ["verdict deny, expected allow"])]


def test_an_expectation_names_the_rules_that_speak_and_those_that_do_not() -> None:
    """A refusal by another rule than the one meant is told, and one relaxed that was not to be."""
    example = (
        '[[example]]\nid = "made-up-1"\nat = 2026-05-12T12:00:00-04:00\n'
        'persons = [{ id = "P-1", evidence = [{ kind = "residence", zones = ["America/New_York"] }] }]\n'
        'contact = { channel = "voice", address = "+12125550101" }\n'
    )
    source = text(rule("window", {"open": {"all": [["13:00", "14:00"]]}})) + example
    expect = 'expect = { verdict = "deny", rules = ["made-up.one"] }\n'
    assert run(parse(source + expect, "made-up.toml")) == [("made-up-1", [])]
    expect = 'expect = { verdict = "deny", silent = ["made-up.one"], relaxed_by = ["made-up.one"] }\n'
    wrong = ["made-up.one was not relaxed", "made-up.one should say nothing"]
    assert run(parse(source + expect, "made-up.toml")) == [("made-up-1", wrong)]


@pytest.mark.parametrize("regime", SHIPPED.regimes.values(), ids=lambda regime: regime.id)
def test_examples_read_later_are_those_of_the_file(regime: Regime) -> None:
    """Shipped examples are set apart by their lines; nothing is lost and nothing moves."""
    source = (files("contactguard.rules") / regime.source).read_text("utf-8")
    rules, later = apart(source)
    assert source.count("\n") == rules.count("\n") == later.count("\n")
    assert tomllib.loads(source) == {**tomllib.loads(rules), **tomllib.loads(later)}
    whole = parse(source, regime.source, listed)
    assert [one.id for one in scenarios(whole)] == [one.id for one in scenarios(regime)]
