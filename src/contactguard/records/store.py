"""The store as everyone else sees it: one way to write, reads that never wait for it, and nothing of SQL."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from ..clock import Clock, SystemClock
from ..errors import BadInput
from .work import Codec, Entry, Job, Permit, View

if TYPE_CHECKING:
    from .keys import KeyRing
    from .verify import Report

Operation = Callable[[bytes], Awaitable[bytes]]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants to know: `skew` is this process's clock less the database's, in seconds."""

    engine: str
    version: str
    waiting: int
    oldest_wait: float
    skew: float
    pragmas: dict[str, Any]


class Engine(Protocol):
    """What the two engines have in common."""

    keys: KeyRing

    async def submit(self, job: Job) -> Any: ...
    async def close(self) -> None: ...
    async def look(
        self, keys: Sequence[str], also: Callable[[Mapping[str, Any]], Sequence[str]] | None
    ) -> View: ...
    async def permit(self, id: str) -> Permit | None: ...
    async def due(self, at: int, limit: int) -> list[Permit]: ...
    async def entries(
        self, stream: str, newest_first: bool, limit: int, beyond: int | None, kinds: Sequence[str]
    ) -> list[Entry]: ...
    async def decision(self, id: str) -> Entry | None: ...
    async def subjects(self, prefix: str, after: str, limit: int) -> list[str]: ...
    async def verify(self) -> Report: ...
    async def purge(self, before: int) -> int: ...
    async def rotate(self) -> int: ...
    async def health(self) -> Health: ...
    def address_key(self, normal: str) -> str: ...


class Store:
    """One agency's records. Made by `Store.open`; `remote` is true where another process holds the SQLite file."""

    def __init__(self, engine: Engine | None, clock: Clock, call: Callable[[str, bytes], Awaitable[bytes]] | None):
        self._engine, self.clock, self._call = engine, clock, call
        self.operations: dict[str, Operation] = {}

    @classmethod
    async def open(
        cls, url: str, *, docs: Codec, clock: Clock | None = None, master_key: Path | None = None
    ) -> Self:
        """Open `postgresql://...`, `sqlite:///FILE` or a plain file path, made and migrated as needed.

        `master_key`: the key file (mode 0600); SQLite makes FILE.key when none is given, PostgreSQL needs one (or
        CONTACTGUARD_MASTER_KEY_FILE). If another process writes to the SQLite file, the store is `remote`: only
        `call` works. `BadInput` for what the operator can mend, `StoreDown` when the database cannot be reached.
        """
        clock = clock or SystemClock()
        named = os.environ.get("CONTACTGUARD_MASTER_KEY_FILE")
        key_file = master_key or (Path(named) if named else None)
        if url.startswith(("postgresql://", "postgres://")):
            from .writer_postgres import open_postgres

            if key_file is None:
                raise BadInput("CONTACTGUARD_MASTER_KEY_FILE", "PostgreSQL needs the path of a master key file")
            return cls(await open_postgres(url, docs, clock, key_file), clock, None)
        from .control import hold

        path = Path(url.removeprefix("sqlite:///").removeprefix("sqlite://"))
        return await hold(cls, path, docs, clock, key_file or path.with_name(path.name + ".key"))

    @property
    def remote(self) -> bool:
        """Whether another process holds the file, so that only `call` works here."""
        return self._engine is None

    @property
    def engine(self) -> Engine:
        """The engine under this store. `RuntimeError` when the store is remote."""
        if self._engine is None:
            raise RuntimeError("this store is held by another process; use call()")
        return self._engine

    @property
    def keys(self) -> KeyRing:
        """The API keys: create, revoke, list, find."""
        return self.engine.keys

    async def call(self, name: str, payload: bytes) -> bytes:
        """Run a registered operation here, or in the process that holds the file: the same function either way."""
        if self._call is not None:
            return await self._call(name, payload)
        return await self.operations[name](payload)

    async def submit(self, job: Job) -> Any:
        """Lock, judge, write, commit; then the job's answer, or what its judge raised.

        `Busy`: waited 2 s or 2,000 are waiting, nothing was done. `StoreDown`: the commit was not confirmed, ask
        again with the same idempotency key. `Conflict(unprocessable=True)`: that key came with another body.
        """
        return await self.engine.submit(job)

    async def close(self) -> None:
        """Finish what is in flight, then let go of the database."""
        if self._engine is not None:
            await self._engine.close()

    def address_key(self, normal: str) -> str:
        """The subject key `address:HEX` of an address in its normal form: a keyed hash, not the address."""
        return self.engine.address_key(normal)

    async def look(
        self, keys: Iterable[str], also: Callable[[Mapping[str, Any]], Sequence[str]] | None = None
    ) -> View:
        """The documents under `keys` (then under `also` of them) and the time, as one snapshot, locking nothing."""
        return await self.engine.look(tuple(keys), also)

    async def doc(self, key: str) -> Any:
        """One subject's document, None where there is none or its key was erased."""
        return (await self.look((key,))).docs[key]

    async def docs(self, keys: Iterable[str]) -> Mapping[str, Any]:
        """The documents under `keys`, None where there is none."""
        return (await self.look(keys)).docs

    async def permit(self, id: str) -> Permit | None:
        """The permit with this id."""
        return await self.engine.permit(id)

    async def due(self, at: int, limit: int = 100) -> list[Permit]:
        """Permits whose `due` is not after `at`, the oldest first."""
        return await self.engine.due(at, limit)

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
        return await self.engine.entries(stream, newest_first, limit, beyond, kinds)

    async def decision(self, id: str) -> Entry | None:
        """The entry that holds the decision with this id."""
        return await self.engine.decision(id)

    async def subjects(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[str]:
        """Keys of subjects that begin with `prefix` (`case:`), in order, past `after`."""
        return await self.engine.subjects(prefix, after, limit)

    async def verify(self) -> Report:
        """Re-compute every chain from the tables alone."""
        return await self.engine.verify()

    async def purge(self, before: int) -> int:
        """Forget idempotency keys used before this instant; how many went."""
        return await self.engine.purge(before)

    async def rotate(self) -> int:
        """Make a new master key and wrap every data key under it; how many were wrapped."""
        return await self.engine.rotate()

    async def erase(self, person: str, reason: str) -> None:
        """Delete a person's document and data key; the entry that says so stays in the stream `person:ID`."""
        from .erasure import erasing

        await self.submit(erasing(person, reason))

    async def health(self) -> Health:
        """Version, queue, clock skew and settings read back from the database."""
        return await self.engine.health()
