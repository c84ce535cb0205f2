"""One writing process per SQLite file: a lock beside it, and a socket through which others have it do their
work.

Whoever opens the file first holds FILE.lock and listens on FILE.sock (mode 0600, the same user only). A
request is an operation's name and its payload; the answer is its result or its error.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import structlog

from .. import errors

log = structlog.get_logger(__name__)
_LIMIT = 1 << 30
_ERRORS: dict[str, type[errors.ContactGuardError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ContactGuardError)
}


class _Request(msgspec.Struct):
    name: str
    payload: bytes


class _Answer(msgspec.Struct):
    payload: bytes = b""
    error: str | None = None
    facts: dict[str, Any] = {}


class FileLock:
    """FILE.lock, held until released or until the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, database: Path) -> FileLock | None:
        """The lock, or None if another process (or store) has it."""
        descriptor = os.open(_beside(database, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    def release(self) -> None:
        os.close(self._descriptor)


class ControlServer:
    """Listens beside the file and runs operations for other processes of the same user."""

    def __init__(self, database: Path, run: Callable[[str, bytes], Awaitable[bytes]]) -> None:
        self._path, self._run = _beside(database, ".sock"), run
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._silent: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen; a socket left behind by a process that ended is replaced."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _Reachable(self._path) as name:
            listening.bind(name)
        self._path.chmod(0o600)
        self._server = await asyncio.start_unix_server(self._talk, sock=listening)

    async def close(self) -> None:
        """Stop listening, finish what is being answered; whoever has asked nothing yet is not waited for."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for task in self._silent:
            task.cancel()
        if self._talks:
            await asyncio.wait(self._talks)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or _peer(writer) not in (0, os.geteuid()):
            writer.close()
            return
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            request = await self._request(reader, task)
            if request is not None:
                await _send(writer, msgspec.msgpack.encode(await self._answer(request)))

    async def _request(self, reader: asyncio.StreamReader, task: asyncio.Task[None]) -> _Request | None:
        """What is asked; None where it makes no sense, or the service closes before it is said."""
        self._silent.add(task)
        try:
            return msgspec.msgpack.decode(await _receive(reader), type=_Request)
        except (msgspec.DecodeError, asyncio.CancelledError):
            return None
        finally:
            self._silent.discard(task)

    async def _answer(self, request: _Request) -> _Answer:
        try:
            return _Answer(payload=await self._run(request.name, request.payload))
        except errors.ContactGuardError as error:
            return _Answer(error=type(error).__name__, facts=_facts(error))
        except Exception as error:
            log.error("operation_failed", operation=request.name, error=type(error).__name__)
            return _Answer(error="StoreDown", facts={"args": ["the running service could not do this"]})


async def call(database: Path, name: str, payload: bytes) -> bytes:
    """Have the process that holds the file run an operation. What it raises is raised here."""
    try:
        with _Reachable(_beside(database, ".sock")) as path:
            reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        raise errors.StoreDown("another process holds the store but does not answer; try again") from None
    with contextlib.closing(writer):
        try:
            await _send(writer, msgspec.msgpack.encode(_Request(name, payload)))
            answer = msgspec.msgpack.decode(await _receive(reader), type=_Answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise errors.StoreDown("the process that holds the store ended before it answered") from None
    if answer.error is not None:
        raise _raised(answer)
    return answer.payload


async def answers(database: Path) -> bool:
    """Whether the process that holds the file listens; it may be just starting or ending."""
    for _ in range(20):
        try:
            with _Reachable(_beside(database, ".sock")) as path:
                _, writer = await asyncio.open_unix_connection(path)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return True
    return False


def _facts(error: errors.ContactGuardError) -> dict[str, Any]:
    if isinstance(error, errors.StoreDown | errors.Forbidden):
        return {"args": list(error.args)}
    return dict(vars(error))


def _raised(answer: _Answer) -> errors.ContactGuardError:
    kind = _ERRORS.get(answer.error or "", errors.StoreDown)
    facts = dict(answer.facts)
    return kind(*facts.pop("args", ()), **facts)


def _peer(writer: asyncio.StreamWriter) -> int:
    found = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    uid: int = struct.unpack("3i", found)[1]
    return uid


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(len(body).to_bytes(8, "big") + body)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> bytes:
    size = int.from_bytes(await reader.readexactly(8), "big")
    if size > _LIMIT:
        raise ConnectionError("a message larger than any we send")
    return await reader.readexactly(size)


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


class _Reachable:
    """A name for a socket that fits the 107 bytes a socket's address may have, however deep its directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directory = -1

    def __enter__(self) -> str:
        if len(os.fsencode(self._path)) <= 107:
            return str(self._path)
        self._directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._directory}/{self._path.name}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._directory >= 0:
            os.close(self._directory)
