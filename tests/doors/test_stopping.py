"""Stops over HTTP: who may, what comes back, and that a request sent twice halts once."""

from __future__ import annotations

from typing import Any

import pytest
from a_service import CALL, Service, Start


@pytest.fixture
async def service(start: Start, store_url: str) -> Service:
    """A service with one case."""
    running = await start(store_url)
    await running.put_case()
    return running


async def _make(service: Service, who: str = "compliance", key: str | None = None, **stop: Any) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = await service.send("POST", "/v1/stops", who, json={"reason": "a recall"} | stop, headers=headers)
    return answer.status, await answer.json()


async def _listed(service: Service) -> list[dict[str, Any]]:
    answer = await service.send("GET", "/v1/stops", "compliance")
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items


async def test_a_stop_is_made_shown_and_lifted(service: Service) -> None:
    """It holds with its answer and is gone with the answer to its end, whose reason is in the record."""
    permit = (await service.ask())["permit"]["id"]
    status, made = await _make(service, channel="voice")
    assert (status, made["revoked"], made["in_force"]) == (201, 1, True)
    answer = await service.ask()
    assert [(one["code"], one["rule"]) for one in answer["reasons"]] == [("paused", "gate.stop")]
    state = await service.send("GET", f"/v1/permits/{permit}", "agent")
    assert (await state.json())["state"] == "revoked"
    (shown,) = await _listed(service)
    assert (shown["id"], shown["by"], shown["from"]) == (made["id"], "compliance", made["at"])
    gone = await service.send("DELETE", f"/v1/stops/{made['id']}", "admin", params={"reason": "sorted out"})
    assert gone.status == 204
    assert (await service.ask())["verdict"] == "allow"
    assert await _listed(service) == []
    assert (await service.send("DELETE", f"/v1/stops/{made['id']}", "admin")).status == 404


@pytest.mark.parametrize("who", ["agent", "dialler", "case_system"])
async def test_only_who_answers_for_contacts_may(service: Service, who: str) -> None:
    """Neither agents nor systems make, see or lift stops."""
    assert (await _make(service, who))[0] == 403
    assert (await service.send("GET", "/v1/stops", who)).status == 403
    assert (await service.send("DELETE", "/v1/stops/x", who)).status == 403


@pytest.mark.parametrize(
    ("stop", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"channel": "pigeon"}, "channel"),
        ({"collector": "nobody"}, "collector"),
        ({"jurisdiction": "ZZ"}, "jurisdiction"),
        ({"cases": []}, "cases"),
        ({"campain": "spring"}, "campain"),
    ],
)
async def test_what_makes_no_sense_is_refused(service: Service, stop: dict[str, Any], field: str) -> None:
    """The field is named, and nothing is halted."""
    status, problem = await _make(service, **stop)
    assert status == 422
    assert field in problem["detail"]
    assert await _listed(service) == []


async def test_a_request_sent_twice_halts_once(service: Service) -> None:
    """The same key gives the same answer, even after the stop was lifted; another body under it is refused."""
    first = await _make(service, key="k-1", cases=["C-1"])
    assert await _make(service, key="k-1", cases=["C-1"]) == first
    assert len(await _listed(service)) == 1
    await service.send("DELETE", f"/v1/stops/{first[1]['id']}", "compliance")
    assert await _make(service, key="k-1", cases=["C-1"]) == first
    assert await _listed(service) == []
    assert (await _make(service, key="k-1", cases=["C-2"]))[0] == 422


async def test_a_recalled_placement_goes_in_one_call(service: Service) -> None:
    """A list longer than other calls' bodies may be is taken, and says which of its cases are not here."""
    cases = [f"recalled-placement-{number:08}" for number in range(60_000)]
    status, made = await _make(service, cases=[*cases, "C-1"])
    assert (status, made["cases"], made["unknown"], len(made["unknown_cases"])) == (201, 60_001, 60_000, 20)
    answer = await service.send("POST", "/v1/decisions", "agent", json=CALL)
    assert [reason["code"] for reason in (await answer.json())["reasons"]] == ["paused"]
