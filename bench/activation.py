"""Activations while 32 clients ask without a pause, on a service in this process: how many asks failed, how many were
answered by another rulebook than that of their instant, and how long the slowest waited.
"""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import msgspec

from contactguard.app import open_house, packed
from contactguard.attempts import Ask, Caller, Road, Who
from contactguard.doors.house import House
from contactguard.law.instants import parse_instant
from contactguard.rules import load
from contactguard.settings import Settings
from contactguard.settings import load as read

from .seeding import Prepared

CLIENTS, TURNS = 32, 6
_CALLER = Caller(key="bench", name="bench", scopes=frozenset({"agent"}))
_WHO = Who(by="bench")


class Found(NamedTuple):
    """`asked` of which so many `failed` or were `mixed`; the slowest waited `worst_ms`."""

    asked: int
    failed: int
    mixed: int
    worst_ms: float


class _Seen(NamedTuple):
    at: int
    rulebook: str
    seconds: float


class _Answer(msgspec.Struct):
    at: str
    rulebook: str


def found(store: Prepared) -> Found:
    """Measure on a copy of a prepared store that may be written to."""
    overrides = {"store": {"url": f"sqlite:///{store.file}", "master_key_file": str(store.key_file)}}
    return asyncio.run(_measured(read(environ={}, overrides=overrides), store.people))


async def _measured(settings: Settings, people: list[tuple[str, str, str]]) -> Found:
    async with open_house(settings, serves=True) as house:
        other = await _kept(house, settings)
        seen: list[_Seen] = []
        failed, over = [0], asyncio.Event()
        clients = [_client(house.road, people[place::CLIENTS], over, seen, failed) for place in range(CLIENTS)]
        tasks = [asyncio.create_task(client) for client in clients]
        await house.activation.activate(other, _WHO)
        for _ in range(TURNS - 1):
            await _reached(house, seen)
            await house.activation.back(_WHO)
        await _reached(house, seen)
        over.set()
        await asyncio.gather(*tasks)
        board = house.shelf.board
        mixed = sum(1 for one in seen if (turn := board.turn(one.at)) is None or turn.digest != one.rulebook)
        return Found(len(seen), failed[0], mixed, max(one.seconds for one in seen) * 1e3)


async def _kept(house: House, settings: Settings) -> str:
    """All shipped rules once more, with another number of the house."""
    own = msgspec.structs.replace(settings.house, gap_minutes=1)
    body = packed(msgspec.structs.replace(settings, house=own))
    digest = load.unpack(body).digest
    await house.store.keep_rulebook(digest, body)
    return digest


async def _client(
    road: Road, people: list[tuple[str, str, str]], over: asyncio.Event, seen: list[_Seen], failed: list[int]
) -> None:
    place = 0
    while not over.is_set():
        ref, person, address = people[place % len(people)]
        place += 1
        began = time.perf_counter()
        try:
            ask = Ask(case_ref=ref, person_id=person, channel="voice", address=address)
            answer = msgspec.json.decode(await road.ask(ask, _CALLER), type=_Answer)
        except Exception:
            failed[0] += 1
            continue
        seen.append(_Seen(int(parse_instant(answer.at)), answer.rulebook, time.perf_counter() - began))


async def _reached(house: House, seen: list[_Seen]) -> None:
    """Returns once what was last put in force has answered."""
    last = house.shelf.board.turns[-1]
    while True:
        if seen and seen[-1].at >= last.since:
            return
        await asyncio.sleep(0.01)
