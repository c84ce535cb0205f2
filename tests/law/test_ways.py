"""Ways to an address: what opens one, for which debts, and until when."""

from __future__ import annotations

from typing import Any

import pytest

from .making import NEW_YORK, NUMBER, Raw, ask, book, closes_exactly, codes, law, opens_exactly, rule, scene

NOON = "2026-05-12T12:00:00-04:00"
TWO_ZONES = {"kind": "residence", "country": "US", "zones": ["America/New_York", "America/Los_Angeles"]}
TEXTED = {"direction": "inbound", "channel": "sms", "address": NUMBER, "outcome": "received"}
SMS = {"channel": "sms", "address": NUMBER}


def ways(*ways: Raw, **values: Any) -> Any:
    """A law that closes every address but by these ways."""
    return book(law(rule("way", {"ways": list(ways), **values}, code="no_consent")))


def used(**fields: Any) -> Raw:
    """The person texted."""
    return {"by": "used", "use": {"directions": ["inbound"], "channels": ["sms"]}, **fields}


def texted(at: str, **fields: Any) -> Raw:
    """A text of the person's."""
    return TEXTED | {"at": at} | fields


def check(at: str, since: str, result: str = "not_reassigned") -> Raw:
    """A look-up of the number."""
    return {"at": at, "since": since, "result": result}


def point(**fields: Any) -> Raw:
    """The person, with this much known of the number."""
    return {"points": [{"address": NUMBER, "line": "mobile", **fields}]}


def test_a_use_serves_to_the_end_of_its_last_date_where_the_person_is() -> None:
    """Also over a change of clocks, when that date has twenty-three hours."""
    history = [texted("2026-03-06T23:59:59-05:00")]
    closes_exactly(
        ways(used(look_back=2)),
        scene("2026-03-07T12:00:00-05:00", history=history, contact=SMS),
        "2026-03-09T00:00:00-04:00",
    )


def test_with_several_zones_a_use_must_be_fresh_in_each() -> None:
    """A text after midnight in the east was sent on the day before in the west."""
    raw = scene("2026-05-13T12:00:00-04:00", history=[texted("2026-05-12T01:00:00-04:00")], contact=SMS)
    raw["persons"][0]["evidence"] = [TWO_ZONES]
    assert ask(ways(used(look_back=1)), raw).verdict == "deny"
    assert ask(ways(used(look_back=2)), raw).verdict == "allow"


def test_a_look_up_keeps_an_old_use_fresh_for_as_long_as_it_is_fresh_itself() -> None:
    """And no longer."""
    rules = ways(used(look_back=3, look_up=True))
    looked = check("2026-05-11T10:00:00-04:00", "2026-01-02T00:00:00-05:00")
    raw = scene(NOON, history=[texted("2026-01-02T09:00:00-05:00")], contact=SMS, person=point(checks=[looked]))
    closes_exactly(rules, raw, "2026-05-15T00:00:00-04:00")
    assert [one.by for one in ask(rules, raw).relaxed_by] == ["look_up.not_reassigned"]


@pytest.mark.parametrize(
    "looked",
    [
        check("2026-05-11T10:00:00-04:00", "2026-01-02T09:00:01-05:00"),
        check("2026-05-11T10:00:00-04:00", "2026-01-01T00:00:00-05:00", "no_data"),
        check("2026-05-11T10:00:00-04:00", "2026-01-01T00:00:00-05:00", "reassigned"),
        check("2026-05-12T12:00:01-04:00", "2026-01-01T00:00:00-05:00"),
    ],
    ids=["since a later instant", "no data", "reassigned", "made later"],
)
def test_no_other_look_up_does(looked: Raw) -> None:
    """One that leaves out the use, found nothing or somebody else, or is not known yet."""
    raw = scene(NOON, history=[texted("2026-01-02T09:00:00-05:00")], contact=SMS, person=point(checks=[looked]))
    assert codes(ask(ways(used(look_back=3, look_up=True)), raw)) == ["no_consent"]


def test_every_debt_needs_a_way_of_its_own() -> None:
    """One by a text and the other by a consent will do; one of them alone will not."""
    rules = ways(used(), {"by": "consent", "consent": "contact"})
    agreed = {"consents": [{"kind": "contact", "given": "2026-05-01T10:00:00-04:00", "cases": ["C-2"]}]}
    cases = [{"ref": "C-1"}, {"ref": "C-2"}]
    raw = scene(
        NOON, cases=cases, history=[texted("2026-05-01T09:00:00-04:00", cases=["C-1"])], contact=SMS, person=agreed
    )
    assert ask(rules, raw).verdict == "allow"
    assert codes(ask(rules, raw | {"history": []})) == ["no_consent"]
    for ref in ("C-1", "C-2"):
        assert ask(rules, raw | {"contact": SMS | {"cases": [ref]}}).verdict == "allow"


def test_a_use_by_somebody_else_opens_nothing() -> None:
    """Whoever lives with the person has a file of their own."""
    other = {"id": "P-2", "role": "spouse", "evidence": [NEW_YORK]}
    raw = scene(NOON, others=[other], history=[texted("2026-05-01T09:00:00-04:00", person="P-2")], contact=SMS)
    assert codes(ask(ways(used()), raw)) == ["no_consent"]


def test_a_consent_ends_the_way_when_it_is_taken_back_or_ends() -> None:
    """Whichever comes first: its own end, the age at which it is stale, or what was announced."""
    rules = ways({"by": "consent", "consent": "contact", "look_back": 30})
    given = {"kind": "contact", "given": "2026-05-01T10:00:00-04:00", "until": "2026-05-20"}
    raw = scene(NOON, contact=SMS, person={"consents": [given]})
    closes_exactly(rules, raw, "2026-05-21T00:00:00-04:00")
    closes_exactly(
        rules,
        scene(NOON, contact=SMS, person={"consents": [given | {"until": "2026-09-01"}]}),
        "2026-06-01T00:00:00-04:00",
    )
    raw = scene(NOON, contact=SMS, person={"consents": [given | {"revoked": NOON}]})
    assert codes(ask(rules, raw)) == ["no_consent"]


NOTICE = {"sent": "2026-05-01", "opt_out_by": "2026-05-31"}


def test_a_creditors_notice_opens_on_the_date_after_the_last_for_an_objection() -> None:
    """By the clock of each zone in which the person may be."""
    rules = ways({"by": "creditor_notice", "opt_out_days": 30})
    raw = scene(NOON, contact=SMS, person=point(creditor_notice=NOTICE))
    opens_exactly(rules, raw, "2026-06-01T00:00:00-04:00")
    raw["persons"][0]["evidence"] = [TWO_ZONES]
    opens_exactly(rules, raw, "2026-06-01T00:00:00-07:00")
    found = ask(rules, raw, "2026-06-02T12:00:00-04:00")
    assert [(one.by, one.citation) for one in found.relaxed_by] == [("creditor_notice", "Made-up Act, section one")]


@pytest.mark.parametrize(
    "facts",
    [
        {"creditor_notice": NOTICE | {"opt_out_by": "2026-05-30"}},
        {"creditor_notice": NOTICE | {"complete": False}},
        {"creditor_notice": NOTICE | {"names_collector": False}},
        {"creditor_notice": NOTICE | {"used_for": "marketing"}},
        {"creditor_notice": NOTICE, "public_domain": False},
        {"creditor_notice": NOTICE, "source": "skip_trace"},
        {"creditor_notice": NOTICE | {"sent": "2026-06-03", "opt_out_by": "2026-07-30"}},
    ],
    ids=["too short", "not whole", "of another", "for sales", "of a body", "found", "sent later"],
)
def test_a_notice_that_lacks_something_never_opens_it(facts: Raw) -> None:
    """However long one waits."""
    rules = ways({"by": "creditor_notice", "opt_out_days": 30, "public_domain": True, "sources": ["creditor"]})
    found = ask(rules, scene("2026-06-02T12:00:00-04:00", contact=SMS, person=point(**facts)))
    assert (codes(found), found.next_allowed) == (["no_consent"], None)


def test_a_store_that_knows_nothing_of_the_domain_does_not_take_it_for_public() -> None:
    """The default of scenario files is theirs alone."""
    rules = ways({"by": "creditor_notice", "opt_out_days": 30, "public_domain": True})
    raw = scene("2026-07-02T12:00:00-04:00", contact=SMS, person=point(creditor_notice=NOTICE))
    assert ask(rules, raw).verdict == "allow"
    assert codes(ask(rules, raw | {"operator": {}})) == ["no_consent"]


@pytest.mark.parametrize(
    ("chain", "verdict"),
    [
        ([("person", True)], "allow"),
        ([("person", False)], "deny"),
        ([("prior_collector", True)], "deny"),
        ([("person", False), ("prior_collector", True)], "allow"),
        ([("person", True), ("prior_collector", False)], "deny"),
        ([("creditor_notice", True), ("prior_collector", True)], "deny"),
        ([], "deny"),
    ],
)
def test_a_chain_of_collectors_needs_a_good_beginning_and_a_last_one_that_wrote(
    chain: list[tuple[str, bool]], verdict: str
) -> None:
    """The last of the list is the one immediately before."""
    prior = [{"name": f"A{place}", "route": route, "used": used} for place, (route, used) in enumerate(chain)]
    rules = ways({"by": "prior_collectors", "routes": ["person"]})
    assert ask(rules, scene(NOON, contact=SMS, person=point(prior_collectors=prior))).verdict == verdict


@pytest.mark.parametrize(("source", "verdict"), [("person", "allow"), ("creditor", "deny"), (None, "allow")])
def test_an_address_may_be_open_for_where_it_came_from(source: str | None, verdict: str) -> None:
    """In a scenario file it came from the person if nothing is said."""
    known = {} if source is None else {"source": source}
    rules = ways({"by": "source", "sources": ["person"]})
    assert ask(rules, scene(NOON, contact=SMS, person=point(**known))).verdict == verdict


def test_in_a_store_that_does_not_know_where_an_address_came_from_it_is_closed() -> None:
    """Absence is absence there."""
    raw = scene(NOON, contact=SMS, person=point()) | {"operator": {"live": True}}
    assert codes(ask(ways({"by": "source", "sources": ["person"]}), raw)) == ["no_consent"]


@pytest.mark.parametrize(("label", "verdict"), [("work", "deny"), ("home", "allow"), ("other", "allow")])
def test_a_rule_may_be_about_addresses_with_a_label(label: str, verdict: str) -> None:
    """And leave the others to another rule."""
    raw = scene(NOON, contact=SMS, person=point(label=label))
    assert ask(ways(used(), labels=["work"]), raw).verdict == verdict
    assert ask(ways(used(), not_labels=["home", "other"]), raw).verdict == verdict


def test_a_consent_without_being_told_what_for_serves_only_where_the_law_says_so() -> None:
    """The law of the rule decides."""
    given = {"consents": [{"kind": "contact", "given": "2026-05-01T10:00:00-04:00", "informed": False}]}
    raw = scene(NOON, contact=SMS, person=given)
    assert codes(ask(ways({"by": "consent", "consent": "contact"}), raw)) == ["no_consent"]
    assert ask(ways({"by": "consent", "consent": "contact", "informed": False}), raw).verdict == "allow"
