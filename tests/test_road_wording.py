"""A text of our own is judged by its words; a text of somebody else's by what its author attests of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from a_road import AGENT, Office, Offices, asking, codes
from contactguard.errors import BadInput
from contactguard.law.model import Content, States
from contactguard.lines.line import Report, Started

SILENT = "This is Northgate Services. Please call us on +1 800 555 0100."
WHOLE = "Northgate Services, a debt collector, about your account. To stop these calls, press 9."
ATTESTED = States(opt_out=True, opt_out_method="reply", debt_collector=True, initial_disclosure=True, abusive=False)


class ALine:
    """A line of our own on which nothing more happens."""

    async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> None:
        """Take it."""

    async def cancel(self, permit: str) -> bool:
        """Nothing is under way."""
        return False

    def carrying(self) -> list[str]:
        """Nothing."""
        return []


async def sent(office: Office, content: Content) -> dict[str, Any]:
    """The answer to a call of our own that says this."""
    answer: dict[str, Any] = msgspec.json.decode(await office.road.call(asking(content=content), AGENT))
    return answer


async def test_what_our_own_text_says_is_read_from_it(offices: Offices) -> None:
    """Attested or not: a script without the disclosure does not go, one with it does."""
    office = await offices.open(lines={"voice": ALine()})
    await office.put(communicated=True)
    refused = await sent(office, Content(script=SILENT, states=ATTESTED))
    assert codes(refused) == ["disclosure_missing"]
    assert await office.replays(refused)
    allowed = await sent(office, Content(script=WHOLE, states=States(debt_collector=False, identifies=True)))
    assert allowed["verdict"] == "allow", allowed["reasons"]
    assert await office.replays(allowed)


async def test_a_threat_in_our_own_text_is_not_attested_away(offices: Offices) -> None:
    """Nor is it excused by saying the rest well."""
    office = await offices.open(lines={"voice": ALine()})
    await office.put(communicated=True)
    answer = await sent(office, Content(script=f"{WHOLE} Pay or you will be arrested.", states=ATTESTED))
    assert codes(answer) == ["prohibited_content"]


async def test_whoever_sends_it_themselves_attests_it(offices: Offices) -> None:
    """Asking for a permit, or putting a question: the states decide, and the text for what they leave open."""
    office = await offices.open()
    await office.put(communicated=True)
    content = Content(script=SILENT, states=ATTESTED)
    assert (await office.decide(content=content)).verdict == "allow"
    answer = await office.ask(content=content)
    assert answer["verdict"] == "allow", answer["reasons"]
    assert await office.replays(answer)
    left_open = await office.decide(content=Content(script=SILENT, states=States(identifies=True)))
    assert "disclosure_missing" in [reason.code for reason in left_open.reasons]


async def test_what_no_text_tells_stays_attested_on_our_own_line(offices: Offices) -> None:
    """A script cannot show whether a number is the collector's own."""
    office = await offices.open(lines={"voice": ALine()})
    await office.put(communicated=True)
    answer = await sent(office, Content(script=WHOLE, states=States(identifies=False)))
    assert codes(answer) == ["identification_missing"]


async def test_a_text_that_takes_too_long_to_read_is_sent_back(offices: Offices) -> None:
    """Texts are read while others wait; what is that long goes by letter."""
    office = await offices.open()
    await office.put(communicated=True)
    with pytest.raises(BadInput, match="content"):
        await office.decide(content=Content(script="word " * 50_000))
    assert (await office.decide(content=Content(script=WHOLE + " word" * 30_000))).verdict == "allow"


async def test_the_first_communication_is_known_from_the_record(offices: Offices) -> None:
    """Nothing was ever said before; a talk changes that, a dial that nobody answered does not."""
    office = await offices.open()
    await office.put(communicated=False)
    short = Content(states=States(debt_collector=True, initial_disclosure=False))
    assert {one.code for one in (await office.decide(content=short)).reasons} == {"disclosure_missing"}
    await office.record(outcome="no_answer")
    assert (await office.decide(content=short)).verdict == "deny"
    await office.record(event_id="e-2", outcome="conversation", channel="voice")
    office.clock.advance(8 * 86_400)
    assert (await office.decide(content=short)).verdict == "allow"
    office.clock.advance(400 * 86_400)
    assert (await office.decide(content=short)).verdict == "allow"
