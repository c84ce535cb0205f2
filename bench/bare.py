"""What the gate is measured against: an aiohttp handler that parses the same JSON and answers the same JSON.

With the argument `nothing` it is a server that looks at nothing and answers a fixed text: the client's own ceiling.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop
from aiohttp import web

_FIXED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def bare(answer: bytes) -> str:
    """Parse, encode an answer like the gate's, send it."""
    said = msgspec.json.decode(answer)

    async def handle(request: web.Request) -> web.Response:
        msgspec.json.decode(await request.read())
        return web.Response(body=msgspec.json.encode(said), content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/permits", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


class _Nothing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._write(_FIXED)


async def nothing() -> str:
    """Answer whatever comes."""
    server = await asyncio.get_running_loop().create_server(_Nothing, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"


async def main(answer: bytes | None) -> None:
    """Serve until killed."""
    print(await (nothing() if answer is None else bare(answer)), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(None if sys.argv[1] == "nothing" else Path(sys.argv[1]).read_bytes()))
