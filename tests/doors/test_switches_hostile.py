"""What a switch hands on from its callers, chosen to break what we answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from a_pbx import ask, furnished, rows
from a_service import MOBILE, Service, Start

TWISTED = ['101" <sip:x@y>', "101\r\nX-Evil: 1", "101>;tag=1", "101,102", "10\x1b[31m1"]


@pytest.fixture
async def floor(start: Start, sqlite_url: str) -> Service:
    """A collector that lists no numbers, so that any may be shown, and Kamailio's gateway."""
    collector = [{"id": "acme", "name": "Acme Recovery"}]
    return await furnished(await start(sqlite_url, switches={"gateway": "gw.example:5060"}, collector=collector))


@pytest.mark.parametrize("shown", TWISTED)
async def test_a_number_to_show_that_would_break_out_of_its_header_is_a_no(floor: Service, shown: str) -> None:
    """It goes into SIP headers, dialplans and routes as it stands, so it is a number or a plain name, or nothing."""
    answer = await ask(floor, format="json", caller_id=shown)
    said: dict[str, Any] = json.loads(answer.text)
    assert (said["decision"], said["routes"]) == ("deny", []), answer.text
    assert await rows(floor) == []


@pytest.mark.parametrize("shown", ["+12125550199", "(212) 555-0199", "72662", "Acme Recovery"])
async def test_a_plain_number_to_show_is_taken(floor: Service, shown: str) -> None:
    """Numbers in any writing, short codes, names that a network shows; a route bears numbers alone."""
    said: dict[str, Any] = json.loads((await ask(floor, format="json", caller_id=shown)).text)
    assert said["decision"] == "allow"
    (route,) = said["routes"]
    assert route["uri"] == f"sip:{MOBILE}@gw.example:5060"
    assert ("headers" in route) == (shown != "Acme Recovery")


@pytest.mark.parametrize("to", ["+911", "00911", "00 911", "911*", "*911", "911#1", "9112125550123", "0911", "9-911"])
@pytest.mark.parametrize("who", [None, "dialler"])
async def test_what_only_looks_like_an_emergency_number_does_not_pass(floor: Service, to: str, who: str | None) -> None:
    """Exactly such a number, or none; without a key nothing is written down of it."""
    before = await floor.picture()
    answer = await ask(floor, who, to=to)  # type: ignore[arg-type]
    assert answer.text.startswith("DENY "), answer.text
    assert who is not None or await floor.picture() == before


async def test_two_dispositions_without_an_id_of_the_call_are_two_calls(floor: Service) -> None:
    """Alike to the letter, a day apart: the second is counted, too. At once, it is the same one told again."""
    told = {"dispo": "NA", "phone_number": "2125550123", "vendor_lead_code": "C-1", "user": "6666"}
    for days in (0, 0, 1):
        floor.clock.advance(days * 86_400)
        answer = await floor.send("POST", "/compat/vicidial/dispo", "dialler", data=told)
        assert answer.status == 200, await answer.text()
    assert [row["placed"] for row in await rows(floor)] == [True, True]
