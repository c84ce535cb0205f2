"""What an installation says until it was told what others know: who must not be called, and who was called already."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from a_file import Desk
from a_road import Office
from contactguard.errors import BadInput


async def test_every_kind_is_missed_until_it_is_loaded_or_declined(office: Office) -> None:
    """Loading a list of restrictions, or somebody's word that there is nothing to load, each ends one sentence; so it
    is for every process on the store.
    """
    desk = Desk(office)
    assert [one.split(" was")[0].split(" of")[0] for one in await desk.call("imports.day_one")] == [
        "No list",
        "No past contacts",
    ]
    await _finish(desk, "restrictions", rows=10, refused=1)
    (left,) = await desk.call("imports.day_one")
    assert "past contacts" in left
    assert await desk.call("imports.decline", what="contacts", by="Ana", why="nobody was ever called") == []
    assert office.road.day_one() == ()


@pytest.mark.parametrize(("kind", "rows", "refused"), [("restrictions", 5, 5), ("contacts", 0, 0), ("cases", 9, 0)])
async def test_a_file_of_which_nothing_was_taken_in_tells_nothing(
    office: Office, kind: str, rows: int, refused: int
) -> None:
    """All rows refused, none there, or rows of another kind: still missing."""
    desk = Desk(office)
    await _finish(desk, kind, rows=rows, refused=refused)
    assert len(await desk.call("imports.day_one")) == 2


async def test_whoever_declines_gives_a_name_and_a_reason_that_stay_in_the_record(office: Office) -> None:
    """It is an entry; without either it is refused."""
    for by, why in (("", "no"), ("Ana", " ")):
        with pytest.raises(BadInput):
            await office.road.imports.decline("contacts", by, why)
    await office.road.imports.decline("contacts", "Ana", "new agency")
    (entry,) = await office.store.entries("system:imports")
    assert entry.kind == "import_declined"
    assert msgspec.json.decode(entry.body or b"") == {"what": "contacts", "by": "Ana", "why": "new agency"}


async def test_every_whole_file_is_in_the_record(office: Office) -> None:
    """What it was, how many rows, how many refused, and by whom."""
    await _finish(Desk(office), "restrictions", rows=10, refused=1)
    (entry,) = await office.store.entries("system:imports")
    assert msgspec.json.decode(entry.body or b"") == {
        "kind": "restrictions", "rows": 10, "refused": 1, "by": "Ana", "file": "dnc.csv", "list": "dnc",
    }  # fmt: skip


async def _finish(desk: Desk, kind: str, **counts: int) -> Any:
    return await desk.call("imports.finish", kind=kind, by="Ana", file="dnc.csv", list="dnc", **counts)
