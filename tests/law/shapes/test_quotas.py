"""What people ask for, where a law binds only so much of it, or counts only from it on."""

from __future__ import annotations

from typing import Any

from ..making import NUMBER, OPEN_ALL_DAY, Raw, ask, book, law, opens_exactly, rule
from .scenes import THERE, allows, before, only, refuses, there

MORNING = {"kind": "inconvenient_hours", "from": "11:00", "to": "15:00", "since": "2026-05-01T10:00:00+02:00"}


def wished(kind: str, **fields: Any) -> Raw:
    """A restriction of May 2026."""
    return {"kind": kind, "since": "2026-05-01T10:00:00+02:00", **fields}


def test_a_quota_of_addresses_is_used_up_by_other_addresses() -> None:
    """Whoever ruled out one address before has no second one to rule out."""
    rules = only("restriction", {"kinds": ["address_refused"], "times": 1}, code="opted_out")
    other = wished("address_refused", address="+12125550199")
    mine = wished("address_refused", address=NUMBER, since="2026-05-02T10:00:00+02:00")
    refuses(rules, there(person={"restrictions": [mine]}), "opted_out")
    found = ask(rules, there(person={"restrictions": [other, mine]}))
    assert (found.verdict, [one.by for one in found.relaxed_by]) == ("allow", ["quota"])


def test_everyone_has_a_quota_of_their_own() -> None:
    """What another debtor on the case asked for uses nobody else's up."""
    values = {"kinds": ["vulnerable"], "times": 1, "binds": ["self", "case"]}
    rules = only("restriction", values, code="vulnerable")
    theirs = wished("vulnerable", until="2026-05-02T00:00:00+02:00", cases=["C-1"])
    mine = wished("vulnerable", since="2026-05-03T10:00:00+02:00", cases=["C-1"])
    other = {"id": "P-2", "role": "joint_debtor", "restrictions": [theirs], "evidence": [THERE]}
    refuses(rules, there(person={"restrictions": [mine]}, others=[other]), "vulnerable")


def test_hours_that_are_over_leave_room_for_others() -> None:
    """Hours ruled out until a day take no hours after it."""
    rules = only("restriction", {"kinds": ["inconvenient_hours"], "hours_a_week": 28}, code="inconvenient_time")
    first = MORNING | {"since": "2025-05-01T10:00:00+02:00", "until": "2026-05-13T12:30:00+02:00"}
    later = MORNING | {"from": "12:00", "to": "16:00"}
    allows(rules, there("2026-05-12T15:30:00+02:00", person={"restrictions": [first, later]}))
    opens_exactly(rules, there("2026-05-13T12:45:00+02:00", person={"restrictions": [first, later]}),
                  "2026-05-13T16:00:00+02:00")  # fmt: skip


def test_the_same_hours_said_twice_are_hours_once() -> None:
    """Fourteen hours written down by two agents leave room for fourteen more."""
    rules = only("restriction", {"kinds": ["inconvenient_hours"], "hours_a_week": 28}, code="inconvenient_time")
    nights = MORNING | {"from": "23:00", "to": "01:00"}
    noons = MORNING | {"from": "11:00", "to": "13:00", "since": "2026-05-02T10:00:00+02:00"}
    refuses(rules, there(person={"restrictions": [nights, nights, noons]}), "inconvenient_time")


def test_a_quota_is_named_only_where_it_opens_something() -> None:
    """Hours that did not fit and would not close this hour anyway opened nothing."""
    rules = only("restriction", {"kinds": ["inconvenient_hours"], "hours_a_week": 28}, code="inconvenient_time")
    nights = MORNING | {"from": "01:00", "to": "05:00"}
    evenings = MORNING | {"from": "20:00", "to": "22:00", "since": "2026-05-02T10:00:00+02:00"}
    found = ask(rules, there(person={"restrictions": [nights, evenings]}))
    assert (found.verdict, found.relaxed_by) == ("allow", ())


def test_a_count_that_two_wishes_began_ends_with_each() -> None:
    """A contact between the two counts by the first alone, and no longer than that holds."""
    values = {"limit": 1, "after_kinds": ["cease_communication"], "count": {"placed": True}}
    rules = only("counter", values, code="frequency_cap")
    first = wished("cease_communication", until="2026-05-20T10:00:00+02:00")
    second = wished("cease_communication", since="2026-05-10T10:00:00+02:00", until="2026-06-20T10:00:00+02:00")
    called = before("2026-05-05T10:00:00+02:00")
    opens_exactly(rules, there(person={"restrictions": [first, second]}, history=[called]), "2026-05-20T10:00:00+02:00")


def test_a_permit_that_lapses_gives_back_the_consent_that_serves_once() -> None:
    """One of our own line that lapses unstarted was no contact."""
    relax = [{"by": "consent", "consent": "call_frequency", "once": True}]
    rules = only("counter", {"limit": 0}, relax=relax, code="frequency_cap")
    agreed = {"consents": [{"kind": "call_frequency", "given": "2026-05-12T09:00:00+02:00"}]}
    held = {"live": "reserved", "lapses": "2026-05-12T12:05:00+02:00"}
    reserved = before("2026-05-12T11:59:00+02:00", "unknown", **held)
    opens_exactly(rules, there(person=agreed, history=[reserved]), "2026-05-12T12:05:00+02:00")
    handed = reserved | {"live": "handed"}
    assert ask(rules, there(person=agreed, history=[handed])).next_allowed is None


def test_a_duty_at_both_ends_ends_with_its_version() -> None:
    """Where the law now asks only of calls into its place, an agent who sits there has nothing to say elsewhere."""
    duty = {"code": "announce_recording", "text": "Say that it is recorded"}
    ended = rule("obligation", duty | {"both_ends": True}, duty | {"from": "2026-01-01"})
    silent = law(rule("window", {"open": OPEN_ALL_DAY}), id="zz", places=["ZZ"])
    rules = book(law(ended, id="xx", places=["XX"]), silent)
    sat = {"contact": {"agent_place": "XX"}}
    assert ask(rules, there("2025-12-31T12:00:00+01:00", **sat)).obligations
    assert not ask(rules, there("2026-01-01T12:00:00+01:00", **sat)).obligations


def test_what_is_under_way_was_not_tried_in_vain_yet() -> None:
    """A letter of which nothing is known opens the workplace once it is over, one only reserved never."""
    tried = {"channels": ["letter"], "outcomes": ["sent", "unknown"]}
    rules = only("counter", {"limit": 0}, relax=[{"by": "failures", "failures": tried}], code="workplace")
    sent = before("2026-05-12T11:00:00+02:00", "unknown", "letter", lapses="2026-05-12T13:00:00+02:00")
    opens_exactly(rules, there(history=[sent | {"live": "handed"}]), "2026-05-12T13:00:00+02:00")
    assert ask(rules, there(history=[sent | {"live": "reserved"}])).next_allowed is None
