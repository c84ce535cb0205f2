"""The command line as people use it: its own output, its exit status, and its own process where that may matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from contactguard.cli import main

COMMAND = (sys.executable, "-m", "contactguard")


class Said(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def run(*args: str, env: Mapping[str, str] = {}, given: str | None = None, cwd: Path | None = None) -> Said:
    """Run `contactguard ARGS`; `given` is its standard input."""
    done = subprocess.run(
        (*COMMAND, *args), env={**os.environ, **env}, input=given, cwd=cwd, capture_output=True, text=True, timeout=60
    )
    return Said(done.returncode, done.stdout, done.stderr)


def here(*args: str, env: Mapping[str, str] = {}, given: str | None = None, cwd: Path | None = None) -> Said:
    """The same in this process, in a thread of its own: a second less each time, most of which goes to imports."""
    with ThreadPoolExecutor(1) as thread, chdir(cwd or "."), CliRunner().isolation(given, env) as (out, err, _):
        status = thread.submit(_status, args).result(60)
        sys.stdout.flush()
        sys.stderr.flush()
        return Said(status, out.getvalue().decode(), err.getvalue().decode())


def _status(args: tuple[str, ...]) -> int:
    try:
        main(args)
    except SystemExit as end:
        return int(end.code or 0)


@contextmanager
def serving(
    *args: str, env: Mapping[str, str] = {}, cwd: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`contactguard serve ARGS` while the block runs: its URL, once it answers, and the process."""
    process = subprocess.Popen(
        (*COMMAND, "serve", "--port", "0", *args),
        env={**os.environ, **env},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield _url(process.stderr), process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _url(lines: Any) -> str:
    seen = []
    for line in lines:
        seen.append(line)
        if '"event":"serving"' in line:
            url: str = json.loads(line)["url"]
            return url
    raise AssertionError("the service did not start: " + "".join(seen))


def call(url: str, key: str, body: Any = None) -> Any:
    """POST the body as JSON, or GET without one."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.loads(answer.read())
