"""Past contacts of another system: counted like any other, wherever in the past they lie."""

from __future__ import annotations

from typing import Any

import pytest

from a_file import Desk, case
from a_road import LINE, NOON, OTHER_LINE, Offices, codes
from contactguard.attempts.board.deepen import compared
from contactguard.law.instants import print_utc

DAY = 86_400


@pytest.fixture
async def desk(offices: Offices) -> Desk:
    """A road with one case, one person and one number."""
    made = Desk(await offices.open())
    await made.put(case())
    return made


async def test_limits_hold_from_the_first_day(desk: Desk) -> None:
    """Seven calls of another system within seven days leave none for us, whoever the rows name."""
    rows = [
        _call(1, DAY, ref="C-1"),
        _call(2, 2 * DAY, person="P-1"),
        *(_call(n, n * 3_600, address=LINE) for n in range(3, 8)),
    ]
    assert await desk.past(*rows) == ["created"] * 7
    assert await desk.office.used() == 7
    assert "frequency_cap" in codes(await desk.office.ask())


async def test_a_log_taken_in_again_counts_once(desk: Desk) -> None:
    """By `event_id`, also where both rows came in one slice."""
    rows = [_call(n, n * 3_600, ref="C-1") for n in range(1, 4)]
    assert await desk.past(*rows, rows[0]) == ["created"] * 3 + ["unchanged"]
    assert await desk.past(*rows) == ["unchanged"] * 3
    assert await desk.office.used() == 3
    assert len(await desk.office.rows()) == 3


async def test_long_past_contacts_are_in_the_record_and_bind_nobody_any_more(desk: Desk) -> None:
    """A call of five years ago is on the case's record; no limit counts it."""
    assert await desk.past(_call(1, 5 * 365 * DAY, ref="C-1")) == ["created"]
    (row,) = await desk.office.rows()
    assert row.at.startswith("2021-")
    assert await desk.office.used() == 0


async def test_a_conversation_of_another_system_makes_us_wait(desk: Desk) -> None:
    """Not only counts: whatever a rule looks at is there."""
    await desk.past(_call(1, DAY, ref="C-1", outcome="conversation"))
    assert "post_conversation_wait" in codes(await desk.office.ask())


async def test_a_number_alone_is_charged_to_everyone_who_lists_it(desk: Desk) -> None:
    """On all their cases; nobody: refused, so that the row can be run again once somebody lists it."""
    await desk.put(case("C-2", "P-2", LINE), case("C-3", "P-1", LINE))
    row = _call(1, 3_600, address=LINE)
    stranger = _call(2, 3_600, address=OTHER_LINE)
    assert await desk.past(row, stranger) == [
        "created",
        "refused: address: nobody lists this address; run the file again once somebody does",
    ]
    for ref in ("C-1", "C-2", "C-3"):
        assert await desk.office.used(ref, person_id="P-2" if ref == "C-2" else "P-1") == 1
        assert len(await desk.office.rows(ref)) == 1
    await desk.put(case("C-4", "P-4", OTHER_LINE))
    assert await desk.past(row, stranger) == ["unchanged", "created"]
    assert await desk.office.used("C-4", address=OTHER_LINE) == 1


async def test_rows_are_refused_one_by_one(desk: Desk) -> None:
    """What is wrong with a row is said of that row."""
    rows: list[dict[str, Any]] = [
        _call(1, -DAY, ref="C-1"),
        _call(2, DAY, ref="C-9"),
        _call(3, DAY, person="P-9"),
        _call(4, DAY, ref="C-1", person="P-9"),
        _call(5, DAY, ref="C-1", outcome="refused"),
        {"event_id": "e-6", "contact": {}},
        _call(7, DAY, ref="C-1"),
    ]
    assert await desk.past(*rows) == [
        "refused: at: lies in the future",
        "refused: no such case",
        "refused: no such person",
        "refused: person: this person is not on the case",
        "refused: outcome: is the gate's own word for a contact that never was",
        "refused: the field at is missing",
        "created",
    ]


async def test_a_wrong_number_of_another_system_is_a_wrong_number_here(desk: Desk) -> None:
    """What was heard there is known of the address here."""
    await desk.past(_call(1, DAY, ref="C-1", outcome="wrong_number"))
    assert codes(await desk.office.ask()) == ["wrong_number"]


async def test_documents_agree_with_the_entries_of_past_contacts(desk: Desk) -> None:
    """The record alone gives the same counts: nothing is found to mend."""
    await desk.put(case("C-2", "P-2", LINE))
    await desk.past(*(_call(n, n * 3_600, address=LINE) for n in range(1, 5)), _call(9, DAY, ref="C-2"))
    told = await compared(desk.office.store, desk.office.road.shelf.keeps, mend=False)
    assert told.differing == 0, told
    assert (await desk.office.store.verify()).holds


def _call(number: int, ago: int, outcome: str = "no_answer", **whose: str) -> dict[str, Any]:
    contact = {"at": print_utc(NOON - ago), "channel": "voice", "outcome": outcome}
    address = {} if "address" in whose else {"address": LINE}
    return {"event_id": f"e-{number}", "contact": {**contact, **address}, **whose}
