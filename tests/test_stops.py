"""Stops: what they cover, that they hold at once, what they take back, and how they end."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from a_road import AGENT, NOON, OTHER_LINE, Office, Offices, asking, codes, person
from contactguard.attempts import NewStop, Who
from contactguard.attempts.stopping import stops
from contactguard.attempts.telling import keeping
from contactguard.errors import BadInput, Conflict, NotFound, StoreDown
from contactguard.law.instants import Instant, print_utc
from contactguard.law.model import Evidence
from contactguard.sections import CollectorSettings
from contactguard.settings import Settings

ANN = Who(by="Ann", key="key-ann")
AGENCY = Settings(
    collector=(
        CollectorSettings(id="acme", name="Acme", default=True, numbers=("+12125550001", "+12125550002")),
        CollectorSettings(id="other", name="Other"),
    )
)


async def halt(office: Office, reason: str = "a recall", **what: Any) -> dict[str, Any]:
    """Make a stop."""
    made: dict[str, Any] = msgspec.json.decode(await office.road.stop(NewStop(reason=reason, **what), ANN))
    return made


async def said(office: Office, ref: str = "C-1", **ask: Any) -> list[str]:
    """What an ask is refused for."""
    return codes(await office.ask(ref, **ask))


@pytest.fixture
async def agency(offices: Offices) -> Office:
    """An agency of two collectors, with one case."""
    office = await offices.open(settings=AGENCY)
    await office.put(creditor="Bank")
    return office


async def test_a_stop_holds_before_the_next_decision(office: Office) -> None:
    """All that goes out is refused with the reason, by permits, questions and the page of a case."""
    made = await halt(office)
    answer = await office.ask()
    assert codes(answer) == ["paused"]
    (reason,) = answer["reasons"]
    assert (reason["rule"], reason["message"], reason["until"]) == ("gate.stop", "Contacts are halted: a recall.", None)
    assert answer["next_allowed"] is None
    assert (await office.decide()).verdict == "deny"
    assert set((await office.now_rows()).values()) == {"deny"}
    assert (made["covers"], made["in_force"], made["by"]) == ("every contact that goes out", True, "Ann")


async def test_a_clock_that_is_put_back_opens_nothing(office: Office) -> None:
    """A stop holds from the commit that made it, whatever a clock says afterwards; a question may be about before."""
    await office.put("C-2", person("P-2", OTHER_LINE))
    office.clock.advance(1_000)
    waiting = await office.permit("C-2", address=OTHER_LINE)
    office.clock.advance(1)
    await halt(office)
    office.clock.advance(-500)
    assert await said(office) == ["paused"]
    assert (await office.decide()).verdict == "deny"
    assert (await office.decide(at=Instant(NOON + 900))).verdict == "allow"
    assert (await office.tell(waiting, "ringing")).state == "revoked"


async def test_the_persons_own_call_is_dealt_with(office: Office) -> None:
    """A stop halts what goes out; whoever rings is answered as ever."""
    await halt(office)
    assert await said(office, direction="inbound") == []


@pytest.mark.parametrize(
    ("what", "covered", "free"),
    [
        ({"channel": "sms"}, {"channel": "sms"}, {}),
        ({"collector": "acme"}, {}, None),
        ({"collector": "other"}, None, {}),
        ({"creditor": "Bank"}, {}, None),
        ({"creditor": "BANK"}, {}, None),
        ({"creditor": "Other Bank"}, None, {}),
        ({"campaign": "Spring"}, {"campaign": "spring"}, {"campaign": "springs"}),
        ({"campaign": "spring"}, {"campaign": "spring"}, {"campaign": "autumn"}),
        ({"campaign": "spring"}, {"campaign": "spring"}, {}),
        ({"caller_id": "+1 212 555 0001"}, {"caller_id": "+12125550001"}, {"caller_id": "+12125550002"}),
        ({"caller_id": "+12125550001"}, {}, {"caller_id": "+12125550002"}),
        ({"caller_id": "+12125550009"}, None, {}),
        ({"caller_id": "(212) 555-0001"}, {"caller_id": "+12125550001"}, {"caller_id": "+12125550002"}),
        ({"caller_id": "2125550001"}, {}, {"caller_id": "hidden"}),
        ({"caller_id": "+12125550001"}, {"caller_id": "12125550001"}, {"caller_id": "50001"}),
        ({"caller_id": "72727"}, {"caller_id": "72727"}, {"caller_id": "+12125572727"}),
        ({"jurisdiction": "us-ny"}, {}, None),
        ({"jurisdiction": "US"}, {}, None),
        ({"jurisdiction": "US-NJ"}, None, {}),
        ({"cases": ("C-9", "C-1")}, {}, None),
        ({"cases": ("C-9",)}, None, {}),
        ({"channel": "voice", "creditor": "Bank"}, {}, {"channel": "sms"}),
    ],
)
async def test_what_a_stop_names_is_what_it_covers(
    agency: Office, what: dict[str, Any], covered: dict[str, Any] | None, free: dict[str, Any] | None
) -> None:
    """Each of its members narrows it; an ask that does not say which number it shows may show the one halted."""
    await halt(agency, **what)
    if covered is not None:
        assert "paused" in await said(agency, **covered)
    if free is not None:
        assert "paused" not in await said(agency, **free)


async def test_a_person_who_may_live_there_is_covered(agency: Office) -> None:
    """Of whom only the country is known, may live in the state named."""
    somewhere = Evidence(kind="residence", country="US", zones=("America/New_York",))
    await agency.put("C-2", msgspec.structs.replace(person("P-2", OTHER_LINE), evidence=(somewhere,)))
    await halt(agency, jurisdiction="US-NJ")
    assert "paused" in await said(agency, "C-2", address=OTHER_LINE)
    assert "paused" not in await said(agency)


async def test_a_switch_is_given_a_number_that_is_not_halted(agency: Office) -> None:
    """Where we choose the number, the first that no stop covers is chosen; where all are, the answer is no."""
    await agency.road.put_case("C-1", _body(), AGENT)
    await halt(agency, caller_id="+12125550001")
    answer = await agency.road.authorize(asking(), AGENT, "call-1")
    assert (answer.verdict, answer.caller_id) == ("allow", "+12125550002")
    await agency.tell(answer.permit or "", "ended", outcome="no_answer")
    await halt(agency, caller_id="+12125550002")
    assert (await agency.road.authorize(asking(), AGENT, "call-2")).code == "paused"


def _body() -> Any:
    from contactguard.attempts import PutCase
    from contactguard.law.model import Case

    return PutCase(case=Case(ref="C-1", product="credit_card", creditor="Bank"), persons=(person(),))


async def test_a_timed_stop_says_when(office: Office) -> None:
    """The next moment is the end of the stop or what the law says, whichever is later; a second before it is no."""
    until = NOON + 3600
    await halt(office, until=Instant(until))
    answer = await office.ask()
    assert answer["next_allowed"] == answer["reasons"][0]["until"] == "2026-03-05T14:00:00-05:00"
    assert (await office.decide(at=Instant(until - 1))).verdict == "deny"
    assert (await office.decide(at=Instant(until))).verdict == "allow"
    office.clock.set(until)
    assert await said(office) == []


async def test_a_stop_to_come_ends_what_is_allowed_now(office: Office) -> None:
    """A yes says that it ends when the stop begins, and a permit is good no longer than that."""
    since = NOON + 60
    made = await halt(office, since=Instant(since))
    assert not made["in_force"]
    answer = await office.ask()
    assert answer["valid_until"] == "2026-03-05T13:01:00-05:00"
    assert answer["permit"]["expires_at"] == "2026-03-05T13:00:30-05:00"
    office.clock.set(since)
    assert await said(office) == ["paused"]


async def test_what_a_stop_refused_can_be_decided_again(office: Office) -> None:
    """The stored scenario gives the same bytes, whatever stops there were."""
    await halt(office, until=Instant(NOON + 3600))
    await halt(office, "another reason.", channel="voice")
    await halt(office, "later", since=Instant(NOON + 60))
    assert await office.replays(await office.ask())
    assert await office.replays(await office.ask(channel="sms"))


async def test_permits_that_nobody_used_are_taken_back(office: Office) -> None:
    """They are revoked and counted in the answer; what has started goes on, and what is not covered stays."""
    await office.put("C-2", person("P-2", OTHER_LINE))
    await office.put("C-3", person("P-3", "+12125550125"))
    started, reserved, other = (
        await office.permit(),
        await office.permit("C-2", address=OTHER_LINE),
        await office.permit("C-3", address="+12125550125"),
    )
    await office.tell(started, "dialled")
    made = await halt(office, cases=("C-1", "C-2"))
    assert (made["revoked"], made["withdrawn"], made["unknown"]) == (1, 0, 0)
    states = [(await office.road.permit(id, AGENT)).state for id in (started, reserved, other)]
    assert states == ["started", "revoked", "reserved"]
    late = await office.tell(reserved, "dialled")
    assert (late.state, late.late) == ("revoked", True)


async def test_a_revoked_permit_counts_as_a_lapsed_one(office: Office) -> None:
    """Somebody else's switch may have used it, so it counts as placed; the record and its entries agree."""
    await office.permit()
    await halt(office)
    assert await office.used() == 1
    (row,) = [row for row in await office.rows() if row.verdict == "allow"]
    assert (row.outcome, row.placed) == ("unknown", True)
    assert not (await office.store.verify()).faults


async def test_emergency_numbers_pass_and_keep_their_permits(office: Office) -> None:
    """No stop covers them, before or after."""
    answer = await office.ask(None, address="911")
    await office.road.close()
    assert (await halt(office))["revoked"] == 0
    assert (await office.road.permit(answer["permit"]["id"], AGENT)).state == "reserved"
    assert (await office.ask(None, address="911"))["verdict"] == "allow"


async def test_a_stop_is_lifted_with_a_reason(office: Office) -> None:
    """What it halted is free at once, and the record says who lifted it and why."""
    made = await halt(office)
    await office.road.lift_stop(made["id"], "sorted out", Who(by="Ben"))
    assert await said(office) == []
    assert await office.road.stops() == ()
    entries = await office.store.entries("system:rulebook", newest_first=False)
    assert [entry.kind for entry in entries] == ["stop_made", "stop_lifted"]
    body = msgspec.json.decode(entries[1].body or b"")
    assert (body["id"], body["by"], body["reason"]) == (made["id"], "Ben", "sorted out")
    with pytest.raises(NotFound):
        await office.road.lift_stop(made["id"], "again", ANN)


async def test_a_restored_store_is_shut_however_many_stops_stand(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The most that people may make does not keep a copy from being brought back."""
    monkeypatch.setattr(stops, "MOST_STOPS", 1)
    await halt(office, campaign="spring")
    with pytest.raises(Conflict):
        await halt(office, campaign="autumn")
    await stops.shut_restored(office.store, "This store was restored and is behind", ANN)
    assert await said(office) == ["paused"]


async def test_a_settlement_that_was_broken_off_is_made_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves the store shut, and the next one opens it and says so."""
    await keeping.brought_back(office.store, keeping.Restored(made_at=NOON, digest="d", by="Ann"))

    async def broken(*_: Any) -> int:
        raise StoreDown("gone")

    with monkeypatch.context() as breaking:
        breaking.setattr(keeping, "settle_restored", broken)
        with pytest.raises(StoreDown):
            await keeping.settle(office.store, "officer", "calls compared by hand", ANN)
    assert await said(office) == ["paused"]
    await keeping.settle(office.store, "officer", "calls compared by hand", ANN)
    assert await said(office) == []
    restored = (await keeping.kept(office.store)).restored
    assert restored is not None
    assert restored.settled is not None
    with pytest.raises(NotFound):
        await keeping.settle(office.store, "officer", "again", ANN)


async def test_a_restored_store_stays_shut_until_its_gap_is_settled(office: Office) -> None:
    """Its stop is there once, cannot be lifted like others, and goes with how the gap was made good."""
    id = await stops.shut_restored(office.store, "This store was restored and is behind", ANN)
    assert await stops.shut_restored(office.store, "again", ANN) == id
    assert await said(office) == ["paused"]
    with pytest.raises(Conflict, match="settle"):
        await office.road.lift_stop(id, "no", ANN)
    (shown,) = await stops.standing(office.store)
    assert (shown.kind, shown.in_force) == ("restored", True)
    assert await stops.settle_restored(office.store, "officer", "calls compared by hand", ANN) == 1
    assert await said(office) == []
    with pytest.raises(NotFound):
        await stops.settle_restored(office.store, "officer", "again", ANN)


async def test_cases_that_are_not_here_are_named(office: Office) -> None:
    """A misspelt reference halts nothing, so the answer says so; a case that comes later is covered."""
    made = await halt(office, cases=("C-1", "C-2", "C-2", "C-3"))
    assert (made["cases"], made["unknown"], made["unknown_cases"]) == (3, 2, ["C-2", "C-3"])
    await office.put("C-2", person("P-2", OTHER_LINE))
    assert await said(office, "C-2", address=OTHER_LINE) == ["paused"]


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"collector": "acne"}, "collector"),
        ({"jurisdiction": "New York"}, "jurisdiction"),
        ({"jurisdiction": "NY"}, "jurisdiction"),
        ({"jurisdiction": "US-ZZ"}, "jurisdiction"),
        ({"jurisdiction": "AR-BA"}, "jurisdiction"),
        ({"cases": ()}, "cases"),
        ({"cases": ("C-1", "")}, "cases[1]"),
        ({"creditor": ""}, "creditor"),
        ({"until": Instant(NOON)}, "until"),
        ({"since": Instant(NOON + 60), "until": Instant(NOON + 60)}, "until"),
    ],
)
async def test_what_would_halt_nothing_is_refused(agency: Office, what: dict[str, Any], field: str) -> None:
    """A name that nothing has, or an end before the beginning; the error names the field."""
    with pytest.raises(BadInput) as error:
        await halt(agency, **({"reason": "x"} | what))
    assert error.value.where == field


async def test_a_process_that_begins_later_knows_the_stops(offices: Offices) -> None:
    """Stops are in the store with their lists of cases."""
    office = await offices.open()
    await office.put()
    await halt(office, cases=("C-1",), until=Instant(NOON + 60))
    await offices.close()
    again = await offices.open()
    assert await said(again) == ["paused"]
    (shown,) = await again.road.stops()
    assert (shown.cases, shown.until) == (1, print_utc(NOON + 60))


async def test_a_stop_that_begins_later_takes_back_then(office: Office) -> None:
    """What was reserved before is revoked when it begins."""
    permit = await office.permit()
    await halt(office, since=Instant(NOON + 30))
    assert await office.road.hold_back() == 0
    office.clock.set(NOON + 30)
    assert await office.road.hold_back() == 1
    assert (await office.road.permit(permit, AGENT)).state == "revoked"
    assert await office.road.hold_back() == 0
