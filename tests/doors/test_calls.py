"""One case through every call: put, asked about, permitted, reported, called, and read again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from a_service import CALL, CASE, MOBILE, NOON, Service

from contactguard.doors.jobs import guarded, purging, schedule
from contactguard.law import scenario
from contactguard.law.decide import encode
from contactguard.lines.loopback import Loopback


async def test_a_case_is_made_once_and_replaced_after(either: Service) -> None:
    """201 the first time (the fixture's), 200 from then on."""
    answer = await either.put_case()
    body = await answer.json()
    assert (answer.status, body["ref"], body["created"]) == (200, "C-1", False)


async def test_a_case_may_leave_out_what_the_path_and_the_numbers_say(service: Service) -> None:
    """The ref stands in the path; a number written nationally brings its own evidence of place."""
    body: dict[str, Any] = {
        "case": {"product": "medical"},
        "persons": [{"id": "P-9", "points": [{"address": "(212) 555-0177"}]}],
    }
    assert (await service.send("PUT", "/v1/cases/C-9", "case_system", json=body)).status == 201
    asked = CALL | {"case_ref": "C-9", "address": "+12125550177"}
    decision = await (await service.send("POST", "/v1/decisions", "agent", json=asked)).json()
    assert decision["whereabouts"]["zones"] == ["America/New_York"]
    assert decision["verdict"] == "allow"


async def test_questions_are_answered_in_order_and_reserve_nothing(either: Service) -> None:
    """A list gives a list, each for its own moment; nothing is added to the record."""
    before = await either.picture()
    asks = [CALL, CALL | {"at": "2026-03-05T07:59:59-05:00"}, CALL]
    answers = await (await either.send("POST", "/v1/decisions", "dialler", json=asks)).json()
    assert [one["verdict"] for one in answers] == ["allow", "deny", "allow"]
    assert answers[1]["next_allowed"] == "2026-03-05T08:00:00-05:00"
    alone = await (await either.send("POST", "/v1/decisions", "dialler", json=CALL)).json()
    assert alone["verdict"] == "allow"
    assert await either.picture() == before


async def test_a_permit_from_asking_to_the_record(either: Service) -> None:
    """Reserved, started, ended; the next is refused meanwhile; the record tells it all, newest first."""
    given = await either.ask()
    path = f"/v1/permits/{given['permit']['id']}"
    assert given["permit"]["expires_at"].startswith("2026-03-05T")
    refused = await either.ask()
    assert [reason["code"] for reason in refused["reasons"]] == ["too_soon"]
    states = [(await (await either.send("GET", path, "agent")).json())["state"]]
    for number, event in enumerate(({"type": "dialled"}, {"type": "ended", "outcome": "conversation"})):
        body = event | {"event_id": f"e{number}", "at": NOON}
        states.append((await (await either.send("POST", path + "/events", "agent", json=body)).json())["state"])
    assert states == ["reserved", "started", "ended"]
    page = await (await either.send("GET", "/v1/cases/C-1/contacts", "compliance", params={"limit": "1"})).json()
    rows = list(page["items"])
    while page["next"] is not None:
        more = {"limit": "1", "cursor": page["next"]}
        page = await (await either.send("GET", "/v1/cases/C-1/contacts", "compliance", params=more)).json()
        rows += page["items"]
    assert {(row["verdict"], row["outcome"]) for row in rows} == {("allow", "conversation"), ("deny", "refused")}


async def test_a_past_decision_can_be_decided_again(either: Service) -> None:
    """Its facts, decided once more, give the same bytes."""
    given = await either.ask()
    answer = await either.send("GET", f"/v1/decisions/{given['id']}/scenario", "compliance")
    (told,) = scenario.read(await answer.read(), "told")
    again = told.decide(either.house.book)
    given.pop("permit")
    assert json.loads(encode(again)) == given


async def test_a_fact_is_in_force_before_the_answer_and_can_be_taken_back(either: Service) -> None:
    """Someone who says stop is not called again, unless the agent misheard and says so at once."""
    stop = {"person_id": "P-1", "restriction": {"kind": "address_refused", "address": MOBILE}, "words": "stop"}
    made = await either.send("POST", "/v1/cases/C-1/facts", "agent", json=stop)
    fact = await made.json()
    assert made.status == 201
    assert "opted_out" in {reason["code"] for reason in (await either.ask())["reasons"]}
    gone = await either.send("DELETE", f"/v1/cases/C-1/facts/{fact['id']}", "agent")
    assert (gone.status, await gone.read()) == (204, b"")
    assert (await either.ask())["verdict"] == "allow"


async def test_compliance_ends_a_fact_with_a_reason(either: Service) -> None:
    """Later than 60 seconds only so; without a reason not at all."""
    stop = {"person_id": "P-1", "restriction": {"kind": "channel_refused", "channel": "voice"}}
    fact = await (await either.send("POST", "/v1/cases/C-1/facts", "agent", json=stop)).json()
    path = f"/v1/cases/C-1/facts/{fact['id']}"
    assert (await either.send("POST", path + "/end", "compliance", json={"reason": ""})).status == 422
    assert (await either.ask())["verdict"] == "deny"
    assert (await either.send("POST", path + "/end", "compliance", json={"reason": "withdrawn"})).status == 204
    assert (await either.ask())["verdict"] == "allow"


async def test_now_says_for_everyone_what_may_start(service: Service) -> None:
    """Person, address, channel, yes or no; the same answer as the question alone gives."""
    body = await (await service.send("GET", "/v1/cases/C-1/now", "agent")).json()
    calls = [row for row in body["items"] if row["channel"] == "voice"]
    assert [(row["person"], row["address"], row["verdict"]) for row in calls] == [("P-1", MOBILE, "allow")]
    assert body["case_ref"] == "C-1"


async def test_our_own_line_carries_a_call(start: Any, sqlite_url: str) -> None:
    """Asked and placed in one; its status by the permit's id; withdrawn, it ends."""
    service: Service = await start(sqlite_url)
    service.house.road.lines = {"voice": Loopback(service.clock, pause=_for_ever)}
    await service.put_case(CASE)
    given = await (await service.send("POST", "/v1/calls", "agent", json=CALL)).json()
    path = f"/v1/calls/{given['permit']['id']}"
    assert (await (await service.send("GET", path, "agent")).json())["state"] in ("reserved", "started")
    assert (await service.send("DELETE", path, "agent")).status == 200


async def _for_ever(_: float) -> None:
    """Nothing happens on this line unless someone hangs up."""
    import asyncio

    await asyncio.Event().wait()


async def test_each_kind_of_periodic_work_runs(service: Service) -> None:
    """All of it is planned, each at its own pace; running one counts it."""
    jobs = {job.id: job for job in schedule(service.house).get_jobs()}
    assert set(jobs) == {"expire", "reconcile", "keys", "rulebook", "imports", "stops", "carriers", "purge", "homes"}
    for name in jobs:
        await jobs[name].func()
    page = await (await service.send("GET", "/metrics", None)).text()
    for name in jobs:  # the service's own rounds may have come between
        assert re.search(rf'^contactguard_jobs_total{{job="{name}",result="done"}} [1-9]', page, re.MULTILINE), name


async def test_work_that_fails_is_counted_and_tried_again(service: Service) -> None:
    """A fault in one round does not end the rounds."""

    async def fail() -> None:
        raise RuntimeError("Maria")

    work = guarded(service.house, "expire", fail)
    await work()
    await work()
    page = await (await service.send("GET", "/metrics", None)).text()
    assert 'contactguard_jobs_total{job="expire",result="failed"} 2.0' in page


async def test_idempotency_keys_are_forgotten_after_a_day(service: Service) -> None:
    """Not one second sooner than 24 hours; then the same key may be used anew."""
    headers = {"Idempotency-Key": "k"}
    bodies = [CALL, CALL | {"mode": "preview"}]
    status = []
    for seconds in (0, 86_399, 2):
        service.clock.advance(seconds)
        await purging(service.house)()
        body = bodies[min(len(status), 1)]
        status.append((await service.send("POST", "/v1/permits", "agent", json=body, headers=headers)).status)
    assert status == [200, 422, 200]


@pytest.mark.parametrize("number", ["911", "112"])
async def test_emergency_numbers_pass_without_a_case(service: Service, number: str) -> None:
    """Undelayed and unasked, also by a key bound to an agent."""
    await service.key("ana", "agent", agent="Ana")
    answer = await service.send("POST", "/v1/permits", "ana", json={"channel": "voice", "address": number})
    assert (answer.status, (await answer.json())["verdict"]) == (200, "allow")


async def test_exchanges_with_carriers_are_for_compliance(service: Service) -> None:
    """Empty for a contact that no carrier of ours was asked about; nobody else may read them."""
    given = await service.ask()
    path = f"/v1/permits/{given['permit']['id']}/exchanges"
    answer = await service.send("GET", path, "compliance")
    assert (answer.status, await answer.json()) == (200, [])
    assert (await service.send("GET", path, "agent")).status == 403
    assert (await service.send("GET", "/v1/permits/none/exchanges", "compliance")).status == 404
