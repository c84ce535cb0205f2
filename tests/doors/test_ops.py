"""What those who run the service see."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest
from a_service import CALL, Service, Start

from contactguard.doors import page
from contactguard.doors.house import House
from contactguard.records.store import Health


async def test_health_names_what_decisions_rest_on(service: Service) -> None:
    """Versions of data and engine, and that the clock is not the machine's."""
    body = await (await service.send("GET", "/healthz", None)).json()
    assert body["status"] == "ok"
    assert {"contactguard", "python", "sqlite", "tzdata", "phonenumbers", "rulebook"} <= body["versions"].keys()
    assert body["versions"]["rulebook"] == service.house.book.digest
    assert body["clock"] == {"now": "2026-03-05T18:00:00Z", "simulated": True}
    assert any("simulated" in warning for warning in body["warnings"])


async def test_health_warns_of_an_sqlite_that_can_damage_files(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 3.51.3 it says so and what to do; from there on it does not."""
    said = {}
    for version in ((3, 51, 2), (3, 51, 3)):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
        warnings = (await (await service.send("GET", "/healthz", None)).json())["warnings"]
        said[version] = any("3.51.3" in warning for warning in warnings)
    assert said == {(3, 51, 2): True, (3, 51, 3): False}


async def test_ready_when_the_store_answers(either: Service) -> None:
    """Each condition is listed with what was found."""
    answer = await either.send("GET", "/readyz", None)
    body = await answer.json()
    assert (answer.status, body["ready"]) == (200, True)
    assert [check["name"] for check in body["checks"]] == ["open", "store", "clock", "imports", "stops", "rulebook"]


async def test_a_service_says_what_it_was_never_told(service: Service) -> None:
    """Until restrictions and past contacts were loaded or declined by somebody, readiness and the page of calls say so;
    requests are answered all the same.
    """
    imports = service.house.road.imports
    first = await _found(service)
    assert "No list of restrictions" in first
    assert "No past contacts" in first
    assert "No past contacts" in await (await service.send("GET", "/docs", None)).text()
    await imports.decline("contacts", "Ana", "a new agency: nobody was ever called")
    assert "No past contacts" not in await _found(service)
    await imports.finished("restrictions", {"kind": "restrictions", "rows": 1, "refused": 0})
    assert await _found(service) == "restrictions and past contacts were loaded or declined"
    assert "role=note" not in await (await service.send("GET", "/docs", None)).text()


async def _found(service: Service) -> str:
    body = await (await service.send("GET", "/readyz", None)).json()
    assert body["ready"]
    (found,) = (check["found"] for check in body["checks"] if check["name"] == "imports")
    return str(found)


class _Apart:
    """A store whose clock differs from this process's by `skew` seconds."""

    def __init__(self, house: House, skew: float) -> None:
        self._store, self._skew = house.store, skew

    async def health(self) -> Health:
        return msgspec.structs.replace(await self._store.health(), skew=self._skew)


@pytest.mark.parametrize(("skew", "status"), [(0.5, 200), (-0.5, 200), (0.501, 503), (-2.0, 503)])
async def test_a_node_whose_clock_is_off_is_not_ready(service: Service, skew: float, status: int) -> None:
    """More than 500 ms either way, and another node must answer."""
    house, store = service.house, service.house.store
    house.store = _Apart(house, skew)  # type: ignore[assignment]
    house.clock.simulated = False
    try:
        answer = await service.send("GET", "/readyz", None)
        assert answer.status == status
        assert ("2000 ms" in await answer.text()) == (skew == -2.0)
    finally:
        house.store = store


async def test_figures_count_what_was_asked_and_answered(service: Service) -> None:
    """Verdicts with their leading code, events by type, latencies by route template."""
    given = await service.ask()
    await service.ask(address="+12125550199")
    await service.send("POST", "/v1/decisions", "agent", json=[CALL, CALL])
    event = {"event_id": "1", "type": "dialled", "at": "2026-03-05T18:00:00Z"}
    await service.send("POST", f"/v1/permits/{given['permit']['id']}/events", "agent", json=event)
    answer = await service.send("GET", "/metrics", None)
    lines = (await answer.text()).splitlines()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'contactguard_permits_total{code="",verdict="allow"} 1.0' in lines
    assert any(line.startswith("contactguard_permits_total{code=") and 'verdict="deny"} 1.0' in line for line in lines)
    assert 'contactguard_events_total{type="dialled"} 1.0' in lines
    route = 'method="POST",route="/v1/permits/{id}/events",status="200"'
    assert f"contactguard_http_request_seconds_count{{{route}}} 1.0" in lines
    assert "contactguard_writer_waiting 0.0" in lines
    assert given["permit"]["id"] not in "\n".join(lines)


async def test_the_description_is_served_to_machines_and_people(service: Service) -> None:
    """JSON, and a page whose policy lets nothing in from elsewhere."""
    described = await service.send("GET", "/openapi.json", None)
    assert (await described.json())["openapi"] == "3.1.0"
    shown = await service.send("GET", "/docs", None)
    assert shown.headers["Content-Security-Policy"] == page.POLICY
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "/v1/permits/{id}/events" in await shown.text()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/v1/nothing/C-1", 404), ("PATCH", "/v1/permits", 405), ("GET", "/v1/permits", 405)],
)
async def test_unknown_paths_and_methods_are_problems_too(
    service: Service, method: str, path: str, status: int
) -> None:
    """Also what no route takes is answered in the one form; nothing of the path is repeated."""
    answer = await service.send(method, path, "agent")
    body = await answer.json()
    assert (answer.status, answer.content_type, body["status"]) == (status, "application/problem+json", status)
    assert path not in body["detail"] or path == "/"
    assert (status == 405) == (answer.headers.get("Allow") == "POST")


async def test_nothing_from_the_api_is_kept_by_caches(service: Service) -> None:
    """Answers hold personal data, so they are neither stored on the way nor sniffed."""
    answer = await service.send("POST", "/v1/decisions", "agent", json=CALL)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_two_services_cannot_hold_one_file(service: Service, start: Start) -> None:
    """The second is told so and stops; the first goes on."""
    from contactguard.errors import BadInput

    with pytest.raises(BadInput, match="another process"):
        await start(service.house.settings.store.url)
    assert (await service.send("GET", "/readyz", None)).status == 200
