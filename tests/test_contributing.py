"""What CONTRIBUTING.md says of adding a place is what happens: the file on the page, copied, passes its own test."""

from __future__ import annotations

import tomllib
from pathlib import Path

from click.testing import CliRunner

from contactguard.cli.regimes import regimes
from contactguard.law.rulebook import parse
from contactguard.rules.examples import run
from contactguard.rules.mutate import AIM, mutate

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SHOWN = PAGE.split("```toml\n")[1].split("```")[0]
WHOLE = (ROOT / "docs" / "examples" / "places" / "credit_act.toml").read_text("utf-8")


def test_the_file_on_the_page_is_a_place_as_it_stands(tmp_path: Path) -> None:
    """Saved anywhere and named, its examples are decided, and the place has a law."""
    (tmp_path / "credit_act.toml").write_text(SHOWN, "utf-8")
    for command, said in (
        (["test", "zz"], "4 of 4 examples of 1 file are as they say"),
        (["show", "zz"], "Credit Act, section 12(1)"),
        (["list"], "ZZ: Credit Act"),
    ):
        found = CliRunner().invoke(regimes, [*command, "--rules", str(tmp_path)])
        assert said in found.output, found.output


def test_the_whole_law_says_what_the_page_shows_and_its_examples_notice_every_step() -> None:
    """The page shows a part of it, word for word."""
    shown, whole = tomllib.loads(SHOWN), tomllib.loads(WHOLE)
    assert shown["regime"] == whole["regime"]
    for kind in ("rule", "example"):
        assert all(one in whole[kind] for one in shown[kind])
    regime = parse(WHOLE, "credit_act.toml")
    assert [wrong for _, wrong in run(regime) if wrong] == []
    trial = mutate(regime)
    assert [str(change) for change in trial.missed] == []
    assert trial.share >= AIM
