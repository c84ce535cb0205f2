"""Disputes in time, shares of abandoned calls, the number shown, look-ups and judgments: each answer, and its end."""

from __future__ import annotations

from typing import Any

import pytest

from .making import NEW_YORK, NUMBER, Raw, ask, book, codes, law, opens_exactly, rule, scene
from .test_ways import NOON, TWO_ZONES, check, point


def dispute(**values: Any) -> Any:
    """A law by which a dispute in time closes the case for everyone."""
    held = {"kinds": ["disputed"], "binds": ["self", "case"], "in_notice_period": True}
    return book(law(rule("restriction", held | values, code="disputed")))


def disputed(since: str, notices: list[Raw] | None, **fields: Any) -> Raw:
    """A case with these notices, disputed then."""
    case: Raw = {"ref": "C-1"} if notices is None else {"ref": "C-1", "notices": notices}
    return scene(NOON, cases=[case], person={"restrictions": [{"kind": "disputed", "since": since, **fields}]})


RUNNING = {"sent": "2026-04-01", "period_ends": "2026-05-10"}


@pytest.mark.parametrize(
    ("since", "notices", "verdict"),
    [
        ("2026-05-10T23:59:59-04:00", [RUNNING], "deny"),
        ("2026-05-11T00:00:00-04:00", [RUNNING], "allow"),
        ("2026-05-11T00:00:00-04:00", [RUNNING, RUNNING | {"period_ends": "2026-05-11"}], "deny"),
        ("2026-05-11T00:00:00-04:00", [RUNNING | {"received": False}], "deny"),
        ("2026-05-11T00:00:00-04:00", [RUNNING | {"sent": "2026-05-13"}], "deny"),
        ("2026-05-11T00:00:00-04:00", [{"sent": "2026-04-01"}], "deny"),
        ("2026-03-31T12:00:00-04:00", [RUNNING], "deny"),
        ("2026-03-31T12:00:00-04:00", [], "deny"),
        ("2026-03-31T12:00:00-04:00", None, "allow"),
    ],
    ids=[
        "last date",
        "too late",
        "second notice",
        "came back",
        "sent later",
        "no end known",
        "early",
        "none",
        "long ago",
    ],
)
def test_a_dispute_binds_if_it_came_before_a_period_was_over(
    since: str, notices: list[Raw] | None, verdict: str
) -> None:
    """Or before any had begun; what a file leaves out was long over."""
    assert ask(dispute(), disputed(since, notices)).verdict == verdict


def test_nobody_need_trust_that_the_notices_are_long_over() -> None:
    """Where the operator does not vouch for them a dispute closes the case; where one does, the decision says so."""
    raw = disputed("2026-03-31T12:00:00-04:00", None)
    assert codes(ask(dispute(), raw | {"operator": {"live": True}})) == ["disputed"]
    assert ask(dispute(), raw | {"operator": {"live": True, "vouches": ["notices"]}}).assumed == ("notices",)


def test_in_the_west_the_last_date_lasts_longer() -> None:
    """A person who may be in either zone was in time if they were in one of them."""
    raw = disputed("2026-05-11T02:00:00-04:00", [RUNNING])
    raw["persons"][0]["evidence"] = [TWO_ZONES]
    assert codes(ask(dispute(), raw)) == ["disputed"]


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("debtor", "joint_debtor", "deny"),
        ("joint_debtor", "third_party", "deny"),
        ("spouse", "debtor", "deny"),
        ("third_party", "debtor", "allow"),
        ("employer", "debtor", "allow"),
    ],
)
def test_a_dispute_closes_the_case_for_everyone_on_it(first: str, second: str, verdict: str) -> None:
    """If whoever disputes owes the debt or stands in for someone who does."""
    raw = disputed("2026-05-01T12:00:00-04:00", [RUNNING])
    raw["persons"][0]["role"] = first
    raw["persons"].append({"id": "P-2", "role": second, "evidence": [NEW_YORK]})
    raw["contact"]["person"] = "P-2"
    assert ask(dispute(), raw).verdict == verdict


def test_a_dispute_about_one_case_leaves_the_others() -> None:
    """Also the other person's."""
    raw = disputed("2026-05-01T12:00:00-04:00", [RUNNING], cases=["C-1"])
    raw["cases"].append({"ref": "C-2", "notices": [RUNNING]})
    raw["persons"].append({"id": "P-2", "role": "joint_debtor", "evidence": [NEW_YORK]})
    for person in ("P-1", "P-2"):
        assert (
            ask(dispute(), raw | {"contact": raw["contact"] | {"person": person, "cases": ["C-2"]}}).verdict == "allow"
        )
        assert codes(ask(dispute(), raw | {"contact": raw["contact"] | {"person": person}})) == ["disputed"]


def abandonment(**values: Any) -> Any:
    """A law that allows so many abandoned calls."""
    return book(law(rule("abandonment", values, code="abandonment_cap")))


@pytest.mark.parametrize(
    ("answered", "abandoned", "verdict"),
    [(1000, 30, "allow"), (1000, 31, "deny"), (0, 0, "allow"), (0, 1, "deny"), (33, 1, "deny"), (34, 1, "allow")],
)
def test_more_than_the_share_is_too_many(answered: int, abandoned: int, verdict: str) -> None:
    """Exactly the share is not."""
    figures = {"since": "2026-05-01", "answered": answered, "abandoned": abandoned}
    assert ask(abandonment(percent=3), scene(NOON, campaign=figures)).verdict == verdict


def test_a_period_that_is_over_holds_nothing_up() -> None:
    """The dates are counted where the person is, the first one being the period's own."""
    figures = {"since": "2026-10-20", "answered": 100, "abandoned": 50}
    rules = abandonment(percent=3, period_dates=14)
    opens_exactly(rules, scene("2026-10-25T12:00:00-04:00", campaign=figures), "2026-11-03T00:00:00-05:00")


def test_periods_are_measured_each_by_itself() -> None:
    """Neither do earlier ones close this one, nor do they make up for it."""
    rules = abandonment(percent=3)
    bad = {"since": "2026-04-01", "until": "2026-04-30", "answered": 100, "abandoned": 90}
    good = bad | {"abandoned": 0}
    figures = {"since": "2026-05-01", "answered": 100, "abandoned": 3}
    assert ask(rules, scene(NOON, campaign=figures | {"earlier": [bad]})).verdict == "allow"
    assert ask(rules, scene(NOON, campaign=figures | {"abandoned": 4, "earlier": [good]})).verdict == "deny"


@pytest.mark.parametrize(
    ("number", "hidden", "verdict"),
    [
        ("+12125550199", False, "allow"),
        ("+12125550198", False, "deny"),
        ("+12125550198", True, "deny"),
        ("hidden", False, "deny"),
        ("hidden", True, "allow"),
        (None, False, "allow"),
    ],
)
def test_the_number_shown_is_the_collectors_own(number: str | None, hidden: bool, verdict: str) -> None:
    """Or withheld, where that may be; what is not said is not judged."""
    rules = book(law(rule("caller_id", {"hidden": hidden}, code="caller_id")))
    shown = {} if number is None else {"caller_id": number}
    raw = scene(NOON, contact=shown, collector={"numbers": ["+12125550199"]})
    found = ask(rules, raw)
    assert (found.verdict, found.next_allowed) == (verdict, None)


def test_without_a_list_every_number_is_the_collectors_own() -> None:
    """Nobody said which are."""
    rules = book(law(rule("caller_id", {}, code="caller_id")))
    assert ask(rules, scene(NOON, contact={"caller_id": "+12125550198"})).verdict == "allow"


LOOKED = [check("2026-05-01T10:00:00-04:00", "2026-01-01T00:00:00-05:00", "reassigned")]


@pytest.mark.parametrize(
    ("more", "consent", "verdict"),
    [
        ([], None, "deny"),
        ([check("2026-05-02T10:00:00-04:00", "2026-01-01T00:00:00-05:00", "no_data")], None, "deny"),
        ([check("2026-05-02T10:00:00-04:00", "2026-01-01T00:00:00-05:00")], None, "allow"),
        ([check("2026-04-02T10:00:00-04:00", "2026-01-01T00:00:00-05:00")], None, "deny"),
        ([], "2026-05-01T10:00:00-04:00", "deny"),
        ([], "2026-05-01T10:00:01-04:00", "allow"),
    ],
    ids=["one", "no data since", "taken back", "older", "agreed before", "agreed since"],
)
def test_what_the_last_look_up_found_of_a_number_counts(more: list[Raw], consent: str | None, verdict: str) -> None:
    """Until another one, or a consent that is younger; and that consent is named."""
    rules = book(law(rule("point", {"look_ups": ["reassigned"]}, code="reassigned_number")))
    person = point(checks=[*LOOKED, *more])
    if consent is not None:
        person["consents"] = [{"kind": "contact", "given": consent, "address": NUMBER}]
    found = ask(rules, scene(NOON, person=person))
    assert found.verdict == verdict
    assert [one.by for one in found.relaxed_by] == (["consent.contact"] if consent and verdict == "allow" else [])


@pytest.mark.parametrize(
    "fields",
    [
        {"revoked": "2026-05-06T10:00:00-04:00"},
        {"until": "2026-05-06"},
        {"given_to": "prior_collector"},
        {"given_by": "court"},
        {"kind": "third_party", "person": "P-2"},
        {"channel": "email"},
        {"cases": ["C-2"]},
        {"informed": False},
        {"compliant": False},
    ],
)
def test_only_a_consent_in_force_to_the_use_of_the_number_outlives_a_look_up(fields: Raw) -> None:
    rules = book(law(rule("point", {"look_ups": ["reassigned"]}, code="reassigned_number")))
    consent = {"kind": "contact", "given": "2026-05-05T10:00:00-04:00", "address": NUMBER} | fields
    raw = scene(NOON, cases=[{"ref": "C-1"}, {"ref": "C-2"}], contact={"cases": ["C-1"]})
    raw["persons"][0] |= point(checks=LOOKED) | {"consents": [consent]}
    found = ask(rules, raw)
    assert (found.verdict, found.next_allowed, found.relaxed_by) == ("deny", None, ())


def test_a_number_closes_again_when_the_consent_that_opened_it_ends() -> None:
    rules = book(law(rule("point", {"look_ups": ["reassigned"]}, code="reassigned_number")))
    consent = {"kind": "contact", "given": "2026-05-05T10:00:00-04:00", "address": NUMBER, "until": "2026-05-13"}
    raw = scene(NOON, person=point(checks=LOOKED) | {"consents": [consent]})
    assert ask(rules, raw).valid_until == "2026-05-14T00:00:00-04:00"


@pytest.mark.parametrize(
    ("notice", "judgments", "verdict"),
    [
        ("judgment_remedy", ["2026-05-12"], "allow"),
        ("judgment_remedy", ["2026-05-13"], "deny"),
        ("judgment_remedy", [None], "deny"),
        ("judgment_remedy", ["2026-05-01", None], "deny"),
        ("required", ["2026-05-01"], "deny"),
    ],
)
def test_a_notice_may_open_what_a_judgment_has_opened(notice: str, judgments: list[str | None], verdict: str) -> None:
    """Once every case that it is about has its judgment."""
    relax = [{"by": "notice", "notices": ["judgment_remedy"], "after_judgment": True}]
    rules = book(law(rule("party", {"may_be_told": ["debtor"]}, code="third_party", relax=relax)))
    cases = [{"ref": f"C-{place}", **({"judgment": on} if on else {})} for place, on in enumerate(judgments, 1)]
    raw = scene(NOON, cases=cases, person={"role": "employer"}, contact={"notice": notice, "purpose": "legal_notice"})
    found = ask(rules, raw)
    assert (found.verdict, found.next_allowed) == (verdict, None)


@pytest.mark.parametrize(
    ("judgments", "verdict"),
    [(["2026-05-12"], "allow"), (["2026-05-13"], "deny"), ([None], "deny"), (["2026-05-01", None], "deny")],
)
def test_a_judgment_alone_may_open(judgments: list[str | None], verdict: str) -> None:
    """Whatever the contact carries, once every case that it is about has one; the decision names it."""
    rules = book(law(rule("party", {"may_be_told": ["debtor"]}, code="third_party", relax=[{"by": "judgment"}])))
    cases = [{"ref": f"C-{place}", **({"judgment": on} if on else {})} for place, on in enumerate(judgments, 1)]
    found = ask(rules, scene(NOON, cases=cases, person={"role": "employer"}))
    assert (found.verdict, found.next_allowed) == (verdict, None)
    assert [one.by for one in found.relaxed_by] == (["judgment"] if verdict == "allow" else [])
