"""A copy of a store, and a store of the copy: on each engine, and from each to the other."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactguard.clock import SimulatedClock
from contactguard.errors import BadInput
from contactguard.records.backup import MAGIC, Copied, Reading, back_up_postgres, back_up_sqlite
from contactguard.records.restoring import bringing_back
from contactguard.records.store import Store, is_postgres, sqlite_path

from .conftest import NOON, Opener, Plain, _database, count, make_key, other_connection


async def back_up(url: str, out: Path) -> Copied:
    """A copy of the store there."""
    if is_postgres(url):
        return await back_up_postgres(url, out, NOON, out.parent / "master.key")
    path = sqlite_path(url)
    beside, given = path.with_name(path.name + ".key"), out.parent / "master.key"
    return await asyncio.to_thread(back_up_sqlite, path, out, NOON, beside if beside.exists() else given)


async def filled(store: Store) -> None:
    """Some of everything a store holds."""
    for place in range(1_200):
        await store.submit(count(f"person:P-{place % 40}", stream=f"case:C-{place % 30}", id=f"use-{place}"))
    await store.keep_rulebook("sha256:00", b"packed")
    await store.keys.create("crm", ["agent"])


@pytest.fixture(params=["into sqlite", "into postgresql"])
async def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Where nothing is yet."""
    if request.param == "into sqlite":
        (tmp_path / "other").mkdir()
        yield f"sqlite:///{tmp_path}/other/store.db"
        return
    async for made in _database():
        yield made


async def test_a_store_is_brought_back_whole_on_either_engine(
    opened: Opener, url: str, elsewhere: str, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Every document, entry, used key and API key; its record verifies; and it goes on from there."""
    store = await opened()
    await filled(store)
    _, token = await store.keys.create("dialler", ["dialler"])
    copied = await back_up(url, tmp_path / "copy")
    reading = Reading(tmp_path / "copy")
    assert (reading.head.made_at, reading.digest) == (NOON, copied.digest)
    key_file = tmp_path / "master.key"
    async with bringing_back(reading, elsewhere, docs=Plain(), clock=clock, master_key=key_file) as back:
        assert await back.doc("person:P-1") == 30
    again = await Store.open(elsewhere, docs=Plain(), clock=clock, master_key=key_file)
    try:
        found, expected = await again.verify(), await store.verify()
        assert found == expected
        assert await again.docs([f"person:P-{n}" for n in range(40)]) == await store.docs(
            [f"person:P-{n}" for n in range(40)]
        )
        assert await again.rulebook("sha256:00") == b"packed"
        assert again.address_key("+12125550123") == store.address_key("+12125550123")
        assert (await again.keys.find(token)) is not None
        assert await again.submit(count("person:P-1", stream="case:C-1", id="use-1")) == b"1"
        assert await again.submit(count("person:P-1", stream="case:C-1")) == b"31"
        copied_again = await back_up(elsewhere, tmp_path / "copy of the copy")
        assert copied_again.rows.keys() == copied.rows.keys()
    finally:
        await again.close()


async def test_a_copy_is_of_one_instant_while_others_write(opened: Opener, url: str, tmp_path: Path) -> None:
    """Written to all the while, the copy's chains are whole and agree with its documents; nobody waits for it."""
    store = await opened()
    await filled(store)
    done = asyncio.Event()

    async def write() -> int:
        written = 0
        while not done.is_set():
            await store.submit(count(f"person:P-{written % 40}", stream=f"case:C-{written % 30}"))
            written += 1
        return written

    writing = asyncio.create_task(write())
    await back_up(url, tmp_path / "copy")
    done.set()
    assert await writing > 0
    other = f"sqlite:///{tmp_path}/other.db"
    back = bringing_back(
        Reading(tmp_path / "copy"), other, docs=Plain(), clock=store.clock, master_key=tmp_path / "master.key"
    )
    async with back as restored:
        report = await restored.verify()
        assert report.holds
        counts = [await restored.doc(f"person:P-{n}") for n in range(40)]
        assert sum(counts) == report.entries - 1


async def test_a_store_that_is_being_brought_back_can_be_opened_by_nobody(
    opened: Opener, url: str, elsewhere: str, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Not before it was shut; and if that fails, nothing is left that could be taken for a store."""
    await filled(await opened())
    await back_up(url, tmp_path / "copy")
    key_file = tmp_path / "master.key"
    into: dict[str, Any] = {"docs": Plain(), "clock": clock, "master_key": key_file}

    async def broken_off() -> None:
        async with bringing_back(Reading(tmp_path / "copy"), elsewhere, **into):
            if is_postgres(elsewhere):
                with pytest.raises(BadInput, match="being restored"):
                    await Store.open(elsewhere, **into)
            else:
                assert not sqlite_path(elsewhere).exists()
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        await broken_off()
    if is_postgres(elsewhere):
        with pytest.raises(BadInput, match="broken off; drop the database"):
            await Store.open(elsewhere, **into)
    else:
        assert [path.name for path in (tmp_path / "other").iterdir()] == ["store.db.lock"]


async def test_a_place_that_is_taken_is_left_as_it_is(
    opened: Opener, url: str, tmp_path: Path, clock: SimulatedClock
) -> None:
    """A backup never goes over a store, whether somebody serves it or not."""
    store = await opened()
    await filled(store)
    await back_up(url, tmp_path / "copy")
    into: dict[str, Any] = {"docs": Plain(), "clock": clock, "master_key": tmp_path / "master.key"}
    for _ in range(2):
        with pytest.raises(BadInput):
            async with bringing_back(Reading(tmp_path / "copy"), url, **into):
                pass
        await store.close()
    assert await (await opened()).doc("person:P-1") == 30


async def test_another_master_key_does_not_open_a_backup(
    opened: Opener, url: str, elsewhere: str, tmp_path: Path, clock: SimulatedClock
) -> None:
    """It is refused before anything is made, and the message says which key is wanted."""
    await filled(await opened())
    await back_up(url, tmp_path / "copy")
    wrong = make_key(tmp_path / "wrong.key")
    back = bringing_back(Reading(tmp_path / "copy"), elsewhere, docs=Plain(), clock=clock, master_key=wrong)
    with pytest.raises(BadInput, match="does not belong to this store"):
        async with back:
            pass
    if is_postgres(elsewhere):
        async with other_connection(elsewhere) as other:
            assert await other.fetchval("SELECT to_regclass('subjects')") is None


async def test_a_backup_that_was_changed_is_refused_though_its_digest_was_made_anew(
    opened: Opener, url: str, elsewhere: str, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Whoever has the file and not the master key can take nothing out of it: no restriction, no entry."""
    await filled(await opened())
    copy = tmp_path / "copy"
    await back_up(url, copy)
    reading, frames = Reading(copy), MAGIC
    counts = dict.fromkeys(reading.head.tables, 0)
    told: list[Any] = [reading.head]
    for table, rows in reading.rows():
        kept = [row for row in rows if row[0] != "person:P-1"]
        counts[table] += len(kept)
        told.append((table, kept))
    for frame in (*told, (None, counts)):
        body = msgspec.msgpack.encode(frame)
        frames += len(body).to_bytes(4, "big") + body
    frames += copy.read_bytes()[-64:-32]
    copy.write_bytes(frames + hashlib.sha256(frames).digest())
    back = bringing_back(Reading(copy), elsewhere, docs=Plain(), clock=clock, master_key=tmp_path / "master.key")
    with pytest.raises(BadInput, match="was changed since it was made"):
        async with back:
            pass


async def test_a_backup_holds_no_master_key_and_no_words(opened: Opener, url: str, tmp_path: Path) -> None:
    """What people said and the keys that open it are in it as they are stored: sealed."""
    store = await opened()
    await store.submit(count())
    await back_up(url, tmp_path / "copy")
    raw = (tmp_path / "copy").read_bytes()
    assert b"body 1" not in raw
    assert (tmp_path / "master.key").read_bytes().strip() not in raw
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


async def test_a_backup_is_never_written_over_another(opened: Opener, url: str, tmp_path: Path) -> None:
    """And one that was broken off leaves no file of that name."""
    await opened()
    await back_up(url, tmp_path / "copy")
    with pytest.raises(BadInput, match="is there already"):
        await back_up(url, tmp_path / "copy")
    assert not (tmp_path / "copy.part").exists()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small backup."""
    folder = tmp_path_factory.mktemp("sound")

    async def make() -> None:
        store = await Store.open(f"{folder}/store.db", docs=Plain(), clock=SimulatedClock(NOON, runs=False))
        await store.submit(count())
        await store.close()
        back_up_sqlite(folder / "store.db", folder / "copy", NOON, folder / "store.db.key")

    asyncio.run(make())
    return folder / "copy"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=0), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_backup_is_noticed_wherever_it_is(
    sound: Path, tmp_path: Path, place: int, bit: int, cut: bool
) -> None:
    """One bit turned or the end cut off at any place: `BadInput` before anything is read from it."""
    raw = bytearray(sound.read_bytes())
    place %= len(raw)
    raw[place] ^= 1 << bit
    hurt = tmp_path / "hurt"
    hurt.write_bytes(sound.read_bytes()[:place] if cut else raw)
    with pytest.raises(BadInput, match=r"is damaged|is not a backup"):
        Reading(hurt)


def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path) -> None:
    """A database file, or an empty one."""
    for content in (b"", b"SQLite format 3\0" * 100):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(BadInput, match="is not a backup"):
            Reading(tmp_path / "file")


async def test_an_erasure_does_not_wait_for_a_long_read(tmp_path: Path) -> None:
    """While a copy is read the log cannot be emptied; nobody waits for that, and it is done when the read is over."""
    store = await Store.open(f"{tmp_path}/store.db", docs=Plain(), clock=SimulatedClock(NOON, runs=False))
    log = tmp_path / "store.db-wal"
    await store.submit(count())
    reader = sqlite3.connect(f"file:{tmp_path}/store.db?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchall()
    await store.erase("P-1", "asked for")
    await store.submit(count("person:P-2"))
    assert log.stat().st_size > 0
    reader.close()
    await store.submit(count("person:P-2"))
    assert log.stat().st_size == 0
    await store.close()
