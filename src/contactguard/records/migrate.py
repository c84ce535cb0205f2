"""Brings the schema up to date. alembic is imported only where something is to be done.

A migration only adds, so that programs of the release before can go on beside it; what nobody uses any more goes a
release later. Each says in `WORKS_WITH`, and writes into `upgrades`, which schema a program must know to go on. One
that finds a schema it does not know goes on where its own is not older than that, and else refuses; and where those of
before may not go on, a database is not upgraded while any of them is connected.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput
from .tables import SCHEMA

if TYPE_CHECKING:
    from sqlalchemy import Connection

RESTORING = "restoring"
ADVISORY_LOCK = 0x436F6E74
_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_FOUND = "SELECT version_num FROM alembic_version"
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'contactguard' AND datname = current_database() AND pid <> pg_backend_pid()
"""
_WORKS_WITH = "SELECT works_with FROM upgrades WHERE schema = "


def migrate_sqlite(path: Path) -> None:
    """Make or update the schema of a file that this process holds."""
    if not _is_current(path):
        upgrade_sqlite(path)


def upgrade_sqlite(path: Path, revision: str = "head") -> None:
    """Bring the schema of a file to this revision."""
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            upgrade(connection, revision)
    finally:
        engine.dispose()


async def migrate_postgres(url: str) -> None:
    """Make or update the schema, one process at a time."""
    if await _is_current_on(url):
        return
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(driven(url))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            if (await connection.execute(text("SELECT to_regclass('alembic_version') IS NOT NULL"))).scalar():
                found = str((await connection.execute(text(_FOUND))).scalar())
                if found < _least_beside(found) and (await connection.execute(text(_OTHERS))).scalar():
                    why = "a release that cannot go on beside this one is connected; stop its processes, then start"
                    raise BadInput("store", why)
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def driven(url: str) -> str:
    """The address of a PostgreSQL database as SQLAlchemy wants it."""
    return "postgresql+asyncpg://" + url.split("://", 1)[1]


def knows(revision: str) -> bool:
    """Whether this program has the migration to this revision."""
    from alembic.script import ScriptDirectory

    return revision in {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}


def _least_beside(found: str) -> str:
    """The oldest schema whose programs may go on beside all that is to be done to the schema found."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(_MIGRATIONS)).walk_revisions()
    to_do = [script.module for script in scripts if script.revision > found]
    return max((getattr(module, "WORKS_WITH", found) for module in to_do), default=found)


def _is_current(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute(_FOUND).fetchall()
        if len(found) != 1:
            return False
        return _may_go_on(found[0][0], lambda: connection.execute(f"{_WORKS_WITH}?", found[0]).fetchone()[0])
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
        found = await connection.fetchval(_FOUND)
        asked = found not in (None, SCHEMA, RESTORING) and not knows(found)
        works_with = await connection.fetchval(f"{_WORKS_WITH}$1", found) if asked else None
        return found is not None and _may_go_on(found, lambda: works_with)
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()


def _may_go_on(found: str, works_with: Callable[[], str | None]) -> bool:
    """Whether the schema found needs nothing done. `BadInput`: this program must not work on it."""
    if found == SCHEMA:
        return True
    if found == RESTORING:
        why = "a backup is being restored into it, or that was broken off; drop the database and restore again"
        raise BadInput("store", why)
    if knows(found):
        return False
    least = works_with()
    if least is None or least > SCHEMA:
        raise BadInput("store", "a newer release has changed it so that this one cannot work on it; upgrade this one")
    return True


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema behind a connection to this revision."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
