"""A whole service behind a real socket: its own store, the federal rules, a clock that stands still."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

import asyncpg
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from contactguard.app import HOUSE, build
from contactguard.clock import SimulatedClock
from contactguard.doors.house import House
from contactguard.law.instants import parse_instant
from contactguard.law.rulebook import Rulebook
from contactguard.sections import CollectorSettings
from contactguard.settings import Settings, load

SOCKET = Path("/var/run/postgresql/.s.PGSQL.5432")
NOON = "2026-03-05T13:00:00-05:00"
MOBILE, EVENING_MOBILE = "+12125550123", "+12125550124"
CASE = {
    "case": {"ref": "C-1", "product": "credit_card"},
    "persons": [
        {
            "id": "P-1",
            "points": [{"address": MOBILE, "line": "mobile"}],
            "evidence": [{"kind": "residence", "country": "US", "subdivision": "NY", "zones": ["America/New_York"]}],
        }
    ],
}
CALL = {"case_ref": "C-1", "channel": "voice", "address": MOBILE, "purpose": "collection", "mode": "manual"}


class Service:
    """A running service and the keys to it, one per scope."""

    def __init__(self, app: web.Application, client: TestClient[Any, Any], clock: SimulatedClock) -> None:
        self.house: House = app[HOUSE]
        self.client, self.clock, self.tokens = client, clock, dict[str, str]()

    async def key(self, name: str, *scopes: str, agent: str | None = None) -> str:
        """A key to use under this name."""
        _, self.tokens[name] = await self.house.store.keys.create(name, scopes, agent)
        return self.tokens[name]

    async def send(self, method: str, path: str, who: str | None, **options: Any) -> ClientResponse:
        """A request with the key of `who` (a scope, or a name given to `key`)."""
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers.setdefault("Authorization", f"Bearer {self.tokens[who]}")
        return await self.client.request(method, path, headers=headers, **options)

    async def put_case(self, body: dict[str, Any] = CASE) -> ClientResponse:
        """The case system speaks."""
        return await self.send("PUT", f"/v1/cases/{body['case']['ref']}", "case_system", json=body)

    async def ask(self, **changes: Any) -> dict[str, Any]:
        """Ask for a permit, by the key `agent`."""
        answer = await self.send("POST", "/v1/permits", "agent", json=CALL | changes)
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body

    async def picture(self) -> tuple[Any, ...]:
        """All that is stored, as far as a difference would show."""
        store = self.house.store
        report = await store.verify()
        assert report.faults == ()
        return report.streams, report.entries, await store.subjects("", limit=10_000)


Start = Callable[..., Awaitable[Service]]


async def new_database() -> str:
    """A new PostgreSQL database; a skip where there is no server, a failure where there must be one."""
    try:
        admin = await asyncpg.connect("postgresql:///postgres", timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CONTACTGUARD_TESTBED") == "1":
            pytest.fail(f"the test bed has no PostgreSQL: {error}")
        pytest.skip(f"no PostgreSQL here: {error}")
    name = f"cg_doors_{uuid.uuid4().hex[:12]}"
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return name


async def drop_database(name: str) -> None:
    admin = await asyncpg.connect("postgresql:///postgres", timeout=5)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.close()


def settings_for(url: str, folder: Path, **sections: Any) -> Settings:
    """Settings of a service over this store; `sections` as in the file."""
    key = folder / "master.key"
    if not key.exists():
        key.touch(0o600)
        key.write_text(b64encode(os.urandom(32)).decode())
    store = {"url": url, "master_key_file": str(key)}
    collectors = tuple(CollectorSettings(**one) for one in sections.pop("collector", ()))
    settings = load(environ={}, overrides={"store": store, "log": {"level": "error"}, **sections})
    return replace(settings, collector=collectors)


async def started(url: str, folder: Path, *, book: Rulebook | None = None, **sections: Any) -> Service:
    """A service with a key for each scope; its client is the caller's to close. `book` None: by what is stored."""
    clock = SimulatedClock(parse_instant(NOON), runs=False)
    app = build(settings_for(url, folder, **sections), clock=clock, book=book)
    client = TestClient(TestServer(app))
    await client.start_server()
    service = Service(app, client, clock)
    for scope in ("agent", "dialler", "case_system", "compliance", "admin"):
        await service.key(scope, scope)
    return service


class Wire:
    """A way to PostgreSQL that can be cut, as when the server goes away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ends: set[asyncio.StreamWriter] = set()

    @classmethod
    async def to_postgres(cls, folder: Path) -> Self:
        """A socket in `folder` that leads to the local server's."""
        wire = cls(folder)
        wire._server = await asyncio.start_unix_server(wire._join, folder / SOCKET.name)
        return wire

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_unix_connection(SOCKET)
        self._ends |= {writer, back}
        await asyncio.gather(_carry(reader, back), _carry(onward, writer))

    async def cut(self) -> None:
        """Drop what is connected and take nothing new."""
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        (self.folder / SOCKET.name).unlink(missing_ok=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
