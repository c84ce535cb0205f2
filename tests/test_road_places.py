"""The person's own word of where they are: the newest counts, until it is taken back or ended."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from a_road import AGENT, COMPLIANCE, Office, person
from contactguard.attempts import NewFact
from contactguard.intake.resolve import complete_fact
from contactguard.law.model import Evidence

NEW_YORK, CHICAGO, LOS_ANGELES = "America/New_York", "America/Chicago", "America/Los_Angeles"


def here(subdivision: str, zone: str) -> Evidence:
    """What a person says of where they are now."""
    return Evidence(kind="stated", country="US", subdivision=subdivision, zones=(zone,))


async def zones(office: Office) -> tuple[str, ...]:
    """Where the person is judged to be."""
    return (await office.decide()).whereabouts.zones


async def test_the_newest_word_counts_and_the_one_before_it_when_that_is_taken_back(office: Office) -> None:
    """However often they move; in the end the home counts again."""
    await office.put()
    first = await office.fact(evidence=here("CA", LOS_ANGELES))
    assert await zones(office) == (LOS_ANGELES,)
    office.clock.advance(30)
    second = await office.fact(evidence=here("TX", CHICAGO))
    assert await zones(office) == (CHICAGO,)
    await office.road.take_back("C-1", second["id"], AGENT)
    assert await zones(office) == (LOS_ANGELES,)
    await office.road.end_fact("C-1", first["id"], "the person is home again", COMPLIANCE)
    assert await zones(office) == (NEW_YORK,)


async def test_a_word_told_late_counts_from_when_it_was_said(office: Office) -> None:
    """An older statement that is written down later does not replace a newer one."""
    await office.put()
    await office.fact(evidence=here("CA", LOS_ANGELES))
    await office.fact(evidence=here("TX", CHICAGO), at=office.at - 3600)
    assert await zones(office) == (LOS_ANGELES,)
    (counted,) = (await office.decide()).whereabouts.evidence
    assert counted.at == office.at


async def test_a_word_that_leaves_several_states_possible_is_taken_back_whole(office: Office) -> None:
    """And the decision replays to the byte while it stands."""
    await office.put()
    said: dict[str, Any] = {"kind": "stated", "country": "US", "postal_code": "42223"}
    tree = complete_fact({"evidence": said}, "US")
    made = [Evidence(**{**one, "zones": tuple(one["zones"])}) for one in (tree["evidence"], *tree["also"])]
    fact = await office.road.fact("C-1", NewFact(person_id="P-1", evidence=made[0], also=(made[1],)), AGENT, None)
    id = fact.split(b'"id":"')[1].split(b'"')[0].decode()
    answer = await office.ask()
    assert answer["whereabouts"]["jurisdictions"] == ["US", "US-KY", "US-TN"]
    assert await office.replays(answer)
    await office.road.take_back("C-1", id, AGENT)
    assert (await office.decide()).whereabouts.jurisdictions == ("US", "US-NY")


async def test_what_is_doubtful_stands_in_the_decision(office: Office) -> None:
    """A home that gives no zone beside a number that does: the number's clock counts, and the doubt is said."""
    lost = Evidence(kind="residence", country="US", subdivision="AE", zones=())
    await office.put("C-1", replace(person(), evidence=(lost,)))
    decision = await office.decide()
    assert (decision.whereabouts.zones, decision.whereabouts.doubts) == ((NEW_YORK,), ("no_zone",))
