"""Lists of restrictions and of consents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from a_source import rows, source

from contactguard.errors import BadInput

ZONE = "America/New_York"


def bodies(folder: Path, text: str, kind: str = "restrictions", **options: Any) -> list[Any]:
    return [row.body or row.why for row in rows(folder, text, kind, **options)]


def test_one_number_a_line_is_a_list(tmp_path: Path) -> None:
    """As do-not-call lists come; the first line is a row, and numbers may be written in any way."""
    assert bodies(tmp_path, "2125550123\n(212) 555-0124\n+34 910 001 234\np@mail.example\n") == [
        {"address": "+12125550123", "kind": "do_not_call"},
        {"address": "+12125550124", "kind": "do_not_call"},
        {"address": "+34910001234", "kind": "do_not_call"},
        {"address": "p@mail.example", "kind": "do_not_call"},
    ]


def test_a_number_with_reason_and_date_is_a_list(tmp_path: Path) -> None:
    """The reason in a list's own words."""
    assert bodies(tmp_path, "2125550123,Litigator,2026-01-05\n2125550124,,\n", zone=ZONE) == [
        {"address": "+12125550123", "kind": "litigator", "since": "2026-01-05T05:00:00Z"},
        {"address": "+12125550124", "kind": "do_not_call"},
    ]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("DNC", "do_not_call"), ("opt-out", "opt_out"), ("STOP", "opt_out"), ("TCPA Litigator", "litigator"),
        ("Attorney", "represented"), ("Chapter 7", "bankruptcy"), ("BK", "bankruptcy"), ("Dec'd", "deceased"),
        ("reassigned number", "reassigned"), ("Cease and Desist", "cease_communication"),
        ("inconvenient_hours", "inconvenient_hours"),
    ],
)  # fmt: skip
def test_lists_call_things_by_many_names(tmp_path: Path, word: str, kind: str) -> None:
    """Case, spaces and punctuation make no difference."""
    assert bodies(tmp_path, f"phone,reason\n2125550123,{word}\n") == [{"address": "+12125550123", "kind": kind}]


def test_a_word_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """What somebody asked for is never guessed."""
    (why,) = bodies(tmp_path, "phone,reason\n2125550123,was rude\n")
    assert why.startswith("kind: not a word that is known here; expected one of address_refused, bankruptcy")


def test_a_list_is_keyed_by_case_person_or_address(tmp_path: Path) -> None:
    """Whatever stands there is passed on; with nothing the row is refused."""
    head = "case_ref,person_id,email,kind,channel,until,words,by,days,from\n"
    lines = "C-1,P-1,,attorney,,,ann said,Lee & Co,,\n,P-2,,opt_out,text,2027-01-01,,,,\n"
    lines += ",,A@MAIL.example,stop,e-mail,,,,,\n"
    assert bodies(tmp_path, head + lines + ",,,dnc,,,,,,\nC-9,,,,,,,,mon tue,08:00\n") == [
        {"ref": "C-1", "person": "P-1", "kind": "represented", "words": "ann said", "by": "Lee & Co"},
        {"person": "P-2", "kind": "opt_out", "channel": "sms", "until": "2027-01-01"},
        {"address": "A@mail.example", "kind": "opt_out", "channel": "email"},
        "no case, no person and no address, so nobody is meant",
        {"ref": "C-9", "kind": "do_not_call", "details": {"days": ["mon", "tue"], "from": "08:00"}},
    ]


def test_what_a_list_means_may_be_said_of_all_of_it(tmp_path: Path) -> None:
    """For rows that do not say it themselves."""
    assert bodies(tmp_path, "2125550123\n2125550124,dnc\n", meaning="litigator")[0]["kind"] == "litigator"


def test_consents_say_when_they_were_given(tmp_path: Path) -> None:
    """A day is over when it counts; an address bounds the consent."""
    head = "person_id,phone,consent_type,channel,consent_date,form\n"
    first, second = bodies(
        tmp_path, head + "P-1,2125550123,contact,sms,2026-01-05,Written\nP-2,,,sms,,\n", "consents", zone=ZONE
    )
    assert first == {
        "person": "P-1",
        "consent": {
            "kind": "contact",
            "given": "2026-01-06T04:59:59Z",
            "channel": "sms",
            "form": "written",
            "address": "+12125550123",
        },
    }
    assert second == "given: a consent says when it was given"


def test_lines_of_json_are_rows_as_they_are(tmp_path: Path) -> None:
    """Their address in normal form, their kind by any of its names."""
    assert bodies(tmp_path, '{"address": "212 555 0123", "kind": "DNC"}\n{"kind": "DNC"}\n') == [
        {"address": "+12125550123", "kind": "do_not_call"},
        "no case, no person and no address, so nobody is meant",
    ]


def test_a_list_without_anybody_is_refused_whole(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(BadInput, match="no column that says who is meant"):
        source(tmp_path, "colour,date\nred,2026-01-05\n", "restrictions")
    with pytest.raises(BadInput, match="no column for the time of a consent"):
        source(tmp_path, "phone,channel\n2125550123,sms\n", "consents")
