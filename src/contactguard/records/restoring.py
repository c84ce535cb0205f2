"""Brings a backup back into a store that is not there yet: all of it, or nothing that anybody could open.

What is brought back is behind: what happened since the backup is missing. So it is handed out first to whoever shuts
it, and becomes the store of that name only then: an SQLite file gets its name, a PostgreSQL database its schema's
number.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clock import Clock
from ..errors import BadInput, StoreDown
from . import seal
from .backup import Reading, backup_key
from .control import FileLock
from .migrate import ADVISORY_LOCK, RESTORING, driven, knows, upgrade, upgrade_sqlite
from .store import Store, is_postgres, key_file_named, sqlite_path
from .tables import METADATA, SCHEMA, STORE_KEYS
from .work import Codec

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def bringing_back(
    reading: Reading, url: str, *, docs: Codec, clock: Clock, master_key: Path | None
) -> AsyncIterator[Store]:
    """The store of this backup, which nobody else can open until the block ends well; else nothing is left.

    `master_key`: as for `Store.open`; it must hold the key that the store had when it was backed up. `BadInput`: the
    place is taken, or the backup or the key will not do.
    """
    _check_readable(reading)
    key_file = master_key or key_file_named()
    if is_postgres(url):
        async with _into_postgres(reading, url, docs, clock, key_file) as store:
            yield store
    else:
        async with _into_sqlite(reading, sqlite_path(url), docs, clock, key_file) as store:
            yield store


@asynccontextmanager
async def _into_sqlite(
    reading: Reading, path: Path, docs: Codec, clock: Clock, key_file: Path | None
) -> AsyncIterator[Store]:
    lock = FileLock.take(path)
    if lock is None:
        raise BadInput(str(path), "another process serves a store of this name; stop it and move its file away")
    made = path.with_name(path.name + ".restoring")
    try:
        _check_free(path)
        _remove(made)
        key_file = key_file or path.with_name(path.name + ".key")
        _check_key(reading, seal.MasterKeys.open(key_file, create=False))
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _fill_sqlite(reading, made)
        store = await Store.open(str(made), docs=docs, clock=clock, master_key=key_file)
        try:
            yield store
        finally:
            await store.close()
        if made.with_name(made.name + "-wal").exists():
            raise StoreDown("what shuts the store is not in its file yet; something else has it open")
        made.rename(path)
        _sync(path.parent)
    finally:
        _remove(made)
        lock.release()


def _fill_sqlite(reading: Reading, path: Path) -> None:
    import sqlite3

    upgrade_sqlite(path, reading.head.schema)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = off")  # until it has its name, nobody misses it
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("BEGIN")
        for table, rows in reading.rows():
            columns = reading.head.tables[table]
            places = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # noqa: S608
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StoreDown(f"the store cannot be written: {error}") from None
    finally:
        connection.close()
    _sync(path)


@asynccontextmanager
async def _into_postgres(
    reading: Reading, url: str, docs: Codec, clock: Clock, key_file: Path | None
) -> AsyncIterator[Store]:
    import asyncpg
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine

    from .writer_postgres import open_postgres

    if key_file is None:
        raise BadInput("CONTACTGUARD_MASTER_KEY_FILE", "name the master key file of the store that was backed up")
    _check_key(reading, seal.MasterKeys.open(key_file, create=False))
    engine = create_async_engine(driven(url))
    try:
        async with engine.begin() as connection:
            await _fill_postgres(reading, connection)
        store = Store(await open_postgres(url, docs, clock, key_file, migrated=True), clock)
        try:
            yield store
        finally:
            await store.close()
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = $1", (SCHEMA,))
    except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreDown(f"the database did not take it: {type(error).__name__}") from error
    finally:
        await engine.dispose()


async def _fill_postgres(reading: Reading, connection: AsyncConnection) -> None:
    """All in one transaction: the schema of the backup, its rows, and what was added to the schema since."""
    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
    if (await connection.exec_driver_sql("SELECT to_regclass('alembic_version') IS NOT NULL")).scalar():
        raise BadInput("store", "this database holds a store already; name an empty one (createdb NAME)")
    await connection.run_sync(upgrade, reading.head.schema)
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    for table, rows in reading.rows():
        await driver.copy_records_to_table(table, records=rows, columns=reading.head.tables[table])
    await connection.run_sync(upgrade)
    await connection.exec_driver_sql("UPDATE alembic_version SET version_num = $1", (RESTORING,))


def _check_free(path: Path) -> None:
    if path.exists() or path.with_name(path.name + "-wal").exists():
        raise BadInput(str(path), "is there already; move it away, with FILE-wal and FILE-shm, and keep it")


def _check_readable(reading: Reading) -> None:
    if not knows(reading.head.schema):
        raise BadInput(str(reading.path), "a newer release made this backup; restore it with that one")
    for table, columns in reading.head.tables.items():
        if table not in METADATA.tables or not set(columns) <= set(METADATA.tables[table].columns.keys()):
            raise BadInput(str(reading.path), "it holds tables that this release does not know")


def _check_key(reading: Reading, master: seal.MasterKeys) -> None:
    """Whether the key file opens what the backup holds, and nobody without that key has changed it."""
    table, rows = next(reading.rows(), ("", []))
    if table != STORE_KEYS.name:
        raise BadInput(str(reading.path), "holds no keys of a store")
    reading.check(backup_key(master, rows))


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal", ".lock", ".sock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
