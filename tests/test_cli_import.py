"""`contactguard import`: every kind of file, on both engines, more than once, and killed on its way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from a_command import COMMAND, call, serving
from a_place import Place, places

CASES = "case_ref,debtor_id,phone,state\nC-1,P-1,(212) 555-0123,NY\nC-2,P-2,212 555 0124,NY\n"
LOG = "2125550123|2026-03-05 11:{}:01|82106|25|NA|AGENT|{}|mail098|6666\n"
ZONE = ("--zone", "America/New_York")


@pytest.fixture(params=["sqlite"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A store with two cases; what files do on the other engine is in `test_files_*.py`."""
    async for made in places(request.param, tmp_path):
        assert made.imported(CASES).status == 0
        yield made


def became(place: Place, name: str) -> list[tuple[str, str]]:
    """Row and result, of every row."""
    return [(row[0], row[2]) for row in place.results(name)]


def codes(url: str, key: str, ref: str, address: str) -> list[str]:
    """Why this contact may not start."""
    asked = {"case_ref": ref, "channel": "voice", "address": address, "purpose": "collection", "mode": "manual"}
    answer: dict[str, Any] = call(f"{url}/v1/decisions", key, asked)
    return [reason["code"] for reason in answer["reasons"]]


def test_what_a_file_says_holds_from_its_last_row_on(place: Place) -> None:
    """Seven calls of another system and a list of one number close both cases; read again nothing is added."""
    day = datetime.now(UTC) - timedelta(days=1)
    log = LOG.replace("2026-03-05", day.strftime("%Y-%m-%d"))
    calls = "".join(log.format(minute, "NA") for minute in range(10, 17))
    stranger = log.format(30, "B").replace("0123", "0199")
    national = ("--kind", "restrictions", "--list", "national")
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        key = place.key("agent")
        before = codes(url, key, "C-2", "+12125550124")
        assert "frequency_cap" not in codes(url, key, "C-1", "+12125550123")
        said = place.imported(calls + stranger, "log.txt", "--kind", "contacts", *ZONE)
        assert (said.status, said.out.splitlines()[0]) == (
            1,
            "8 rows: 7 created, 0 updated, 0 unchanged, 1 refused. Each row's result: log.txt.result.csv",
        )
        assert "nobody lists this address" in place.results("log.txt")[-1][3]
        assert "frequency_cap" in codes(url, key, "C-1", "+12125550123")
        again = place.imported(stranger + calls, "log.txt", "--kind", "contacts", *ZONE)
        assert "0 created, 0 updated, 7 unchanged, 1 refused" in again.out
        assert "1 created" in place.imported("212-555-0124\n", "dnc.txt", *national).out
        assert codes(url, key, "C-2", "+12125550124") != before
        assert "1 unchanged" in place.imported("2125550124\n", "dnc.txt", *national).out


def test_consents_come_in_by_person(place: Place) -> None:
    """Once, however often they are brought; nobody is made of a row."""
    text = "person_id,consent_type,channel,consent_date\nP-1,contact,sms,2026-01-05\nP-9,contact,sms,2026-01-05\n"
    place.imported(text, "c.csv", "--kind", "consents")
    assert became(place, "c.csv") == [("2", "created"), ("3", "refused")]
    place.imported(text, "c.csv", "--kind", "consents")
    assert became(place, "c.csv") == [("2", "unchanged"), ("3", "refused")]


def test_a_line_of_json_of_another_shape_costs_itself(place: Place) -> None:
    """Whatever stands in it, the file is read to its end and every line is answered."""
    good, rest = '{"address": "+12125550123", "kind": "dnc"}', '{"address": "+12125550199", "kind": "dnc"}'
    place.imported("\n".join([good, '{"address": "+12125550124", "kind": 5}', rest, ""]), "r", "--kind", "restrictions")
    assert became(place, "r") == [("1", "created"), ("2", "refused"), ("3", "created")]
    place.imported('{"ref": "C-1", "consent": 5}\n{"ref": "C-1"}\n', "c", "--kind", "consents")
    assert became(place, "c") == [("1", "refused"), ("2", "refused")]
    log = '{"ref": "C-1", "at": "2026-03-01T10:00:00Z", "outcome": "busy", "channel": %s}\n'
    place.imported(log % 7 + log % '"voice"', "l", "--kind", "contacts")
    assert became(place, "l") == [("1", "refused"), ("2", "created")]


def test_a_restriction_beside_a_call_comes_with_it(place: Place) -> None:
    """ViciDial's DNC is a call and a stop; the second time both are known."""
    text = LOG.format(10, "DNC") + LOG.format(11, "DNCL").replace("|25|", "|0|")
    place.imported(text, "log.txt", "--kind", "contacts", *ZONE)
    first, second = place.results("log.txt")
    assert (first[2], first[3]) == ("created", "a restriction, too")
    assert second[3] == "not dialled: nothing to count; a restriction, too"
    place.imported(text, "log.txt", "--kind", "contacts", *ZONE)
    assert {result for _, result in became(place, "log.txt")} == {"unchanged"}


def test_what_vanished_from_a_list_is_told_and_not_closed(place: Place) -> None:
    """A case in the last list of its source and not in this one; a refused row counts as there."""
    source = ("--source", "bank")
    place.imported(CASES + "C-3,P-3,2125550125,NY\n", "list.csv", *source)
    said = place.imported(CASES.replace("(212) 555-0123", "call me"), "list.csv", *source)
    assert "1 cases of the last list of bank are not in this one" in said.out
    results = place.results("list.csv")
    assert [(row[1], row[2]) for row in results] == [("C-1", "refused"), ("C-2", "unchanged"), ("C-3", "vanished")]
    assert "nothing was changed" in results[-1][3]


def test_the_first_day_s_files_may_be_declined_by_name(place: Place) -> None:
    """Somebody answers for it, with a reason; it is said until then."""
    assert place.run("import", "--decline", "contacts").status == 2
    assert place.run("import", "--decline", "contacts", "--by", "J. Doe").status == 2
    assert place.run("import", "cases.csv", "--decline", "contacts", "--by", "J. Doe", "--why", "new").status == 2
    said = place.run("import", "--decline", "contacts", "--by", "J. Doe", "--why", "a new agency")
    assert (said.status, said.out) == (0, "It is in the record that there are no contacts to load, says J. Doe.\n")


def test_a_large_file_is_read_by_a_process_of_its_own(place: Place) -> None:
    """Its rows keep their order, and each is accounted for."""
    lines = [f"L-{n},{2_122_000_000 + n if n % 7 else 'call me'},NY,{'x' * 2000}\n" for n in range(700)]
    said = place.imported("ref,phone,state,comment\n" + "".join(lines), "large.csv")
    assert said.status == 1, said.err
    assert became(place, "large.csv") == [(str(n + 2), "created" if n % 7 else "refused") for n in range(700)]


def test_a_killed_import_is_run_again(place: Place) -> None:
    """What was in stays in and comes back unchanged; no case is there twice, none is missing."""
    rows = [f"K-{n},{2_122_000_000 + n},NY,{'x' * 900}\n" for n in range(1300)]
    (place.folder / "killed.csv").write_text("ref,phone,state,comment\n" + "".join(rows))
    results = place.folder / "killed.csv.result.csv"
    os.mkfifo(results)
    process = subprocess.Popen(
        (*COMMAND, "import", "killed.csv"), env={**os.environ, **place.env}, cwd=place.folder, start_new_session=True
    )
    with results.open("rb") as told:  # the first rows are in, more are on their way
        assert len(told.read(100)) == 100
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    results.unlink()
    said = place.run("import", "killed.csv")
    assert said.status == 0, said.err
    found = Counter(result for _, result in became(place, "killed.csv"))
    assert found.total() == 1300
    assert set(found) <= {"created", "unchanged"}
    assert "1300 unchanged" in place.run("import", "killed.csv").out


def test_a_result_holds_nothing_that_a_spreadsheet_runs(tmp_path: Path) -> None:
    """An apostrophe goes before it."""
    place = Place(f"sqlite:///{tmp_path}/store.db", {}, tmp_path)
    place.imported('ref,phone\n=1+1,x\n"@A1",x\n-2,x\n')
    assert [row[1] for row in place.results()] == ["'=1+1", "'@A1", "'-2"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--result", "cases.csv"), "--result: is the file to be read itself"),
        (("--zone", "EST5"), "--zone: no such time zone"),
        (("--as", "dnc"), "--as: goes with --kind restrictions"),
        (("--kind", "restrictions", "--as", "rude"), "--as: not a word that is known here"),
        (("--kind", "restrictions", "--source", "bank"), "--source: goes with --kind cases"),
        (("--kind", "contacts"), "no column for the time of a contact"),
        (("--region", "Mars"), "--region: no such country"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    """Before anything is written."""
    place = Place(f"sqlite:///{tmp_path}/store.db", {}, tmp_path)
    said = place.imported(CASES, "cases.csv", *options)
    assert said.status == 2
    assert why in said.err
    assert (tmp_path / "cases.csv").read_text() == CASES


def test_lines_of_json_of_every_kind(place: Place) -> None:
    """The same rows, as other programs write them."""
    contact = {"ref": "C-1", "at": "2026-03-05T12:00:00-05:00", "channel": "voice", "outcome": "busy"}
    stop = {"person": "P-1", "kind": "STOP", "channel": "sms", "since": "2026-03-05"}
    consent = {"person": "P-2", "consent": {"kind": "contact", "given": "2026-03-05T12:00:00Z", "channel": "email"}}
    for kind, row in (("contacts", contact), ("restrictions", stop), ("consents", consent)):
        place.imported(json.dumps(row) + "\n", f"{kind}.ndjson", "--kind", kind)
        assert became(place, f"{kind}.ndjson") == [("1", "created")], place.results(f"{kind}.ndjson")
