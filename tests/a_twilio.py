"""Twilio on the other side: it keeps what it is asked for, lists it, and calls back as the test says, in its own hand.

What its REST API takes and gives is checked against Twilio's own SDK and published description elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientResponse, encode_basic_auth, web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "an-auth-token"
PUBLIC = "https://gate.example"
NUMBER = "+12125550100"
TEXT = "Acme Recovery, a debt collector: please call us. Reply STOP to opt out."
COLLECTOR = [{"id": "main", "name": "Acme Recovery", "numbers": [NUMBER]}]
_DATE = "Thu, 05 Mar 2026 18:00:00 +0000"


class FakeTwilio:
    """An account. `asked`: every request, as (method, path, fields). `fails`: what the next one that makes is told."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.calls: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.fails: list[tuple[int, dict[str, Any]] | None] = []
        self._made = 0
        self.token_file = folder / "twilio.token"
        self.token_file.touch(0o600)
        self.token_file.write_text(TOKEN + "\n")
        app = web.Application()
        base = f"/2010-04-01/Accounts/{ACCOUNT}/"
        app.router.add_post(base + "{what:Calls|Messages}.json", self._create)
        app.router.add_post(base + "{what:Calls|Messages}/{sid}.json", self._update)
        app.router.add_get(base + "{what:Calls|Messages}/{sid}.json", self._fetch)
        app.router.add_get(base + "{what:Calls|Messages}.json", self._list)
        self.server = TestServer(app)

    @property
    def base_url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def settings(self, **more: Any) -> dict[str, Any]:
        """The tables of a service with this account."""
        account = {"account_sid": ACCOUNT, "auth_token_file": str(self.token_file), "base_url": self.base_url}
        account["messages_from"] = NUMBER
        return {
            "server": {"public_url": PUBLIC, "call_out_to": ["127.0.0.1"]},
            "telephony": {"country": "US", "extensions": "1\\d{3}"},
            "collector": COLLECTOR,
            "twilio": account | more,
        }

    def last(self, what: str = "") -> dict[str, Any]:
        """The fields of the newest request that made or changed something."""
        return next(fields for method, path, fields in reversed(self.asked) if method == "POST" and what in path)

    async def tell(self, service: Any, url: str, token: str = TOKEN, **fields: str) -> ClientResponse:
        """A signed request of Twilio's to the service, as to its public address."""
        url = url if url.startswith("http") else PUBLIC + url
        said = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01"} | fields
        signature = RequestValidator(token).compute_signature(url, said)
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer: ClientResponse = await service.client.post(
            path, data=said, headers={"X-Twilio-Signature": signature, "Host": "inside.example"}
        )
        return answer

    async def progress(self, service: Any, sid: str, *statuses: str, leg: str = "number", **fields: str) -> None:
        """The statuses of the leg dialled from a call of ours, one after the other."""
        document = self.calls[sid]["twiml"]
        permit = document.partition("permit=")[2].partition("&")[0].partition('"')[0]
        for place, status in enumerate(statuses):
            said = {"CallSid": "CA" + sid[2:].replace("0", "f"), "CallStatus": status, "SequenceNumber": str(place)}
            answer = await self.tell(
                service, f"/twilio/voice/status?permit={permit}&leg={leg}", **(said | fields), ParentCallSid=sid
            )
            assert answer.status == 200, await answer.text()

    async def _create(self, request: web.Request) -> web.Response:
        what, form = request.match_info["what"], await _fields(request)
        self.asked.append(("POST", request.path, form))
        assert request.headers["Authorization"] == encode_basic_auth(ACCOUNT, TOKEN)
        if self.fails:
            failure = self.fails.pop(0)
            if failure is None:
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            return web.json_response(failure[1], status=failure[0])
        self._made += 1
        sid = f"{'CA' if what == 'Calls' else 'SM'}{self._made:032}"
        direction = "outbound-api"
        made = {"sid": sid, "to": form["To"], "from": form.get("From"), "status": "queued", "direction": direction}
        made |= {"account_sid": ACCOUNT, "date_created": _DATE, "date_sent": _DATE, "start_time": _DATE}
        (self.calls if what == "Calls" else self.messages)[sid] = made | {"twiml": form.get("Twiml", "")}
        return web.json_response(made, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        form = await _fields(request)
        self.asked.append(("POST", request.path, form))
        self.calls[request.match_info["sid"]]["status"] = form["Status"]
        return web.json_response(self.calls[request.match_info["sid"]])

    async def _fetch(self, request: web.Request) -> web.Response:
        self.asked.append(("GET", request.path, dict(request.query)))
        found = (self.calls | self.messages).get(request.match_info["sid"])
        return web.json_response(found or {"code": 20404}, status=200 if found else 404)

    async def _list(self, request: web.Request) -> web.Response:
        """Two pages at most: the first holds one."""
        self.asked.append(("GET", request.path, dict(request.query)))
        what = request.match_info["what"]
        wanted = request.query.get("ParentCallSid")
        found = [
            one
            for one in (self.calls if what == "Calls" else self.messages).values()
            if wanted in (None, one.get("parent_call_sid"))
        ]
        rest, following = (found[1:], None) if request.query.get("Page") else (found[:1], None)
        if "Page" not in request.query and len(found) > 1:
            following = f"{request.path}?{request.query_string}&Page=1"
        return web.json_response({what.lower(): rest, "next_page_uri": following})


async def _fields(request: web.Request) -> dict[str, Any]:
    form = await request.post()
    return {name: form.getall(name) if len(form.getall(name)) > 1 else form[name] for name in form}


@asynccontextmanager
async def twilio(folder: Path) -> AsyncIterator[FakeTwilio]:
    """The account, listening."""
    fake = FakeTwilio(folder)
    await fake.server.start_server()
    try:
        yield fake
    finally:
        await fake.server.close()


def with_text(case: Mapping[str, Any], body: str = TEXT) -> dict[str, Any]:
    """A text message about a case."""
    return {**case, "channel": "sms", "content": {"body": body}}
