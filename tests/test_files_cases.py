"""Cases from files: each row answered, an unchanged one known again, and what a source no longer lists is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from a_file import Desk, case
from a_road import CASE_SYSTEM, OTHER_LINE, Office, Offices, codes
from contactguard.law.model import Restriction
from contactguard.operations.importing import completed, read_case


@pytest.fixture
async def desk(offices: Offices) -> Desk:
    """An empty road and its operations."""
    return Desk(await offices.open())


async def test_a_row_taken_in_again_is_unchanged_and_nothing_is_written(desk: Desk) -> None:
    """The same file twice: the second time every row is unchanged and no entry is added."""
    rows = [case(f"C-{n}", f"P-{n}", f"+1212555{n:04d}") for n in range(30)]
    assert await desk.put(*rows) == ["created"] * 30
    before = await _entries(desk.office)
    assert await desk.put(*rows) == ["unchanged"] * 30
    assert await _entries(desk.office) == before


async def test_only_rows_that_differ_are_written(desk: Desk) -> None:
    """One number changed in one row of many: that case is updated, the others are not touched."""
    rows = [case(f"C-{n}", f"P-{n}", f"+1212555{n:04d}") for n in range(10)]
    await desk.put(*rows)
    rows[3] = case("C-3", "P-3", OTHER_LINE)
    assert await desk.put(*rows) == ["unchanged"] * 3 + ["updated"] + ["unchanged"] * 6
    assert (await desk.office.ask("C-3", address=OTHER_LINE))["verdict"] == "allow"
    assert "unknown_destination" in codes(await desk.office.ask("C-3", address="+12125550003"))


async def test_what_the_case_system_said_since_is_not_taken_for_the_files_row(desk: Desk) -> None:
    """A case that was put by the API after the file is compared anew: the file's row wins again, as the newer word."""
    ref, body = case()
    await desk.put((ref, body))
    newer = read_case(*case("C-1", "P-1", OTHER_LINE), "US")
    await desk.office.road.put_case("C-1", newer, CASE_SYSTEM)
    assert await desk.put((ref, body)) == ["updated"]
    assert await desk.put((ref, body)) == ["unchanged"]


async def test_a_row_that_says_the_same_in_other_words_is_unchanged(desk: Desk) -> None:
    """What differs in writing only (its evidence in another order of keys) changes no document of a person."""
    ref, body = case()
    await desk.put((ref, body))
    other = {"persons": body["persons"], "case": {"product": "credit_card", "ref": "C-1"}}
    assert await desk.put((ref, other)) == ["unchanged"]
    assert await desk.put((ref, other)) == ["unchanged"]


async def test_one_refused_row_leaves_the_others_alone(desk: Desk) -> None:
    """Of rows judged together, each is refused for what is wrong with itself, and leaves nothing behind."""
    await desk.put(case("C-1", "P-1", version=5))
    rows = [
        case("C-0", "P-0"),
        case("C-1", "P-1", OTHER_LINE, version=4),
        ("C-2", {"case": {"ref": "C-2"}, "persons": []}),
        ("C-3", {"case": {"ref": "C-4"}, "persons": []}),
        ("C-4", "nonsense"),  # type: ignore[list-item]
        case("C-5", "P-5"),
    ]
    assert await desk.put(*rows) == [
        "created",
        "refused: version 5 of this case is already here",
        "refused: persons: expected 1 to 100 persons",
        "refused: case.ref: another reference than the row's own",
        "refused: expected an object with case and persons",
        "created",
    ]
    assert codes(await desk.office.ask("C-1", address=OTHER_LINE)) == ["unknown_destination"]


async def test_of_two_rows_for_one_case_the_later_one_stands(desk: Desk) -> None:
    """In the order of the file, also where both came in one slice."""
    assert await desk.put(case(), case("C-1", "P-1", OTHER_LINE)) == ["created", "updated"]
    assert (await desk.office.ask(address=OTHER_LINE))["verdict"] == "allow"


async def test_rows_with_people_and_numbers_in_common_are_all_kept(desk: Desk) -> None:
    """Rows judged together see what those before them wrote: nobody's other case and no shared number is lost."""
    rows = [case(f"C-{n}", f"P-{n % 3}", "+12125550100", f"+1212555020{n % 2}") for n in range(12)]
    assert await desk.put(*rows) == ["created"] * 12
    docs = await desk.office.store.docs([f"person:P-{n}" for n in range(3)])
    assert [docs[f"person:P-{n}"].person.cases for n in range(3)] == [
        tuple(sorted(f"C-{n}" for n in range(start, 12, 3))) for start in range(3)
    ]
    key = desk.office.store.address_key("+12125550100")
    assert sorted((await desk.office.store.doc(key)).persons) == ["P-0", "P-1", "P-2"]


async def test_what_was_learned_stands_whatever_the_file_says(desk: Desk) -> None:
    """A restriction that an agent wrote down outlives a changed row, and an unchanged one."""
    await desk.put(case())
    await desk.office.fact(restriction=Restriction(kind="cease_communication"))
    assert await desk.put(case()) == ["unchanged"]
    assert await desk.put(case("C-1", "P-1", OTHER_LINE)) == ["updated"]
    assert codes(await desk.office.ask(address=OTHER_LINE)) == ["cease_communication"]


async def test_bodies_may_be_completed_by_whoever_reads_the_file(desk: Desk) -> None:
    """Evidence looked up beforehand gives the same case as evidence looked up here."""
    ref, body = case()
    made = msgspec.Raw(completed(ref, body, "US"))
    assert await desk.put((ref, made), completed=True) == ["created"]  # type: ignore[arg-type]
    assert await desk.put((ref, body)) == ["unchanged"]


async def test_what_vanished_from_a_sources_list_is_told_and_not_closed(desk: Desk) -> None:
    """A whole list that lacks two cases names both, once as vanished and from then on as missing, until they are back;
    the cases themselves stay as they were.
    """
    rows = [case(f"C-{n}", f"P-{n}", f"+1212555{n:04d}") for n in range(10)]
    assert await _list(desk, "first", rows) == {"vanished": 0, "missing": 0, "why": ""}
    assert await _list(desk, "second", rows[:8]) == {"vanished": 2, "missing": 2, "why": ""}
    page = await desk.call("imports.vanished", source="bank-a")
    assert [ref for ref, _ in page["items"]] == ["C-8", "C-9"]
    assert await _list(desk, "third", rows[:9]) == {"vanished": 0, "missing": 1, "why": ""}
    assert [ref for ref, _ in (await desk.call("imports.vanished", source="bank-a"))["items"]] == ["C-9"]
    assert (await desk.office.ask("C-9", address="+12125550009"))["verdict"] == "allow"


async def test_a_row_that_was_refused_is_not_taken_for_vanished(desk: Desk) -> None:
    """A case whose row cannot be read is on the list all the same."""
    rows = [case(f"C-{n}", f"P-{n}", f"+1212555{n:04d}") for n in range(3)]
    await _list(desk, "first", rows)
    assert await _list(desk, "second", [*rows[:1], ("C-1", {"persons": 7})], also=["C-2"]) == {
        "vanished": 0,
        "missing": 0,
        "why": "",
    }


async def test_lists_of_two_sources_are_apart(desk: Desk) -> None:
    """What one source does not list was never missing from another's."""
    await _list(desk, "first", [case("C-1", "P-1")])
    told = await _list(desk, "second", [case("C-2", "P-2")], source="bank-b")
    assert told == {"vanished": 0, "missing": 0, "why": ""}


async def test_a_reading_that_was_not_seen_whole_tells_nothing(desk: Desk) -> None:
    """A service that was restarted meanwhile knows part of a list only, and takes nothing for vanished."""
    await _list(desk, "first", [case("C-1", "P-1"), case("C-2", "P-2")])
    await desk.put(case("C-1", "P-1"), run="second", source="bank-a")
    told = await desk.call("imports.finish", kind="cases", rows=2, refused=0, run="second", source="bank-a", refs=2)
    assert told["vanished"] is None
    assert told["why"] == "not all of this reading was seen here; run the import again"
    assert (await desk.call("imports.vanished", source="bank-a"))["items"] == []


async def test_a_list_that_grows_and_shrinks_keeps_what_is_missing(desk: Desk) -> None:
    """However many cases a source has, what it no longer has is known."""
    imports = desk.office.road.imports
    many = [f"C-{n}" for n in range(5_000)]
    imports.listed("bank-a", "1", many[:100])
    await imports.vanish("bank-a", "1", 100, "Ana")
    imports.listed("bank-a", "2", many[1:])
    assert await imports.vanish("bank-a", "2", 4_999, "Ana") == {"vanished": 1, "missing": 1}
    imports.listed("bank-a", "3", many[10:50])
    assert await imports.vanish("bank-a", "3", 40, "Ana") == {"vanished": 4_959, "missing": 4_960}
    found: list[Any] = []
    cursor: int | None = 0
    while cursor is not None:
        items, cursor = await imports.vanished("bank-a", cursor)
        found += items
    assert sorted(ref for ref, _ in found) == sorted(set(many) - set(many[10:50]))


async def _list(
    desk: Desk, run: str, rows: list[tuple[str, dict[str, Any]]], source: str = "bank-a", **more: Any
) -> Any:
    await desk.put(*rows, run=run, source=source, **more)
    refs = len(rows) + len(more.get("also", ()))
    return await desk.call(
        "imports.finish", kind="cases", rows=len(rows), refused=0, run=run, source=source, refs=refs, by="Ana"
    )


async def _entries(office: Office) -> int:
    return (await office.store.verify()).entries
