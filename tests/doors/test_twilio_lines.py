"""Our own calls and messages by Twilio: handed over once, followed to their end, asked for where nobody told us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from a_service import CALL, CASE, MOBILE, NOON, Service, Start

from a_twilio import NUMBER, PUBLIC, FakeTwilio, twilio, with_text

STOPPED = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeTwilio]:
    async with twilio(tmp_path) as account:
        yield account


@pytest.fixture
async def service(fake: FakeTwilio, start: Start, store_url: str) -> Service:
    return await furnished(await start(store_url, **fake.settings()))


@pytest.fixture
async def one(fake: FakeTwilio, start: Start, sqlite_url: str) -> Service:
    return await furnished(await start(sqlite_url, **fake.settings()))


async def furnished(service: Service) -> Service:
    assert (await service.put_case(CASE)).status == 201
    agreed = {"kind": "contact", "channel": "sms", "address": MOBILE, "given": NOON, "form": "written"}
    fact = {"person_id": "P-1", "consent": agreed}
    assert (await service.send("POST", "/v1/cases/C-1/facts", "agent", json=fact)).status == 201
    return service


async def call(service: Service, **more: Any) -> str:
    """A call that must be allowed; its permit."""
    answer = await service.send("POST", "/v1/calls", "agent", json=CALL | {"agent": "ana"} | more)
    said = await answer.json()
    assert said["verdict"] == "allow", said["reasons"]
    id: str = said["permit"]["id"]
    return id


async def text(service: Service, **more: Any) -> str:
    """A message that must be allowed; its permit."""
    answer = await service.send("POST", "/v1/messages", "agent", json=with_text(CALL) | more)
    said = await answer.json()
    assert said["verdict"] == "allow", said["reasons"]
    id: str = said["permit"]["id"]
    return id


async def state(service: Service, permit: str) -> tuple[str, str | None]:
    """Its state and outcome."""
    view = await (await service.send("GET", f"/v1/permits/{permit}", "agent")).json()
    return view["state"], view.get("outcome")


async def rows(service: Service) -> list[dict[str, Any]]:
    page = await (await service.send("GET", "/v1/cases/C-1/contacts", "compliance")).json()
    found: list[dict[str, Any]] = page["items"]
    return found


async def codes(service: Service, ask: dict[str, Any]) -> set[str]:
    """Why this may not start, if it may not."""
    answer = await (await service.send("POST", "/v1/decisions", "agent", json=ask)).json()
    return {reason["code"] for reason in answer["reasons"]}


async def test_a_call_rings_the_agent_first(service: Service, fake: FakeTwilio) -> None:
    """Who answers it is connected with the person, under the collector's number; Twilio tells us of both legs."""
    permit = await call(service)
    asked = fake.last("Calls")
    assert (asked["To"], asked["From"]) == ("client:ana", NUMBER)
    assert asked["StatusCallback"] == f"{PUBLIC}/twilio/voice/status?permit={permit}&leg=agent"
    assert asked["StatusCallbackEvent"] == ["answered", "completed"]
    document = ElementTree.fromstring(asked["Twiml"])
    assert document.findtext("Dial/Number") == MOBILE
    (sid,) = fake.calls
    await fake.progress(service, sid, "initiated", "ringing", "no-answer")
    assert await state(service, permit) == ("ended", "no_answer")
    assert (await rows(service))[0]["outcome"] == "no_answer"


async def test_an_emergency_call_needs_nothing_but_an_agent(one: Service, fake: FakeTwilio) -> None:
    """No case, no number chosen: one of ours is shown."""
    asked = {"channel": "voice", "address": "911", "agent": "ana"}
    answer = await one.send("POST", "/v1/calls", "agent", json=asked)
    assert (await answer.json())["verdict"] == "allow"
    assert fake.last("Calls")["From"] == NUMBER
    assert ElementTree.fromstring(fake.last("Calls")["Twiml"]).findtext("Dial/Number") == "911"


async def test_an_agent_who_does_not_answer_calls_nobody(one: Service, fake: FakeTwilio) -> None:
    """The contact ends as failed, and does not count."""
    permit = await call(one)
    (sid,) = fake.calls
    url = f"/twilio/voice/status?permit={permit}&leg=agent"
    await fake.tell(one, url, CallSid=sid, CallStatus="no-answer")
    assert await state(one, permit) == ("ended", "failed")
    assert not (await rows(one))[0]["placed"]


async def test_a_call_is_withdrawn_while_the_agents_phone_rings(one: Service, fake: FakeTwilio) -> None:
    """It ends as failed; once the person's phone rang, hanging up leaves the end to Twilio."""
    permit = await call(one)
    assert one.house.road.lines["voice"].waiting() == (permit,)
    assert (await one.send("DELETE", f"/v1/calls/{permit}", "agent")).status == 200
    assert fake.last("Calls/")["Status"] == "canceled"
    assert await state(one, permit) == ("ended", "failed")
    second = await call(one)
    sid = list(fake.calls)[-1]
    await fake.progress(one, sid, "initiated", "in-progress")
    assert one.house.road.lines["voice"].waiting() == ()
    assert (await one.send("DELETE", f"/v1/calls/{second}", "agent")).status == 200
    assert fake.last("Calls/")["Status"] == "completed"
    assert (await state(one, second))[0] == "started"


async def test_a_stop_takes_back_a_call_that_only_rings_at_the_agents(service: Service, fake: FakeTwilio) -> None:
    """Nobody has been called yet, and nobody will be; the answer to the stop says so."""
    permit = await call(service)
    made = await service.send("POST", "/v1/stops", "compliance", json={"reason": "drill"})
    assert (made.status, (await made.json())["withdrawn"]) == (201, 1)
    assert fake.last("Calls/")["Status"] == "canceled"
    assert await state(service, permit) == ("ended", "failed")


async def test_a_message_is_handed_over_with_its_time(service: Service, fake: FakeTwilio) -> None:
    """From the collector's number; what has not left when the window closes, never will."""
    service.clock.advance(7 * 3600)
    permit = await text(service)
    asked = fake.last("Messages")
    assert (asked["To"], asked["From"], asked["ValidityPeriod"]) == (MOBILE, NUMBER, "3600")
    assert asked["StatusCallback"] == f"{PUBLIC}/twilio/sms/status?permit={permit}"
    assert asked["Body"].startswith("Acme Recovery")
    assert await state(service, permit) == ("started", None)


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (["queued", "sent", "delivered"], "delivered"),
        (["delivered", "sent", "sending"], "delivered"),
        (["sent", "sent", "undelivered:30003", "undelivered:30003"], "undelivered"),
        (["failed:30610"], "failed"),
        (["failed:30047"], "failed"),
        (["sent", "delivered", "read"], "delivered"),
        (["a word of next year", "sent"], "sent"),
    ],
    ids=["in order", "backwards", "twice", "quiet hours", "not rescheduled", "read", "new words"],
)
async def test_a_messages_progress_comes_in_any_order(
    one: Service, fake: FakeTwilio, statuses: list[str], outcome: str
) -> None:
    """It counts once, with the outcome of the table."""
    permit = await text(one)
    (sid,) = fake.messages
    for status in statuses:
        one.clock.advance(1)
        word, _, error = status.partition(":")
        fields = {"MessageSid": sid, "MessageStatus": word} | ({"ErrorCode": error} if error else {})
        assert (await fake.tell(one, f"/twilio/sms/status?permit={permit}", **fields)).status == 200
    assert await state(one, permit) == ("ended", outcome)
    assert [row["outcome"] for row in await rows(one)] == [outcome]


async def test_the_carrier_knows_of_a_stop_before_we_do(service: Service, fake: FakeTwilio) -> None:
    """21610 may come at once or only in a callback; either way no further message is allowed."""
    permit = await text(service)
    (sid,) = fake.messages
    said = {"MessageSid": sid, "MessageStatus": "failed", "ErrorCode": "21610"}
    assert (await fake.tell(service, f"/twilio/sms/status?permit={permit}", **said)).status == 200
    assert await state(service, permit) == ("ended", "failed")
    assert "opted_out" in await codes(service, with_text(CALL))
    assert "opted_out" not in await codes(service, CALL)


async def test_a_stop_told_in_the_answer_is_learned_too(one: Service, fake: FakeTwilio) -> None:
    """The request is refused with 21610: nothing left, and the number is refused from then on."""
    fake.fails.append((400, STOPPED))
    permit = await text(one)
    assert await state(one, permit) == ("ended", "failed")
    assert "opted_out" in await codes(one, with_text(CALL))


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        ((400, {"code": 21211}), "failed"),
        ((401, {"code": 20003}), "failed"),
        ((429, {"code": 20429}), "failed"),
        ((503, {}), "unknown"),
        (None, "unknown"),
        ((201, []), "unknown"),
    ],
    ids=["no number", "no key", "too many", "their fault", "no answer", "nonsense"],
)
async def test_what_is_in_doubt_is_never_repeated(one: Service, fake: FakeTwilio, failure: Any, outcome: str) -> None:
    """A no means that nothing left; no answer means that it may have: unknown, which counts, and asked once."""
    fake.fails.append(failure)
    permit = await text(one)
    assert await state(one, permit) == ("ended", outcome)
    assert len([path for method, path, _ in fake.asked if method == "POST"]) == 1
    assert (await rows(one))[0]["placed"] is (outcome == "unknown")


async def test_the_carrier_is_asked_for_what_nobody_told_us(service: Service, fake: FakeTwilio) -> None:
    """No callback came: the daily round learns the end of calls and messages from Twilio, once."""
    called, sent = await call(service), await text(service)
    (agent,), (message,) = fake.calls, fake.messages
    leg = {"sid": "CA" + "9" * 32, "parent_call_sid": agent, "status": "busy", "to": MOBILE}
    fake.calls[leg["sid"]] = leg | {"direction": "outbound-dial", "start_time": "Thu, 05 Mar 2026 18:00:01 +0000"}
    fake.messages[message]["status"] = "delivered"
    found = await service.house.road.ask_carriers()
    assert (found.asked, found.told, found.strange) == (2, 2, 0)
    assert await state(service, called) == ("ended", "busy")
    assert await state(service, sent) == ("ended", "delivered")
    assert (await service.house.road.ask_carriers()).asked == 0


async def test_what_was_given_up_is_asked_for_as_well(one: Service, fake: FakeTwilio) -> None:
    """After a day without a word the end is unknown; what Twilio says then still counts."""
    sent = await text(one)
    one.clock.advance(86_400)
    await one.house.road.reconcile()
    assert await state(one, sent) == ("ended", "unknown")
    (message,) = fake.messages
    fake.messages[message]["status"] = "failed"
    await one.house.road.ask_carriers()
    assert await state(one, sent) == ("ended", "failed")


async def test_a_softphones_call_is_asked_for(one: Service, fake: FakeTwilio) -> None:
    """We did not make it, but know its id."""
    said = {"CallSid": "CA" + "a" * 32, "From": "client:ana", "To": MOBILE}
    answer = await (await fake.tell(one, "/twilio/voice", **said)).text()
    permit = answer.partition("permit=")[2].partition("&")[0]
    fake.calls["CA" + "9" * 32] = {
        "sid": "CA" + "9" * 32, "parent_call_sid": "CA" + "a" * 32, "status": "no-answer", "to": MOBILE,
        "direction": "outbound-dial", "start_time": "Thu, 05 Mar 2026 18:00:01 +0000",
    }  # fmt: skip
    assert (await one.house.road.ask_carriers()).told == 1
    view = await (await one.send("GET", f"/v1/permits/{permit}", "compliance")).json()
    assert view["outcome"] == "no_answer"


async def test_what_twilio_lists_and_we_do_not_know_counts(service: Service, fake: FakeTwilio) -> None:
    """Somebody sent a message past us: it is recorded for whoever lists the number, once, and reported."""
    service.clock.advance(3600)
    for place, to in enumerate((MOBILE, "+12125550177"), 1):
        sid = f"SM{place:032}"
        fake.messages[sid] = {
            "sid": sid, "to": to, "from": NUMBER, "status": "delivered", "direction": "outbound-api",
            "date_sent": "Thu, 05 Mar 2026 18:10:00 +0000",
        }  # fmt: skip
    found = await service.house.road.ask_carriers()
    assert found.strange == 2
    (row,) = await rows(service)
    assert (row["channel"], row["outcome"], row["permit"], row["at"][11:16]) == ("sms", "delivered", None, "18:10")
    page = await (await service.send("GET", "/v1/contacts/unlisted?limit=1", "compliance")).json()
    (strange,) = page["items"]
    assert (strange["address"], strange["direction"], strange["ref"]) == ("+12125550177", "outbound", f"SM{2:032}")
    rest = await (await service.send("GET", f"/v1/contacts/unlisted?cursor={page['next']}", "compliance")).json()
    assert rest == {"items": [], "next": None}
    for cursor in ("x", "\u0661"):
        asked = await service.send("GET", "/v1/contacts/unlisted", "compliance", params={"cursor": cursor})
        assert asked.status == 422
    assert (await service.house.road.ask_carriers()).strange == 0


async def test_a_message_in_doubt_is_found_on_the_list(one: Service, fake: FakeTwilio) -> None:
    """It had left after all: it counts once, as what it was, although the answer was waited for longer than that."""
    fake.fails.append((500, {}))
    one.clock.advance(5)
    permit = await text(one)
    sid = "SM" + "7" * 32
    fake.messages[sid] = {
        "sid": sid, "to": MOBILE, "from": NUMBER, "status": "delivered", "direction": "outbound-api",
        "date_sent": "Thu, 05 Mar 2026 18:00:02 +0000",
    }  # fmt: skip
    one.clock.advance(3600)
    assert (await one.house.road.ask_carriers()).strange == 0
    assert await state(one, permit) == ("ended", "delivered")
    assert len(await rows(one)) == 1


async def test_a_person_writes(service: Service, fake: FakeTwilio) -> None:
    """It is a contact from them on their case, with a note of what they said; twice told, once counted."""
    said = {"MessageSid": "SM" + "1" * 32, "From": MOBILE, "To": NUMBER, "Body": "I will pay on Friday"}
    for _ in range(2):
        assert (await fake.tell(service, "/twilio/sms", **said)).status == 200
    (row,) = await rows(service)
    assert (row["direction"], row["outcome"], row["person"], row["channel"]) == ("inbound", "received", "P-1", "sms")
    assert "opted_out" not in await codes(service, with_text(CALL))


@pytest.mark.parametrize(
    "said",
    [
        {"Body": "STOP"}, {"Body": "Stop."}, {"Body": "please stop texting me"}, {"Body": "No me escriban m\u00e1s"},
        {"Body": "anything", "OptOutType": "STOP"}, {"Body": "Don\u2019t text me again"},
    ],
)  # fmt: skip
async def test_stop_holds_at_once(one: Service, fake: FakeTwilio, said: dict[str, str]) -> None:
    """Before the answer, for whoever lists the number, now or later; calls are not meant."""
    fields = {"MessageSid": "SM" + "1" * 32, "From": MOBILE, "To": NUMBER} | said
    assert (await fake.tell(one, "/twilio/sms", **fields)).status == 200
    assert "opted_out" in await codes(one, with_text(CALL))
    assert "opted_out" not in await codes(one, CALL)


async def test_a_stop_from_a_number_on_no_file_is_kept(one: Service, fake: FakeTwilio) -> None:
    """The case that lists it tomorrow is bound by it; the message itself is not lost."""
    fields = {"MessageSid": "SM" + "1" * 32, "From": "+12125550177", "To": NUMBER, "Body": "STOP"}
    assert (await fake.tell(one, "/twilio/sms", **fields)).status == 200
    assert len(await one.house.store.entries("system:unmatched")) == 1
    person = {**CASE["persons"][0], "id": "P-7", "points": [{"address": "+12125550177", "line": "mobile"}]}
    assert (await one.put_case({"case": {"ref": "C-7"}, "persons": [person]})).status == 201
    assert "opted_out" in await codes(one, with_text(CALL) | {"case_ref": "C-7", "address": "+12125550177"})


async def test_requests_are_kept_without_secrets(one: Service, fake: FakeTwilio) -> None:
    """What went out and what came back: no text, no number, no token."""
    permit = await text(one)
    (kept,) = [one for one in await one.house.road.exchanges(permit) if one.way == "out"]
    assert (kept.status, kept.ref) == (201, next(iter(fake.messages)))
    assert "ValidityPeriod" in kept.sent
    whole = f"{kept.url} {kept.sent} {kept.answer}"
    assert not any(secret in whole for secret in ("auth-token", "5550123", "please call"))


async def test_a_stop_that_came_while_we_were_away_is_found(service: Service, fake: FakeTwilio) -> None:
    """Twilio's list has it: in force from the next round, counted once, also where its webhook comes later."""
    sid = "SM" + "5" * 32
    fake.messages[sid] = {
        "sid": sid, "to": NUMBER, "from": MOBILE, "status": "received", "direction": "inbound", "body": "Stop!",
        "date_sent": "Thu, 05 Mar 2026 18:10:00 +0000",
    }  # fmt: skip
    service.clock.advance(3600)
    assert (await service.house.road.ask_carriers()).strange == 1
    assert "opted_out" in await codes(service, with_text(CALL))
    said = {"MessageSid": sid, "From": MOBILE, "To": NUMBER, "Body": "Stop!"}
    assert (await fake.tell(service, "/twilio/sms", **said)).status == 200
    assert (await service.house.road.ask_carriers()).strange == 0
    (row,) = await rows(service)
    assert (row["direction"], row["outcome"], row["at"][11:16]) == ("inbound", "received", "18:10")


async def test_what_comes_by_whatsapp_is_about_whatsapp(one: Service, fake: FakeTwilio) -> None:
    """Its channel is messaging; a STOP there leaves text messages as they are."""
    said = {"MessageSid": "SM" + "1" * 32, "From": f"whatsapp:{MOBILE}", "To": f"whatsapp:{NUMBER}", "Body": "stop"}
    assert (await fake.tell(one, "/twilio/sms", **said)).status == 200
    (row,) = await rows(one)
    assert (row["channel"], row["address"]) == ("messaging", MOBILE)
    assert "opted_out" not in await codes(one, with_text(CALL))


async def test_twilio_may_tell_another_process(fake: FakeTwilio, start: Start, postgres_url: str) -> None:
    """What one process placed, another hears of; both come round, and it counts once."""
    placing = await furnished(await start(postgres_url, **fake.settings()))
    hearing = await start(postgres_url, **fake.settings())
    permit = await call(placing)
    (sid,) = fake.calls
    await fake.progress(hearing, sid, "initiated", "ringing", "busy")
    assert await state(placing, permit) == ("ended", "busy")
    for service in (placing, hearing):
        await service.house.road.reconcile()
        assert (await service.house.road.ask_carriers()).strange == 0
    (row,) = await rows(placing)
    assert row["outcome"] == "busy"
