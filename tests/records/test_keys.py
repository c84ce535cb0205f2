"""API keys: made once, known by a hash, ended at once."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from contactguard.errors import NotFound
from contactguard.records.keys import KeyRing
from contactguard.records.store import Store
from contactguard.records.work import View

from .conftest import NOON, Opener


async def test_a_key_is_known_by_its_token_alone(store: Store) -> None:
    """The token finds the key with its name, scopes and agent; nothing else does."""
    key, token = await store.keys.create("desk", ["agent", "dialler"], agent="kim")
    assert store.keys.verify(token) == key
    assert (key.name, key.scopes, key.agent, key.created) == ("desk", {"agent", "dialler"}, "kim", NOON)
    for wrong in ("", token[:-1], token + "x", key.id, "cg_" + "A" * 43, "naïve"):
        assert store.keys.verify(wrong) is None


async def test_a_revoked_key_ends_at_once(store: Store) -> None:
    """It stays in the list, with the time it ended."""
    key, token = await store.keys.create("desk", ["agent"])
    await store.keys.revoke(key.id)
    assert store.keys.verify(token) is None
    assert [(kept.id, kept.revoked) for kept in await store.keys.list()] == [(key.id, NOON)]
    with pytest.raises(NotFound):
        await store.keys.revoke("no such id")


async def test_making_and_ending_a_key_are_in_the_record(store: Store) -> None:
    """Both are entries, which name the key and whoever asked, not its token or hash."""
    key, token = await store.keys.create("desk", ["agent"], by="root")
    await store.keys.revoke(key.id, by="admin")
    entries = await store.entries("system:keys", newest_first=False)
    assert [entry.kind for entry in entries] == ["key_created", "key_revoked"]
    said = [msgspec.json.decode(entry.body or b"") for entry in entries]
    assert [(each["id"], each["name"], each["by"]) for each in said] == [
        (key.id, "desk", "root"),
        (key.id, "desk", "admin"),
    ]
    assert all("hash" not in each for each in said)
    assert token.encode() not in b"".join(entry.body or b"" for entry in entries)


async def test_keys_are_there_after_reopening(opened: Opener) -> None:
    """A key made before is known from the first request."""
    store = await opened()
    key, token = await store.keys.create("desk", ["agent"])
    await store.close()
    assert (await opened()).keys.verify(token) == key


async def test_another_process_learns_of_keys(store: Store) -> None:
    """A key made elsewhere is known at once, one ended there within five seconds; few requests ask."""
    seconds = [100.0]
    other = KeyRing(store.engine.own_keys["pepper"], store.submit, store.look, lambda: seconds[0])
    await other.refresh()
    key, token = await store.keys.create("desk", ["agent"])
    assert await other.find(token) == key
    await store.keys.revoke(key.id)
    assert await other.find(token) == key
    seconds[0] += 5.1
    assert await other.find(token) is None


async def test_an_older_reading_never_brings_a_revoked_key_back(store: Store) -> None:
    """Two readings at once: the one begun before the revocation ends after it, and is not taken."""
    made, token = await store.keys.create("dialler", ["dialler"])
    look, seen, go = store.keys._look, asyncio.Event(), asyncio.Event()

    async def slow(keys: tuple[str, ...]) -> View:
        view = await look(keys)
        seen.set()
        await go.wait()
        return view

    store.keys._look = slow
    reading = asyncio.create_task(store.keys.refresh())
    await seen.wait()
    store.keys._look = look
    revoking = asyncio.create_task(store.keys.revoke(made.id))
    go.set()
    await asyncio.gather(reading, revoking)
    assert store.keys.verify(token) is None


async def test_unknown_tokens_share_a_reading(store: Store) -> None:
    """A flood of them does not become a flood of readings: all that come during one share the next."""
    before = store.keys._reads
    found = await asyncio.gather(*(store.keys.find(f"cg_{number}") for number in range(200)))
    assert set(found) == {None}
    assert store.keys._reads <= before + 2
