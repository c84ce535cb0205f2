"""The service behind a port that a switch was told of, and what it was told of the calls."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from tests.doors.a_service import CASE, NOON, settings_for

from a_bed import free_port
from a_book import federal
from contactguard.app import HOUSE, build
from contactguard.attempts import Caller, Filters
from contactguard.clock import SimulatedClock
from contactguard.doors.house import House
from contactguard.law.instants import parse_instant

ALLOWED, REFUSED, SHOWN = "+12125550123", "+12125550124", "+12125550199"
_REPRESENTED = {"kind": "represented", "since": "2026-01-15T10:00:00Z", "by": "Wren & Sparrow LLP"}
_CASES: tuple[dict[str, Any], ...] = (
    CASE,
    {
        "case": {"ref": "C-2", "product": "credit_card"},
        "persons": [
            CASE["persons"][0]
            | {"id": "P-2", "points": [{"address": REFUSED, "line": "mobile"}], "restrictions": [_REPRESENTED]}
        ],
    },
)
_SETTINGS: dict[str, Any] = {
    "telephony": {"country": "US", "extensions": "2[0-9]{2}"},
    "collector": [{"id": "acme", "name": "Acme Recovery", "numbers": [SHOWN]}],
}
_OFFICER = Caller(key="k", name="officer", scopes=frozenset({"compliance"}))


class Gate:
    """A running service, and each event of a permit as it gets into the record."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        take = house.road.event

        async def event(*given: Any, **named: Any) -> Any:
            view = await take(*given, **named)
            self._told.put_nowait(view)
            return view

        house.road.event = event  # type: ignore[method-assign]

    async def told(self) -> Any:
        """The next event that a switch reports, once it is in the record: the permit's state after it."""
        async with asyncio.timeout(15):
            return await self._told.get()

    async def contacts(self, ref: str = "C-1") -> list[Any]:
        """The case's contacts and refused requests, newest first."""
        return list((await self.house.road.contacts(ref, Filters(), 50, None, _OFFICER)).items)


class Gates:
    """Starts the service, on a store and ports that stay the same, and ends it as a fault would: at once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.agi_port = folder, free_port(), free_port()
        self.switches = {"fastagi_port": self.agi_port, "fastagi_key_file": str(folder / "switch.key")}
        self._server: TestServer | None = None
        self.key = ""
        self.collector: list[dict[str, Any]] = _SETTINGS["collector"]

    async def open(self) -> Gate:
        """The service at its ports, with a key for a switch and two cases: one may be called, one not."""
        if not self.key:
            await self._furnish()
        more = {"switches": self.switches, "collector": self.collector}
        return Gate(await self._start(_SETTINGS | more))

    async def _start(self, sections: dict[str, Any]) -> House:
        clock = SimulatedClock(parse_instant(NOON), runs=False)
        settings = settings_for(f"sqlite:///{self.folder}/store.db", self.folder, **sections)
        app = build(settings, clock=clock, book=federal())
        self._server = TestServer(app, port=self.port)
        await self._server.start_server()
        return app[HOUSE]

    async def _furnish(self) -> None:
        house = await self._start(_SETTINGS)
        _, self.key = await house.store.keys.create("switch", ["dialler"], None)
        file = self.folder / "switch.key"
        file.touch(0o600)
        file.write_text(self.key)
        _, writes = await house.store.keys.create("cases", ["case_system"], None)
        assert self._server is not None
        async with ClientSession(headers={"Authorization": f"Bearer {writes}"}) as session:
            for case in _CASES:
                url = self._server.make_url(f"/v1/cases/{case['case']['ref']}")
                async with session.put(url, json=case) as answer:
                    assert answer.status == 201, await answer.text()
        await self.close()

    async def close(self) -> None:
        """End it, if it runs."""
        if self._server is not None:
            await self._server.close()
        self._server = None
