"""A road to test on: a store, a rulebook that a test may choose, and short words for what agents do."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_book import federal
from contactguard.attempts import (
    Ask,
    Caller,
    Event,
    Filters,
    NewFact,
    PermitView,
    PutCase,
    PutResult,
    Recorded,
    Road,
    Shelf,
)
from contactguard.clock import Clock, SimulatedClock
from contactguard.intake import resolve
from contactguard.law.answers import Decision
from contactguard.law.decide import encode
from contactguard.law.instants import Instant
from contactguard.law.model import Case, Consent, Evidence, Person, Point
from contactguard.law.rulebook import Rulebook
from contactguard.law.scenario import read
from contactguard.lines.line import Line
from contactguard.records.store import Store
from contactguard.records.subjects import Documents
from contactguard.rules import load
from contactguard.settings import Settings

NOON = 1_772_733_600  # 2026-03-05T18:00:00Z, a Thursday, one in the afternoon in New York
LINE = "+12125550123"
OTHER_LINE = "+12125550124"
HOME = Evidence(kind="residence", country="US", subdivision="NY", zones=("America/New_York",))
AGENT = Caller(key="key-agent", name="agent", scopes=frozenset({"agent"}))
STRANGER = Caller(key="key-stranger", name="stranger", scopes=frozenset({"agent", "dialler"}))
CASE_SYSTEM = Caller(key="key-cases", name="case system", scopes=frozenset({"case_system"}))
COMPLIANCE = Caller(key="key-compliance", name="compliance", scopes=frozenset({"compliance"}))
SHARED_LINE_CAP = """
[regime]
id = "test-line"
title = "At most three calls to one line in seven days"
overlay = true
checked_on = 2026-11-21

[[rule]]
id = "line_cap"
kind = "counter"
citation = "Test"
status = "policy"
verification = "verified"
force = "prohibits"
code = "frequency_cap"
message = "This line was called often enough"
scope = { channels = ["voice"] }
[[rule.since]]
from = 2000-01-01
limit = 3
key = ["address"]
period = { dates = 7 }
count = { channels = ["voice"], directions = ["outbound"], placed = true }
"""


def person(id: str = "P-1", *lines: str, **more: Any) -> Person:
    """Someone in New York who lists these lines."""
    points = tuple(Point(address=line, line="mobile", label="mobile") for line in lines or (LINE,))
    return Person(id=id, points=points, evidence=(HOME,), **more)


class Office:
    """What agents, diallers and the case system do on one road."""

    def __init__(self, road: Road, clock: SimulatedClock) -> None:
        self.road, self.store, self.clock = road, road.store, clock

    @property
    def at(self) -> Instant:
        """This second."""
        return Instant(int(self.clock.now()))

    async def put(self, ref: str = "C-1", *people: Person, version: int | None = None, **case: Any) -> PutResult:
        """What the case system says of a case."""
        body = PutCase(
            case=Case(ref=ref, product="credit_card", **case), persons=people or (person(),), version=version
        )
        return await self.road.put_case(ref, body, CASE_SYSTEM)

    async def ask(self, ref: str = "C-1", by: Caller = AGENT, **ask: Any) -> dict[str, Any]:
        """Ask for a permit."""
        answer: dict[str, Any] = msgspec.json.decode(await self.road.ask(asking(ref, **ask), by))
        return answer

    async def permit(self, ref: str = "C-1", **ask: Any) -> str:
        """Ask for a permit that must be given."""
        answer = await self.ask(ref, **ask)
        assert answer["verdict"] == "allow", answer["reasons"]
        id: str = answer["permit"]["id"]
        return id

    async def decide(self, ref: str = "C-1", **ask: Any) -> Decision:
        """Ask a question."""
        (decision,) = await self.road.decide([asking(ref, **ask)], AGENT)
        return decision

    async def tell(self, permit: str, type: str, by: Caller = AGENT, **more: Any) -> PermitView:
        """Report an event; its id follows from what it says."""
        event_id = more.pop("event_id", f"{type} {sorted(more.items())}")
        event = Event(event_id=event_id, type=type, at=more.pop("at", self.at), **more)  # type: ignore[arg-type]
        return await self.road.event(permit, event, by)

    async def record(self, ref: str = "C-1", by: Caller = AGENT, **contact: Any) -> dict[str, Any]:
        """A contact that had no permit."""
        given = {"event_id": "e-1", "at": self.at, "channel": "voice", "outcome": "no_answer", "address": LINE}
        body = Recorded(**(given | contact))
        answer: dict[str, Any] = msgspec.json.decode(await self.road.record(ref, body, by))
        return answer

    async def fact(self, ref: str = "C-1", by: Caller = AGENT, person_id: str = "P-1", **fact: Any) -> dict[str, Any]:
        """Something a person told us."""
        body = NewFact(person_id=person_id, **fact)
        answer: dict[str, Any] = msgspec.json.decode(await self.road.fact(ref, body, by))
        return answer

    async def agreed(self, ref: str = "C-1", address: str = LINE, **consent: Any) -> dict[str, Any]:
        """The person agrees to be reached at this address."""
        return await self.fact(ref, consent=Consent(kind="contact", address=address, given=self.at, **consent))

    async def used(self, ref: str = "C-1", **ask: Any) -> int:
        """How many contacts the federal cap on calls counts for this case."""
        counters = (await self.decide(ref, **ask)).counters
        return next(one.used for one in counters if one.rule == "us-reg-f.call_frequency")

    async def rows(self, ref: str = "C-1", by: Caller = COMPLIANCE, **filters: Any) -> list[Any]:
        """The case's contacts, newest first."""
        return list((await self.road.contacts(ref, Filters(**filters), 100, None, by)).items)

    async def now_rows(self, ref: str = "C-1") -> dict[str, str]:
        """What may be done now on each channel."""
        return {row.channel: row.verdict for row in (await self.road.now(ref, AGENT)).items}

    async def replays(self, answer: dict[str, Any]) -> bool:
        """Whether deciding the stored decision's scenario gives the same bytes as were answered."""
        (scenario,) = read(await self.road.scenario(answer["id"]), "stored")
        again = msgspec.json.decode(encode(scenario.decide(self.road.book)))
        return bool(again == {key: value for key, value in answer.items() if key != "permit"})


def asking(ref: str | None = "C-1", **ask: Any) -> Ask:
    """A call to the usual line."""
    given: dict[str, Any] = {"channel": "voice", "address": LINE, "case_ref": ref}
    return Ask(**(given | ask))


def codes(answer: dict[str, Any]) -> list[str]:
    """The codes of an answer's reasons, each once."""
    return list(dict.fromkeys(reason["code"] for reason in answer["reasons"]))


class Offices:
    """Opens roads on one database, closed at the end in reverse order."""

    def __init__(self, url: str, key_file: Path) -> None:
        self.url, self.key_file = url, key_file
        self.stores: list[Store] = []

    async def open(
        self,
        book: Rulebook | None = None,
        *,
        settings: Settings | None = None,
        lines: Mapping[str, Line] | None = None,
        clock: Clock | None = None,
    ) -> Office:
        """A road with the federal rules unless told otherwise, and a clock that stands still at noon."""
        clock = clock or SimulatedClock(NOON, runs=False)
        store = await Store.open(self.url, docs=Documents(), clock=clock, master_key=self.key_file)
        self.stores.append(store)
        settings = settings or Settings()
        shelf = Shelf(*(store, settings, resolve.of_point), unpack=load.unpack, own=load.load, only=book or federal())
        road = Road(store, shelf, settings, lines or {})
        return Office(road, clock)  # type: ignore[arg-type]

    async def close(self) -> None:
        """Close what is open."""
        while self.stores:
            await self.stores.pop().close()


def master_key(path: Path) -> Path:
    """A master key file such as an operator makes."""
    path.touch(0o600)
    path.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return path


async def fresh_postgresql() -> AsyncIterator[str]:
    """An empty database of the PostgreSQL that runs here, dropped again; skips aloud where there is none."""
    asyncpg = pytest.importorskip("asyncpg")
    name = f"cg_{secrets.token_hex(8)}"
    try:
        admin = await asyncpg.connect("postgresql:///postgres?host=/var/run/postgresql")
    except OSError as error:
        why = f"PostgreSQL is not reachable: {error}"
        pytest.fail(why) if os.environ.get("CONTACTGUARD_TESTBED") == "1" else pytest.skip(why)
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"postgresql:///{name}?host=/var/run/postgresql"
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
