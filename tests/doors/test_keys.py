"""Who may do what: keys, scopes, and keys that speak for one agent."""

from __future__ import annotations

import pytest
from a_service import CALL, NOON, Service

from contactguard.doors.api import ROUTES
from contactguard.doors.auth import Buckets
from contactguard.doors.problems import Problem
from contactguard.sections import Limits

GUARDED = [route for route in ROUTES if not route.open_to_all and route.signed is None]
WORDED = [route for route in GUARDED if route.says is not None and 401 not in route.answers]
"""Doors whose callers understand a refusal of their own kind alone."""


def path_of(template: str) -> str:
    """A path of this shape that leads to nothing."""
    return template.format(ref="C-0", id="none", fact="none")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer cg_no", "cg_no"])
async def test_without_a_valid_key_no_door_opens(service: Service, authorization: str | None) -> None:
    """401 at every call that is not an operator's, with the challenge of RFC 6750."""
    headers = {} if authorization is None else {"Authorization": authorization}
    for route in GUARDED:
        answer = await service.send(route.method, path_of(route.path), None, headers=headers, json={})
        if route in WORDED:
            assert refuses(await answer.text()), route.path
            continue
        assert answer.status == 401, route.path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert route.says is not None or (await answer.json())["type"] == "/docs#problem-no-key"


def refuses(text: str) -> bool:
    """A no in the words of a dialler or a switch."""
    return text.startswith("DENY ") or 'application="hangup"' in text


async def test_a_revoked_key_is_unknown_at_once(service: Service) -> None:
    """Whoever loses a key can close the door behind it."""
    key, token = await service.house.store.keys.create("lost", ["agent"])
    service.tokens["lost"] = token
    assert (await service.send("POST", "/v1/decisions", "lost", json=CALL)).status == 200
    await service.house.store.keys.revoke(key.id)
    assert (await service.send("POST", "/v1/decisions", "lost", json=CALL)).status == 401


@pytest.mark.parametrize("route", [route for route in GUARDED if route.scopes], ids=lambda route: route.name)
async def test_a_key_of_another_scope_is_refused(service: Service, route: object) -> None:
    """403 that names the scope needed, for every scope that is not among those of the call."""
    for scope in {"agent", "dialler", "case_system", "compliance", "admin"} - route.scopes:  # type: ignore[attr-defined]
        answer = await service.send(route.method, path_of(route.path), scope, json={})  # type: ignore[attr-defined]
        text = await answer.text()
        assert refuses(text) if route in WORDED else answer.status == 403
        assert route in WORDED or all(wanted in text for wanted in route.scopes)  # type: ignore[attr-defined]


async def test_a_key_bound_to_an_agent_speaks_for_that_agent_alone(service: Service) -> None:
    """The agent is filled in; naming another is refused, and nothing is reserved by it."""
    await service.key("ana", "agent", agent="Ana")
    refused = await service.send("POST", "/v1/permits", "ana", json=CALL | {"agent": "Bo"})
    assert refused.status == 403
    given = await (await service.send("POST", "/v1/permits", "ana", json=CALL)).json()
    state = await (await service.send("GET", f"/v1/permits/{given['permit']['id']}", "ana")).json()
    assert (given["verdict"], state["agent"]) == ("allow", "Ana")


async def test_a_key_bound_to_an_agent_sees_that_agents_contacts_alone(service: Service) -> None:
    """Others' contacts are for compliance and the case system."""
    await service.key("ana", "agent", agent="Ana")
    for event_id, who, agent in (("e1", "ana", None), ("e2", "agent", "Bo")):
        body = {"event_id": event_id, "at": NOON, "channel": "voice", "outcome": "no_answer", "person": "P-1"}
        body |= {"address": CALL["address"]} | ({"agent": agent} if agent else {})
        assert (await service.send("POST", "/v1/cases/C-1/contacts", who, json=body)).status == 201
    seen = {}
    for who in ("ana", "compliance", "case_system"):
        page = await (await service.send("GET", "/v1/cases/C-1/contacts", who)).json()
        seen[who] = {item["agent"] for item in page["items"]}
    assert seen == {"ana": {"Ana"}, "compliance": {"Ana", "Bo"}, "case_system": {"Ana", "Bo"}}
    asked = await service.send("GET", "/v1/cases/C-1/contacts", "ana", params={"agent": "Bo"})
    assert asked.status == 403


async def test_anothers_permit_cannot_be_seen_or_used(either: Service) -> None:
    """A permit belongs to the key that asked; compliance may look at it and no more."""
    await either.key("other", "agent")
    permit = (await either.ask())["permit"]["id"]
    event = {"event_id": "e1", "type": "dialled", "at": NOON}
    assert (await either.send("GET", f"/v1/permits/{permit}", "other")).status == 404
    assert (await either.send("POST", f"/v1/permits/{permit}/events", "other", json=event)).status in (403, 404)
    assert (await either.send("POST", f"/v1/permits/{permit}/events", "compliance", json=event)).status in (403, 404)
    for who in ("agent", "compliance"):
        assert (await (await either.send("GET", f"/v1/permits/{permit}", who)).json())["state"] == "reserved"


def test_a_key_may_burst_and_then_go_on_at_its_pace() -> None:
    """One key's hurry neither lasts nor slows another's."""
    now = [0.0]
    buckets = Buckets(Limits(requests_per_minute=60, burst_requests=3), lambda: now[0])
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(Problem) as caught:
        buckets.take("a")
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "1")
    buckets.take("b")
    now[0] = 1.0
    buckets.take("a")
    with pytest.raises(Problem):
        buckets.take("a")
    now[0] = 100.0
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(Problem):
        buckets.take("a")


async def test_what_dials_is_never_slowed(start: object, sqlite_url: str) -> None:
    """With a share of one request a minute, reads are slowed; questions, permits and events are not."""
    service: Service = await start(sqlite_url, limits={"requests_per_minute": 1, "burst_requests": 1})  # type: ignore[operator]
    assert (await service.put_case()).status == 201
    slowed = await service.put_case()
    assert (slowed.status, slowed.headers["Retry-After"]) == (429, "60")
    given = await service.ask()
    path = f"/v1/permits/{given['permit']['id']}"
    for number in range(3):
        assert (await service.send("POST", "/v1/decisions", "agent", json=CALL)).status == 200
        event = {"event_id": str(number), "type": "ringing", "at": NOON}
        assert (await service.send("POST", path + "/events", "agent", json=event)).status == 200
        assert (await service.send("GET", path, "agent")).status == 200
