"""Was it on the disk before it was answered? Syncs counted by strace while permits are asked for one by one."""

from __future__ import annotations

import http.client
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from contactguard.app import open_house
from contactguard.settings import load

from .processes import Server, body
from .seeding import Prepared

ASKS = 40
_SYNC = re.compile(r"(\d+\.\d+) f(?:data)?sync\(.*= 0 <(\d+\.\d+)>")
WANTED: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {"journal_mode": "wal", "synchronous": 2},
    "postgresql": {"fsync": "on", "synchronous_commit": "on"},
}


def synced(server: Server, store: Prepared) -> bool:
    """Whether for each of so many permits a sync began after the request left and ended before its answer came."""
    with tempfile.NamedTemporaryFile("r") as log:
        tracing = ["strace", "-f", "-ttt", "-T", "-e", "trace=fdatasync,fsync", "-o", log.name, "-p", str(server.pid)]
        tracer = subprocess.Popen(tracing, stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        tracer.stderr.readline()
        try:
            asked = [_timed(server, store, number) for number in range(ASKS)]
        finally:
            tracer.terminate()
            tracer.wait()
        found = [(float(at), float(at) + float(took)) for at, took in _SYNC.findall(log.read())]
    return all(any(sent <= began and ended <= answered for began, ended in found) for sent, answered in asked)


def _timed(server: Server, store: Prepared, number: int) -> tuple[float, float]:
    where = urlsplit(server.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    headers = {
        "Authorization": f"Bearer {store.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"durable-{time.time_ns()}",
    }
    sent = time.time()
    connection.request("POST", "/v1/permits", body(*store.people[number]), headers)
    answer = connection.getresponse()
    said = msgspec.json.decode(answer.read())
    answered = time.time()
    connection.close()
    if answer.status != 200 or said["permit"] is None:
        raise RuntimeError(f"no permit: {said}")
    return sent, answered


async def settings_hold(url: str, key_file: Path) -> bool:
    """Whether the engine reads back the settings that make a commit durable."""
    settings = load(environ={}, overrides={"store": {"url": url, "master_key_file": str(key_file)}})
    async with open_house(settings) as house:
        health = await house.store.health()
    wanted = WANTED[health.engine]
    return {name: health.pragmas.get(name) for name in wanted} == wanted
