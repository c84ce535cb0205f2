"""A store on each engine: a fresh SQLite file, and a fresh database of the PostgreSQL that runs here."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contactguard.clock import Clock, SimulatedClock
from contactguard.records.store import Store
from contactguard.records.work import Idempotency, Job, NewEntry, Permit, View, Writes
from contactguard.records.writer_sqlite import SqliteEngine

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


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """An empty PostgreSQL database, for what only it has to promise."""
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


def make_key(path: Path) -> Path:
    """A master key file such as an operator makes."""
    path.touch(0o600)
    path.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return path


def count(
    key: str = "person:P-1", by: int = 1, stream: str = "case:C-1", id: str | None = None, bulk: bool = False
) -> Job:
    """A job that counts in a person's document, writes the count to a stream, and answers it as bytes."""

    def judge(view: View) -> Writes:
        total = (view.docs[key] or 0) + by
        answer = b"%d" % total
        entry = NewEntry(stream=stream, kind="counted", body=b"body " + answer, person=key[7:], keeps_answer=True)
        return Writes(answer=answer, docs={key: total}, entries=[entry])

    use = Idempotency("key-1", "/v1/permits", id, b"digest") if id else None
    return Job(lock=(key, stream), judge=judge, idempotency=use, bulk=bulk)


def told(lock: str = "person:P-1", **fields: Any) -> Job:
    """A job that writes nothing and answers the view it was given."""
    return Job(lock=(lock,), judge=lambda view: Writes(answer=view), **fields)


def a_permit(id: str, state: str = "reserved", due: int | None = None, agent: str | None = None) -> Permit:
    """A permit for a call."""
    return Permit(
        id=id,
        key="key-1",
        state=state,
        channel="voice",
        given=NOON,
        expires=NOON + 120,
        own_line=True,
        persons=("P-1",),
        cases=("C-1",),
        stream="case:C-1",
        contact="X-1",
        locks=("case:C-1", "person:P-1"),
        due=due,
        agent=agent,
    )


@asynccontextmanager
async def held(store: Store, url: str, key: str = "person:P-1") -> AsyncIterator[None]:
    """Holds the writer up: SQLite's thread between two batches, on PostgreSQL by a lock on one subject."""
    if isinstance(store.engine, SqliteEngine):
        gate, reached = threading.Event(), threading.Event()

        def wait() -> None:
            reached.set()
            gate.wait()

        store.engine.between(wait)
        await asyncio.to_thread(reached.wait)
        try:
            yield
        finally:
            gate.set()
        return
    async with other_connection(url) as other, other.transaction():
        await other.fetch("SELECT FROM subjects WHERE key = $1 FOR UPDATE", key)
        yield


@asynccontextmanager
async def other_connection(url: str) -> AsyncIterator[Any]:
    """A connection to PostgreSQL that is nobody's."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def blocked(url: str, waiting: int = 1) -> None:
    """Returns once this many connections wait for a lock that another holds."""
    async with other_connection(url) as other:
        found = -1
        while found < waiting:
            found = await other.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )


def in_queue(store: Store) -> int:
    """How many jobs wait."""
    if isinstance(store.engine, SqliteEngine):
        return len(store.engine.waiting)
    return sum(len(lane.waiting) for lane in store.engine.lanes)  # type: ignore[attr-defined]


async def submitted(store: Store, jobs: Iterable[Job]) -> list[asyncio.Task[Any]]:
    """Each job handed in as a task of its own, all of them begun."""
    tasks = [asyncio.create_task(store.submit(job)) for job in jobs]
    await asyncio.sleep(0)
    return tasks


async def execute(url: str, statement: str) -> None:
    """Runs a statement past the store, as someone with the database's password could."""
    if url.startswith("postgresql"):
        async with other_connection(url) as other:
            await other.execute(statement)
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)
