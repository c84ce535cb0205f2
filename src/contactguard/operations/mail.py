"""Mail that came back, handed in by a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ..attempts import Road
from .by import BY_COMMAND


class CameBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mail.returned`: one message as it came, and the mailbox that it came to where the mail server says so."""

    raw: bytes
    recipient: str | None = None


def of_mail(road: Road) -> dict[str, Callable[[bytes], Awaitable[Any]]]:
    """What commands do about returned mail."""

    async def returned(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=CameBack)
        return await road.returned(wanted.raw, BY_COMMAND.key, wanted.recipient)

    async def unmatched(payload: bytes) -> Any:
        return await road.unmatched(msgspec.json.decode(payload, type=int))

    return {"mail.returned": returned, "mail.unmatched": unmatched}
