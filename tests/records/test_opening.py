"""Opening a store: what is made, what is checked, and who may write."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from contactguard import migrations
from contactguard.clock import SimulatedClock
from contactguard.errors import BadInput, Conflict, Forbidden, NotFound, StoreDown
from contactguard.records import control
from contactguard.records.store import Store
from contactguard.records.tables import METADATA, SCHEMA
from contactguard.records.writer_sqlite import READER_PRAGMAS, WRITER_PRAGMAS, SqliteEngine, connect

from .conftest import NOON, Opener, Plain, count, execute, make_key, told


async def test_migrating_again_changes_nothing(opened: Opener, url: str) -> None:
    """Opening a store that is up to date leaves its schema and its record as they are."""
    store = await opened()
    await store.submit(count())
    await store.close()
    again = await opened()
    assert await again.doc("person:P-1") == 1
    assert await _schema_differences(url) == []


async def test_a_store_of_the_release_before_is_brought_up_to_date(opened: Opener, url: str) -> None:
    """With all that it holds: what was added since is there, and what was there stays."""
    store = await opened()
    await store.submit(count())
    await store.close()
    for statement in ("DROP TABLE upgrades", "DROP TABLE rulebooks", "UPDATE alembic_version SET version_num = '0001'"):
        await execute(url, statement)
    if url.startswith("postgresql"):
        await execute(url, "DROP FUNCTION rulebooks_stay")
    again = await opened()
    assert await again.doc("person:P-1") == 1
    assert (await again.verify()).holds
    assert await _schema_differences(url) == []
    await again.keep_rulebook("sha256:00", b"packed")


async def test_many_may_open_an_empty_database_at_once(postgres_url: str, tmp_path: Path) -> None:
    """On PostgreSQL the first makes the schema and the keys, the others wait for it and use the same."""
    key_file = make_key(tmp_path / "master.key")
    opening = (Store.open(postgres_url, docs=Plain(), master_key=key_file) for _ in range(4))
    stores = await asyncio.gather(*opening)
    assert len({store.address_key("+12125550123") for store in stores}) == 1
    answers = await asyncio.gather(*(store.submit(count()) for store in stores))
    assert sorted(answers) == [b"1", b"2", b"3", b"4"]
    await asyncio.gather(*(store.close() for store in stores))


def test_the_schema_number_is_the_newest_migration() -> None:
    """What opening checks without alembic is what alembic would bring the schema to."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == SCHEMA


async def test_the_settings_that_make_it_durable_are_read_back(store: Store) -> None:
    """Health shows what the database itself says of its settings."""
    health = await store.health()
    if health.engine == "sqlite":
        wanted = {"journal_mode": "wal", "synchronous": 2, "mmap_size": 0}
    else:
        wanted = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}
    assert {name: health.pragmas[name] for name in wanted} == wanted


async def test_sqlite_readers_can_neither_write_nor_checkpoint(tmp_path: Path) -> None:
    """A reading connection is read only, never checkpoints and maps nothing."""
    store = await Store.open(str(tmp_path / "store.db"), docs=Plain())
    reader = connect(tmp_path / "store.db", READER_PRAGMAS)
    assert reader.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    assert reader.execute("PRAGMA mmap_size").fetchone() == (0,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM marks")
    reader.close()
    await store.close()


def test_a_setting_that_does_not_take_is_an_error(tmp_path: Path) -> None:
    """A store is not opened with less than it needs: a database in memory has no WAL."""
    with pytest.raises(StoreDown, match="journal_mode"):
        connect(Path(":memory:"), WRITER_PRAGMAS)


async def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Database, WAL, key, lock and socket have mode 0600."""
    store = await Store.open(str(tmp_path / "store.db"), docs=Plain())
    await store.submit(count())
    modes = _modes(tmp_path)
    await store.close()
    assert {"store.db", "store.db-wal", "store.db.key", "store.db.lock", "store.db.sock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_a_second_opener_works_through_the_first(tmp_path: Path) -> None:
    """Whoever finds the file held calls operations of the process that holds it, and gets answers and errors alike."""
    first = await Store.open(str(tmp_path / "store.db"), docs=Plain())
    second = await Store.open(str(tmp_path / "store.db"), docs=Plain())
    errors = [BadInput("rows[3]", "no ref"), Conflict("spent", unprocessable=True), NotFound("case"), Forbidden("no")]

    async def add(payload: bytes) -> bytes:
        result: bytes = await first.submit(count(by=int(payload)))
        return result

    async def fail(payload: bytes) -> bytes:
        raise errors[int(payload)]

    first.operations |= {"add": add, "fail": fail}
    assert (first.remote, second.remote) == (False, True)
    assert await second.call("add", b"5") == b"5"
    assert await first.call("add", b"2") == b"7"
    for place, error in enumerate(errors):
        with pytest.raises(type(error)) as raised:
            await second.call("fail", b"%d" % place)
        assert (str(raised.value), vars(raised.value)) == (str(error), vars(error))
    with pytest.raises(NotFound):
        await second.call("unknown", b"")
    with pytest.raises(RuntimeError, match="another process"):
        await second.submit(told())
    await second.close()
    await first.close()


async def test_a_link_to_the_file_leads_to_the_same_lock(tmp_path: Path) -> None:
    """Whoever opens the file by another name is not a second writer."""
    (tmp_path / "link.db").symlink_to(tmp_path / "store.db")
    store = await Store.open(f"sqlite:///{tmp_path}/store.db", docs=Plain())
    other = await Store.open(f"sqlite:///{tmp_path}/link.db", docs=Plain())
    assert (store.remote, other.remote) == (False, True)
    await other.close()
    await store.close()


async def test_whoever_says_nothing_on_the_socket_holds_up_no_closing(tmp_path: Path) -> None:
    """A command that was stopped halfway does not keep the service from ending."""
    store = await Store.open(f"sqlite:///{tmp_path}/store.db", docs=Plain())
    reader, writer = await asyncio.open_unix_connection(tmp_path / "store.db.sock")
    writer.write(b"half a req")
    await writer.drain()
    nonsense, other = await asyncio.open_unix_connection(tmp_path / "store.db.sock")
    other.write((3).to_bytes(8, "big") + b"\xc1\xc1\xc1")
    assert await nonsense.read() == b""
    await store.close()
    assert await reader.read() == b""
    writer.close()
    other.close()


async def test_a_second_process_works_through_the_first(tmp_path: Path) -> None:
    """The same from a process of its own."""
    store = await Store.open(str(tmp_path / "store.db"), docs=Plain())

    async def add(payload: bytes) -> bytes:
        return msgspec.json.encode({"total": int(await store.submit(count(by=int(payload))))})

    store.operations["add"] = add
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OTHER, str(tmp_path / "store.db"), stdout=subprocess.PIPE
    )
    said, _ = await other.communicate()
    await store.close()
    assert msgspec.json.decode(said) == {"total": 41}


async def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    """A store left by a process that was killed opens again, its stale socket notwithstanding."""
    path = tmp_path / "store.db"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLDS, str(path), stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"held\n"
    assert control.FileLock.take(path) is None
    other.kill()
    await other.wait()
    assert (tmp_path / "store.db.sock").exists()
    store = await Store.open(str(path), docs=Plain())
    assert not store.remote
    assert await store.submit(count()) == b"2"
    assert (await store.verify()).holds
    await store.close()


async def test_a_socket_is_reachable_however_deep_its_directory(tmp_path: Path) -> None:
    """A path longer than a socket's address may be does not matter."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    first = await Store.open(str(deep / "store.db"), docs=Plain())
    second = await Store.open(str(deep / "store.db"), docs=Plain())

    async def echo(payload: bytes) -> bytes:
        return payload

    first.operations["echo"] = echo
    assert await second.call("echo", b"x" * 100_000) == b"x" * 100_000
    await second.close()
    await first.close()


async def test_the_last_close_leaves_one_file(tmp_path: Path) -> None:
    """Closing checkpoints: everything is in the database file, and the socket is gone."""
    store = await Store.open(str(tmp_path / "store.db"), docs=Plain(), clock=SimulatedClock(NOON))
    assert isinstance(store.engine, SqliteEngine)
    await store.submit(count())
    await store.doc("person:P-1")
    await store.close()
    assert set(_modes(tmp_path)) == {"store.db", "store.db.key", "store.db.lock"}


async def test_an_unreachable_database_is_said_to_be_down(tmp_path: Path) -> None:
    """Opening a server that is not there is `StoreDown`, without the address's password in it."""
    make_key(tmp_path / "master.key")
    with pytest.raises(StoreDown) as refused:
        await Store.open("postgresql://me:hunter2@127.0.0.1:1/none", docs=Plain(), master_key=tmp_path / "master.key")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("database", "why"),
    [
        ("postgresql:///cg_none?host=/var/run/postgresql", "create it first"),
        ("postgresql://%zz:port/x", "not the address"),
    ],
)
async def test_what_the_operator_can_mend_is_said(postgres_url: str, tmp_path: Path, database: str, why: str) -> None:
    """A database that is not there and an address that is none are named, not met with a traceback."""
    make_key(tmp_path / "master.key")
    with pytest.raises(BadInput, match=why):
        await Store.open(database, docs=Plain(), master_key=tmp_path / "master.key")


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """It is left as it is, and may be opened once it is mended."""
    (tmp_path / "store.db").write_text("a list of names and numbers, one a line, and no database at all" * 9)
    make_key(tmp_path / "store.db.key")
    for _ in range(2):
        with pytest.raises(BadInput, match="not an SQLite database"):
            await Store.open(f"sqlite:///{tmp_path}/store.db", docs=Plain())


async def test_another_store_s_key_file_is_named(opened: Opener, url: str, tmp_path: Path) -> None:
    """A store opened with a key file that is not its own says so."""
    store = await opened()
    await store.submit(count())
    await store.close()
    with pytest.raises(BadInput, match="does not belong to this store"):
        await Store.open(url, docs=Plain(), master_key=make_key(tmp_path / "other.key"))


def _modes(directory: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


_OTHER = """
import asyncio, sys
from contactguard.records.store import Store

async def main():
    store = await Store.open(sys.argv[1], docs=None)
    print((await store.call("add", b"41")).decode())
    await store.close()

asyncio.run(main())
"""
_HOLDS = """
import asyncio, sys
from contactguard.records.store import Store
from tests.records.conftest import Plain, count

async def main():
    store = await Store.open(sys.argv[1], docs=Plain())
    await store.submit(count())
    print("held", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def _schema_differences(url: str) -> list[object]:
    """What alembic would still change to reach the tables as they are written down."""

    def compare(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    if url.startswith("sqlite"):
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                return compare(connection)
        finally:
            engine.dispose()
    from sqlalchemy.ext.asyncio import create_async_engine

    made = create_async_engine("postgresql+asyncpg" + url.removeprefix("postgresql"))
    try:
        async with made.connect() as asynchronous:
            return await asynchronous.run_sync(compare)
    finally:
        await made.dispose()
