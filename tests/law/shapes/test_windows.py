"""Shapes of law about hours and calendars: each with the smallest law that has it."""

from __future__ import annotations

from datetime import date

import pytest

from contactguard.law.program import Program
from contactguard.law.rulebook import Rulebook

from ..making import OPEN_ALL_DAY, Raw, ask, book, closes_exactly, codes, law, opens_exactly, rule
from .scenes import MAIL, allows, only, refuses, there

DAY = {"all": [["08:00", "21:00"]]}
YEARS = [2026, 2027]
HOLIDAY = "public_holiday"


def with_list(open: Raw, *each: Raw, days: tuple[date, ...] = (), **fields: Raw) -> Rulebook:
    """A window that is closed on the days of such a list."""
    table = {"years": YEARS, "days": list(days), "each": list(each)}
    return only("window", {"open": open, "holidays": "national"}, calendar={"national": table}, **fields)


def in_zone(zone: str, at: str, **fields: Raw) -> Raw:
    """A call to a debtor who lives in that zone."""
    return there(at, person={"evidence": [{"kind": "residence", "country": "ZZ", "zones": [zone]}]}, **fields)


def test_s02_other_hours_on_other_weekdays() -> None:
    """Till seven from Monday to Friday, till three on Saturdays."""
    rules = only("window", {"open": {"weekdays": [["07:00", "19:00"]], "sat": [["08:00", "15:00"]]}})
    closes_exactly(rules, there("2026-05-15T07:00:00+02:00"), "2026-05-15T19:00:00+02:00")
    opens_exactly(rules, there("2026-05-15T19:00:00+02:00"), "2026-05-16T08:00:00+02:00")
    closes_exactly(rules, there("2026-05-16T08:00:00+02:00"), "2026-05-16T15:00:00+02:00")


def test_s03_whole_days_closed() -> None:
    """Nobody is called from Saturday morning to Monday morning."""
    rules = only("window", {"open": {"weekdays": [["07:00", "20:00"]]}})
    opens_exactly(rules, there("2026-05-16T12:00:00+02:00"), "2026-05-18T07:00:00+02:00")
    refuses(rules, there("2026-05-17T12:00:00+02:00"))


def test_s04_public_holidays_closed() -> None:
    """A Thursday that is a holiday is closed as one; the Friday after it is open."""
    rules = with_list({"weekdays": DAY["all"]}, {"date": "05-14"})
    opens_exactly(rules, there("2026-05-14T12:00:00+02:00"), "2026-05-15T08:00:00+02:00")
    refuses(rules, there("2026-05-14T12:00:00+02:00"), HOLIDAY)
    refuses(rules, there("2026-05-16T12:00:00+02:00"))


def test_s05_short_sundays_beside_closed_holidays() -> None:
    """One to five on Sundays; a Sunday that is a holiday is closed."""
    rules = with_list({**DAY, "sun": [["13:00", "17:00"]]}, {"easter": 0})
    opens_exactly(rules, there("2026-03-29T12:59:59+02:00"), "2026-03-29T13:00:00+02:00")
    closes_exactly(rules, there("2026-03-29T13:00:00+02:00"), "2026-03-29T17:00:00+02:00")
    opens_exactly(rules, there("2026-04-05T14:00:00+02:00"), "2026-04-06T08:00:00+02:00")


def test_s06_several_windows_a_day() -> None:
    """Closed at midday, and the sentence names the hours that come next."""
    rules = only(
        "window", {"open": {"weekdays": [["10:00", "13:00"], ["14:00", "20:00"]]}}, message="From {opens} to {closes}"
    )
    closes_exactly(rules, there("2026-05-12T10:00:00+02:00"), "2026-05-12T13:00:00+02:00")
    opens_exactly(rules, there("2026-05-12T13:00:00+02:00"), "2026-05-12T14:00:00+02:00")
    found = ask(rules, there("2026-05-12T13:30:00+02:00"))
    assert found.reasons[0].message.startswith("From 14:00 to 20:00, so not before")


def test_s07_hours_by_channel() -> None:
    """Recorded calls start at one on Sundays; what the law does not name is free."""
    people = rule("window", {"open": DAY}, id="people", scope={"channels": ["voice"], "modes": ["manual"]})
    machines = rule(
        "window",
        {"open": {**DAY, "sun": [["13:00", "21:00"]]}},
        id="machines",
        scope={"channels": ["voice"], "modes": ["prerecorded"]},
    )
    rules, morning = book(law(people, machines, places=["ZZ"])), "2026-05-17T09:00:00+02:00"
    allows(rules, there(morning, contact={"mode": "manual"}))
    refuses(rules, there(morning, contact={"mode": "prerecorded"}))
    allows(rules, there("2026-05-17T05:00:00+02:00", contact={"channel": "email", "address": MAIL}))


def test_s13_a_calendar_per_instrument() -> None:
    """Of two laws over one place each keeps its own list, and both are asked."""
    lists = {"one": {"date": "05-12"}, "two": {"date": "05-13"}}
    rules = book(
        *(
            law(
                rule("window", {"open": DAY, "holidays": "own"}),
                id=name,
                places=["ZZ"],
                calendar={"own": {"years": YEARS, "each": [entry]}},
            )
            for name, entry in lists.items()
        )
    )
    opens_exactly(rules, there("2026-05-12T12:00:00+02:00"), "2026-05-14T08:00:00+02:00")
    assert [one.rule for one in ask(rules, there("2026-05-12T12:00:00+02:00")).reasons] == ["one.one"]


MOVES = {"date": "07-01", "moves": {"sat": -1, "sun": 1}}


@pytest.mark.parametrize(
    ("entry", "closed", "open"),
    [
        pytest.param({"easter": -2}, "2026-04-03", "2027-04-02", id="good-friday"),
        pytest.param({"easter": 1}, "2027-03-29", "2026-03-30", id="easter-monday"),
        pytest.param({"month": 9, "weekday": "mon", "nth": 1}, "2026-09-07", "2027-09-07", id="first-monday"),
        pytest.param({"month": 5, "weekday": "mon", "nth": -1}, "2027-05-31", "2027-05-24", id="last-monday"),
        pytest.param({"month": 10, "weekday": "thu", "nth": 5}, "2026-10-29", "2027-10-28", id="fifth-thursday"),
        pytest.param({"weekday": "mon", "before": "05-25"}, "2026-05-18", "2026-05-25", id="before-and-not-on"),
        pytest.param({"weekday": "mon", "after": "05-18"}, "2026-05-25", "2026-05-18", id="after-and-not-on"),
        pytest.param(MOVES, "2026-07-01", "2026-07-02", id="stays-on-a-wednesday"),
        pytest.param({"date": "08-15", "moves": {"sat": -1}}, "2026-08-14", "2026-08-15", id="saturday-to-friday"),
        pytest.param({"date": "08-16", "moves": {"sun": 1}}, "2026-08-17", "2026-08-16", id="sunday-to-monday"),
        pytest.param({"date": "01-01", "moves": {"fri": -1}}, "2026-12-31", "2027-01-01", id="new-year"),
        pytest.param({"date": "09-30", "from": 2027}, "2027-09-30", "2026-09-30", id="from-a-year-on"),
        pytest.param({"date": "09-30", "until": 2026}, "2026-09-30", "2027-09-30", id="until-a-year"),
    ],
)
def test_s14_holidays_that_move(entry: Raw, closed: str, open: str) -> None:
    """By Easter, by the week, by the day on which they fall, by the year."""
    rules = with_list(OPEN_ALL_DAY, entry)
    refuses(rules, there(f"{closed}T12:00:00+02:00"), HOLIDAY)
    allows(rules, there(f"{open}T12:00:00+02:00"))


def test_s14_a_day_moves_into_the_year_before() -> None:
    """New Year's Day of a year that the calendar does not cover closes the last Friday of the year that it does."""
    table = {"national": {"years": [2026, 2027], "each": [{"date": "01-01", "moves": {"sat": -1}}]}}
    rules = only("window", {"open": OPEN_ALL_DAY, "holidays": "national"}, calendar=table)
    refuses(rules, there("2027-12-31T12:00:00+01:00"), HOLIDAY)
    allows(rules, there("2026-12-31T12:00:00+01:00"))


EVES = {"eves": {"years": YEARS, "each": [{"date": "10-28"}, {"date": "10-30"}]}}
HALF = {"open": {"weekdays": [["09:00", "20:00"]], "half_day": [["09:00", "13:00"]]}, "half_days": "eves"}


def test_s14_half_days() -> None:
    """Open in the morning, and by the hour only: what closes then is not a holiday."""
    rules = only("window", HALF, calendar=EVES, message="From {opens} to {closes}")
    closes_exactly(rules, there("2026-10-28T09:00:00+01:00"), "2026-10-28T13:00:00+01:00")
    opens_exactly(rules, there("2026-10-28T13:00:00+01:00"), "2026-10-29T09:00:00+01:00")
    found = ask(rules, there("2026-10-28T13:00:00+01:00"))
    assert codes(found) == ["outside_hours"]
    assert found.reasons[0].message.startswith("From 09:00 to 13:00, so not before")


def test_s14_a_half_day_opens_nothing() -> None:
    """On a closed Sunday it stays closed, and where the day opens later, it does so."""
    week = {"weekdays": [["10:00", "12:00"], ["12:30", "20:00"]], "half_day": [["09:00", "13:00"]]}
    table = {"eves": {"years": YEARS, "each": [{"date": "10-25"}, {"date": "10-28"}]}}
    rules = only("window", {"open": week, "half_days": "eves"}, calendar=table)
    opens_exactly(rules, there("2026-10-25T10:00:00+01:00"), "2026-10-26T10:00:00+01:00")
    assert codes(ask(rules, there("2026-10-25T10:00:00+01:00"))) == ["outside_hours"]
    opens_exactly(rules, there("2026-10-28T09:00:00+01:00"), "2026-10-28T10:00:00+01:00")
    closes_exactly(rules, there("2026-10-28T12:30:00+01:00"), "2026-10-28T13:00:00+01:00")


def test_s14_a_half_day_that_is_a_holiday_is_closed() -> None:
    """And a half day for which no hours are given, too."""
    both = {**EVES, "national": {"years": YEARS, "each": [{"date": "10-28"}]}}
    rules = only("window", {**HALF, "holidays": "national"}, calendar=both)
    opens_exactly(rules, there("2026-10-28T09:30:00+01:00"), "2026-10-29T09:00:00+01:00")
    refuses(rules, there("2026-10-28T09:30:00+01:00"), HOLIDAY)
    closes_exactly(rules, there("2026-10-30T09:30:00+01:00"), "2026-10-30T13:00:00+01:00")
    without = only("window", {"open": {"weekdays": [["09:00", "20:00"]]}, "half_days": "eves"}, calendar=EVES)
    refuses(without, there("2026-10-28T09:30:00+01:00"), HOLIDAY)


def test_s14_a_year_whose_half_days_nobody_knows_is_closed() -> None:
    """Even in the morning."""
    rules = only("window", HALF, calendar=EVES)
    refuses(rules, there("2028-10-27T09:30:00+01:00"))
    assert ask(rules, there("2027-12-31T20:00:00+01:00")).next_allowed is None


def test_s15_days_closed_by_decree() -> None:
    """A day of mourning stands beside the list of the statute."""
    rules = with_list(DAY, {"date": "12-25"}, days=(date(2026, 5, 12),))
    opens_exactly(rules, there("2026-05-12T12:00:00+02:00"), "2026-05-13T08:00:00+02:00")
    allows(rules, there("2027-05-12T12:00:00+02:00"))
    refuses(rules, there("2027-12-25T12:00:00+01:00"), HOLIDAY)


def test_s19_a_clock_that_the_law_fixes() -> None:
    """Eight to nine by the capital's clock, wherever the person is."""
    rules = only("window", {"open": DAY, "clock": "America/Edmonton"})
    closes_exactly(rules, there("2026-05-12T16:00:00+02:00"), "2026-05-13T05:00:00+02:00")
    opens_exactly(rules, there("2026-05-12T15:59:59+02:00"), "2026-05-12T16:00:00+02:00")


def test_s21_what_is_sent_must_arrive_inside_the_hours() -> None:
    """The last text goes out so long before closing, and the sentence says so."""
    rules = only("window", {"open": DAY, "delivered_within": 45}, message="From {opens} to {closes}")
    closes_exactly(rules, there("2026-05-12T08:00:00+02:00"), "2026-05-12T20:15:00+02:00")
    opens_exactly(rules, there("2026-05-12T20:15:00+02:00"), "2026-05-13T08:00:00+02:00")
    found = ask(rules, there("2026-05-12T20:30:00+02:00"))
    assert found.reasons[0].message.startswith("From 08:00 to 20:15, so not before")


def test_s21_hours_past_midnight_are_one_stretch() -> None:
    """Midnight closes nothing where the next day opens with it; a stretch that is too short never opens."""
    over = {"tue": [["22:00", "24:00"]], "wed": [["00:00", "00:30"]], "thu": [["00:00", "00:30"]]}
    rules = only("window", {"open": over, "delivered_within": 60})
    closes_exactly(rules, there("2026-05-12T22:00:00+02:00"), "2026-05-12T23:30:00+02:00")
    opens_exactly(rules, there("2026-05-12T23:30:00+02:00"), "2026-05-19T22:00:00+02:00")
    longer = only("window", {"open": over | {"wed": [["00:00", "03:00"]]}, "delivered_within": 60})
    closes_exactly(longer, there("2026-05-12T22:00:00+02:00"), "2026-05-13T02:00:00+02:00")


def test_s21_hours_that_a_person_chose_count_too() -> None:
    """Whoever may be reached until ten at night gets the last text an hour before."""
    rules = only("window", {"open": DAY, "delivered_within": 60, "personal_hours": True})
    nights = {"restrictions": [{"kind": "convenient_hours", "from": "18:00", "to": "22:00"}]}
    closes_exactly(rules, there("2026-05-12T18:00:00+02:00", person=nights), "2026-05-12T21:00:00+02:00")


@pytest.mark.parametrize(
    ("zone", "shut", "opens"),
    [
        pytest.param("America/Regina", "2026-07-01T21:00:00-06:00", "2026-07-02T08:00:00-06:00", id="no-summer-time"),
        pytest.param("America/Regina", "2026-12-01T21:00:00-06:00", "2026-12-02T08:00:00-06:00", id="nor-in-winter"),
        pytest.param("America/St_Johns", "2026-07-01T21:00:00-02:30", "2026-07-02T08:00:00-02:30", id="half-hour"),
        pytest.param("Australia/Adelaide", "2026-10-03T21:00:00+09:30", "2026-10-04T08:00:00+10:30", id="spring"),
        pytest.param("America/Santiago", "2026-04-04T21:00:00-03:00", "2026-04-05T08:00:00-04:00", id="autumn"),
        pytest.param("Asia/Kolkata", "2026-03-29T21:00:00+05:30", "2026-03-30T08:00:00+05:30", id="always-half"),
    ],
)
def test_s22_zones_without_summer_time_and_half_hour_zones(zone: str, shut: str, opens: str) -> None:
    """By the zone database, north and south."""
    opens_exactly(only("window", {"open": DAY}), in_zone(zone, shut), opens)


def test_half_days_of_two_laws_stay_apart() -> None:
    """Two laws with the same hours and a list of half days each close on the half days of both."""
    hours = {"open": DAY | {"half_day": [["08:00", "12:00"]]}, "half_days": "eves"}
    lists = [{"eves": {"years": [2020, 2030], "days": [f"2026-05-{day}"]}} for day in (12, 13)]
    first, second = (
        law(rule("window", hours), id=f"z{place}", places=["ZZ"], calendar=one) for place, one in enumerate(lists)
    )
    for day in (12, 13):
        refuses(book(first, second), there(f"2026-05-{day}T15:00:00+02:00"))


def test_a_rule_is_compiled_once_for_all_sorts_of_requests() -> None:
    """Thousands of sorts of requests share what a rule has looked up."""
    rules = only("window", {"open": DAY})
    for product in ("credit_card", "medical", "other"):
        allows(rules, there(cases=[{"ref": "C-1", "product": product}]))
    programs = [one for one in rules.programs.values() if isinstance(one, Program)]
    assert len(programs) == 3
    assert len({id(check.versions[0].core) for program in programs for check in program.checks}) == 1
