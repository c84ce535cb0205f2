"""Three processes on one PostgreSQL, clocks two seconds apart, random delays, 64 clients: never one over a cap."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

from .service import to_noon
from .world import Client, Service, client, database, services, token

CLIENTS, CAP, LINE_SECONDS = 64, 7, 0.02


async def run(rounds: int, folder: Path) -> bool:
    """Rounds with the house's own limit lifted (exactly 7 of 64) and as shipped (exactly 1)."""
    shift = str(to_noon(time.time()))
    well = True
    for live, wanted in ((0, CAP), (1, 1)):
        # A store of its own each: on one, the second limit would come into force some seconds after its start.
        async with database("postgresql", folder) as (url, key_file):
            key = await token(url, key_file)
            options = [
                ("--shift", shift, "--skew", str(skew), "--delay", str(LINE_SECONDS), "--live", str(live))
                for skew in (-2, 0, 2)
            ]
            with services(url, key_file, *options) as running:
                async with client(key) as speaker:
                    counts = Counter([await _round(speaker, running, f"L{live}-{n}") for n in range(rounds)])
            well = well and set(counts) == {wanted}
            print(f"{rounds} rounds of {CLIENTS} on one person, {wanted} allowed: given {dict(counts)}", flush=True)
    return well


async def _round(speaker: Client, running: list[Service], ref: str) -> int:
    """How many of the clients, spread over the processes, were given a permit."""
    await speaker.put(running[0], ref)
    asked = (speaker.ask(running[n % len(running)], ref) for n in range(CLIENTS))
    answers = await asyncio.gather(*asked)
    failed = [answer for status, answer in answers if status != 200]
    if failed:
        raise RuntimeError(f"asked, and was answered {failed[0]}")
    return sum(answer["permit"] is not None for _, answer in answers)
