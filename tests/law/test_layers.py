"""Laws of several places at once: licences, duties at both ends, laws that are not enough, and what was considered."""

from __future__ import annotations

import pytest

from contactguard.law.rulebook import Rulebook

from .making import OPEN_ALL_DAY, Raw, ask, book, codes, law, rule, scene

AT = "2026-05-12T12:00:00-04:00"
ELSEWHERE = {"kind": "residence", "country": "ZZ", "subdivision": "AA", "zones": ["Europe/Madrid"]}
OPEN = rule("window", {"open": OPEN_ALL_DAY}, id="open")


def licensed(*places: str) -> Rulebook:
    """A law that asks for licences in these places."""
    return book(law(rule("licence", {"places": list(places)}, code="unlicensed"), places=["US"]))


@pytest.mark.parametrize(
    ("licences", "verdict"),
    [
        ([], "deny"),
        ([{"place": "US-NJ"}], "deny"),
        ([{"place": "US-NY"}], "allow"),
        ([{"place": "US"}], "allow"),
        ([{"place": "US-NY/New York"}], "deny"),
        ([{"place": "US-NY", "until": "2026-05-12"}], "allow"),
        ([{"place": "US-NY", "until": "2026-05-11"}], "deny"),
        ([{"place": "US-NY", "until": "2026-05-11"}, {"place": "US-NY", "number": "7"}], "allow"),
    ],
)
def test_a_collector_needs_a_licence_that_covers_the_place_and_has_not_ended(licences: Raw, verdict: str) -> None:
    """One for the whole country covers its states; a day counts whole; a state's is not had with a city's."""
    found = ask(licensed("US-NY"), scene(AT, collector={"licences": licences}))
    assert found.verdict == verdict
    assert codes(found) == ([] if verdict == "allow" else ["unlicensed"])


def test_a_licence_is_needed_in_each_place_that_the_law_names() -> None:
    """City and state."""
    rules = licensed("US-NY", "US-NY/New York")
    assert ask(rules, scene(AT, collector={"licences": [{"place": "US-NY/New York"}]})).verdict == "deny"
    both = [{"place": "US-NY/New York"}, {"place": "US-NY"}]
    assert ask(rules, scene(AT, collector={"licences": both})).verdict == "allow"


def test_licences_nobody_listed_are_taken_on_trust_only_if_the_operator_vouches() -> None:
    """A scenario file does; a store that does not is refused."""
    found = ask(licensed("US-NY"), scene(AT))
    assert (found.verdict, found.assumed) == ("allow", ("licences",))
    assert codes(ask(licensed("US-NY"), scene(AT, operator={}))) == ["unlicensed"]


def announced(id: str, place: str, *, both_ends: bool = True) -> Raw:
    """A law under which a recording is announced."""
    duty = {"code": "announce_recording", "text": f"Say that you record, {place}.", "both_ends": both_ends}
    return {"id": id, "places": [place], "rules": [rule("obligation", duty, id="tape"), OPEN]}


def laws(*all_: Raw) -> Rulebook:
    """A rulebook of several laws."""
    return book(*(law(*one["rules"], id=one["id"], places=one["places"]) for one in all_))


def test_a_duty_at_both_ends_holds_where_the_agent_sits_too() -> None:
    """The agent's place asks for the announcement though the person's own law does not; other rules stay at home."""
    closed = rule("counter", {"limit": 0}, id="closed", code="frequency_cap")
    here = {"id": "us", "places": ["US"], "rules": [OPEN]}
    away = announced("zz-aa", "ZZ-AA") | {"rules": [*announced("zz-aa", "ZZ-AA")["rules"], closed]}
    rules = laws(here, away)
    found = ask(rules, scene(AT, contact={"agent_place": "ZZ-AA"}))
    assert (found.verdict, [one.rule for one in found.obligations]) == ("allow", ["zz-aa.tape"])
    for contact, collector in (({}, {"country": "ZZ", "subdivision": "AA"}), ({"agent_place": "ZZ"}, {})):
        found = ask(rules, scene(AT, contact=contact, collector=collector))
        assert [one.rule for one in found.obligations] == ["zz-aa.tape"], contact
    for contact in ({}, {"agent_place": "ZZ-BB"}, {"agent_place": "US-NY"}):
        assert ask(rules, scene(AT, contact=contact)).obligations == ()


def test_a_duty_at_one_end_holds_only_where_the_person_is() -> None:
    """And one at both ends is asked for once where both ends lie in one place."""
    here = {"id": "us", "places": ["US"], "rules": [OPEN]}
    rules = laws(here, announced("zz", "ZZ", both_ends=False))
    assert ask(rules, scene(AT, contact={"agent_place": "ZZ"})).obligations == ()
    rules = laws(announced("us", "US"))
    assert len(ask(rules, scene(AT, contact={"agent_place": "US-NY"})).obligations) == 1


def test_a_law_that_is_not_enough_alone_leaves_its_places_without_rules() -> None:
    """Until another law is known there; a province that nobody researched stays closed."""
    banks = law(OPEN, id="zz", places=["ZZ"], alone=False)
    province = law(OPEN, id="zz-aa", places=["ZZ-AA"])
    person = {"evidence": [ELSEWHERE]}
    assert codes(ask(book(banks), scene(AT, person=person))) == ["no_regime"]
    assert ask(book(banks, province), scene(AT, person=person)).verdict == "allow"
    other = {"evidence": [ELSEWHERE | {"subdivision": "BB"}]}
    assert codes(ask(book(banks, province), scene(AT, person=other))) == ["no_regime"]


def test_a_decision_lists_on_request_the_rules_that_applied_and_did_not_decide() -> None:
    """Those in force that speak of such a contact, with their citations; neither duties nor those that refused."""
    hours = rule("window", {"open": {"all": [["08:00", "10:00"]]}}, id="hours")
    count = rule("counter", {"limit": 7, "period": {"dates": 7}}, id="count", code="frequency_cap")
    texts = rule("counter", {"limit": 0}, id="texts", code="frequency_cap", scope={"channels": ["sms"]})
    past = rule("window", {"open": OPEN_ALL_DAY}, {"from": "2026-01-01", "repealed": True}, id="past")
    wish = rule("restriction", {"kinds": ["represented"]}, id="wish", code="represented")
    say = rule("obligation", {"code": "identify", "text": "Say who you are."}, id="say")
    rules = book(law(hours, count, texts, past, wish, say))
    found = ask(rules, scene(AT, contact={"considered": True}))
    assert codes(found) == ["outside_hours"]
    assert [one.rule for one in found.considered] == ["made-up.count", "made-up.wish"]  # type: ignore[union-attr]
    assert found.considered[0].citation == "Made-up Act, section count"  # type: ignore[index]
    assert not ask(rules, scene(AT)).considered
