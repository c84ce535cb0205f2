"""API keys: 256 random bits each, of which only a keyed hash is stored; all of them in one encrypted
document.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from ..errors import NotFound, StoreDown
from .work import Job, NewEntry, View, Writes

SUBJECT = "system:keys"
_STALE_SECONDS = 5.0


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its users are known by. `agent`: the only agent it may speak for; `revoked`: since when."""

    id: str
    name: str
    scopes: frozenset[str]
    agent: str | None = None
    created: int = 0
    revoked: int | None = None


class _Kept(ApiKey, frozen=True, kw_only=True):
    hash: bytes


class KeyRing:
    """The keys in force, held in memory; for one unknown here they are read again."""

    def __init__(
        self,
        pepper: bytes,
        submit: Callable[[Job], Awaitable[Any]],
        look: Callable[[tuple[str, ...]], Awaitable[View]],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pepper, self._submit, self._look, self._ticks = pepper, submit, look, ticks
        self._by_hash: dict[bytes, ApiKey] = {}
        self._read_at = float("-inf")
        self._reads = 0
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"KeyRing({len(self._by_hash)} keys)"

    def verify(self, token: str) -> ApiKey | None:
        """The key in force with this token, from memory."""
        return self._by_hash.get(self._hash(token))

    async def find(self, token: str) -> ApiKey | None:
        """The same, reading the keys again when they are 5 s old or the token is not among them.

        However many ask for unknown ones at once, they share the next reading.
        """
        if self._ticks() - self._read_at > _STALE_SECONDS or self.verify(token) is None:
            with contextlib.suppress(StoreDown):
                await self._read(since=self._reads)
        return self.verify(token)

    async def refresh(self) -> None:
        """Read the keys again; one reading after the other, or an older one could undo a revocation."""
        await self._read(since=None)

    async def _read(self, since: int | None) -> None:
        async with self._turn:
            if since is not None and self._reads > since:
                return
            self._reads += 1
            self._read_at = self._ticks()
            kept = _read((await self._look((SUBJECT,))).docs[SUBJECT])
            self._by_hash = {key.hash: _public(key) for key in kept if key.revoked is None}

    async def create(
        self, name: str, scopes: Iterable[str], agent: str | None = None, by: str | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key: how it is known, and its token, which is shown this once. `by`: who asked for it."""
        token = "cg_" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
        id, wanted, hash = os.urandom(8).hex(), frozenset(scopes), self._hash(token)

        def judge(view: View) -> Writes:
            made = _Kept(id=id, name=name, scopes=wanted, agent=agent, created=view.at, hash=hash)
            return _change(view.docs, made, "key_created", by)

        made = await self._submit(Job(lock=(SUBJECT,), judge=judge))
        await self.refresh()
        return made, token

    async def revoke(self, id: str, by: str | None = None) -> ApiKey:
        """End a key, at once here and within seconds in other processes. `NotFound` if there is none."""

        def judge(view: View) -> Writes:
            for key in _read(view.docs[SUBJECT]):
                if key.id == id:
                    return _change(view.docs, msgspec.structs.replace(key, revoked=view.at), "key_revoked", by)
            raise NotFound("API key")

        revoked: ApiKey = await self._submit(Job(lock=(SUBJECT,), judge=judge))
        await self.refresh()
        return revoked

    async def list(self) -> list[ApiKey]:
        """Every key ever made, the revoked ones too, oldest first."""
        return [_public(key) for key in _read((await self._look((SUBJECT,))).docs[SUBJECT])]

    def _hash(self, token: str) -> bytes:
        return hmac.digest(self._pepper, token.encode("utf-8", "replace"), "sha256")


def _read(doc: Any) -> list[_Kept]:
    return msgspec.convert(doc or [], list[_Kept])


def _public(key: _Kept) -> ApiKey:
    return ApiKey(
        id=key.id, name=key.name, scopes=key.scopes, agent=key.agent, created=key.created, revoked=key.revoked
    )


def _change(docs: Mapping[str, Any], key: _Kept, kind: str, by: str | None) -> Writes:
    kept = [old for old in _read(docs[SUBJECT]) if old.id != key.id]
    said = msgspec.to_builtins(_public(key)) | {"by": by}
    return Writes(
        answer=_public(key),
        docs={SUBJECT: msgspec.to_builtins([*kept, key])},
        entries=[NewEntry(stream=SUBJECT, kind=kind, body=msgspec.json.encode(said))],
    )
