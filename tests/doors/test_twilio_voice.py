"""Softphones at Twilio: asked before they call, connected with the right number shown, or told why not and when."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from a_service import CALL, CASE, MOBILE, NOON, Service, Start
from msgspec.structs import replace
from twilio.request_validator import RequestValidator

from a_twilio import ACCOUNT, NUMBER, PUBLIC, TOKEN, FakeTwilio, twilio
from contactguard.doors import twilio as doors
from contactguard.errors import StoreDown

SID = "CA" + "a" * 32
LEG = "CA" + "b" * 32
PAID = {"case": {"ref": "C-9", "status": "paid"}, "persons": [{"id": "P-9", "points": [{"address": "+12125550199"}]}]}


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeTwilio]:
    async with twilio(tmp_path) as account:
        yield account


@pytest.fixture
async def service(fake: FakeTwilio, start: Start, store_url: str) -> Service:
    """A service with an account, over both engines."""
    return await furnished(await start(store_url, **fake.settings()))


@pytest.fixture
async def one(fake: FakeTwilio, start: Start, sqlite_url: str) -> Service:
    """The same over SQLite alone."""
    return await furnished(await start(sqlite_url, **fake.settings(extension_address="sip:{extension}@pbx.example")))


async def furnished(service: Service) -> Service:
    for case in (CASE, PAID):
        assert (await service.put_case(case)).status == 201
    return service


async def dials(service: Service, fake: FakeTwilio, to: str = MOBILE, **fields: str) -> ElementTree.Element:
    """What a softphone's call is answered."""
    said = {"CallSid": SID, "From": "client:ana", "To": to, "CallStatus": "ringing", "Direction": "inbound"} | fields
    answer = await fake.tell(service, "/twilio/voice", **said)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "text/xml"
    return ElementTree.fromstring(await answer.text())


def permit_of(document: ElementTree.Element) -> str:
    found = document.find("Dial/Number")
    assert found is not None
    return found.attrib["statusCallback"].partition("permit=")[2].partition("&")[0]


async def contact(service: Service, ref: str = "C-1") -> dict[str, Any]:
    """The newest contact of the case."""
    page = await (await service.send("GET", f"/v1/cases/{ref}/contacts", "compliance")).json()
    row: dict[str, Any] = page["items"][0]
    return row


async def exchanges(service: Service, permit: str) -> list[Any]:
    return await service.house.road.exchanges(permit)


@pytest.mark.parametrize(
    ("who", "to"),
    [("client:ana", "(212) 555-0123"), ("sip:ana@acme.sip.twilio.com", "sip:+12125550123@acme.sip.twilio.com")],
    ids=["TwiML app", "SIP domain"],
)
async def test_an_allowed_call_is_bridged(service: Service, fake: FakeTwilio, who: str, to: str) -> None:
    """With the collector's number shown, in time, and its progress told to us; the contact is started and ana's."""
    document = await dials(service, fake, to, From=who)
    dial, number = document.find("Dial"), document.find("Dial/Number")
    assert dial is not None
    assert number is not None
    assert number.text == MOBILE
    assert (dial.attrib["callerId"], dial.attrib["timeout"], dial.attrib["answerOnBridge"]) == (NUMBER, "30", "true")
    permit = permit_of(document)
    assert dial.attrib["action"] == f"{PUBLIC}/twilio/voice/status?permit={permit}&leg=dial"
    row = await contact(service)
    assert (row["permit"], row["agent"], row["placed"]) == (permit, "ana", True)


async def test_a_refused_call_says_why_and_when(one: Service, fake: FakeTwilio) -> None:
    """At seven in the morning: too early, and the hour by that person's clock. Nothing is dialled."""
    one.clock.advance(18 * 3600)
    document = await dials(one, fake)
    said = document.findtext("Say") or ""
    assert said == (
        "It is too early or too late where this person is. Try again on Friday, March 6, at 8:00 AM, their local time."
    )
    assert [element.tag for element in document] == ["Say", "Hangup"]


async def test_what_no_time_will_help_names_none(one: Service, fake: FakeTwilio) -> None:
    """A paid debt, and a number that is on no file."""
    assert (await dials(one, fake, "+12125550199")).findtext("Say") == "There is nothing left to call about."
    unknown = await dials(one, fake, "+12125550177", CallSid=LEG)
    assert unknown.findtext("Say") == "This number is not on any file."


async def test_twilio_may_ask_twice(service: Service, fake: FakeTwilio) -> None:
    """The same call has the same answer, and counts once."""
    first, again = [ElementTree.tostring(await dials(service, fake)) for _ in range(2)]
    assert first == again
    assert (await dials(service, fake, CallSid=LEG)).find("Dial") is None


async def test_emergency_and_internal_numbers_pass(one: Service, fake: FakeTwilio) -> None:
    """911 as it stands, without a case; an extension to the house's own switch. Both are kept afterwards."""
    emergency = await dials(one, fake, "911")
    dial = emergency.find("Dial")
    assert dial is not None
    assert (dial.findtext("Number"), dial.attrib["callerId"]) == ("911", NUMBER)
    await asyncio.gather(*doors._running)
    assert len(await exchanges(one, permit_of(emergency))) == 1
    assert (await dials(one, fake, "1001", CallSid=LEG)).findtext("Dial/Sip") == "sip:1001@pbx.example"


async def test_a_call_from_a_person_is_not_an_agent(one: Service, fake: FakeTwilio) -> None:
    """Someone who rings the number back is not let through as if they worked here."""
    document = await dials(one, fake, NUMBER, From=MOBILE)
    assert [element.tag for element in document] == ["Reject"]


async def test_a_fault_is_a_no(one: Service, fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks, the agent hears that the gate cannot decide, and nothing is dialled; names reach no answer."""

    async def breaks(*_: Any) -> None:
        raise RuntimeError("Maria Lopez")

    monkeypatch.setattr(one.house.road, "authorize", breaks)
    document = await dials(one, fake)
    assert document.findtext("Say") == "The gate cannot decide now. Do not place this call."
    assert document.find("Dial") is None
    assert (await dials(one, fake, "Maria")).findtext("Say") == "This is not a number that can be called."


async def test_only_twilio_is_believed(one: Service, fake: FakeTwilio) -> None:
    """Another token, another URL, another account, no signature, a body changed on the way: 403, and nothing done."""
    fields = {"CallSid": SID, "From": "client:ana", "To": MOBILE, "AccountSid": ACCOUNT}
    url = PUBLIC + "/twilio/voice"
    good = RequestValidator(TOKEN).compute_signature(url, fields)
    elsewhere = RequestValidator(TOKEN).compute_signature("https://other.example/twilio/voice", fields)
    stranger = fields | {"AccountSid": "AC" + "9" * 32}
    tries = [
        (fields, RequestValidator("other").compute_signature(url, fields)),
        (fields, elsewhere),
        (fields, ""),
        (fields, "\u00fc"),
        (fields | {"To": "+12125550199"}, good),
        (stranger, RequestValidator(TOKEN).compute_signature(url, stranger)),
    ]
    for said, signature in tries:
        answer = await one.client.post("/twilio/voice", data=said, headers={"X-Twilio-Signature": signature})
        assert answer.status == 403, said
    page = await (await one.send("GET", "/v1/cases/C-1/contacts", "compliance")).json()
    assert page["items"] == []


async def test_a_body_that_is_no_form_needs_its_digest(one: Service) -> None:
    """JSON is signed by the URL, in which the digest of the body stands; without one it is no request of Twilio's."""
    body = b'{"AccountSid":"x"}'
    for query, status in ((f"?bodySHA256={hashlib.sha256(body).hexdigest()}", 200), ("", 403), ("?bodySHA256=00", 403)):
        url = PUBLIC + "/twilio/sms/status" + query
        signature = RequestValidator(TOKEN).compute_signature(url, {})
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/json"}
        answer = await one.client.post("/twilio/sms/status" + query, data=body, headers=headers)
        assert answer.status == status


async def test_both_tokens_hold_while_one_is_changed(one: Service, fake: FakeTwilio) -> None:
    """The file may name a second one; it is read anew for every request."""
    fake.token_file.write_text(f"{TOKEN}\nthe-next-token\n")
    answer = await fake.tell(one, "/twilio/voice/status?permit=none", token="the-next-token", CallSid=SID)
    assert answer.status == 200


ORDERS = [
    ["initiated", "ringing", "in-progress", "completed"],
    ["completed", "in-progress", "ringing", "initiated"],
    ["ringing", "ringing", "completed", "completed", "initiated", "initiated"],
    ["completed"],
]


@pytest.mark.parametrize("statuses", ORDERS, ids=["in order", "backwards", "twice", "only the last"])
async def test_progress_comes_in_any_order(one: Service, fake: FakeTwilio, statuses: list[str]) -> None:
    """A call that was answered counts once and as answered, until an agent says more of it."""
    permit = permit_of(await dials(one, fake))
    for status in statuses:
        one.clock.advance(1)
        answer = await fake.tell(
            one,
            f"/twilio/voice/status?permit={permit}&leg=number",
            CallSid=LEG,
            ParentCallSid=SID,
            CallStatus=status,
            CallDuration="3",
        )
        assert (answer.status, await answer.text()) == (200, '<?xml version="1.0" encoding="UTF-8"?><Response/>')
    row = await contact(one)
    assert (row["outcome"], row["placed"]) == ("answered", True)
    page = await (await one.send("GET", "/v1/cases/C-1/contacts", "compliance")).json()
    assert len(page["items"]) == 1
    question = await (await one.send("POST", "/v1/decisions", "agent", json=CALL)).json()
    used = [one["used"] for one in question["counters"] if one["rule"] == "us-reg-f.call_frequency"]
    assert used == [1]


@pytest.mark.parametrize(
    ("status", "more", "outcome"),
    [
        ("busy", {}, "busy"),
        ("no-answer", {}, "no_answer"),
        ("canceled", {}, "no_answer"),
        ("failed", {}, "failed"),
        ("failed", {"SipResponseCode": "404"}, "not_in_service"),
        ("completed", {"AnsweredBy": "machine_start"}, "voicemail"),
    ],
)
async def test_each_end_is_an_outcome(
    one: Service, fake: FakeTwilio, status: str, more: dict[str, str], outcome: str
) -> None:
    """By the one table; Dial's own report of the same end adds nothing."""
    permit = permit_of(await dials(one, fake))
    url = f"/twilio/voice/status?permit={permit}&leg="
    await fake.tell(one, url + "number", CallSid=LEG, CallStatus=status, **more)
    await fake.tell(one, url + "dial", CallSid=SID, CallStatus="in-progress", DialCallSid=LEG, DialCallStatus=status)
    assert (await contact(one))["outcome"] == outcome


async def test_the_holder_of_the_key_may_say_more(one: Service, fake: FakeTwilio) -> None:
    """Softphones ask in the name of a key, whose holder reports that it was a conversation."""
    key, one.tokens["desktop"] = await one.house.store.keys.create("desktop", ["agent"], None)
    account = replace(one.house.settings.twilio, asks_as=key.id)
    one.house.settings = replace(one.house.settings, twilio=account)
    permit = permit_of(await dials(one, fake))
    await fake.tell(one, f"/twilio/voice/status?permit={permit}&leg=number", CallSid=LEG, CallStatus="completed")
    said = {"event_id": "desk-1", "type": "right_party", "at": NOON}
    answer = await one.send("POST", f"/v1/permits/{permit}/events", "desktop", json=said)
    assert (await answer.json())["outcome"] == "conversation"


async def test_what_is_said_of_no_permit_is_kept_and_answered(one: Service, fake: FakeTwilio) -> None:
    """A report on what is not known here (a restored store, say) is no fault of Twilio's."""
    answer = await fake.tell(one, "/twilio/voice/status?permit=nobody&leg=number", CallSid=LEG, CallStatus="busy")
    assert answer.status == 200
    kept = await one.house.store.entries("system:wire:2026-03-05")
    assert len(kept) == 1


async def test_every_exchange_is_kept_without_numbers(one: Service, fake: FakeTwilio) -> None:
    """What was asked, answered and reported stands with the contact; signatures and numbers do not."""
    permit = permit_of(await dials(one, fake))
    about = {"To": MOBILE, "ToZip": "10001", "ToCity": "NEW YORK", "CallerName": "Maria Lopez"}
    await fake.tell(one, f"/twilio/voice/status?permit={permit}&leg=number", CallSid=LEG, CallStatus="busy", **about)
    kept = await exchanges(one, permit)
    assert [(one.way, one.line, one.ref) for one in kept] == [("in", "twilio", SID), ("in", "twilio", LEG)]
    assert "<Dial" in kept[0].answer
    assert "CallStatus=busy" in kept[1].sent
    whole = " ".join(text for one in kept for text in (one.url, one.sent, one.answer))
    assert not any(secret in whole for secret in ("5550123", "10001", "NEW YORK", "Lopez"))


async def test_an_emergency_call_waits_for_no_store(one: Service, fake: FakeTwilio, monkeypatch: Any) -> None:
    """The store is gone: 911 is connected all the same, and any other call is refused."""

    async def gone(*_: Any, **__: Any) -> None:
        raise StoreDown("gone")

    monkeypatch.setattr(one.house.store, "submit", gone)
    assert (await dials(one, fake, "911")).findtext("Dial/Number") == "911"
    refused = await dials(one, fake, CallSid=LEG)
    assert refused.findtext("Say") == "The gate cannot decide now. Do not place this call."
    monkeypatch.undo()


async def test_a_wish_for_what_is_not_there_is_a_no(one: Service, fake: FakeTwilio) -> None:
    """A case nobody knows, a purpose that is none."""
    said = (await dials(one, fake, case_ref="C-404")).findtext("Say")
    assert said == "This number is not on any file."
    assert (await dials(one, fake, CallSid=LEG, purpose="fun")).find("Dial") is None
