"""A client that sends so many requests, or so many a second, over raw connections: `burst N` or `paced RATE SECONDS`.

Prints the seconds a burst took; of a paced run the 50th and 99th percentile in milliseconds, each request timed from
the moment at which it was due, so that a server that stalls is not spared what it kept waiting.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import time
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

CLIENTS = 32
PACED_CLIENTS = 128
_TICK_SECONDS = 0.001


class _Connection(asyncio.Protocol):
    """One connection with one request in flight at most."""

    def __init__(self, crowd: _Crowd) -> None:
        self._crowd, self._seen, self.due = crowd, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        seen = self._seen + data if self._seen else data
        head, split, rest = seen.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) if split else 0
        if not split or len(rest) < length:
            self._seen = seen
            return
        self._seen = b""
        self._crowd.answered(self, head.startswith(b"HTTP/1.1 200"))

    def connection_lost(self, error: Exception | None) -> None:
        self._crowd.failed += 1


class _Crowd:
    """All connections, what is still to be sent, and what came back."""

    def __init__(self, requests: list[bytes]) -> None:
        self.requests = requests
        self.waits: list[float] = []
        self.failed, self.left = 0, 0
        self.idle: deque[_Connection] = deque()
        self.owed: deque[float] = deque()
        self.finished = asyncio.Event()

    async def connect(self, host: str, port: int, many: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(many):
            _, connection = await loop.create_connection(lambda: _Connection(self), host, port)
            self.idle.append(connection)

    def send(self, due: float) -> None:
        """Send one now, or as soon as a connection is free."""
        if self.idle:
            self._send(self.idle.popleft(), due)
        else:
            self.owed.append(due)

    def _send(self, connection: _Connection, due: float) -> None:
        connection.due = due
        connection.write(self.requests.pop())

    def answered(self, connection: _Connection, well: bool) -> None:
        self.waits.append(time.perf_counter() - connection.due)
        self.failed += not well
        self.left -= 1
        if self.owed:
            self._send(connection, self.owed.popleft())
        else:
            self.idle.append(connection)
        if not self.left:
            self.finished.set()


def _requests(token: str, bodies: list[bytes], many: int) -> list[bytes]:
    run = secrets.token_hex(6)
    head = (
        "POST /v1/permits HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: {run}-"
    )
    return [
        f"{head}{n}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for n, body in enumerate(random.choices(bodies, k=many))
    ]


async def _burst(crowd: _Crowd) -> list[float]:
    crowd.left = len(crowd.requests)
    started = time.perf_counter()
    for _ in range(crowd.left):
        crowd.send(started)
    await crowd.finished.wait()
    return [time.perf_counter() - started]


async def _paced(crowd: _Crowd, rate: float) -> list[float]:
    crowd.left = total = len(crowd.requests)
    started, sent = time.perf_counter(), 0
    while sent < total:
        due = min(total, int((time.perf_counter() - started) * rate))
        for number in range(sent, due):
            crowd.send(started + number / rate)
        sent = due
        await asyncio.sleep(_TICK_SECONDS)
    await crowd.finished.wait()
    waits = sorted(crowd.waits)
    return [1e3 * waits[int(len(waits) * part)] for part in (0.5, 0.99)]


async def main(url: str, token: str, lines: list[bytes], kind: str, *how: str) -> None:
    """Run, and print what was measured."""
    where = urlsplit(url)
    rate, seconds = (float(how[0]), float(how[1])) if kind == "paced" else (0.0, 0.0)
    crowd = _Crowd(_requests(token, lines, int(rate * seconds) if kind == "paced" else int(how[0])))
    await crowd.connect(where.hostname or "", where.port or 0, PACED_CLIENTS if kind == "paced" else CLIENTS)
    found = await (_paced(crowd, rate) if kind == "paced" else _burst(crowd))
    if crowd.failed:
        sys.exit(f"{crowd.failed} requests failed")
    print(*found)


if __name__ == "__main__":
    _url, _token, _bodies, *_how = sys.argv[1:]
    uvloop.run(main(_url, _token, Path(_bodies).read_bytes().splitlines(), *_how))
