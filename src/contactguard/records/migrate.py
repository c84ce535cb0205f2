"""Brings the schema up to date. alembic is imported only where something is to be done."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput
from .tables import SCHEMA

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_ADVISORY_LOCK = 0x436F6E74


def migrate_sqlite(path: Path) -> None:
    """Make or update the schema of a file that this process holds."""
    if not _is_current(path):
        import sqlalchemy as sa

        engine = sa.create_engine(f"sqlite:///{path}")
        try:
            with engine.begin() as connection:
                _upgrade(connection)
        finally:
            engine.dispose()


async def migrate_postgres(url: str) -> None:
    """Make or update the schema, one process at a time."""
    if await _is_current_on(url):
        return
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("postgresql+asyncpg://" + url.split("://", 1)[1])
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _is_current(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return found == [(SCHEMA,)]
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        raise BadInput("store", "this file is not an SQLite database, or it is damaged") from None
    finally:
        connection.close()


async def _is_current_on(url: str) -> bool:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=5)
    try:
        return bool(await connection.fetchval("SELECT version_num FROM alembic_version") == SCHEMA)
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
