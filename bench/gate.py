"""The service as it is measured: the real application, with the rulebook of `bench.rules`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from contactguard.app import build, run
from contactguard.settings import load

from . import rules


def main(url: str, key_file: str, folder: str) -> None:
    """Serve on any free port and print the address once requests are answered."""
    overrides: dict[str, dict[str, Any]] = {
        "server": {"port": 0},
        "store": {"url": url, "master_key_file": key_file},
        "house": {"live_calls_per_person": 0},
    }
    app = build(load(environ={}, overrides=overrides), book=rules.read(Path(folder)))
    run(app, ready=lambda address: print(address, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
