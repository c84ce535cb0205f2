"""What long runs have in common: stores, services as processes, and requests to them."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from contactguard.app import open_house
from contactguard.records.verify import Report
from contactguard.settings import Settings, load

ROOT = Path(__file__).parents[1]
SCOPES = ("agent", "case_system", "compliance")
_CONNECTION_LOST = (aiohttp.ClientError, ConnectionError, asyncio.TimeoutError)
LINE = "+12125550123"


class Lost(Exception):
    """No answer came: what was asked may or may not have happened."""


@asynccontextmanager
async def database(engine: str, folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """A new store's address and master key file; gone at the end."""
    key_file = folder / "master.key"
    key_file.touch(0o600)
    key_file.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'soak.db'}", key_file
        return
    name = f"cg_soak_{secrets.token_hex(6)}"
    admin = await asyncpg.connect("postgresql:///postgres?host=/var/run/postgresql")
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"postgresql:///{name}?host=/var/run/postgresql", key_file
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


def settings(url: str, key_file: Path) -> Settings:
    """Settings of a command over this store."""
    return load(environ={}, overrides={"store": {"url": url, "master_key_file": str(key_file)}})


async def token(url: str, key_file: Path) -> str:
    """An API key for everything that a long run does."""
    async with open_house(settings(url, key_file)) as house:
        _, made = await house.store.keys.create("soak", SCOPES)
    return made


async def verify(url: str, key_file: Path) -> Report:
    """The chains, re-computed while no service runs."""
    async with open_house(settings(url, key_file)) as house:
        return await house.store.verify()


class Service:
    """One service process."""

    def __init__(self, url: str, key_file: Path, *options: str) -> None:
        command = [sys.executable, "-m", "soak.service", url, str(key_file), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the service did not start")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As an operator would."""
        self.process.terminate()
        self.process.wait()


@contextmanager
def services(url: str, key_file: Path, *each: tuple[str, ...]) -> Iterator[list[Service]]:
    """Several processes over one store."""
    running: list[Service] = []
    try:
        running.extend(Service(url, key_file, *options) for options in each)
        yield running
    finally:
        for one in running:
            one.stop()


class Client:
    """Requests with one key."""

    def __init__(self, session: aiohttp.ClientSession, key: str) -> None:
        self._session, self._head = session, {"Authorization": f"Bearer {key}"}

    async def send(self, method: str, url: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the body of the answer. `Lost` when none came."""
        try:
            async with self._session.request(method, url, json=body, headers={**self._head, **headers}) as answer:
                return answer.status, await answer.json(content_type=None)
        except _CONNECTION_LOST as error:
            raise Lost from error

    async def put(self, service: Service, ref: str, *lines: str) -> None:
        """A case with one person in New York who lists these lines."""
        points = [{"address": line, "line": "mobile"} for line in lines or (LINE,)]
        home = {"kind": "residence", "country": "US", "subdivision": "NY", "zones": ["America/New_York"]}
        person = {"id": f"P-{ref}", "points": points, "evidence": [home]}
        case = {"case": {"ref": ref, "product": "credit_card"}, "persons": [person]}
        status, answer = await self.send("PUT", f"{service.url}/v1/cases/{ref}", case)
        if status != 201:
            raise RuntimeError(f"the case was not taken: {answer}")

    async def ask(self, service: Service, ref: str, line: str = LINE) -> tuple[int, Any]:
        """Ask for a permit to call."""
        asked = {"case_ref": ref, "channel": "voice", "address": line}
        key = {"Idempotency-Key": secrets.token_hex(12)}
        return await self.send("POST", f"{service.url}/v1/permits", asked, **key)

    async def figure(self, service: Service, name: str) -> float:
        """One of the service's metrics."""
        async with self._session.get(f"{service.url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} "))


@asynccontextmanager
async def client(key: str) -> AsyncIterator[Client]:
    """A client with as many connections as it needs."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=15)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield Client(session, key)


def environment(url: str, key_file: Path) -> dict[str, str]:
    """What a command needs to know of a store."""
    return {**os.environ, "CONTACTGUARD_DB": url, "CONTACTGUARD_MASTER_KEY_FILE": str(key_file)}
