"""The loopback line: the number decides, and time passes only when the test lets it."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from contactguard.clock import SimulatedClock
from contactguard.errors import Busy
from contactguard.lines.line import Report, Started
from contactguard.lines.loopback import Loopback


class Heard:
    """Takes reports; refuses the first `busy` of them."""

    def __init__(self, busy: int = 0) -> None:
        self.reports: list[Report] = []
        self.busy = busy
        self.ended = asyncio.Event()

    async def __call__(self, report: Report) -> None:
        if self.busy:
            self.busy -= 1
            raise Busy
        self.reports.append(report)
        if report.type == "ended":
            self.ended.set()


def started(address: str, channel: Literal["voice", "sms", "email"] = "voice") -> Started:
    return Started(permit="perm-1", channel=channel, address=address)


async def at_once(seconds: float) -> None:
    """No time passes."""


async def carry(contact: Started, heard: Heard) -> list[Report]:
    """Place the contact on a line whose clock jumps over every pause, and wait for its end."""
    clock = SimulatedClock(1_800_000_000, runs=False)

    async def jump(seconds: float) -> None:
        clock.advance(seconds)

    line = Loopback(clock, jump)
    await line.place(contact, heard)
    await heard.ended.wait()
    return heard.reports


@pytest.mark.parametrize(
    ("digit", "last", "outcome"),
    [
        *((digit, "disclosed", "conversation") for digit in "0123456"),
        ("7", "dialled", "busy"),
        ("8", "ringing", "no_answer"),
        ("9", "voicemail", "voicemail"),
    ],
)
async def test_the_last_digit_decides(digit: str, last: str, outcome: str) -> None:
    """Every call is dialled and ends once; what lies between depends on the number."""
    reports = await carry(started(f"+1212555012{digit}"), Heard())
    assert reports[0].type == "dialled"
    assert [report.type for report in reports[-2:]] == [last, "ended"]
    assert [report.outcome for report in reports if report.outcome] == [outcome]


async def test_a_call_takes_its_time_by_the_clock() -> None:
    """Instants rise from report to report, and no two share an id."""
    reports = await carry(started("+12125550120"), Heard())
    assert [report.at for report in reports] == sorted(report.at for report in reports)
    assert reports[-1].at > reports[0].at
    assert len({report.event_id for report in reports}) == len(reports)


async def test_a_text_is_sent_and_delivered() -> None:
    """So is an e-mail; the number does not matter."""
    for contact in (started("+12125550127", "sms"), started("p@mail.example", "email")):
        reports = await carry(contact, Heard())
        assert [report.type for report in reports] == ["sent", "delivered", "ended"]
        assert reports[-1].outcome == "delivered"


async def test_a_report_that_cannot_be_stored_is_made_again() -> None:
    """Nothing is skipped or reported out of order when the record is busy."""
    reports = await carry(started("+12125550127"), Heard(busy=3))
    assert [report.type for report in reports] == ["dialled", "ended"]


async def test_a_report_that_is_refused_does_not_lose_the_end() -> None:
    """A fault on the other side of one report leaves the others to be made."""
    heard = Heard()

    async def stumbling(report: Report) -> None:
        if report.type == "ringing":
            raise TypeError
        await heard(report)

    line = Loopback(SimulatedClock(1_800_000_000), at_once)
    await line.place(started("+12125550128"), stumbling)
    await heard.ended.wait()
    assert [report.type for report in heard.reports] == ["dialled", "ended"]


async def test_hanging_up_ends_the_call_as_far_as_it_had_come() -> None:
    """A ringing call that is cancelled was not answered; afterwards there is nothing to cancel."""
    ringing, heard = asyncio.Event(), Heard()

    async def note(report: Report) -> None:
        await heard(report)
        if report.type == "ringing":
            ringing.set()

    async def until_ringing(seconds: float) -> None:
        if ringing.is_set():
            await asyncio.Event().wait()

    line = Loopback(SimulatedClock(1_800_000_000), until_ringing)
    await line.place(started("+12125550120"), note)
    await ringing.wait()
    assert list(line.carrying()) == ["perm-1"]
    assert await line.cancel("perm-1")
    await line.close()
    assert [(report.type, report.outcome) for report in heard.reports[-1:]] == [("ended", "no_answer")]
    assert not await line.cancel("perm-1")
