"""API keys: 256 random bits each, of which only a keyed hash is stored; all of them in one encrypted
document.

The key of that hash is the pepper. When it is renewed, a token's hash is made anew as soon as the token is shown, as
long as the pepper before is good; a token that is not shown by then has ended.
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

from ..errors import Busy, NotFound, StoreDown
from .secrets import Edition, editions, kept, renewed
from .work import Job, NewEntry, View, Writes

SUBJECT, PEPPERS = "system:keys", "system:peppers"
_STALE_SECONDS = 5.0


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its users are known by. `agent`: the only agent it may speak for; `revoked`: since when.

    `ends`: when it ends if it is not used before, as the pepper was renewed.
    """

    id: str
    name: str
    scopes: frozenset[str]
    agent: str | None = None
    created: int = 0
    revoked: int | None = None
    ends: int | None = None


class _Kept(ApiKey, frozen=True, kw_only=True):
    """`pepper`: the number of the edition under which `hash` was made; 0 is the one that every store begins with."""

    hash: bytes
    pepper: int = 0


class KeyRing:
    """The keys in force, held in memory; for one unknown here they are read again."""

    def __init__(
        self,
        pepper: bytes,
        submit: Callable[[Job], Awaitable[Any]],
        look: Callable[[tuple[str, ...]], Awaitable[View]],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first: tuple[Edition, ...] = (Edition(number=0, secret=pepper, made=0),)
        self._peppers: tuple[Edition, ...] = self._first
        self._submit, self._look, self._ticks = submit, look, ticks
        self._by_hash: dict[bytes, _Kept] = {}
        self._read_at = float("-inf")
        self._reads = 0
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"KeyRing({len(self._by_hash)} keys)"

    def verify(self, token: str) -> ApiKey | None:
        """The key in force with this token, from memory; None also where `find` has its hash to make anew."""
        key = self._by_hash.get(_hash(self._peppers[0], token))
        return _public(key) if key is not None else None

    def _held(self, token: str) -> _Kept | None:
        for pepper in self._peppers:
            if (key := self._by_hash.get(_hash(pepper, token))) is not None:
                return key
        return None

    async def find(self, token: str) -> ApiKey | None:
        """The same, reading the keys again when they are 5 s old or the token is not among them.

        However many ask for unknown ones at once, they share the next reading.
        """
        if self._ticks() - self._read_at > _STALE_SECONDS or self.verify(token) is None:
            with contextlib.suppress(StoreDown):
                await self._read(since=self._reads)
        key = self._held(token)
        if key is not None and key.pepper != self._peppers[0].number:
            await self._hash_anew(key, token)
        return _public(key) if key is not None else None

    async def _hash_anew(self, key: _Kept, token: str) -> None:
        """Keep the hash of a token that was shown under the newest pepper, so that it outlives the one before."""
        pepper = self._peppers[0]
        hash = _hash(pepper, token)

        def judge(view: View) -> Writes:
            found = _read(view.docs[SUBJECT])
            anew = [msgspec.structs.replace(one, hash=hash, pepper=pepper.number) if one.id == key.id else one
                    for one in found]  # fmt: skip
            return Writes(answer=None, docs={SUBJECT: msgspec.to_builtins(anew)})

        with contextlib.suppress(StoreDown, Busy):
            await self._submit(Job(lock=(SUBJECT,), judge=judge))
            await self.refresh()

    async def refresh(self) -> None:
        """Read the keys again; one reading after the other, or an older one could undo a revocation."""
        await self._read(since=None)

    async def _read(self, since: int | None) -> None:
        async with self._turn:
            if since is not None and self._reads > since:
                return
            self._reads += 1
            self._read_at = self._ticks()
            view = await self._look((SUBJECT, PEPPERS))
            self._peppers = self._good(view)
            good = {pepper.number for pepper in self._peppers}
            found = [key for key in _read(view.docs[SUBJECT]) if key.revoked is None and key.pepper in good]
            self._by_hash = {key.hash: key for key in found}

    def _good(self, view: View) -> tuple[Edition, ...]:
        return editions(view.docs[PEPPERS], view.at) or self._first

    async def create(
        self, name: str, scopes: Iterable[str], agent: str | None = None, by: str | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key: how it is known, and its token, which is shown this once. `by`: who asked for it."""
        token = "cg_" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
        id, wanted, pepper = os.urandom(8).hex(), frozenset(scopes), self._peppers[0]
        kept = {"hash": _hash(pepper, token), "pepper": pepper.number}

        def judge(view: View) -> Writes:
            made = _Kept(id=id, name=name, scopes=wanted, agent=agent, created=view.at, **kept)  # type: ignore[arg-type]
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
        view = await self._look((SUBJECT, PEPPERS))
        until = {pepper.number: pepper.until for pepper in editions(view.docs[PEPPERS], 0)}
        return [
            msgspec.structs.replace(_public(key), ends=until.get(key.pepper, 0) if until else None)
            for key in _read(view.docs[SUBJECT])
        ]

    async def rotate(self, days: int, by: str) -> int:
        """Renew the pepper; the one before is good for `days` more. How many keys must be shown by then."""

        def judge(view: View) -> Writes:
            before = view.docs[PEPPERS] or kept(self._first)
            found = renewed(before, os.urandom(32), view.at, days)
            good = {one.number for one in found}
            waiting = [key for key in _read(view.docs[SUBJECT]) if key.revoked is None and key.pepper in good]
            said = msgspec.json.encode({"by": by, "edition": found[0].number, "days": days, "keys": len(waiting)})
            entry = NewEntry(stream=PEPPERS, kind="pepper_rotated", body=said)
            return Writes(answer=len(waiting), docs={PEPPERS: kept(found)}, entries=[entry])

        waiting: int = await self._submit(Job(lock=(SUBJECT, PEPPERS), judge=judge))
        await self.refresh()
        return waiting


def _hash(pepper: Edition, token: str) -> bytes:
    return hmac.digest(pepper.secret, token.encode("utf-8", "replace"), "sha256")


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
