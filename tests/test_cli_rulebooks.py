"""Rulebooks from the command line, over a service that runs: activated, approved, gone back, signed, withdrawn."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from a_command import Said, here, serving
from a_road import fresh_postgresql, master_key
from a_shelf import CAP

OWN = CAP.replace("LIMIT", "0").replace("DATES", "7")
Command = Callable[..., Said]


class Place:
    """A store on either engine, and a folder with rules and settings."""

    def __init__(self, url: str, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, {**env, "CONTACTGUARD_DB": url}
        self.settings()
        (folder / "own").mkdir()
        (folder / "own" / "cap.toml").write_text(OWN)

    def settings(self, **rules: Any) -> None:
        """What stands under [rules]."""
        lines = [f"{key} = {json.dumps(value)}" for key, value in ({"lead_seconds": 1} | rules).items()]
        (self.folder / "settings.toml").write_text("\n".join(["[rules]", *lines]) + "\n")
        self.env["CONTACTGUARD_CONFIG"] = str(self.folder / "settings.toml")

    def run(self, *args: str) -> Said:
        """A command on this store."""
        return here(*args, env=self.env, cwd=self.folder)

    def regimes(self, *args: str) -> str:
        """`regimes ARGS`, which must succeed: what it says."""
        said = self.run("regimes", *args)
        assert said.status == 0, said.err
        return said.out


@pytest.fixture(params=["postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """An empty store, which the command opens beside the service; `test_cli_store.py` has the other engine."""
    if request.param == "sqlite":
        yield Place(f"sqlite:///{tmp_path}/store.db", tmp_path, {})
        return
    env = {"CONTACTGUARD_MASTER_KEY_FILE": str(master_key(tmp_path / "master.key"))}
    async for url in fresh_postgresql():
        yield Place(url, tmp_path, env)


def _in_force(url: str) -> str:
    with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:
        digest: str = json.loads(answer.read())["versions"]["rulebook"]
        return digest


def _until(place: Place, url: str, digest: str) -> None:
    """Returns once this rulebook is in force in the service, which is asked about as often as a command runs."""
    while _in_force(url) != digest:
        place.regimes("status")


def _digest(said: str) -> str:
    return next(word for word in said.split() if word.startswith("sha256:"))


def test_a_folder_of_rules_is_put_in_force_and_taken_back(place: Place) -> None:
    """On the running service, with a rehearsal printed first."""
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        old = _in_force(url)
        dry = place.regimes("activate", "own", "--dry-run")
        assert "over the decisions of the last 7 days" in dry
        assert "is in force" not in dry
        new = _digest(place.regimes("activate", "own", "--by", "Ann"))
        assert new == _digest(dry) != old
        _until(place, url, new)
        assert f"in force   {new}" in place.regimes("status")
        assert "by Ann" in place.regimes("status")
        place.regimes("activate", "--back", "--by", "Ann")
        _until(place, url, old)
        place.regimes("activate", new, "--at", "2099-01-01T00:00:00Z", "--by", "Ann")
        assert f"to come    {new} from 2099-01-01T00:00:00Z on" in place.regimes("status")
        place.regimes("withdraw", new, "--by", "Ben")
        assert "to come" not in place.regimes("status")
        assert place.run("audit", "verify").status == 0


def test_what_was_activated_outlives_a_restart(place: Place) -> None:
    """And so does everything else: the files on the disk decide nothing."""
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        new = _digest(place.regimes("activate", "own", "--by", "Ann"))
        _until(place, url, new)
    (place.folder / "own" / "cap.toml").unlink()
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        assert _in_force(url) == new


def test_what_was_activated_outlives_other_settings_or_the_doctor_says_why_not(place: Place) -> None:
    """Carried over where the files go together; where they do not, nothing changes."""
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        new = _digest(place.regimes("activate", "own", "--by", "Ann"))
        _until(place, url, new)
    place.settings(known_cities_only=True)
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        assert _in_force(url) == new
        assert "carried over: own/cap.toml" in place.regimes("status")
    (place.folder / "other").mkdir()
    (place.folder / "other" / "cap.toml").write_text(OWN.replace("limit = 0", "limit = 9"))
    place.settings(dirs=["other"])
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        assert _in_force(url) == new
        assert "has the same id" in place.regimes("status")
        said = place.run("doctor")
        assert (said.status, "what the settings give is not in force" in said.out) == (1, True)
        with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:
            assert "has the same id" in " ".join(json.loads(answer.read())["warnings"])


def test_with_four_eyes_the_command_proposes_and_another_person_approves(place: Place) -> None:
    """`doctor` says who is waited for."""
    place.settings(four_eyes=True)
    with serving("--test", env=place.env, cwd=place.folder) as (url, _):
        said = place.regimes("activate", "own", "--by", "Ann")
        new = _digest(said)
        assert "is proposed. Another person" in said
        assert f"Ann proposed {new}" in place.run("doctor").out
        shown = place.regimes("status")
        assert "with the settings in force" in shown
        id = next(word for word in shown.split() if word.startswith("proposal:"))
        assert f"regimes approve {id}" in said
        forged = place.run("regimes", "approve", id, "--by", "Ben\nin force")
        assert (forged.status, "--by: holds control characters" in forged.err) == (2, True)
        refused = place.run("regimes", "approve", new, "--by", "ann")
        assert (refused.status, "another person" in refused.err) == (2, True)
        place.regimes("approve", id, "--by", "Ben")
        _until(place, url, new)
        place.regimes("activate", "--back", "--by", "Ann")
        place.settings(four_eyes=True, known_cities_only=True)
        place.regimes("activate", "--by", "Cid")
        assert "[known_cities_only] false -> true" in place.regimes("status")


def test_a_regime_is_signed_as_it_is_in_force_or_as_it_is_to_be(place: Place) -> None:
    """By the digest of all that it says; where signatures are required, `doctor` names what lacks one."""
    place.settings(require_signed=True)
    with serving("--test", env=place.env, cwd=place.folder):
        assert "nobody signed us-fdcpa" in place.run("doctor").out
        place.regimes("sign", "us-fdcpa", "--by", "Jane Roe", "--capacity", "general counsel")
        assert "nobody signed us-fdcpa" not in place.run("doctor").out
        assert "by Jane Roe, general counsel, on" in place.regimes("status")
        assert place.run("regimes", "sign", "none", "--by", "Jane", "--capacity", "x").status == 2
        refused = place.run("regimes", "activate", "own", "--by", "Ann")
        assert (refused.status, "nobody signed" in refused.err) == (2, True)


def test_rules_that_cannot_be_are_refused_by_file_and_rule(place: Place) -> None:
    """Nothing of them is kept, and neither are rules whose own examples come out otherwise."""
    with serving("--test", env=place.env, cwd=place.folder):
        (place.folder / "own" / "cap.toml").write_text(OWN.replace("limit = 0", "limit = -1"))
        said = place.run("regimes", "activate", "own", "--by", "Ann")
        assert said.status == 2
        assert "own/cap.toml: rule cap" in said.err
        example = '\n[[example]]\nid = "e"\nat = "2026-03-05T13:00:00-05:00"\npersons = [{ id = "P-1" }]\n'
        example += 'contact = { channel = "voice", address = "+12125550123" }\nexpect = { verdict = "allow" }\n'
        (place.folder / "own" / "cap.toml").write_text(OWN + example)
        said = place.run("regimes", "activate", "own", "--by", "Ann")
        assert said.status == 1
        assert "test-cap: e: verdict deny, expected allow" in said.err
        (place.folder / "empty").mkdir()
        said = place.run("regimes", "activate", "empty", "--by", "Ann")
        assert (said.status, "empty: there is no rule file" in said.err) == (2, True)
        assert "before" not in place.regimes("status")


def test_keys_are_listed_and_revoked(place: Place) -> None:
    """By the id that the list shows; a key that is not there cannot be."""
    place.run("keys", "create", "--name", "crm", "--scope", "case_system")
    listed = place.run("keys", "list").out
    id, _, rest = listed.strip().partition("  ")
    assert rest.startswith("crm: case_system, made 20")
    assert place.run("keys", "revoke", id).out == f"{id} (crm) is revoked.\n"
    assert ", revoked 20" in place.run("keys", "list").out
    assert place.run("keys", "revoke", "none").status == 2
