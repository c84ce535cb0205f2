"""Our own lines as the settings give them: which carrier carries which channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from .clock import Clock
from .lines.line import Line
from .lines.wire import Trace
from .settings import Settings


@asynccontextmanager
async def carriers(settings: Settings, clock: Clock, trace: Trace) -> AsyncIterator[dict[str, Line]]:
    """The lines that are set up, closed when done. `trace` keeps what is said to a carrier and what it answers."""
    lines: dict[str, Line] = {}
    async with AsyncExitStack():
        yield lines
