"""Our own lines as the settings give them: which carrier carries which channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from .clock import Clock
from .lines.line import Line
from .lines.wire import Trace
from .settings import Settings


@asynccontextmanager
async def carriers(
    settings: Settings, clock: Clock, trace: Trace, secret: Callable[[str], bytes]
) -> AsyncIterator[dict[str, Line]]:
    """The lines that are set up, closed when done. `trace` keeps what is said to a carrier and what it answers.

    `secret`: 32 bytes of key for a purpose, of the store's own.
    """
    lines: dict[str, Line] = {}
    async with AsyncExitStack():
        yield lines
