"""One contact that several people may answer."""

from __future__ import annotations

from contactguard.law.instants import parse_instant, print_instant

from .making import ask, book, law, opens_exactly, rule, same_instant
from .shapes.scenes import THERE, there

DAY = {"all": [["09:00", "21:00"]]}
BOTH = {"persons": ["P-1", "P-2"]}


def test_several_wait_for_what_is_known_and_for_nothing_that_happens_later() -> None:
    """What one of them will say in half an hour is not known now, for two people as for one."""
    refused = rule("restriction", {"kinds": ["channel_refused"]}, id="refused", code="channel_refused")
    rules = book(law(rule("window", {"open": DAY}), refused, places=["ZZ"]))
    later = {"kind": "channel_refused", "channel": "voice", "since": "2026-05-12T08:30:00+02:00"}
    other = {"id": "P-2", "role": "joint_debtor", "evidence": [THERE]}
    scene = {"person": {"restrictions": [later]}, "others": [other]}
    for contact in ({}, BOTH):
        found = ask(rules, there("2026-05-12T08:00:00+02:00", contact=contact, **scene))
        assert same_instant(found.next_allowed, "2026-05-12T09:00:00+02:00"), found.next_allowed


def test_several_in_other_zones_wait_for_hours_that_they_share() -> None:
    """When the one's morning comes the other's evening is over, day after day, but for what both have in common."""
    rules = book(law(rule("window", {"open": {"all": [["09:00", "10:30"]]}}), places=["ZZ"]))
    other = {"id": "P-2", "role": "joint_debtor", "evidence": [THERE | {"zones": ["Atlantic/Canary"]}]}
    opens_exactly(rules, there("2026-05-12T08:00:00+02:00", others=[other], contact=BOTH), "2026-05-12T10:00:00+02:00")
    far = other | {"evidence": [THERE | {"zones": ["Asia/Tokyo"]}]}
    assert ask(rules, there("2026-05-12T08:00:00+02:00", others=[far], contact=BOTH)).next_allowed is None
    noon = print_instant(parse_instant("2026-05-12T10:00:00Z"))
    assert ask(rules, there(noon, others=[far], contact=BOTH)).verdict == "deny"
