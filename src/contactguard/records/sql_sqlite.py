"""SQLite: how connections are set, and the statements, compiled once from the schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from ..errors import StoreDown
from .history import used_columns
from .tables import ENTRIES, IDEMPOTENCY, MARKS, PERMITS, STORE_KEYS, SUBJECTS, Statement, among

WRITER_PRAGMAS: Mapping[str, str | int] = {
    "busy_timeout": 2_000,
    "journal_mode": "wal",
    "synchronous": 2,
    "mmap_size": 0,
    "wal_autocheckpoint": 1_000,  # a commit that also checkpoints takes some 10 ms; four times the pages, 35 ms
    "cache_size": -32_768,
    "temp_store": 2,
    "secure_delete": 2,  # fast: what is overwritten is zeroed, without further pages being written
}
READER_PRAGMAS: Mapping[str, str | int] = {
    "busy_timeout": 2_000,
    "query_only": 1,
    "wal_autocheckpoint": 0,
    "mmap_size": 0,
    "cache_size": -8_192,
}


def _upsert(table: sa.Table) -> str:
    statement = insert(table)
    others = {name: column for name, column in statement.excluded.items() if name not in table.primary_key}
    changing = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)
    return Statement(changing, "sqlite").text


def _update_tips() -> str:
    new: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("height", "tip", "newest")}
    changing = sa.update(SUBJECTS).values(new).where(SUBJECTS.c.key == sa.bindparam("old_key"))
    return Statement(changing, "sqlite").text


def _select(columns: sa.Select[Any], where: sa.ColumnElement[bool]) -> str:
    return Statement(columns.where(where), "sqlite").text


_hash = sa.bindparam("hash", type_=sa.LargeBinary)
LOCKED = _select(sa.select(SUBJECTS), among(SUBJECTS.c.key, "keys", "sqlite"))
PERMITS_BY_ID = _select(sa.select(PERMITS.c.id, PERMITS.c.body), among(PERMITS.c.id, "ids", "sqlite"))
MARK_BY_HASH = _select(sa.select(MARKS.c.hash), MARKS.c.hash == _hash)
USED_BY_HASH = _select(used_columns(), IDEMPOTENCY.c.hash == _hash)
EDITION = "SELECT coalesce(max(height), 0) FROM subjects WHERE key = 'system:rulebook'"
OWN_KEYS = Statement(sa.select(STORE_KEYS), "sqlite").text
WRITE_DOC, WRITE_PERMIT = _upsert(SUBJECTS), _upsert(PERMITS)
WRITE_TIP = _update_tips()
WRITE_ENTRY, WRITE_USE, WRITE_MARK, WRITE_OWN_KEY = (
    Statement(sa.insert(table), "sqlite").text for table in (ENTRIES, IDEMPOTENCY, MARKS, STORE_KEYS)
)


@cache
def which_used(number: int) -> str:
    """Which of this many hashes of idempotency keys are known; asked of every batch, and mostly none is."""
    listed = [sa.bindparam(f"hash_{place}", type_=sa.LargeBinary) for place in range(number)]
    return Statement(sa.select(IDEMPOTENCY.c.hash).where(IDEMPOTENCY.c.hash.in_(listed)), "sqlite").text


def connect(path: Path, pragmas: Mapping[str, str | int]) -> sqlite3.Connection:
    """A connection with these settings, each read back. `StoreDown` if one did not take."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for name, value in pragmas.items():
        asked = "fast" if name == "secure_delete" else value
        connection.execute(f"PRAGMA {name} = {asked}").fetchall()
    wrong = [name for name, value in pragmas.items() if (pragma(connection, name) or 0) != value]
    if wrong:
        connection.close()
        raise StoreDown(f"SQLite did not take the setting {wrong[0]}")
    return connection


def pragma(connection: sqlite3.Connection, name: str) -> Any:
    row = connection.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None
