"""A service whose rulebook can change: small rules that a test packs itself, and short words for what is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from a_road import Office, Offices
from contactguard.attempts import Activation, Road, Shelf, Who
from contactguard.clock import Clock, SimulatedClock
from contactguard.intake import resolve
from contactguard.law.instants import parse_instant
from contactguard.records.rulebooks import SUBJECT
from contactguard.records.store import Store
from contactguard.records.work import Job, NewEntry, View, Writes
from contactguard.rules import load
from contactguard.sections import RuleSettings
from contactguard.settings import Settings

ANN, BEN = Who(by="Ann"), Who(by="Ben")
LAW = """
[regime]
id = "test-law"
title = "A law of hours"
places = ["US"]
checked_on = 2026-11-21

[[rule]]
id = "hours"
kind = "window"
citation = "Test"
status = "statute"
verification = "verified"
force = "prohibits"
code = "outside_hours"
message = "It is {now} where this person is"
[[rule.since]]
from = 2000-01-01
open = { all = [["08:00", "21:00"]] }
"""
CAP = """
[regime]
id = "test-cap"
title = "So many calls and no more"
overlay = true
checked_on = 2026-11-21

[[rule]]
id = "cap"
kind = "counter"
citation = "Test"
status = "policy"
verification = "verified"
force = "prohibits"
code = "frequency_cap"
message = "This person was called often enough"
scope = { channels = ["voice"] }
[[rule.since]]
from = 2000-01-01
limit = LIMIT
key = ["person"]
period = { dates = DATES }
count = { channels = ["voice"], directions = ["outbound"], placed = true }
"""


def rules(folder: Path, *, limit: int | None = None, dates: int = 7) -> bytes:
    """A packed rulebook: the law of hours, and a cap on calls to a person where a limit is given."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "law.toml").write_text(LAW)
    (folder / "cap.toml").unlink(missing_ok=True)
    if limit is not None:
        (folder / "cap.toml").write_text(CAP.replace("LIMIT", str(limit)).replace("DATES", str(dates)))
    return load.pack([folder], shipped=False)


def digest_of(body: bytes) -> str:
    """What names a packed rulebook."""
    return load.unpack(body).digest


def ruled(**rules: Any) -> Settings:
    """Settings with these under [rules]."""
    return Settings(rules=RuleSettings(lead_seconds=1, **rules))


class Service(Office):
    """A service as it is opened: its shelf reads what is stored, and its acts change it."""

    def __init__(self, store: Store, settings: Settings, clock: SimulatedClock) -> None:
        self.shelf = Shelf(
            *(store, settings, resolve.of_point), unpack=load.unpack, own=lambda: load.load(shipped=False)
        )
        self.acts = Activation(store, self.shelf, settings, load.unpack, load.carried)
        super().__init__(Road(store, self.shelf, settings, {}), clock)

    async def begin(self, body: bytes) -> None:
        """Start to serve, `body` being the rules of the settings."""
        await self.acts.begin(body, load.unpack(body))

    async def keep(self, body: bytes) -> str:
        """Have a rulebook stored; its digest."""
        await self.store.keep_rulebook(digest_of(body), body)
        return digest_of(body)

    async def activate(self, body: bytes, who: Who = ANN, since: int | None = None) -> tuple[str, int]:
        """Put a rulebook in force: its digest, and from when on it is."""
        outcome = await self.acts.activate(await self.keep(body), who, since=since)
        assert outcome.standing == "scheduled"
        return outcome.digest, int(parse_instant(outcome.since or ""))

    async def asked(self) -> str:
        """The rulebook that answers an ask now."""
        digest: str = (await self.ask())["rulebook"]
        return digest

    async def entries(self) -> list[tuple[str, dict[str, Any]]]:
        """What the record says of rulebooks, oldest first."""
        found = await self.store.entries(SUBJECT, newest_first=False)
        return [(one.kind, msgspec.json.decode(one.body or b"")) for one in found]

    async def kinds(self) -> list[str]:
        """The same, by kind alone."""
        return [kind for kind, _ in await self.entries()]


async def serving(
    offices: Offices, body: bytes, settings: Settings | None = None, clock: Clock | None = None
) -> Service:
    """A service that has begun, with one case."""
    office = await offices.open(load.unpack(body), clock=clock)
    service = Service(office.store, settings or ruled(), office.clock)
    await service.begin(body)
    await service.put()
    return service


def smuggled(digest: str) -> Job:
    """A rulebook put in force past every check."""

    def judge(view: View) -> Writes:
        board = view.docs[SUBJECT]
        turn = {**board["turns"][-1], "digest": digest, "from": view.at + 1}
        doc = {**board, "turns": [*board["turns"], turn], "edition": view.edition + 1}
        return Writes(
            answer=None,
            docs={SUBJECT: doc},
            entries=[NewEntry(stream=SUBJECT, kind="rulebook_activated", body=b"{}")],
        )

    return Job(lock=(SUBJECT,), judge=judge, alone=True)
