"""Backup, restore and the renewing of keys by command: on both engines, while the service runs."""

from __future__ import annotations

import json
import shutil
import urllib.error
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from a_command import Said, call, here, serving
from a_road import fresh_postgresql, master_key

THURSDAY = "2036-03-06T13:00:00-05:00"
CASES = "case_ref,debtor_id,phone,state\nC-1,P-1,(212) 555-0123,NY\nC-2,P-2,212 555 0124,NY\n"
CALL = {"case_ref": "C-1", "channel": "voice", "address": "+12125550123"}


class Place:
    """Where a store is or is to be, with the key file that it needs."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.env = {"CONTACTGUARD_DB": url, "CONTACTGUARD_MASTER_KEY_FILE": str(folder / "master.key")}

    def run(self, *args: str) -> Said:
        """A command on this store."""
        return here(*args, env=self.env, cwd=self.folder)

    def key(self, *scopes: str) -> str:
        """A new key."""
        said = self.run("keys", "create", "--name", "test", *(f"--scope={scope}" for scope in scopes))
        assert said.status == 0, said.err
        return said.out.strip()

    def serving(self, *clock: str) -> AbstractContextManager[tuple[str, object]]:
        """The service on it."""
        return serving("--test", *clock, env=self.env, cwd=self.folder)


@pytest.fixture(params=["sqlite", "postgresql"])
async def places(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Place, Place]]:
    """A store, and an empty place of the same sort, which have one master key."""
    master_key(tmp_path / "master.key")
    if request.param == "sqlite":
        (tmp_path / "b").mkdir()
        yield Place(f"sqlite:///{tmp_path}/store.db", tmp_path), Place(f"sqlite:///{tmp_path}/b/store.db", tmp_path)
        return
    async for first in fresh_postgresql():
        async for second in fresh_postgresql():
            yield Place(first, tmp_path), Place(second, tmp_path)


def test_a_restored_store_is_shut_until_its_gap_is_settled(places: tuple[Place, Place]) -> None:
    """Copied while it is asked; brought back elsewhere it refuses with `paused` what the first one allows."""
    first, second = places
    (first.folder / "cases.csv").write_text(CASES)
    with first.serving("--clock", THURSDAY) as (url, _):
        first.run("import", "cases.csv")
        key = first.key("agent")
        assert call(f"{url}/v1/permits", key, CALL)["verdict"] == "allow"
        copied = first.run("backup", "copy", "--by", "night job")
        assert copied.status == 0, copied.err
        assert "The master key is not in it" in copied.err
    brought = second.run("restore", "copy", "--by", "Ann Lee")
    assert brought.status == 0, brought.err
    assert "Nothing goes out until that is settled" in brought.out
    assert second.run("audit", "verify").status == 0
    other = {**CALL, "case_ref": "C-2", "address": "+12125550124"}
    with second.serving("--clock", THURSDAY) as (url, _):
        answer = call(f"{url}/v1/permits", key, other)
        assert (answer["verdict"], answer["reasons"][0]["code"]) == ("deny", "paused")
        assert "is behind" in second.run("doctor").out
        assert "restore --settle opens it" in json.dumps(call(f"{url}/readyz", key))
        assert second.run("restore", "--settle", "--how", "officer", "--by", "Ann Lee").status == 2
        settled = second.run("restore", "--settle", "--how", "officer", "--by", "Ann Lee", "--why", "no calls since")
        assert settled.status == 0, settled.err
        assert call(f"{url}/v1/permits", key, other)["verdict"] == "allow"
    assert second.run("restore", "--settle", "--how", "officer", "--by", "A", "--why", "again").status == 2


def test_a_restore_goes_over_nothing(places: tuple[Place, Place]) -> None:
    """One line, status 2, and the store there is as it was."""
    first, _ = places
    (first.folder / "cases.csv").write_text(CASES)
    first.run("import", "cases.csv")
    assert first.run("backup", "copy").status == 0
    assert first.run("backup", "copy").status == 2
    said = first.run("restore", "copy")
    assert (said.status, said.err.count("\n")) == (2, 1)
    assert first.run("history", "C-1").status == 0


def test_a_damaged_backup_is_not_brought_back(places: tuple[Place, Place]) -> None:
    """It says so before it makes anything."""
    first, second = places
    first.key("agent")
    first.run("backup", "copy")
    with (first.folder / "copy").open("r+b") as file:
        file.seek(-100, 2)
        file.write(b"\0")
    said = second.run("restore", "copy")
    assert said.status == 2
    assert "is damaged" in said.err
    second.run("keys", "create", "--name", "new", "--scope", "agent")
    assert second.run("keys", "list").out.count("\n") == 1


def test_keys_are_renewed_while_the_service_runs(places: tuple[Place, Place]) -> None:
    """A key that calls on goes on, before and after; the old master key opens no backup made since."""
    place, other = places
    (place.folder / "cases.csv").write_text(CASES)
    with place.serving() as (url, _):
        place.run("import", "cases.csv")
        key = place.key("agent")
        shutil.copy(place.folder / "master.key", place.folder / "old.key")
        assert call(f"{url}/v1/cases/C-1/now", key)["items"]
        master = place.run("keys", "rotate-master", "--by", "Ann Lee")
        assert master.status == 0, master.err
        assert place.run("keys", "rotate-pepper", "--grace-days", "3").status == 0
        assert "unless it is used before" in place.run("keys", "list").out
        assert call(f"{url}/v1/cases/C-1/now", key)["items"]
        while "unless it is used before" in place.run("keys", "list").out:  # another process learns of it in seconds
            assert call(f"{url}/v1/cases/C-1/now", key)["items"]
        secret = place.run("keys", "rotate-webhook")
        assert secret.out.startswith("whsec_")
        assert place.run("backup", "copy").status == 0
    old = {"CONTACTGUARD_MASTER_KEY_FILE": str(place.folder / "old.key"), "CONTACTGUARD_DB": other.url}
    refused = here("restore", "copy", env=old, cwd=place.folder)
    assert refused.status == 2
    assert "does not belong to this store" in refused.err
    assert other.run("restore", "copy").status == 0


def test_without_grace_the_service_takes_no_key_of_before(places: tuple[Place, Place]) -> None:
    """In the process that renews it at once, in others within seconds."""
    place, _ = places
    with place.serving() as (url, _):
        key = place.key("compliance")
        assert call(f"{url}/v1/stops", key)["items"] == []
        place.run("keys", "rotate-pepper", "--grace-days", "0")
        while _status(f"{url}/v1/stops", key) != 401:
            place.run("keys", "list")


def _status(url: str, key: str) -> int:
    try:
        call(url, key)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def test_every_act_of_keeping_is_in_the_record(places: tuple[Place, Place]) -> None:
    """The record verifies after all of them, and counts one entry more for each."""
    place, _ = places
    place.key("agent")
    before = json.loads(place.run("audit", "verify").out)["entries"]
    for command in (
        ("backup", "copy"),
        ("keys", "rotate-master"),
        ("keys", "rotate-pepper"),
        ("keys", "rotate-webhook"),
    ):
        assert place.run(*command).status == 0
    report = json.loads(place.run("audit", "verify").out)
    assert (report["entries"], report["faults"]) == (before + 4, [])
