"""ViciDial's call statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactguard.errors import BadInput
from contactguard.intake.vicidial import UNKNOWN, statuses


@pytest.mark.parametrize(
    ("codes", "outcome", "human"),
    [
        ("NA N", "no_answer", False),
        ("AB B", "busy", False),
        ("A AA AM AL", "voicemail", False),
        ("DC ADC", "not_in_service", False),
        ("DROP PDROP XDROP TIMEOT AFTHRS NANQUE IQNANQ MAXCAL", "abandoned", True),
        ("SALE NI NP DEC CALLBK CBHOLD XFER DNC", "conversation", True),
    ],
)
def test_system_statuses_have_an_outcome(codes: str, outcome: str, human: bool) -> None:
    """Whether somebody answered goes with it."""
    for code in codes.split():
        assert (statuses().of(code).outcome, statuses().of(code).human) == (outcome, human), code


def test_what_was_never_dialled_is_no_contact() -> None:
    """A number found on a list was suppressed; a lead on its way was nothing yet."""
    assert {statuses().of(code).suppress for code in ("DNCL", "DNCC", "DNCI")} == {"do_not_call"}
    assert statuses().of("DNC").suppress == "opt_out"
    assert {statuses().of(code).outcome for code in ("DNCL", "DNCC", "DNCI", "NEW", "QUEUE", "INCALL")} == {None}


def test_a_status_of_an_agency_counts_as_placed() -> None:
    """Nobody knows what it means, so it is counted and said."""
    assert statuses().of("PTP7") == UNKNOWN
    assert not UNKNOWN.known
    assert UNKNOWN.outcome == "unknown"


def test_an_own_table_goes_first(tmp_path: Path) -> None:
    """Status by status; the shipped ones stay."""
    own = tmp_path / "own.toml"
    own.write_text('[status]\nptp = { outcome = "conversation", human = true }\nNI = { outcome = "answered" }\n')
    found = statuses(str(own))
    assert found.of("PTP ").outcome == "conversation"
    assert found.of("ni").outcome == "answered"
    assert found.of("NA") == statuses().of("NA")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[status]\nNI = { outcome = "nice" }', "is no table of statuses"),
        ("[status]\nTOOLONG = { }", "a status has 1 to 6 characters"),
        ("status", "is no table of statuses"),
    ],
)
def test_an_own_table_that_cannot_be_right_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """The error names the file."""
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(BadInput, match=why) as caught:
        statuses(str(own))
    assert str(own) in caught.value.where


def test_an_own_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path and the reason."""
    with pytest.raises(BadInput, match=r"none\.toml: cannot be read"):
        statuses(str(tmp_path / "none.toml"))
