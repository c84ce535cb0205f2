"""How the board is changed: by one job that goes alone, so that no decision anywhere rests on what it said before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from ...errors import Busy
from ...records.rulebooks import SUBJECT
from ...records.store import Store
from ...records.work import Job, View, Writes
from .editions import Board, read

_TRIES = 40
_PAUSE_SECONDS = 0.1
T = TypeVar("T")


async def change(store: Store, act: Callable[[View, Board], Writes], *streams: str) -> Any:
    """Change the board, and with it `streams`, while nobody is judged; what gives way to others tries again."""

    def judge(view: View) -> Writes:
        return act(view, read(view.docs[SUBJECT]))

    return await patiently(partial(store.submit, Job(lock=(SUBJECT, *streams), judge=judge, alone=True)))


async def patiently(does: Callable[[], Awaitable[T]]) -> T:
    """What gave way to others, tried again for some seconds. `Busy`."""
    for _ in range(_TRIES):
        try:
            return await does()
        except Busy:
            await asyncio.sleep(_PAUSE_SECONDS)
    raise Busy
