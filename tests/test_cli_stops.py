"""Stops from the command line, with the service running and without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from a_command import Said, call, here, serving
from a_road import fresh_postgresql, master_key

CASES = "ref,person,phone,country,state\nC-1,P-1,+12125550123,US,NY\nC-2,P-2,+12125550124,US,NY\n"
CALL = {"channel": "voice", "address": "+12125550123", "case_ref": "C-1"}


class Place:
    """A store on either engine."""

    def __init__(self, url: str, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, {**env, "CONTACTGUARD_DB": url}

    def run(self, *args: str, given: str | None = None) -> Said:
        """A command on this store."""
        return here(*args, env=self.env, cwd=self.folder, given=given)

    def said(self, *args: str, given: str | None = None) -> str:
        """The same, which must succeed."""
        done = self.run(*args, given=given)
        assert done.status == 0, done.err
        return done.out


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """An empty store on each engine."""
    if request.param == "sqlite":
        yield Place(f"sqlite:///{tmp_path}/store.db", tmp_path, {})
        return
    env = {"CONTACTGUARD_MASTER_KEY_FILE": str(master_key(tmp_path / "master.key"))}
    async for url in fresh_postgresql():
        yield Place(url, tmp_path, env)


def _filled(place: Place) -> Place:
    (place.folder / "cases.csv").write_text(CASES)
    place.said("import", "cases.csv")
    return place


def _codes(url: str, key: str, **more: Any) -> list[str]:
    return [reason["code"] for reason in call(f"{url}/v1/permits", key, CALL | more)["reasons"]]


def test_a_command_halts_the_running_service(place: Place) -> None:
    """What it says holds in the service with its answer, and until it is lifted."""
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        key = place.said("keys", "create", "--name", "test", "--scope", "agent").strip()
        _filled(place)
        assert "paused" not in _codes(url, key)
        said = place.said("stop", "--channel", "voice", "--reason", "a recall", "--by", "Ann")
        id = said.partition(":")[0]
        assert "every contact that goes out by voice is halted" in said
        assert "unused permits revoked" in said
        assert "paused" in _codes(url, key)
        shown = place.said("stops")
        assert id in shown
        assert "(a recall; Ann, " in shown
        assert "by the rules again" in place.said("stops", "lift", id, "--reason", "sorted out", "--by", "Ben")
        assert "paused" not in _codes(url, key)
        assert place.said("stops") == "Nothing is halted.\n"
        assert place.run("audit", "verify").status == 0


def test_what_is_halted_at_rest_is_halted_when_the_service_starts(place: Place) -> None:
    """With a list of cases from standard input; those that are not here are named."""
    _filled(place)
    done = place.run("stop", "--cases", "-", "--reason", "a recall", given="\ufeffC-1\r\nC-9\n\n")
    assert done.status == 0
    assert "on 2 cases is halted" in done.out
    assert "Not in this store: 1 cases (C-9)." in done.err
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        key = place.said("keys", "create", "--name", "test", "--scope", "agent").strip()
        assert "paused" in _codes(url, key)
        assert "paused" not in _codes(url, key, case_ref="C-2", address="+12125550124")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("stop",), "--reason"),
        (("stop", "--reason", " "), "reason"),
        (("stop", "--reason", "x", "--jurisdiction", "New York"), "jurisdiction"),
        (("stop", "--reason", "x", "--from", "tomorrow"), "from"),
        (("stop", "--reason", "x", "--collector", "acne"), "collector"),
        (("stops", "lift", "nothing", "--reason", "x"), "stop"),
    ],
)
async def test_what_makes_no_sense_is_one_line_and_halts_nothing(
    tmp_path: Path, args: tuple[str, ...], why: str
) -> None:
    """Exit status 2 and the name of what is wrong."""
    place = _filled(Place(f"sqlite:///{tmp_path}/store.db", tmp_path, {}))
    done = place.run(*args)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert why in done.err
    assert place.said("stops") == "Nothing is halted.\n"
