"""Whatever goes wrong on the way to a contact, the answer is no; and nothing personal leaks out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from a_service import CALL, CASE, MOBILE, Service, Start, Wire

from contactguard.errors import Busy, StoreDown

SECRET = "Maria Lopez +12125550123"


class Failing:
    """A road on which every step fails in the same way."""

    def __init__(self, error: Callable[[], Exception]) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any, **__: Any) -> Any:
            raise self._error()

        return fail


def failing(service: Service, error: Callable[[], Exception]) -> None:
    """From now on the road fails."""
    service.house.road = Failing(error)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lambda: RuntimeError(SECRET), "service_unavailable"),
        (lambda: KeyError(SECRET), "service_unavailable"),
        (StoreDown, "service_unavailable"),
        (lambda: Busy(3), "capacity"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/permits", "/v1/decisions", "/v1/calls"])
async def test_a_fault_on_the_way_to_a_contact_is_a_no(
    service: Service, path: str, error: Callable[[], Exception], code: str
) -> None:
    """503 for clients that look at the status, a decision that denies for those that look at the body."""
    failing(service, error)
    answer = await service.send("POST", path, "agent", json=CALL)
    body = await answer.json()
    assert (answer.status, body["verdict"], body["permit"]) == (503, "deny", None)
    assert [(reason["code"], reason["rule"]) for reason in body["reasons"]] == [(code, f"gate.{code}")]
    assert body["at"] == "2026-03-05T18:00:00Z"
    assert answer.headers["Retry-After"] == ("3" if code == "capacity" else "1")
    assert "Lopez" not in await answer.text()


async def test_the_no_of_a_fault_has_every_member_of_a_decision(service: Service) -> None:
    """A client that reads decisions needs no other reader for it."""
    decided = await (await service.send("POST", "/v1/decisions", "agent", json=CALL)).json()
    failing(service, StoreDown)
    denied = await (await service.send("POST", "/v1/decisions", "agent", json=CALL)).json()
    assert decided.keys() <= denied.keys()


@pytest.mark.parametrize(
    ("method", "path", "who", "body"),
    [
        ("PUT", "/v1/cases/C-1", "case_system", CASE),
        ("GET", "/v1/cases/C-1/now", "agent", None),
        ("GET", "/v1/cases/C-1/contacts", "compliance", None),
        ("GET", "/v1/decisions/d/scenario", "compliance", None),
    ],
)
async def test_a_fault_elsewhere_is_a_problem_that_names_its_log_line(
    service: Service, logged: None, capfd: pytest.CaptureFixture[str], method: str, path: str, who: str, body: Any
) -> None:
    """500 with an id found in the log; neither has the exception's text, which may hold anything."""
    failing(service, lambda: RuntimeError(SECRET))
    answer = await service.send(method, path, who, json=body)
    problem = await answer.json()
    assert (answer.status, answer.content_type) == (500, "application/problem+json")
    written = capfd.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    (fault,) = [line for line in lines if line["event"] == "request failed"]
    assert fault["fault"] in problem["detail"]
    assert (fault["error"], fault["level"]) == ("RuntimeError", "error")
    assert any("fail" in place for place in fault["through"])
    assert "Lopez" not in written + await answer.text()


async def test_a_request_is_logged_without_what_it_says(
    service: Service, logged: None, capfd: pytest.CaptureFixture[str]
) -> None:
    """The template of its path, never the path, the query or the body."""
    await service.send("GET", "/v1/cases/C-1/contacts?person=P-1&channel=voice", "compliance")
    await service.send("GET", "/v1/cases/C-1/now", "agent")
    written = capfd.readouterr().err
    routes = [json.loads(line).get("route") for line in written.splitlines()]
    assert "/v1/cases/{ref}/contacts" in routes
    assert not any(word in written for word in ("C-1", "P-1", "voice", MOBILE))


async def test_a_store_that_went_away_means_no_and_not_ready(start: Start, postgres_url: str, tmp_path: Path) -> None:
    """No database, no contact: except emergency numbers, which pass undelayed."""
    wire = await Wire.to_postgres(tmp_path)
    service = await start(f"{postgres_url}?host={wire.folder}")
    assert (await service.put_case()).status == 201
    assert (await service.ask())["verdict"] == "allow"
    await wire.cut()
    answer = await service.send("POST", "/v1/permits", "agent", json=CALL)
    body = await answer.json()
    assert (answer.status, body["verdict"]) == (503, "deny")
    assert body["reasons"][0]["code"] == "service_unavailable"
    ready = await service.send("GET", "/readyz", None)
    assert (ready.status, (await ready.json())["ready"]) == (503, False)
    for number in ("911", "112"):
        urgent = await service.send("POST", "/v1/permits", "agent", json={"channel": "voice", "address": number})
        assert (urgent.status, (await urgent.json())["verdict"]) == (200, "allow")
    other = await service.send("PUT", "/v1/cases/C-1", "case_system", json=CASE)
    assert (other.status, other.content_type) == (503, "application/problem+json")
    assert int(other.headers["Retry-After"]) >= 1
