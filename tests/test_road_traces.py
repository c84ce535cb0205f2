"""What carriers were told and what they answered is kept beside the contact, and found again by it."""

from __future__ import annotations

import msgspec
import pytest

from a_book import lifted
from a_road import AGENT, Office, Offices, asking
from contactguard.errors import NotFound, StoreDown
from contactguard.lines.line import Started
from contactguard.lines.wire import Exchange
from contactguard.records.subjects import AttemptDoc
from contactguard.records.work import Job


class Named:
    """A line whose carrier has an id of its own for each contact."""

    def __init__(self) -> None:
        self.placed: list[Started] = []

    async def place(self, started: Started, report: object) -> str:
        self.placed.append(started)
        return f"CA-{started.permit}"

    async def cancel(self, permit: str) -> bool:
        return False

    async def ask(self, permit: str, ref: str, report: object) -> bool:
        return False

    def waiting(self) -> list[str]:
        return []

    def carrying(self) -> list[str]:
        return [one.permit for one in self.placed]


def exchange(office: Office, permit: str | None, answer: str = "") -> Exchange:
    """One request to a carrier."""
    said = {"line": "test", "way": "out", "method": "POST", "url": "/x", "status": 201}
    return Exchange(**said, at=office.at, answer=answer, permit=permit)  # type: ignore[arg-type]


async def test_exchanges_are_kept_in_order_beside_the_contact(office: Office) -> None:
    """And the record holds with them in it."""
    await office.put()
    permit = await office.permit()
    for answer in ("first", "second"):
        await office.road.traced(exchange(office, permit, answer))
    await office.road.traced(exchange(office, None, "of no contact"))
    assert [one.answer for one in await office.road.exchanges(permit)] == ["first", "second"]
    assert (await office.store.verify()).faults == ()
    with pytest.raises(NotFound):
        await office.road.exchanges("0" * 32)


async def test_an_exchange_about_a_contact_nobody_knows_makes_none(office: Office) -> None:
    """Whoever calls us with a made-up id leaves no stream behind."""
    await office.road.traced(exchange(office, "f" * 32))
    assert await office.store.entries("attempt:" + "f" * 32) == []


async def test_a_trace_that_cannot_be_kept_fails_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contact itself goes on."""
    await office.put()
    permit = await office.permit()

    async def down(job: Job) -> None:
        raise StoreDown("gone")

    with monkeypatch.context() as patch:
        patch.setattr(office.store, "submit", down)
        await office.road.traced(exchange(office, permit))
    assert await office.road.exchanges(permit) == []


async def test_only_carriers_that_keep_a_list_are_asked_of_a_day(offices: Offices) -> None:
    """A relay that says nothing later leaves no list of its own that every round would go through."""
    line = Named()
    office = await offices.open(lifted(), lines={"voice": line})  # type: ignore[dict-item]
    await office.put()
    await office.road.call(asking(), AGENT)
    assert (await office.store.doc(f"attempt:{line.placed[0].permit}")).ref
    assert await office.store.entries("system:carried:2026-03-05") == []
    assert (await office.road.ask_carriers()).asked == 0


async def test_what_has_left_is_not_answered_with_an_error(offices: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store goes away just then the caller has the permit, and does not ask for a second contact."""
    line = Named()
    office = await offices.open(lifted(), lines={"voice": line})  # type: ignore[dict-item]
    await office.put()
    submit = office.store.submit

    async def down(job: Job) -> object:
        if line.placed:
            raise StoreDown("gone")
        return await submit(job)

    with monkeypatch.context() as patch:
        patch.setattr(office.store, "submit", down)
        answer = msgspec.json.decode(await office.road.call(asking(), AGENT))
    assert answer["permit"]["id"] == line.placed[0].permit
    assert await office.used() == 1


async def test_the_carrier_s_own_id_of_a_contact_is_kept(offices: Offices) -> None:
    """So that it can be asked later what became of it; and the line knows whom it carries for."""
    line = Named()
    office = await offices.open(lifted(), lines={"voice": line})  # type: ignore[dict-item]
    await office.put()
    await office.road.call(asking(), AGENT)
    (started,) = line.placed
    doc = await office.store.doc(f"attempt:{started.permit}")
    assert isinstance(doc, AttemptDoc)
    assert doc.ref == f"CA-{started.permit}"
    assert (started.case, started.persons, started.until) == ("C-1", ("P-1",), 1_772_762_400)
    await office.tell(started.permit, "answered")
    assert (await office.store.doc(f"attempt:{started.permit}")).ref == doc.ref
