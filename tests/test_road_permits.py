"""What becomes of a permit: used, ended, released, lapsed; reported in any order, late or twice."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from a_book import lifted
from a_road import AGENT, COMPLIANCE, LINE, NOON, OTHER_LINE, Office, Offices, asking, codes, person
from contactguard.attempts import PermitView
from contactguard.clock import SimulatedClock
from contactguard.errors import BadInput, Forbidden, LineError, NotFound
from contactguard.law.instants import Instant
from contactguard.lines.line import Report, Started
from contactguard.records.history import Query, Steps
from contactguard.records.work import Job


class ALine:
    """A line that remembers what it was given, and says what a test has it say."""

    def __init__(self, fails: str | None = None) -> None:
        self.fails = fails
        self.placed: list[Started] = []
        self.cancelled: list[str] = []
        self.report: Callable[[Report], Awaitable[None]]

    async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> None:
        self.placed.append(started)
        self.report = report
        if self.fails:
            raise LineError(self.fails, retryable=False, ours=False)

    async def cancel(self, permit: str) -> bool:
        self.cancelled.append(permit)
        return True

    def carrying(self) -> list[str]:
        return [one.permit for one in self.placed if one.permit not in self.cancelled]

    async def say(self, type: str, at: int, **more: Any) -> None:
        await self.report(Report(permit=self.placed[-1].permit, event_id=type, type=type, at=Instant(at), **more))  # type: ignore[arg-type]


async def test_an_event_counts_once_however_often_it_is_sent(office: Office) -> None:
    """The same `event_id` is the same event."""
    permit = await office.permit()
    first = await office.tell(permit, "ended", event_id="e", outcome="no_answer")
    again = await office.tell(permit, "ended", event_id="e", outcome="no_answer")
    assert (first.repeated, again.repeated) == (False, True)
    (row,) = await office.rows()
    assert [(stage.type, stage.outcome) for stage in row.stages] == [("ended", "no_answer")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_events_may_come_in_any_order(office: Office, order: tuple[int, ...]) -> None:
    """What was heard and how it ended is the same, whichever report was faster."""
    permit = await office.permit()
    told: list[dict[str, Any]] = [
        {"type": "dialled", "at": Instant(NOON + 1)},
        {"type": "right_party", "at": Instant(NOON + 9)},
        {"type": "ended", "at": Instant(NOON + 60)},
    ]
    office.clock.set(NOON + 70)
    seen: list[PermitView] = [await office.tell(permit, **told[place]) for place in order]
    last = seen[-1]
    assert (last.state, last.outcome, last.late) == ("ended", "conversation", False)
    assert (last.started_at, last.ended_at) == ("2026-03-05T18:00:01Z", "2026-03-05T18:01:00Z")
    assert codes(await office.ask()) == ["post_conversation_wait"]


async def test_the_stated_outcome_counts_over_what_was_heard(office: Office) -> None:
    """Whoever ends a call says how it ended."""
    permit = await office.permit()
    await office.tell(permit, "answered")
    seen = await office.tell(permit, "ended", outcome="voicemail")
    assert seen.outcome == "voicemail"


async def test_a_dial_that_did_not_connect_frees_its_place(office: Office) -> None:
    """Busy is no call placed."""
    permit = await office.permit()
    assert await office.used() == 1
    await office.tell(permit, "ended", outcome="busy")
    assert await office.used() == 0
    (row,) = await office.rows()
    assert (row.placed, row.outcome) == (False, "busy")


async def test_released_before_it_started_it_counts_nothing(office: Office) -> None:
    """The next one may go at once."""
    permit = await office.permit()
    seen = await office.tell(permit, "released")
    assert (seen.state, seen.late) == ("released", False)
    assert await office.used() == 0
    assert (await office.ask())["verdict"] == "allow"


async def test_an_event_on_a_released_permit_is_recorded_counted_and_flagged(office: Office) -> None:
    """A switch that dialled after all has dialled."""
    permit = await office.permit()
    await office.tell(permit, "released")
    seen = await office.tell(permit, "dialled")
    assert (seen.state, seen.late) == ("released", True)
    assert await office.used() == 1
    assert codes(await office.ask()) == ["too_soon"]
    await office.tell(permit, "ended", outcome="no_answer")
    assert await office.used() == 1
    (_, row) = await office.rows()
    assert (row.placed, row.outcome) == (True, "no_answer")
    assert [stage.late for stage in row.stages] == [False, True, True]


@pytest.mark.parametrize("written_down", [True, False])
async def test_a_permit_never_reported_on_counts_as_placed(office: Office, written_down: bool) -> None:
    """Handed to someone else's switch it may have been used, whether its lapse was written down yet or not."""
    permit = await office.permit()
    office.clock.advance(121)
    if written_down:
        assert await office.road.expire() == 1
        assert await office.road.expire() == 0
    assert (await office.road.permit(permit, AGENT)).state == "lapsed"
    assert await office.used() == 1
    assert (await office.ask())["verdict"] == "allow"
    (_, row) = await office.rows()
    assert (row.placed, row.outcome) == (True, "unknown")


@pytest.mark.parametrize("written_down", [True, False])
async def test_an_event_on_a_lapsed_permit_is_recorded_counted_and_flagged(office: Office, written_down: bool) -> None:
    """Late is late, whether the lapse was written down yet or not."""
    permit = await office.permit()
    office.clock.advance(121)
    if written_down:
        await office.road.expire()
    seen = await office.tell(permit, "ended", outcome="conversation")
    assert (seen.state, seen.late, seen.outcome) == ("lapsed", True, "conversation")
    assert codes(await office.ask()) == ["post_conversation_wait"]
    late = await office.tell(permit, "ended", outcome="conversation")
    assert (late.late, late.repeated) == (True, True)


async def test_a_second_dial_on_one_permit_is_a_second_contact(offices: Offices) -> None:
    """A permit is for one contact: what went out besides is counted too."""
    office = await offices.open(lifted())
    await office.put()
    permit = await office.permit()
    await office.tell(permit, "dialled", at=Instant(NOON))
    await office.tell(permit, "dialled", at=Instant(NOON), event_id="the same, told twice")
    assert await office.used() == 1
    office.clock.advance(30)
    await office.tell(permit, "dialled")
    assert await office.used() == 2
    await office.tell(permit, "ended", outcome="no_answer")
    assert await office.used() == 2


async def test_an_event_from_the_future_and_the_gate_s_own_word_are_bad_input(office: Office) -> None:
    """What has not happened cannot be reported, and no switch frees its place by a word."""
    permit = await office.permit()
    with pytest.raises(BadInput, match="future"):
        await office.tell(permit, "dialled", at=Instant(NOON + 3600))
    with pytest.raises(BadInput, match="released"):
        await office.tell(permit, "ended", outcome="refused")
    assert (await office.road.permit(permit, AGENT)).state == "reserved"


async def test_a_wrong_number_heard_on_a_call_binds_whoever_lists_it(offices: Offices) -> None:
    """It is known of the address, not of the person."""
    office = await offices.open()
    await office.put("C-1", person("P-1"))
    await office.put("C-2", person("P-2"))
    permit = await office.permit("C-1")
    await office.tell(permit, "wrong_number")
    await office.tell(permit, "ended")
    assert "wrong_number" in codes(await office.ask("C-1"))
    refused = await office.ask("C-2")
    assert "wrong_number" in codes(refused)
    assert await office.replays(refused)
    assert [row.verdict for row in (await office.road.now("C-2", AGENT)).items] == ["deny", "deny"]


async def test_what_a_call_made_known_of_a_line_stands_until_compliance_ends_it(office: Office) -> None:
    """A `PUT` that calls the number active lists it as kept and leaves it closed."""
    permit = await office.permit()
    await office.tell(permit, "ended", outcome="wrong_number")
    (kept,) = (await office.put()).kept
    assert (kept.person, kept.kind, kept.what, kept.fact) == ("P-1", "mark", "wrong_number", f"permit:{permit}")
    assert "wrong_number" in codes(await office.ask())
    with pytest.raises(Forbidden):
        await office.road.take_back("C-1", kept.fact, AGENT)
    with pytest.raises(NotFound):
        await office.road.end_fact("C-1", "permit:none", "a slip of the hand", COMPLIANCE)
    await office.road.end_fact("C-1", kept.fact, "a slip of the hand", COMPLIANCE)
    assert (await office.ask())["verdict"] == "allow"


async def test_a_message_is_over_once_it_is_sent(office: Office) -> None:
    """Nobody reports the end of a text."""
    await office.agreed()
    permit = await office.permit(channel="sms")
    seen = await office.tell(permit, "sent")
    assert (seen.state, seen.outcome) == ("ended", "sent")
    seen = await office.tell(permit, "delivered")
    assert (seen.state, seen.outcome) == ("ended", "delivered")


async def test_our_own_line_spends_the_permit_once(offices: Offices) -> None:
    """Ask and do in one step; a repeated request does nothing again."""
    line = ALine()
    office = await offices.open(lines={"voice": line})
    await office.put()
    from contactguard.records.work import Idempotency

    once = Idempotency(AGENT.key, "/v1/calls", "k", b"b")
    answer = await office.road.call(asking(), AGENT, once)
    assert await office.road.call(asking(), AGENT, once) == answer
    (started,) = line.placed
    assert (started.address, (await office.road.permit(started.permit, AGENT)).state) == (LINE, "started")
    assert codes(await office.ask()) == ["too_soon"]
    await line.say("dialled", NOON)
    await line.say("right_party", NOON)
    await line.say("ended", NOON)
    seen = await office.road.permit(started.permit, AGENT)
    assert (seen.state, seen.outcome) == ("ended", "conversation")
    assert await office.used() == 1


async def test_a_refusal_reaches_no_line(offices: Offices) -> None:
    """Nothing leaves without a permit."""
    line = ALine()
    office = await offices.open(lines={"voice": line})
    await office.put("C-1", status="closed")
    assert b'"permit":null' in await office.road.call(asking(), AGENT)
    assert line.placed == []


async def test_a_line_that_fails_leaves_nothing_counted(offices: Offices) -> None:
    """The carrier said no: nothing left."""
    office = await offices.open(lines={"voice": ALine(fails="no-route")})
    await office.put()
    await office.road.call(asking(), AGENT)
    assert await office.used() == 0
    (row,) = await office.rows()
    assert (row.placed, row.outcome) == (False, "failed")


async def test_what_our_own_line_never_started_counts_nothing(offices: Offices) -> None:
    """Reserved for our own line and lapsed, as when the service stopped in between: it did not leave."""
    office = await offices.open(lines={"voice": ALine()})
    await office.put()
    permit = await _reserved_for_our_line(office)
    assert await office.used() == 1
    office.clock.advance(121)
    assert await office.used() == 0
    assert await office.road.expire() == 1
    assert await office.used() == 0
    assert (await office.road.permit(permit, AGENT)).state == "lapsed"
    (row,) = await office.rows()
    assert row.placed is False


async def _reserved_for_our_line(office: Office) -> str:
    """A permit for our own line whose start a crash prevented."""

    async def crash(*_: object) -> None:
        raise RuntimeError("the service stopped here")

    road = office.road
    road._carry = crash  # type: ignore[method-assign,assignment]
    with pytest.raises(RuntimeError):
        await road.call(asking(), AGENT)
    (row,) = await office.rows()
    assert row.permit is not None
    permit: str = row.permit
    return permit


async def test_after_a_restart_a_call_that_no_line_carries_is_ended(offices: Offices) -> None:
    """It may have been placed, so it counts; and it no longer keeps others back."""
    line = ALine()
    office = await offices.open(lines={"voice": line})
    await office.put()
    await office.road.call(asking(), AGENT)
    office.clock.advance(100)
    assert await office.road.reconcile() == 0
    office.clock.advance(100)
    assert await office.road.reconcile() == 0, "the line says that it carries it"
    await offices.close()
    later = await offices.open(lines={"voice": ALine()}, clock=SimulatedClock(NOON + 600, runs=False))
    assert codes(await later.ask()) == ["too_soon"]
    assert await later.road.reconcile() == 1
    assert await later.road.reconcile() == 0
    assert (await later.ask())["verdict"] == "allow"
    assert await later.used() == 2
    row = (await later.rows())[-1]
    assert (row.placed, row.outcome) == (True, "unknown")


async def test_whatever_is_done_to_a_permit_is_done_under_its_lock(offices: Offices) -> None:
    """Also by the periodic work, or it would write back what another process has just changed."""
    office = await offices.open(lines={"voice": ALine()})
    await office.put()
    submit = office.store.submit
    jobs: list[Job] = []

    async def watched(job: Job) -> Any:
        jobs.append(job)
        return await submit(job)

    office.store.submit = watched  # type: ignore[method-assign]
    await office.road.call(asking(), AGENT)
    office.clock.advance(200)
    await office.road.reconcile()
    await office.road.expire()
    touching = [job for job in jobs if job.permit is not None]
    assert len(touching) > 2
    assert all(f"attempt:{job.permit}" in job.lock for job in touching)


async def test_one_permit_that_cannot_be_read_keeps_no_other_from_lapsing(office: Office) -> None:
    """The periodic work goes on past it."""
    await office.put("C-2", person("P-2", OTHER_LINE))
    await office.permit()
    other = await office.permit("C-2", address=OTHER_LINE)

    def damage() -> Steps[None]:
        yield Query("UPDATE subjects SET doc = tip WHERE key = 'person:P-1'")

    await office.store.engine.write(damage())
    office.clock.advance(121)
    assert await office.road.expire() == 1
    permit = await office.store.permit(other)
    assert permit is not None
    assert permit.state == "lapsed"


async def test_a_start_reported_with_a_clock_far_behind_is_under_way_all_the_same(office: Office) -> None:
    """What is said to have begun before its permit was given is not given up early."""
    permit = await office.permit()
    await office.tell(permit, "dialled", at=Instant(NOON - 5 * 3600))
    assert await office.road.reconcile() == 0
    assert codes(await office.ask()) == ["too_soon"]


async def test_a_started_call_whose_end_is_never_reported_does_not_last_for_ever(office: Office) -> None:
    """After four hours nobody is on the phone any more."""
    permit = await office.permit()
    await office.tell(permit, "dialled")
    office.clock.advance(2 * 3600)
    assert await office.road.reconcile() == 0
    assert codes(await office.ask()) == ["too_soon"]
    office.clock.advance(2 * 3600)
    assert await office.road.reconcile() == 1
    assert (await office.road.permit(permit, AGENT)).outcome == "unknown"


async def test_a_contact_is_withdrawn_before_and_during(offices: Offices) -> None:
    """Released when not started, hung up by the line when live."""
    line = ALine()
    office = await offices.open(lines={"voice": line})
    await office.put()
    permit = await office.permit()
    assert (await office.road.cancel(permit, AGENT)).state == "released"
    await office.road.call(asking(), AGENT)
    await office.road.cancel(line.placed[0].permit, AGENT)
    assert line.cancelled == [line.placed[0].permit]
