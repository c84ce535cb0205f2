"""What an address told us itself binds whoever lists it: refused by STOP or one click, found dead by a bounce."""

from __future__ import annotations

import pytest

from a_road import AGENT, COMPLIANCE, LINE, Office, codes, person
from contactguard.errors import BadInput, Forbidden, NotFound

MAIL = "p1@mail.example"


async def written(office: Office, stream: str) -> list[str]:
    """The kinds of the entries of a stream."""
    return [entry.kind for entry in await office.store.entries(stream, newest_first=False)]


async def test_a_refusal_binds_from_its_answer_on(office: Office) -> None:
    """The next ask is refused on that channel, and on no other."""
    before = await office.decide()
    assert await office.road.refuse(LINE, "sms", words="STOP", source="sms:SM1", by="twilio")
    after = await office.ask(channel="sms")
    assert after["verdict"] == "deny"
    assert "opted_out" in codes(after)
    assert (await office.decide()).verdict == before.verdict


async def test_it_is_written_once(office: Office) -> None:
    """Said again, by the same message or a later one, it changes nothing and leaves no second entry."""
    assert await office.road.refuse(LINE, "sms", words="STOP", source="sms:SM1", by="twilio")
    assert not await office.road.refuse(LINE, "sms", words="STOP", source="sms:SM1", by="twilio")
    assert not await office.road.refuse("+1 (212) 555-0123", "sms", words="stop!", source="sms:SM2", by="twilio")
    assert await written(office, office.store.address_key(LINE)) == ["address_said"]


async def test_saying_it_again_locks_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has one link may open it for ever; asks about the case go on beside that."""
    permit = await office.permit()
    assert await office.road.refuse_answering(permit, "sms", words="", source="s", by="them")
    monkeypatch.setattr(office.store, "submit", None)
    assert not await office.road.refuse_answering(permit, "sms", words="", source="s", by="them")


async def test_a_click_after_the_refusal_was_ended_counts(office: Office) -> None:
    """The person means it again, by the same link; and compliance can end that, too."""
    permit, source = await office.permit(), "unsubscribe:1"
    for _ in range(2):
        assert await office.road.refuse_answering(permit, "sms", words="", source=source, by="them")
        assert "opted_out" in codes(await office.ask(channel="sms"))
        office.clock.advance(60)
        await office.road.end_fact("C-1", f"refusal:{source}", "asked in writing to be texted again", COMPLIANCE)
        assert "opted_out" not in codes(await office.ask(channel="sms"))
        office.clock.advance(60)


async def test_it_binds_whoever_lists_the_address_later(office: Office) -> None:
    """Nobody need list it at the time."""
    other = "+12125550199"
    assert await office.road.refuse(other, None, words="STOP", source="sms:SM1", by="twilio")
    await office.put("C-2", person("P-2", other))
    assert (await office.ask("C-2", address=other))["verdict"] == "deny"


async def test_the_case_system_cannot_take_it_back(office: Office) -> None:
    """A later `PUT` leaves it standing and says so."""
    await office.road.refuse(LINE, "sms", words="STOP", source="sms:SM1", by="twilio")
    kept = (await office.put("C-1", person("P-1", LINE, MAIL))).kept
    assert [(one.fact, one.what) for one in kept] == [("refusal:sms:SM1", "refused")]
    assert (await office.ask(channel="sms"))["verdict"] == "deny"


async def test_compliance_ends_it_with_a_reason(office: Office) -> None:
    """By the name that a `PUT` shows; an agent may not."""
    before = await office.decide(channel="sms")
    await office.road.refuse(LINE, "sms", words="STOP", source="sms:SM1", by="twilio")
    with pytest.raises(Forbidden):
        await office.road.take_back("C-1", "refusal:sms:SM1", AGENT)
    await office.road.end_fact("C-1", "refusal:sms:SM1", "asked in writing to be texted again", COMPLIANCE)
    assert (await office.decide(channel="sms")).reasons == before.reasons


async def test_a_permit_leads_to_its_address(office: Office) -> None:
    """The refusal stands in the case's record, too, where the contact was about a case."""
    permit = await office.permit()
    assert await office.road.refuse_answering(permit, "voice", words="", source=f"unsubscribed:{permit}", by="them")
    assert (await office.ask())["verdict"] == "deny"
    assert (await written(office, "case:C-1"))[-2] == "address_said"


async def test_a_dead_address_is_refused_for_everyone(office: Office) -> None:
    """What a bounce says of an address is a fact about the address."""
    permit = await office.permit()
    assert await office.road.undeliverable(permit, words="5.1.1", source=f"bounce:{permit}", by="bounce")
    assert not await office.road.undeliverable(permit, words="5.1.1", source=f"bounce:{permit}", by="bounce")
    assert "invalid_destination" in codes(await office.ask())
    await office.put("C-2", person("P-2", LINE))
    assert "invalid_destination" in codes(await office.ask("C-2"))


async def test_what_cannot_be_meant_is_refused(office: Office) -> None:
    """No address, no source, no such permit."""
    for address, source in (("", "s"), ("12125550123", "s"), (LINE, ""), (LINE, "a\nb"), (LINE, "s" * 129)):
        with pytest.raises(BadInput):
            await office.road.refuse(address, "sms", words="", source=source, by="twilio")
    with pytest.raises(NotFound):
        await office.road.refuse_answering("0" * 32, "sms", words="", source="s", by="twilio")


async def test_the_record_stays_whole(office: Office) -> None:
    """Every chain verifies with refusals in it."""
    permit = await office.permit()
    await office.road.refuse_answering(permit, "email", words="x" * 9000, source="s", by="them")
    assert (await office.store.verify()).faults == ()
