"""What holds while much goes on at once: an import beside asks, and a process killed in the middle of it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest
from soak import crash

from a_book import lifted
from a_road import AGENT, Offices, asking, fresh_postgresql, person
from contactguard import operations
from contactguard.attempts import Activation
from contactguard.operations import NewKey, PutCases
from contactguard.records.store import is_postgres, sqlite_path
from contactguard.rules import load
from contactguard.settings import Settings

IMPORTED, SLICE, CLIENTS, ASKED = 10_000, 200, 32, 64


def _line(number: int) -> str:
    return f"+1212{5_550_100 + number}"


def _case(number: int) -> tuple[str, msgspec.Raw]:
    ref, home = (
        f"I-{number}",
        {"kind": "residence", "country": "US", "subdivision": "NY", "zones": ["America/New_York"]},
    )
    points = [{"address": f"+1646{2_000_000 + number}", "line": "mobile"}]
    persons = [{"id": f"IP-{number}", "points": points, "evidence": [home]}]
    return ref, msgspec.Raw(msgspec.json.encode({"case": {"ref": ref, "product": "credit_card"}, "persons": persons}))


async def test_everyone_is_answered_while_commands_import_and_make_a_key(offices: Offices) -> None:
    """10,000 cases and a key come in by the operations of commands while 32 clients ask: every ask is answered, every
    case is there, the key works, and the record is whole.
    """
    office = await offices.open(lifted())
    acts = Activation(office.store, office.road.shelf, Settings(), load.unpack, load.carried)
    operations.register(office.store, office.road, acts)
    for number in range(ASKED):
        await office.put(f"C-{number}", person(f"P-{number}", _line(number)))
    done = asyncio.Event()

    async def client(number: int) -> int:
        asked = 0
        while not done.is_set() or not asked:
            place = (number + asked * CLIENTS) % ASKED
            ask = asking(f"C-{place}", address=_line(place))
            answer = msgspec.json.decode(await office.road.ask(ask, AGENT))
            assert answer["verdict"] in ("allow", "deny")
            asked += 1
        return asked

    clients = [asyncio.create_task(client(number)) for number in range(CLIENTS)]
    token = await operations.call(office.store, "keys.create", NewKey(name="during", scopes=("agent",)))
    became = []
    for start in range(0, IMPORTED, SLICE):
        part = PutCases(region="US", cases=tuple(map(_case, range(start, start + SLICE))))
        became += await operations.call(office.store, "cases.put", part)
    done.set()
    answered = await asyncio.gather(*clients)
    assert min(answered) > 0
    assert [word for word, _ in became] == ["created"] * IMPORTED
    assert await office.store.keys.find(token) is not None
    report = await office.store.verify()
    assert report.faults == ()
    assert len(await office.store.subjects("case:", limit=IMPORTED + ASKED + 1)) == IMPORTED + ASKED
    await offices.close()
    if not is_postgres(offices.url):
        with sqlite3.connect(sqlite_path(offices.url)) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_what_was_acknowledged_survives_kill_9(engine: str, tmp_path: Path) -> None:
    """A service killed under load: every permit, end and refusal it acknowledged is there, no cap is exceeded, and the
    chains verify. `scripts/soak crash` does the same many times over.
    """
    if engine == "postgresql":
        async for _ in fresh_postgresql():
            pass
    assert await crash.run(engine, 1, tmp_path)
