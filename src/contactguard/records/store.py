"""The store as everyone else sees it: one way to write, reads that never wait for it, and nothing of SQL."""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from ..clock import Clock, SystemClock
from ..errors import BadInput, NotFound, StoreDown
from . import control, rulebooks, upkeep
from .documents import Documents
from .history import Reads, Steps
from .ids import first_id
from .keys import KeyRing
from .seal import LOOKUP, PEPPER, Seals
from .secrets import WebhookSecrets
from .verify import Report, verify
from .work import Codec, Entry, Job, Permit, View

T = TypeVar("T")
Operation = Callable[[bytes], Awaitable[bytes]]
_TRIES = 5


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants to know: `skew` is this process's clock less the database's, in seconds.

    `commits`: transactions this process made durable since it began. `behind_bulk`: the longest that an ask waited
    here for a slice of an import, in seconds.
    """

    engine: str
    version: str
    waiting: int
    oldest_wait: float
    behind_bulk: float
    commits: int
    skew: float
    pragmas: dict[str, Any]


class Engine(Protocol):
    """What the two engines have in common. `own_keys`: the secrets kept in the store itself, by name."""

    name: str
    seals: Seals
    documents: Documents
    own_keys: dict[str, bytes]

    async def submit(self, job: Job) -> Any: ...
    async def read(self, steps: Steps[T], *, snapshot: bool = False) -> T: ...
    async def write(self, steps: Steps[T]) -> T: ...
    async def health(self) -> Health: ...
    async def close(self) -> None: ...


class Store:
    """One agency's records, made by `Store.open`. `operations` is what other processes may `call` here."""

    def __init__(self, engine: Engine | None, clock: Clock, elsewhere: Path | None = None) -> None:
        self._engine, self.clock, self._elsewhere = engine, clock, elsewhere
        self.operations: dict[str, Operation] = {}
        self._closed = False
        self._lock: control.FileLock | None = None
        self._server: control.ControlServer | None = None
        if engine is not None:
            self._lookup = engine.own_keys[LOOKUP]
            self._reads = Reads(engine.documents, engine.name)
            self._keys = KeyRing(engine.own_keys[PEPPER], engine.submit, self.look)
            self._webhook = WebhookSecrets(engine.submit, self.look)

    @classmethod
    async def open(cls, url: str, *, docs: Codec, clock: Clock | None = None, master_key: Path | None = None) -> Store:
        """Open `postgresql://...`, `sqlite:///FILE` or a plain file path, made and migrated as needed.

        `master_key`: the key file (mode 0600); SQLite makes FILE.key when none is given, PostgreSQL needs one
        (or CONTACTGUARD_MASTER_KEY_FILE). If another process writes to the SQLite file, the store is `remote`:
        only `call` works. `BadInput` for what the operator can mend, `StoreDown` if the database is out of
        reach.
        """
        clock = clock or SystemClock()
        key_file = master_key or key_file_named()
        if is_postgres(url):
            return await cls._open_postgres(url, docs, clock, key_file)
        path = sqlite_path(url)
        for _ in range(_TRIES):
            lock = control.FileLock.take(path)
            if lock is not None:
                return await cls._open_sqlite(path, docs, clock, key_file, lock)
            if await control.answers(path):
                return cls(None, clock, path)
        raise StoreDown("another process holds the store but does not answer; try again")

    @classmethod
    async def _open_postgres(cls, url: str, docs: Codec, clock: Clock, key_file: Path | None) -> Store:
        try:
            from .writer_postgres import open_postgres
        except ModuleNotFoundError:
            raise BadInput("store.url", "PostgreSQL needs its driver: pip install asyncpg") from None
        if key_file is None:
            raise BadInput(
                "CONTACTGUARD_MASTER_KEY_FILE",
                "PostgreSQL needs the path of a master key file (or [store] master_key_file)",
            )
        store = cls(await open_postgres(url, docs, clock, key_file), clock)
        await store.keys.refresh()
        return store

    @classmethod
    async def _open_sqlite(
        cls, path: Path, docs: Codec, clock: Clock, key_file: Path | None, lock: control.FileLock
    ) -> Store:
        from .writer_sqlite import open_sqlite

        try:
            key_file = key_file or path.with_name(path.name + ".key")
            store = cls(open_sqlite(path, docs, clock, key_file), clock)
        except BaseException:
            lock.release()
            raise
        store._lock = lock
        store._server = control.ControlServer(path, store.call)
        await store._server.start()
        await store.keys.refresh()
        return store

    @property
    def remote(self) -> bool:
        """Whether another process holds the file, so that only `call` works here."""
        return self._engine is None

    @property
    def shared(self) -> bool:
        """Whether several processes may write at once."""
        return self.engine.name != "sqlite"

    @property
    def engine(self) -> Engine:
        """The engine under this store. `RuntimeError` when the store is remote."""
        if self._engine is None:
            raise RuntimeError("another process holds this store; use call()")
        return self._engine

    @property
    def keys(self) -> KeyRing:
        """The API keys: create, revoke, list, find. `RuntimeError` when the store is remote."""
        if self._engine is None:
            raise RuntimeError("another process holds this store; use call()")
        return self._keys

    @property
    def webhook(self) -> WebhookSecrets:
        """The secrets of signed deliveries. `RuntimeError` when the store is remote."""
        if self._engine is None:
            raise RuntimeError("another process holds this store; use call()")
        return self._webhook

    async def call(self, name: str, payload: bytes) -> bytes:
        """Run a registered operation, here or in the process that holds the file: the same either way.

        What the operation raises (any `ContactGuardError`) is raised here. `NotFound`: no such operation.
        """
        if self._elsewhere is not None:
            return await control.call(self._elsewhere, name, payload)
        if name not in self.operations:
            raise NotFound("operation")
        return await self.operations[name](payload)

    async def submit(self, job: Job) -> Any:
        """Lock, judge, write, commit; then the job's answer, or what its judge raised.

        `Busy`: waited 2 s or 2,000 are waiting, nothing was done. `StoreDown`: the commit was not confirmed,
        ask again with the same idempotency key. `Conflict(unprocessable=True)`: that key came with another
        body.
        """
        return await self.engine.submit(job)

    async def close(self) -> None:
        """Finish what is in flight, then let go of the database. Closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._server is not None:
            await self._server.close()
        if self._engine is not None:
            await self._engine.close()
        if self._lock is not None:
            self._lock.release()

    def address_key(self, normal: str) -> str:
        """The subject key `address:HEX` of an address in its normal form: a keyed hash, not the address."""
        return _address_key(self._lookup, normal)

    def secret(self, purpose: str) -> bytes:
        """32 bytes of key for one purpose, the same in every process on this store and for as long as it lives."""
        return hmac.digest(self._lookup, purpose.encode(), "sha512")[:32]

    async def look(self, keys: Iterable[str], also: Callable[[Mapping[str, Any]], Sequence[str]] | None = None) -> View:
        """The documents under `keys` (then under `also` of them) and the time: one snapshot, no locks."""
        return await self.engine.read(self._reads.look(tuple(keys), also), snapshot=also is not None)

    async def doc(self, key: str) -> Any:
        """One subject's document, None where there is none or its key was erased."""
        return (await self.look((key,))).docs[key]

    async def docs(self, keys: Iterable[str]) -> Mapping[str, Any]:
        """The documents under `keys`, None where there is none."""
        return (await self.look(keys)).docs

    async def permit(self, id: str) -> Permit | None:
        """The permit with this id."""
        return await self.engine.read(self._reads.permit(id))

    async def due(self, at: int, limit: int = 100) -> list[Permit]:
        """Permits whose `due` is not after `at`, the oldest first."""
        return await self.engine.read(self._reads.due(at, limit))

    async def live(self, after: tuple[int, str] = (0, ""), limit: int = 500) -> list[Permit]:
        """Permits reserved or under way, in the order of (`due`, `id`), past `after`."""
        return await self.engine.read(self._reads.live(after, limit))

    async def entries(
        self,
        stream: str,
        *,
        newest_first: bool = True,
        limit: int = 100,
        beyond: int | None = None,
        kinds: Sequence[str] = (),
    ) -> list[Entry]:
        """Entries of a stream in order of height. `beyond`: only those past this height in that order."""
        return await self.engine.read(self._reads.entries(stream, newest_first, limit, beyond, kinds))

    async def decision(self, id: str) -> Entry | None:
        """The entry that holds the decision with this id."""
        return await self.engine.read(self._reads.decision(id))

    async def decisions(self, since: int, until: int, *, after: str = "", limit: int = 100) -> list[Entry]:
        """Entries of the decisions asked for from `since` to before `until` by the askers' clocks, in the order of
        their ids, past `after`.
        """
        first, last = max(after, first_id(since)), first_id(until)
        return await self.engine.read(self._reads.decisions(first, last, limit))

    async def subjects(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[str]:
        """Keys of subjects that begin with `prefix` (`case:`), in order, past `after`."""
        return await self.engine.read(self._reads.subjects(prefix, after, limit))

    async def present(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys under which there is a document, in no order."""
        return await self.engine.read(self._reads.present(keys))

    async def keep_rulebook(self, digest: str, body: bytes) -> None:
        """Keep a packed rulebook under its digest, for ever; one that is there stays as it is."""
        await self.engine.write(rulebooks.keep(self.engine.name, digest, body))

    async def rulebook(self, digest: str) -> bytes | None:
        """The packed rulebook with this digest."""
        return await self.engine.read(rulebooks.kept(self.engine.name, digest))

    async def edition(self) -> int:
        """How often it was changed so far which rulebook is in force when."""
        return (await self.look(())).edition

    async def verify(self) -> Report:
        """Re-compute every chain from the tables alone."""
        return await self.engine.read(verify(self.engine.name, self.engine.seals), snapshot=True)

    async def purge(self, before: int) -> int:
        """Forget idempotency keys used before this instant; how many went."""
        gone = 0
        for part in range(upkeep.SLICES):
            gone += await self.engine.write(upkeep.purge_slice(self.engine.name, before, part))
        return gone

    async def rotate(self) -> int:
        """Make a new master key and wrap every data key under it; how many were wrapped.

        With SQLite the old key is gone afterwards. With PostgreSQL it stays in the file, for processes that
        have not read the new one yet, until the next rotation.
        """
        master, name = self.engine.seals.master, self.engine.name
        await self._rewrap()
        master.add()
        changed = await self._rewrap()
        if name == "sqlite":
            master.drop_old()
        return changed

    async def erase(self, person: str, reason: str) -> None:
        """Delete a person's document and data key; the entry that says so stays in the stream `person:ID`."""
        await self.submit(upkeep.erasing(person, reason))

    async def health(self) -> Health:
        """Version, queue, clock skew and settings read back from the database."""
        return await self.engine.health()

    async def _rewrap(self) -> int:
        master, name = self.engine.seals.master, self.engine.name
        owner, changed = "", await self.engine.write(upkeep.rewrap_own(name, master))
        while True:
            owner, some = await self.engine.write(upkeep.rewrap_some(name, master, owner))
            changed += some
            if not owner:
                return changed


@lru_cache(maxsize=8192)
def _address_key(lookup: bytes, normal: str) -> str:
    """One address is asked for several times on its way."""
    return "address:" + hmac.digest(lookup, normal.encode(), "sha256")[:16].hex()


def key_file_named() -> Path | None:
    """The master key file that the environment names."""
    named = os.environ.get("CONTACTGUARD_MASTER_KEY_FILE")
    return Path(named) if named else None


def is_postgres(url: str) -> bool:
    """Whether this names a PostgreSQL database."""
    return url.startswith(("postgresql://", "postgres://"))


def sqlite_path(url: str) -> Path:
    """The file that `sqlite:///FILE` or a plain path names, whatever links lead to it: its lock is beside it."""
    return Path(url.removeprefix("sqlite:///").removeprefix("sqlite://")).resolve()
