"""What the one writer promises of a job: its locks, its view, its answer, and what becomes of the others."""

from __future__ import annotations

import asyncio

import pytest

from contactguard.errors import Conflict, NotFound, StoreDown
from contactguard.records.ids import new_id
from contactguard.records.store import Store
from contactguard.records.work import Idempotency, Job, NewEntry, View, Writes
from contactguard.records.writer_sqlite import SqliteEngine

from .conftest import NOON, Opener, a_permit, count, execute, held, submitted, told


async def test_a_batch_sees_its_own_earlier_writes(store: Store, url: str) -> None:
    """Jobs that were judged together count as if each had been committed before the next."""
    await store.submit(count())
    before = (await store.health()).commits
    async with held(store, url):
        tasks = await submitted(store, [count() for _ in range(50)])
    answers = await asyncio.gather(*tasks)
    assert sorted(map(int, answers)) == list(range(2, 52))
    assert (await store.health()).commits - before < 10


async def test_an_error_in_one_judge_is_that_jobs_answer_alone(store: Store, url: str) -> None:
    """A judge that raises denies its own job, leaves nothing behind, and its neighbours are answered."""

    def judge(view: View) -> Writes:
        raise NotFound("case")

    await store.submit(count())
    async with held(store, url):
        tasks = await submitted(store, [count(), Job(lock=("person:P-1",), judge=judge), count()])
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [bytes, NotFound, bytes]
    assert await store.doc("person:P-1") == 3


async def test_what_cannot_be_written_denies_that_job_alone(store: Store, url: str) -> None:
    """A row the database refuses (here a second decision of the same id) does not take its batch with it."""

    def decided(name: str) -> Job:
        entry = NewEntry(stream="case:C-1", kind="asked", body=b"", decision=name)
        return Job(lock=("person:P-1", "case:C-1"), judge=lambda view: Writes(answer=name, entries=[entry]))

    await store.submit(decided("D-1"))
    async with held(store, url):
        tasks = await submitted(store, [decided("D-2"), decided("D-1"), decided("D-3")])
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[0] == "D-2"
    assert isinstance(answers[1], Exception)
    assert answers[2] == "D-3"
    assert (await store.verify()).holds


async def test_what_writes_nothing_leaves_nothing(store: Store, url: str) -> None:
    """Subjects that were only locked, by a job that was refused or had nothing to say, are not there afterwards."""

    def refuse(view: View) -> Writes:
        raise NotFound("case")

    async with held(store, url, "case:C-1"):
        jobs = [told("case:unknown"), Job(lock=("case:C-1", "attempt:unknown"), judge=refuse), count()]
        tasks = await submitted(store, jobs)
    assert isinstance((await asyncio.gather(*tasks, return_exceptions=True))[1], NotFound)
    await store.submit(told("case:C-2"))
    assert await store.subjects("") == ["case:C-1", "person:P-1"]


async def test_a_subject_that_comes_and_goes_is_written_all_the_same(opened: Opener) -> None:
    """However many make a row and drop it again at the same moment, whoever writes to it is not lost."""
    stores = [await opened()]
    stores += [await opened()] if not isinstance(stores[0].engine, SqliteEngine) else []
    jobs = [job for n in range(40) for job in (told(f"person:P-{n}"), count(f"person:P-{n}", stream=f"case:C-{n}"))]
    await asyncio.gather(*(store.submit(job) for job in jobs for store in stores for _ in range(3)))
    expected = 3 * len(stores)
    assert set((await stores[0].docs([f"person:P-{n}" for n in range(40)])).values()) == {expected}
    assert (await stores[0].verify()).entries == 40 * expected


async def test_a_job_writes_only_what_it_locked(store: Store) -> None:
    """A document, an entry or an erasure outside the locks is refused, whatever the judge says."""
    for writes in (
        Writes(answer=1, docs={"person:P-2": 1}),
        Writes(answer=1, entries=[NewEntry(stream="case:C-2", kind="k", body=b"")]),
        Writes(answer=1, entries=[NewEntry(stream="person:P-1", kind="k", body=b"", person="P-2")]),
        Writes(answer=1, erase=["P-2"]),
    ):
        with pytest.raises(ValueError, match="locked"):
            await store.submit(Job(lock=("person:P-1",), judge=lambda view, writes=writes: writes))
    assert (await store.docs(["person:P-1", "person:P-2"])) == {"person:P-1": None, "person:P-2": None}


async def test_further_subjects_follow_from_the_locked_ones(store: Store, url: str) -> None:
    """`also` is asked again when an earlier job of the same batch changed what it follows from."""

    def tie(person: str) -> Job:
        def judge(view: View) -> Writes:
            return Writes(answer=None, docs={"case:C-1": [*(view.docs["case:C-1"] or []), person]})

        return Job(lock=("case:C-1",), judge=judge)

    def all_of(view: View) -> Writes:
        return Writes(answer=sorted(view.docs))

    for person in ("person:P-1", "person:P-2"):
        await store.submit(count(person))
    await store.submit(tie("person:P-1"))
    look = Job(lock=("case:C-1",), also=lambda docs: docs["case:C-1"], judge=all_of)
    async with held(store, url, "case:C-1"):
        tasks = await submitted(store, [look, tie("person:P-2"), look])
    answers = await asyncio.gather(*tasks)
    assert answers == [["case:C-1", "person:P-1"], None, ["case:C-1", "person:P-1", "person:P-2"]]


async def test_heights_are_gapless_in_every_stream(store: Store) -> None:
    """However many write at once, a stream's entries are numbered from one without a gap."""
    jobs = [count(f"person:P-{n % 7}", stream=f"case:C-{n % 3}") for n in range(200)]
    await asyncio.gather(*map(store.submit, jobs))
    for case in range(3):
        entries = await store.entries(f"case:C-{case}", newest_first=False, limit=1000)
        assert [entry.height for entry in entries] == list(range(1, len(entries) + 1))
    report = await store.verify()
    assert report.holds
    assert report.entries == report.opened == 200


async def test_an_idempotency_key_gives_the_same_answer_again(store: Store) -> None:
    """The second use of a key changes nothing and is answered with the first's bytes."""
    first = await store.submit(count(id="K-1"))
    assert await store.submit(count(id="K-1")) == first == b"1"
    assert await store.doc("person:P-1") == 1


async def test_the_second_waits_while_the_first_runs(store: Store, url: str) -> None:
    """Two at once under one key are one."""
    await store.submit(count())
    async with held(store, url):
        tasks = await submitted(store, [count(id="K-1"), count(id="K-1")])
    assert await asyncio.gather(*tasks) == [b"2", b"2"]
    assert await store.doc("person:P-1") == 2


async def test_a_key_with_another_body_is_refused(store: Store) -> None:
    """The same key for another request is a conflict, before and after the first was stored."""
    await store.submit(count(id="K-1"))
    other = count(id="K-1")
    other.idempotency = Idempotency("key-1", "/v1/permits", "K-1", b"another digest")
    with pytest.raises(Conflict) as refused:
        await store.submit(other)
    assert refused.value.unprocessable


async def test_a_key_belongs_to_its_owner_and_path(store: Store) -> None:
    """Another API key, or another path, may use the same idempotency key."""
    uses = [("key-1", "/a"), ("key-2", "/a"), ("key-1", "/b")]
    for owner, path in uses:
        job = count()
        job.idempotency = Idempotency(owner, path, "K-1", b"digest")
        await store.submit(job)
    assert await store.doc("person:P-1") == len(uses)


async def test_an_answer_that_no_entry_keeps_is_kept_all_the_same(store: Store) -> None:
    """An answer in bytes is given again though nothing was recorded."""
    use = Idempotency("key-1", "/a", "K-1", b"digest")
    answers = [Writes(answer=b"first"), Writes(answer=b"second")]
    job = Job(lock=("case:C-1",), judge=lambda view: answers.pop(0), idempotency=use)
    assert [await store.submit(job), await store.submit(job)] == [b"first", b"first"]


async def test_old_idempotency_keys_are_forgotten(store: Store) -> None:
    """Purging forgets the keys used before an instant, and only those."""
    await store.submit(count(id="K-1"))
    assert await store.purge(NOON) == 0
    assert await store.purge(NOON + 1) == 1
    assert await store.submit(count(id="K-1")) == b"2"


async def test_a_mark_is_seen_once_it_was_used(store: Store, url: str) -> None:
    """Marking works across batches and within one."""

    def judge(view: View) -> Writes:
        return Writes(answer=view.seen, marks=[("permit:1", "E-1")])

    mark = Job(lock=("person:P-1",), mark=("permit:1", "E-1"), judge=judge)
    await store.submit(told())
    async with held(store, url):
        tasks = await submitted(store, [mark, mark])
    assert await asyncio.gather(*tasks) == [False, True]
    assert (await store.submit(told(mark=("permit:1", "E-1")))).seen
    assert not (await store.submit(told(mark=("permit:2", "E-1")))).seen


async def test_a_permit_is_read_as_it_was_last_written(store: Store) -> None:
    """The row of a permit is what its last job made of it, for the writer and for readers."""
    permit = a_permit("R-1", due=NOON + 120)
    await store.submit(Job(lock=("person:P-1",), judge=lambda view: Writes(answer=None, permits=[permit])))
    assert await store.permit("R-1") == permit
    assert (await store.submit(told(permit="R-1"))).permit == permit
    assert await store.due(NOON + 119) == []
    assert await store.due(NOON + 120) == [permit]
    ended = a_permit("R-1", state="ended", due=None)
    await store.submit(Job(lock=("person:P-1",), judge=lambda view: Writes(answer=None, permits=[ended])))
    assert await store.permit("R-1") == ended
    assert await store.due(NOON + 1000) == []
    assert await store.permit("R-2") is None


async def test_entries_are_read_in_pages_either_way(store: Store) -> None:
    """Pages of a stream follow each other without overlap, newest or oldest first, and can be narrowed by kind."""
    for _ in range(5):
        await store.submit(count())
    newest = await store.entries("case:C-1", limit=2)
    older = await store.entries("case:C-1", limit=2, beyond=newest[-1].height)
    assert [entry.height for entry in (*newest, *older)] == [5, 4, 3, 2]
    oldest = await store.entries("case:C-1", newest_first=False, limit=2, beyond=1)
    assert [entry.height for entry in oldest] == [2, 3]
    assert await store.entries("case:C-1", kinds=["other"]) == []
    assert len(await store.entries("case:C-1", kinds=["other", "counted"])) == 5
    assert (newest[0].body, newest[0].answer, newest[0].person) == (b"body 5", b"5", "P-1")


async def test_a_decision_is_found_by_its_id(store: Store) -> None:
    """The entry that holds a decision is found whichever stream it is in."""
    entry = NewEntry(stream="case:C-1", kind="asked", body=b"why", decision="D-1")
    await store.submit(Job(lock=("case:C-1",), judge=lambda view: Writes(answer=None, entries=[entry])))
    found = await store.decision("D-1")
    assert found is not None
    assert (found.body, found.stream, found.height) == (b"why", "case:C-1", 1)
    assert await store.decision("D-2") is None


async def test_subjects_are_listed_by_prefix(store: Store) -> None:
    """Keys come in order and in pages."""
    for number in (3, 1, 2):
        await store.submit(count(f"person:P-{number}", stream=f"case:C-{number}"))
    assert await store.subjects("case:") == ["case:C-1", "case:C-2", "case:C-3"]
    assert await store.subjects("case:", after="case:C-1", limit=1) == ["case:C-2"]


async def test_entries_cannot_be_changed_or_deleted(store: Store, url: str) -> None:
    """The database itself refuses to change what is in the record."""
    await store.submit(count())
    for statement in ("UPDATE entries SET kind = 'x'", "DELETE FROM entries"):
        with pytest.raises(Exception, match="never changed or deleted"):
            await execute(url, statement)
    assert len(await store.entries("case:C-1")) == 1


async def test_what_was_written_is_there_after_reopening(opened: Opener) -> None:
    """A store closed and opened again holds what it held."""
    store = await opened()
    await store.submit(count())
    address = store.address_key("+12125550123")
    await store.close()
    again = await opened()
    assert await again.doc("person:P-1") == 1
    assert again.address_key("+12125550123") == address
    assert (await again.verify()).holds


async def test_closing_finishes_what_is_in_flight(opened: Opener) -> None:
    """Jobs handed in before closing are answered; those after it are turned away."""
    store = await opened()
    tasks = await submitted(store, [count() for _ in range(20)])
    await store.close()
    assert {len(await task) for task in tasks} <= {1, 2}
    with pytest.raises(StoreDown):
        await store.submit(count())


async def test_decisions_are_read_by_time_in_pages(store: Store) -> None:
    """In the order of their ids, from one moment to before another."""
    named = [f"{new_id(NOON + minute * 60)}" for minute in range(5)]

    def judge(view: View) -> Writes:
        entries = [NewEntry(stream="case:C-1", kind="asked", body=id.encode(), decision=id) for id in named]
        return Writes(answer=None, entries=entries)

    await store.submit(Job(lock=("case:C-1",), judge=judge))
    first = await store.decisions(NOON + 60, NOON + 240, limit=2)
    rest = await store.decisions(NOON + 60, NOON + 240, after=first[-1].decision or "", limit=2)
    assert [one.body for one in (*first, *rest)] == [id.encode() for id in named[1:4]]


async def test_a_job_over_a_stream_that_has_grown_is_turned_away(store: Store) -> None:
    """Whoever read it reads on before writing what follows from it."""
    await store.submit(count())
    height = Job(lock=("case:C-1",), judge=lambda view: Writes(answer="done"), height=1)
    assert await store.submit(height) == "done"
    await store.submit(count())
    with pytest.raises(Conflict):
        await store.submit(height)
