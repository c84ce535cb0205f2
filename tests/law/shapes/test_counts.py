"""Shapes of law that count contacts, or wait after one: each with the smallest law that has it."""

from __future__ import annotations

import pytest

from contactguard.law.rulebook import Rulebook

from ..making import NUMBER, Raw, ask, book, law, opens_exactly, rule
from .scenes import THERE, TUESDAY, allows, before, only, refuses, there

CALLS = {"channels": ["voice"], "placed": True}
CAP = "frequency_cap"


def capped(values: Raw) -> Rulebook:
    """A rulebook of one cap on calls placed."""
    return only("counter", {"count": CALLS, **values}, code=CAP)


@pytest.mark.parametrize(
    ("period", "inside", "outside", "opens"),
    [
        pytest.param({"dates": 7}, "2026-05-06T23:59:59", "2026-05-05T23:59:59", "2026-05-13T00:00:00", id="s23"),
        pytest.param(
            {"calendar": "week"}, "2026-05-11T00:00:00", "2026-05-10T23:59:59", "2026-05-18T00:00:00", id="s24"
        ),
        pytest.param(
            {"calendar": "month"}, "2026-05-01T00:00:00", "2026-04-30T23:59:59", "2026-06-01T00:00:00", id="s25"
        ),
        pytest.param(
            {"calendar": "day"}, "2026-05-12T00:00:00", "2026-05-11T23:59:59", "2026-05-13T00:00:00", id="s26"
        ),
        pytest.param({"hours": 24}, "2026-05-11T12:00:01", "2026-05-11T12:00:00", "2026-05-12T12:00:01", id="s27"),
        pytest.param({"dates": 30}, "2026-04-13T00:00:00", "2026-04-12T23:59:59", "2026-05-13T00:00:00", id="s28"),
    ],
)
def test_s23_to_s28_so_many_in_a_period(period: Raw, inside: str, outside: str, opens: str) -> None:
    """Dates with today's, a calendar's week, month or day, hours by the second, thirty dates."""
    rules = capped({"limit": 1, "period": period})
    opens_exactly(rules, there(history=[before(f"{inside}+02:00")]), f"{opens}+02:00")
    allows(rules, there(history=[before(f"{outside}+02:00")]))


def test_s29_so_many_in_all_after_an_event() -> None:
    """Counted from the first conversation on, and never freed by time."""
    rules = capped({"limit": 1, "after": {"outcomes": ["conversation"]}})
    earlier = before("2025-01-01T12:00:00+01:00")
    turn = before("2025-02-01T12:00:00+01:00", "conversation")
    allows(rules, there(history=[earlier, turn]))
    found = ask(rules, there(history=[earlier, turn, before("2025-03-01T12:00:00+01:00")]))
    assert (found.verdict, found.next_allowed) == ("deny", None)


def test_s30_per_debt() -> None:
    """A call about another debt does not count; two loans under one account number are one."""
    values = {"limit": 1, "period": {"dates": 7}, "key": ["person", "case"], "same_account": ["student_loan"]}
    rules = capped(values)
    cases = [{"ref": ref, "product": "student_loan", "creditor": "B"} for ref in ("C-1", "C-2")]
    called = [before("2026-05-11T12:00:00+02:00", cases=["C-2"])]
    allows(rules, there(cases=cases, history=called, contact={"cases": ["C-1"]}))
    joined = [case | {"account": "A-1"} for case in cases]
    refuses(rules, there(cases=joined, history=called, contact={"cases": ["C-1"]}), CAP)


def test_s31_per_creditor_and_debtor() -> None:
    """Two debts to one creditor share the count, a debt to another has its own."""
    rules = capped({"limit": 1, "period": {"dates": 7}, "key": ["creditor"]})
    cases = [{"ref": f"C-{n}", "creditor": name} for n, name in enumerate(("Bank", "Bank", "Shop"), 1)]
    called = [before("2026-05-11T12:00:00+02:00", cases=["C-2"])]
    refuses(rules, there(cases=cases, history=called, contact={"cases": ["C-1"]}), CAP)
    allows(rules, there(cases=cases, history=called, contact={"cases": ["C-3"]}))


def test_s32_per_number() -> None:
    """Another number of the same person has a count of its own."""
    rules = capped({"limit": 1, "period": {"dates": 7}, "key": ["address"]})
    called = [before("2026-05-11T12:00:00+02:00")]
    refuses(rules, there(history=called), CAP)
    allows(rules, there(history=called, contact={"address": "+12125550109"}))


def test_s33_pooled_over_debtor_and_spouse() -> None:
    """A call to the spouse counts for the debtor; one to a guarantor does not."""
    rules = capped({"limit": 1, "period": {"dates": 7}, "key": ["household"]})
    spouse = {"id": "P-2", "role": "spouse", "evidence": [THERE]}
    guarantor = {"id": "P-3", "role": "guarantor", "evidence": [THERE]}
    others = [spouse, guarantor]
    called = before("2026-05-11T12:00:00+02:00", address="+12125550109")
    found = ask(rules, there(others=others, history=[called | {"person": "P-2"}]))
    assert found.verdict == "deny"
    assert found.counters[0].key == {"household": "P-1 P-2"}
    allows(rules, there(others=others, history=[called | {"person": "P-3"}]))
    both = [called | {"id": "CALL-1", "person": id} for id in ("P-2", "P-3")]
    refuses(rules, there(others=others, history=both), CAP)


def test_s33_a_household_is_pooled_about_the_debt_it_shares() -> None:
    """What the spouse was told of a debt of their own counts there; what the debtor was, counts here, too."""
    rules = capped({"limit": 1, "period": {"dates": 7}, "key": ["household"]})
    spouse = {"id": "P-2", "role": "spouse", "roles": {"C-2": "debtor"}, "evidence": [THERE]}
    cases = [{"ref": "C-1"}, {"ref": "C-2"}]
    called = before("2026-05-11T12:00:00+02:00", address="+12125550109", cases=["C-2"])
    shared: Raw = {"others": [spouse], "cases": cases, "contact": {"cases": ["C-1"]}}
    allows(rules, there(history=[called | {"person": "P-2"}], **shared))
    refuses(rules, there(history=[called | {"person": "P-1"}], **shared), CAP)


def test_s34_channels_counted_together() -> None:
    """A letter and a call are two."""
    values = {"limit": 2, "period": {"dates": 7}, "count": {"channels": ["voice", "letter"], "placed": True}}
    rules = capped(values)
    letter = before("2026-05-10T12:00:00+02:00", "delivered", "letter")
    allows(rules, there(history=[letter]))
    refuses(rules, there(history=[letter, before("2026-05-11T12:00:00+02:00")]), CAP)


def test_s35_channels_counted_apart() -> None:
    """A call leaves the message free."""
    one = {"limit": 1, "period": {"calendar": "day"}}
    rules = book(
        law(
            rule("counter", one | {"count": CALLS}, id="calls", code=CAP, scope={"channels": ["voice"]}),
            rule("counter", one | {"count": {"channels": ["sms"]}}, id="texts", code=CAP, scope={"channels": ["sms"]}),
            places=["ZZ"],
        )
    )
    called = [before("2026-05-12T09:00:00+02:00")]
    refuses(rules, there(history=called), CAP)
    allows(rules, there(history=called, contact={"channel": "sms"}))


def test_s36_so_many_different_channels() -> None:
    """One channel a week: the same again is open, another one is not until Monday."""
    values = {"limit": 1, "period": {"calendar": "week"}, "distinct": "channel", "count": {"placed": True}}
    rules = only("counter", values, code="channel_quota")
    texted = [before("2026-05-11T09:00:00+02:00", "delivered", "sms")]
    allows(rules, there(history=texted, contact={"channel": "sms"}))
    opens_exactly(rules, there(history=texted), "2026-05-18T00:00:00+02:00")


@pytest.mark.parametrize(
    ("shape", "count", "counted", "left"),
    [
        ("s37", {"placed": True}, {"outcome": "no_answer"}, {"outcome": "busy"}),
        ("s38", {"outcomes": ["conversation"]}, {"outcome": "conversation"}, {"outcome": "voicemail"}),
        (
            "s39",
            {"placed": True, "message_possible": True},
            {"outcome": "no_answer"},
            {"outcome": "no_answer", "voicemail_available": False},
        ),
        (
            "s40",
            {"placed": True, "not_purposes": ["response"], "not_notices": ["required"]},
            {"outcome": "sent"},
            {"outcome": "sent", "purpose": "legal_notice", "notice": "required"},
        ),
    ],
)
def test_s37_to_s40_what_counts(shape: str, count: Raw, counted: Raw, left: Raw) -> None:
    """Attempts; conversations; attempts that could have left a message; all but what is excused."""
    rules = only("counter", {"limit": 1, "period": {"dates": 7}, "count": count}, code=CAP)
    earlier = before("2026-05-11T12:00:00+02:00")
    refuses(rules, there(history=[earlier | counted]), CAP)
    allows(rules, there(history=[earlier | left]))


def test_s40_a_call_that_was_agreed_to_does_not_count() -> None:
    """Made under a consent that the rule names."""
    relax = [{"by": "consent", "consent": "call_frequency", "dates": 7}]
    values = {"limit": 1, "period": {"dates": 7}, "count": CALLS, "except_consent": True}
    rules = only("counter", values, code=CAP, relax=relax)
    agreed = {"consents": [{"kind": "call_frequency", "given": "2026-05-05T10:00:00+02:00"}]}
    called = [before("2026-05-11T12:00:00+02:00")]
    allows(rules, there("2026-05-12T12:00:00+02:00", person=agreed, history=called))
    refuses(rules, there(history=called), CAP)


def test_s41_counted_only_after_a_trigger() -> None:
    """Attempts before the first conversation are free."""
    rules = capped({"limit": 1, "period": {"dates": 7}, "after": {"outcomes": ["conversation"]}})
    first, second = before("2026-05-09T12:00:00+02:00"), before("2026-05-11T12:00:00+02:00")
    talked = before("2026-05-10T12:00:00+02:00", "conversation")
    allows(rules, there(history=[first, second]))
    refuses(rules, there(history=[first, talked, second]), CAP)


def test_s42_counted_only_until_a_trigger() -> None:
    """Once the debtor was reached nothing counts any more."""
    rules = capped({"limit": 1, "period": {"calendar": "day"}, "until": {"outcomes": ["conversation"]}})
    today = before("2026-05-12T09:00:00+02:00")
    refuses(rules, there(history=[today]), CAP)
    allows(rules, there(history=[today, before("2026-05-01T12:00:00+02:00", "conversation")]))


@pytest.mark.parametrize(
    ("shape", "wait", "opens"),
    [
        ("s43", {"dates": 7}, "2026-05-17T00:00:00+02:00"),
        ("s44", {"business_days": 5}, "2026-05-16T00:00:00+02:00"),
        ("s45", {"free_days": 2}, "2026-05-13T00:00:00+02:00"),
    ],
)
def test_s43_to_s45_waits(shape: str, wait: Raw, opens: str) -> None:
    """Dates with the day itself as the first; whole business days; whole days between."""
    rules = only("gap", {"after": {"outcomes": ["conversation"]}, "wait": wait}, code="post_conversation_wait")
    talked = [before("2026-05-10T12:00:00+02:00", "conversation")]
    opens_exactly(rules, there("2026-05-12T23:00:00+02:00", history=talked), opens)


def test_s46_a_rest_after_a_refusal() -> None:
    """Sixty dates after the words."""
    rules = only("gap", {"after": {"said": ["refuses_to_pay"]}, "wait": {"dates": 60}}, code="too_soon")
    said = [before("2026-05-01T12:00:00+02:00", "conversation", said=["refuses_to_pay"])]
    opens_exactly(rules, there(history=said), "2026-06-30T00:00:00+02:00")
    allows(rules, there(history=[before("2026-05-01T12:00:00+02:00", "conversation")]))


def test_s47_a_count_per_place() -> None:
    """Calls to work have a count of their own."""
    values = {"limit": 1, "period": {"dates": 30}, "count": CALLS | {"places": ["work"]}}
    rules = only("counter", values, code=CAP, scope={"places": ["work"]})
    called = [before("2026-05-01T12:00:00+02:00", place="work")]
    refuses(rules, there(history=called, contact={"place": "work"}), CAP)
    allows(rules, there(history=called, contact={"place": "home"}))
    allows(rules, there(history=[before("2026-05-01T12:00:00+02:00")], contact={"place": "work"}))


def test_s48_a_place_opened_by_failures_elsewhere() -> None:
    """Two tries at home in vain within ten dates open work; a conversation since, or time, closes it."""
    tried = {"channels": ["voice"], "places": ["home"], "outcomes": ["no_answer", "voicemail"]}
    relax = [{"by": "failures", "failures": tried, "at_least": 2, "within": {"dates": 10}}]
    rules = only("counter", {"limit": 0}, code="workplace", scope={"places": ["work"]}, relax=relax)
    work = {"place": "work"}
    first, second = (before(f"2026-05-0{day}T19:00:00+02:00", place="home") for day in (7, 8))
    refuses(rules, there(contact=work, history=[first]), "workplace")
    found = ask(rules, there(contact=work, history=[first, second]))
    assert (found.verdict, found.valid_until) == ("allow", "2026-05-17T00:00:00+02:00")
    assert [one.by for one in found.relaxed_by] == ["failed_attempt"]
    refuses(rules, there("2026-05-17T00:00:00+02:00", contact=work, history=[first, second]), "workplace")
    talked = before("2026-05-09T12:00:00+02:00", "conversation")
    refuses(rules, there(contact=work, history=[first, second, talked]), "workplace")


def test_s49_a_wait_after_a_notice_anew_if_it_came_back() -> None:
    """Six dates after it was sent; one that never arrived starts nothing."""
    rules = only("notice", {"wait": {"dates": 6}}, code="notice_missing")
    sent = {"sent": "2026-05-08", "channel": "letter"}
    opens_exactly(rules, there(cases=[{"ref": "C-1", "notices": [sent]}]), "2026-05-14T00:00:00+02:00")
    refuses(rules, there(cases=[{"ref": "C-1", "notices": [sent | {"received": False}]}]), "notice_missing")
    again = [sent | {"sent": "2026-04-01", "received": False}, sent | {"sent": "2026-05-01"}]
    allows(rules, there(cases=[{"ref": "C-1", "notices": again}]))


def test_s50_only_debts_of_a_certain_age() -> None:
    """Past due by more than thirty days."""
    rules = only("arrears", {"more_than_days": 30}, code="not_in_arrears")
    opens_exactly(rules, there(cases=[{"ref": "C-1", "due": "2026-04-12"}]), "2026-05-13T00:00:00+02:00")
    allows(rules, there(cases=[{"ref": "C-1", "due": "2026-04-11"}]))


def test_s72_by_the_sort_of_line() -> None:
    """Twice a day to one mobile number, as often as one likes to a fixed line."""
    values = {"limit": 2, "period": {"calendar": "day"}, "key": ["address"], "count": {"placed": True}}
    rules = only("counter", values, code=CAP, scope={"lines": ["mobile"]})
    called = [before(f"2026-05-12T0{hour}:00:00+02:00") for hour in (8, 9)]
    for line, verdict in (("mobile", "deny"), ("fixed", "allow")):
        person = {"points": [{"address": NUMBER, "line": line, "label": "home"}]}
        assert ask(rules, there(TUESDAY, person=person, history=called)).verdict == verdict


def test_a_rule_for_old_debts_speaks_of_the_old_ones_alone() -> None:
    """A full count of a young debt does not close a contact about it and an old one that nobody called about."""
    values = {"limit": 1, "period": {"dates": 7}, "key": ["case"]}
    rules = only("counter", values, scope={"days_past_due_more_than": 30}, code=CAP)
    cases = [{"ref": "C-1", "arrears_since": "2026-01-12"}, {"ref": "C-2", "arrears_since": "2026-05-10"}]
    called = before("2026-05-12T10:00:00+02:00")
    allows(rules, there(cases=cases, history=[called | {"cases": ["C-2"]}]))
    opens_exactly(rules, there(cases=cases, history=[called | {"cases": ["C-1"]}]), "2026-05-19T00:00:00+02:00")
    agreed = {"consents": [{"kind": "call_frequency", "given": "2026-05-12T09:00:00+02:00"}]}
    relax = [{"by": "consent", "consent": "call_frequency"}]
    excused = only("counter", values | {"except_consent": True}, scope={"days_past_due_more_than": 30}, relax=relax)
    found = ask(excused, there(cases=cases, person=agreed, history=[called | {"cases": ["C-1"]}]))
    assert (found.verdict, [one.by for one in found.relaxed_by]) == ("allow", ["consent.call_frequency"])
