"""Calendars: days computed as statutes name them, and those of the kept library of holidays."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from dateutil.easter import easter as known_easter

from contactguard.law.calendars import Closed, Unlisted, closed, easter
from contactguard.law.grammar import Calendar, Each, Library
from contactguard.law.instants import MonthDay, calendar, day_of
from contactguard.law.rulebook import RuleError, parse
from contactguard.rules import holidays
from contactguard.rules.holidays import FIRST, LAST, __main__, ask, listed
from contactguard.rules.load import load, pack, unpack, wanted_lists
from contactguard.rules.mutate import changes
from contactguard.rules.pages.page import page
from contactguard.rules.pages.stale import findings

from .making import OPEN_ALL_DAY, book, law, rule, text

HOURS = rule("window", {"open": OPEN_ALL_DAY, "holidays": "national"})
COLOMBIA = {"place": "CO", "without": ["Epiphany"]}
YEARS = [2026, 2027]
TABLES = sorted(Path(holidays.__file__).parent.glob("*.json"))


def with_library(tmp_path: Path, **library: object) -> Path:
    """A folder with a law whose holidays come from the library."""
    table = {"national": {"years": YEARS, "citation": "Holidays Act", "library": COLOMBIA | library}}
    (tmp_path / "own.toml").write_text(text(HOURS, id="own", places=["ZZ"], calendar=table))
    return tmp_path


def dates(found: Closed) -> list[date]:
    return [calendar(day) for day in sorted(found.days)]


def test_easter_is_that_of_the_western_churches() -> None:
    """In every year that an instant may have."""
    assert [calendar(easter(year)) for year in range(1900, 2200)] == [known_easter(year) for year in range(1900, 2200)]


def test_a_leap_day_is_there_in_leap_years_only() -> None:
    """It neither moves nor fails in the others."""
    table = Calendar(years=(2023, 2029), each=(Each(date=MonthDay(229)),))
    assert dates(closed(table)) == [date(2024, 2, 29), date(2028, 2, 29)]


def test_a_moved_day_leaves_its_date_open_unless_that_is_named_too() -> None:
    """Two entries close both."""
    moved = Each(date=MonthDay(704), moves={"sat": -1, "sun": 1})
    assert dates(closed(Calendar(years=(2026, 2027), each=(moved,)))) == [date(2026, 7, 3), date(2027, 7, 5)]
    both = Calendar(years=(2026, 2026), each=(moved, Each(date=MonthDay(704))))
    assert dates(closed(both)) == [date(2026, 7, 3), date(2026, 7, 4)]


def test_the_librarys_days_are_those_that_it_lists_but_for_what_is_left_out() -> None:
    """By name, with every day on which that holiday is held; or only those named."""
    whole, without = (listed(Library(place="CO", **more), (2026, 2026)) for more in ({}, {"without": ("Epiphany",)}))
    assert date(2026, 1, 12) in dates(whole)
    assert set(dates(whole)) - set(dates(without)) == {date(2026, 1, 12)}  # listed as `Epiphany (observed)`
    assert dates(listed(Library(place="CO", names=("Good Friday",)), (2026, 2026))) == [date(2026, 4, 3)]


def test_a_name_in_full_stands_for_the_days_on_which_it_is_so_held() -> None:
    """The date itself stays."""
    kept = listed(Library(place="CA-ON", without=("Boxing Day (observed)",)), (2026, 2026))
    assert date(2026, 12, 26) in dates(kept)
    assert date(2026, 12, 28) not in dates(kept)
    assert date(2026, 12, 28) in dates(listed(Library(place="CA-ON"), (2026, 2026)))


def test_a_year_for_which_the_library_has_nothing_is_not_covered() -> None:
    """Every day of it counts as closed."""
    found = closed(Calendar(years=(2099, 2102), library=Library(place="CA-ON")), listed)
    assert found.years == {2099, 2100}
    assert found.has(day_of(2101, 5, 12))
    assert not found.has(day_of(2100, 5, 12))


@pytest.mark.parametrize("field", ["place", "categories", "names", "without"])
def test_what_the_library_does_not_know_is_told_by_field(field: str) -> None:
    """Place, category and name."""
    odd = {"place": "XQ"} if field == "place" else {"place": "CO", field: ("no such thing",)}
    with pytest.raises(Unlisted) as caught:
        listed(Library(**odd), (2026, 2026))
    assert caught.value.field == field


def test_a_file_that_names_a_library_loads_where_there_is_one_to_ask(tmp_path: Path) -> None:
    """The law alone cannot read it, and says so."""
    source = (with_library(tmp_path) / "own.toml").read_text()
    with pytest.raises(RuleError, match=r"own.toml: calendar\.national\.library: its days are filled in where"):
        parse(source, "own.toml")
    assert parse(source, "own.toml", listed).calendars["national"].years == {2026, 2027}


def test_the_digest_covers_the_days_and_a_stored_book_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of the library is another law; what was stored reads as before."""
    dirs = [with_library(tmp_path)]
    before, body = load(dirs), pack(dirs)

    def newer(library: Library, years: tuple[int, int]) -> Closed:
        found = listed(library, years)
        return Closed(found.years, found.days | {day_of(2026, 5, 12)})

    monkeypatch.setattr(holidays, "listed", newer)
    after = load(dirs)
    assert after.regimes["own"].digest != before.regimes["own"].digest
    assert after.digest != before.digest
    assert unpack(body).digest == before.digest
    assert unpack(body).regimes["own"].calendars == before.regimes["own"].calendars
    assert unpack(pack(dirs)).digest == after.digest


def test_a_packed_book_of_before_there_were_libraries_still_reads() -> None:
    """It names none."""
    from .test_packing import altered

    body = altered(pack(), holidays=[])
    assert unpack(body).digest == load().digest


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_the_files_beside_the_rules_are_the_pinned_librarys_answer(table: Path) -> None:
    """Written anew they are the same."""
    categories = list(json.loads(table.read_text("utf-8"))["lists"])
    assert table.read_text("utf-8") == __main__.text(table.stem, categories)


def test_what_the_shipped_files_name_is_all_there_and_nothing_else() -> None:
    """So that loading them never waits for the library; `python -m contactguard.rules.holidays` writes the files."""
    there = {(path.stem, category) for path in TABLES for category in json.loads(path.read_text("utf-8"))["lists"]}
    assert there == wanted_lists()


def test_loading_what_is_shipped_does_not_import_the_library() -> None:
    """It costs more than all the rest."""
    code = "import sys; from contactguard.rules.load import load; load(); sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_library_is_asked_for_the_years_that_no_file_covers() -> None:
    """Before the first and after the last."""
    for year in (FIRST - 1, LAST + 1):
        days = ask("CO", "public", range(year, year + 1))[year]
        assert len(listed(Library(place="CO"), (year, year)).days) == len({day for day, _ in days})


def test_the_page_says_how_days_are_found_and_which_they_are(tmp_path: Path) -> None:
    """In words, and year by year."""
    each = [
        {"date": "01-01", "moves": {"sun": 1}}, {"easter": -2}, {"weekday": "mon", "before": "05-25"},
        {"month": 9, "weekday": "mon", "nth": -1}, {"date": "09-30", "from": 2027},
    ]  # fmt: skip
    table = {"national": {"years": YEARS, "each": each, "citation": "Holidays Act"}}
    lines = " ".join(" ".join(page(law(HOURS, calendar=table), 20_000)).split())
    for part in (
        "Every year: 1 January (1 day later on a Sunday); 2 days before Easter Sunday; the last Monday before 25 May;",
        "the last Monday of September; 30 September, from 2027.",
        "2026: 01-01, 04-03, 05-18, 09-28. 2027: 01-01, 03-26, 05-24, 09-27, 09-30.",
    ):
        assert part in lines
    own = load([with_library(tmp_path)]).regimes["own"]
    lines = " ".join(" ".join(page(own, 20_000)).split())
    assert "From the library of holidays, for CO: public, without Epiphany." in lines
    assert "2026: 01-01, 03-23, 04-02, 04-03," in lines


def test_the_end_of_a_computed_calendar_is_told_in_time() -> None:
    """The last year that it covers."""
    table = {"national": {"years": YEARS, "each": [{"date": "12-25"}]}}
    found = [
        one for one in findings(book(law(HOURS, calendar=table)), day_of(2027, 11, 1), 90) if "calendar" in one.name
    ]
    assert [one.what for one in found] == ["runs out on 2027-12-31; add the next year"]


def test_a_list_is_moved_by_single_steps(tmp_path: Path) -> None:
    """An entry is dropped, its day moved by one, its years shifted; a holiday that was left out closes again."""
    table = {"national": {"years": YEARS, "each": [{"date": "03-01", "from": 2026}, {"easter": -2}]}}
    made = {
        f"{one.field}: {one.what}" for one in changes(law(HOURS, calendar=table)) if one.rule.startswith("calendar")
    }
    assert {
        "each[0]: without it", "each[0].date: 03-01 to 02-29", "each[0].date: 03-01 to 03-02",
        "each[0].from: 2026 to 2025", "each[1]: without it", "each[1].easter: -2 to -3", "years[0]: 2026 to 2027",
    } <= made  # fmt: skip
    assert len(made) == 12
    own = load([with_library(tmp_path)]).regimes["own"]
    of_library = [one for one in changes(own) if one.field.startswith("library")]
    assert [str(one) for one in of_library] == ["calendar.national, library.without: without Epiphany"]
    (found,) = of_library
    assert found.regime is not None
    assert found.regime.calendars["national"].days > own.calendars["national"].days
