"""The checker finds whatever was done to the record behind the writer's back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.records.seal import STORE, DataKey, MasterKeys, Seals
from contactguard.records.store import Store
from contactguard.records.streams import GENESIS, append
from contactguard.records.verify import _Chains
from contactguard.records.work import NewEntry

from .conftest import count, execute, other_connection

_GUARD = {
    "sqlite": ["DROP TRIGGER entries_no_update", "DROP TRIGGER entries_no_delete"],
    "postgresql": ["ALTER TABLE entries DISABLE TRIGGER USER"],
}
OLDER = r"'\x0000'::bytea || substr(sealed, 3)"
TAMPERING = {
    "an instant changed": ("UPDATE entries SET at = at + 1 WHERE height = 2", "hash"),
    "a kind changed": ("UPDATE entries SET kind = 'other' WHERE height = 2", "hash"),
    "a content replaced": (
        "UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE height = 1) WHERE height = 2",
        "not what was sealed",
    ),
    "a content cut off": ("UPDATE entries SET sealed = substr(sealed, 1, 5) WHERE height = 2", "not what was sealed"),
    "a key replaced": ("UPDATE subjects SET wrapped = tip WHERE key = 'person:P-1'", "not what was sealed"),
    "an entry taken out": ("DELETE FROM entries WHERE height = 2", "height 2 is missing"),
    "the last entry taken out": ("DELETE FROM entries WHERE height = 3", "does not end"),
    "a whole stream taken out": ("DELETE FROM entries", "does not end"),
    "a subject's tip changed": ("UPDATE subjects SET height = 2 WHERE key = 'case:C-1'", "does not end"),
    "a key taken away": ("UPDATE subjects SET wrapped = NULL WHERE key = 'person:P-1'", "without an erasure"),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_is_found(store: Store, url: str, how: str) -> None:
    """Whatever is changed, added or taken out of a stream, the report names the stream and what is wrong."""
    for _ in range(3):
        await store.submit(count())
    assert (await store.verify()).holds
    statement, why = TAMPERING[how]
    await _past_the_guard(url, statement)
    report = await store.verify()
    assert not report.holds
    assert any(why in fault.why for fault in report.faults)
    assert {fault.stream for fault in report.faults} == {"case:C-1"}


async def test_an_erasure_is_one_only_if_the_record_says_so(store: Store, url: str) -> None:
    """A key taken away in the name of an erasure that nobody recorded is found."""
    await store.submit(count())
    await execute(url, "UPDATE subjects SET wrapped = NULL, doc = NULL, generation = 1 WHERE key = 'person:P-1'")
    report = await store.verify()
    assert [(fault.stream, fault.why) for fault in report.faults] == [
        ("person:P-1", "its key was not erased as often as the stream says")
    ]


async def test_no_entry_passes_for_erased_that_was_not(store: Store, url: str) -> None:
    """After a true erasure, what came later is still checked: it cannot be passed off as sealed before."""
    await store.erase("P-1", "asked for it")
    await store.submit(count())
    assert (await store.verify()).holds
    older = "CAST(x'0000' || substr(sealed, 3) AS blob)" if url.startswith("sqlite") else OLDER
    await _past_the_guard(url, f"UPDATE entries SET sealed = {older} WHERE stream = 'case:C-1'")
    report = await store.verify()
    assert [fault.stream for fault in report.faults] == ["case:C-1"]


async def test_an_empty_record_holds(store: Store) -> None:
    """Nothing recorded is nothing wrong."""
    report = await store.verify()
    assert (report.holds, report.entries, report.streams) == (True, 0, 0)


async def test_more_than_one_page_is_walked(store: Store) -> None:
    """A record larger than what is read at once is verified whole."""
    import asyncio

    await asyncio.gather(*(store.submit(count(stream=f"case:C-{n % 11}")) for n in range(1_200)))
    report = await store.verify()
    assert (report.holds, report.entries, report.streams) == (True, 1_200, 11)


@given(
    names=st.tuples(st.text(max_size=20), st.text(max_size=20), st.none() | st.text(max_size=20)),
    bodies=st.lists(st.binary(max_size=50), max_size=4),
    at=st.integers(-(2**40), 2**40),
)
def test_writer_and_checker_agree_on_any_header(
    names: tuple[str, str, str | None], bodies: list[bytes], at: int
) -> None:
    """The two write the header independently, byte for byte alike, whatever is in the names."""
    stream, kind, decision = names
    key = DataKey(bytes(32), 0, b"")
    seals = Seals(MasterKeys(Path("none")))
    seals._keys[STORE] = key
    chains, tip = _Chains(seals), GENESIS
    for height, body in enumerate(bodies, 1):
        entry = NewEntry(stream=stream, kind=kind, body=body, decision=decision, at=at)
        row = append(entry, b"answer", height, tip, 7, key)
        chains.walk((*row, None, None))
        tip = row[8]
    assert chains.faults == []
    assert chains.opened == len(bodies)


async def _past_the_guard(url: str, statement: str) -> None:
    engine, _, path = url.partition(":///")
    if engine == "postgresql":
        async with other_connection(url) as other:
            for each in (*_GUARD[engine], statement):
                await other.execute(each)
        return
    with closing(sqlite3.connect(path)) as connection, connection:
        for each in (*_GUARD[engine], statement):
            connection.execute(each)
