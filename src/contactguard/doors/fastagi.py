"""Asterisk's FastAGI: a listener that answers AGI(agi://HOST/authorize) and AGI(agi://HOST/report) with variables.

The protocol (Asterisk's res_agi): the switch sends `agi_NAME: VALUE` lines and a blank one, then answers each command
with a line `200 result=...`. It carries no key, so the listener asks in the name of the key in a file, and takes
connections from the addresses of the settings alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import structlog

from ..attempts import Caller
from ..errors import BadInput
from .auth import caller, check_scope
from .forms import as_body
from .house import House
from .logs import about
from .pbx import SCOPES
from .routes import problem_of
from .sentences import refusal
from .switches.answers import Said, no
from .switches.asking import Question, answered, first, refused
from .switches.reports import Report, reported

HEAD_SECONDS = 5.0
_HEAD_BYTES = 64 << 10
_MOST_LINES = 200
log = structlog.get_logger()


@asynccontextmanager
async def listening(house: House) -> AsyncIterator[tuple[str, int] | None]:
    """The listener, if the settings ask for one; gives where it listens."""
    wanted = house.settings.switches
    if wanted.fastagi_port is None:
        yield None
        return
    key = _key(wanted.fastagi_key_file or "")
    under_way: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        under_way.add(task)
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            if peer in wanted.fastagi_from:
                await _Channel(house, key, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError, asyncio.LimitOverrunError, ValueError):
            log.info("a switch broke off", door="fastagi")
        except Exception as error:
            log.error("request failed", route="fastagi", **about(error))
        finally:
            under_way.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    try:
        server = await asyncio.start_server(serve, wanted.fastagi_host, wanted.fastagi_port, limit=_HEAD_BYTES)
    except OSError as error:
        raise BadInput("switches.fastagi_port", f"cannot be listened on: {error.strerror}") from None
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield host, port
    finally:
        server.close()
        if waiting := [task for task in under_way if task is not None]:
            await asyncio.wait(waiting, timeout=house.settings.server.shutdown_grace_seconds)


def _key(file: str) -> str:
    """The API key in a file that only its owner may read."""
    path = Path(file)
    try:
        if path.stat().st_mode & 0o077:
            raise BadInput("switches.fastagi_key_file", "others than its owner may read it; make its mode 0600")
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise BadInput("switches.fastagi_key_file", f"cannot be read: {error.strerror}") from None


class _Channel:
    """One channel of the switch that waits for its answer."""

    def __init__(self, house: House, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._house, self._key, self._reader, self._writer = house, key, reader, writer

    async def run(self) -> None:
        """Read who calls, answer, and let the dialplan go on."""
        async with asyncio.timeout(HEAD_SECONDS):
            given = await self._head()
        started = time.perf_counter()
        try:
            await self._answer(given)
        finally:
            self._house.metrics.request("AGI", "fastagi", 200, time.perf_counter() - started)

    async def _answer(self, given: Mapping[str, str]) -> None:
        script = urlsplit(given.get("agi_request", "")).path.strip("/")
        fields = _fields(given)
        if script == "report":
            await self._report(fields)
        else:
            one = no("service_unavailable", f"there is no script {script[:40]}")
            await self._told(await self._asked(fields) if script == "authorize" else one)

    async def _head(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for _ in range(_MOST_LINES):
            line = (await self._reader.readuntil(b"\n")).decode("utf-8", "replace").strip()
            if not line:
                return found
            name, _, value = line.partition(":")
            found[name.strip()] = value.strip()
        raise ValueError("too many lines")

    async def _asked(self, fields: Mapping[str, str]) -> Said:
        try:
            asked = as_body(fields, Question)
            return await answered(self._house, asked, await self._caller())
        except Exception as error:
            one, _ = await refused(self._house, first(fields, "to"), problem_of(error, "fastagi"), error)
            return one

    async def _caller(self) -> Caller:
        keys = self._house.store.keys
        who = caller(keys.verify(self._key) or await keys.find(self._key))
        check_scope(who, SCOPES)
        return who

    async def _report(self, fields: Mapping[str, str]) -> None:
        try:
            await reported(self._house, as_body(fields, Report), await self._caller())
            await self._set("CG_REPORT", "OK")
        except Exception as error:
            await self._set("CG_REPORT", f"ERROR {problem_of(error, 'fastagi').detail}")

    async def _told(self, one: Said) -> None:
        """Every variable, the verdict last: a channel that is gone before it never dials, and its yes is undone."""
        try:
            await self._tell(one)
        except (OSError, EOFError, TimeoutError):
            if one.permit and not one.unasked:
                await self._house.road.unheard(one.permit, await self._caller())
            raise
        await self._set("CG_VERDICT", one.verdict)

    async def _tell(self, one: Said) -> None:
        hang_up = refusal(one.code)
        for name, value in (
            ("CG_VERDICT", "deny"),
            ("CG_PERMIT", one.permit),
            ("CG_REASON", one.code),
            ("CG_SENTENCE", "" if one.allowed else hang_up.sentence),
            ("CG_CAUSE", "" if one.allowed else str(hang_up.cause)),
            ("CG_SIP", "" if one.allowed else str(hang_up.sip)),
            ("CG_TO", one.to),
            ("CG_CALLERID", one.caller_id),
            ("CG_RING", str(one.ring or "")),
            ("CG_UNASKED", one.unasked),
            ("CG_NEXT_ALLOWED", one.next_allowed),
            ("CG_PROBLEM", one.problem),
        ):
            await self._set(name, value)

    async def _set(self, name: str, value: str) -> None:
        said = " ".join(value.replace("\\", " ").replace('"', " ").split())
        self._writer.write(f'SET VARIABLE {name} "{said}"\n'.encode())
        await self._writer.drain()
        async with asyncio.timeout(HEAD_SECONDS):
            answer = await self._reader.readuntil(b"\n")
            while answer.startswith(b"HANGUP"):
                answer = await self._reader.readuntil(b"\n")
        if not answer.startswith(b"200"):
            raise ConnectionError("the switch does not take it")


def _fields(given: Mapping[str, str]) -> dict[str, str]:
    """What is asked: the script's query and arguments (`case_ref=C-1`) over the channel's own facts."""
    own = {
        "to": given.get("agi_extension", ""),
        "from": _known(given.get("agi_callerid", "")),
        "call_id": given.get("agi_uniqueid", ""),
    }
    query = urlsplit(given.get("agi_request", "")).query
    said = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in given.items():
        if name.startswith("agi_arg_") and "=" in value:
            key, _, rest = value.partition("=")
            said[key.strip()] = rest.strip()
    return {**own, **{name: value for name, value in said.items() if value}}


def _known(caller_id: str) -> str:
    return "" if caller_id in ("unknown", "") else caller_id
