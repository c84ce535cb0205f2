"""Instants, dates and clock times as they are written and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.instants import (
    Clock,
    Day,
    Instant,
    calendar,
    day_of,
    parse_clock,
    parse_day,
    parse_instant,
    parse_until,
    print_clock,
    print_day,
    print_instant,
    print_utc,
    read_hook,
    write_hook,
)


@given(at=st.integers(-2_208_000_000, 7_200_000_000), offset=st.integers(-14 * 4, 14 * 4).map(lambda n: n * 900))
def test_what_is_printed_reads_back(at: int, offset: int) -> None:
    """To the second, with any offset."""
    assert parse_instant(print_instant(at, offset)) == at
    assert parse_instant(print_utc(at)) == at


@given(day=st.integers(-25_000, 83_000), minutes=st.integers(0, 1440))
def test_days_and_clocks_read_back(day: int, minutes: int) -> None:
    """Dates and times of day, 24:00 included."""
    assert parse_day(print_day(day)) == day == day_of(*calendar(day).timetuple()[:3])
    assert parse_clock(print_clock(minutes)) == minutes


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-12", "2026-05-12T08:00:00", "2026-05-12T08:00Z", "2026-02-30T08:00:00Z", "2026-05-12T25:00:00Z",
        "1899-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "2026-05-12T08:00:00+25:00", "２０２６-05-12T08:00:00Z", "",
        "now",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    """A time without its offset is refused as much as nonsense."""
    with pytest.raises(ValueError):
        parse_instant(text)


@pytest.mark.parametrize("text", ["8:00", "24:01", "08:60", "0800", "08:00:00", "", "8 am"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    """HH:MM and nothing else."""
    with pytest.raises(ValueError, match="08:00"):
        parse_clock(text)


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-29", "26-01-01", "2026-1-1", "1850-01-01", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    """Dates that never were, or in another form."""
    with pytest.raises(ValueError):
        parse_day(text)


def test_an_end_is_a_date_that_counts_whole_or_an_instant() -> None:
    """The two are told apart by their form."""
    assert isinstance(parse_until("2026-05-12"), Day)
    assert isinstance(parse_until("2026-05-12T08:00:00Z"), Instant)


def test_a_fraction_of_a_second_is_dropped_and_case_does_not_matter() -> None:
    """RFC 3339 allows a small t and z."""
    assert parse_instant("2026-05-12t08:00:00.999z") == parse_instant("2026-05-12T08:00:00+00:00")


def test_the_hooks_are_inverse_and_refuse_what_they_do_not_know() -> None:
    """Reading what was written gives the same value."""
    for value in (Instant(1_778_000_000), Day(20_585), Clock(480)):
        assert read_hook(type(value), write_hook(value)) == value
    with pytest.raises(NotImplementedError):
        write_hook(object())


@pytest.mark.parametrize("value", [5, None, [], {}, True])
def test_a_time_that_is_no_text_is_refused(value: object) -> None:
    """Numbers are no instants, days or clock times."""
    for kind in (Instant, Day, Clock):
        with pytest.raises(ValueError):
            read_hook(kind, value)
