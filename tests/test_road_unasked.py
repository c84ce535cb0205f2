"""What passes before anything is asked: emergency numbers and the house's own extensions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from a_road import AGENT, Office, Offices, asking
from contactguard.errors import BadInput, StoreDown
from contactguard.lines.line import Report, Started
from contactguard.records.work import Job
from contactguard.settings import Settings, Telephony


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
