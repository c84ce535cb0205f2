"""The pages for lawyers: every word of the rule language has plain words, and a page leaves nothing of a rule out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from a_book import shipped
from contactguard.law import grammar, values
from contactguard.law.grammar import Filter, Kind, Length, RegimeTable, Relax, Scope
from contactguard.law.instants import day_of
from contactguard.law.model import States
from contactguard.law.rulebook import Regime, Rulebook
from contactguard.law.values import VALUES, Values, Way
from contactguard.rules.pages.diff import differences
from contactguard.rules.pages.index import index
from contactguard.rules.pages.page import MARK, SECTIONS, WIDTH, page
from contactguard.rules.pages.phrases import PHRASES, said, sentences
from contactguard.rules.pages.stale import findings
from contactguard.rules.pages.words import STATES, back, on

from .making import OPEN_ALL_DAY, book, law, rule
from .test_own_say import made, reading, say, weight

SHIPPED = shipped()
TODAY = day_of(2026, 11, 22)
SAYING = [Scope, Filter, Length, Relax, Way, *VALUES.values()]
OF_EVERY = {field.name for field in msgspec.structs.fields(Values)}
SHOWN_BY_ITSELF = {"Window": {"open"}}


@pytest.mark.parametrize("table", SAYING, ids=lambda table: table.__name__)
def test_every_field_that_says_something_has_plain_words(table: Any) -> None:
    """No field of the grammar can be added without a phrase for it, and no phrase outlives its field."""
    wanted = {field.name for field in msgspec.structs.fields(table)} - (
        OF_EVERY if issubclass(table, Values) else set()
    )
    assert set(PHRASES[table]) == wanted


def test_every_table_of_the_grammar_is_told_somewhere() -> None:
    """A new sort of table has to be put in words, or be on the page by itself."""
    known = {one for module in (grammar, values) for one in vars(module).values() if isinstance(one, type)}
    tables = {one for one in known if issubclass(one, grammar.Table)} - {grammar.Table, values.Values}
    by_itself = {
        grammar.RuleTable, grammar.RegimeTable, grammar.NotAutomated, grammar.Untested, grammar.Calendar,
        grammar.Each, grammar.Library, grammar.FileTable, grammar.Reading, grammar.Weight, grammar.OwnTable,
    }  # fmt: skip
    assert tables - by_itself == set(SAYING)


def test_every_kind_of_rule_has_a_place_on_the_page() -> None:
    """One section each."""
    placed = [kind for _, kinds in SECTIONS for kind in kinds]
    assert sorted(placed) == sorted(get_args(Kind)) == sorted(VALUES)


def test_every_state_of_a_content_has_plain_words() -> None:
    """What a rule may want of it."""
    assert {field.name for field in msgspec.structs.fields(States)} == set(STATES)


@pytest.mark.parametrize("regime", SHIPPED.regimes.values(), ids=lambda regime: regime.id)
def test_a_page_shows_every_rule_with_its_citation_and_fits_its_width(regime: Regime) -> None:
    """Ids, citations, first days, calendars, what is left to people; nothing of a file's punctuation."""
    lines = page(regime, TODAY)
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= WIDTH
    for one in regime.rules:
        assert one.full_id in text
        assert " ".join(one.table.citation.split()) in text
        assert one.version in text
    for left in regime.file.not_automated:
        assert " ".join(left.what.split()) in text
    assert regime.digest in text
    for mark in ("tuple(", "()", "None", "Filter", "={", "['"):
        assert mark not in text


def test_hours_stand_in_a_table_by_day_with_holidays() -> None:
    """Seven days, several spans, closed days, and the calendar's own row."""
    week = {"weekdays": [["08:00", "12:00"], ["14:00", "20:00"]], "sat": [["10:00", "15:00"]]}
    calendar = {"national": {"years": [2026, 2026], "days": [date(2026, 12, 25)], "citation": "Made-up calendar"}}
    lines = page(law(rule("window", {"open": week, "holidays": "national"}), calendar=calendar), TODAY)
    rows = [line.strip() for line in lines if line.startswith("      ")]
    assert rows[0] == "Monday     08:00-12:00, 14:00-20:00"
    assert rows[5:] == ["Saturday   10:00-15:00", "Sunday     closed", "Holidays   closed"]
    assert any("2026: 12-25." in line for line in lines)
    open_ = page(law(rule("window", {"open": OPEN_ALL_DAY})), TODAY)
    assert "      Holidays   as on other days" in open_


def test_a_cap_is_one_sentence() -> None:
    """How many, in what time, for whom."""
    shipped = next(one for one in SHIPPED.rules if one.full_id == "us-reg-f.call_frequency")
    assert (
        sentences(shipped.versions[0])[0] == "At most 7, in 7 dates up to and with today's, for each person and case."
    )


@pytest.mark.parametrize(
    ("fields", "backwards", "onwards"),
    [
        ({"dates": 1}, "on one date", "for 1 date, its own being the first"),
        ({"dates": 7}, "in 7 dates up to and with today's", "for 7 dates, its own being the first"),
        ({"calendar": "week"}, "in a calendar week", "for the rest of the calendar week"),
        ({"hours": 1}, "within 1 hour", "for 1 hour"),
        ({"minutes": 90}, "within 90 minutes", "for 90 minutes"),
        ({"free_days": 5}, "with 5 whole days between", "for 5 whole days between"),
        ({"ever": True}, "ever", "for good"),
    ],
)
def test_a_length_is_told_backwards_and_onwards(fields: dict[str, Any], backwards: str, onwards: str) -> None:
    """As it counts."""
    assert (back(Length(**fields)), on(Length(**fields))) == (backwards, onwards)


def test_what_frees_by_mere_time_is_marked_at_the_top_and_at_the_rule() -> None:
    """An attorney's silence, an oral request, a debt that grows old."""
    silent = rule("restriction", {"kinds": ["represented"], "lapses_hours": 720}, id="silent", code="represented")
    oral = rule("restriction", {"kinds": ["employer_prohibits"], "lapses_dates": 10}, id="oral", code="workplace")
    young = rule("window", {"open": OPEN_ALL_DAY}, id="young", scope={"days_past_due_at_most": 90})
    lasting = rule("restriction", {"kinds": ["deceased"]}, id="lasting", code="deceased")
    lines = page(law(silent, oral, young, lasting), TODAY)
    assert f"{MARK} Frees by mere time: made-up.silent, made-up.oral and made-up.young." in lines
    assert sum(line.lstrip().startswith(MARK) for line in lines) == 4


def test_a_freeing_that_counsel_read_away_is_marked_at_the_top_until_then(tmp_path: Path) -> None:
    """From the day of the reading on the page no longer warns of it."""
    silent = rule("restriction", {"kinds": ["represented"], "lapses_hours": 720}, id="silent", code="represented")
    lasting = reading({"kinds": ["represented"]}, of="zz.silent", kind="restriction")
    regime = made(tmp_path, say((lasting,)), rules=(silent,)).regimes["zz"]
    top = f"{MARK} Frees by mere time: zz.silent."
    assert top in page(regime, day_of(2025, 12, 31))
    assert top not in page(regime, day_of(2026, 1, 1))


def test_a_page_tells_what_is_in_force_what_was_and_what_comes() -> None:
    """By the day it is printed for."""
    spans = {"open": OPEN_ALL_DAY}
    regime = law(rule("window", {"from": date(2020, 1, 1), **spans}, {"from": date(2026, 1, 1), "repealed": True}))
    then, now = " ".join(page(regime, day_of(2025, 1, 1))), " ".join(page(regime, TODAY))
    assert "In force since 2020-01-01 through 2025-12-31." in then
    assert "Will be repealed on 2026-01-01." in then
    assert "Was in force from 2020-01-01 through 2025-12-31." in now
    assert "Repealed on 2026-01-01." in now
    assert "Not yet in force: from 2020-01-01" in " ".join(page(regime, day_of(2019, 1, 1)))


def test_a_page_names_who_accepted_this_very_version() -> None:
    """A signature under another digest is none."""
    regime = law(rule("window", {"open": OPEN_ALL_DAY}))
    signed = {regime.digest: ["A. Counsel, general counsel, on 2026-11-21"]}
    assert "  By A. Counsel, general counsel, on 2026-11-21." in page(regime, TODAY, signed)
    other = {"0" * 64: signed[regime.digest]}
    assert any("Nobody has accepted" in line for line in page(regime, TODAY, other))


def test_what_nobody_verified_and_what_only_warns_is_said() -> None:
    """In capitals, where one reads past nothing."""
    loose = rule("window", {"open": OPEN_ALL_DAY}, verification="recalled", force="warns")
    text = " ".join(page(law(loose), TODAY))
    assert "RECALLED, NOT LOOKED UP, only warns" in text
    assert "Not verified against the source: 1 rule of 1." in text


def test_the_head_of_a_file_is_on_the_page_whole() -> None:
    """Title, places, days, notes."""
    head = law(note="A note.", replaces=["us-tcpa"], places=["US-NY/New York"]).head
    regime = msgspec.structs.replace(law(), head=msgspec.structs.replace(head, collector_places=("US",)))
    text = " ".join(page(regime, TODAY))
    for field in msgspec.structs.fields(RegimeTable):
        value = getattr(regime.head, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str):
                assert one in text, field.name


def test_two_days_are_compared_rule_by_rule() -> None:
    """What changed, began and ended, and nothing else."""
    early, late = {"open": {"all": [["08:00", "21:00"]]}}, {"open": {"all": [["08:00", "20:00"]]}}
    changes = rule("window", {"from": date(2020, 1, 1), **early}, {"from": date(2026, 6, 1), **late}, id="hours")
    begins = rule("party", {"from": date(2026, 6, 1), "may_be_told": ["debtor"]}, id="new", code="third_party")
    ends = rule(
        "party", {"may_be_told": ["debtor"]}, {"from": date(2026, 6, 1), "repealed": True}, id="old", code="third_party"
    )
    stays = rule("window", early, id="same")
    regime = law(changes, begins, ends, stays)
    lines = differences(regime, day_of(2026, 5, 31), day_of(2026, 6, 1))
    assert "made-up.hours: changed" in lines
    assert "  - Monday     08:00-21:00" in lines
    assert "  + Monday     08:00-20:00" in lines
    assert "made-up.new: not in force on 2026-05-31; from 2026-06-01" in lines
    assert "made-up.old: in force on 2026-05-31; no more on 2026-06-01" in lines
    assert not any("same" in line for line in lines)
    assert differences(regime, day_of(2026, 6, 1), day_of(2026, 6, 2)) == []


def test_two_versions_are_compared_on_one_day() -> None:
    """What is in force, and what may come in its place."""
    old = law(rule("party", {"may_be_told": ["debtor"]}, code="third_party"))
    new = law(rule("party", {"may_be_told": ["debtor", "spouse"]}, code="third_party"))
    lines = differences(old, TODAY, TODAY, new)
    assert lines == [
        "made-up.one: changed",
        "  - Only these may be contacted: debtor.",
        "  + Only these may be contacted: debtor or spouse.",
    ]
    assert differences(old, TODAY, TODAY, old) == []


def test_what_has_grown_old_is_found() -> None:
    """Sources not read for long, a calendar that ends, a rule that changes soon, one that nobody verified."""
    spans = {"open": OPEN_ALL_DAY, "holidays": "national"}
    calendar = {"national": {"years": [2026, 2026], "days": [date(2026, 12, 25)]}}
    hours = rule("window", {"from": date(2020, 1, 1), **spans}, {"from": date(2027, 1, 1), **spans}, id="hours")
    loose = rule("window", {"open": OPEN_ALL_DAY}, id="loose", verification="secondary")
    found = {
        (one.name, one.overdue): one.what for one in findings(book(law(hours, loose, calendar=calendar)), TODAY, 60)
    }
    assert "last read on 2026-01-01, 325 days ago" in found["made-up", True]
    assert "runs out on 2026-12-31" in found["made-up, calendar national", True]
    assert found["made-up.hours", False] == "changes on 2027-01-01"
    assert "second hand" in found["made-up.loose", False]
    fresh = findings(book(law(rule("window", {"open": OPEN_ALL_DAY}))), day_of(2026, 1, 2), 60)
    assert list(fresh) == []


def test_the_index_leads_from_the_law_to_the_case_and_back() -> None:
    """Every rule stands under its citation with the cases that it decided, and every case names its rules."""
    found = index(Rulebook([SHIPPED.regimes["us-fdcpa"]], SHIPPED.tzdata, wording=SHIPPED.wording))
    rules = {one.rule for one in found.laws if one.what == "rule"}
    assert rules == {one.full_id for one in SHIPPED.regimes["us-fdcpa"].rules}
    cases = {one.id: one for one in found.cases}
    for law_ in found.laws:
        for id in law_.refuses:
            assert law_.rule in cases[id].refused_by
        for id in law_.relaxed:
            assert law_.rule in cases[id].relaxed
    hours = next(one for one in found.laws if one.rule == "us-fdcpa.hours" and one.what == "rule")
    assert "us-fdcpa-hours-1" in hours.refuses
    opened = [one for one in found.laws if one.what == "relaxation"]
    assert opened
    assert all(one.relaxed for one in opened)


def test_a_filter_says_all_that_it_asks_for() -> None:
    """One clause a field, also where a truth is denied."""
    wanted = Filter(channels=("sms",), outcomes=("delivered",), placed=True, live=False, message_possible=False)
    clauses = said(wanted)
    assert "texts" in clauses
    assert "that ended with: delivered" in clauses
    assert "that are over" in clauses
    assert "on which no message could have been left" in clauses


def test_counsels_reading_and_a_weight_are_told_with_who_and_why(tmp_path: Path) -> None:
    """Beside the rule as shipped, which stands until the reading begins; nobody verified a memorandum."""
    regime = made(tmp_path, say((reading(),), (weight(channels=["voice"]),))).regimes["zz"]
    lines = page(regime, TODAY)
    text_ = " ".join(" ".join(lines).split())
    assert "As counsel reads it: Jane Roe, Roe LLP, Roe v. Doe, 1 Made-up 2. The court read the evening" in text_
    assert "Read on 2025-12-01, of version 000000000000." in text_
    assert f"{MARK} The rule has been changed in its file since it was read so." in text_
    assert "Stands so until counsel's reading of 2026-01-01." in text_
    assert "From 2026-01-01 on it only warns for calls, by Jane Roe: A pilot." in text_
    assert "Repealed" not in text_
    assert text_.count("verified against the source") == 1
    assert "Note: The court read" not in text_
    changed = differences(regime, day_of(2025, 12, 31), day_of(2026, 1, 1))
    assert changed[0] == "zz.hours: changed"
    assert "  + Monday     08:00-20:00" in changed


def test_a_reading_of_another_text_is_overdue_and_one_that_comes_is_told_once(tmp_path: Path) -> None:
    """The first because the file changed under it, the second because it will hold soon."""
    regime = made(tmp_path, say((reading(),))).regimes["zz"]
    found = [one for one in findings(book(regime), day_of(2025, 12, 20), 400) if one.name == "zz.hours"]
    assert [(one.overdue, one.what.partition(" version")[0]) for one in found] == [
        (True, "Jane Roe, Roe LLP read"),
        (False, "stands as Jane Roe, Roe LLP reads it on 2026-01-01"),
    ]


def test_a_page_ends_sentences_once_and_leaves_pauses_alone() -> None:
    """Whether or not the file's own text ends with a full stop."""
    stopped = rule("window", {"open": OPEN_ALL_DAY}, message="Not now.", note="So it was ... once.")
    text_ = " ".join(page(law(stopped), TODAY))
    assert "Refused as outside_hours: Not now." in text_
    assert "Not now.." not in text_
    assert "So it was ... once." in text_
