"""How the board is changed: by one job that goes alone, so that no decision anywhere rests on what it said before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..errors import Busy
from ..records.rulebooks import SUBJECT
from ..records.store import Store
from ..records.work import Job, View, Writes
from .editions import Board, read

_TRIES = 40
_PAUSE_SECONDS = 0.1


async def change(store: Store, act: Callable[[View, Board], Writes], *streams: str) -> Any:
    """Change the board, and with it `streams`, while nobody is judged; what gives way to others tries again."""

    def judge(view: View) -> Writes:
        return act(view, read(view.docs[SUBJECT]))

    for _ in range(_TRIES):
        try:
            return await store.submit(Job(lock=(SUBJECT, *streams), judge=judge, alone=True))
        except Busy:
            await asyncio.sleep(_PAUSE_SECONDS)
    raise Busy
