"""The gallery of broken rule files: each says what is wrong, where, and in words for whoever wrote it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from contactguard.law.rulebook import RuleError
from contactguard.rules.load import load

GALLERY = sorted((Path(__file__).parents[1] / "bad_rules").glob("*.toml"))
TECHNICAL = re.compile(r"`|typing|Traceback|NoneType|Object|msgspec|\$\.")


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_with_the_message_it_expects(path: Path, tmp_path: Path) -> None:
    """The first line of each file is the message: file, rule, field, and why."""
    first = path.read_bytes().split(b"\n", 1)[0].decode()
    shutil.copy(path, tmp_path)
    with pytest.raises(RuleError) as caught:
        load([tmp_path])
    said = str(caught.value).removeprefix(f"{tmp_path}/")
    assert said == first.removeprefix("# expects: ")
    assert said.startswith(path.name)
    assert not TECHNICAL.search(said)


def test_the_gallery_is_large_and_no_two_pictures_show_the_same() -> None:
    """At least thirty files, each of another fault."""
    messages = [path.read_bytes().split(b"\n", 1)[0].split(b".toml: ")[1] for path in GALLERY]
    assert len(messages) >= 30
    assert len({*messages}) >= len(messages) - 8


def test_two_files_of_one_folder_may_not_have_one_id(tmp_path: Path) -> None:
    """The second is named, and the first that it repeats."""
    head = '[regime]\nid = "twice"\ntitle = "Twice"\nplaces = ["ZZ"]\nchecked_on = 2026-01-01\n'
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(head)
    with pytest.raises(RuleError, match=r"two\.toml: regime\.id: .*one\.toml has the same id"):
        load([tmp_path])


def test_three_laws_may_not_replace_each_other_in_a_ring(tmp_path: Path) -> None:
    """Otherwise none of them would be left."""
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        head = f'[regime]\nid = "{name}"\ntitle = "T"\nplaces = ["ZZ"]\nchecked_on = 2026-01-01\n'
        (tmp_path / f"{name}.toml").write_text(f'{head}replaces = ["{other}"]\n')
    with pytest.raises(RuleError, match=r"regime\.replaces: b replaces this one in its turn"):
        load([tmp_path])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A mistyped folder is no empty one."""
    with pytest.raises(RuleError, match="no such folder"):
        load([tmp_path / "nowhere"])


def test_the_shipped_files_load() -> None:
    """What is refused above is not refused in what is shipped."""
    assert {"us-fdcpa", "us-reg-f", "us-tcpa", "house"} <= set(load().regimes)
