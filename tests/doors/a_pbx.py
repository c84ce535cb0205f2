"""A switch in front of the service: what it sends, and how it reads the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from a_service import CASE, MOBILE, Service

TELEPHONY = {"country": "US", "extensions": "1\\d{3}"}
COLLECTOR = [{"id": "main", "name": "Acme Recovery", "numbers": ["+12125550100", "+12125550101"]}]
PAID = {"case": {"ref": "C-9", "status": "paid"}, "persons": [{"id": "P-9", "points": [{"address": "+12125550199"}]}]}
CALL = {"to": MOBILE, "from": "101", "call_id": "call-1"}


class Answer(NamedTuple):
    """What came back: the status, and the text as it stands."""

    status: int
    text: str

    @property
    def first(self) -> str:
        return self.text.splitlines()[0]

    @property
    def permit(self) -> str:
        verdict, _, permit = self.first.partition(" ")
        assert verdict == "ALLOW", self.text
        return permit

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.text, keep_blank_values=True).items()}


async def ask(service: Service, who: str = "dialler", method: str = "POST", **fields: Any) -> Answer:
    """A question by form, or by query."""
    given = CALL | {name.removesuffix("_"): value for name, value in fields.items()}
    given = {name: value for name, value in given.items() if value is not None}
    options: dict[str, Any] = {"params": given} if method == "GET" else {"data": given}
    answer = await service.send(method, "/pbx/authorize", who, **options)
    return Answer(answer.status, await answer.text())


async def report(service: Service, who: str = "dialler", **fields: Any) -> Answer:
    """A report by form."""
    answer = await service.send("POST", "/pbx/report", who, data=fields)
    return Answer(answer.status, await answer.text())


async def state(service: Service, permit: str, who: str = "dialler") -> dict[str, Any]:
    """How a permit stands."""
    answer = await service.send("GET", f"/v1/permits/{permit}", who)
    assert answer.status == 200, await answer.text()
    body: dict[str, Any] = await answer.json()
    return body


async def rows(service: Service, ref: str = "C-1") -> list[dict[str, Any]]:
    """The record of a case."""
    answer = await service.send("GET", f"/v1/cases/{ref}/contacts", "compliance")
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items


class Agi:
    """Asterisk's side of FastAGI: what a channel says, and the variables that it is given."""

    def __init__(self, at: tuple[str, int]) -> None:
        self._at = at

    async def run(self, request: str = "agi://gate/authorize", *args: str, **facts: str) -> dict[str, str]:
        """Run a script, and give the variables that it set."""
        reader, writer = await asyncio.open_connection(*self._at)
        own = {"request": request, "channel": "PJSIP/101-1", "uniqueid": "1772733600.1", "callerid": "101"}
        head = own | {"extension": MOBILE, "context": "agents"} | facts
        head |= {f"arg_{place}": one for place, one in enumerate(args, 1)}
        writer.write("".join(f"agi_{name}: {value}\n" for name, value in head.items()).encode() + b"\n")
        found: dict[str, str] = {}
        while line := await _line(reader):
            _, command, name, value = line.rstrip("\n").split(" ", 3)
            assert command == "VARIABLE"
            assert value.startswith('"')
            assert value.endswith('"')
            found[name] = value[1:-1]
            writer.write(b"200 result=1\n")
        writer.close()
        return found


async def _line(reader: asyncio.StreamReader) -> str:
    """The next command, "" where the service hung up."""
    try:
        return (await reader.readline()).decode()
    except ConnectionResetError:
        return ""


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Let everything else go on until this has happened."""
    for _ in range(100_000):
        if await happened():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never happened")


async def furnished(service: Service) -> Service:
    """With the case of every test and one that is closed."""
    for body in (CASE, PAID):
        answer = await service.put_case(body)  # type: ignore[arg-type]
        assert answer.status == 201, await answer.text()
    return service
