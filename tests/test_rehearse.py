"""What another rulebook would have said to past decisions, told before it is put in force."""

from __future__ import annotations

import asyncio
from pathlib import Path

from a_book import lifted
from a_past import deep, shallow
from a_road import NOON, SHARED_LINE_CAP, Office, Offices
from contactguard.attempts.board.rehearse import in_words, rehearse
from contactguard.law.instants import DAY
from contactguard.law.rulebook import Rulebook


def _capped(folder: Path, limit: int) -> Rulebook:
    folder.mkdir()
    (folder / "line.toml").write_text(SHARED_LINE_CAP.replace("limit = 3", f"limit = {limit}"))
    return lifted(folder)


async def _five_calls(offices: Offices, book: Rulebook) -> Office:
    office = await offices.open(book)
    await office.put()
    for _ in range(5):
        await office.ask()
    return office


async def test_a_stricter_rulebook_shows_what_it_would_have_stopped(offices: Offices, tmp_path: Path) -> None:
    """By rule and code, with some of the decisions."""
    office = await _five_calls(offices, lifted())
    stricter = _capped(tmp_path / "three", 3)
    report = await rehearse(office.store, office.road.book, stricter, 30)
    assert (report.decided, report.same, report.stopped, report.freed) == (5, 3, 2, 0)
    (change,) = report.rules
    assert (change.rule, change.code, change.stops, change.frees) == ("test-line.line_cap", "frequency_cap", 2, 0)
    ids = [row.id for row in await office.rows()]
    assert sorted(change.decisions) == sorted(ids[:2])
    assert "2 allowed then and refused now" in in_words(report)[0]


async def test_a_freer_rulebook_shows_what_it_would_have_freed(offices: Offices, tmp_path: Path) -> None:
    """The rule whose silence frees is named."""
    office = await _five_calls(offices, _capped(tmp_path / "three", 3))
    report = await rehearse(office.store, office.road.book, lifted(), 30)
    assert (report.decided, report.stopped, report.freed, report.otherwise) == (5, 0, 2, 0)
    assert [(one.rule, one.frees) for one in report.rules] == [("test-line.line_cap", 2)]


async def test_the_same_rulebook_changes_nothing(offices: Offices, tmp_path: Path) -> None:
    """Every decision is decided as it was."""
    book = _capped(tmp_path / "three", 3)
    office = await _five_calls(offices, book)
    report = await rehearse(office.store, book, book, 30)
    assert (report.decided, report.same, report.rules, report.shallow) == (5, 5, (), ())


async def test_only_the_days_asked_for_are_rehearsed(offices: Offices) -> None:
    """Counted back from now."""
    office = await _five_calls(offices, lifted())
    office.clock.set(NOON + 3 * DAY)
    await office.ask()
    assert (await rehearse(office.store, office.road.book, lifted(), 2)).decided == 1
    assert (await rehearse(office.store, office.road.book, lifted(), 4)).decided == 6


async def test_decisions_of_an_erased_person_are_counted_apart(offices: Offices) -> None:
    """Their facts are gone for good."""
    office = await _five_calls(offices, lifted())
    await office.store.erase("P-1", "asked to be forgotten")
    report = await rehearse(office.store, office.road.book, lifted(), 30)
    assert (report.decided, report.unreadable) == (0, 5)


async def test_an_empty_store_is_rehearsed_at_once(offices: Offices) -> None:
    """Nothing to decide."""
    office = await offices.open()
    assert (await rehearse(office.store, office.road.book, lifted(), 30)).decided == 0


async def test_it_says_which_rules_look_further_back_than_was_kept(offices: Offices, tmp_path: Path) -> None:
    """Over the facts of then, such a rule may find too little."""
    office = await offices.open()
    report = await rehearse(office.store, shallow(tmp_path), deep(tmp_path), 30)
    assert [(one.rule, one.days) for one in report.shallow] == [
        ("test-law.mails", 60),
        ("test-law.long", 45),
        ("test-law.talks", None),
    ]
    assert (await rehearse(office.store, deep(tmp_path), shallow(tmp_path), 30)).shallow == ()


async def test_asks_go_on_meanwhile(offices: Offices, tmp_path: Path) -> None:
    """They are answered and recorded, and not part of what is rehearsed twice."""
    office = await _five_calls(offices, lifted())
    rehearsal = asyncio.create_task(rehearse(office.store, office.road.book, _capped(tmp_path / "three", 3), 30))
    while not rehearsal.done():
        await office.ask()
    assert (await rehearsal).decided >= 5
