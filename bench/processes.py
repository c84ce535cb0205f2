"""Servers and clients as processes of their own, each pinned: servers to core 0, clients to core 1."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .seeding import ROOT, Prepared

CLIENTS = 32
WARM_UP_SECONDS, SECONDS = 3, 10


class Server(NamedTuple):
    """A server that runs: where, and as which process."""

    url: str
    pid: int

    def allowed(self) -> tuple[int, int]:
        """How many permits it gave so far, and how many it was asked for."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        found = [line for line in lines if line.startswith("contactguard_permits_total{")]
        given = sum(float(line.rsplit(" ", 1)[1]) for line in found if 'verdict="allow"' in line)
        return int(given), int(sum(float(line.rsplit(" ", 1)[1]) for line in found))

    def rss_mb(self) -> float:
        """Memory of its own and shared that is in use now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")


class Load(NamedTuple):
    """What a client saw: answers a second, how many failed, and the 99th percentile in milliseconds."""

    per_second: float
    failed: int
    p99_ms: float


@contextmanager
def serving(*args: str, module: str, core: int | None = 0) -> Iterator[Server]:
    """Run `python -m module args` until the end of the block; it prints its address when it is ready."""
    command = [*_pinned(core), sys.executable, "-m", module, *args]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                said.seek(0)
                raise RuntimeError(f"{module} did not start: {said.read().decode()[-2000:]}")
            yield Server(url, process.pid)
        finally:
            process.terminate()
            process.wait()


@contextmanager
def gate(store: Prepared, rules: Path, url: str | None = None) -> Iterator[Server]:
    """The service over this store."""
    where = url or f"sqlite:///{store.file}"
    with serving(where, str(store.key_file), str(rules), module="bench.gate") as server:
        yield server
        given, asked = server.allowed()
        if given < asked:
            raise RuntimeError(f"{asked - given} of {asked} permits were refused: the conditions are not met")


def body(ref: str, person: str, address: str) -> bytes:
    """One request for a permit."""
    asked = {
        "case_ref": ref, "person_id": person, "channel": "voice", "address": address,
        "purpose": "collection", "mode": "manual", "agent": "agent-7",
    }  # fmt: skip
    return json.dumps(asked).encode()


def bodies(people: Sequence[tuple[str, str, str]], folder: Path) -> Path:
    """A file with one request for each of them."""
    file = folder / f"bodies-{len(people)}.ndjson"
    file.write_bytes(b"".join(body(*who) + b"\n" for who in people))
    return file


def wrk(server: Server, token: str, asks: Path, seconds: int, *, clients: int = CLIENTS) -> Load:
    """Let wrk ask for permits as fast as they are answered."""
    with_settings = {
        "BENCH_PEOPLE": str(asks), "BENCH_TOKEN": token, "BENCH_RUN": secrets.token_hex(6),
        "BENCH_SEED": str(secrets.randbelow(1 << 30)),
    }  # fmt: skip
    command = [*_pinned(1), "wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--latency"]
    command += ["-s", str(ROOT / "bench" / "ask.lua"), server.url]
    done = subprocess.run(command, env={**os.environ, **with_settings}, capture_output=True, text=True, check=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    requests, micros, failed, p99 = line.split()[1:]
    return Load(int(requests) / int(micros) * 1e6, int(failed), float(p99))


def measured(server: Server, token: str, asks: Path) -> Load:
    """Ten seconds of load after three of warm-up. `RuntimeError` if a request failed."""
    wrk(server, token, asks, WARM_UP_SECONDS)
    load = wrk(server, token, asks, SECONDS)
    if load.failed:
        raise RuntimeError(f"{load.failed} requests failed")
    return load


def client(server: Server, token: str, asks: Path, *args: str) -> list[float]:
    """Run `bench.client` and read the numbers that it prints."""
    command = [*_pinned(1), sys.executable, "-m", "bench.client", server.url, token, str(asks), *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the client failed: {done.stderr[-2000:]}")
    return [float(number) for number in done.stdout.split()]


def _pinned(core: int | None) -> list[str]:
    return [] if core is None else ["taskset", "-c", str(core)]
