"""Requests of Twilio's that come again, come twisted, or come about emergencies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from a_service import CALL, CASE, MOBILE, Service, Start
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from a_twilio import ACCOUNT, PUBLIC, TOKEN, FakeTwilio, twilio
from contactguard.errors import BadInput

SID = "CA" + "a" * 32
STOP = {"MessageSid": "SM" + "1" * 32, "From": MOBILE, "To": "+12125550100", "Body": "STOP"}
_NOW = "Thu, 05 Mar 2026 17:00:00 +0000"


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeTwilio]:
    async with twilio(tmp_path) as account:
        yield account


@pytest.fixture
async def service(fake: FakeTwilio, start: Start, store_url: str) -> Service:
    """A service with an account and a case, over both engines."""
    made: Service = await start(store_url, **fake.settings())
    assert (await made.put_case(CASE)).status == 201
    return made


async def dials(service: Service, fake: FakeTwilio, to: str = MOBILE, **fields: str) -> ElementTree.Element:
    """What a softphone's call is answered."""
    said = {"CallSid": SID, "From": "client:ana", "To": to} | fields
    answer = await fake.tell(service, "/twilio/voice", **said)
    assert answer.status == 200, await answer.text()
    return ElementTree.fromstring(await answer.text())


async def contacts(service: Service) -> list[Any]:
    page = await (await service.send("GET", "/v1/cases/C-1/contacts", "compliance")).json()
    rows: list[Any] = page["items"]
    return rows


@pytest.mark.parametrize("days", [0, 2], ids=["the same day", "days later"])
async def test_an_old_request_shown_again_makes_no_contact(service: Service, fake: FakeTwilio, days: int) -> None:
    """Twilio's signature bears no time: whoever saw a request may send it again once its call is over."""
    first = await dials(service, fake)
    number = first.find("Dial/Number")
    assert number is not None
    permit = number.attrib["statusCallback"].partition("permit=")[2].partition("&")[0]
    url = f"/twilio/voice/status?permit={permit}&leg=number"
    assert (await fake.tell(service, url, CallSid="CA" + "b" * 32, CallStatus="no-answer")).status == 200
    service.clock.advance(days * 86_400 + 700)
    for _ in range(3):
        assert (await dials(service, fake)).find("Dial") is None
    assert len(await contacts(service)) == 1
    assert (await dials(service, fake, CallSid="CA" + "c" * 32)).find("Dial") is not None


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": "fun"}, {"CallSid": ""}, {"person_id": "P" * 400}, {"case_ref": "C-404"}, {"mode": "shouted"}],
    ids=str,
)
async def test_an_emergency_call_passes_whatever_else_the_softphone_says(
    service: Service, fake: FakeTwilio, wrong: dict[str, str]
) -> None:
    """911 is looked at before all that stands beside it."""
    assert (await dials(service, fake, "911", **wrong)).findtext("Dial/Number") == "911"


@pytest.mark.parametrize("named", ["+911", "00911", "911*", "911#1", "9112125550123", "sip:911,1@x"])
async def test_what_only_looks_like_an_emergency_number_does_not_pass(
    service: Service, fake: FakeTwilio, named: str
) -> None:
    """Exactly such a number, or none."""
    assert (await dials(service, fake, named)).find("Dial") is None


async def test_a_second_sender_in_one_request_is_no_agent(service: Service, fake: FakeTwilio) -> None:
    """What a softphone adds is signed as well, so it may not add who it is."""
    said = MultiDict([("From", "client:boss"), ("AccountSid", ACCOUNT), ("CallSid", SID), ("To", MOBILE)])
    said.add("From", "client:ana")
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + "/twilio/voice", said)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await service.client.post("/twilio/voice", data=urlencode(list(said.items())), headers=headers)
    assert answer.status == 400
    assert await contacts(service) == []


async def test_a_stop_that_was_ended_is_not_brought_back_by_its_echo(service: Service, fake: FakeTwilio) -> None:
    """The same message again, from whoever kept it or from Twilio's list, changes nothing; a new one does."""
    road = service.house.road
    assert (await fake.tell(service, "/twilio/sms", **STOP)).status == 200
    end = f"/v1/cases/C-1/facts/refusal:sms:{STOP['MessageSid']}/end"
    answer = await service.send("POST", end, "compliance", json={"reason": "asked us to write again"})
    assert answer.status in (200, 204), await answer.text()
    assert (await fake.tell(service, "/twilio/sms", **STOP)).status == 200
    assert await road.refuse(MOBILE, "sms", words="STOP", source="sms:another", by="twilio") is True


async def test_one_message_that_cannot_be_taken_in_keeps_no_stop_back(
    service: Service, fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of what came in while nobody listened is gone through to its end."""
    for sid, body in (("SM" + "5" * 32, "hello"), ("SM" + "6" * 32, "STOP")):
        fake.messages[sid] = {
            "sid": sid, "from": MOBILE, "to": "+12125550100", "body": body, "direction": "inbound",
            "status": "received", "date_sent": _NOW, "date_created": _NOW,
        }  # fmt: skip
    road = service.house.road
    take = road.written

    async def written(one: Any, line: str) -> bool:
        if one.words == "hello":
            raise BadInput("address", "cannot be")
        return await take(one, line)

    monkeypatch.setattr(road, "written", written)
    await road.ask_carriers()
    assert await road.refuse(MOBILE, "sms", words="STOP", source="sms:another", by="twilio") is False


async def test_nobody_is_rung_when_the_hour_is_over(service: Service, fake: FakeTwilio) -> None:
    """Forty seconds before nine the agent rings for ten, so that the person's thirty are over by then."""
    service.clock.advance(8 * 3600 - 40)
    answer = await service.send("POST", "/v1/calls", "agent", json=CALL | {"agent": "ana"})
    assert (await answer.json())["verdict"] == "allow"
    assert fake.last("Calls")["Timeout"] == "10"
    assert 'timeout="30"' in fake.last("Calls")["Twiml"]


async def test_a_stop_cuts_no_call_of_which_another_process_was_told(
    fake: FakeTwilio, start: Start, postgres_url: str
) -> None:
    """The agent answered and the person talks: only the process that placed the call was not told."""
    placing = await start(postgres_url, **fake.settings())
    hearing = await start(postgres_url, **fake.settings())
    assert (await placing.put_case(CASE)).status == 201
    answer = await placing.send("POST", "/v1/calls", "agent", json=CALL | {"agent": "ana"})
    assert (await answer.json())["verdict"] == "allow"
    (sid,) = fake.calls
    await fake.progress(hearing, sid, "initiated", "ringing", "in-progress")
    made = await placing.send("POST", "/v1/stops", "compliance", json={"reason": "drill"})
    assert (made.status, (await made.json())["withdrawn"]) == (201, 0)
    assert [path for method, path, _ in fake.asked if method == "POST" and "Calls/" in path] == []
