"""One call asked about more than once: a switch that gave up, a proxy that tries again, a request shown to us later."""

from __future__ import annotations

import asyncio

import pytest

from a_road import AGENT, Office, Offices, asking
from contactguard.attempts import Authorized
from contactguard.errors import Conflict


async def authorized(office: Office, call_id: str = "call-1", once: str | None = None) -> Authorized:
    """What a switch asks."""
    return await office.road.authorize(asking(None), AGENT, call_id, once=once)


async def state(office: Office, permit: str | None) -> str:
    assert permit is not None
    return (await office.road.permit(permit, AGENT)).state


async def test_a_yes_that_nobody_heard_is_undone(office: Office) -> None:
    """It counts nothing, and the same call asked about again has a yes of its own."""
    first = await authorized(office)
    await office.road.unheard(first.permit or "", AGENT)
    assert (await state(office, first.permit), await office.used()) == ("ended", 0)
    again = await authorized(office)
    assert (again.verdict, again.permit == first.permit) == ("allow", False)


async def test_a_yes_that_was_given_twice_is_not_undone_for_one_who_is_gone(office: Office) -> None:
    """A proxy asked again for a request that was slow: its second answer may be dialled on, so the call counts."""
    first, again = await asyncio.gather(authorized(office), authorized(office))
    assert first.permit == again.permit
    await office.road.unheard(first.permit or "", AGENT)
    assert (await state(office, first.permit), await office.used()) == ("started", 1)
    await office.tell(first.permit or "", "ended", outcome="busy")
    assert [row.outcome for row in await office.rows()] == ["busy"]


async def test_however_they_fall_no_yes_that_is_heard_goes_uncounted(offices: Offices) -> None:
    """Two processes on PostgreSQL, one call: one request is given up, the other answered, and then under way."""
    one = await offices.open()
    other = await offices.open() if offices.url.startswith("postgresql") else one
    await one.put()
    for turn in range(10):
        call = f"call-{turn}"
        first = await authorized(one, call)
        assert first.permit is not None
        _, again = await asyncio.gather(one.road.unheard(first.permit, AGENT), authorized(other, call))
        if again.verdict == "allow":
            assert await state(other, again.permit) == "started"
            await other.tell(again.permit or "", "ended", outcome="failed")


async def test_a_call_that_is_decided_about_once_is_never_asked_about_anew(office: Office) -> None:
    """The same answer while the call lasts; after that nothing, however much later."""
    first = await authorized(office, once="carrier")
    assert (await authorized(office, once="carrier")).permit == first.permit
    await office.tell(first.permit or "", "ended", outcome="no_answer")
    for seconds in (0, 700, 3 * 86_400):
        office.clock.advance(seconds)
        with pytest.raises(Conflict):
            await authorized(office, once="carrier")
    assert len(await office.rows()) == 1
