"""A copy of a whole store in one file, taken while it is used, the same for both engines.

The file: a line that names the format; then frames, each a length (4 bytes, big-endian) and a MessagePack value. The
first holds a `Head`, the store's wrapped keys come next. Each is `[table, rows]`, rows in the order of the head's
columns; the last `[null, {table: number of rows}]`. Behind them stand a keyed digest of all that (HMAC-SHA-256 under a
key of the store's own, so that nobody without the master key can change the file), and the SHA-256 of all before it.
All tables are read in one snapshot, which nobody waits for. Bodies and documents are in it as they are stored, sealed;
the master key is not in it.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import msgspec

from ..errors import BadInput, StoreDown
from .seal import LOOKUP, MasterKeys, Seals
from .tables import METADATA, SCHEMA, STORE_KEYS, UPGRADES

MAGIC = b"contactguard-backup 1\n"
_ROWS = 500
_FRAME_LIMIT = 1 << 30
_DIGEST = 32
_BEHIND = 2 * _DIGEST


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. `made_at`: seconds; whatever happened later is not in it."""

    engine: str
    schema: str
    made_at: int
    tables: dict[str, tuple[str, ...]]


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """One file, complete: rows by table, the SHA-256 of all before it (hex), its size in bytes."""

    made_at: int
    rows: dict[str, int]
    digest: str
    size: int


class Writing:
    """A file being written: under its name only when all of it is on the disk. `master`: of the store that is read."""

    def __init__(self, path: Path, head: Head, master: MasterKeys) -> None:
        if path.exists():
            raise BadInput(str(path), "is there already; name a file that is not")
        self._path, self._part, self._head = path, path.with_name(path.name + ".part"), head
        self._rows = dict.fromkeys(head.tables, 0)
        self._master, self._key = master, b""
        self._hash, self._size = sha256(), 0
        self._part.unlink(missing_ok=True)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=1 << 20)
        self._write(MAGIC)
        self._frame(head)

    def __enter__(self) -> Writing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Some rows of a table. `BadInput` where the master key is another store's."""
        if table == STORE_KEYS.name:
            self._key = backup_key(self._master, rows)
        self._rows[table] += len(rows)
        self._frame((table, rows))

    def finish(self) -> Copied:
        """End the file, and give it its name once it is on the disk."""
        self._frame((None, self._rows))
        self._write(hmac.digest(self._key, self._hash.digest(), "sha256"))
        digest = self._hash.digest()
        self._write(digest)
        self._file.flush()
        os.fsync(self._file.fileno())
        os.link(self._part, self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return Copied(made_at=self._head.made_at, rows=self._rows, digest=digest.hex(), size=self._size)

    def _frame(self, value: Any) -> None:
        body = msgspec.msgpack.encode(value)
        self._write(len(body).to_bytes(4, "big") + body)

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        self._file.write(data)


def backup_key(master: MasterKeys, rows: Iterable[Sequence[Any]]) -> bytes:
    """The key of the keyed digest, of the rows of the store's own keys. `BadInput`: another store's master key."""
    return hmac.digest(Seals(master).own([(row[0], row[1]) for row in rows])[LOOKUP], b"backup", "sha512")[:_DIGEST]


class Reading:
    """A complete file: `BadInput` where it is none, or not what was written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest, self._said, self._keyed = _checked(path)
        frames = self._frames()
        try:
            self.head = msgspec.msgpack.decode(next(frames), type=Head)
        except (msgspec.DecodeError, StopIteration):
            raise BadInput(str(path), "this is a backup that this release cannot read") from None

    def check(self, key: bytes) -> None:
        """Whether it was written by somebody with this `backup_key`. `BadInput`."""
        if not hmac.compare_digest(hmac.digest(key, self._said, "sha256"), self._keyed):
            raise BadInput(str(self.path), "was changed since it was made: its keyed digest is another")

    def rows(self) -> Iterator[tuple[str, list[list[Any]]]]:
        """Each table's rows, in the order they were read. `BadInput` where some are missing."""
        frames = self._frames()
        next(frames)
        counted = dict.fromkeys(self.head.tables, 0)
        for frame in frames:
            table, rows = msgspec.msgpack.decode(frame, type=tuple[str | None, Any])
            if table is None:
                if rows != counted:
                    raise BadInput(str(self.path), "rows are missing")
                return
            counted[table] += len(rows)
            yield table, rows
        raise BadInput(str(self.path), "its end is missing")

    def _frames(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - len(file.readline(len(MAGIC))) - _BEHIND
            while left > 0:
                size = int.from_bytes(file.read(4), "big")
                left -= 4 + size
                if left < 0 or size > _FRAME_LIMIT:
                    raise BadInput(str(self.path), "is damaged")
                yield file.read(size)


def _checked(path: Path) -> tuple[str, bytes, bytes]:
    """The digest at the end of the file, if it is that of all before; that of what it says, and its keyed digest."""
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size - _BEHIND
        if file.readline(len(MAGIC)) != MAGIC or left <= len(MAGIC):
            raise BadInput(str(path), "is not a backup of a store")
        found, left = sha256(MAGIC), left - len(MAGIC)
        while left:
            block = file.read(min(left, 1 << 20))
            found.update(block)
            left -= len(block)
        said, keyed = found.digest(), file.read(_DIGEST)
        found.update(keyed)
        if file.read() != found.digest():
            raise BadInput(str(path), "is damaged: it does not have the digest it was written with")
    return found.hexdigest(), said, keyed


def back_up_sqlite(store: Path, out: Path, now: int, key_file: Path) -> Copied:
    """Copy the store in a file, whichever process writes to it: a reader that neither writes nor checkpoints.

    `key_file`: the store's master key.
    """
    master = MasterKeys.open(key_file, create=False)
    try:
        connection = sqlite3.connect(f"file:{quote(str(store))}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error:
        raise StoreDown("the store's file cannot be opened") from None
    try:
        connection.execute("PRAGMA busy_timeout = 2000")
        connection.execute("BEGIN")
        head = _head("sqlite", connection.execute("SELECT version_num FROM alembic_version").fetchone()[0], now)
        with Writing(out, head, master) as writing:
            for table, columns in head.tables.items():
                read = connection.execute(_select(table, columns))
                while rows := read.fetchmany(_ROWS):
                    writing.add(table, rows)
            return writing.finish()
    except sqlite3.Error as error:
        raise StoreDown(f"the store cannot be read: {type(error).__name__}") from None
    finally:
        connection.close()


async def back_up_postgres(url: str, out: Path, now: int, key_file: Path) -> Copied:
    """Copy the store in a database, in one snapshot. `key_file`: its master key."""
    import asyncpg

    from . import sql_postgres as sql

    master = MasterKeys.open(key_file, create=False)
    try:
        connection = await asyncpg.connect(url, server_settings=sql.READER_SETTINGS, timeout=sql.PATIENCE["timeout"])
    except (OSError, asyncpg.PostgresError):
        raise StoreDown("the database cannot be reached") from None
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = await connection.fetchval("SELECT version_num FROM alembic_version")
            head = _head("postgresql", found, now)
            with Writing(out, head, master) as writing:
                for table, columns in head.tables.items():
                    read = await connection.cursor(_select(table, columns))
                    while rows := await read.fetch(_ROWS):
                        writing.add(table, [tuple(row) for row in rows])
                return writing.finish()
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreDown(f"the store cannot be read: {type(error).__name__}") from None
    finally:
        await connection.close()


def _head(engine: str, schema: str, now: int) -> Head:
    if schema != SCHEMA:
        raise BadInput("store", "it has another release's schema: make the backup with the release that serves it")
    kept = [STORE_KEYS, *(table for table in METADATA.sorted_tables if table not in (STORE_KEYS, UPGRADES))]
    tables = {str(table.name): tuple(str(column.name) for column in table.columns) for table in kept}
    return Head(engine=engine, schema=schema, made_at=now, tables=tables)


def _select(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608
