"""Local time without guessing: hours that clocks skip or show twice, days that never were, midnights that moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.instants import DAY, parse_clock, parse_day, parse_instant, print_instant
from contactguard.law.zones import Band, merge, weekday, zone

from .drawing import ZONES, instants


def shown(name: str, day: str, start: str, end: str) -> list[tuple[str, str]]:
    """The spans of that day and those clock times, printed in local time."""
    where = zone(name)
    found = where.spans(parse_day(day), parse_clock(start), parse_clock(end))
    return [(print_instant(low, where.offset(low)), print_instant(high, where.offset(high))) for low, high in found]


def starts(name: str, day: str) -> str:
    """The first instant of that local day, printed."""
    where = zone(name)
    t = where.day_start(parse_day(day))
    return print_instant(t, where.offset(t))


def test_a_time_that_the_clocks_skip_opens_at_the_next_that_exists() -> None:
    """On 8 March 2026 New York has no 02:30: a span from there begins at 03:00, a span inside has no instants."""
    assert shown("America/New_York", "2026-03-08", "02:30", "04:00") == [
        ("2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00")
    ]
    assert shown("America/New_York", "2026-03-08", "02:00", "03:00") == []


def test_a_time_that_occurs_twice_counts_both_times() -> None:
    """On 1 November 2026 New York shows 01:00 to 01:30 twice."""
    assert shown("America/New_York", "2026-11-01", "01:00", "01:30") == [
        ("2026-11-01T01:00:00-04:00", "2026-11-01T01:30:00-04:00"),
        ("2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00"),
    ]
    assert shown("America/New_York", "2026-11-01", "01:00", "02:00") == [
        ("2026-11-01T01:00:00-04:00", "2026-11-01T02:00:00-05:00")
    ]


def test_half_hour_zones_change_by_their_own_amounts() -> None:
    """Adelaide, St John's and Lord Howe, whose clocks move by half an hour only."""
    assert shown("Australia/Adelaide", "2026-10-04", "02:30", "03:30") == [
        ("2026-10-04T03:00:00+10:30", "2026-10-04T03:30:00+10:30")
    ]
    assert shown("America/St_Johns", "2026-11-01", "08:00", "21:00") == [
        ("2026-11-01T08:00:00-03:30", "2026-11-01T21:00:00-03:30")
    ]
    assert shown("Australia/Lord_Howe", "2026-10-04", "02:00", "02:45") == [
        ("2026-10-04T02:30:00+11:00", "2026-10-04T02:45:00+11:00")
    ]


def test_a_day_that_a_zone_skipped_has_no_hours_and_starts_where_it_was_skipped() -> None:
    """Samoa had no 30 December 2011."""
    assert shown("Pacific/Apia", "2011-12-30", "00:00", "24:00") == []
    assert starts("Pacific/Apia", "2011-12-30") == "2011-12-31T00:00:00+14:00"
    assert starts("Pacific/Apia", "2011-12-31") == "2011-12-31T00:00:00+14:00"
    assert len(shown("Pacific/Apia", "2011-12-29", "08:00", "21:00")) == 1


def test_a_midnight_that_the_clocks_skip_or_repeat_moves_the_start_of_the_day() -> None:
    """Sao Paulo's days in spring began at 01:00; Havana showed midnight twice in November 2019."""
    assert starts("America/Sao_Paulo", "2018-11-04") == "2018-11-04T01:00:00-02:00"
    assert starts("America/Havana", "2019-11-03") == "2019-11-03T00:00:00-04:00"
    assert shown("America/Havana", "2019-11-03", "00:00", "00:30") == [
        ("2019-11-03T00:00:00-04:00", "2019-11-03T00:30:00-04:00"),
        ("2019-11-03T00:00:00-05:00", "2019-11-03T00:30:00-05:00"),
    ]


NAMES = ("Mars/Olympus", "", "America", "../etc/passwd", "a" * 5000, "nul\x00", "Zürich", "zone.tab")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_zone_is_an_error_with_one_sentence(name: str) -> None:
    """Whatever the text, ValueError."""
    with pytest.raises(ValueError, match="no such time zone"):
        zone(name)


@given(t=instants(), name=st.sampled_from(ZONES))
def test_an_instant_lies_in_its_day_and_the_days_tile_time(t: int, name: str) -> None:
    """day_start(day) <= t < day_start(day + 1), and each day's whole span is one piece from start to start."""
    where = zone(name)
    day = where.day(t)
    low, high = where.day_start(day), where.day_start(day + 1)
    assert low <= t < high
    assert where.spans(day, 0, 1440) == ((low, high),)
    assert 22 * 3600 <= high - low <= 26 * 3600


def test_a_band_past_midnight_belongs_to_the_day_it_starts_on() -> None:
    """Friday 22:00 to 06:00 bars Saturday's small hours, not Friday's."""
    where, band = zone("Europe/Madrid"), Band(frozenset({4}), 22 * 60, 6 * 60)
    inside = parse_instant("2026-05-16T05:59:59+02:00")
    assert weekday(where.day(inside)) == 5
    assert band.state(where, inside) == (True, inside + 1)
    assert band.state(where, inside + 1) == (False, parse_instant("2026-05-22T22:00:00+02:00"))
    assert not band.state(where, parse_instant("2026-05-15T05:59:59+02:00"))[0]


def test_a_band_that_never_comes_is_looked_for_again_later() -> None:
    """Outside every span the answer holds for some days, never for ever."""
    where = zone("Europe/Madrid")
    t = parse_instant("2026-05-15T12:00:00+02:00")
    inside, until = Band(frozenset(), 0, 1440).state(where, t)
    assert not inside
    assert t < until < t + 10 * DAY


def test_touching_spans_become_one() -> None:
    """Order and overlap do not matter."""
    assert merge([(5, 9), (1, 3), (3, 4), (8, 12)]) == ((1, 4), (5, 12))
    assert merge([]) == ()
