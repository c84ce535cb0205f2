"""What was put in force by hand outlives changed settings and new releases of the shipped files."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from a_road import Offices
from a_shelf import ANN, CAP, LAW, Service, digest_of, ruled, serving
from contactguard.rules import load

NEWER = LAW.replace('"08:00", "21:00"', '"09:00", "20:00"')
LIMIT = CAP.replace("DATES", "7").replace("LIMIT", "5")
READING = """
[[reading]]
of = "test-law.hours"
of_version = "000000000000"
kind = "window"
author = "Jane Roe"
citation = "Roe v. Doe"
why = "The court read the evening narrowly."
read_on = 2026-11-21
since = [{ from = 2026-01-01, open = { all = [["10:00", "12:00"]] } }]
"""


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the shipped files."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "law.toml").write_text(LAW)
    monkeypatch.setattr(load, "files", lambda package: shipped)
    return shipped


def own(folder: Path, **files: str) -> Path:
    """A folder of the operator's with these files and no others."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.toml"):
        old.unlink()
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


async def started(before: Service, body: bytes, **settings: object) -> Service:
    """Another start, with these rules and settings, two seconds later."""
    before.clock.advance(2)
    again = Service(before.store, msgspec.structs.replace(ruled(), **settings), before.clock)
    await again.begin(body)
    before.clock.advance(2)
    return again


async def test_activated_files_outlive_a_release_and_changed_settings(
    offices: Offices, tmp_path: Path, release: Path
) -> None:
    """The overlay and the reading hold over the new law, start after start; the record names what was carried over."""
    service = await serving(offices, load.pack())
    more = own(tmp_path / "more", cap=LIMIT, counsel=READING)
    await service.activate(load.pack([more]))
    (release / "law.toml").write_text(NEWER)
    again = await started(service, load.pack())
    assert await again.asked() == digest_of(load.pack([more])) != digest_of(load.pack())
    names = [f"{more}/cap.toml", f"{more}/counsel.toml"]
    said = [body for kind, body in await again.entries() if kind == "rulebook_activated"][-1]
    assert (said["act"], said["carried"]) == ("settings", names)
    standing = await again.acts.standing()
    assert standing.in_force is not None
    assert (standing.in_force.carried, standing.fault, again.acts.fault) == (tuple(names), None, None)
    third = await started(again, load.pack(), assume=())
    assert await third.asked() == digest_of(load.pack([more]))


async def test_files_that_the_settings_dropped_are_not_carried_over(
    offices: Offices, tmp_path: Path, release: Path
) -> None:
    """What came from the settings' folders goes and changes with them."""
    ours, more = own(tmp_path / "ours", cap=LIMIT), own(tmp_path / "more", counsel=READING)
    service = await serving(offices, load.pack([ours]))
    await service.activate(load.pack([ours, more]))
    stricter = own(ours, cap=LIMIT.replace("limit = 5", "limit = 1"))
    again = await started(service, load.pack([stricter]))
    assert await again.asked() == digest_of(load.pack([stricter, more]))
    last = await started(again, load.pack())
    assert await last.asked() == digest_of(load.pack([more]))


async def test_a_file_that_the_settings_name_by_now_stands_once(
    offices: Offices, tmp_path: Path, release: Path
) -> None:
    """By its text, wherever it lies."""
    service = await serving(offices, load.pack())
    await service.activate(load.pack([own(tmp_path / "more", cap=LIMIT)]))
    body = load.pack([own(tmp_path / "ours", cap=LIMIT)])
    again = await started(service, body)
    assert (await again.asked(), again.acts.fault) == (digest_of(body), None)
    assert not any("carried" in said for _, said in await again.entries())


async def test_a_change_that_waits_for_approval_makes_no_file_of_the_settings_an_activated_one(
    offices: Offices, tmp_path: Path, release: Path
) -> None:
    """The newest proposal takes the settings' files as they are."""
    ours = own(tmp_path / "ours", cap=LIMIT)
    service = await serving(offices, load.pack([ours]), ruled(four_eyes=True))
    own(ours, cap=LIMIT.replace("limit = 5", "limit = 1"))
    rules = ruled(four_eyes=True).rules
    again = await started(service, load.pack([ours]), rules=rules)
    (release / "law.toml").write_text(NEWER)
    last = await started(again, load.pack([ours]), rules=rules)
    assert last.acts.fault is None
    assert last.shelf.board.proposals[-1].digest == digest_of(load.pack([ours]))


async def test_what_does_not_go_together_leaves_in_force_what_is(
    offices: Offices, tmp_path: Path, release: Path
) -> None:
    """And says so for every process, until a start succeeds; then the fault is gone."""
    service = await serving(offices, load.pack())
    digest, _ = await service.activate(load.pack([own(tmp_path / "more", counsel=READING)]))
    (release / "law.toml").write_text(LAW.replace('"hours"', '"times"'))
    again = await started(service, load.pack())
    assert await again.asked() == digest
    assert "counsel.toml" in (again.acts.fault or "")
    other = Service(service.store, ruled(), service.clock)
    assert "counsel.toml" in ((await other.acts.standing()).fault or "")
    assert (await service.kinds())[-1] == "settings_refused"
    (release / "law.toml").write_text(NEWER)
    last = await started(again, load.pack())
    assert await last.asked() == digest_of(load.pack([tmp_path / "more"]))
    assert (await last.acts.standing()).fault is None


async def test_going_back_ends_what_was_activated(offices: Offices, tmp_path: Path, release: Path) -> None:
    """The next change of settings carries nothing over then."""
    service = await serving(offices, load.pack())
    await service.activate(load.pack([own(tmp_path / "more", cap=LIMIT)]))
    service.clock.advance(2)
    await service.acts.back(ANN)
    (release / "law.toml").write_text(NEWER)
    again = await started(service, load.pack())
    assert await again.asked() == digest_of(load.pack())
