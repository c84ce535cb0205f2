"""FreeSWITCH asks for the dialplan of a call, and gets a document that bridges or refuses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from a_pbx import COLLECTOR, TELEPHONY, furnished, rows
from a_service import Service, Start

CHANNEL = {
    "section": "dialplan",
    "tag_name": "",
    "Event-Name": "REQUEST_PARAMS",
    "Unique-ID": "7b0e",
    "Caller-Context": "agents",
    "Caller-Destination-Number": "2125550123",
    "Hunt-Destination-Number": "2125550123",
    "Caller-Caller-ID-Number": "101",
    "variable_sip_call_id": "call-1@pbx",
    "variable_user_name": "ana",
    "variable_switch_r_sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n",
}


@pytest.fixture
async def floor(start: Start, sqlite_url: str) -> Service:
    switches = {"bridge": "sofia/gateway/carrier/{digits}", "extension_bridge": "user/{number}"}
    return await furnished(await start(sqlite_url, telephony=TELEPHONY, collector=COLLECTOR, switches=switches))


async def ask(
    service: Service, who: str | None = "dialler", call_id: str = "call-1", **fields: str
) -> ElementTree.Element:
    """The document that comes back."""
    given = CHANNEL | {name.replace("_", "-"): value for name, value in fields.items()}
    given["variable_sip_call_id"] = call_id
    answer = await service.send("POST", "/pbx/freeswitch", who, data=given)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    return ElementTree.fromstring(await answer.text())


def actions(document: ElementTree.Element) -> list[tuple[str, str]]:
    """What its one extension does."""
    (condition,) = document.findall("./section[@name='dialplan']/context[@name='agents']/extension/condition")
    return [(one.attrib["application"], one.attrib["data"]) for one in condition]


async def test_a_yes_bridges_and_keeps_the_permit_on_the_agent_s_leg(floor: Service) -> None:
    """Set, never exported; headers of the agent's telephone go no further; the collector's number is shown."""
    done = actions(await ask(floor))
    (row,) = await rows(floor)
    assert row["agent"] == "ana"
    assert done[-1] == ("bridge", "sofia/gateway/carrier/12125550123")
    assert ("set", f"cg_permit={row['permit']}") in done
    assert ("set", "sip_copy_custom_headers=false") in done
    assert ("set", "call_timeout=30") in done
    assert ("set", "effective_caller_id_number=+12125550100") in done
    assert ("set", "effective_caller_id_name=+12125550100") in done
    assert not any(application == "export" or "sip_h_" in data for application, data in done)
    assert row["permit"] not in done[-1][1]


async def test_a_no_answers_603_with_the_fixed_sentence(floor: Service) -> None:
    """And hangs up a leg that speaks no SIP."""
    await ask(floor)
    assert actions(await ask(floor, call_id="call-2")) == [
        ("set", "cg_reason=too_soon"),
        ("respond", "603 It is too soon for another call."),
        ("hangup", "CALL_REJECTED"),
    ]


async def test_other_sections_are_none_of_its_business(floor: Service) -> None:
    """Not found, so that FreeSWITCH looks into its own files."""
    document = await ask(floor, section="directory")
    assert document.find("./section[@name='result']/result[@status='not found']") is not None
    assert (await ask(floor, None, section="directory")).find(".//result") is not None


@pytest.mark.parametrize(
    ("number", "last"),
    [("911", ("bridge", "sofia/gateway/carrier/911")), ("1001", ("bridge", "user/1001"))],
)
@pytest.mark.parametrize("who", ["dialler", None])
async def test_emergency_and_internal_calls_pass(
    floor: Service, number: str, last: tuple[str, str], who: str | None
) -> None:
    """By the way out for calls, and by the directory; with a key and without."""
    done = actions(await ask(floor, who, Hunt_Destination_Number=number))
    assert done[-1] == last
    assert not any("call_timeout" in data for _, data in done)


@pytest.mark.parametrize("fields", [{"Hunt_Destination_Number": "abc"}, {"Hunt_Destination_Number": "${system(x)}"}])
async def test_rubbish_is_refused_and_not_repeated(floor: Service, fields: dict[str, str]) -> None:
    """What was dialled never reaches an application's data unless it is a number."""
    done = actions(await ask(floor, **fields))
    assert ("hangup", "CALL_REJECTED") in done
    assert "system" not in str(done)


async def test_a_context_that_is_no_name_is_not_repeated(floor: Service) -> None:
    """The document names the default instead."""
    document = await ask(floor, Caller_Context='"><x/>')
    assert [one.attrib["name"] for one in document.iter("context")] == ["default"]


async def test_a_fault_refuses_with_a_document(floor: Service) -> None:
    """Always 200: a document under any other status is not read, and what stands behind it would be."""

    class Failing:
        async def authorize(self, *_: Any) -> Any:
            raise RuntimeError("Maria")

    floor.house.road = Failing()  # type: ignore[assignment]
    assert actions(await ask(floor))[1] == ("respond", "603 The gate cannot decide now. Do not place this call.")
    assert ("hangup", "CALL_REJECTED") in actions(await ask(floor, None))


def cdr(permit: str | None, **variables: str) -> str:
    """A call's record as mod_json_cdr writes it, values percent-encoded."""
    own = {"direction": "inbound", "uuid": "7b0e", **variables} | ({"cg_permit": permit} if permit else {})
    return json.dumps({"core-uuid": "x", "variables": {name: quote(value) for name, value in own.items()}})


async def tell(service: Service, body: str, encoded: bool = False) -> tuple[int, str]:
    """What mod_json_cdr posts."""
    options: dict[str, Any] = {"data": {"cdr": body}} if encoded else {"data": body}
    headers = {} if encoded else {"Content-Type": "application/json"}
    answer = await service.send("POST", "/pbx/freeswitch/cdr", "dialler", headers=headers, **options)
    return answer.status, (await answer.text()).strip()


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ({"originate_disposition": "SUCCESS", "hangup_cause": "NORMAL_CLEARING", "billsec": "31"}, "answered"),
        ({"originate_disposition": "USER_BUSY", "hangup_cause": "USER_BUSY", "billsec": "0"}, "busy"),
        ({"originate_disposition": "NO_ANSWER", "hangup_cause": "NO_ANSWER"}, "no_answer"),
        ({"originate_disposition": "ORIGINATOR_CANCEL", "hangup_cause": "ORIGINATOR_CANCEL"}, "no_answer"),
        ({"originate_disposition": "NORMAL_TEMPORARY_FAILURE"}, "failed"),
        ({"hangup_cause": "NORMAL_CLEARING", "billsec": "0"}, "unknown"),
        ({}, "unknown"),
    ],
)
async def test_a_record_of_the_call_ends_it(
    floor: Service, variables: dict[str, str], outcome: str, encoded: bool
) -> None:
    """By the permit that the document set, posted plain or as a form; sent again it counts once."""
    await ask(floor)
    permit = (await rows(floor))[0]["permit"]
    for _ in range(2):
        assert await tell(floor, cdr(permit, **variables), encoded) == (200, f"OK ended {outcome}")
    assert (await rows(floor))[0]["outcome"] == outcome


async def test_a_record_of_another_leg_is_taken_and_left_alone(floor: Service) -> None:
    """FreeSWITCH would send it again for ever; one of a permit that is not there is refused."""
    assert (await tell(floor, cdr(None)))[0] == 200
    assert (await tell(floor, cdr("none")))[0] == 404
    assert (await tell(floor, "{}"))[0] == 422
    assert (await tell(floor, "{"))[0] == 400
    assert (await tell(floor, "", encoded=True))[0] == 400
