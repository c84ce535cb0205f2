"""Commands over a store: on both engines, with the service running and without it, the same."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from a_command import call, here, run, serving
from a_place import Place, places

THURSDAY = "2036-03-06T13:00:00-05:00"  # ahead of the clock by which commands write
CASES = "case_ref,debtor_id,phone,state\nC-1,P-1,(212) 555-0123,NY\nC-2,P-2,212 555 0124,NY\n"
CALL = {"case_ref": "C-1", "channel": "voice", "address": "+12125550123"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """An empty store on each engine."""
    async for place in places(request.param, tmp_path):
        yield place


@pytest.fixture(params=["at rest", "while serving"])
def place(request: pytest.FixtureRequest, empty: Place) -> Iterator[Place]:
    """The same, with nobody using it or with the service running on it."""
    with ExitStack() as stack:
        if request.param == "while serving":
            stack.enter_context(serving("--test", "--clock", THURSDAY, env=empty.env, cwd=empty.folder))
        yield empty


def test_an_import_says_what_became_of_every_row(place: Place) -> None:
    """Created at first, unchanged the second time, updated when the file says something new."""
    assert place.imported(CASES).out.startswith("2 rows: 2 created, 0 updated, 0 unchanged, 0 refused.")
    assert place.results() == [["2", "C-1", "created", ""], ["3", "C-2", "created", ""]]
    assert place.imported(CASES).status == 0
    assert [row[2] for row in place.results()] == ["unchanged", "unchanged"]
    place.imported(CASES.replace("0124", "0125"))
    assert [row[2] for row in place.results()] == ["unchanged", "updated"]


def test_a_row_that_cannot_be_is_refused_and_the_rest_goes_in(place: Place) -> None:
    """Each refusal names field and reason, without quoting the number; the exit status is 1."""
    said = place.imported(CASES + "C-3,P-3,2.12555E+09,NY\nC-4,P-4,2125550126,Bavaria\nC-5,P-5,,\n")
    assert said.status == 1
    assert "3 created" in said.out
    assert "2 refused" in said.out
    rows = place.results()
    assert [row[2] for row in rows] == ["created", "created", "refused", "refused", "created"]
    assert rows[2][3].startswith("phone: a spreadsheet has rounded this number")
    assert rows[3][3] == "state: US has no such state, province or territory"


def test_lines_of_json_are_imported_as_they_would_be_put(place: Place) -> None:
    """The body of `PUT /v1/cases/{ref}` with its ref; a wrong field or an older version is refused by name."""
    body = {"case": {"ref": "C-1", "product": "medical"}, "persons": [{"id": "P-1"}], "version": 2}
    lines = [
        {"ref": "C-1", **body},
        {"ref": "C-2", "case": {"ref": "C-2", "colour": "red"}, "persons": [{"id": "P-2"}]},
        {"ref": "C-3", "case": {}, "persons": [{"id": "P-3", "role": "cousin"}]},
        {"ref": "C-4", "case": {"ref": "C-5"}, "persons": [{"id": "P-4"}]},
    ]
    place.imported("".join(json.dumps(line) + "\n" for line in lines), "cases.ndjson")
    why = {ref: (became, why) for _, ref, became, why in place.results("cases.ndjson")}
    assert why["C-1"] == ("created", "")
    assert why["C-2"][0] == "refused"
    assert why["C-2"][1] == "case: there is no field colour here"
    assert why["C-3"][1].startswith("persons[0].role: ")
    assert why["C-4"][1].startswith("case.ref: ")
    place.imported(json.dumps({"ref": "C-1", **body, "version": 1}), "older.ndjson")
    assert place.results("older.ndjson")[0][2] == "refused"


def test_a_key_is_printed_alone_and_once(place: Place) -> None:
    """One line on standard output and nothing else, so that a script can take it; two keys differ."""
    first = place.run("keys", "create", "--name", "crm", "--scope", "agent", "--agent", "ann")
    said = place.run("keys", "create", "--name", "crm", "--scope", "agent")
    assert (first.status, said.status, said.err) == (0, 0, "")
    assert (first.out.count("\n"), said.out.count("\n")) == (1, 1)
    assert said.out != first.out


def test_a_store_that_a_command_made_is_named(tmp_path: Path) -> None:
    """A key for a misspelt store would be known to no service: what is new says so, with the key to copy."""
    where = ("--db", f"sqlite:///{tmp_path}/tpyo.db")
    said = here("keys", "create", "--name", "crm", "--scope", "agent", *where)
    at = f"{tmp_path}/tpyo.db"
    assert said.err == f"{at} is a new store; keep a copy of its master key, {at}.key, elsewhere.\n"
    assert here("keys", "create", "--name", "crm", "--scope", "agent", *where).err == ""


def test_the_record_of_an_unknown_case_is_bad_input(place: Place) -> None:
    """One line, exit status 2."""
    place.imported(CASES)
    said = place.run("history", "C-404")
    assert (said.status, said.out, said.err) == (2, "", "contactguard: no such case\n")


def test_the_record_verifies_and_the_doctor_finds_nothing_wrong(place: Place) -> None:
    """Exit status 0 from both."""
    place.imported(CASES)
    verified = place.run("audit", "verify")
    assert verified.status == 0
    assert json.loads(verified.out)["faults"] == []
    looked = place.run("doctor")
    assert looked.status == 0, looked.out
    assert "store: " in looked.out


def test_a_key_made_by_command_opens_the_running_service(empty: Place) -> None:
    """At once, and what the service then does stands in the record that the command reads."""
    with serving("--test", "--clock", THURSDAY, env=empty.env, cwd=empty.folder) as (url, _):
        empty.imported(CASES)
        key = empty.key("agent", "compliance")
        answer = call(f"{url}/v1/permits", key, CALL)
        assert answer["verdict"] == "allow"
        running = empty.run("history", "C-1").out
    rows = [json.loads(line) for line in empty.run("history", "C-1").out.splitlines()]
    assert [row["permit"] for row in rows] == [answer["permit"]["id"]]
    assert json.loads(running.splitlines()[0])["id"] == rows[0]["id"]


def test_a_stored_decision_written_out_decides_the_same(empty: Place) -> None:
    """`history --scenario` gives a file on which `check` gives the service's own bytes, yes and no alike."""
    with serving("--test", "--clock", THURSDAY, env=empty.env, cwd=empty.folder) as (url, _):
        empty.imported(CASES)
        key = empty.key("agent", "compliance")
        answers = [call(f"{url}/v1/permits", key, CALL) for _ in range(2)]
    assert [answer["verdict"] for answer in answers] == ["allow", "deny"]
    for answer in answers:
        said = empty.run("history", "C-1", "--scenario", answer["id"])
        assert said.status == 0, said.err
        (empty.folder / "decision.json").write_text(said.out)
        checked = here("check", "decision.json", cwd=empty.folder)
        assert checked.status == 0
        del answer["permit"]
        assert json.loads(checked.out) == answer
        assert checked.out.strip() == json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
    assert empty.run("history", "C-2", "--scenario", answers[0]["id"]).status == 2
    assert empty.run("history", "--scenario", answers[0]["id"]).status == 0


def test_a_record_that_was_changed_does_not_verify(tmp_path: Path) -> None:
    """Whoever gets round the triggers is found out: exit status 1, naming the stream and the height."""
    place = Place(f"sqlite:///{tmp_path}/store.db", {}, tmp_path)
    place.imported(CASES)
    with sqlite3.connect(tmp_path / "store.db") as meddler:
        for (name,) in meddler.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            meddler.execute(f"DROP TRIGGER {name}")
        meddler.execute("UPDATE entries SET at = at + 1 WHERE stream = 'case:C-1' AND height = 1")
    meddler.close()
    said = place.run("audit", "verify")
    assert said.status == 1
    assert "case:C-1, height 1: " in said.err


def test_documents_are_compared_with_the_record_and_mended(empty: Place) -> None:
    """With the service running and without it: a dry run says what differs and changes nothing."""
    with serving("--test", "--clock", THURSDAY, env=empty.env, cwd=empty.folder) as (url, _):
        empty.imported(CASES)
        key = empty.key("agent")
        assert call(f"{url}/v1/permits", key, CALL)["verdict"] == "allow"
        running = empty.run("audit", "rebuild", "--dry-run")
    for said in (running, empty.run("audit", "rebuild", "--dry-run"), empty.run("audit", "rebuild")):
        assert (said.status, said.err) == (0, "")
        report = json.loads(said.out)
        assert (report["cases"], report["contacts"], report["differing"], report["found"]) == (2, 1, 0, [])


@pytest.mark.parametrize("command", [("history", "C-1"), ("audit", "verify"), ("audit", "rebuild")])
def test_a_misspelt_store_is_not_an_empty_record(tmp_path: Path, command: tuple[str, ...]) -> None:
    """What only reads makes no store: status 2, naming the file, and nothing is left behind."""
    said = here(*command, "--db", f"sqlite:///{tmp_path}/tpyo.db")
    assert said.status == 2
    assert f"{tmp_path}/tpyo.db: there is no store" in said.err
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_makes_nothing(tmp_path: Path) -> None:
    """Where there is no store yet it says what makes one."""
    said = here("doctor", "--db", f"sqlite:///{tmp_path}/store.db")
    assert said.status == 0
    assert "serve, import and keys create make it" in said.out
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_how_the_key_of_a_new_database_is_made(tmp_path: Path) -> None:
    """PostgreSQL needs a key file before its first start."""
    env = {"CONTACTGUARD_STORE_MASTER_KEY_FILE": str(tmp_path / "master.key")}
    said = here("doctor", "--db", "postgresql:///cg_none", env=env)
    assert said.status == 1
    assert f"openssl rand -base64 32 > {tmp_path}/master.key" in said.out


def test_a_key_needs_a_name(tmp_path: Path) -> None:
    """The record says whose key it was."""
    said = here("keys", "create", "--name", " ", "--scope", "agent", "--db", f"sqlite:///{tmp_path}/store.db")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("contactguard: --name: ")


def test_the_doctor_sees_a_key_that_others_can_read(tmp_path: Path) -> None:
    """It says what to type, and exits with status 1."""
    place = Place(f"sqlite:///{tmp_path}/store.db", {}, tmp_path)
    place.imported(CASES)
    file = tmp_path / "store.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    said = place.run("doctor")
    assert said.status == 1
    assert f"chmod 600 {file}" in said.out


def test_a_second_service_on_one_file_says_so(tmp_path: Path) -> None:
    """One line, exit status 2; the first goes on."""
    place = Place(f"sqlite:///{tmp_path}/store.db", {}, tmp_path)
    with serving("--test", env=place.env, cwd=tmp_path) as (url, _):
        said = run("serve", "--test", "--port", "0", env=place.env, cwd=tmp_path)
        assert said.status == 2
        assert "another process serves this file" in said.err
        assert call(f"{url}/healthz", "")["status"]


def test_a_port_in_use_says_so(tmp_path: Path) -> None:
    """One line, exit status 2."""
    place = Place(f"sqlite:///{tmp_path}/store.db", {}, tmp_path)
    with serving("--test", env=place.env, cwd=tmp_path) as (url, _):
        other = {"CONTACTGUARD_DB": f"sqlite:///{tmp_path}/other.db"}
        said = run("serve", "--test", "--port", url.rpartition(":")[2], env=other, cwd=tmp_path)
    assert said.status == 2
    assert "are taken; name another with --port" in said.err
    assert said.err.count("\n") == 1
