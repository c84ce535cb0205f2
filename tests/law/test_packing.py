"""A rulebook packed into bytes and read back: the same rules under the same name, whatever became of the files."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from contactguard.law.rulebook import RuleError
from contactguard.rules.load import House, load, pack, unpack

from .making import OPEN_ALL_DAY, ask, rule, scene, text

NOON = "2026-05-12T12:00:00-04:00"


def folder(tmp_path: Path, name: str = "own.toml") -> Path:
    """A folder with a law of the operator's own."""
    (tmp_path / name).write_text(text(rule("window", {"open": OPEN_ALL_DAY}), id="own"))
    return tmp_path


def altered(body: bytes, **fields: object) -> bytes:
    """The same packed rulebook with other fields."""
    return zlib.compress(json.dumps(json.loads(zlib.decompress(body)) | fields).encode())


def test_what_is_unpacked_has_the_digest_of_what_was_loaded(tmp_path: Path) -> None:
    """Shipped files, the operator's own and the house's numbers are all in it."""
    dirs, house = [folder(tmp_path)], House(live_calls_per_person=2, gap_minutes=30)
    found = unpack(pack(dirs, house=house))
    assert found.digest == load(dirs, house=house).digest
    assert set(found.regimes) == set(load(dirs).regimes)
    assert found.digest != unpack(pack(dirs)).digest


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """So that a store can tell that it has it already."""
    assert pack([folder(tmp_path)]) == pack([tmp_path])


def test_a_packed_book_decides_as_before_when_its_files_are_gone(tmp_path: Path) -> None:
    """The bytes need no disk."""
    body = pack([folder(tmp_path)], shipped=False)
    before = ask(load([tmp_path], shipped=False), scene(NOON))
    (tmp_path / "own.toml").unlink()
    assert ask(unpack(body), scene(NOON)) == before


def test_a_book_of_other_zone_data_is_read_by_todays_and_says_so() -> None:
    """Its digest is then another one, that of the files with today's zone data."""
    body = altered(pack(), tzdata="1999a")
    assert unpack(body).digest == load().digest
    assert unpack(body).tzdata == load().tzdata


def test_a_changed_word_gives_another_digest(tmp_path: Path) -> None:
    """A comment too: the text is what was read and signed."""
    before = unpack(pack([folder(tmp_path)])).digest
    (tmp_path / "own.toml").write_text((tmp_path / "own.toml").read_text() + "# read again\n")
    assert unpack(pack([tmp_path])).digest != before


@pytest.mark.parametrize("body", [b"", b"no zlib", zlib.compress(b"{}"), zlib.compress(b'{"files": 1}')])
def test_damaged_bytes_are_refused(body: bytes) -> None:
    """Nothing is decided by half a rulebook."""
    with pytest.raises(RuleError, match="packed rulebook: is damaged"):
        unpack(body)


def test_bytes_of_another_version_are_refused() -> None:
    """And so is what cannot be understood in full."""
    with pytest.raises(RuleError, match="made by another version"):
        unpack(altered(pack(), pack=99))


def test_a_packed_file_that_this_engine_cannot_read_is_named() -> None:
    """As when it is loaded from the disk."""
    with pytest.raises(RuleError, match=r"odd\.toml: not TOML"):
        unpack(altered(pack(), files=[["odd.toml", "= =", True]]))
