"""A file in slices: read by a process of its own, in order, and never in silence when that process is gone."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import msgspec
import pytest

from contactguard.cli.slices import Ended, Slice, by_column, slices
from contactguard.intake.readers import Reading, Source, open_source

ROWS = 2000


def large(folder: Path) -> Source:
    """A file large enough for a process of its own."""
    file = folder / "large.csv"
    file.write_text("ref,phone,comment\n" + "".join(f"C-{n},{2_122_000_000 + n},{'x' * 600}\n" for n in range(ROWS)))
    return open_source(file, Reading(region="US"))


def test_rows_keep_their_order_and_their_bodies(tmp_path: Path) -> None:
    """500 cases a slice; each body is complete with its evidence; what was read is told."""
    source = large(tmp_path)
    with slices(source) as parts:
        found: list[Slice] = list(parts)
    assert [item.ref for part in found for item in part.items] == [f"C-{n}" for n in range(ROWS)]
    assert [len(part.items) for part in found] == [500, 500, 500, 500, 0]
    assert found[-1].at == source.text.size
    body = msgspec.json.decode(found[0].bodies[0])
    assert body["persons"][0]["evidence"][0]["zones"] == ["America/New_York"]


def test_a_process_that_is_gone_is_told(tmp_path: Path) -> None:
    """Killed by whoever: what it had read may be used, and nobody takes that for the whole file."""
    with slices(large(tmp_path)) as parts:
        next(parts)
        for reader in multiprocessing.active_children():
            reader.kill()
            reader.join()
        with pytest.raises(Ended, match="run the import again"):
            list(parts)


def test_a_reading_broken_off_leaves_no_process(tmp_path: Path) -> None:
    """Whoever stops early need not read on."""
    with slices(large(tmp_path)) as parts:
        next(parts)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("persons[0].points[1].address: not a phone number", "address: not a phone number"),
        ("persons[0].evidence[0].subdivision: US has no such state", "state: US has no such state"),
        ("case.product: not a product", "product: not a product"),
        ("phone: not a phone number", "phone: not a phone number"),
    ],
)
def test_a_refusal_names_the_column(said: str, shown: str) -> None:
    """Not the field that was made of it."""
    assert by_column(said) == shown
