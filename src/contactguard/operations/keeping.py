"""Keeping the store by command: copies noted, a gap settled, keys renewed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from ..attempts import Who
from ..attempts.telling import keeping
from ..attempts.telling.keeping import Backup
from ..records.store import Store


class Settle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keeping.settle`: how the gap of a restored store was made good."""

    how: Literal["carriers", "import", "officer"]
    why: str
    who: Who


class Rotate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys.rotate_pepper`, `keys.rotate_webhook`: how many days the one before stays good."""

    days: int
    who: Who


def of_keeping(store: Store) -> dict[str, Callable[[bytes], Awaitable[Any]]]:
    """The operations by name."""

    async def backed_up(payload: bytes) -> Any:
        return await keeping.backed_up(store, msgspec.json.decode(payload, type=Backup))

    async def settle(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Settle)
        return await keeping.settle(store, wanted.how, wanted.why, wanted.who)

    async def kept(_: bytes) -> Any:
        return await keeping.kept(store)

    async def rotate_master(payload: bytes) -> Any:
        return await keeping.rotate_master(store, msgspec.json.decode(payload, type=Who))

    async def rotate_pepper(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Rotate)
        return await store.keys.rotate(wanted.days, by=wanted.who.by)

    async def rotate_webhook(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Rotate)
        return await store.webhook.rotate(wanted.days, by=wanted.who.by)

    return {
        "keeping.backed_up": backed_up,
        "keeping.settle": settle,
        "keeping.kept": kept,
        "keys.rotate_master": rotate_master,
        "keys.rotate_pepper": rotate_pepper,
        "keys.rotate_webhook": rotate_webhook,
    }
