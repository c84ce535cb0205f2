"""The gallery of bad requests: each gets its problem document, changes nothing, and is not quoted back."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from a_service import CALL, CASE, NOON, Service, started

MARKUP = "<script>alert('Maria')</script>"
RIGHT_TO_LEFT = "\u202eמריה לופז\u202c"
LONG = "a" * 10_000
OTHER_CASE = {
    "case": {"ref": "C-2"},
    "persons": [{"id": "P-2", "points": [{"address": "+13105550123"}]}],
}


class Bad(NamedTuple):
    """A request and the answer it must get. `secret`: what the answer must not repeat."""

    id: str
    status: int
    field: str | None
    body: Any
    method: str = "POST"
    path: str = "/v1/permits"
    who: str = "agent"
    headers: dict[str, str] = {"Content-Type": "application/json"}  # noqa: RUF012
    secret: str = "Maria"


def person(**members: Any) -> dict[str, Any]:
    """A case with one person changed."""
    return CASE | {"persons": [CASE["persons"][0] | members]}  # type: ignore[index]


def put(id: str, field: str | None, body: Any, **more: Any) -> Bad:
    """A bad case."""
    return Bad(id, 422, field, body, method="PUT", path="/v1/cases/C-1", who="case_system", **more)


def raw(id: str, status: int, body: bytes, field: str | None = None, **more: Any) -> Bad:
    """A body that is sent as it stands."""
    return Bad(id, status, field, body, **more)


PACKED = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
EVENT = {"event_id": "e", "type": "ended", "at": NOON, "outcome": "no_answer"}
CONTACT = {"event_id": "e", "at": NOON, "channel": "voice", "outcome": "no_answer", "person": "P-1"}
GALLERY = [
    Bad("unknown case", 404, None, CALL | {"case_ref": "Maria"}),
    Bad("no case named", 422, "case_ref", {key: value for key, value in CALL.items() if key != "case_ref"}),
    Bad("person on another case", 422, "person_id", CALL | {"person_id": "P-2"}, secret="P-2"),
    Bad("unknown person", 422, "person_id", CALL | {"person_id": "Maria"}),
    Bad("naive time", 422, "at", CALL | {"at": "2026-03-05T13:00:00"}, path="/v1/decisions"),
    Bad("year 9999", 422, "at", CALL | {"at": "9999-03-05T13:00:00Z"}, path="/v1/decisions", secret="9999-03"),
    Bad("no such day", 422, "at", CALL | {"at": "2026-02-30T13:00:00Z"}, path="/v1/decisions"),
    Bad("a permit for another moment", 422, "at", CALL | {"at": NOON}),
    Bad("a call for another moment", 422, "at", CALL | {"at": NOON}, path="/v1/calls"),
    Bad("markup as a channel", 422, "channel", CALL | {"channel": MARKUP}),
    Bad("markup as an unknown member", 422, None, CALL | {MARKUP: 1}),
    Bad("unknown member", 422, "phone", CALL | {"phone": "Maria"}),
    Bad("address of 10,000 characters", 422, "address", CALL | {"address": LONG}, secret="aaaa"),
    Bad("number without its country", 422, "address", CALL | {"address": "2125550123"}, secret="2125550123"),
    Bad("empty address", 422, "address", CALL | {"address": " "}),
    Bad("101 decisions", 422, None, [CALL] * 101, path="/v1/decisions"),
    Bad("no decision", 422, None, [], path="/v1/decisions"),
    Bad("one of many is wrong", 422, "[1].channel", [CALL, CALL | {"channel": 7}], path="/v1/decisions"),
    Bad("list of permits", 422, None, [CALL]),
    Bad("wrong scope", 403, None, CALL, who="case_system"),
    Bad("odd idempotency key", 422, "Idempotency-Key", CALL,
        headers={"Content-Type": "application/json", "Idempotency-Key": "María"}),
    Bad("long idempotency key", 422, "Idempotency-Key", CALL,
        headers={"Content-Type": "application/json", "Idempotency-Key": "k" * 256}, secret="kkkk"),
    Bad("empty idempotency key", 422, "Idempotency-Key", CALL,
        headers={"Content-Type": "application/json", "Idempotency-Key": ""}),
    Bad("event without its id", 422, "event_id", {"type": "ended", "at": NOON}, path="/v1/permits/none/events"),
    Bad("unknown event", 422, "type", EVENT | {"type": "Maria"}, path="/v1/permits/none/events"),
    Bad("event of an unknown permit", 404, None, EVENT, path="/v1/permits/Maria/events"),
    Bad("event without offset", 422, "at", EVENT | {"at": "2026-03-05 13:00:00"}, path="/v1/permits/x/events"),
    Bad("a message as a call", 422, "channel", CALL | {"channel": "sms"}, path="/v1/calls"),
    Bad("contact of an unknown case", 404, None, CONTACT, path="/v1/cases/Maria/contacts"),
    Bad("contact with an unknown outcome", 422, "outcome", CONTACT | {"outcome": MARKUP},
        path="/v1/cases/C-1/contacts"),
    Bad("fact about nobody", 422, "person_id", {"note": "Maria"}, path="/v1/cases/C-1/facts"),
    Bad("name with NUL in the path", 422, "ref", CONTACT, path="/v1/cases/Maria%00/contacts"),
    Bad("reference of 10,000 characters", 422, "ref", CONTACT, path=f"/v1/cases/{LONG[:5000]}/contacts", secret="aaaa"),
    Bad("unknown filter", 422, "name", None, method="GET", path="/v1/cases/C-1/contacts?name=Maria", who="compliance"),
    Bad("the same filter twice", 422, None, None, method="GET", path="/v1/cases/C-1/contacts?person=Maria&person=P-1",
        who="compliance"),
    Bad("a page of 0", 422, "limit", None, method="GET", path="/v1/cases/C-1/contacts?limit=0", who="compliance"),
    Bad("a page of 501", 422, "limit", None, method="GET", path="/v1/cases/C-1/contacts?limit=501",
        who="compliance"),
    Bad("a made-up cursor", 422, "cursor", None, method="GET", path="/v1/cases/C-1/contacts?cursor=Maria",
        who="compliance"),
    put("a name with markup", "persons[0].name", person(name=MARKUP)),
    put("a name from right to left", "persons[0].name", person(name=RIGHT_TO_LEFT), secret="מריה"),
    put("address of 10,000 characters on a case", "persons[0].points[1].address",
        person(points=[{"address": "+12125550123"}, {"address": LONG}]), secret="aaaa"),
    put("case of another path", "case.ref", CASE | {"case": {"ref": "Maria"}}),
    put("no person", "persons", CASE | {"persons": []}),
    put("wrong types everywhere", "case", {"case": [], "persons": {"Maria": 1}, "version": "x"}),
    put("a number where text belongs", "persons[0].id", person(id=7)),
    put("a role that does not exist", "persons[0].role", person(role=MARKUP)),
    put("a zone that does not exist", "persons[0].evidence[0].zones",
        person(evidence=[{"kind": "residence", "zones": ["Maria/Lopez"]}])),
    put("the same person twice", "persons", CASE | {"persons": [{"id": "Maria"}, {"id": "Maria"}]}),
    put("NUL in a name", None, person(id="Maria\0")),
    put("a control character in a name", "persons[0].id", person(id="Maria\n")),
    put("text as the body", None, "Maria"),
    raw("empty body", 400, b""),
    raw("NUL bytes", 400, b"\x00" * 100),
    raw("invalid UTF-8", 400, b'{"address":"Maria\xff"}'),
    raw("half a body", 400, b'{"address":"Maria"'),
    raw("duplicated keys", 400, b'{"channel":"voice","address":"Maria","address":"Lopez"}'),
    raw("deep nesting", 400, b'{"content":' * 50_000),
    raw("not a number", 400, b'{"address":NaN}'),
    raw("2 MB", 413, b'{"address":"' + b"Maria" * 420_000 + b'"}'),
    raw("no content type", 415, json.dumps(CALL).encode(), headers={"Content-Type": ""}),
    raw("a form", 415, b"address=Maria", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    raw("not packed as it says", 400, b'{"address":"Maria"}', headers=PACKED),
    raw("100 MB packed small", 413, gzip.compress(b" " * 100_000_000), headers=PACKED),
    raw("another charset", 415, b"{}", headers={"Content-Type": "application/json; charset=utf-16"}),
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("bad", GALLERY, ids=lambda bad: bad.id)
async def test_a_bad_request_is_refused_and_changes_nothing(gallery: Service, bad: Bad) -> None:
    """Problem document, field named, value not repeated, store as before."""
    before = await gallery.picture()
    data = bad.body if isinstance(bad.body, bytes) else json.dumps(bad.body).encode()
    if bad.method == "GET":
        data = None
    answer = await gallery.send(bad.method, bad.path, bad.who, data=data, headers=bad.headers)
    text = await answer.text()
    problem = json.loads(text)
    assert (answer.status, problem.get("field")) == (bad.status, bad.field), text
    assert answer.content_type == "application/problem+json"
    assert problem["status"] == bad.status
    assert problem["type"].startswith("/docs#problem-")
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert bad.secret not in text
    assert await gallery.picture() == before


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gallery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One service with two cases of two people for the whole gallery: nothing in it may change."""
    folder = tmp_path_factory.mktemp("gallery")
    service = await started(f"sqlite:///{folder / 'contactguard.db'}", folder)
    for case in (CASE, OTHER_CASE):
        assert (await service.put_case(case)).status == 201
    yield service
    await service.client.close()


async def test_a_body_of_2_mb_without_a_length_is_refused_too(service: Service) -> None:
    """A sender who does not say how much comes is cut off at the limit."""

    async def pour() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    answer = await service.send("POST", "/v1/permits", "agent", data=pour(), headers=headers)
    assert (answer.status, answer.content_type) == (413, "application/problem+json")


@pytest.mark.parametrize("text", [MARKUP, RIGHT_TO_LEFT])
async def test_an_address_that_is_none_is_a_no(service: Service, text: str) -> None:
    """It could be someone's address for all the door knows: the decision says no and does not repeat it."""
    answer = await service.send("POST", "/v1/permits", "agent", json=CALL | {"address": text})
    body = await answer.json()
    assert (answer.status, body["verdict"], body["permit"]) == (200, "deny", None)
    assert "invalid_destination" in {reason["code"] for reason in body["reasons"]}
    assert text not in json.dumps(body, ensure_ascii=False)


async def test_an_event_sent_twice_counts_once(either: Service) -> None:
    """A repeated event is no error: it is told that it was known, and nothing is added."""
    path = f"/v1/permits/{(await either.ask())['permit']['id']}/events"
    first = await (await either.send("POST", path, "agent", json=EVENT)).json()
    picture = await either.picture()
    again = await either.send("POST", path, "agent", json=EVENT)
    assert again.status == 200
    body = await again.json()
    assert (first["repeated"], body["repeated"]) == (False, True)
    assert (body["state"], body["outcome"]) == ("ended", "no_answer")
    assert await either.picture() == picture


async def test_an_older_version_of_a_case_is_a_conflict(either: Service) -> None:
    """409, and the newer one stands."""
    assert (await either.put_case(CASE | {"version": 5})).status == 200
    before = await either.picture()
    answer = await either.put_case(CASE | {"version": 4})
    assert (answer.status, (await answer.json())["type"]) == (409, "/docs#problem-conflict")
    assert await either.picture() == before


async def test_the_same_idempotency_key_gives_the_same_answer(either: Service) -> None:
    """Also for a refusal; with another body it is 422, and nothing is added either way."""
    headers = {"Idempotency-Key": "call-1"}
    first = await (await either.send("POST", "/v1/permits", "agent", json=CALL, headers=headers)).read()
    picture = await either.picture()
    again = await (await either.send("POST", "/v1/permits", "agent", json=CALL, headers=headers)).read()
    other = await either.send("POST", "/v1/permits", "agent", json=CALL | {"mode": "preview"}, headers=headers)
    assert first == again
    assert (other.status, other.content_type) == (422, "application/problem+json")
    assert await either.picture() == picture
    denied = CALL | {"purpose": "service"}
    refused = [
        await (await either.send("POST", "/v1/permits", "agent", json=denied, headers={"Idempotency-Key": "2"})).read()
        for _ in range(2)
    ]
    assert refused[0] == refused[1]


async def test_text_with_markup_stays_text(service: Service) -> None:
    """What is allowed as text comes back as it was sent, as JSON that no browser renders."""
    service_name = f"{MARKUP} {RIGHT_TO_LEFT}"
    body = CONTACT | {"agent": service_name}
    assert (await service.send("POST", "/v1/cases/C-1/contacts", "agent", json=body)).status == 201
    answer = await service.send("GET", "/v1/cases/C-1/contacts", "compliance")
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")
    assert (await answer.json())["items"][0]["agent"] == service_name
