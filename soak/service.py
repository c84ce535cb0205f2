"""The service as long runs need it: the real application on a clock that shows afternoon in New York.

Its clock runs apart from the machine's by a fixed shift, so that calls are allowed whenever the run takes place;
`--skew` puts this process's own clock further off than the database's; `--delay` holds each request up for a random
time between the door and the lock.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from typing import Any

from aiohttp import web

from contactguard.app import HOUSE, build, run
from contactguard.records.work import Job
from contactguard.settings import load

_NOON_IN_NEW_YORK = 17 * 3600
_DAY = 86_400


class Shifted:
    """The machine's clock, shifted; `skew`: how far this process's alone is off."""

    simulated = True

    def __init__(self, shift: float, skew: float) -> None:
        self._shift, self._skew = shift, skew

    def now(self) -> float:
        return time.time() + self._shift + self._skew

    def by_database(self, seconds: float) -> float:
        return seconds + self._shift


def to_noon(now: float) -> float:
    """The shift after which it is noon in New York on the day that it is now."""
    return _NOON_IN_NEW_YORK - now % _DAY


def main() -> None:
    """Serve on any free port and print the address once requests are answered."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("key_file")
    parser.add_argument("--shift", type=float, default=0.0)
    parser.add_argument("--skew", type=float, default=0.0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--live", type=int, default=1)
    given = parser.parse_args()
    overrides: dict[str, dict[str, Any]] = {
        "server": {"port": 0},
        "store": {"url": given.url, "master_key_file": given.key_file},
        "house": {"live_calls_per_person": given.live},
        "log": {"level": "error"},
        "limits": {"requests_per_minute": 10_000_000, "burst_requests": 10_000_000},
    }
    app = build(load(environ={}, overrides=overrides), clock=Shifted(given.shift, given.skew))
    if given.delay:
        app.on_startup.append(lambda app: _hold_up(app, given.delay))
    run(app, ready=lambda address: print(address, flush=True))


async def _hold_up(app: web.Application, most: float) -> None:
    """Let each job wait for a random time before it is queued."""
    store = app[HOUSE].store
    submit = store.submit

    async def later(job: Job) -> Any:
        await asyncio.sleep(random.random() * most)
        return await submit(job)

    setattr(store, "submit", later)  # noqa: B010


if __name__ == "__main__":
    main()
