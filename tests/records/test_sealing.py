"""What is encrypted, under which key, and what is left when a key is gone."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from contactguard.errors import BadInput, Conflict
from contactguard.records.seal import DataKey, MasterKeys, Seals, Unreadable
from contactguard.records.store import Store
from contactguard.records.work import Job, Writes

from .conftest import Opener, Plain, a_permit, count, execute, make_key, other_connection


async def test_no_personal_data_is_readable_in_the_database(store: Store, url: str) -> None:
    """Documents, bodies, answers and permits are stored encrypted; an address is found by a keyed hash."""
    await store.submit(count(by=123_456_789))
    permit = a_permit("R-1", agent="Mary Major")
    await store.submit(Job(lock=("case:C-1",), judge=lambda view: Writes(answer=None, permits=[permit])))
    dump = await _everything(url)
    assert b"123456789" not in dump
    assert b"R-1" in dump
    assert b"Mary" not in dump
    assert b"case:C-1" in dump
    assert "+12125550123" not in store.address_key("+12125550123")
    assert store.address_key("+12125550123") != store.address_key("+12125550124")


async def test_a_permit_cannot_pass_for_another(store: Store, url: str) -> None:
    """The row of one permit, put in place of another's, is not taken for it."""
    permits = [a_permit("R-1", state="ended"), a_permit("R-2")]
    await store.submit(Job(lock=("case:C-1",), judge=lambda view: Writes(answer=None, permits=permits)))
    await execute(url, "UPDATE permits SET body = (SELECT body FROM permits WHERE id = 'R-2') WHERE id = 'R-1'")
    with pytest.raises(Unreadable):
        await store.permit("R-1")


async def test_erasing_a_person_leaves_the_chain_and_no_body(store: Store) -> None:
    """After an erasure the person's document and entries cannot be read, and every chain still verifies."""
    await store.submit(count("person:P-1"))
    await store.submit(count("person:P-2"))
    await store.erase("P-1", "asked for it")
    assert await store.docs(["person:P-1", "person:P-2"]) == {"person:P-1": None, "person:P-2": 1}
    assert [entry.body for entry in await store.entries("case:C-1")] == [b"body 1", None]
    (said,) = await store.entries("person:P-1")
    assert (said.kind, said.body) == ("person_erased", b'{"reason":"asked for it"}')
    report = await store.verify()
    assert report.holds
    assert (report.erased, report.opened) == (1, 2)


async def test_an_erased_person_may_come_back(store: Store) -> None:
    """What is learned of the same id later has a new key; the old entries stay unreadable."""
    await store.submit(count())
    await store.erase("P-1", "asked for it")
    assert await store.submit(count()) == b"1"
    assert [entry.body for entry in await store.entries("case:C-1")] == [b"body 1", None]
    assert (await store.verify()).holds


async def test_an_answer_kept_with_an_erased_person_is_not_given_again(store: Store) -> None:
    """An idempotency key whose answer was erased is a conflict, not a second contact."""
    await store.submit(count(id="K-1"))
    await store.erase("P-1", "asked for it")
    with pytest.raises(Conflict, match="erased"):
        await store.submit(count(id="K-1"))
    assert await store.doc("person:P-1") is None


async def test_rotation_wraps_every_key_anew(opened: Opener, tmp_path: Path) -> None:
    """After a rotation everything is readable, here and after opening again, and the file holds a new key."""
    store = await opened()
    for number in range(5):
        await store.submit(count(f"person:P-{number}"))
    before = (tmp_path / "master.key").read_text()
    assert await store.rotate() == 5 + 3
    after = (tmp_path / "master.key").read_text()
    assert after.split()[0] not in before
    assert await store.submit(count("person:P-1")) == b"2"
    await store.close()
    again = await opened()
    assert await again.doc("person:P-1") == 2
    assert (await again.verify()).opened == 6


async def test_two_rotations_leave_nothing_of_the_first_key(opened: Opener, tmp_path: Path) -> None:
    """With a second rotation the key before the first is gone from the file, whichever the engine."""
    store = await opened()
    await store.submit(count())
    first = (tmp_path / "master.key").read_text().strip()
    await store.rotate()
    await store.rotate()
    assert first not in (tmp_path / "master.key").read_text()
    assert await store.submit(count()) == b"2"


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It is made with mode 0600 and never over another; one that others can read is refused."""
    path = tmp_path / "new.key"
    MasterKeys.open(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_bytes()
    MasterKeys.open(path, create=True)
    assert path.read_bytes() == kept
    path.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        MasterKeys.open(path, create=False)


@pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ="])
def test_a_bad_key_file_is_named(tmp_path: Path, content: str) -> None:
    """A key file that cannot be right says so without showing what is in it."""
    path = tmp_path / "bad.key"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(BadInput) as refused:
        MasterKeys.open(path, create=False)
    assert not content or content not in str(refused.value)


def test_a_missing_key_file_is_not_replaced(tmp_path: Path) -> None:
    """Without its key a store is not opened under a new one."""
    with pytest.raises(BadInput, match=r"no key file .*none\.key"):
        MasterKeys.open(tmp_path / "none.key", create=False)


def test_a_store_opens_only_with_its_own_key(tmp_path: Path) -> None:
    """A data key wrapped under another master key is unreadable, not guessed at."""
    mine, other = (MasterKeys.open(tmp_path / name, create=True) for name in ("a.key", "b.key"))
    with pytest.raises(Unreadable):
        other.unwrap("person:P-1", mine.wrap("person:P-1", bytes(32)))
    with pytest.raises(Unreadable):
        mine.unwrap("person:P-2", mine.wrap("person:P-1", bytes(32)))


def test_sealed_bytes_open_only_where_they_belong() -> None:
    """A document moved to another subject, cut or changed does not open."""
    key = DataKey(bytes(32), 0, b"")
    sealed = key.seal(b"what was said", b"person:P-1")
    assert key.open(sealed, b"person:P-1") == b"what was said"
    for changed, bound in (
        (sealed, b"person:P-2"),
        (sealed[:-1], b"person:P-1"),
        (b"\0\1" + sealed[2:], b"person:P-1"),
    ):
        with pytest.raises(Unreadable):
            key.open(changed, bound)
    assert key.seal(b"what was said", b"person:P-1") != sealed


async def test_no_secret_shows(store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keys appear neither in a repr nor in an error or a log line."""
    make_key(tmp_path / "other.key")
    master = MasterKeys.open(tmp_path / "other.key", create=False)
    secret = (tmp_path / "other.key").read_text().strip()
    key, token = await store.keys.create("desk", ["agent"])
    shown = " ".join(map(repr, (master, Seals(master), DataKey(bytes(32), 0, b"x"), store, store.keys, key)))
    shown += caplog.text + repr(await store.health()) + repr(await store.entries("system:keys"))
    assert secret not in shown
    assert token not in shown
    assert token.removeprefix("cg_") not in shown


async def test_a_postgresql_store_needs_a_key_file(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite makes its key beside the file; PostgreSQL is told where it is, by setting or environment."""
    monkeypatch.delenv("CONTACTGUARD_MASTER_KEY_FILE", raising=False)
    if url.startswith("sqlite"):
        store = await Store.open(url, docs=Plain())
        await store.close()
        assert stat.S_IMODE((tmp_path / "store.db.key").stat().st_mode) == 0o600
        return
    with pytest.raises(BadInput, match="CONTACTGUARD_MASTER_KEY_FILE"):
        await Store.open(url, docs=Plain())
    make_key(tmp_path / "env.key")
    monkeypatch.setenv("CONTACTGUARD_MASTER_KEY_FILE", str(tmp_path / "env.key"))
    store = await Store.open(url, docs=Plain())
    assert await store.submit(count()) == b"1"
    await store.close()


async def _everything(url: str) -> bytes:
    """Every value in every table, as bytes."""
    tables = ("subjects", "entries", "permits", "idempotency", "marks", "store_keys")
    rows = []
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        rows = [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
        connection.close()
    else:
        async with other_connection(url) as other:
            rows = [row for table in tables for row in await other.fetch(f"SELECT * FROM {table}")]
    return b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
