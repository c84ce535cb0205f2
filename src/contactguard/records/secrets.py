"""Secrets that change: each in several editions, of which the newest is used and those before stay good for a while.

They stand in a sealed document of the store, so that each change of them is one transaction with its entry.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import BadInput
from .work import Job, NewEntry, View, Writes

DAY = 86_400
MOST_DAYS = 366


class Edition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of them. `until`: seconds, from then on it is no good; None: the newest."""

    number: int
    secret: bytes
    made: int
    until: int | None = None


def editions(doc: Any, at: int) -> tuple[Edition, ...]:
    """Those that are good at an instant, the newest first."""
    return tuple(one for one in _read(doc) if one.until is None or at < one.until)


def renewed(doc: Any, secret: bytes, at: int, days: int) -> tuple[Edition, ...]:
    """A new one, and those that are still good: what was the newest for this many days more."""
    if not 0 <= days <= MOST_DAYS:
        raise BadInput("days", f"between 0 and {MOST_DAYS}")
    held, numbers = editions(doc, at), [one.number for one in _read(doc)]
    until = at + days * DAY
    before = [one if one.until is not None else replace(one, until=until) for one in held]
    new = Edition(number=max(numbers, default=0) + 1, secret=secret, made=at)
    return (new, *(one for one in before if one.until is None or at < one.until))


def kept(found: tuple[Edition, ...]) -> Any:
    """The document."""
    return msgspec.to_builtins(found)


def _read(doc: Any) -> tuple[Edition, ...]:
    return msgspec.convert(doc or (), tuple[Edition, ...])


class WebhookSecrets:
    """The secrets with which deliveries to and from the case system are signed (Standard Webhooks, `whsec_...`)."""

    SUBJECT = "system:webhook"

    def __init__(
        self, submit: Callable[[Job], Awaitable[Any]], look: Callable[[tuple[str, ...]], Awaitable[View]]
    ) -> None:
        self._submit, self._look = submit, look

    def __repr__(self) -> str:
        return "WebhookSecrets(...)"

    async def good(self) -> tuple[bytes, ...]:
        """Those that are good now, the newest first: sign with every one, take what any of them signed."""
        view = await self._look((self.SUBJECT,))
        return tuple(one.secret for one in editions(view.docs[self.SUBJECT], view.at))

    async def rotate(self, days: int, by: str) -> str:
        """A new secret as it is told to the other side, this once; those before stay good for `days`."""
        secret = os.urandom(32)

        def judge(view: View) -> Writes:
            found = renewed(view.docs[self.SUBJECT], secret, view.at, days)
            said = msgspec.json.encode({"by": by, "edition": found[0].number, "days": days})
            entry = NewEntry(stream=self.SUBJECT, kind="webhook_secret_rotated", body=said)
            return Writes(answer=None, docs={self.SUBJECT: kept(found)}, entries=[entry])

        await self._submit(Job(lock=(self.SUBJECT,), judge=judge))
        return "whsec_" + base64.b64encode(secret).decode()
