"""Doors for senders that speak no JSON or hold no key of ours: forms, queries, whole bodies, signatures."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from a_service import settings_for
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from contactguard.attempts import Caller
from contactguard.clock import SystemClock
from contactguard.doors.auth import Buckets
from contactguard.doors.forms import Delivery
from contactguard.doors.house import House
from contactguard.doors.openapi import document
from contactguard.doors.page import page
from contactguard.doors.problems import Problem
from contactguard.doors.routes import Call, Reply, Route, Signed, endpoint, json_reply, text_reply
from contactguard.records.store import Store
from contactguard.records.subjects import Documents

SECRET = b"secret"


class Asked(msgspec.Struct, kw_only=True):
    """What a form may say."""

    to: str
    seconds: int | None = None
    case_ref: str | None = None


async def echo(house: House, call: Call) -> Reply:
    return json_reply(
        {"body": call.body, "who": call.caller.name, "raw": call.raw.decode(), "fields": call.fields},
    )


async def signed_by_hand(house: House, sent: Delivery) -> Caller:
    """The URL and the body under one key."""
    wanted = hmac.new(SECRET, sent.url.encode() + sent.raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, sent.headers.get("X-Sign", "")):
        raise Problem(403, "The signature does not fit.")
    return Caller(key="", name="carrier", scopes=frozenset())


async def breaks(house: House, call: Call) -> Reply:
    raise RuntimeError("Maria Lopez")


def worded(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    return text_reply(f"NO {problem.status}", problem.status)


def route(path: str, does: Any = echo, **more: Any) -> Route:
    name = path.strip("/") + more.get("method", "POST").lower()
    made = {"method": "POST", "path": path, "name": name, "group": "g", "summary": "s", "answers": {200: None}}
    return Route(**made | {"does": does, "dials": True} | more)  # type: ignore[arg-type]


ROUTES = (
    route("/form", form=True, body=Asked, basic=True),
    route("/form", form=True, body=Asked, method="GET"),
    route("/fields", form=True, body_limit=2000),
    route("/mail", raw=("message/rfc822",), body_limit=3 << 20),
    route("/signed", form=True, signed=Signed("X-Sign", signed_by_hand)),
    route("/open", form=True, open_to_all=True),
    route("/breaks", does=breaks, form=True, says=worded),
    route("/json", body=Asked),
)
Send = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def send(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Send]:
    """Sends to a handful of doors behind a public URL with a path of its own."""
    settings = settings_for(sqlite_url, tmp_path, server={"public_url": "https://gate.example/cg/"})
    house = House(settings, SystemClock())
    key = Path(settings.store.master_key_file or "")
    house.store = await Store.open(sqlite_url, docs=Documents(), clock=house.clock, master_key=key)
    _, token = await house.store.keys.create("pbx", ["dialler"])
    app = web.Application()
    for one in ROUTES:
        app.router.add_route(one.method, one.path, endpoint(one, house, Buckets(settings.limits)))
    async with TestClient(TestServer(app)) as client:

        async def ask(method: str, path: str, *, key: bool = True, **options: Any) -> tuple[int, Any]:
            headers = dict(options.pop("headers", {}))
            if options.pop("basic", False):
                headers["Authorization"] = encode_basic_auth("pbx", token)
            elif key:
                headers["Authorization"] = f"Bearer {token}"
            async with client.request(method, path, headers=headers, **options) as answer:
                return answer.status, await (answer.json() if "json" in answer.content_type else answer.text())

        yield ask
    await house.store.close()


async def test_a_form_a_query_and_a_flat_object_say_the_same(send: Send) -> None:
    """A switch uses what it can; numbers are read as numbers, what is blank counts as left out."""
    fields = {"to": "+1 212", "seconds": "7", "case_ref": ""}
    for answer in (
        await send("POST", "/form", data=fields),
        await send("GET", "/form", params=fields),
        await send("POST", "/form", json={"to": "+1 212", "seconds": 7}),
        await send("POST", "/form?seconds=7", data={"to": "+1 212"}),
    ):
        assert answer[0] == 200
        assert answer[1]["body"] == {"to": "+1 212", "seconds": 7, "case_ref": None}


async def test_a_door_without_a_shape_takes_every_field(send: Send) -> None:
    """Senders add fields when they like; a blank one is told from one left out."""
    status, said = await send("POST", "/fields?b=2", data={"a": "", "c": "ñ"})
    assert (status, said["body"]) == (200, {"b": "2", "a": "", "c": "ñ"})


async def test_the_first_of_two_values_counts_where_a_sender_sends_all_it_has(send: Send) -> None:
    """A switch's channel may hold a name twice; where a few fields are known, two values are refused."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await send("POST", "/fields", data="a=1&a=2", headers=form))[1]["body"] == {"a": "1"}
    assert (await send("POST", "/form?to=1", data="to=1", headers=form))[0] == 200
    assert (await send("POST", "/form?to=1", data="to=2", headers=form))[0] == 400


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (422, {"data": {"seconds": "7"}}),
        (422, {"data": {"to": "+1", "seconds": "seven"}}),
        (422, {"data": {"to": "+1\0"}}),
        (400, {"data": "to=%2B1&to=%2B2", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"data": b"to=\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"data": b"to=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"data": "&".join(f"a{n}=1" for n in range(1001)),
               "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (415, {"data": b"to=1", "headers": {"Content-Type": "text/plain"}}),
        (422, {"json": {"to": {"a": 1}}}),
        (422, {"json": ["to"]}),
    ],
)  # fmt: skip
async def test_a_bad_form_is_refused_by_field_and_not_quoted(send: Send, status: int, options: Any) -> None:
    """Twice the same name, broken text, too many fields: refused, because nobody knows what was meant."""
    got, said = await send("POST", "/form", **options)
    assert got == status
    assert "seven" not in str(said)


async def test_the_key_may_come_as_the_password_where_a_door_says_so(send: Send) -> None:
    """For switches that can only send a user and a password; elsewhere Basic is refused."""
    status, said = await send("POST", "/form", basic=True, data={"to": "1"})
    assert (status, said["who"]) == (200, "pbx")
    assert (await send("POST", "/fields", basic=True, data={"to": "1"}))[0] == 401
    for bad in ("Basic", "Basic !!!", "Basic " + b64encode(b"only-a-name").decode(), "Basic " + "w7A="):
        assert (await send("POST", "/form", key=False, headers={"Authorization": bad}, data={"to": "1"}))[0] == 401


async def test_each_door_has_its_own_limit(send: Send) -> None:
    """Mail is longer than a form; what is too long is not read."""
    mail = {"Content-Type": "message/rfc822"}
    assert (await send("POST", "/mail", data=b"a" * (2 << 20), headers=mail))[0] == 200
    assert (await send("POST", "/mail", data=b"a" * (4 << 20), headers=mail))[0] == 413
    assert (await send("POST", "/fields", data={"a": "b" * 3000}))[0] == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"a" * 100

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await send("POST", "/fields", data=pieces(), headers=form))[0] == 413


async def test_a_raw_body_comes_as_it_is_and_under_its_name_only(send: Send) -> None:
    """A mail is no JSON and no form."""
    status, said = await send("POST", "/mail", data=b"From: x", headers={"Content-Type": "message/rfc822; x=y"})
    assert (status, said["raw"]) == (200, "From: x")
    assert (await send("POST", "/mail", json={}))[0] == 415


async def test_a_signature_covers_the_public_url_and_the_raw_body(send: Send) -> None:
    """The URL is rebuilt from the settings with the query byte for byte, whatever Host says; no key is asked for."""
    raw, path = b"a=1&b=%20", "/signed?x=%2B1"
    sign = hmac.new(SECRET, b"https://gate.example/cg" + path.encode() + raw, hashlib.sha256).hexdigest()
    headers = {"X-Sign": sign, "Content-Type": "application/x-www-form-urlencoded", "Host": "elsewhere.example"}
    status, said = await send("POST", URL(path, encoded=True), key=False, data=raw, headers=headers)
    assert (status, said["who"]) == (200, "carrier")
    assert said["body"] == {"x": "+1", "a": "1", "b": " "}
    changed = await send("POST", URL(path, encoded=True), key=False, data=raw + b"x", headers=headers)
    assert changed[0] == 403


async def test_a_door_open_to_all_reads_its_form(send: Send) -> None:
    """One-click answers of mail programs carry no key."""
    status, said = await send("POST", "/open", key=False, data={"List-Unsubscribe": "One-Click"})
    assert (status, said["body"]) == (200, {"List-Unsubscribe": "One-Click"})


async def test_a_door_may_word_what_went_wrong_itself(send: Send) -> None:
    """Also what went wrong before its handler: a machine that reads no problem documents understands it."""
    assert await send("POST", "/breaks", data={}) == (503, "NO 503")
    assert await send("POST", "/breaks", key=False, data={}) == (401, "NO 401")


def test_such_doors_are_described() -> None:
    """Forms as forms, queries as parameters, signatures and passwords as what they are."""
    told = document(ROUTES)
    form = told["paths"]["/form"]
    assert set(form["post"]["requestBody"]["content"]) == {"application/x-www-form-urlencoded", "application/json"}
    assert [(one["name"], one["required"]) for one in form["get"]["parameters"]] == [
        ("to", True), ("seconds", False), ("case_ref", False),
    ]  # fmt: skip
    assert "requestBody" not in form["get"]
    assert form["post"]["security"] == [{"key": []}, {"password": []}]
    assert told["paths"]["/signed"]["post"]["security"] == [{"X-Sign": []}]
    assert set(told["components"]["securitySchemes"]) == {"key", "password", "X-Sign"}
    assert set(told["paths"]["/mail"]["post"]["requestBody"]["content"]) == {"message/rfc822"}
    assert b"message/rfc822" in page(told)
