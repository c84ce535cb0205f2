"""Other systems' own hooks: Genesys' pre-dial validation, ViciDial's dispositions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from a_pbx import COLLECTOR, TELEPHONY, ask, furnished, rows, state
from a_service import Service, Start

from contactguard.errors import Busy, StoreDown

RECORD = {
    "GSW_PHONE": "2125550123",
    "GSW_CALL_ATTEMPT_GUID": "01J",
    "GSW_CAMPAIGN_NAME": "March",
    "GSW_RECORD_HANDLE": "7",
    "account_id": "C-1",
    "GSW_CALLING_LIST": "list",
}
DISPO = {
    "dispo": "NI",
    "phone_number": "2125550123",
    "phone_code": "1",
    "vendor_lead_code": "C-1",
    "lead_id": "193715",
    "user": "6666",
    "campaign": "TESTCAMP",
    "call_id": "V3051300000000193715",
    "uniqueid": "1772733600.1",
    "talk_time": "31",
    "term_reason": "CALLER",
    "call_notes": "",
}


@pytest.fixture
async def floor(start: Start, sqlite_url: str) -> Service:
    return await furnished(await start(sqlite_url, telephony=TELEPHONY, collector=COLLECTOR))


async def validate(service: Service, who: str | None = "dialler", **fields: str) -> tuple[int, str]:
    """A record that is about to be dialled."""
    answer = await service.send("POST", "/compat/genesys/validate", who, data=RECORD | fields)
    return answer.status, await answer.text()


async def dispose(service: Service, who: str | None = "dialler", **fields: str) -> tuple[int, str]:
    """A disposition."""
    answer = await service.send("GET", "/compat/vicidial/dispo", who, params=DISPO | fields)
    return answer.status, await answer.text()


async def test_genesys_is_told_to_dial_or_not(floor: Service) -> None:
    """200 and 409; a yes is a call under way, for the case and the campaign of the record."""
    assert (await validate(floor))[0] == 200
    (row,) = await rows(floor)
    assert (row["permit"] is not None, row["campaign"]) == (True, "March")
    status, text = await validate(floor, GSW_CALL_ATTEMPT_GUID="01K")
    assert (status, text.split(" ")[:2]) == (409, ["DENY", "too_soon"])


async def test_genesys_may_send_json(floor: Service) -> None:
    """One flat object says the same as a form."""
    answer = await floor.send("POST", "/compat/genesys/validate", "dialler", json=RECORD)
    assert answer.status == 200


async def test_an_attempt_without_an_id_of_its_own_is_told_by_its_record(floor: Service) -> None:
    """The record's handle alone would give a second attempt the answer of the first."""
    assert (await validate(floor, GSW_CALL_ATTEMPT_GUID=""))[0] == 409
    assert (await validate(floor, GSW_CALL_ATTEMPT_GUID="", GSW_ATTEMPTS="1"))[0] == 200
    assert (await validate(floor, GSW_CALL_ATTEMPT_GUID="", GSW_ATTEMPTS="2"))[0] == 409


@pytest.mark.parametrize("error", [lambda: RuntimeError("Maria"), StoreDown, lambda: Busy(3)])
async def test_genesys_does_not_dial_on_a_fault(floor: Service, error: Callable[[], Exception]) -> None:
    """409 as well: what another status would make of it is up to the dialler's settings."""

    class Failing:
        async def authorize(self, *_: Any) -> Any:
            raise error()

    floor.house.road = Failing()  # type: ignore[assignment]
    assert (await validate(floor))[0] == 409
    assert (await validate(floor, None))[0] == 409
    assert (await validate(floor, GSW_PHONE="911"))[0] == 200


async def test_a_disposition_ends_the_call_that_was_asked_for(floor: Service) -> None:
    """By ViciDial's own id of the call, over what the switch said of it."""
    permit = (await ask(floor, call_id=DISPO["call_id"], agent="6666", from_=None)).permit
    await floor.send("POST", "/pbx/report", "dialler", data={"permit": permit, "status": "ANSWER"})
    floor.clock.advance(5)
    assert await dispose(floor) == (200, "SUCCESS: call ended\n")
    assert (await state(floor, permit))["outcome"] == "conversation"
    (row,) = await rows(floor)
    assert row["agent"] == "6666"


async def test_a_status_in_no_table_leaves_what_the_switch_said(floor: Service) -> None:
    """And is told of."""
    permit = (await ask(floor, call_id=DISPO["call_id"], from_=None)).permit
    await floor.send("POST", "/pbx/report", "dialler", data={"permit": permit, "status": "NOANSWER"})
    floor.clock.advance(5)
    status, text = await dispose(floor, dispo="PTPX")
    assert (status, "not in the table" in text) == (200, True)
    assert (await state(floor, permit))["outcome"] == "no_answer"


async def test_a_call_that_was_not_asked_for_is_recorded_and_counted(floor: Service) -> None:
    """Once, however often it is told; dialled by ViciDial itself where its id says so."""
    for _ in range(2):
        assert await dispose(floor) == (200, "SUCCESS: contact recorded\n")
    (row,) = await rows(floor)
    assert (row["outcome"], row["placed"], row["agent"], row["campaign"]) == (
        "conversation", True, "6666", "TESTCAMP",
    )  # fmt: skip
    assert (await ask(floor)).first.startswith("DENY post_conversation_wait")


@pytest.mark.parametrize("lead", ["", "C-404"])
async def test_a_call_without_a_case_counts_for_whoever_lists_the_number(floor: Service, lead: str) -> None:
    """What happened is never refused entry."""
    status, text = await dispose(floor, vendor_lead_code=lead)
    assert (status, text) == (200, "SUCCESS: contact recorded for whoever lists the number\n")
    (row,) = await rows(floor)
    assert row["outcome"] == "conversation"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("NA", "no_answer"), ("AB", "busy"), ("DROP", "abandoned"), ("ADC", "not_in_service"), ("PTPX", "unknown")],
)
async def test_what_no_agent_saw_comes_too(floor: Service, code: str, outcome: str) -> None:
    """The No Agent Call URL: no answers, busy tones, drops; an unknown status counts as placed."""
    assert (await dispose(floor, dispo=code, user="VDAD"))[0] == 200
    (row,) = await rows(floor)
    assert row["outcome"] == outcome


@pytest.mark.parametrize("code", ["DNC", "DNCL"])
async def test_do_not_call_holds_before_the_answer(floor: Service, code: str) -> None:
    """For the number, whoever lists it; one that was found on a list was not dialled."""
    assert "number refused" in (await dispose(floor, dispo=code))[1]
    floor.clock.advance(30 * 86_400)
    answer = await ask(floor)
    assert answer.first.startswith("DENY ")
    assert "reasons: opted_out" in answer.text or "channel_refused" in answer.text
    assert len(await rows(floor)) == (2 if code == "DNC" else 1)


async def test_nothing_was_dialled_means_no_contact(floor: Service) -> None:
    """NEW, QUEUE, INCALL."""
    assert await dispose(floor, dispo="QUEUE") == (200, "SUCCESS: nothing was dialled\n")
    assert await rows(floor) == []


async def test_the_table_is_the_operator_s_own(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """A file goes before the shipped one."""
    own = tmp_path / "statuses.toml"
    own.write_text('[status]\nPTP = { outcome = "conversation", human = true }\n')
    service = await furnished(await start(sqlite_url, vicidial={"statuses_file": str(own)}))
    assert await dispose(service, dispo="PTP") == (200, "SUCCESS: contact recorded\n")
    assert (await rows(service))[0]["outcome"] == "conversation"


@pytest.mark.parametrize(
    ("who", "fields", "status"),
    [(None, {}, 401), ("case_system", {}, 403), ("dialler", {"dispo": ""}, 422), ("dialler", {"phone_number": ""}, 422),
     ("dialler", {"phone_number": "Maria"}, 422)],
)  # fmt: skip
async def test_a_disposition_of_nothing_is_refused(
    floor: Service, who: str | None, fields: dict[str, str], status: int
) -> None:
    """In ViciDial's own manner, and without quoting it."""
    got, text = await dispose(floor, who, **fields)
    assert (got, text.startswith("ERROR: "), "Maria" in text) == (status, True, False)
