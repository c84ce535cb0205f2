"""Dates and times as files write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.errors import BadInput
from contactguard.intake.seen import Seen
from contactguard.intake.times import Times, joined

NOW = 1_785_000_000
TIMES = Times("America/New_York", NOW)


@pytest.mark.parametrize(
    ("text", "late", "early"),
    [
        ("2026-03-05T13:00:00-05:00", "2026-03-05T13:00:00-05:00", "2026-03-05T13:00:00-05:00"),
        ("2026-03-05 13:00:00", "2026-03-05T18:00:00Z", "2026-03-05T18:00:00Z"),
        ("2026-03-05 13:00:00.123", "2026-03-05T18:00:00Z", "2026-03-05T18:00:00Z"),
        ("2026-03-05 9:05", "2026-03-05T14:05:59Z", "2026-03-05T14:05:00Z"),
        ("2026-03-05", "2026-03-06T04:59:59Z", "2026-03-05T05:00:00Z"),
        ("Thu, 05 Mar 2026 13:00:00 -0500", "2026-03-05T18:00:00Z", "2026-03-05T18:00:00Z"),
        ("2025-11-02 01:30:00", "2025-11-02T06:30:00Z", "2025-11-02T05:30:00Z"),
    ],
)
def test_times_are_read_as_written(text: str, late: str, early: str) -> None:
    """What leaves a choice is its last or its first moment, as it is asked for."""
    assert TIMES.read("at", text, late=True).text == late
    assert TIMES.read("at", text, late=False).text == early


@pytest.mark.parametrize("text", ["03/05/2026", "5.3.2026", "2026-3-5", "20260305", "yesterday", "2026-03-05T13", ""])
def test_what_could_be_several_dates_is_none(text: str) -> None:
    """The field is named."""
    with pytest.raises(BadInput) as caught:
        TIMES.read("since", text, late=True)
    assert caught.value.where == "since"


def test_a_zone_of_the_row_goes_first() -> None:
    """Before that of the whole file."""
    assert TIMES.read("at", "2026-03-05 13:00:00", "Europe/Madrid", late=True).text == "2026-03-05T12:00:00Z"


def test_a_day_of_no_known_zone_may_be_one_of_any() -> None:
    """From its first second on earth to its last, where that is asked for."""
    nowhere = Times(None, NOW)
    assert nowhere.read("since", "2026-03-05", late=False, anywhere=True).text == "2026-03-04T10:00:00Z"
    assert nowhere.read("given", "2026-03-05", late=True, anywhere=True).text == "2026-03-06T11:59:59Z"
    with pytest.raises(BadInput, match="--zone"):
        nowhere.read("since", "2026-03-05 13:00:00", late=False, anywhere=True)


def test_two_columns_make_one_time() -> None:
    """A date in one, the time of day in another."""
    assert joined("2026-03-05", "13:00") == "2026-03-05 13:00"
    assert joined("2026-03-05 10:00", "13:00") == "2026-03-05 10:00"
    assert joined("", "2026-03-05 10:00") == "2026-03-05 10:00"


@given(st.lists(st.integers(0, 9_000), max_size=12_000))
def test_what_stood_before_is_known(keys: list[int]) -> None:
    """The same as a dictionary, in less room."""
    seen, first = Seen(), dict[str, int]()
    for row, key in enumerate(map(str, keys), 1):
        assert seen.first(key, row) == first.get(key)
        first.setdefault(key, row)


@given(st.lists(st.integers(0, 50), max_size=500))
def test_how_often_something_stood_is_counted(keys: list[int]) -> None:
    """This time included."""
    seen = Seen()
    for place, key in enumerate(keys):
        assert seen.count(str(key)) == keys[: place + 1].count(key)
