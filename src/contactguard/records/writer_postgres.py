"""PostgreSQL: a few lanes, each one connection that works through batches; any number of processes may do so.

What keeps them apart is row locks, taken in the order of the sorted keys. A batch is five round trips: BEGIN, lock,
read (which under READ COMMITTED must be a second statement, or it would see what was before the locks), write, COMMIT.
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
from ..errors import Busy, StoreDown
from . import seal
from . import sql_postgres as sql
from .documents import Documents, SubjectRow
from .history import Query, Rows, Steps
from .migrate import migrate_postgres
from .store import Health
from .waiting import BULK_LIMIT, QUEUE_LIMIT, Ticket, Waiting, deny, settle
from .work import Codec, Job
from .writer import Batch, Further, UsedRow, slice_end

T = TypeVar("T")
log = structlog.get_logger(__name__)

_LANES = 3
_READERS = 4
_SWEEP_SECONDS = 0.25
_LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
_TROUBLE = (*_LOST, asyncpg.PostgresError)
_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
_ATTEMPTS = 5
_DOWN = "the database did not confirm; ask again with the same idempotency key"


class _Again(Exception):
    """The batch was rolled back for a reason that may not return: start it over."""


class _Lane:
    """One connection and the jobs that wait for it."""

    def __init__(self, engine: PostgresEngine) -> None:
        self.engine, self.waiting = engine, Waiting(engine.ticks)
        self.wake = asyncio.Event()
        self.closing = False
        self._connection: asyncpg.Connection | None = None
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self.closing or len(self.waiting):
            if not len(self.waiting):
                self.wake.clear()
                await self.wake.wait()
            deny(self.waiting.late(), Busy)
            if tickets := self.waiting.take():
                await self._settle(tickets)
        if self._connection is not None:
            await self._connection.close()

    async def _settle(self, tickets: list[Ticket]) -> None:
        """Work through a batch and hand out its answers. What one of its rows breaks, is done job by job."""
        try:
            done = await self._persist(tickets)
        except Exception as error:
            if len(tickets) > 1 and not isinstance(_as_ours(error), StoreDown | Busy):
                for ticket in tickets:
                    await self._settle([ticket])
                return
            log.error("batch_failed", jobs=len(tickets), error=type(error).__name__)
            done = tickets
            for ticket in tickets:
                ticket.failed = _as_ours(error)
        settle(done)

    async def _persist(self, tickets: list[Ticket]) -> list[Ticket]:
        for attempt in range(_ATTEMPTS):
            try:
                return await self._transact(tickets)
            except _Again as again:
                if attempt == _ATTEMPTS - 1 and again.__cause__ is not None:
                    raise again.__cause__ from None
        return []

    async def _transact(self, tickets: list[Ticket]) -> list[Ticket]:
        connection = await self._begin()
        batch = Batch(tickets, self.engine.documents, self.engine.ticks)
        try:
            rest = await self._work(connection, batch)
        except BaseException as error:
            await self._roll_back(connection)
            if isinstance(error, _AGAIN):
                raise _Again from error
            raise
        await self.commit(connection)
        self.engine.commits += 1
        self.engine.seals.forget(batch.erased)
        self.waiting.back(rest)
        return batch.tickets

    async def _work(self, connection: asyncpg.Connection, batch: Batch) -> list[Ticket]:
        await self._lock(connection, batch)
        wants = batch.further()
        seconds = await self._read(connection, batch, wants)
        now = int(self.engine.clock.by_database(seconds))
        rest = batch.judge(now, slice_end(batch.tickets, self.engine.ticks))
        if changes := batch.changes():
            await connection.execute(sql.WRITE, *sql.columns(changes))
        return rest

    async def _lock(self, connection: asyncpg.Connection, batch: Batch) -> None:
        """Lock every subject in the order of the keys; those without a row get one first, in a transaction apart."""
        keys = batch.lock()
        rows = await connection.fetch(sql.LOCK, keys)
        if len(rows) < len(keys):
            found = {row[0] for row in rows}
            await connection.execute("ROLLBACK")
            await connection.execute(sql.ENSURE, [key for key in keys if key not in found])
            await connection.execute("BEGIN")
            rows = await connection.fetch(sql.LOCK, keys)
        batch.load(keys, map(SubjectRow._make, rows))

    async def _read(self, connection: asyncpg.Connection, batch: Batch, wants: Further) -> float:
        """Read what the locked subjects guard, and the database's clock; its seconds come back."""
        found: tuple[list[Any], ...] = ([], [], [], [], [])
        for row in await connection.fetch(sql.READ, *wants):
            found[row[0]].append(row)
        clock, subjects, permits, marks, uses = found
        batch.load(wants.keys, (SubjectRow._make(row[2:]) for row in subjects))
        used = await connection.fetch(sql.USED_BY_HASH, [row[8] for row in uses]) if uses else []
        batch.load_further((row[8] for row in permits), (row[8] for row in marks), map(UsedRow._make, used))
        return float(clock[0][1])

    async def _begin(self) -> asyncpg.Connection:
        """A connection with a transaction begun; one that was lost while idle is made anew."""
        if self._connection is not None:
            try:
                await self._connection.execute("BEGIN")
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                self._connection.terminate()
            else:
                return self._connection
        self._connection = await asyncpg.connect(self.engine.url, server_settings=sql.LANE_SETTINGS, timeout=5)
        await self._connection.execute("BEGIN")
        return self._connection

    async def commit(self, connection: asyncpg.Connection) -> None:
        """Make it durable. If that is not confirmed, nobody is told that it happened."""
        try:
            await connection.execute("COMMIT")
        except BaseException as error:
            connection.terminate()
            self._connection = None
            raise StoreDown(_DOWN) from error

    async def _roll_back(self, connection: asyncpg.Connection) -> None:
        """Undo; a connection that cannot even do that is dropped, which undoes as well."""
        try:
            await connection.execute("ROLLBACK")
        except Exception:
            connection.terminate()
            self._connection = None


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
        self.lanes = [_Lane(self) for _ in range(_LANES)]

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
        except _TROUBLE as error:
            raise _as_ours(error) from error

    async def write(self, steps: Steps[T]) -> T:
        """Run statements in one transaction."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                return await self._drive(connection, steps)
        except _TROUBLE as error:
            raise _as_ours(error) from error

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
        except _TROUBLE as error:
            raise _as_ours(error) from error
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
            return [(self.clock.by_database(await connection.fetchval(sql.SECONDS)),)]
        rows: Rows = await connection.fetch(query.text, *query.args)
        return rows


async def open_postgres(url: str, codec: Codec, clock: Clock, key_file: Path) -> PostgresEngine:
    """Connect, migrate, read the keys. `StoreDown` when the database cannot be reached."""
    master = seal.MasterKeys.open(key_file, create=False)
    try:
        await migrate_postgres(url)
        pool = await asyncpg.create_pool(
            url, min_size=1, max_size=_READERS, server_settings=sql.READER_SETTINGS, timeout=5
        )
    except (*_TROUBLE, sa.exc.DBAPIError) as error:
        raise StoreDown("the database cannot be reached") from error
    engine = PostgresEngine(url, clock, codec, master, pool)
    await engine.read_own_keys()
    return engine


def _first_person(keys: Sequence[str]) -> str:
    return next((key for key in keys if key.startswith("person:")), keys[0] if keys else "")


def _as_ours(error: BaseException) -> BaseException:
    if isinstance(error, asyncpg.LockNotAvailableError):
        return Busy()
    if isinstance(error, _LOST):
        log.error("database_error", error=type(error).__name__)
        return StoreDown(_DOWN)
    return error
