"""Requests to Twilio's REST API, each made once: a call or message that is in doubt is never asked for again.

https://www.twilio.com/docs/usage/api: forms in, JSON out, Basic authentication; an error is a JSON object with `code`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

import aiohttp
import msgspec

from ..clock import Clock
from ..errors import LineError
from ..law.instants import Instant
from ..sections import Twilio
from . import outward
from .secret import read_secret
from .twilio_codes import fault_of
from .wire import Exchange, Trace, redacted, redacted_form, redacted_url

NAME = "twilio"
_PAGE = 1000
_PAGES_AT_MOST = 1000
Form = Mapping[str, str | list[str]]


class InDoubt(Exception):
    """No answer came, or one that says nothing: the contact may have left. `code`: what was seen."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Rest:
    """The account's resources. `listed`: hosts that requests may go to though they are not public."""

    def __init__(
        self,
        settings: Twilio,
        session: aiohttp.ClientSession,
        listed: Collection[str],
        clock: Clock,
        trace: Trace,
    ) -> None:
        self.settings, self.clock = settings, clock
        self._session, self._listed, self._trace = session, listed, trace
        self._base = settings.base_url.rstrip("/")
        self._account = f"/2010-04-01/Accounts/{settings.account_sid}/"

    def now(self) -> Instant:
        """This second."""
        return Instant(int(self.clock.now()))

    async def create(self, what: str, form: Form, permit: str) -> dict[str, Any]:
        """Make a resource (`Calls`, `Messages`). `LineError`: none was made; `InDoubt`: one may have been."""
        return await self._send("POST", f"{self._account}{what}.json", form, permit)

    async def update(self, what: str, form: Form, permit: str) -> dict[str, Any]:
        """Change a resource (`Calls/CA..`)."""
        return await self._send("POST", f"{self._account}{what}.json", form, permit)

    async def fetch(self, what: str, permit: str | None, **query: str) -> dict[str, Any]:
        """Read a resource, or the first page of a list."""
        return await self._send("GET", f"{self._account}{what}.json", query, permit)

    async def each(self, what: str, member: str, **query: str) -> AsyncIterator[dict[str, Any]]:
        """Everything in a list, page by page."""
        page = await self.fetch(what, None, **query, PageSize=str(_PAGE))
        for _ in range(_PAGES_AT_MOST):
            for one in page.get(member) or ():
                yield one
            following = page.get("next_page_uri")
            if not isinstance(following, str) or not following.startswith(self._account):
                return
            page = await self._send("GET", following, {}, None)

    async def _send(self, method: str, path: str, form: Form, permit: str | None) -> dict[str, Any]:
        url = self._base + path
        outward.check_url(url, self._listed)
        fields = [(name, one) for name, value in form.items() for one in ([value] if isinstance(value, str) else value)]
        said = {"params": fields} if method == "GET" else {"data": aiohttp.FormData(fields)}
        status, raw, fault = None, b"", ""
        try:
            async with self._session.request(
                method, url, headers=self._headers(), allow_redirects=False, **said
            ) as response:
                status, raw = response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            fault = "unreachable"
        except (aiohttp.ClientError, TimeoutError, OSError):
            fault = "no_answer"
        await self._keep(method, url, fields, status, raw, permit)
        if fault == "unreachable":
            raise LineError(fault, retryable=True, ours=False)
        if status is None or fault:
            raise InDoubt(fault)
        return _answered(status, raw)

    def _headers(self) -> dict[str, str]:
        where = "twilio.auth_token_file"
        user, path = self.settings.account_sid, self.settings.auth_token_file
        if self.settings.api_key is not None:
            user, path, where = self.settings.api_key, self.settings.api_key_secret_file, "twilio.api_key_secret_file"
        secret = read_secret(path or "", where)[0]
        return {"Authorization": aiohttp.encode_basic_auth(user or "", secret), "Accept": "application/json"}

    async def _keep(
        self, method: str, url: str, fields: list[tuple[str, str]], status: int | None, raw: bytes, permit: str | None
    ) -> None:
        """Keep the exchange. What a list of the day says is not kept: it is about everyone."""
        about_all = permit is None and status == 200
        await self._trace(
            Exchange(
                line=NAME,
                way="out",
                at=self.now(),
                method=method,
                url=redacted_url(url),
                sent=redacted_form(dict(fields)),
                status=status,
                answer=f"({len(raw)} bytes)" if about_all else _redacted_answer(raw),
                permit=permit,
                ref=_sid(raw) if permit else None,
            )
        )


def _answered(status: int, raw: bytes) -> dict[str, Any]:
    """What an answer gives. Told `no` in so many words, nothing was done; anything else is in doubt."""
    if 200 <= status < 300:
        answer = _object(raw)
        if answer is None:
            raise InDoubt("broken_answer")
        return answer
    if 400 <= status < 500 and status not in (408, 409):
        code = str((_object(raw) or {}).get("code") or f"http_{status}")
        fault = fault_of(code)
        raise LineError(code, retryable=fault.retryable or status == 429, ours=fault.ours)
    if 300 <= status < 400:
        raise LineError("redirected", retryable=False, ours=True)
    raise InDoubt(f"http_{status}")


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def _sid(raw: bytes) -> str | None:
    sid = (_object(raw) or {}).get("sid")
    return sid if isinstance(sid, str) else None


def _redacted_answer(raw: bytes) -> str:
    """The members of an answer as fields, so that what was said and to whom is left out of them, too."""
    answer = _object(raw)
    if answer is None:
        return redacted(raw.decode("utf-8", "replace"))
    plain = {name: value for name, value in answer.items() if isinstance(value, str | int | float)}
    return redacted_form({name: str(value) for name, value in plain.items()})
