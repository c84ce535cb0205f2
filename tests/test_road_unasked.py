"""What passes before anything is asked: emergency numbers and the house's own extensions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_road import AGENT, Office, Offices, asking
from contactguard.app import open_house
from contactguard.errors import BadInput, Busy, StoreDown
from contactguard.lines.line import Report, Started
from contactguard.records.work import Idempotency, Job
from contactguard.sections import StoreSettings, Telephony
from contactguard.settings import Settings


@pytest.mark.parametrize(
    ("country", "number", "passes"),
    [
        ("US", "911", True),
        ("US", "9116666666", False),
        ("US", "+1911", False),
        ("DE", "110", True),
        ("DE", "112", True),
        ("DE", "1101234567", False),
        ("US", "110", False),
    ],
)
async def test_emergency_numbers_pass_by_exact_match_for_the_caller_s_country(
    offices: Offices, country: str, number: str, passes: bool
) -> None:
    """No case is needed; a number that merely begins like one is no emergency."""
    office = await offices.open(settings=Settings(telephony=Telephony(country=country)))
    if not passes:
        with pytest.raises(BadInput):
            await office.ask(None, address=number)
        return
    answer = await office.ask(None, address=number)
    assert (answer["verdict"], answer["assumed"]) == ("allow", ["emergency"])
    await office.road.expire()
    assert (await office.road.permit(answer["permit"]["id"], AGENT)).state == "reserved"
    seen = await office.tell(answer["permit"]["id"], "dialled")
    assert seen.state == "started"


async def test_an_emergency_call_passes_with_the_store_down_and_is_recorded_afterwards(office: Office) -> None:
    """Undelayed; written down as soon as that is possible."""
    submit = office.store.submit

    async def down(job: Job) -> Any:
        raise StoreDown("the store cannot be reached")

    office.store.submit = down  # type: ignore[method-assign]
    answer = msgspec.json.decode(await office.road.ask(asking(None, address="911"), AGENT))
    assert answer["verdict"] == "allow"
    with pytest.raises(StoreDown):
        await office.ask()
    office.store.submit = submit  # type: ignore[method-assign]
    await office.road.expire()
    (entry,) = await office.store.entries("system:unasked")
    assert entry.kind == "unasked"
    assert (await office.road.permit(answer["permit"]["id"], AGENT)).id == answer["permit"]["id"]


async def test_what_is_reported_of_an_emergency_call_is_never_too_early(office: Office) -> None:
    """An event may come before the call itself was written down: it is taken in all the same."""
    answer = await office.ask(None, address="911")
    assert (await office.tell(answer["permit"]["id"], "dialled")).state == "started"
    answer = await office.ask(None, address="911")
    assert (await office.road.permit(answer["permit"]["id"], AGENT)).state == "reserved"
    answer = await office.ask(None, address="911")
    assert (await office.road.cancel(answer["permit"]["id"], AGENT)).state == "released"


async def test_while_the_call_cannot_be_written_down_reports_on_it_are_asked_for_again(office: Office) -> None:
    """Not found would say that it never was."""
    submit = office.store.submit

    async def down(job: Job) -> Any:
        raise StoreDown("the store cannot be reached")

    office.store.submit = down  # type: ignore[method-assign]
    permit = (await office.ask(None, address="911"))["permit"]["id"]
    with pytest.raises(Busy):
        await office.tell(permit, "dialled")
    office.store.submit = submit  # type: ignore[method-assign]
    assert (await office.tell(permit, "dialled")).state == "started"


async def test_an_emergency_call_is_in_the_record_once(office: Office) -> None:
    """Where the commit was not confirmed, writing it down again changes nothing of what happened since."""
    submit = office.store.submit

    async def unsure(job: Job) -> Any:
        await submit(job)
        raise StoreDown("the commit was not confirmed")

    office.store.submit = unsure  # type: ignore[method-assign]
    permit = (await office.ask(None, address="911"))["permit"]["id"]
    with pytest.raises(StoreDown):
        await office.ask()
    office.store.submit = submit  # type: ignore[method-assign]
    assert (await office.tell(permit, "dialled")).state == "started"
    await office.road.expire()
    assert (await office.road.permit(permit, AGENT)).state == "started"
    kinds = [entry.kind for entry in await office.store.entries("system:unasked")]
    assert kinds == ["permit_event", "unasked"]


async def test_what_is_owed_to_the_record_is_written_before_closing(tmp_path: Path) -> None:
    """A service that stops right after an emergency call has it on record."""
    settings = Settings(store=StoreSettings(url=f"sqlite:///{tmp_path}/store.db"))
    async with open_house(settings) as house:
        await house.road.ask(asking(None, address="911"), AGENT)
    async with open_house(settings) as house:
        assert [entry.kind for entry in await house.store.entries("system:unasked")] == ["unasked"]


async def test_an_emergency_call_asked_for_twice_under_one_key_is_placed_once(offices: Offices) -> None:
    """A client that repeats a request after a lost answer does not ring twice."""
    placed: list[Started] = []

    class Wire:
        async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> None:
            placed.append(started)

        async def cancel(self, permit: str) -> bool:
            return False

        def carrying(self) -> list[str]:
            return []

    office = await offices.open(lines={"voice": Wire()})
    once = Idempotency(AGENT.key, "/v1/calls", "k", b"b")
    answer = await office.road.call(asking(None, address="911"), AGENT, once)
    assert await office.road.call(asking(None, address="911"), AGENT, once) == answer
    assert len(placed) == 1


async def test_our_own_line_carries_an_emergency_call(offices: Offices) -> None:
    """Without a case, and with what it reports on record."""
    placed: list[Started] = []

    class Wire:
        async def place(self, started: Started, report: Callable[[Report], Awaitable[None]]) -> None:
            placed.append(started)

        async def cancel(self, permit: str) -> bool:
            return False

        def carrying(self) -> list[str]:
            return []

    office = await offices.open(lines={"voice": Wire()})
    answer = msgspec.json.decode(await office.road.call(asking(None, address="911"), AGENT))
    assert [(one.permit, one.address) for one in placed] == [(answer["permit"]["id"], "911")]


async def test_the_house_s_own_extensions_pass(offices: Offices) -> None:
    """By the configured pattern alone."""
    office = await offices.open(settings=Settings(telephony=Telephony(extensions=r"[2-8]\d{2}")))
    assert (await office.ask(None, address="245"))["assumed"] == ["extension"]
    with pytest.raises(BadInput):
        await office.ask(None, address="2456")
