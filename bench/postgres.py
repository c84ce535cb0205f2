"""The prepared store on PostgreSQL: copied once into a template database, from which each run gets its own."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from contactguard.records.store import Store
from contactguard.records.subjects import Documents

from .seeding import Prepared

_HOST = "host=/var/run/postgresql"
_TABLES = ("store_keys", "subjects", "entries")


def url(database: str) -> str:
    """The address of a database of the PostgreSQL that runs here."""
    return f"postgresql:///{database}?{_HOST}"


async def template(store: Prepared) -> str:
    """The name of a database that holds the same rows as the file; made if it is not there."""
    name = "cg_bench_" + store.file.name.removesuffix(".db").replace(".", "_").replace("-", "_")
    admin = await asyncpg.connect(url("postgres"))
    try:
        if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return name
        kind = name.split("_")[2]
        for row in await admin.fetch("SELECT datname FROM pg_database WHERE datname ~ $1", f"^cg_bench_{kind}_"):
            await admin.execute(f"DROP DATABASE {row[0]} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}_new")
        await _fill(f"{name}_new", store)
        await admin.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    finally:
        await admin.close()
    return name


async def _fill(name: str, store: Prepared) -> None:
    opened = await Store.open(url(name), docs=Documents(), master_key=store.key_file)
    await opened.close()
    rows = sqlite3.connect(store.file)
    there = await asyncpg.connect(url(name))
    try:
        await there.execute("DELETE FROM store_keys")
        for table in _TABLES:
            await there.copy_records_to_table(table, records=rows.execute(f"SELECT * FROM {table}"))
        await there.execute("VACUUM ANALYZE")
        await there.execute("CHECKPOINT")
    finally:
        rows.close()
        await there.close()


@contextmanager
def copied(store: Prepared) -> Iterator[str]:
    """The address of a copy to write to, dropped again."""
    name = asyncio.run(template(store))
    copy = f"cg_bench_{secrets.token_hex(6)}"
    asyncio.run(_admin(f"CREATE DATABASE {copy} TEMPLATE {name}", "CHECKPOINT"))
    try:
        yield url(copy)
    finally:
        asyncio.run(_admin(f"DROP DATABASE {copy} WITH (FORCE)"))


async def _admin(*statements: str) -> None:
    admin: Any = await asyncpg.connect(url("postgres"))
    try:
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()
