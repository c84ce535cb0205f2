"""Asking by number alone, and starting with the yes: what a switch needs."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from a_book import lifted
from a_road import AGENT, COMPLIANCE, LINE, NOON, OTHER_LINE, STRANGER, Office, Offices, asking, person
from contactguard.attempts import Authorized, Caller, about
from contactguard.errors import BadInput, Forbidden, NotFound
from contactguard.law.model import Restriction
from contactguard.sections import CollectorSettings, Telephony
from contactguard.settings import Settings


async def authorized(
    office: Office, call_id: str = "call-1", by: Caller = AGENT, case_ref: str | None = None, **ask: Any
) -> Authorized:
    """What a switch asks."""
    return await office.road.authorize(asking(case_ref, **ask), by, call_id)


async def test_a_yes_by_number_is_a_call_under_way(office: Office) -> None:
    """The contact is started, counted and in the record of the case that the number leads to."""
    await office.put()
    found = await authorized(office)
    assert (found.verdict, found.unasked, found.ring_seconds) == ("allow", None, 30)
    assert found.permit is not None
    assert (await office.road.permit(found.permit, AGENT)).state == "started"
    assert await office.used() == 1
    (row,) = await office.rows()
    assert (row.permit, row.placed, [stage.type for stage in row.stages]) == (found.permit, True, ["started"])
    assert await office.replays(msgspec.json.decode(found.answer))
    await office.tell(found.permit, "ended", outcome="no_answer")
    assert [one.outcome for one in await office.rows()] == ["no_answer"]


async def test_the_same_call_has_the_same_answer_for_ten_minutes(office: Office) -> None:
    """Whatever else the repetition says; after that it is asked anew."""
    await office.put()
    first = await authorized(office)
    office.clock.advance(599)
    assert (await authorized(office, agent="ana")).answer == first.answer
    assert await office.used() == 1
    assert first.permit is not None
    await office.tell(first.permit, "ended", outcome="no_answer")
    office.clock.advance(1)
    again = await authorized(office)
    assert (again.verdict, again.permit == first.permit) == ("allow", False)
    assert await office.used() == 2


async def test_a_yes_is_not_repeated_at_an_hour_that_forbids_it(office: Office) -> None:
    """A call that was allowed at two minutes to nine is asked about anew at nine, by whatever id."""
    await office.put()
    office.clock.advance(8 * 3600 - 120)
    first = await authorized(office)
    assert (first.verdict, first.valid_until) == ("allow", "2026-03-05T21:00:00-05:00")
    office.clock.advance(119)
    assert (await authorized(office)).answer == first.answer
    office.clock.advance(1)
    late = await authorized(office)
    assert (late.verdict, "outside_hours" in [reason.code for reason in late.reasons]) == ("deny", True)
    assert (await authorized(office)).answer == late.answer
    assert await office.road.permit_of_call("call-1", LINE, AGENT) == first.permit


async def test_a_report_by_call_reaches_the_newest_permit(office: Office) -> None:
    """Answers are kept for a day: of a call id used again the next day some of the old ones are there still."""
    await office.put()
    first = await authorized(office)
    assert first.permit is not None
    await office.tell(first.permit, "ended", outcome="failed")
    office.clock.advance(1800)
    second = await authorized(office)
    assert second.permit is not None
    await office.tell(second.permit, "ended", outcome="failed")
    office.clock.advance(84_900)
    await office.store.purge(int(office.clock.now()) - 86_400)
    third = await authorized(office)
    assert third.permit not in (None, first.permit, second.permit)
    assert await office.road.permit_of_call("call-1", LINE, AGENT) == third.permit


async def test_a_refusal_is_repeated_too(office: Office) -> None:
    """A call that was refused stays refused, even where the reason has gone meanwhile."""
    await office.put()
    first = await authorized(office, "a")
    refused = await authorized(office, "b")
    assert (refused.verdict, refused.code, refused.permit) == ("deny", "too_soon", None)
    assert first.permit is not None
    await office.tell(first.permit, "ended", outcome="no_answer")
    assert (await authorized(office, "b")).answer == refused.answer
    assert (await authorized(office, "c")).verdict == "allow"


async def test_another_destination_in_the_same_call_is_asked_for_by_itself(office: Office) -> None:
    """A call id names the call, not the leg: each number that leaves needs a permit of its own."""
    await office.put("C-1", person("P-1", LINE, OTHER_LINE))
    first = await authorized(office)
    second = await authorized(office, address=OTHER_LINE)
    assert (first.verdict, second.verdict, second.code) == ("allow", "deny", "too_soon")


async def test_another_key_s_call_of_the_same_id_is_another_call(office: Office) -> None:
    """Call ids are a switch's own."""
    await office.put()
    first = await authorized(office)
    other = await authorized(office, by=STRANGER)
    assert (first.verdict, other.verdict) == ("allow", "deny")


async def test_a_number_of_several_persons_is_decided_for_all_and_charged_to_all(offices: Offices) -> None:
    """Each on their own case."""
    office = await offices.open(lifted())
    await office.put("C-1", person("P-1"))
    await office.put("C-2", person("P-2"))
    found = await authorized(office)
    assert found.verdict == "allow"
    assert (await office.used("C-1"), await office.used("C-2")) == (1, 1)
    assert [row.permit for ref in ("C-1", "C-2") for row in await office.rows(ref)] == [found.permit, found.permit]
    assert await office.replays(msgspec.json.decode(found.answer))
    assert found.permit is not None
    await office.tell(found.permit, "ended", outcome="no_answer")
    assert await office.replays(await office.ask("C-1"))
    assert await office.replays(await office.ask("C-2"))


async def test_a_number_of_very_many_needs_the_case(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A placeholder on thousands of files is not judged for them all, while everybody else waits."""
    monkeypatch.setattr(about, "MOST_PEOPLE", 2)
    monkeypatch.setattr(about, "MOST_DEBTS", 2)
    for n in range(3):
        await office.put(f"C-{n}", person(f"P-{n}"))
    found = await authorized(office)
    assert (found.verdict, found.code, found.reasons[0].rule) == ("deny", "unknown_destination", "gate.case")
    for n in range(3):
        await office.put(f"D-{n}", person("P-9", OTHER_LINE))
    assert (await authorized(office, address=OTHER_LINE)).reasons[0].rule == "gate.case"
    assert (await authorized(office, "call-2", case_ref="C-1")).verdict == "allow"


async def test_one_person_s_wish_refuses_a_shared_number(office: Office) -> None:
    """It is allowed only if it is allowed for all."""
    await office.put("C-1", person("P-1"))
    await office.put("C-2", person("P-2"))
    await office.fact("C-2", person_id="P-2", restriction=Restriction(kind="cease_communication", form="written"))
    found = await authorized(office)
    assert (found.verdict, found.code) == ("deny", "cease_communication")
    assert (await authorized(office, "call-2", person_id="P-1")).verdict == "allow"


async def test_a_person_s_several_debts_are_all_asked_about(office: Office) -> None:
    """A debt that is paid does not stand in the way of one that is not."""
    await office.put("C-1", status="closed")
    await office.put("C-2")
    found = await authorized(office)
    assert found.verdict == "allow"
    assert (await office.used("C-2"), [row.permit for row in await office.rows("C-2")]) == (1, [found.permit])
    await office.put("C-3", status="closed")
    await office.put("C-2", status="closed")
    assert (await authorized(office, "call-2")).code in ("too_soon", "case_closed")


async def test_a_number_that_leads_nowhere_is_refused_and_recorded(office: Office) -> None:
    """Nothing is dialled that no case knows."""
    await office.put()
    found = await authorized(office, address=OTHER_LINE)
    assert (found.verdict, found.code, found.next_allowed) == ("deny", "unknown_destination", None)
    assert (await authorized(office, address=OTHER_LINE)).answer == found.answer
    id = msgspec.json.decode(found.answer)["id"]
    entry = await office.store.decision(id)
    assert entry is not None
    assert entry.kind == "unlisted"
    with pytest.raises(NotFound):
        await office.road.scenario(id)
    assert (await office.store.verify()).faults == ()


async def test_who_was_only_reached_at_a_number_is_not_asked_about(office: Office) -> None:
    """A number counts as a person's while their file lists it."""
    await office.put()
    assert (await authorized(office)).verdict == "allow"
    await office.put("C-1", person("P-1", OTHER_LINE))
    assert (await authorized(office, "call-2")).code == "unknown_destination"


async def test_a_number_on_cases_of_several_collectors_needs_the_case(offices: Offices) -> None:
    """Whose name is to be said, and whose licence counts, depends on the case."""
    collectors = tuple(CollectorSettings(id=name, name=name) for name in ("acme", "beta"))
    office = await offices.open(lifted(), settings=Settings(collector=collectors))
    await put_for(office, "C-1", "acme")
    await put_for(office, "C-2", "beta")
    found = await authorized(office)
    assert (found.verdict, found.code, found.reasons[0].rule) == ("deny", "unknown_destination", "gate.case")
    assert (await authorized(office, "call-2", case_ref="C-2")).verdict == "allow"


async def put_for(office: Office, ref: str, collector: str) -> None:
    """A case placed with one collector."""
    from a_road import CASE_SYSTEM
    from contactguard.attempts import PutCase
    from contactguard.law.model import Case

    body = PutCase(case=Case(ref=ref, product="credit_card"), persons=(person(),), collector=collector)
    await office.road.put_case(ref, body, CASE_SYSTEM)


async def test_the_collector_s_number_is_shown_where_none_is_named(offices: Offices) -> None:
    """The first of its numbers, which the answer and the record name; one that is named must be its own."""
    shows = CollectorSettings(id="acme", name="Acme", numbers=("+1 (212) 555-0199", "+12125550198"))
    office = await offices.open(lifted(), settings=Settings(collector=(shows,)))
    await office.put()
    assert (await authorized(office)).caller_id == "+12125550199"
    assert (await authorized(office, "call-2", caller_id="+1 212 555 0198")).caller_id == "+12125550198"
    assert (await authorized(office, "call-3", caller_id="+12125550001")).code == "caller_id"


async def test_emergency_numbers_and_extensions_pass_unasked(offices: Offices) -> None:
    """The same call has the same permit."""
    office = await offices.open(settings=Settings(telephony=Telephony(country="US", extensions="2\\d\\d")))
    found = await authorized(office, address="911")
    assert (found.verdict, found.unasked) == ("allow", "emergency")
    assert (await authorized(office, address="911")).permit == found.permit
    assert (await authorized(office, "call-2", address="201")).unasked == "extension"


async def test_what_a_switch_sends_wrong_is_named(office: Office) -> None:
    """By field, and nothing is reserved."""
    await office.put()
    for call_id in ("", "x" * 257, "a\nb"):
        with pytest.raises(BadInput) as error:
            await authorized(office, call_id)
        assert error.value.where == "call_id"
    with pytest.raises(NotFound):
        await authorized(office, case_ref="C-9")
    bound = Caller(key="key-ana", name="ana", scopes=frozenset({"agent"}), agent="ana")
    with pytest.raises(Forbidden):
        await authorized(office, by=bound, agent="bob")
    assert await office.rows(by=COMPLIANCE) == []


async def test_however_many_calls_ask_at_once_no_cap_is_passed(offices: Offices) -> None:
    """Seven calls in seven days, by whatever way they are asked for."""
    office = await offices.open(lifted())
    await office.put("C-1", person("P-1"))
    await office.put("C-2", person("P-2"))
    asks = [authorized(office, f"call-{n}") for n in range(40)]
    answers = await asyncio.gather(*asks, *(office.ask("C-1") for _ in range(20)))
    allowed = [one for one in answers if (one["verdict"] if isinstance(one, dict) else one.verdict) == "allow"]
    assert len(allowed) == 7
    assert await office.used("C-1") == 7
    assert office.at == NOON
