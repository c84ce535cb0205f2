"""What the doctor says of the machine, of secrets and of what the store is short of."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_command import here
from contactguard.cli import looking
from contactguard.cli.looking import Finding, ages, disk, in_store, secret_files
from contactguard.law.instants import parse_instant
from contactguard.settings import Settings, load

DAY = 86_400


def standings(findings: list[Finding]) -> list[str]:
    """Of each, how it stands."""
    return [one.standing for one in findings]


def configured(folder: Path, text: str) -> Settings:
    """Settings from a file with this text."""
    (folder / "settings.toml").write_text(text)
    return load(folder / "settings.toml", environ={})


def test_a_secret_is_looked_at_wherever_settings_name_one(tmp_path: Path) -> None:
    """Missing or open to others is wrong, with what to type; one that is well is said to be."""
    token = tmp_path / "token"
    text = f'[twilio]\naccount_sid = "AC{"0" * 32}"\nauth_token_file = "{token}"\n[server]\npublic_url = "https://a.example"\n'
    settings = configured(tmp_path, text)
    (missing,) = secret_files(settings)
    assert (missing.standing, str(token) in missing.what) == ("wrong", True)
    token.write_text("secret words\n")
    token.chmod(0o640)
    (open_,) = secret_files(settings)
    assert f"chmod 600 {token}" in open_.what
    token.chmod(0o600)
    assert standings(list(secret_files(settings))) == ["ok"]
    assert "secret words" not in "".join(one.what for one in (missing, open_))


def test_mail_that_could_not_start_is_named(tmp_path: Path) -> None:
    """A page for links that is not https, and a sender for a collector that there is not: `serve` would refuse both."""
    relay = '[smtp]\nhost = "127.0.0.1"\nsender = "a@b.example"\nbounces = "bounce@b.example"\n'
    plain, strange = secret_files(
        configured(tmp_path, relay + 'senders = {north = "n@b.example"}\n[server]\npublic_url = "http://a.example"\n')
    )
    assert (plain.standing, strange.standing) == ("wrong", "wrong")
    assert "https://" in plain.what
    assert "north" in strange.what
    assert not list(secret_files(configured(tmp_path, relay + '[server]\npublic_url = "https://a.example"\n')))


def test_the_disk_is_measured_and_nothing_is_left_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room, and how long it takes to confirm; one that confirms faster than a disk can is worth a note."""
    assert len(list(disk(tmp_path))) == 2
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(looking, "_VERY_LITTLE", 1 << 62)
    monkeypatch.setattr(looking, "_TOO_FAST_SECONDS", 1e6)
    room, confirms = disk(tmp_path)
    assert (room.standing, confirms.standing) == ("wrong", "note")
    assert "after a power cut" in confirms.what


def test_data_grow_old() -> None:
    """Ten years on, zone data, numbering data and rules are all named, each with what to do."""
    found = list(ages(int(parse_instant("2036-11-22T12:00:00Z"))))
    assert standings(found) == ["note", "note", "note"]
    assert all(words in one.what for words, one in zip(("tzdata", "phonenumbers", "regimes stale"), found, strict=True))


def test_a_store_without_a_backup_is_told_of(tmp_path: Path) -> None:
    """Until there is one; a week later again."""
    env = {"CONTACTGUARD_DB": f"sqlite:///{tmp_path}/store.db"}
    here("keys", "create", "--name", "crm", "--scope", "agent", env=env)
    settings = load(environ=env)
    assert "no backup was made" in "".join(one.what for one in in_store(settings, 0))
    assert here("backup", "copy", env=env, cwd=tmp_path).status == 0
    made = (tmp_path / "copy").stat().st_mtime
    assert "ok" in [one.standing for one in in_store(settings, int(made)) if "last backup" in one.what]
    (late,) = (one for one in in_store(settings, int(made) + 9 * DAY) if "last backup" in one.what)
    assert (late.standing, "9 days old" in late.what or "8 days old" in late.what) == ("note", True)
