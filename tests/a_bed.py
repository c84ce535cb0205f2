"""What `scripts/testbed` installs, for the tests that use it: without it they skip, and where it has run they fail."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

SWITCHES = Path("/opt/contactguard-pbx")
PRISM = Path("/opt/contactguard-prism/node_modules/.bin/prism")
_SBIN = "/usr/sbin:/sbin:/usr/lib/postfix/sbin"


def need(tool: str | Path) -> str:
    """Where a programme (`kamailio`, or a path) lies; a skip where it is not, a failure where it must be.

    What lies in the tree of switches runs by `chroot`, and so for root alone.
    """
    found = shutil.which(str(tool), path=f"{os.environ.get('PATH', '')}:{_SBIN}")
    if found is None:
        missing(f"{tool} is not on this machine")
        raise AssertionError
    if SWITCHES in Path(tool).parents and os.geteuid() != 0:
        missing(f"{tool} runs for root alone")
    return found


def missing(what: str) -> None:
    """Something of the test bed is not here: a skip, or where the bed has run a failure."""
    if os.environ.get("CONTACTGUARD_TESTBED") == "1":
        pytest.fail(f"{what}, though scripts/testbed has run")
    pytest.skip(f"{what} (scripts/testbed installs it)")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(ready: str, process: asyncio.subprocess.Process, seconds: float = 30) -> str:
    """Read what a process prints until `ready` stands in it; an end or a silence before that is a failure."""
    assert process.stdout is not None
    seen = ""
    async with asyncio.timeout(seconds):
        while ready not in seen:
            line = await process.stdout.readline()
            if not line:
                raise AssertionError(f"it ended before it said {ready!r}: {seen}")
            seen += line.decode(errors="replace")
    return seen


@asynccontextmanager
async def running(
    argv: Sequence[str | Path], ready: str | None = None, cwd: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process while the block runs, once it printed `ready`; SIGTERM to it and its children ends it."""
    process = await asyncio.create_subprocess_exec(
        *map(str, argv),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    reading: asyncio.Task[bytes] | None = None
    try:
        if ready is not None:
            await until(ready, process)
        assert process.stdout is not None
        reading = asyncio.create_task(process.stdout.read())
        yield process
    finally:
        await _ended(process, reading)


async def _ended(process: asyncio.subprocess.Process, reading: asyncio.Task[bytes] | None) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            os.killpg(process.pid, sign)
        try:
            async with asyncio.timeout(10):
                await process.wait()
                break
        except TimeoutError:
            continue
    if reading is not None:
        await reading
