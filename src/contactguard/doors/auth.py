"""Who is asking, what it may do, and how often where nothing is dialled."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from math import ceil
from typing import Protocol, TypeVar

import msgspec
from aiohttp import web

from ..attempts import Caller
from ..records.keys import ApiKey
from ..sections import Limits
from .problems import Problem

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="contactguard"'}
_EITHER_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="contactguard", Basic realm="contactguard", charset="UTF-8"'}
_BUCKETS_KEPT = 10_000


def token_of(request: web.Request, *, basic: bool = False) -> str:
    """The API key that the request shows, or a 401. `basic`: it may be the password of Basic authentication."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return token
    if not basic:
        raise Problem(401, "Send an API key as Authorization: Bearer KEY.", headers=_CHALLENGE)
    if scheme.lower() == "basic" and (password := _password(token)):
        return password
    raise Problem(
        401, "Send an API key as Authorization: Bearer KEY, or as the password of Basic.", headers=_EITHER_CHALLENGE
    )


def _password(token: str) -> str:
    """The password in a Basic credential (RFC 7617), "" where there is none."""
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def caller(key: ApiKey | None) -> Caller:
    """Who stands behind a key, or a 401 where it is not in force."""
    if key is None:
        raise Problem(401, "This API key is not known, or it was revoked.", headers=_CHALLENGE)
    return Caller(key=key.id, name=key.name, scopes=key.scopes, agent=key.agent)


def check_scope(who: Caller, scopes: frozenset[str]) -> None:
    """Refuse a key that has none of `scopes`; an empty set admits every key."""
    if scopes and scopes.isdisjoint(who.scopes):
        wanted = " or ".join(sorted(scopes))
        raise Problem(403, f"This needs a key with the scope {wanted}.")


class _Names(Protocol):
    @property
    def agent(self) -> str | None: ...


T = TypeVar("T", bound=_Names)


def as_agent(body: T, who: Caller) -> T:
    """The body with the agent its key is bound to filled in; naming another one is refused."""
    if who.agent is None or body.agent == who.agent:
        return body
    if body.agent is not None:
        raise Problem(403, "This key is bound to one agent, and the request names another.", field="agent")
    filled: T = msgspec.structs.replace(body, agent=who.agent)  # type: ignore[type-var]
    return filled


class Buckets:
    """A bucket of tokens per key, refilled at a steady rate. `now`: seconds of any steady clock."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._now = limits.burst_requests, limits.requests_per_minute / 60, now
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """One request of this key, or a 429 that says when the next one may come."""
        now = self._now()
        left, since = self._left.get(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_second)
        if left < 1:
            wait = ceil((1 - left) / self._per_second)
            detail = f"This key sends more than its share; wait {wait} s."
            raise Problem(429, detail, headers={"Retry-After": str(wait)})
        if len(self._left) >= _BUCKETS_KEPT:
            self._left.clear()
        self._left[key] = (left - 1, now)
