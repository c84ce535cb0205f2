"""One lane to PostgreSQL: a connection that works through batches, each a transaction of five round trips.

BEGIN, lock, read (which under READ COMMITTED must be a second statement, or it would see what was before the
locks), write, COMMIT.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from ..errors import Busy, StoreDown
from . import sql_postgres as sql
from .documents import SubjectRow
from .waiting import Ticket, Waiting, deny, settle
from .writer import Batch, Further, UsedRow

if TYPE_CHECKING:
    from .writer_postgres import PostgresEngine

log = structlog.get_logger(__name__)

_LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver makes of a server's last word that comes at a bad moment
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
TROUBLE = (*_LOST, asyncpg.PostgresError)
_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
_ATTEMPTS = 5
_DOWN = "the database did not confirm; ask again with the same idempotency key"


class _Again(Exception):
    """The batch was rolled back for a reason that may not return: start it over."""


class Lane:
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
            with contextlib.suppress(*TROUBLE):
                await self._connection.close(timeout=sql.PATIENCE["timeout"])

    async def _settle(self, tickets: list[Ticket]) -> None:
        """Work through a batch and hand out its answers. What one of its rows breaks, is done job by job."""
        try:
            done = await self._persist(tickets)
        except Exception as error:
            if len(tickets) > 1 and not _concerns_all(error):
                for ticket in tickets:
                    await self._settle([ticket])
                return
            log.error("batch_failed", jobs=len(tickets), error=type(error).__name__)
            done = tickets
            for ticket in tickets:
                ticket.failed = as_ours(error)
        settle(done)

    async def _persist(self, tickets: list[Ticket]) -> list[Ticket]:
        for attempt in range(_ATTEMPTS):
            try:
                return await self._transact(tickets)
            except _Again as again:
                if attempt == _ATTEMPTS - 1 and again.__cause__ is not None:
                    raise again.__cause__ from None
        raise Busy

    async def _transact(self, tickets: list[Ticket]) -> list[Ticket]:
        connection = await self._begin()
        batch = Batch(tickets, self.engine.documents, self.engine.ticks, simulated=self.engine.clock.simulated)
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
        made = await self._lock(connection, batch)
        wants = batch.further()
        seconds, edition = await self._read(connection, batch, wants)
        now = int(self.engine.clock.by_database(seconds))
        rest = batch.judge(now, self.waiting.slice_end(batch.tickets), edition)
        if changes := batch.changes():
            await connection.execute(sql.WRITE, *sql.columns(changes))
        if unused := made.difference(row[0] for row in (*changes.docs, *changes.tips)):
            await connection.execute(sql.UNMAKE, list(unused))
        return rest

    async def _lock(self, connection: asyncpg.Connection, batch: Batch) -> set[str]:
        """Lock every subject in the order of the keys; those without a row get one, and their keys come back.

        A new row is made before anything is locked, so that whoever waits for it to be there holds nothing meanwhile.
        """
        keys, made = batch.lock(), set()
        if batch.alone:
            await connection.execute(f"{sql.HURRY}; {sql.TURN_ALONE}")
        rows = await connection.fetch(sql.LOCK, keys)
        if len(rows) < len(keys):
            found = {row[0] for row in rows}
            await connection.execute("ROLLBACK")
            await connection.execute(f"BEGIN; {sql.HURRY}; {sql.TURN_ALONE}" if batch.alone else "BEGIN")
            made = {row[0] for row in await connection.fetch(sql.MAKE, [key for key in keys if key not in found])}
            rows = await connection.fetch(sql.LOCK, keys)
        if len(rows) < len(keys):
            raise _Again
        batch.load(keys, map(SubjectRow._make, rows))
        return made

    async def _read(self, connection: asyncpg.Connection, batch: Batch, wants: Further) -> tuple[float, int]:
        """Read what the locked subjects guard; the seconds of the database's clock come back, and the edition."""
        found: tuple[list[Any], ...] = ([], [], [], [], [])
        for row in await connection.fetch(sql.READ, *wants):
            found[row[0]].append(row)
        clock, subjects, permits, marks, uses = found
        batch.load(wants.keys, (SubjectRow._make(row[2:]) for row in subjects))
        used = await connection.fetch(sql.USED_BY_HASH, [row[8] for row in uses]) if uses else []
        batch.load_further(((row[2], row[8]) for row in permits), (row[8] for row in marks), map(UsedRow._make, used))
        return float(clock[0][1]), int(clock[0][3])

    async def _begin(self) -> asyncpg.Connection:
        """A connection with a transaction begun; one that was lost while idle is made anew."""
        if self._connection is not None:
            try:
                await self._connection.execute("BEGIN")
            except TROUBLE:
                self._connection.terminate()
            else:
                return self._connection
        self._connection = None
        try:
            self._connection = await asyncpg.connect(self.engine.url, server_settings=sql.LANE_SETTINGS, **sql.PATIENCE)
            await self._connection.execute("BEGIN")
        except TROUBLE as error:
            raise StoreDown(_DOWN) from error
        return self._connection

    async def commit(self, connection: asyncpg.Connection) -> None:
        """Make it durable. If that is not confirmed, nobody is told that it happened."""
        try:
            done = await connection.execute("COMMIT")
        except BaseException as error:
            connection.terminate()
            self._connection = None
            raise StoreDown(_DOWN) from error
        if done != "COMMIT":  # what a failed transaction answers, without an error
            raise StoreDown(_DOWN)

    async def _roll_back(self, connection: asyncpg.Connection) -> None:
        """Undo; a connection that cannot even do that is dropped, which undoes as well."""
        try:
            await connection.execute("ROLLBACK")
        except Exception:
            connection.terminate()
            self._connection = None


def _concerns_all(error: BaseException) -> bool:
    """Whether no job of the batch would fare better alone; a value that cannot be sent is its own job's fault."""
    return isinstance(error, (*_LOST, StoreDown, asyncpg.LockNotAvailableError)) and not isinstance(error, ValueError)


def as_ours(error: BaseException) -> BaseException:
    if isinstance(error, asyncpg.LockNotAvailableError):
        return Busy()
    if isinstance(error, TROUBLE):
        log.error("database_error", error=type(error).__name__)
        return StoreDown(_DOWN)
    return error
