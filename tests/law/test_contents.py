"""Contents in rules: attested, read from the text, or by default; envelopes, languages, first words, confirmations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.answers import Decision
from contactguard.law.rulebook import Rulebook

from .making import NUMBER, TZDATA, Raw, ask, book, closes_exactly, codes, law, rule, scene

NOON = "2026-05-12T12:00:00-04:00"
TOLD = {"outcomes": ["conversation", "sent"], "not_purposes": ["limited_content"], "message_left": True}
TEXTS = {
    "opt_out": "Reply STOP to end texts.",
    "debt_collector": "This is from a debt collector.",
    "abusive": "You will be arrested.",
    "debt": "It is about your debt.",
}
DEFAULTS = {"opt_out": True, "debt_collector": True, "abusive": False, "debt": True}


def one(values: Raw, **fields: Any) -> Rulebook:
    """A law of one rule on content."""
    return book(law(rule("content", values, code="prohibited_content", **fields)))


def sms(rules: Rulebook, content: Raw | None, at: str = NOON, **more: Any) -> Decision:
    """A text that says this."""
    contact: Raw = {"channel": "sms", **more.pop("contact", {})}
    return ask(rules, scene(at, contact=contact | ({"content": content} if content else {}), **more))


@given(
    name=st.sampled_from(sorted(TEXTS)),
    wanted=st.booleans(),
    attested=st.sampled_from((None, True, False)),
    said=st.sampled_from((None, True, False)),
    purpose=st.sampled_from(("collection", "limited_content")),
)
def test_attested_goes_before_said_and_said_before_the_default(
    name: str, wanted: bool, attested: bool | None, said: bool | None, purpose: str
) -> None:
    """For each attribute that a text tells, in any mixture."""
    content: Raw = {"states": {} if attested is None else {name: attested}}
    if said is not None:
        content["body"] = TEXTS[name] if said else "Please call us on +1 800 555 0100."
    default = DEFAULTS[name] and not (name == "debt" and purpose == "limited_content")
    found = next(value for value in (attested, said, default) if value is not None)
    decision = sms(one({"wants": {name: wanted}}), content, contact={"purpose": purpose})
    assert (decision.verdict == "allow") is (found is wanted)


def test_what_a_text_does_not_tell_is_attested_or_by_default() -> None:
    """A text says nothing of whose number it gives."""
    rules = one({"wants": {"identifies": True}})
    assert sms(rules, {"body": "Hello."}).verdict == "allow"
    assert sms(rules, {"body": "Hello.", "states": {"identifies": False}}).verdict == "deny"


def test_without_phrases_nothing_is_read_and_the_decision_says_so() -> None:
    """A rulebook of a law alone takes it on trust."""
    made = law(rule("content", {"wants": {"opt_out": True}}, code="opt_out_missing"))
    decision = sms(Rulebook((made,), TZDATA), {"body": "Hello."})
    assert (decision.verdict, decision.assumed) == ("allow", ("content.opt_out",))
    assert codes(sms(book(made), {"body": "Hello."})) == ["opt_out_missing"]


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (None, "allow"),
        ({"states": {"opt_out": True}}, "allow"),
        ({"states": {"opt_out_method": "link"}}, "allow"),
        ({"states": {"opt_out_method": "post"}}, "deny"),
        ({"states": {"opt_out": True, "opt_out_method": "login"}}, "deny"),
        ({"body": "Reply STOP to end texts."}, "allow"),
        ({"body": "To opt out: https://a.example/out"}, "allow"),
        ({"body": "Press 9 to opt out."}, "deny"),
        ({"body": "Reply STOP to end texts.", "states": {"opt_out_method": "phone"}}, "deny"),
        ({"body": "Call us.", "states": {"opt_out": True}}, "allow"),
        ({"body": "Call us.", "states": {"opt_out_method": "reply"}}, "deny"),
    ],
)
def test_a_way_out_must_be_one_that_serves(content: Raw | None, verdict: str) -> None:
    """The method attested, else the one that the text offers, else a reply."""
    assert sms(one({"wants": {"opt_out": True}, "methods": ["reply", "link"]}), content).verdict == verdict


def test_a_key_is_a_way_out_of_calls_and_of_nothing_else() -> None:
    """And a word to reply with is none on a call."""
    rules = one({"wants": {"opt_out": True}, "methods": ["voice_or_key", "reply"]})
    for script, verdict in (("To stop these calls, press 9.", "allow"), ("Reply STOP to end texts.", "deny")):
        assert ask(rules, scene(NOON, contact={"content": {"script": script}})).verdict == verdict


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ({"languages": ["en", "es"], "disclosure_languages": ["en"]}, "deny"),
        ({"languages": ["en", "es"], "disclosure_languages": ["es", "en", "fr"]}, "allow"),
        ({"languages": ["es"], "disclosure_languages": ["en"]}, "deny"),
        ({"languages": ["en", "es"]}, "deny"),
        ({"languages": ["es"]}, "allow"),
        ({"disclosure_languages": []}, "allow"),
        ({}, "allow"),
    ],
)
def test_disclosures_cover_the_languages_of_the_rest(states: Raw, verdict: str) -> None:
    """Of one language alone nobody need say that they do."""
    assert sms(one({"covers_languages": True}), {"states": states}).verdict == verdict


@pytest.mark.parametrize(
    ("envelope", "name", "verdict"),
    [
        (None, None, "allow"),
        ("", None, "allow"),
        ("P.O. Box 100, Albany, NY 12201", None, "allow"),
        ("Northgate Services\nP.O. Box 100\nAlbany, NY 12201", "Northgate Services", "allow"),
        ("NORTHGATE SERVICES INC., 1 Main St., Albany", "Northgate Services", "allow"),
        ("Northgate Services", "Northgate Services", "allow"),
        ("Northgate Services, 1 Main Street", None, "allow"),
        ("Somebody Else, 1 Main Street", "Northgate Services", "deny"),
        ("Northgate Services", None, "deny"),
        ("Northgate Collections, 1 Main Street", "Northgate Collections", "deny"),
        ("Northgate Services, 1 Main Street, Albany. Call us!", "Northgate Services", "deny"),
        ("Northgate Services, please open, 1 Main Street", "Northgate Services", "deny"),
        ("1 Main Street, FIN\u0410L NOTICE", None, "deny"),
        ("1 Main Street, d\u200bebt enclosed", None, "deny"),
        ("1 Main Street " + "very " * 40, None, "deny"),
        ("Calle Mayor 1, 28001 Madrid, URGENTE", None, "deny"),
        ("Calle Mayor 1, 28001 Madrid", None, "allow"),
    ],
)
def test_an_envelope_shows_an_address_and_a_neutral_name(envelope: str | None, name: str | None, verdict: str) -> None:
    """The name is the one on file for the collector, where there is one."""
    collector = {"kind": "third_party"} | ({"name": name} if name else {})
    contact = {"channel": "letter", "content": {"envelope": envelope} if envelope is not None else {}}
    decision = ask(one({"neutral_envelope": True}), scene(NOON, contact=contact, collector=collector))
    assert decision.verdict == verdict


FIRST = rule("content", {"wants": {"initial_disclosure": True}, "until": TOLD}, code="disclosure_missing", id="first")
LATER = rule("content", {"wants": {"debt_collector": True}, "after": TOLD}, code="disclosure_missing", id="later")
NEITHER = {"states": {"initial_disclosure": False, "debt_collector": False}}


def speaking(history: list[Raw], **case: Any) -> list[str]:
    """Which of the two rules speaks."""
    decision = sms(book(law(FIRST, LATER)), NEITHER, history=history, cases=[{"ref": "C-1", **case}])
    return [reason.rule.removeprefix("made-up.") for reason in decision.reasons]


def contact(**fields: Any) -> Raw:
    """A talk of the week before."""
    return {"at": "2026-05-05T12:00:00-04:00", "channel": "voice", "outcome": "conversation", **fields}


@pytest.mark.parametrize(
    ("history", "case", "rules"),
    [
        ([], {"communicated": False}, ["first"]),
        ([], {"communicated": True}, ["later"]),
        ([], {}, ["later"]),
        ([contact()], {"communicated": False}, ["later"]),
        ([contact(direction="inbound")], {"communicated": False}, ["later"]),
        ([contact(outcome="no_answer")], {"communicated": False}, ["first"]),
        ([contact(purpose="limited_content")], {"communicated": False}, ["first"]),
        ([contact(channel="sms", outcome="sent", message_left=False)], {"communicated": False}, ["first"]),
        ([contact(cases=["C-2"])], {"communicated": False}, ["first"]),
        ([contact(discussed=["C-2"])], {"communicated": False}, ["first"]),
        ([contact(cases=["C-2"], discussed=["C-1"])], {"communicated": False}, ["later"]),
        ([contact(at="2026-05-12T12:00:01-04:00")], {"communicated": False}, ["first"]),
    ],
)
def test_the_first_words_differ_from_the_later_ones(history: list[Raw], case: Raw, rules: list[str]) -> None:
    """By what was communicated before, as the case says or as the record shows."""
    assert speaking(history, **case) == rules


def test_that_there_was_communication_before_is_taken_on_trust_aloud() -> None:
    """Where nobody said so, the decision names it; where nobody vouches for it, there was none."""
    content = {"states": {"initial_disclosure": False, "debt_collector": True}}
    rules = book(law(FIRST, LATER))
    trusted = sms(rules, content)
    assert (trusted.verdict, trusted.assumed) == ("allow", ("communicated",))
    strict = sms(rules, content, operator={"vouches": []})
    assert (strict.verdict, strict.assumed) == ("deny", ())
    assert sms(rules, content, cases=[{"ref": "C-1", "communicated": True}]).assumed == ()


def test_several_cases_are_told_one_by_one() -> None:
    """A letter about a new debt and an old one says both."""
    cases = [{"ref": "C-1", "communicated": True}, {"ref": "C-2", "communicated": False}]
    decision = sms(book(law(FIRST, LATER)), NEITHER, cases=cases)
    assert {reason.rule for reason in decision.reasons} == {"made-up.first", "made-up.later"}


CONFIRM = {"purpose": "service", "notice": "opt_out_confirmation"}
STOPPED = {"kind": "address_refused", "address": NUMBER, "since": "2026-05-12T12:00:00-04:00"}


def stopped(**more: Any) -> Raw:
    """A confirmation asked about at noon and a minute, STOP having come at noon."""
    return scene(
        "2026-05-12T12:01:00-04:00",
        person={"restrictions": [STOPPED | more.pop("stop", {}), *more.pop("also", [])]},
        contact={"channel": "sms", **CONFIRM, **more.pop("contact", {})},
        **more,
    )


REFUSED = book(
    law(
        rule(
            "restriction",
            {"kinds": ["address_refused", "channel_refused"]},
            code="opted_out",
            relax=[{"by": "confirmation", "minutes": 5}],
        )
    )
)


def test_an_opt_out_is_confirmed_once_within_its_minutes() -> None:
    """And the decision says what made it a yes, and until when."""
    closes_exactly(REFUSED, stopped(), "2026-05-12T12:05:00-04:00")
    assert [one.by for one in ask(REFUSED, stopped()).relaxed_by] == ["confirmation"]
    sent = {"at": "2026-05-12T12:00:30-04:00", "channel": "sms", "outcome": "sent", **CONFIRM}
    assert ask(REFUSED, stopped(history=[sent])).next_allowed is None
    assert ask(REFUSED, stopped(history=[sent | {"channel": "email"}])).verdict == "allow"


@pytest.mark.parametrize(
    "other",
    [
        stopped(contact={"notice": "required"}),
        stopped(contact={"channel": "voice"}),
        stopped(also=[STOPPED | {"since": "2026-05-01T12:00:00-04:00"}]),
        stopped(also=[{"kind": "address_refused", "address": NUMBER}]),
    ],
)
def test_nothing_else_passes_for_a_confirmation(other: Raw) -> None:
    """Another notice, a call, an opt-out that has held for long."""
    decision = ask(REFUSED, other)
    assert (codes(decision), decision.relaxed_by, decision.next_allowed) == (["opted_out"], (), None)


def test_an_opt_out_that_ended_keeps_nothing_from_being_confirmed() -> None:
    """Only those that still hold count."""
    ended = STOPPED | {"since": "2026-05-01T12:00:00-04:00", "until": "2026-05-02"}
    assert ask(REFUSED, stopped(also=[ended])).verdict == "allow"
