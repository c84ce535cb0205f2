"""The road: what is asked, reserved, used, counted, and how often."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from a_book import lifted
from a_road import (
    AGENT,
    COMPLIANCE,
    NOON,
    OTHER_LINE,
    SHARED_LINE_CAP,
    STRANGER,
    Office,
    Offices,
    asking,
    codes,
    person,
)
from contactguard.attempts import Caller
from contactguard.errors import BadInput, Conflict, Forbidden, NotFound
from contactguard.law.instants import parse_instant
from contactguard.records.work import Idempotency

CLIENTS = 64


async def _allowed(answers: list[dict[str, object]]) -> int:
    return sum(answer["verdict"] == "allow" for answer in answers)


async def test_as_shipped_one_of_many_at_once_is_allowed(office: Office) -> None:
    """A call to a person under way or about to start keeps every other one back."""
    answers = await asyncio.gather(*(office.ask() for _ in range(CLIENTS)))
    assert await _allowed(answers) == 1
    assert {code for answer in answers for code in codes(answer)} == {"too_soon"}


async def test_a_cap_of_seven_lets_seven_of_many_through(offices: Offices) -> None:
    """However many ask at once, no cap is exceeded by one, nor left unused."""
    office = await offices.open(lifted())
    await office.put()
    answers = await asyncio.gather(*(office.ask() for _ in range(CLIENTS)))
    assert await _allowed(answers) == 7
    assert await office.used() == 7


async def test_a_cap_on_a_shared_line_holds_over_persons_and_cases(offices: Offices, tmp_path: Path) -> None:
    """Two persons on two cases with one line: three calls to it in all."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "line.toml").write_text(SHARED_LINE_CAP)
    office = await offices.open(lifted(folder))
    await office.put("C-1", person("P-1"))
    await office.put("C-2", person("P-2"))
    asks = [office.ask(ref, person_id=id) for _ in range(CLIENTS // 2) for ref, id in (("C-1", "P-1"), ("C-2", "P-2"))]
    answers = await asyncio.gather(*asks)
    assert await _allowed(answers) == 3
    assert all([await office.replays(answer) for answer in answers[:8]])


async def test_a_permit_names_its_end_and_the_decision_is_the_contract_s(office: Office) -> None:
    """Two minutes for a call, and in the offset of the person's own zone."""
    answer = await office.ask()
    assert answer["permit"]["expires_at"] == "2026-03-05T13:02:00-05:00"
    assert list(answer)[:4] == ["id", "at", "verdict", "reasons"]
    seen = await office.road.permit(answer["permit"]["id"], AGENT)
    assert (seen.state, seen.expires_at) == ("reserved", "2026-03-05T18:02:00Z")


@pytest.mark.parametrize(
    ("ask", "seconds"),
    [({}, 120), ({"mode": "preview"}, 600), ({"channel": "sms"}, 60)],
)
async def test_how_long_a_permit_waits_depends_on_what_it_is_for(
    office: Office, ask: dict[str, str], seconds: int
) -> None:
    """Voice two minutes, a preview ten, a text one."""
    await office.agreed()
    answer = await office.ask(**ask)
    assert int(parse_instant(answer["permit"]["expires_at"])) == NOON + seconds


async def test_a_permit_ends_before_the_hours_do_by_the_time_to_ring(office: Office) -> None:
    """At 20:59:00 a call may wait until 20:59:30, at 20:59:30 no more; a question is answered yes until 21:00."""
    nine = int(parse_instant("2026-03-05T21:00:00-05:00"))
    office.clock.set(nine - 60)
    assert (await office.ask())["permit"]["expires_at"] == "2026-03-05T20:59:30-05:00"
    office.clock.set(nine - 30)
    assert (await office.decide(person_id="P-1")).counters[0].used == 1
    await office.put("C-2", person("P-2", OTHER_LINE))
    late = await office.ask("C-2", address=OTHER_LINE)
    assert [(r["code"], r["rule"]) for r in late["reasons"]] == [("outside_hours", "gate.ring-time")]
    assert late["permit"] is None
    assert (await office.decide("C-2", address=OTHER_LINE)).verdict == "allow"


async def test_a_started_contact_is_never_cut(office: Office) -> None:
    """What began in time ends when it ends, though the hours are over."""
    nine = int(parse_instant("2026-03-05T21:00:00-05:00"))
    office.clock.set(nine - 60)
    permit = await office.permit()
    await office.tell(permit, "dialled")
    office.clock.set(nine + 900)
    assert (await office.road.expire()) == 0
    seen = await office.tell(permit, "ended", outcome="conversation")
    assert (seen.state, seen.late, seen.outcome) == ("ended", False, "conversation")


async def test_an_idempotency_key_gives_the_same_permit_again(office: Office) -> None:
    """A repeated request is the same request, refusals included."""
    once = Idempotency(AGENT.key, "/v1/permits", "k-1", b"body")
    first = await office.road.ask(asking(), AGENT, once)
    assert await office.road.ask(asking(), AGENT, once) == first
    refused = Idempotency(AGENT.key, "/v1/permits", "k-2", b"body")
    second = await office.road.ask(asking(), AGENT, refused)
    assert msgspec.json.decode(second)["verdict"] == "deny"
    assert await office.road.ask(asking(), AGENT, refused) == second
    with pytest.raises(Conflict):
        await office.road.ask(asking(), AGENT, Idempotency(AGENT.key, "/v1/permits", "k-1", b"other"))


async def test_a_question_reserves_and_records_nothing(office: Office) -> None:
    """However often it is asked."""
    for _ in range(3):
        assert (await office.decide()).verdict == "allow"
    assert await office.used() == 0
    assert await office.rows() == []


async def test_another_key_s_permit_is_not_found(office: Office) -> None:
    """Neither its state nor its events; compliance may look, and change nothing."""
    permit = await office.permit()
    with pytest.raises(NotFound):
        await office.road.permit(permit, STRANGER)
    with pytest.raises(NotFound):
        await office.tell(permit, "dialled", by=STRANGER)
    with pytest.raises(NotFound):
        await office.tell(permit, "dialled", by=COMPLIANCE)
    assert (await office.road.permit(permit, COMPLIANCE)).state == "reserved"
    with pytest.raises(NotFound):
        await office.tell("no-such-permit", "dialled")


async def test_an_unknown_case_and_a_person_on_another_case_are_named(office: Office) -> None:
    """Bad requests change nothing and reserve nothing."""
    await office.put("C-2", person("P-2", OTHER_LINE))
    with pytest.raises(NotFound, match="case"):
        await office.ask("C-9")
    with pytest.raises(BadInput, match="person_id"):
        await office.ask("C-1", person_id="P-2")
    with pytest.raises(BadInput, match="cases"):
        await office.ask("C-1", person_id="P-1", cases=("C-2",))
    with pytest.raises(BadInput, match="at"):
        await office.ask("C-1", at=office.at)
    with pytest.raises(BadInput, match=r"E\.164"):
        await office.ask("C-1", address="212 555 0123")
    assert await office.rows() == []


async def test_an_address_that_is_not_on_file_is_refused(office: Office) -> None:
    """Only listed addresses are contacted."""
    answer = await office.ask(address=OTHER_LINE)
    assert "unknown_destination" in codes(answer)
    assert answer["permit"] is None


async def test_a_key_speaks_for_its_own_agent_alone(office: Office) -> None:
    """The agent is filled in, and no other may be named."""
    bound = Caller(key="key-ann", name="Ann's", scopes=frozenset({"agent"}), agent="ann")
    with pytest.raises(Forbidden):
        await office.ask(by=bound, agent="bob")
    await office.ask(by=bound)
    assert [row.agent for row in await office.rows()] == ["ann"]


async def test_a_number_that_fits_several_persons_is_decided_for_and_charged_to_all(offices: Offices) -> None:
    """Allowed only if all allow; each of them has one call more behind them."""
    office = await offices.open(lifted())
    await office.put("C-1", person("P-1"), person("P-2", role="spouse"))
    for _ in range(2):
        answer = await office.ask()
        assert await office.replays(answer)
    assert await office.used(person_id="P-1") == 2
    assert await office.used(person_id="P-2") == 2
    for _ in range(5):
        await office.permit(person_id="P-2")
    full = await office.ask()
    assert codes(full) == ["frequency_cap"]
    assert await office.replays(full)
    assert (await office.ask(person_id="P-1"))["verdict"] == "allow"


async def test_a_decision_s_scenario_gives_the_same_bytes_whatever_happened_since(office: Office) -> None:
    """The facts are kept as they were known then."""
    given = await office.ask()
    refused = await office.ask()
    await office.tell(given["permit"]["id"], "ended", outcome="conversation")
    await office.put("C-1", person("P-1", OTHER_LINE), status="closed")
    assert await office.replays(given)
    assert await office.replays(refused)
    with pytest.raises(NotFound):
        await office.road.scenario("no-such-decision")


async def test_a_contact_on_two_cases_counts_and_shows_on_both(offices: Offices) -> None:
    """One call, two debts."""
    office = await offices.open(lifted())
    await office.put("C-1")
    await office.put("C-2")
    await office.permit("C-1", person_id="P-1", cases=("C-2",))
    assert await office.used("C-1") == 1
    assert await office.used("C-2") == 1
    for ref in ("C-1", "C-2"):
        (row,) = await office.rows(ref)
        assert (row.cases, row.verdict) == (("C-1", "C-2"), "allow")
