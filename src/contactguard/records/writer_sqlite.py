"""SQLite: one thread with the one writing connection, which also does every checkpoint; readers beside it.

SQLite before 3.51.3 can lose a WAL when two connections write or checkpoint, hence one writer per file,
readers that never checkpoint, and no memory mapping.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from ..clock import Clock
from ..errors import Busy, StoreDown
from . import seal
from . import sql_sqlite as sql
from .documents import Documents, SubjectRow
from .history import Query, Rows, Steps
from .migrate import migrate_sqlite
from .rulebooks import SUBJECT
from .sql_sqlite import READER_PRAGMAS, WRITER_PRAGMAS, connect
from .store import Health
from .waiting import BULK_LIMIT, Ticket, Waiting, deny, settle
from .work import Codec, Job
from .writer import Batch, Changes, UsedRow

T = TypeVar("T")
log = structlog.get_logger(__name__)

_SWEEP_SECONDS = 0.25
_WAIT_FOR_READERS_MS = 50


class SqliteEngine:
    """The engine of one file. Made by `open_sqlite`, while the file's lock is held."""

    name = "sqlite"

    def __init__(self, path: Path, clock: Clock, waiting: Waiting, codec: Codec, master: seal.MasterKeys) -> None:
        self.path, self.clock, self.waiting = path, clock, waiting
        self.commits = 0
        self.seals = seal.Seals(master)
        self.documents = Documents(self.seals, codec)
        self._loop = asyncio.get_running_loop()
        self._bulk_places = asyncio.Semaphore(BULK_LIMIT)
        self._sweeping: asyncio.TimerHandle | None = None
        self._chores: deque[Callable[[], None]] = deque()
        self._closing, self._emptied = False, True
        self._of_thread = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="records-read")
        self._thread = threading.Thread(target=self._run, name="records-write", daemon=True)
        self.connection = connect(path, WRITER_PRAGMAS)
        self.pragmas = {name: sql.pragma(self.connection, name) for name in WRITER_PRAGMAS}
        rows = self.connection.execute(sql.OWN_KEYS).fetchall()
        if not rows:
            rows = seal.first_keys(master)
            self.connection.executemany(sql.WRITE_OWN_KEY, rows)
        self.own_keys = self.seals.own(rows)
        self.edition: int = self.connection.execute(sql.EDITION).fetchone()[0]
        self._thread.start()

    async def submit(self, job: Job) -> Any:
        """See `Store.submit`."""
        if job.bulk:
            async with self._bulk_places:
                return await self._enqueue(job)
        return await self._enqueue(job)

    async def read(self, steps: Steps[T], *, snapshot: bool = False) -> T:
        """Run a read on a connection of its own; its statements see one snapshot where asked."""
        return await self._loop.run_in_executor(self._readers, self._read, steps, snapshot)

    async def write(self, steps: Steps[T]) -> T:
        """Run statements in one transaction of the writer, between two batches."""
        done: asyncio.Future[T] = self._loop.create_future()

        def chore() -> None:
            try:
                result = self._write(steps)
            except Exception as error:
                self._loop.call_soon_threadsafe(_fail, done, _as_ours(error))
            else:
                self._loop.call_soon_threadsafe(_succeed, done, result)

        self.between(chore)
        return await done

    def between(self, chore: Callable[[], None]) -> None:
        """Have the writer's thread call this between two batches."""
        with self.waiting.changed:
            self._chores.append(chore)
            self.waiting.changed.notify()

    async def close(self) -> None:
        """Finish what waits, then close the readers, and the writer last, which checkpoints."""
        with self.waiting.changed:
            self._closing = True
            self.waiting.changed.notify()
        await self._loop.run_in_executor(None, self._thread.join)
        self._readers.shutdown()
        for connection in (*self._reading, self.connection):
            connection.close()
        if self._sweeping is not None:
            self._sweeping.cancel()

    async def health(self) -> Health:
        """The settings as the writing connection had them when it was opened; asks nothing of the writer."""
        return Health(
            engine="sqlite",
            version=sqlite3.sqlite_version,
            waiting=len(self.waiting),
            oldest_wait=self.waiting.oldest(),
            behind_bulk=self.waiting.behind_bulk,
            commits=self.commits,
            skew=0.0,
            pragmas=self.pragmas,
        )

    def sweep(self) -> None:
        """Turn away whoever waited too long, even while the writer is held up."""
        deny(self.waiting.late(), Busy)
        self._sweeping = self._loop.call_later(_SWEEP_SECONDS, self.sweep) if len(self.waiting) else None

    def _enqueue(self, job: Job) -> asyncio.Future[Any]:
        if self._closing:
            raise StoreDown("the store is closing")
        ticket = Ticket(job, self._loop.create_future(), self.waiting.ticks())
        self.waiting.put(ticket)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(_SWEEP_SECONDS, self.sweep)
        return ticket.future

    def _run(self) -> None:
        while self._wait():
            while self._chores:
                self._chores.popleft()()
            if late := self.waiting.late():
                self._loop.call_soon_threadsafe(deny, late, Busy)
            if tickets := self.waiting.take():
                self._settle(tickets)

    def _wait(self) -> bool:
        changed = self.waiting.changed
        with changed:
            while not self.waiting and not self._chores:
                if self._closing:
                    return False
                changed.wait()
        return True

    def _settle(self, tickets: list[Ticket]) -> None:
        try:
            done = self._transact(tickets)
        except Exception as error:
            log.error("batch_failed", jobs=len(tickets), error=type(error).__name__)
            done = tickets
            for ticket in tickets:
                ticket.failed = _as_ours(error)
        self._loop.call_soon_threadsafe(settle, done)

    def _transact(self, tickets: list[Ticket]) -> list[Ticket]:
        """One batch in one transaction; where a row of it cannot be written, each job in one of its own."""
        batch = Batch(tickets, self.documents, self.waiting.ticks, simulated=self.clock.simulated)
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self._load(batch)
            rest = batch.judge(int(self.clock.now()), self.waiting.slice_end(tickets), self.edition)
            self._apply(batch.changes())
        except Exception:
            self.connection.execute("ROLLBACK")
            if len(tickets) == 1:
                raise
            for ticket in tickets:
                self._settle([ticket])
            return []
        self._commit()
        self._after(batch, rest)
        return batch.tickets

    def _after(self, batch: Batch, rest: list[Ticket]) -> None:
        self.edition = batch.height(SUBJECT) or self.edition
        if batch.erased:
            self.seals.forget(batch.erased)
            self._emptied = self._empty_log(_WAIT_FOR_READERS_MS)
        elif not self._emptied:
            self._emptied = self._empty_log(0)
        if rest:
            self.waiting.back(rest)

    def _empty_log(self, wait: int) -> bool:
        """Put everything into the file, so that nothing erased lingers in the log; False while a long read needs it."""
        self.connection.execute(f"PRAGMA busy_timeout = {wait}")
        held = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        self.connection.execute(f"PRAGMA busy_timeout = {WRITER_PRAGMAS['busy_timeout']}")
        return not held

    def _load(self, batch: Batch) -> None:
        execute = self.connection.execute
        keys = batch.lock()
        batch.load(keys, map(SubjectRow._make, execute(sql.LOCKED, (_json(keys),))))
        wants = batch.further()
        if wants.keys:
            batch.load(wants.keys, map(SubjectRow._make, execute(sql.LOCKED, (_json(wants.keys),))))
        permits = execute(sql.PERMITS_BY_ID, (_json(wants.permits),)).fetchall() if wants.permits else ()
        marks = [hash for hash in wants.marks if execute(sql.MARK_BY_HASH, (hash,)).fetchone()]
        known = execute(sql.which_used(len(wants.uses)), wants.uses).fetchall() if wants.uses else ()
        used = [execute(sql.USED_BY_HASH, hash).fetchone() for hash in known]
        batch.load_further(permits, marks, map(UsedRow._make, used))

    def _apply(self, changes: Changes) -> None:
        for text, rows in (
            (sql.WRITE_DOC, changes.docs),
            (sql.WRITE_TIP, [(height, tip, newest, key) for key, height, tip, newest in changes.tips]),
            (sql.WRITE_ENTRY, changes.entries),
            (sql.WRITE_PERMIT, changes.permits),
            (sql.WRITE_USE, changes.used),
            (sql.WRITE_MARK, changes.marks),
        ):
            if rows:
                self.connection.executemany(text, rows)

    def _commit(self) -> None:
        """Make the transaction durable. If that is not confirmed, nobody is told that it happened."""
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        self.commits += 1

    def _write(self, steps: Steps[T]) -> T:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            result = self._drive(self.connection, steps)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self._commit()
        return result

    def _read(self, steps: Steps[T], snapshot: bool) -> T:
        connection = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = connect(self.path, READER_PRAGMAS)
            self._reading.append(connection)
        try:
            if not snapshot:
                return self._drive(connection, steps)
            connection.execute("BEGIN")
            try:
                return self._drive(connection, steps)
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise _as_ours(error) from error

    def _drive(self, connection: sqlite3.Connection, steps: Steps[T]) -> T:
        try:
            query = next(steps)
            while True:
                query = steps.send(self._ask(connection, query))
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _ask(self, connection: sqlite3.Connection, query: Query) -> Rows:
        if not query.text:
            return [(self.clock.now(), self.edition)]
        return connection.execute(query.text, query.args).fetchall()


def open_sqlite(path: Path, codec: Codec, clock: Clock, key_file: Path, waiting: Waiting | None = None) -> SqliteEngine:
    """Make or open the file (mode 0600) and its key file. The caller holds the file's lock."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    master = seal.MasterKeys.open(key_file, create=path.stat().st_size == 0)
    migrate_sqlite(path)
    return SqliteEngine(path, clock, Waiting() if waiting is None else waiting, codec, master)


def _as_ours(error: Exception) -> Exception:
    if isinstance(error, sqlite3.Error):
        log.error("database_error", error=type(error).__name__, code=getattr(error, "sqlite_errorname", None))
        return StoreDown("the database did not confirm; ask again with the same idempotency key")
    return error


def _json(values: list[str]) -> str:
    return msgspec.json.encode(values).decode()


def _succeed(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
