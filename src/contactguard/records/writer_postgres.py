"""PostgreSQL: a few lanes, each one connection that works through batches; any number of processes may do so.

What keeps them apart is row locks, taken in the order of the sorted keys (`lane_postgres.py`).
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
import structlog

from ..clock import Clock
from ..errors import BadInput, Busy, StoreDown
from . import seal
from . import sql_postgres as sql
from .documents import Documents
from .history import Query, Rows, Steps
from .lane_postgres import TROUBLE, Lane, as_ours
from .migrate import migrate_postgres
from .store import Health
from .waiting import BULK_LIMIT, QUEUE_LIMIT, Ticket, deny
from .work import Codec, Job

T = TypeVar("T")
log = structlog.get_logger(__name__)

_LANES = 3
_READERS = 4
_SWEEP_SECONDS = 0.25
_MENDABLE = {
    asyncpg.InvalidCatalogNameError: "there is no database of that name; create it first",
    asyncpg.InvalidAuthorizationSpecificationError: "the database does not accept this user or password",
    asyncpg.InsufficientPrivilegeError: "this user may not read or make the tables",
    ValueError: "this is not the address of a PostgreSQL database",
}


class PostgresEngine:
    """The engine of one database. Made by `open_postgres`."""

    name = "postgresql"

    def __init__(self, url: str, clock: Clock, codec: Codec, master: seal.MasterKeys, pool: asyncpg.Pool) -> None:
        self.url, self.clock, self.ticks = url, clock, time.monotonic
        self.commits = 0
        self.seals = seal.Seals(master)
        self.documents = Documents(self.seals, codec)
        self.own_keys: dict[str, bytes] = {}
        self._pool = pool
        self._bulk_places = asyncio.Semaphore(BULK_LIMIT)
        self._sweeping: asyncio.TimerHandle | None = None
        self.lanes = [Lane(self) for _ in range(_LANES)]

    async def read_own_keys(self) -> None:
        """Read the store's own keys; whoever comes first to an empty store makes them."""
        for row in seal.first_keys(self.seals.master):
            await self._pool.execute("INSERT INTO store_keys VALUES ($1, $2) ON CONFLICT DO NOTHING", *row)
        self.own_keys = self.seals.own([(row[0], row[1]) for row in await self._pool.fetch(sql.OWN_KEYS)])

    async def submit(self, job: Job) -> Any:
        """See `Store.submit`."""
        if job.bulk:
            async with self._bulk_places:
                return await self._enqueue(job)
        return await self._enqueue(job)

    async def read(self, steps: Steps[T], *, snapshot: bool = False) -> T:
        """Run a read on a connection of the pool; its statements see one snapshot where asked."""
        try:
            async with self._pool.acquire() as connection:
                if not snapshot:
                    return await self._drive(connection, steps)
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    return await self._drive(connection, steps)
        except TROUBLE as error:
            raise as_ours(error) from error

    async def write(self, steps: Steps[T]) -> T:
        """Run statements in one transaction."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                return await self._drive(connection, steps)
        except TROUBLE as error:
            raise as_ours(error) from error

    async def close(self) -> None:
        """Finish what waits, then disconnect."""
        for lane in self.lanes:
            lane.closing = True
            lane.wake.set()
        await asyncio.gather(*(lane.task for lane in self.lanes))
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._pool.close()

    async def health(self) -> Health:
        """The database's version and settings, and how far its clock is from this process's."""
        names = ("synchronous_commit", "fsync", "full_page_writes")
        shown = {name: (await self._fetch(f"SHOW {name}"))[0][0] for name in names}
        before = self.clock.now()
        seconds = self.clock.by_database((await self._fetch(sql.SECONDS))[0][0])
        return Health(
            engine="postgresql",
            version=str((await self._fetch("SHOW server_version"))[0][0]),
            waiting=sum(len(lane.waiting) for lane in self.lanes),
            oldest_wait=max(lane.waiting.oldest() for lane in self.lanes),
            behind_bulk=max(lane.waiting.behind_bulk for lane in self.lanes),
            commits=self.commits,
            skew=(before + self.clock.now()) / 2 - seconds,
            pragmas=shown,
        )

    def sweep(self) -> None:
        """Turn away whoever waited too long, even while the database is held up."""
        for lane in self.lanes:
            deny(lane.waiting.late(), Busy)
        waiting = any(len(lane.waiting) for lane in self.lanes)
        self._sweeping = asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self.sweep) if waiting else None

    def _enqueue(self, job: Job) -> asyncio.Future[Any]:
        lane = self.lanes[zlib.crc32(_first_person(job.lock).encode()) % _LANES]
        if lane.closing:
            raise StoreDown("the store is closing")
        if sum(len(each.waiting) for each in self.lanes) >= QUEUE_LIMIT:
            raise Busy
        loop = asyncio.get_running_loop()
        ticket = Ticket(job, loop.create_future(), self.ticks())
        lane.waiting.put(ticket)
        lane.wake.set()
        if self._sweeping is None:
            self._sweeping = loop.call_later(_SWEEP_SECONDS, self.sweep)
        return ticket.future

    async def _fetch(self, text: str) -> Rows:
        try:
            found: Rows = await self._pool.fetch(text)
        except TROUBLE as error:
            raise as_ours(error) from error
        return found

    async def _drive(self, connection: asyncpg.Connection, steps: Steps[T]) -> T:
        try:
            query = next(steps)
            while True:
                query = steps.send(await self._ask(connection, query))
        except StopIteration as stop:
            result: T = stop.value
            return result

    async def _ask(self, connection: asyncpg.Connection, query: Query) -> Rows:
        if not query.text:
            seconds, edition = await connection.fetchrow(sql.NOW)
            return [(self.clock.by_database(seconds), edition)]
        rows: Rows = await connection.fetch(query.text, *query.args)
        return rows


async def open_postgres(
    url: str, codec: Codec, clock: Clock, key_file: Path, *, migrated: bool = False
) -> PostgresEngine:
    """Connect, migrate, read the keys. `BadInput` for what the operator can mend, `StoreDown` when out of reach.

    `migrated`: the schema is up to date whatever its number says.
    """
    master = seal.MasterKeys.open(key_file, create=False)
    try:
        if not migrated:
            await migrate_postgres(url)
        pool = await asyncpg.create_pool(
            url, min_size=1, max_size=_READERS, server_settings=sql.READER_SETTINGS, **sql.PATIENCE
        )
        engine = PostgresEngine(url, clock, codec, master, pool)
        try:
            await engine.read_own_keys()
        except BaseException:
            await engine.close()
            raise
    except (*TROUBLE, ValueError, sa.exc.SQLAlchemyError) as error:
        raise _not_opened(error) from error
    return engine


def _not_opened(error: BaseException) -> Exception:
    for kind, why in _MENDABLE.items():
        if isinstance(error, kind):
            return BadInput("store", why)
    return StoreDown("the database cannot be reached")


def _first_person(keys: Sequence[str]) -> str:
    return next((key for key in keys if key.startswith("person:")), keys[0] if keys else "")
