"""What the doctor says of the operator's own rule files."""

from __future__ import annotations

from pathlib import Path

from a_command import Said, here

READING = """[[reading]]
of = "us-reg-f.hours"
kind = "window"
of_version = "000000000000"
author = "Jane Roe, Roe LLP"
citation = "Roe v. Doe, 1 Made-up 2"
why = "The court read the evening narrowly."
read_on = 2026-11-21
since = [{ from = 2027-01-01, open = { all = [["08:00", "20:00"]] } }]
"""
POLICY = """[regime]
id = "ours"
title = "Ours"
overlay = true
checked_on = 2026-11-21
[[rule]]
id = "never"
kind = "counter"
citation = "Our own policy"
status = "policy"
verification = "verified"
force = "prohibits"
code = "frequency_cap"
message = "Not for them"
scope = { collector_names = ["acme  recovery", "Beta"] }
since = [{ from = 2026-01-01, limit = 0 }]
"""


def looked(folder: Path, **files: str) -> Said:
    """The doctor's findings with these files among the rules, and one collector in the settings."""
    (folder / "rules").mkdir()
    for name, text in files.items():
        (folder / "rules" / f"{name}.toml").write_text(text)
    config = folder / "settings.toml"
    config.write_text('[rules]\ndirs = ["rules"]\n[[collector]]\nid = "a"\nname = "Acme Recovery"\ndefault = true\n')
    return here("doctor", "--config", str(config), "--db", f"sqlite:///{folder}/store.db", cwd=folder)


def test_a_rule_that_changed_since_counsel_read_it_is_noted(tmp_path: Path) -> None:
    """With the version to read now; nothing is wrong meanwhile, for the reading stays in force."""
    said = looked(tmp_path, counsel=READING)
    assert said.status == 0
    assert "says something else of us-reg-f.hours than when counsel read it" in said.out
    version = said.out.split("of_version to ")[1][:12]
    (tmp_path / "again").mkdir()
    assert "says something else" not in looked(tmp_path / "again", counsel=READING.replace("0" * 12, version)).out


def test_a_policy_for_a_collector_that_is_not_there_is_noted(tmp_path: Path) -> None:
    """A mistyped name would never bind anyone."""
    said = looked(tmp_path, ours=POLICY)
    assert "ours.never is for Beta, but no [[collector]] of the settings has this name" in said.out
    assert "acme" not in said.out


def test_a_rule_file_that_cannot_be_read_is_wrong(tmp_path: Path) -> None:
    """The doctor looks at the operator's files, not at the shipped ones alone."""
    said = looked(tmp_path, broken="= =")
    assert said.status == 1
    assert "wrong rules/broken.toml: not TOML" in said.out
