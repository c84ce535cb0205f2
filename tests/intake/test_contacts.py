"""Logs of past contacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from a_source import read, rows, source

from contactguard.errors import BadInput

ZONE = "America/New_York"
LOG = "phone_number|call_date|list_id|length_in_sec|lead_status|hangup_reason|call_status|source_id|user\n"
CALL = "2125550123|2026-07-20 08:11:01|82106|25|CALLBK|AGENT|{}|mail098|6666\n"


def contact(folder: Path, text: str, **options: Any) -> dict[str, Any]:
    (row,) = rows(folder, text, "contacts", **options)
    assert row.body is not None, row.why
    return row.body


@pytest.mark.parametrize("head", [LOG, ""])
def test_vicidial_s_phone_log_is_read(tmp_path: Path, head: str) -> None:
    """With its header or without, times in the zone that is named, by address alone."""
    body = contact(tmp_path, head + CALL.format("SALE"), zone=ZONE)
    assert body.pop("event_id").startswith("file:")
    assert body == {
        "address": "+12125550123",
        "contact": {
            "at": "2026-07-20T12:11:01Z",
            "channel": "voice",
            "outcome": "conversation",
            "direction": "outbound",
            "agent": "6666",
            "address": "+12125550123",
        },
    }


def test_the_zone_is_asked_for(tmp_path: Path) -> None:
    """Nobody knows where another system's server stood."""
    with pytest.raises(BadInput, match="--zone: ViciDial writes its server's own clock"):
        source(tmp_path, LOG + CALL.format("SALE"), "contacts")
    (row,) = rows(tmp_path, "ref,at,outcome\nC-1,2026-07-20 08:11:01,busy\n", "contacts")
    assert str(row.why).startswith("at: a time without its offset from UTC; say with --zone")


@pytest.mark.parametrize(
    ("status", "outcome", "note"),
    [
        ("NA", "no_answer", ""),
        ("XYZ", "unknown", "what came of it is in no table: counted as placed"),
        ("", "unknown", "nothing says what came of it: counted as placed"),
        ("INCALL", "unknown", ""),
        ("DROP", "abandoned", ""),
    ],
)
def test_every_call_counts(tmp_path: Path, status: str, outcome: str, note: str) -> None:
    """A status that nobody knows is an attempt, and said."""
    (row,) = rows(tmp_path, LOG + CALL.format(status), "contacts", zone=ZONE)
    assert row.body is not None
    assert (row.body["contact"]["outcome"], row.note) == (outcome, note)


def test_what_was_suppressed_comes_with_a_restriction(tmp_path: Path) -> None:
    """What was never dialled is no contact; what a person said to an agent is both."""
    text = LOG + CALL.format("DNC") + CALL.format("DNCL").replace("|25|", "|0|")
    said, listed = rows(tmp_path, text, "contacts", zone=ZONE)
    assert said.body is not None
    assert said.body["contact"]["outcome"] == "conversation"
    assert (said.mark or {})["kind"] == "opt_out"
    assert (listed.body, listed.note) == (None, "not dialled: nothing to count")
    assert listed.mark == {
        "address": "+12125550123",
        "kind": "do_not_call",
        "since": "2026-07-20T12:11:01Z",
        "words": "ViciDial's status of the lead or call",
    }


def test_a_report_of_vicidial_is_read_by_its_codes(tmp_path: Path) -> None:
    """A log that is not its own answer but has its columns: common words first, then its statuses."""
    text = "vendor_lead_code,call_date,status\nC-1,2026-07-20 08:11:01,{}\n"
    for status, outcome in (("AM", "voicemail"), ("NP", "conversation"), ("NA", "no_answer"), ("Busy", "busy")):
        assert contact(tmp_path, text.format(status), zone=ZONE)["contact"]["outcome"] == outcome
    (row,) = rows(tmp_path, text.format("DNC"), "contacts", zone=ZONE)
    assert (row.mark or {})["kind"] == "opt_out"
    (row,) = rows(tmp_path, text.format("ZZZ"), "contacts", zone=ZONE)
    assert (row.note, (row.body or {})["contact"]["outcome"]) == (
        "what came of it is in no table: counted as placed",
        "unknown",
    )


def test_an_inbound_drop_is_no_call_of_ours(tmp_path: Path) -> None:
    """By its status."""
    assert contact(tmp_path, LOG + CALL.format("XDROP"), zone=ZONE)["contact"]["direction"] == "inbound"


def test_the_same_call_is_one_contact_in_any_file(tmp_path: Path) -> None:
    """Its id comes of what the row says, not of where it stands; a second such row is told."""
    other = CALL.format("NA").replace("0123", "0124")
    one = rows(tmp_path, LOG + CALL.format("NA") + other, "contacts", zone=ZONE)
    two = rows(tmp_path, LOG + other + CALL.format("NA") * 2, "contacts", zone=ZONE)
    assert [row.body for row in one] == [two[1].body, two[0].body]
    assert (two[2].body, two[2].why, two[2].note) == (None, None, "says the same as row 3")


def test_a_call_told_otherwise_counts_as_well(tmp_path: Path) -> None:
    """Nobody knows which is right, and neither may be lost."""
    one, two = rows(tmp_path, LOG + CALL.format("NA") + CALL.format("SALE"), "contacts", zone=ZONE)
    assert one.body is not None
    assert two.body is not None
    assert one.body["event_id"] != two.body["event_id"]
    assert two.note == "row 2 tells of the same contact otherwise: both count"


def test_rows_without_the_second_count_each(tmp_path: Path) -> None:
    """Two letters of one day are two; read again they are the same two."""
    text = "ref,date,channel,outcome\n" + "C-1,2026-07-20,letter,mailed\n" * 3
    first = [row.body for row in rows(tmp_path, text, "contacts", zone=ZONE)]
    assert len({(body or {})["event_id"] for body in first}) == 3
    assert first == [row.body for row in rows(tmp_path, text, "contacts", zone=ZONE)]
    assert {(body or {})["contact"]["at"] for body in first} == {"2026-07-21T03:59:59Z"}


def test_a_day_that_is_not_over_keeps_its_id(tmp_path: Path) -> None:
    """Its end is not to come; imported again tomorrow it is the same contact."""
    text = "ref,date,channel,outcome\nC-1,2026-07-25,letter,mailed\n"
    today = contact(tmp_path, text, zone=ZONE)
    later = contact(tmp_path, text, zone=ZONE, now=1_785_300_000)
    assert today["event_id"] == later["event_id"]
    assert (today["contact"]["at"], later["contact"]["at"]) == ("2026-07-25T17:20:00Z", "2026-07-26T03:59:59Z")


def test_an_own_id_makes_the_contact(tmp_path: Path) -> None:
    """As carriers give it, whatever else the row says."""
    head = "CallSid,To,From,Direction,CallStatus,StartTime,AnsweredBy\n"
    line = 'CA1,+12125550123,+13105550100,outbound-api,completed,"Mon, 20 Jul 2026 20:01:40 +0000",machine_start\n'
    body = contact(tmp_path, head + line)
    assert (body["contact"]["outcome"], body["contact"]["at"]) == ("voicemail", "2026-07-20T20:01:40Z")
    again = contact(tmp_path, head.replace("To", "to") + line.replace("+12125550123", "2125550123"))
    assert again["event_id"] == body["event_id"]


def test_an_id_that_names_a_person_or_a_day_loses_no_call(tmp_path: Path) -> None:
    """What some systems call a contact is a person: seven calls to them are seven, and read again the same seven."""
    head = "contact_id,phone,call_date,outcome\n"
    text = head + "".join(f"77,2125550123,2026-07-{day} 11:00:00,no answer\n" for day in range(10, 17))
    text += "77,2125550124,2026-07-10 11:00:00,no answer\n"
    ids = [(row.body or {}).get("event_id") for row in rows(tmp_path, text, "contacts", zone=ZONE)]
    assert None not in ids
    assert len(set(ids)) == 8
    assert ids == [(row.body or {}).get("event_id") for row in rows(tmp_path, text, "contacts", zone=ZONE)]


def test_an_own_id_is_known_again_however_its_time_is_written(tmp_path: Path) -> None:
    """One instant is one, whatever its offset."""
    head = "call_id,phone,at,outcome\n"
    one = contact(tmp_path, head + "7,2125550123,2026-07-20T16:00:00Z,busy\n")
    two = contact(tmp_path, head + "7,2125550123,2026-07-20T12:00:00-04:00,busy\n")
    assert one["event_id"] == two["event_id"]


def test_a_call_from_the_person_is_of_their_number(tmp_path: Path) -> None:
    """Who called stands under `from`."""
    head = "to,from,direction,outcome,at\n"
    body = contact(tmp_path, head + "+13105550100,+12125550123,inbound,conversation,2026-07-20T12:00:00-04:00\n")
    assert body["address"] == "+12125550123"


def test_lines_of_json_are_what_the_door_takes(tmp_path: Path) -> None:
    """With whom it is about beside it."""
    text = '{"ref": "C-1", "event_id": "E-1", "at": "2026-07-20T12:00:00Z", "channel": "voice", "outcome": "busy", '
    one, two, three = rows(tmp_path, text + '"address": "212 555 0123"}\n{"at": 7}\n[]\n', "contacts")
    assert one.body is not None
    assert one.body.pop("event_id").startswith("file:")
    assert one.body == {
        "ref": "C-1",
        "contact": {
            "at": "2026-07-20T12:00:00Z",
            "channel": "voice",
            "outcome": "busy",
            "address": "+12125550123",
        },
    }
    assert two.why
    assert three.why == "expected an object"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ref,outcome\nC-1,busy\n", "no column for the time of a contact"),
        ("at,outcome\n2026-07-20,busy\n", "no column that says who is meant"),
    ],
)
def test_a_log_without_what_it_needs_is_refused_whole(tmp_path: Path, text: str, why: str) -> None:
    """Before anything is written."""
    with pytest.raises(BadInput, match=why):
        source(tmp_path, text, "contacts")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("C-1,07/20/2026,voice,busy", "at: expected a date such as 2026-03-05"),
        ("C-1,2026-02-30,voice,busy", "at: no such date"),
        ("C-1,2026-07-20 25:00,voice,busy", "at: expected a date"),
        ("C-1,,voice,busy", "at: a contact says when it was"),
        ("C-1,2026-07-20,pigeon,busy", "channel: not a word that is known here; expected one of email, letter"),
        (",2026-07-20,voice,busy", "no case, no person and no address"),
    ],
)
def test_a_row_that_could_mean_several_things_is_refused(tmp_path: Path, line: str, why: str) -> None:
    """Never guessed."""
    (row,) = rows(tmp_path, f"ref,at,channel,outcome\n{line}\n", "contacts", zone=ZONE)
    assert why in str(row.why)


def test_what_is_taken_for_granted_is_said(tmp_path: Path) -> None:
    """A log that names no channel is one of calls."""
    ready = source(tmp_path, "ref,at,outcome\nC-1,2026-07-20 08:00:00,busy\n", "contacts", zone=ZONE)
    assert ready.remarks == ("no column for the channel: every row is taken for a call",)
    assert read(ready)[0].body is not None
