"""Rulebooks are kept whole for ever, and every batch knows which edition of them is the latest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from contactguard.clock import Clock
from contactguard.errors import Busy
from contactguard.records.rulebooks import SUBJECT
from contactguard.records.store import Store
from contactguard.records.work import Job, NewEntry, View, Writes

from .conftest import Opener, Plain, blocked, count, execute, held, make_key, submitted

Two = tuple[Store, Store]
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
async def two(postgres_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Two]:
    """Two processes' stores on one database."""
    key = make_key(tmp_path / "master.key")
    one, other = [await Store.open(postgres_url, docs=Plain(), clock=clock, master_key=key) for _ in range(2)]
    yield one, other
    await other.close()
    await one.close()


def changed(seen: list[int] | None = None) -> Job:
    """A job that changes which rulebook is in force."""

    def judge(view: View) -> Writes:
        if seen is not None:
            seen.append(view.edition)
        entry = NewEntry(stream=SUBJECT, kind="rulebook_activated", body=b"{}")
        return Writes(answer=view.edition, docs={SUBJECT: {}}, entries=[entry])

    return Job(lock=(SUBJECT,), judge=judge, alone=True)


def looked() -> Job:
    """A job that answers the edition it saw."""
    return Job(lock=("person:P-1",), judge=lambda view: Writes(answer=view.edition))


async def test_a_rulebook_is_kept_whole_under_its_digest(store: Store) -> None:
    """What was put in comes out again; one not there is not there."""
    await store.keep_rulebook(DIGEST, b"\0packed")
    assert await store.rulebook(DIGEST) == b"\0packed"
    assert await store.rulebook("sha256:none") is None


async def test_a_rulebook_kept_stays_as_it_is(store: Store) -> None:
    """The first one under a digest is the one."""
    await store.keep_rulebook(DIGEST, b"first")
    await store.keep_rulebook(DIGEST, b"second")
    assert await store.rulebook(DIGEST) == b"first"


@pytest.mark.parametrize("act", ["UPDATE rulebooks SET body = 'x'", "DELETE FROM rulebooks"])
async def test_no_statement_changes_a_rulebook(store: Store, url: str, act: str) -> None:
    """Not even one of somebody who holds the database's password."""
    await store.keep_rulebook(DIGEST, b"packed")
    with pytest.raises(Exception, match="never changed or deleted"):
        await execute(url, act)
    assert await store.rulebook(DIGEST) == b"packed"


async def test_every_batch_and_every_question_sees_the_edition(store: Store) -> None:
    """It grows with each change, also as read."""
    assert await store.submit(looked()) == 0
    assert await store.submit(changed()) == 0
    assert await store.submit(looked()) == 1
    assert await store.submit(changed()) == 1
    assert await store.edition() == 2
    assert (await store.look(("person:P-1",))).edition == 2


async def test_knowing_the_edition_takes_no_statement_of_its_own(store: Store) -> None:
    """On PostgreSQL an ask is five round trips, as without it; on SQLite the writer knows it."""
    await store.submit(count())
    said: list[str] = []
    engine: Any = store.engine
    if store.shared:
        (connection,) = [lane._connection for lane in engine.lanes if lane._connection is not None]
        connection.add_query_logger(lambda record: said.append(record.query))
    else:
        engine.connection.set_trace_callback(said.append)
    await store.submit(count())
    if store.shared:
        assert len(said) == 5
    else:
        assert not [text for text in said if "system:rulebook" in text]


async def test_the_edition_outlives_the_process(opened: Opener) -> None:
    """A store opened again knows it at once."""
    first = await opened()
    await first.submit(changed())
    await first.close()
    again = await opened()
    assert await again.submit(looked()) == 1


async def test_another_store_on_the_same_database_sees_the_edition(two: Two) -> None:
    """Without being told."""
    one, other = two
    await one.submit(changed())
    assert await other.submit(looked()) == 1


async def test_a_change_waits_for_those_who_are_being_judged(two: Two, postgres_url: str) -> None:
    """A batch that holds its clock and is not committed keeps the change waiting, in whatever process it is."""
    one, other = two
    await one.submit(count())
    async with held(one, postgres_url):
        (asked,) = await submitted(one, [count()])
        await blocked(postgres_url)
        with pytest.raises(Busy):
            await other.submit(changed())
    await asked
    assert await _in_the_end(other) == 0


async def test_whoever_comes_behind_a_waiting_change_is_judged_all_the_same(two: Two, postgres_url: str) -> None:
    """The change gives way, and tries again later."""
    one, other = two
    await one.submit(count())
    async with held(one, postgres_url):
        (asked,) = await submitted(one, [count()])
        await blocked(postgres_url)
        (changing,) = await submitted(other, [changed()])
        await blocked(postgres_url, 2)
        assert await other.submit(Job(lock=("person:P-9",), judge=lambda view: Writes(answer="judged"))) == "judged"
        with suppress(Busy):
            await changing
    await asked


async def _in_the_end(store: Store) -> int:
    while True:
        with suppress(Busy):
            answer: int = await store.submit(changed())
            return answer
        await asyncio.sleep(0)
