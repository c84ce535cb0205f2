"""A store on each engine: a fresh SQLite file, and a fresh database of the PostgreSQL that runs here."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contactguard.clock import Clock, SimulatedClock
from contactguard.records.store import Store

NOON = 1_772_733_600  # 2026-03-05T18:00:00Z
Opener = Callable[..., Awaitable[Store]]


class Plain:
    """Documents as MessagePack of plain values."""

    def encode(self, key: str, doc: Any) -> bytes:
        return msgspec.msgpack.encode(doc)

    def decode(self, key: str, body: bytes) -> Any:
        return msgspec.msgpack.decode(body)


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands still at noon until a test moves it."""
    return SimulatedClock(NOON, runs=False)


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Where an empty store is to be made; a PostgreSQL database is dropped again."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    async for made in _database():
        yield made


async def _database() -> AsyncIterator[str]:
    asyncpg = pytest.importorskip("asyncpg")
    name = f"cg_{secrets.token_hex(8)}"
    try:
        admin = await asyncpg.connect(_postgres("postgres"))
    except OSError as error:
        why = f"PostgreSQL is not reachable: {error}"
        pytest.fail(why) if os.environ.get("CONTACTGUARD_TESTBED") == "1" else pytest.skip(why)
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield _postgres(name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


def _postgres(name: str) -> str:
    return f"postgresql:///{name}?host=/var/run/postgresql"


@pytest.fixture
async def opened(url: str, tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[Opener]:
    """Opens stores over the same database, closed at the end in reverse order."""
    stores: list[Store] = []
    key_file = tmp_path / "master.key"

    async def open_one(at: Clock | None = None) -> Store:
        store = await Store.open(url, docs=Plain(), clock=at or clock, master_key=key_file)
        stores.append(store)
        return store

    if url.startswith("postgresql"):
        make_key(key_file)
    yield open_one
    for store in reversed(stores):
        await store.close()


@pytest.fixture
async def store(opened: Opener) -> Store:
    """An empty store."""
    return await opened()


def make_key(path: Path) -> None:
    """A master key file such as an operator makes."""
    import base64

    path.touch(0o600)
    path.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
