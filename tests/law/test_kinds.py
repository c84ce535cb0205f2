"""Each kind of rule, the less used sides of it too: what closes, what opens, and the second at which."""

from __future__ import annotations

from datetime import date

import pytest

from contactguard.law.instants import parse_clock
from contactguard.law.kinds.bands import band
from contactguard.law.rulebook import Rulebook
from contactguard.law.zones import NEVER, zone

from .making import (
    NEW_YORK,
    NUMBER,
    OPEN_ALL_DAY,
    Raw,
    ask,
    book,
    closes_exactly,
    codes,
    law,
    opens_exactly,
    rule,
    same_instant,
    scene,
)

TUESDAY = "2026-05-12T12:00:00-04:00"
DAY_HOURS = {"all": [["08:00", "21:00"]]}
CALENDAR = {"closed": {"years": [2026, 2026], "days": [date(2026, 5, 14), date(2026, 5, 25)]}}


def one(kind: str, values: Raw, **fields: object) -> Rulebook:
    """A rulebook of a single rule."""
    return book(law(rule(kind, values, **fields), calendar=CALENDAR))


def called(at: str, outcome: str = "no_answer", **fields: object) -> Raw:
    """A past call to the number."""
    return {"at": at, "channel": "voice", "address": NUMBER, "outcome": outcome, **fields}


def in_zones(*zones: str) -> Raw:
    """The person may be in any of these."""
    return {"evidence": [{"kind": "residence", "country": "US", "zones": list(zones)}]}


# Windows


def test_a_window_is_open_at_its_first_second_and_closed_at_its_last() -> None:
    """Half-open, by the second."""
    rules = one("window", {"open": DAY_HOURS})
    opens_exactly(rules, scene("2026-05-12T21:00:00-04:00"), "2026-05-13T08:00:00-04:00")
    closes_exactly(rules, scene("2026-05-12T08:00:00-04:00"), "2026-05-12T21:00:00-04:00")


def test_the_most_particular_class_of_day_counts() -> None:
    """Sunday before weekend before all; a class not named is closed."""
    hours = {"weekdays": [["08:00", "20:00"]], "sat": [["09:00", "12:00"], ["14:00", "16:00"]]}
    rules = one("window", {"open": hours})
    opens_exactly(rules, scene("2026-05-16T12:00:00-04:00"), "2026-05-16T14:00:00-04:00")
    opens_exactly(rules, scene("2026-05-16T16:00:00-04:00"), "2026-05-18T08:00:00-04:00")


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-05-16T08:00:00-04:00", "Between 09:00 and 16:00, so not before Saturday 16 May at 09:00 there."),
        ("2026-05-16T13:00:00-04:00", "Between 14:00 and 16:00, so not before Saturday 16 May at 14:00 there."),
        (
            "2026-05-17T12:00:00-04:00",
            "No such contact starts there on Sunday 17 May, so not before Saturday 23 May at 09:00 there.",
        ),
    ],
)
def test_a_refusal_names_hours_that_are_still_to_come_and_none_on_a_closed_day(at: str, told: str) -> None:
    """In a pause those after it; a Sunday without hours is named as such."""
    hours = {"sat": [["09:00", "12:00"], ["14:00", "16:00"]]}
    found = ask(one("window", {"open": hours}, message="Between {opens} and {closes}"), scene(at))
    assert [reason.message for reason in found.reasons] == [told]


def test_a_named_calendar_closes_its_days_and_gives_its_own_reason() -> None:
    """14 May is in the list; the reason is the holiday, not the hour."""
    rules = one("window", {"open": DAY_HOURS, "holidays": "closed"})
    found = ask(rules, scene("2026-05-14T12:00:00-04:00"))
    assert codes(found) == ["public_holiday"]
    opens_exactly(rules, scene("2026-05-13T21:30:00-04:00"), "2026-05-15T08:00:00-04:00")


def test_holidays_may_have_hours_of_their_own() -> None:
    """A short window instead of none."""
    rules = one("window", {"open": {**DAY_HOURS, "holiday": [["13:00", "17:00"]]}, "holidays": "closed"})
    opens_exactly(rules, scene("2026-05-14T09:00:00-04:00"), "2026-05-14T13:00:00-04:00")


@pytest.mark.parametrize("holiday", [{}, {"holiday": [["13:00", "17:00"]]}])
def test_a_year_that_the_calendar_does_not_cover_is_closed_throughout(holiday: Raw) -> None:
    """Nobody knows the holidays of 2027: no hour is open, not even those of a holiday."""
    rules = one("window", {"open": {**DAY_HOURS, **holiday}, "holidays": "closed"})
    found = ask(rules, scene("2027-05-12T14:00:00-04:00"))
    assert found.verdict == "deny"
    assert found.next_allowed is None
    assert ask(rules, scene("2026-12-31T22:00:00-05:00")).next_allowed is None


def test_a_fixed_clock_counts_wherever_the_person_is() -> None:
    """Eight in the law's own zone, for someone three hours west."""
    rules = one("window", {"open": DAY_HOURS, "clock": "America/New_York"})
    opens_exactly(
        rules, scene("2026-05-12T07:00:00-04:00", person=in_zones("America/Los_Angeles")), "2026-05-12T08:00:00-04:00"
    )


@pytest.mark.parametrize(
    ("clock", "wanted"), [("number", "2026-05-12T08:00:00-07:00"), ("residence", "2026-05-12T08:00:00-05:00")]
)
def test_a_clock_may_go_by_the_number_or_by_the_residence(clock: str, wanted: str) -> None:
    """Each by its own kind of evidence."""
    evidence = [
        {"kind": "residence", "country": "US", "zones": ["America/Chicago"]},
        {"kind": "number", "address": NUMBER, "country": "US", "zones": ["America/Los_Angeles"]},
    ]
    opens_exactly(
        one("window", {"open": DAY_HOURS, "clock": clock}),
        scene("2026-05-12T07:00:00-04:00", person={"evidence": evidence}),
        wanted,
    )


def test_a_clock_without_its_evidence_goes_by_every_plausible_place() -> None:
    """Nothing is known of the number: the residence counts."""
    rules = one("window", {"open": DAY_HOURS, "clock": "number"})
    opens_exactly(rules, scene("2026-05-12T07:00:00-04:00"), "2026-05-12T08:00:00-04:00")


def test_every_plausible_zone_must_be_open() -> None:
    """From eight in the west to nine in the evening in the east."""
    rules, both = one("window", {"open": DAY_HOURS}), in_zones("America/New_York", "America/Los_Angeles")
    opens_exactly(rules, scene("2026-05-12T09:00:00-04:00", person=both), "2026-05-12T08:00:00-07:00")
    closes_exactly(rules, scene("2026-05-12T15:00:00-04:00", person=both), "2026-05-12T21:00:00-04:00")


def test_personal_hours_may_stand_in_for_the_usual_ones() -> None:
    """A night worker is reached at night where the rule lets it be so, until the announced end."""
    night = {"kind": "convenient_hours", "from": "22:00", "to": "02:00", "until": "2026-05-14"}
    rules = one("window", {"open": DAY_HOURS, "personal_hours": True})
    raw = scene(TUESDAY, person={"restrictions": [night]})
    opens_exactly(rules, raw, "2026-05-12T22:00:00-04:00")
    assert ask(rules, raw, "2026-05-15T01:00:00-04:00").verdict == "deny"
    assert ask(rules, raw, "2026-05-15T12:00:00-04:00").verdict == "allow"
    assert ask(one("window", {"open": DAY_HOURS}), raw).verdict == "allow"


# Counters


def test_a_count_over_dates_includes_today() -> None:
    """Two dates are today and yesterday."""
    rules = one("counter", {"limit": 1, "period": {"dates": 2}}, code="frequency_cap", message="{used} of {limit}")
    raw = scene(TUESDAY, history=[called("2026-05-12T00:00:00-04:00")])
    opens_exactly(rules, raw, "2026-05-14T00:00:00-04:00")
    found = ask(rules, raw)
    assert found.reasons[0].message.startswith("1 of 1")
    assert [(c.used, c.limit, c.key) for c in found.counters] == [(1, 1, {"person": "P-1"})]
    assert same_instant(found.counters[0].frees_at, "2026-05-14T00:00:00-04:00")


@pytest.mark.parametrize(
    ("period", "opens"),
    [
        ({"calendar": "day"}, "2026-05-13T00:00:00-04:00"),
        ({"calendar": "week"}, "2026-05-18T00:00:00-04:00"),
        ({"calendar": "month"}, "2026-06-01T00:00:00-04:00"),
        ({"hours": 24}, "2026-05-13T10:00:07-04:00"),
        ({"minutes": 130}, "2026-05-12T12:10:07-04:00"),
        ({"free_days": 1}, "2026-05-14T00:00:00-04:00"),
        ({"dates": 7}, "2026-05-19T00:00:00-04:00"),
    ],
)
def test_every_period_ends_at_its_own_second(period: Raw, opens: str) -> None:
    """Calendar periods at midnight, hours and minutes to the second."""
    rules = one("counter", {"limit": 1, "period": period}, code="frequency_cap")
    opens_exactly(rules, scene(TUESDAY, history=[called("2026-05-12T10:00:07-04:00")]), opens)


def test_december_is_followed_by_january() -> None:
    """A calendar month may end the year."""
    rules = one("counter", {"limit": 1, "period": {"calendar": "month"}}, code="frequency_cap")
    raw = scene("2026-12-15T12:00:00-05:00", history=[called("2026-12-01T00:00:00-05:00")])
    opens_exactly(rules, raw, "2027-01-01T00:00:00-05:00")


def test_a_count_for_ever_frees_nothing_by_itself() -> None:
    """Time alone will not help."""
    rules = one("counter", {"limit": 1, "period": {"ever": True}}, code="frequency_cap")
    found = ask(rules, scene(TUESDAY, history=[called("2001-01-01T12:00:00-05:00")]))
    assert (found.verdict, found.next_allowed, found.counters[0].frees_at) == ("deny", None, None)


def test_a_limit_of_nothing_closes_for_good() -> None:
    """The way to say never."""
    found = ask(one("counter", {"limit": 0}), scene(TUESDAY))
    assert (found.verdict, found.next_allowed) == ("deny", None)


@pytest.mark.parametrize(
    ("key", "closed"),
    [(["person"], True), (["case"], False), (["person", "case"], False), (["address"], False), (["creditor"], True)],
)
def test_what_is_counted_together_is_a_choice(key: list[str], closed: bool) -> None:
    """A call to the same person at another number about another debt of the same creditor."""
    rules = one("counter", {"limit": 1, "period": {"dates": 1}, "key": key})
    cases = [{"ref": "C-1", "creditor": "Bank"}, {"ref": "C-2", "creditor": "Bank"}]
    history = [called("2026-05-12T09:00:00-04:00", cases=["C-2"], address="+12125550109")]
    found = ask(rules, scene(TUESDAY, cases=cases, history=history, contact={"cases": ["C-1"]}))
    assert (found.verdict == "deny") is closed


def test_loans_under_one_account_are_counted_as_one() -> None:
    """For the products that the rule names."""
    values = {"limit": 1, "period": {"dates": 1}, "key": ["case"], "same_account": ["student_loan"]}
    history = [called("2026-05-12T09:00:00-04:00", cases=["C-2"])]
    for product, verdict in (("student_loan", "deny"), ("auto", "allow")):
        cases = [{"ref": ref, "product": product, "account": "A-1"} for ref in ("C-1", "C-2")]
        raw = scene(TUESDAY, cases=cases, history=history, contact={"cases": ["C-1"]})
        assert ask(one("counter", values), raw).verdict == verdict


def test_a_cap_on_distinct_channels_lets_the_used_one_go_on() -> None:
    """One channel in the week: the same one again, or none."""
    rules = one("counter", {"limit": 1, "period": {"calendar": "week"}, "distinct": "channel"}, code="channel_quota")
    history = [called("2026-05-11T09:00:00-04:00"), called("2026-05-11T10:00:00-04:00")]
    assert ask(rules, scene(TUESDAY, history=history)).verdict == "allow"
    text = scene(TUESDAY, history=history, contact={"channel": "sms"})
    assert codes(ask(rules, text)) == ["channel_quota"]
    opens_exactly(rules, text, "2026-05-18T00:00:00-04:00")


def test_a_count_may_begin_after_one_thing_and_end_with_another() -> None:
    """Counted only after a conversation; no longer once a message came back."""
    values = {
        "limit": 1,
        "period": {"ever": True},
        "count": {"directions": ["outbound"]},
        "after": {"outcomes": ["conversation"]},
        "until": {"directions": ["inbound"], "channels": ["email"]},
    }
    rules = one("counter", values)
    before = called("2026-05-01T12:00:00-04:00")
    talk = called("2026-05-02T12:00:00-04:00", "conversation")
    later = called("2026-05-03T12:00:00-04:00")
    reply = {"at": "2026-05-04T12:00:00-04:00", "direction": "inbound", "channel": "email", "outcome": "received"}
    for history, verdict in (
        ([before], "allow"),
        ([before, talk], "allow"),
        ([talk, later], "deny"),
        ([talk, later, reply], "allow"),
    ):
        assert ask(rules, scene(TUESDAY, history=history)).verdict == verdict


def test_the_contact_that_begins_a_count_may_count_itself() -> None:
    """What came before it never does."""
    values = {"limit": 1, "period": {"calendar": "day"}, "count": {}, "after": {"outcomes": ["conversation"]}}
    before, talk = called("2026-05-12T09:00:00-04:00"), called("2026-05-12T09:10:00-04:00", "conversation")
    for first_counts, history, verdict in (
        (False, [before, talk], "allow"),
        (True, [before], "allow"),
        (True, [talk], "deny"),
    ):
        rules = one("counter", values | {"first_counts": first_counts})
        assert ask(rules, scene(TUESDAY, history=history)).verdict == verdict


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ({}, "deny"),
        ({"form": "electronic"}, "allow"),
        ({"since": "2026-05-12T09:05:00-04:00"}, "allow"),
        ({"kind": "refuses_to_pay"}, "allow"),
        ({"until": "2026-05-11"}, "allow"),
    ],
)
def test_a_count_may_begin_with_what_was_asked_for(asked: dict[str, str], verdict: str) -> None:
    """A notice by certified mail to stop: from then on one more, as long as it holds."""
    values = {"limit": 1, "count": {}, "after_kinds": ["cease_communication"], "after_forms": ["certified"]}
    notice = {"kind": "cease_communication", "since": "2026-05-11T09:00:00-04:00", "form": "certified"}
    case = scene(TUESDAY, history=[called("2026-05-12T09:00:00-04:00")], person={"restrictions": [notice | asked]})
    found = ask(one("counter", values), case)
    assert (found.verdict, found.next_allowed) == (verdict, None)


def test_a_count_ends_with_what_was_asked_for() -> None:
    """To the second."""
    values = {"limit": 1, "count": {}, "after_kinds": ["cease_communication"]}
    notice = {"kind": "cease_communication", "since": "2026-05-11T09:00:00-04:00", "until": "2026-05-13"}
    case = scene(TUESDAY, history=[called("2026-05-12T09:00:00-04:00")], person={"restrictions": [notice]})
    opens_exactly(one("counter", values), case, "2026-05-14T00:00:00-04:00")


def test_what_counts_is_told_by_a_filter() -> None:
    """Placed calls, calls that could have left a message, calls of one place."""
    history = [
        called("2026-05-12T09:00:00-04:00", "busy"),
        called("2026-05-12T09:10:00-04:00", voicemail_available=False),
    ]
    for count, used in (
        ({}, 2),
        ({"placed": True}, 1),
        ({"message_possible": True}, 1),
        ({"places": ["work"]}, 0),
        ({"said": ["paid"]}, 0),
    ):
        found = ask(
            one("counter", {"limit": 5, "period": {"dates": 1}, "count": count}), scene(TUESDAY, history=history)
        )
        assert found.counters[0].used == used, count


@pytest.mark.parametrize(
    ("past", "place"),
    [
        ({"address": "+12125550102"}, "work"),
        ({"address": "+12125550103"}, "home"),
        ({"address": "+12125550104"}, "other"),
        ({"address": "+12125550102", "place": "other"}, "other"),
        ({"address": "+12125550102", "channel": "sms", "outcome": "sent"}, None),
        ({"address": NUMBER}, None),
        ({"address": "1 Mill Lane", "channel": "letter", "outcome": "sent"}, "work"),
        ({"address": "2 Mill Lane", "channel": "visit"}, "home"),
    ],
)
def test_a_past_contact_found_the_person_where_its_address_is(past: Raw, place: str | None) -> None:
    """As for the contact asked about: a fixed line, a letter or a visit, where nobody wrote another place down."""
    points: list[Raw] = [
        {"address": "+12125550102", "line": "fixed", "label": "work"},
        {"address": "+12125550103", "line": "fixed", "label": "home"},
        {"address": "+12125550104", "line": "fixed"},
        {"address": NUMBER, "line": "mobile", "label": "work"},
        {"address": "1 Mill Lane", "label": "work"},
    ]
    case = scene(TUESDAY, person={"points": points}, history=[called("2026-05-12T09:00:00-04:00", **past)])
    for one_place in ("home", "work", "other"):
        found = ask(one("counter", {"limit": 5, "count": {"places": [one_place]}}), case)
        assert found.counters[0].used == (one_place == place)
        found = ask(one("counter", {"limit": 5, "count": {"not_places": [one_place]}}), case)
        assert found.counters[0].used == (one_place != place)


def test_a_contact_excused_by_consent_is_not_counted_and_the_yes_says_so() -> None:
    """While the consent held; one revoked since still covers what was done under it."""
    fields = {"relax": [{"by": "consent", "consent": "call_frequency"}]}
    rules = one("counter", {"limit": 1, "period": {"dates": 7}, "except_consent": True}, **fields)
    consent = {"kind": "call_frequency", "given": "2026-05-10T09:00:00-04:00", "revoked": "2026-05-11T09:00:00-04:00"}
    under, after = called("2026-05-10T12:00:00-04:00"), called("2026-05-11T12:00:00-04:00")
    found = ask(rules, scene(TUESDAY, history=[under], person={"consents": [consent]}))
    assert found.verdict == "allow"
    assert [(one.rule, one.by) for one in found.relaxed_by] == [("made-up.one", "consent.call_frequency")]
    assert ask(rules, scene(TUESDAY, history=[after], person={"consents": [consent]})).verdict == "deny"
    assert ask(rules, scene(TUESDAY, history=[under])).verdict == "deny"


def test_a_call_to_what_turned_out_to_be_a_wrong_number_is_not_counted() -> None:
    """And the correction is named."""
    rules = one("counter", {"limit": 1, "period": {"dates": 7}, "except_wrong_number": True})
    gone = {"address": "+12125550109", "status": "wrong_number", "status_since": "2026-05-12T09:05:00-04:00"}
    history = [called("2026-05-12T09:00:00-04:00", address="+12125550109")]
    found = ask(rules, scene(TUESDAY, history=history, person={"points": [gone]}))
    assert found.verdict == "allow"
    assert [one.by for one in found.relaxed_by] == ["correction.wrong_number"]
    assert ask(rules, scene(TUESDAY, history=history)).verdict == "deny"


def test_what_was_said_in_the_last_counted_contact_may_open_again() -> None:
    """Call me again, or both beliefs."""
    relax = [{"by": "said", "said": ["call_me_again"]}, {"by": "said", "believed": True}]
    rules = one("counter", {"limit": 1}, relax=relax)
    talk = called("2026-05-01T12:00:00-04:00", "conversation")
    for more, verdict in (
        ({}, "deny"),
        ({"said": ["busy_now"]}, "deny"),
        ({"said": ["call_me_again"]}, "allow"),
        ({"believed": ["answer_wrong"]}, "deny"),
        ({"believed": ["answer_wrong", "now_knows"]}, "allow"),
    ):
        assert ask(rules, scene(TUESDAY, history=[talk | more])).verdict == verdict, more


@pytest.mark.parametrize("live", ["reserved", "handed"])
def test_a_permit_that_lapses_unstarted_frees_the_line_at_that_second(live: str) -> None:
    """Only what is under way counts, whoever's switch it is on."""
    rules = one("counter", {"limit": 1, "count": {"live": True}}, code="too_soon")
    permit = called("2026-05-12T11:59:00-04:00", "unknown", live=live, lapses="2026-05-12T12:00:59-04:00")
    opens_exactly(rules, scene(TUESDAY, history=[permit]), "2026-05-12T12:00:59-04:00")


# Gaps


@pytest.mark.parametrize(
    ("wait", "opens"),
    [
        ({"dates": 7}, "2026-05-19T00:00:00-04:00"),
        ({"free_days": 2}, "2026-05-15T00:00:00-04:00"),
        ({"hours": 30}, "2026-05-13T16:00:00-04:00"),
        ({"business_days": 3}, "2026-05-19T00:00:00-04:00"),
        ({"calendar": "week"}, "2026-05-18T00:00:00-04:00"),
    ],
)
def test_a_wait_ends_when_its_length_is_over(wait: Raw, opens: str) -> None:
    """Business days leave out the weekend and the fourteenth, a holiday."""
    rules = one("gap", {"wait": wait, "holidays": "closed"}, code="too_soon")
    opens_exactly(rules, scene(TUESDAY, history=[called("2026-05-12T10:00:00-04:00")]), opens)


def test_business_days_beyond_the_calendar_never_end() -> None:
    """Nobody knows which days of 2027 are holidays: the wait stays closed instead of guessing, and at once."""
    rules = one("gap", {"wait": {"business_days": 3}, "holidays": "closed"}, code="too_soon")
    found = ask(rules, scene("2026-12-31T12:00:00-05:00", history=[called("2026-12-30T10:00:00-05:00")]))
    assert (found.verdict, found.next_allowed) == ("deny", None)


def test_the_latest_contact_decides_in_every_zone() -> None:
    """A conversation late in the east is of the next date there, so the east opens later."""
    rules = one("gap", {"wait": {"dates": 2}, "after": {"outcomes": ["conversation"]}}, code="post_conversation_wait")
    raw = scene(TUESDAY, history=[called("2026-05-12T00:30:00-04:00", "conversation")])
    raw["persons"][0] |= in_zones("America/New_York", "America/Los_Angeles")
    opens_exactly(rules, raw, "2026-05-14T00:00:00-04:00")


# Dates, force, drafts


def test_a_rule_changes_with_the_day_of_its_next_version() -> None:
    """In the person's own calendar; and repeal opens."""
    versions = (
        {"open": DAY_HOURS},
        {"from": date(2026, 5, 13), "open": {"all": [["10:00", "12:00"]]}},
        {"from": date(2026, 5, 14), "repealed": True},
    )
    rules = book(law(rule("window", *versions)))
    opens_exactly(rules, scene("2026-05-12T22:00:00-04:00"), "2026-05-13T10:00:00-04:00")
    opens_exactly(rules, scene("2026-05-13T13:00:00-04:00"), "2026-05-14T00:00:00-04:00")
    assert ask(rules, scene("2026-05-20T03:00:00-04:00")).valid_until is None


def test_a_rule_says_nothing_before_its_first_day_and_may_close_a_standing_yes() -> None:
    """The yes ends with the day on which the rule comes into force."""
    rules = book(law(rule("counter", {"from": date(2026, 5, 13), "limit": 0})))
    closes_exactly(rules, scene(TUESDAY), "2026-05-13T00:00:00-04:00")


def test_a_version_that_holds_in_one_plausible_zone_only_is_worded_without_fault() -> None:
    """At the turn of the day the east has the new rule already, the west has not; the message shows its hours."""
    hours = {"from": date(2026, 5, 13), "open": DAY_HOURS}
    rules = book(law(rule("window", hours, message="Open from {opens} to {closes}")))
    found = ask(rules, scene("2026-05-13T01:00:00-04:00", person=in_zones("America/Los_Angeles", "America/New_York")))
    assert found.reasons[0].message.startswith("Open from 08:00 to 21:00")


def test_a_warning_does_not_refuse() -> None:
    """It stands beside the yes."""
    found = ask(one("window", {"open": {"all": [["01:00", "02:00"]]}}, force="warns"), scene(TUESDAY))
    assert found.verdict == "allow"
    assert [reason.code for reason in found.warnings] == ["outside_hours"]
    assert found.valid_until is None


def test_a_draft_decides_nothing() -> None:
    """Not even a warning."""
    found = ask(one("counter", {"limit": 0}, status="draft"), scene(TUESDAY))
    assert (found.verdict, found.warnings) == ("allow", ())


def test_young_arrears_only() -> None:
    """A night ban that is lifted once the debt is more than fifteen days past due."""
    scope = {"days_past_due_at_most": 15}
    rules = one("window", {"open": {"all": [["06:00", "22:00"]]}}, scope=scope)
    young = scene("2026-05-12T23:00:00-04:00", cases=[{"ref": "C-1", "arrears_since": "2026-04-27"}])
    opens_exactly(rules, young, "2026-05-13T00:00:00-04:00")
    assert ask(rules, scene("2026-05-12T23:00:00-04:00", operator={})).verdict == "deny"
    trusted = ask(rules, scene("2026-05-12T23:00:00-04:00"))
    assert (trusted.verdict, trusted.assumed) == ("allow", ("arrears",))


def test_old_arrears_only() -> None:
    """A night ban that begins with the day on which a debt is more than thirty days past due."""
    rules = one("window", {"open": {"all": [["08:00", "21:00"]]}}, scope={"days_past_due_more_than": 30})
    cases = [{"ref": "C-1", "arrears_since": "2026-04-12"}, {"ref": "C-2", "arrears_since": "2026-05-01"}]
    found = ask(rules, scene("2026-05-12T23:00:00-04:00", cases=cases))
    assert (found.verdict, found.valid_until) == ("allow", "2026-05-13T00:00:00-04:00")
    assert ask(rules, scene("2026-05-13T00:00:00-04:00", cases=cases)).verdict == "deny"
    unknown = [{"ref": "C-1", "arrears_since": "2026-05-01"}, {"ref": "C-2"}]
    assert ask(rules, scene("2026-05-12T23:00:00-04:00", cases=unknown)).verdict == "deny"


# Consents


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({}, "allow"),
        ({"form": "oral"}, "allow"),
        ({"given_to": "creditor"}, "deny"),
        ({"given_by": "attorney"}, "deny"),
        ({"compliant": False}, "deny"),
        ({"revoked": "2026-05-11T12:00:00-04:00"}, "deny"),
        ({"until": "2026-05-11"}, "deny"),
        ({"until": "2026-05-12"}, "allow"),
        ({"given": "2026-05-12T12:00:01-04:00"}, "deny"),
        ({"only_dates": ["2026-05-13"]}, "deny"),
        ({"days": ["tue"]}, "allow"),
        ({"days": ["wed"]}, "deny"),
        ({"from": "13:00", "to": "14:00"}, "deny"),
        ({"cases": ["C-2"]}, "deny"),
        ({"channel": "sms"}, "deny"),
        ({"address": "+12125550109"}, "deny"),
        ({"kind": "contact"}, "deny"),
    ],
)
def test_a_consent_relaxes_within_its_bounds(given: Raw, verdict: str) -> None:
    """Everything about it must fit, and the yes names it."""
    rules = one("window", {"open": {"all": [["01:00", "02:00"]]}}, relax=[{"by": "consent", "consent": "hours"}])
    consent = {"kind": "hours", "given": "2026-05-01T12:00:00-04:00", **given}
    found = ask(
        rules,
        scene(
            TUESDAY, cases=[{"ref": "C-1"}, {"ref": "C-2"}], contact={"cases": ["C-1"]}, person={"consents": [consent]}
        ),
    )
    assert found.verdict == verdict
    assert [one.by for one in found.relaxed_by] == (["consent.hours"] if verdict == "allow" else [])


@pytest.mark.parametrize(
    ("form", "verdict"),
    [
        ("written", "allow"),
        ("electronic", "allow"),
        ("certified", "allow"),
        ("oral", "deny"),
        ("recorded", "deny"),
        (None, "deny"),
    ],
)
def test_a_need_for_writing_takes_what_counts_as_written(form: str | None, verdict: str) -> None:
    """Electronic and certified do; spoken words, recorded or not, do not; nor does a form that nobody noted."""
    rules = one("consent", {"consent": "electronic", "forms": ["written"]}, code="no_consent")
    consent = {"kind": "electronic", "given": "2026-05-01T12:00:00-04:00"} | ({"form": form} if form else {})
    assert ask(rules, scene(TUESDAY, person={"consents": [consent]})).verdict == verdict


def test_a_consent_may_wear_out_after_so_many_dates() -> None:
    """The date it was given is the first."""
    rules = one("consent", {"consent": "contact", "dates": 3}, code="no_consent")
    raw = scene(TUESDAY, person={"consents": [{"kind": "contact", "given": "2026-05-10T23:59:59-04:00"}]})
    closes_exactly(rules, raw, "2026-05-13T00:00:00-04:00")


def test_a_revocation_that_nobody_knows_of_yet_is_not_foreseen() -> None:
    """What is dated after the instant is not known."""
    rules = one("consent", {"consent": "contact"}, code="no_consent")
    consent = {"kind": "contact", "given": "2026-05-01T12:00:00-04:00", "revoked": "2026-05-13T12:00:00-04:00"}
    found = ask(rules, scene(TUESDAY, person={"consents": [consent]}))
    assert (found.verdict, found.valid_until) == ("allow", None)


def test_without_a_consent_only_a_reply_goes() -> None:
    """Where the rule says that a reply serves."""
    asked = {
        "at": "2026-05-12T11:00:00-04:00",
        "direction": "inbound",
        "channel": "sms",
        "address": NUMBER,
        "outcome": "received",
    }
    answered = {"at": "2026-05-12T11:30:00-04:00", "channel": "sms", "address": NUMBER, "outcome": "sent"}
    rules = one("consent", {"consent": "contact", "reply_serves": True}, code="no_consent")
    reply = {"contact": {"channel": "sms", "purpose": "response"}}
    assert ask(rules, scene(TUESDAY, history=[asked], **reply)).verdict == "allow"
    assert ask(rules, scene(TUESDAY, history=[asked, answered], **reply)).verdict == "deny"
    assert codes(ask(rules, scene(TUESDAY, contact={"channel": "sms"}))) == ["no_consent"]


def test_a_reply_under_way_that_lapses_changes_whether_one_is_owed() -> None:
    """On our own line it counts for nothing then, so a reply is owed again; on another's switch it was one."""
    asked = {"at": "2026-05-12T11:00:00-04:00", "direction": "inbound", "channel": "sms", "address": NUMBER}
    lapses = "2026-05-12T12:01:00-04:00"
    under_way = {"at": "2026-05-12T11:59:00-04:00", "channel": "sms", "address": NUMBER, "outcome": "unknown"}
    rules = one("consent", {"consent": "contact", "reply_serves": True}, code="no_consent")
    reply = {"contact": {"channel": "sms", "purpose": "response"}}
    for live, opens in (("reserved", lapses), ("handed", None)):
        history = [asked | {"outcome": "received"}, under_way | {"live": live, "lapses": lapses}]
        found = ask(rules, scene(TUESDAY, history=history, **reply))
        assert (found.verdict, found.next_allowed) == ("deny", opens)


def test_a_consent_that_ends_by_date_ends_first_where_the_day_is_over_first() -> None:
    """Also for a rule that looks at no clock itself: both plausible zones must still have the consent."""
    relax = [{"by": "consent", "consent": "third_party", "of": "debtor"}]
    rules = one("party", {"may_be_told": ["debtor"]}, code="third_party", relax=relax)
    consent = {"kind": "third_party", "given": "2026-05-01T12:00:00-04:00", "until": "2026-05-12"}
    neighbour = {"id": "P-2", "role": "third_party", **in_zones("America/Los_Angeles", "America/New_York")}
    raw = scene(TUESDAY, person={"consents": [consent]}, others=[neighbour], contact={"person": "P-2"})
    closes_exactly(rules, raw, "2026-05-13T00:00:00-04:00")


# Restrictions, parties, points, accounts, notices, duties


@pytest.mark.parametrize(
    "wish", [{}, {"from": "00:00", "to": "24:00"}, {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}]
)
def test_a_wish_that_leaves_no_hour_closes_for_good(wish: Raw) -> None:
    """It is one answer for all time, not a week's after a week's, so no moment is looked for that cannot come."""
    rules = one("restriction", {"kinds": ["inconvenient_hours"]}, code="inconvenient_time")
    found = ask(rules, scene(TUESDAY, person={"restrictions": [{"kind": "inconvenient_hours", **wish}]}))
    assert (found.verdict, found.next_allowed, found.reasons[0].until) == ("deny", None, None)
    hours = band(wish.get("days"), *(parse_clock(wish[end]) if end in wish else None for end in ("from", "to")))
    assert hours.state(zone("America/New_York"), 0) == (True, NEVER)


@pytest.mark.parametrize(
    ("kinds", "restriction", "contact", "verdict"),
    [
        (["represented"], {}, {}, "deny"),
        (["represented"], {"attorney_known": False}, {}, "allow"),
        (["inconvenient_place"], {"place": "work"}, {"place": "work"}, "deny"),
        (["inconvenient_place"], {"place": "work"}, {"place": "home"}, "allow"),
        (["employer_prohibits"], {}, {"place": "work"}, "deny"),
        (["employer_prohibits"], {}, {}, "allow"),
        (["address_refused"], {"address": NUMBER}, {}, "deny"),
        (["address_refused"], {"address": NUMBER, "channel": "sms"}, {}, "allow"),
        (["channel_refused"], {"channel": "voice"}, {}, "deny"),
        (["channel_refused"], {"channel": "sms"}, {}, "allow"),
        (["disputed"], {"portion": "fees"}, {}, "deny"),
        (["disputed"], {"portion": "fees"}, {"content": {"states": {"disputed_part": False}}}, "allow"),
        (["vulnerable"], {"cases": ["C-9"]}, {}, "allow"),
        (["represented"], {"cases": ["C-9"]}, {}, "allow"),
        (["address_refused"], {"address": NUMBER, "cases": ["C-9"]}, {}, "deny"),
        (["channel_refused"], {"channel": "voice", "cases": ["C-9"]}, {}, "deny"),
        (["written_only"], {"cases": ["C-9"]}, {}, "deny"),
        (["inconvenient_hours"], {"cases": ["C-9"]}, {}, "deny"),
        (["inconvenient_place"], {"place": "work", "cases": ["C-9"]}, {"place": "work"}, "deny"),
        (["employer_prohibits"], {"cases": ["C-9"]}, {"place": "work"}, "deny"),
        (["vulnerable"], {"until": "2026-05-11"}, {}, "allow"),
        (["vulnerable"], {"since": "2026-05-12T12:00:01-04:00"}, {}, "allow"),
        (["deceased"], {}, {}, "allow"),
    ],
)
def test_a_restriction_closes_what_it_is_about(kinds: list[str], restriction: Raw, contact: Raw, verdict: str) -> None:
    """Its kind, place, address, channel, dates; its cases, but how a person may be reached is said for all of them."""
    kind = "vulnerable" if kinds == ["deceased"] else kinds[0]
    cases = [{"ref": "C-1"}, {"ref": "C-9"}]
    raw = scene(
        TUESDAY,
        cases=cases,
        contact={"cases": ["C-1"], **contact},
        person={"restrictions": [{"kind": kind, **restriction}]},
    )
    assert ask(one("restriction", {"kinds": kinds}), raw).verdict == verdict


def test_nobody_lets_a_collector_tell_them_of_someone_elses_debt() -> None:
    """Whoever owes it may; a neighbour's own consent opens nothing."""
    relax = [{"by": "consent", "consent": "third_party", "of": "debtor"}]
    rules = one("party", {"may_be_told": ["debtor"]}, code="third_party", relax=relax)
    consent = {"consents": [{"kind": "third_party", "person": "P-2", "given": "2026-05-01T10:00:00-04:00"}]}
    neighbour = {"id": "P-2", "role": "third_party", "evidence": [NEW_YORK]}
    asked = {"contact": {"person": "P-2"}}
    assert ask(rules, scene(TUESDAY, **asked, others=[neighbour | consent])).verdict == "deny"
    assert ask(rules, scene(TUESDAY, **asked, person=consent, others=[neighbour])).verdict == "allow"


def test_a_silent_attorney_binds_no_longer_after_the_hours_that_the_rule_gives() -> None:
    """To the second, and the yes says why."""
    rules = one("restriction", {"kinds": ["represented"], "lapses_hours": 720}, code="represented")
    asked = {"kind": "represented", "asked": "2026-04-12T12:30:00-04:00"}
    raw = scene(TUESDAY, person={"restrictions": [asked]})
    opens_exactly(rules, raw, "2026-05-12T12:30:00-04:00")
    assert [one.by for one in ask(rules, raw, "2026-05-12T12:30:00-04:00").relaxed_by] == ["silence.attorney"]
    answered = scene(TUESDAY, person={"restrictions": [asked | {"answered": True}]})
    assert ask(rules, answered).next_allowed is None


def test_an_oral_request_may_lapse_after_so_many_dates() -> None:
    """Through the tenth date after it; a written one stands."""
    rules = one("restriction", {"kinds": ["employer_prohibits"], "lapses_dates": 10}, code="workplace")
    request = {"kind": "employer_prohibits", "since": "2026-05-05T15:00:00-04:00", "form": "oral"}
    raw = scene(TUESDAY, contact={"place": "work"}, person={"restrictions": [request]})
    opens_exactly(rules, raw, "2026-05-16T00:00:00-04:00")
    written = scene(TUESDAY, contact={"place": "work"}, person={"restrictions": [request | {"form": "written"}]})
    assert ask(rules, written).next_allowed is None


@pytest.mark.parametrize(("binds", "role", "purpose", "verdict"), [
    (["self"], "spouse", "collection", "allow"),
    (["self", "stand_ins"], "spouse", "collection", "deny"),
    (["self", "stand_ins"], "joint_debtor", "collection", "allow"),
    (["self", "location"], "third_party", "location_information", "deny"),
    (["self", "location"], "third_party", "collection", "allow"),
])  # fmt: skip
def test_a_debtors_restriction_binds_others_as_the_rule_says(
    binds: list[str], role: str, purpose: str, verdict: str
) -> None:
    """Whoever stands in their place, or third parties asked for location; never another who owes the debt."""
    rules = one("restriction", {"kinds": ["represented"], "binds": binds})
    other = {"id": "P-2", "role": role, **in_zones("America/New_York")}
    raw = scene(
        TUESDAY,
        others=[other],
        contact={"person": "P-2", "purpose": purpose},
        person={"restrictions": [{"kind": "represented"}]},
    )
    assert ask(rules, raw).verdict == verdict


def test_in_the_service_a_request_of_unknown_form_counts_as_if_made_in_the_right_one() -> None:
    """It may have been; a scenario file says what there is."""
    rules = one("restriction", {"kinds": ["cease_communication"], "forms": ["written"]})
    for form, filed, live in (("written", "deny", "deny"), ("oral", "allow", "allow"), (None, "allow", "deny")):
        request = {"kind": "cease_communication"} | ({"form": form} if form else {})
        raw = scene(TUESDAY, person={"restrictions": [request]})
        assert ask(rules, raw).verdict == filed
        assert ask(rules, raw | {"operator": {"live": True}}).verdict == live


def test_certain_notices_may_be_left_open() -> None:
    """Those that the rule leaves, and no others; what goes out to collect is no notice, whatever it is called."""
    rules = one("restriction", {"kinds": ["cease_communication"], "leaves": ["required"]})
    person = {"restrictions": [{"kind": "cease_communication"}]}
    notices = (("required", "allow"), ("efforts_ended", "deny"), (None, "deny"))
    cases = [(purpose, *one) for purpose in ("legal_notice", "service") for one in notices]
    for purpose, notice, verdict in [*cases, ("collection", "required", "deny")]:
        contact = {"channel": "letter", "address": "1 Example Street", "purpose": purpose}
        contact |= {"notice": notice} if notice else {}
        assert ask(rules, scene(TUESDAY, person=person, contact=contact)).verdict == verdict


@pytest.mark.parametrize(
    ("role", "more", "verdict"),
    [("debtor", {}, "allow"), ("spouse", {}, "deny"), ("parent", {}, "deny"), ("parent", {"minor": True}, "allow")],
)
def test_who_may_be_told_may_hang_on_the_debtor(role: str, more: Raw, verdict: str) -> None:
    """The parent of a minor, not of a grown-up."""
    rules = one("party", {"may_be_told": ["debtor", "parent:minor"]}, code="third_party")
    other = {"id": "P-2", "role": role, **in_zones("America/New_York")}
    assert ask(rules, scene(TUESDAY, others=[other], contact={"person": "P-2"}, person=more)).verdict == verdict


def test_what_is_known_of_an_address_binds_whoever_lists_it() -> None:
    """Another person's file says that the number is someone else's."""
    rules = one("point", {"statuses": ["wrong_number"]}, code="wrong_number")
    other = {"id": "P-2", "points": [{"address": NUMBER, "status": "wrong_number"}]}
    assert codes(ask(rules, scene(TUESDAY, others=[other]))) == ["wrong_number"]
    told = {"points": [{"address": NUMBER, "misdelivered": "2026-05-12T11:59:00-04:00"}]}
    assert ask(one("point", {"misdelivered": True}), scene(TUESDAY, person=told)).verdict == "deny"
    assert (
        ask(
            one("point", {"labels": ["work"]}),
            scene(TUESDAY, person={"points": [{"address": NUMBER, "label": "work"}]}),
        ).verdict
        == "deny"
    )


def test_a_debt_is_in_arrears_from_the_day_after_it_fell_due() -> None:
    """And past due by more than so many days only later."""
    raw = scene(TUESDAY, cases=[{"ref": "C-1", "due": "2026-05-12"}])
    opens_exactly(one("arrears", {}, code="not_in_arrears"), raw, "2026-05-13T00:00:00-04:00")
    opens_exactly(one("arrears", {"more_than_days": 3}, code="not_in_arrears"), raw, "2026-05-16T00:00:00-04:00")


def test_absent_dates_and_notices_are_taken_on_trust_only_where_vouched_for() -> None:
    """And the decision says what was taken on trust."""
    for kind, values in (("arrears", {}), ("notice", {"wait": {"dates": 1}})):
        word = {"arrears": "arrears", "notice": "notices"}[kind]
        found = ask(one(kind, values), scene(TUESDAY))
        assert (found.verdict, found.assumed) == ("allow", (word,))
        assert ask(one(kind, values), scene(TUESDAY, operator={"vouches": []})).verdict == "deny"


@pytest.mark.parametrize(
    ("wait", "opens"),
    [
        ({"dates": 6}, "2026-05-17T00:00:00-04:00"),
        ({"free_days": 5}, "2026-05-17T00:00:00-04:00"),
        ({"business_days": 3}, "2026-05-16T00:00:00-04:00"),
    ],
)
def test_a_notice_must_have_been_sent_and_its_time_be_over(wait: Raw, opens: str) -> None:
    """Sent on Monday the eleventh; the fourteenth is a holiday. One that came back serves nothing."""
    rules = one("notice", {"wait": wait, "holidays": "closed"}, code="notice_missing")
    opens_exactly(rules, scene(TUESDAY, cases=[{"ref": "C-1", "notices": [{"sent": "2026-05-11"}]}]), opens)
    lost = [{"ref": "C-1", "notices": [{"sent": "2026-05-11", "received": False}]}]
    assert ask(rules, scene(TUESDAY, cases=lost)).next_allowed is None
    none = ask(rules, scene(TUESDAY, cases=[{"ref": "C-1", "notices": []}]))
    assert [reason.code for reason in none.reasons] == ["notice_missing"]
    sent = [{"ref": "C-1", "notices": [{"sent": "2026-05-11"}]}]
    waiting = ask(rules, scene("2026-05-11T12:00:00-04:00", cases=sent))
    assert [reason.code for reason in waiting.reasons] == ["too_soon"]


def test_a_notice_counts_from_the_moment_it_was_sent() -> None:
    rules = one("notice", {"wait": {"dates": 0}}, code="notice_missing")
    sent = [{"ref": "C-1", "notices": [{"sent": "2026-05-12T12:00:00-04:00"}]}]
    opens_exactly(rules, scene("2026-05-12T11:00:00-04:00", cases=sent), "2026-05-12T12:00:00-04:00")


def test_a_case_in_a_closed_state_is_closed() -> None:
    """One of several is enough."""
    rules = one("case_status", {"statuses": ["paid"]}, code="case_closed")
    assert codes(ask(rules, scene(TUESDAY, cases=[{"ref": "C-1"}, {"ref": "C-2", "status": "paid"}]))) == [
        "case_closed"
    ]


@pytest.mark.parametrize(
    ("values", "content", "verdict"),
    [
        ({"wants": {"opt_out": True}}, None, "allow"),
        ({"wants": {"opt_out": True}}, {"states": {"opt_out": False}}, "deny"),
        ({"wants": {"extra": False}}, {"states": {"extra": True}}, "deny"),
        ({"wants": {"debt": False}}, None, "deny"),
        (
            {"wants": {"debt": False}, "unless": {"collector_asked_for": True}},
            {"states": {"collector_asked_for": True}},
            "allow",
        ),
        ({"formats": ["plain"]}, {"format": "postcard"}, "deny"),
        ({"audiences": ["private"]}, {"audience": "public"}, "deny"),
    ],
)
def test_content_is_held_against_what_its_author_attests(values: Raw, content: Raw | None, verdict: str) -> None:
    """Or against the default where nobody attested anything."""
    contact = {"content": content} if content else {}
    assert ask(one("content", values, code="prohibited_content"), scene(TUESDAY, contact=contact)).verdict == verdict


def test_a_duty_is_asked_for_with_a_yes_and_follows_its_dates() -> None:
    """With a no there is nothing to do."""
    texts = (
        {"code": "identify", "text": "Say who calls."},
        {"from": date(2026, 6, 1), "code": "identify", "text": "Say it twice."},
    )
    rules = book(law(rule("obligation", *texts, id="say"), rule("window", {"open": DAY_HOURS})))
    assert [one.text for one in ask(rules, scene(TUESDAY)).obligations] == ["Say who calls."]
    assert [one.text for one in ask(rules, scene("2026-06-01T12:00:00-04:00")).obligations] == ["Say it twice."]
    assert ask(rules, scene("2026-05-12T22:00:00-04:00")).obligations == ()


SCOPES: list[tuple[Raw, Raw]] = [
    ({"collectors": ["first_party"]}, {"collector": {"kind": "first_party"}}),
    ({"collectors": ["first_party:other_name"]}, {"collector": {"kind": "first_party", "own_name": False}}),
    ({"licences": ["bank"]}, {"collector": {"licence": "bank"}}),
    ({"roles": ["guarantor"]}, {"person": {"role": "guarantor"}}),
    ({"products": ["auto"]}, {"cases": [{"ref": "C-1", "product": "auto"}]}),
    ({"channels": ["sms"]}, {"contact": {"channel": "sms"}}),
    ({"directions": ["inbound"]}, {"contact": {"direction": "inbound"}}),
    ({"purposes": ["service"]}, {"contact": {"purpose": "service"}}),
    ({"not_purposes": ["collection"]}, {"contact": {"purpose": "service"}}),
    ({"not_roles": ["debtor"]}, {"person": {"role": "guarantor"}}),
    ({"modes": ["prerecorded"]}, {"contact": {"mode": "prerecorded"}}),
    ({"places": ["work"]}, {"contact": {"place": "work"}}),
    ({"lines": ["fixed"]}, {"person": {"points": [{"address": NUMBER, "line": "fixed"}]}}),
    ({"solicits": True}, {"contact": {"content": {"states": {"solicits": True}}}}),
]


@pytest.mark.parametrize(("scope", "inside"), SCOPES, ids=lambda value: str(value)[:40])
def test_a_rule_speaks_only_inside_its_scope(scope: Raw, inside: Raw) -> None:
    """Refused inside; outside, as the plain scene is, it says nothing."""
    rules = one("counter", {"limit": 0}, scope=scope)
    assert ask(rules, scene(TUESDAY, **inside)).verdict == "deny"
    plain = scene(
        TUESDAY, collector={"licence": "collection_agency"}, person={"points": [{"address": NUMBER, "line": "mobile"}]}
    )
    assert ask(rules, plain).verdict == "allow"


def test_what_is_not_known_counts_as_inside_the_scope() -> None:
    """A licence, product or line that nobody told."""
    for scope in ({"licences": ["bank"]}, {"lines": ["fixed"]}):
        assert ask(one("counter", {"limit": 0}, scope=scope), scene(TUESDAY)).verdict == "deny"
    assert (
        ask(one("counter", {"limit": 0}, scope={"products": ["auto"]}), scene(TUESDAY, operator={})).verdict == "deny"
    )


@pytest.mark.parametrize(
    ("field", "outside"), [("agents_licensed", "third_party"), ("creditors_licensed", "first_party")]
)
def test_who_names_no_licence_may_stay_outside(field: str, outside: str) -> None:
    """A law of banks binds whoever collects for one and says so, not every agency that says nothing."""
    rules = one("counter", {"limit": 0}, scope={"licences": ["bank"], field: True})
    for kind in ("third_party", "first_party", "debt_buyer"):
        told = ask(rules, scene(TUESDAY, collector={"kind": kind})).verdict
        assert told == ("allow" if kind == outside else "deny"), kind
        assert ask(rules, scene(TUESDAY, collector={"kind": kind, "licence": "bank"})).verdict == "deny"
        assert ask(rules, scene(TUESDAY, collector={"kind": kind, "licence": "collection_agency"})).verdict == "allow"


def test_an_open_window_says_nothing() -> None:
    """Around the clock is no rule."""
    assert ask(one("window", {"open": OPEN_ALL_DAY}), scene(TUESDAY)).valid_until is None


def test_a_permit_not_reported_on_is_no_conversation_whatever_it_may_become() -> None:
    """Handed over, it starts no wait after a conversation, neither while it is under way nor once it lapsed."""
    rules = one("gap", {"after": {"outcomes": ["conversation"]}, "wait": {"hours": 2}}, code="too_soon")
    permit = called("2026-05-12T11:59:00-04:00", "conversation", live="handed", lapses="2026-05-12T12:10:00-04:00")
    found = ask(rules, scene(TUESDAY, history=[permit]))
    assert (found.verdict, found.valid_until) == ("allow", None)
    assert ask(rules, scene("2026-05-12T12:10:00-04:00", history=[permit])).verdict == "allow"


def test_a_rule_that_does_not_hold_yet_counts_nothing_and_eases_nothing() -> None:
    """Neither a cap of tomorrow nor a way of tomorrow is told of today."""
    tomorrow = {"from": date(2026, 5, 13)}
    cap = rule("counter", tomorrow | {"limit": 3}, id="cap", code="frequency_cap")
    way = rule("way", tomorrow | {"ways": [{"by": "source", "sources": ["person"]}]}, id="way", code="no_consent")
    found = ask(book(law(cap, way)), scene(TUESDAY, person={"points": [{"address": NUMBER, "source": "person"}]}))
    assert (found.verdict, found.counters, found.relaxed_by) == ("allow", (), ())


def test_a_reason_names_no_moment_where_another_never_ends() -> None:
    """Whoever reads that calls start at nine would call then; the reason's own `until` still says it."""
    hours = rule("window", {"open": {"all": [["09:00", "10:00"]]}}, id="hours")
    closed = rule("counter", {"limit": 0}, id="closed", code="frequency_cap")
    first, second = ask(book(law(hours, closed)), scene(TUESDAY)).reasons
    assert (first.message, second.message) == ("Not now.", "Not now.")
    assert first.until == "2026-05-13T09:00:00-04:00"
