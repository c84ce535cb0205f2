"""What stops do to contacts that our own lines took over, and what the record says of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_road import AGENT, LINE, NOON, OTHER_LINE, Office, Offices, asking, fresh_postgresql, master_key, person
from contactguard.attempts import NewStop, Who
from contactguard.attempts.board.deepen import compared
from contactguard.attempts.stopping import stops
from contactguard.law.instants import Instant
from contactguard.lines.line import Report, Started


async def _halt(office: Office, **what: Any) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode(await office.road.stop(NewStop(reason="x", **what), Who(by="Ann")))
    return made


@pytest.fixture
async def several(tmp_path: Path) -> AsyncIterator[Offices]:
    """A database for several processes."""
    async for url in fresh_postgresql():
        offices = Offices(url, master_key(tmp_path / "master.key"))
        yield offices
        await offices.close()


class Queue:
    """A line of ours that has taken contacts over and handed none to its carrier yet."""

    def __init__(self) -> None:
        self.queued: dict[str, tuple[Started, Callable[[Report], Awaitable[None]]]] = {}

    async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> str | None:
        """Put it at the end."""
        self.queued[started.permit] = started, report
        return None

    async def cancel(self, permit: str) -> bool:
        """Take it out: it has not left."""
        _, report = self.queued.pop(permit)
        ended = Report(permit=permit, event_id="out", type="ended", at=Instant(NOON), outcome="failed")
        await report(ended)
        return True

    async def ask(self, permit: str, ref: str, report: Callable[[Report], Awaitable[None]]) -> bool:
        """Nothing outside knows of it."""
        return False

    def waiting(self) -> Collection[str]:
        """All of them."""
        return tuple(self.queued)

    def carrying(self) -> Collection[str]:
        """All of them."""
        return tuple(self.queued)


async def _queued(office: Office, ref: str, address: str) -> str:
    answer = msgspec.json.decode(await office.road.call(asking(ref, address=address), AGENT))
    id: str = answer["permit"]["id"]
    return id


async def test_what_waits_on_our_own_lines_is_withdrawn(offices: Offices) -> None:
    """It has not left, so it does not leave; what the stop does not cover waits on."""
    line = Queue()
    office = await offices.open(lines={"voice": line})
    await office.put()
    await office.put("C-2", person("P-2", OTHER_LINE))
    mine, other = await _queued(office, "C-1", LINE), await _queued(office, "C-2", OTHER_LINE)
    made = await _halt(office, cases=("C-1",))
    assert (made["revoked"], made["withdrawn"]) == (0, 1)
    assert line.waiting() == (other,)
    view = await office.road.permit(mine, AGENT)
    assert (view.state, view.outcome) == ("ended", "failed")


async def test_another_process_withdraws_what_waits_on_its_lines(several: Offices) -> None:
    """Where several serve one store, each keeps back its own, also what its line took over a moment later."""
    line = Queue()
    office, elsewhere = await several.open(), await several.open(lines={"voice": line})
    await office.put()
    await office.put("C-2", person("P-2", OTHER_LINE))
    await _queued(elsewhere, "C-1", LINE)
    kept = await _queued(elsewhere, "C-2", OTHER_LINE)
    late = line.queued.pop(kept)
    await _halt(office)
    assert await elsewhere.road.hold_back() == 1
    assert line.waiting() == ()
    line.queued[kept] = late
    assert await elsewhere.road.hold_back() == 1
    assert line.waiting() == ()


async def test_entries_tell_what_was_revoked(office: Office) -> None:
    """Documents made anew from the entries are those that are there."""
    await office.permit()
    await _halt(office)
    assert (await compared(office.store, office.road.shelf.keeps)).found == ()


async def test_what_is_halted_between_its_yes_and_its_start_does_not_start(
    offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permit of our own line is not spent under a stop that holds by then."""
    line = Queue()
    office = await offices.open(lines={"voice": line})
    await office.put()
    ask = office.road._ask

    async def then_halted(*args: Any, **more: Any) -> bytes:
        answer = await ask(*args, **more)
        await stops.shut_restored(office.store, "x", Who(by="Ann"))
        return answer

    monkeypatch.setattr(office.road, "_ask", then_halted)
    permit = await _queued(office, "C-1", LINE)
    assert line.waiting() == ()
    assert (await office.road.permit(permit, AGENT)).state == "reserved"
    assert await office.road.hold_back() == 1
    assert (await office.road.permit(permit, AGENT)).state == "revoked"
