"""When the database fails: nobody is told yes, and asking again settles it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contactguard.errors import Busy, StoreDown
from contactguard.records import sql_postgres
from contactguard.records.store import Store
from contactguard.records.writer_sqlite import SqliteEngine

from .conftest import blocked, count, execute, held, other_connection, submitted


class Unsure:
    """A connection whose commits are done but not confirmed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, text: str, *args: Any) -> Any:
        done = self._connection.execute(text, *args)
        return self._unsure(done) if text == "COMMIT" else done

    def _unsure(self, done: Any) -> Any:
        if not asyncio.iscoroutine(done):
            raise sqlite3.OperationalError("disk I/O error")

        async def lost() -> None:
            await done
            raise ConnectionResetError

        return lost()


class Wire:
    """Carries bytes between the store and the server, until it is cut."""

    cut = False

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_unix_connection("/var/run/postgresql/.s.PGSQL.5432")
        await asyncio.gather(self._copy(near, forth), self._copy(far, back))

    async def _copy(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while read := await source.read(65_536):
            if not self.cut:
                to.write(read)
        to.close()


async def test_an_unconfirmed_commit_is_settled_by_asking_again(store: Store) -> None:
    """The answer is that the store is down; the same idempotency key then gives what was in fact decided, once."""
    await store.submit(count())
    restore = _break_commits(store)
    with pytest.raises(StoreDown):
        await store.submit(count(id="K-1"))
    restore()
    assert await store.submit(count(id="K-1")) == b"2"
    assert await store.doc("person:P-1") == 2
    assert len(await store.entries("case:C-1")) == 2
    assert (await store.verify()).holds


async def test_an_unconfirmed_batch_is_unconfirmed_for_all(store: Store, url: str) -> None:
    """Every job of the batch is told so, none is run twice."""
    await store.submit(count())
    restore = _break_commits(store)
    async with held(store, url):
        tasks = await submitted(store, [count(id=f"K-{n}") for n in range(5)])
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(answer) for answer in answers[:1]} == {StoreDown}
    restore()
    await asyncio.gather(*(store.submit(count(id=f"K-{n}")) for n in range(5)))
    assert await store.doc("person:P-1") == 6


async def test_a_lost_connection_is_made_again(postgres_url: str, tmp_path: Path) -> None:
    """Idle connections that the server closed are replaced without anyone noticing."""
    store = await _on(postgres_url, tmp_path)
    await store.submit(count())
    await _terminate_all(postgres_url)
    assert await store.submit(count()) == b"2"
    await store.close()


async def test_a_connection_lost_at_work_promises_nothing(postgres_url: str, tmp_path: Path) -> None:
    """A batch whose connection goes while it waits for a lock is told that the store is down; the next works."""
    store = await _on(postgres_url, tmp_path)
    await store.submit(count())
    async with held(store, postgres_url):
        tasks = await submitted(store, [count(id="K-1")])
        await blocked(postgres_url)
        await _terminate_all(postgres_url, "AND wait_event_type = 'Lock'")
        with pytest.raises(StoreDown):
            await tasks[0]
    assert await store.submit(count(id="K-1")) == b"2"
    assert (await store.verify()).holds
    await store.close()


async def test_a_lock_that_stays_away_is_busy(postgres_url: str, tmp_path: Path) -> None:
    """Where another process holds a subject too long, the asker is turned away and nothing was done."""
    store = await _on(postgres_url, tmp_path)
    await store.submit(count())
    (lane,) = [lane for lane in store.engine.lanes if lane._connection is not None]  # type: ignore[attr-defined]
    await lane._connection.execute("SET lock_timeout = 1")
    async with held(store, postgres_url):
        with pytest.raises(Busy):
            await store.submit(count())
    assert await store.doc("person:P-1") == 1
    await store.close()


async def test_a_server_that_falls_silent_is_down(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing comes back any more, neither an error nor an answer, nobody waits for ever, not even to close."""
    monkeypatch.setattr(sql_postgres, "PATIENCE", {"timeout": 0.5, "command_timeout": 0.5})
    wire = Wire()
    server = await asyncio.start_unix_server(wire.carry, str(tmp_path / ".s.PGSQL.5432"))
    store = await _on(postgres_url.replace("/var/run/postgresql", str(tmp_path)), tmp_path)
    assert await store.submit(count()) == b"1"
    wire.cut = True
    with pytest.raises(StoreDown):
        await store.submit(count())
    with pytest.raises(StoreDown):
        await store.doc("person:P-1")
    await store.close()
    server.close()


async def test_a_database_that_is_gone_is_down(postgres_url: str, tmp_path: Path) -> None:
    """Whatever the server says when a lane connects anew, who asks is told that the store is down."""
    store = await _on(postgres_url, tmp_path)
    await store.submit(count())
    name = postgres_url.partition(":///")[2].partition("?")[0]
    async with other_connection(postgres_url.replace(name, "postgres")) as other:
        await other.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await other.execute(f"CREATE DATABASE {name}")
    with pytest.raises(StoreDown):
        await store.submit(count())
    with pytest.raises(StoreDown):
        await store.doc("person:P-1")
    await store.close()


async def test_the_other_engine_is_not_needed_to_read(store: Store, url: str) -> None:
    """Reads are answered while the writer is held up."""
    await store.submit(count())
    async with held(store, url):
        assert await store.doc("person:P-1") == 1
        assert len(await store.entries("case:C-1")) == 1
        assert (await store.verify()).holds


async def test_a_document_that_cannot_be_opened_denies_its_own_job(store: Store, url: str) -> None:
    """A damaged document fails closed, for the jobs that need it and no others."""
    await store.submit(count("person:P-1"))
    await store.submit(count("person:P-2"))
    await execute(url, "UPDATE subjects SET doc = tip WHERE key = 'person:P-1'")
    async with held(store, url, "case:C-1"):
        tasks = await submitted(store, [count("person:P-1"), count("person:P-2")])
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[0], Exception)
    assert answers[1] == b"2"


def _break_commits(store: Store) -> Callable[[], None]:
    """From now on commits are done but not confirmed; the returned function mends that."""
    engine: Any = store.engine
    if isinstance(engine, SqliteEngine):
        engine.connection = Unsure(engine.connection)  # type: ignore[assignment]

        def mend() -> None:
            engine.connection = engine.connection._connection

        return mend
    kept = [(lane, lane.commit) for lane in engine.lanes]
    for lane, commit in kept:
        lane.commit = lambda connection, commit=commit: commit(Unsure(connection))

    def mend_lanes() -> None:
        for lane, commit in kept:
            lane.commit = commit

    return mend_lanes


async def _on(url: str, tmp_path: Path) -> Store:
    from .conftest import Plain, make_key

    return await Store.open(url, docs=Plain(), master_key=make_key(tmp_path / "master.key"))


async def _terminate_all(url: str, which: str = "") -> None:
    """Closes the connections of everyone else, as a restart of the server does."""
    async with other_connection(url) as other:
        await other.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = current_database() AND pid <> pg_backend_pid() {which}"
        )
