"""Several processes over one PostgreSQL database, their clocks apart, with nothing between them but row locks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from contactguard.records.store import Store

from .conftest import Plain, make_key

CAP, PROCESSES, ASKS = 7, 3, 22


async def test_a_cap_holds_over_processes_with_skewed_clocks(postgres_url: str, tmp_path: Path) -> None:
    """66 asks from three processes two seconds apart, each with its own delays: exactly the cap is allowed."""
    store = await Store.open(postgres_url, docs=Plain(), master_key=make_key(tmp_path / "master.key"))
    said = await _run("ask", postgres_url, tmp_path)
    assert sum(said) == CAP
    assert len(await store.doc("person:P-1")) == CAP
    assert (await store.verify()).holds
    await store.close()


async def test_the_same_idempotency_key_in_every_process_is_one(postgres_url: str, tmp_path: Path) -> None:
    """Processes that use one key at once, even for different subjects, let one of them through."""
    store = await Store.open(postgres_url, docs=Plain(), master_key=make_key(tmp_path / "master.key"))
    said = await _run("same", postgres_url, tmp_path)
    assert sum(said) == 1
    assert len(await store.entries("case:C-0") + await store.entries("case:C-1") + await store.entries("case:C-2")) == 1
    await store.close()


async def test_crossing_lock_sets_do_not_deadlock(postgres_url: str, tmp_path: Path) -> None:
    """Jobs that lock the same subjects named in any order all finish, and no count is lost."""
    store = await Store.open(postgres_url, docs=Plain(), master_key=make_key(tmp_path / "master.key"))
    said = await _run("cross", postgres_url, tmp_path)
    assert sum(said) == PROCESSES * ASKS
    totals = await store.docs([f"person:P-{n}" for n in range(5)])
    assert sum(totals.values()) == 3 * PROCESSES * ASKS
    assert (await store.verify()).holds
    await store.close()


async def _run(what: str, url: str, tmp_path: Path) -> list[int]:
    """What each process counted as done."""
    begun = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WORK, what, url, str(tmp_path / "master.key"), str(number), stdout=subprocess.PIPE
        )
        for number in range(PROCESSES)
    ]
    return [int((await process.communicate())[0]) for process in begun]


_WORK = """
import asyncio, random, sys
from pathlib import Path
from contactguard.clock import SystemClock
from contactguard.errors import Conflict
from contactguard.records.store import Store
from contactguard.records.work import Idempotency, Job, NewEntry, Writes
from tests.records.conftest import Plain
from tests.records.test_processes import ASKS, CAP

what, url, key_file, number = *sys.argv[1:4], int(sys.argv[4])
rng = random.Random(number)

class Skewed(SystemClock):
    def now(self):
        return super().now() + 2 * number

def ask(n):
    def judge(view):
        used = view.docs["person:P-1"] or []
        allowed = len(used) < CAP and all(view.at >= at for at in used)
        docs = {"person:P-1": [*used, view.at]} if allowed else {}
        entry = NewEntry(stream="case:C-1", kind="asked", body=b"", person="P-1")
        return Writes(answer=int(allowed), docs=docs, entries=[entry])
    return Job(lock=("person:P-1", "case:C-1"), judge=judge)

def same(n):
    entry = NewEntry(stream=f"case:C-{number}", kind="asked", body=b"")
    use = Idempotency("key", "/a", "K-1", b"%d" % number)
    return Job(lock=(f"case:C-{number}",), judge=lambda view: Writes(answer=b"1", entries=[entry]), idempotency=use)

def cross(n):
    keys = [f"person:P-{each}" for each in rng.sample(range(5), 3)]
    def judge(view):
        return Writes(answer=1, docs={key: (view.docs[key] or 0) + 1 for key in keys})
    return Job(lock=tuple(keys), judge=judge)

async def one(store, n):
    await asyncio.sleep(rng.random() / 50)
    try:
        return int(await store.submit({"ask": ask, "same": same, "cross": cross}[what](n)))
    except Conflict:
        return 0

async def main():
    store = await Store.open(url, docs=Plain(), clock=Skewed(), master_key=Path(key_file))
    counted = await asyncio.gather(*(one(store, n) for n in range(1 if what == "same" else ASKS)))
    print(sum(counted))
    await store.close()

asyncio.run(main())
"""
