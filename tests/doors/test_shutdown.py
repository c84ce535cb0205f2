"""Closing: nothing new is let in, and nothing that was let in is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from a_service import CALL, CASE, NOON, settings_for

from contactguard.app import HOUSE, build, open_house, serve
from contactguard.clock import SimulatedClock
from contactguard.law.instants import parse_instant
from contactguard.settings import Settings


class Held:
    """The road, with every ask held until it is let go."""

    def __init__(self, road: Any) -> None:
        self._road = road
        self.entered, self.go = asyncio.Event(), asyncio.Event()
        self.answered = asyncio.get_running_loop().create_future()

    async def ask(self, *args: Any) -> Any:
        self.entered.set()
        await self.go.wait()
        answer = await self._road.ask(*args)
        self.answered.set_result(answer)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._road, name)


class Running:
    """A service on a port of its own, as `serve` runs it."""

    def __init__(self, settings: Settings, clock: SimulatedClock) -> None:
        self.app = build(settings, clock=clock)
        self.stop, self._urls = asyncio.Event(), asyncio.Queue[str]()
        self.serving = asyncio.create_task(serve(self.app, stop=self.stop, ready=self._urls.put_nowait))

    async def client(self) -> aiohttp.ClientSession:
        """A client with a key to everything, once the service answers."""
        self.url = await self._urls.get()
        _, token = await self.app[HOUSE].store.keys.create("all", ["agent", "case_system"])
        return aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"})

    def hold(self) -> Held:
        """From now on asks are held."""
        held = Held(self.app[HOUSE].road)
        self.app[HOUSE].road = held  # type: ignore[assignment]
        return held

    async def refuses(self) -> bool:
        """Whether a new connection is turned away."""
        host, port = self.url.removeprefix("http://").split(":")
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionError:
            return True
        writer.close()
        return False


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(parse_instant(NOON), runs=False)


async def test_what_is_in_flight_is_finished_answered_and_kept(
    store_url: str, tmp_path: Path, clock: SimulatedClock
) -> None:
    """A request held while the service closes gets its permit, and the store has it afterwards."""
    settings = settings_for(store_url, tmp_path, server={"port": 0})
    service = Running(settings, clock)
    async with await service.client() as client:
        assert (await client.put("/v1/cases/C-1", json=CASE)).status == 201
        held = service.hold()
        asking = asyncio.create_task(client.post("/v1/permits", json=CALL))
        await held.entered.wait()
        service.stop.set()
        while not await service.refuses():
            pass
        assert not service.serving.done()
        held.go.set()
        answer = await (await asking).json()
    await service.serving
    assert answer["verdict"] == "allow"
    async with open_house(settings, clock=clock) as again:
        kept = await again.store.permit(answer["permit"]["id"])
        assert kept is not None
        assert kept.state == "reserved"
        assert (await again.store.verify()).faults == ()


async def test_a_client_that_hangs_up_undoes_nothing(sqlite_url: str, tmp_path: Path, clock: SimulatedClock) -> None:
    """What was being decided is finished and recorded, whoever still listens."""
    service = Running(settings_for(sqlite_url, tmp_path, server={"port": 0}), clock)
    house = service.app[HOUSE]
    async with await service.client() as client:
        await client.put("/v1/cases/C-1", json=CASE)
        before = (await house.store.verify()).entries
        held = service.hold()
        asking = asyncio.create_task(client.post("/v1/permits", json=CALL))
        await held.entered.wait()
        asking.cancel()
    held.go.set()
    answer = await held.answered
    assert b'"verdict":"allow"' in answer
    assert (await house.store.verify()).entries > before
    service.stop.set()
    await service.serving


async def test_a_service_that_cannot_start_closes_what_it_opened(sqlite_url: str, tmp_path: Path) -> None:
    """A port in use leaves no lock behind: the next start succeeds."""
    settings = settings_for(sqlite_url, tmp_path, server={"port": 0})
    listening = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    taken = settings_for(sqlite_url, tmp_path, server={"port": listening.sockets[0].getsockname()[1]})
    with pytest.raises(OSError, match="address already in use"):
        await serve(build(taken))
    listening.close()
    stop = asyncio.Event()
    await serve(build(settings), stop=stop, ready=lambda url: stop.set())
