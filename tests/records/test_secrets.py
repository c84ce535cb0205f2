"""Secrets that are renewed while they are used: the pepper of API keys, the webhook's, the master key."""

from __future__ import annotations

import base64

import msgspec
import pytest

from contactguard.clock import SimulatedClock
from contactguard.errors import BadInput
from contactguard.records.keys import KeyRing
from contactguard.records.store import Store

from .conftest import NOON, Opener, count

DAY = 86_400


async def test_keys_outlive_the_pepper_if_they_are_used(store: Store, clock: SimulatedClock) -> None:
    """A key that is shown during the days of grace goes on for good; one that is not has ended after them."""
    used, token = await store.keys.create("crm", ["agent"])
    idle, other = await store.keys.create("old", ["agent"])
    assert await store.keys.rotate(30, by="root") == 2
    assert {key.id: key.ends for key in await store.keys.list()} == dict.fromkeys((used.id, idle.id), NOON + 30 * DAY)
    assert await store.keys.find(token) == used
    assert store.keys.verify(token) == used
    assert {key.id: key.ends for key in await store.keys.list()} == {used.id: None, idle.id: NOON + 30 * DAY}
    clock.advance(30 * DAY)
    await store.keys.refresh()
    assert (await store.keys.find(token), await store.keys.find(other)) == (used, None)


async def test_a_key_used_in_its_last_second_goes_on(store: Store, clock: SimulatedClock) -> None:
    """And a key made after the pepper was renewed has nothing to wait for."""
    key, token = await store.keys.create("crm", ["agent"])
    await store.keys.rotate(1, by="root")
    new, later = await store.keys.create("new", ["agent"])
    assert store.keys.verify(later) == new
    clock.advance(DAY - 1)
    assert await store.keys.find(token) == key
    clock.advance(10 * DAY)
    await store.keys.refresh()
    assert (store.keys.verify(token), store.keys.verify(later)) == (key, new)


async def test_without_grace_every_key_ends(store: Store) -> None:
    """For a store whose keys have leaked."""
    _, token = await store.keys.create("crm", ["agent"])
    assert await store.keys.rotate(0, by="root") == 0
    assert await store.keys.find(token) is None


async def test_a_revoked_key_stays_revoked_whatever_the_pepper(store: Store) -> None:
    """Renewing brings nothing back."""
    key, token = await store.keys.create("crm", ["agent"])
    await store.keys.revoke(key.id)
    assert await store.keys.rotate(30, by="root") == 0
    assert await store.keys.find(token) is None


async def test_another_process_follows_the_pepper(store: Store) -> None:
    """It takes keys made or hashed anew under a pepper that it had not read."""
    other = KeyRing(store.engine.own_keys["pepper"], store.submit, store.look)
    key, token = await store.keys.create("crm", ["agent"])
    assert await other.find(token) == key
    await store.keys.rotate(30, by="root")
    assert await store.keys.find(token) == key
    assert await other.find(token) == key
    new, later = await store.keys.create("new", ["agent"])
    assert await other.find(later) == new


async def test_the_pepper_is_still_there_after_reopening(opened: Opener) -> None:
    """It is kept in the store, sealed."""
    store = await opened()
    await store.keys.rotate(30, by="root")
    key, token = await store.keys.create("crm", ["agent"])
    await store.close()
    assert (await opened()).keys.verify(token) == key


async def test_two_webhook_secrets_are_good_at_once(store: Store, clock: SimulatedClock) -> None:
    """The new one first, the one before until its days are over; each is told once."""
    assert await store.webhook.good() == ()
    first = await store.webhook.rotate(7, by="root")
    second = await store.webhook.rotate(7, by="root")
    plain = [base64.b64decode(told.removeprefix("whsec_")) for told in (second, first)]
    assert all(len(secret) == 32 for secret in plain)
    assert list(await store.webhook.good()) == plain
    clock.advance(7 * DAY)
    assert list(await store.webhook.good()) == plain[:1]


async def test_renewing_is_in_the_record_and_the_secret_is_not(store: Store) -> None:
    """Who did it, and for how many days the one before is good."""
    await store.keys.rotate(30, by="ann")
    told = await store.webhook.rotate(7, by="ben")
    (pepper,) = await store.entries("system:peppers")
    (webhook,) = await store.entries("system:webhook")
    assert (pepper.kind, webhook.kind) == ("pepper_rotated", "webhook_secret_rotated")
    assert msgspec.json.decode(pepper.body or b"") == {"by": "ann", "edition": 1, "days": 30, "keys": 0}
    assert msgspec.json.decode(webhook.body or b"") == {"by": "ben", "edition": 1, "days": 7}
    assert told.encode() not in (webhook.body or b"")


async def test_the_days_of_grace_are_bounded(store: Store) -> None:
    """Neither fewer than none nor more than a year."""
    for days in (-1, 367):
        with pytest.raises(BadInput):
            await store.keys.rotate(days, by="root")


async def test_a_new_master_key_leaves_these_readable(opened: Opener) -> None:
    """They are sealed under the store's key, which is wrapped anew."""
    store = await opened()
    await store.submit(count())
    told = await store.webhook.rotate(7, by="root")
    await store.rotate()
    await store.close()
    again = await opened()
    assert [base64.b64encode(one).decode() for one in await again.webhook.good()] == [told.removeprefix("whsec_")]
