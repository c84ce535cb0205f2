"""A past to test on: weeks of contacts of every sort, reported in every manner, drawn from a seed."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import msgspec

from a_road import AGENT, COMPLIANCE, LINE, OTHER_LINE, Office, asking, person
from contactguard.errors import BadInput, Conflict
from contactguard.law.instants import Instant
from contactguard.law.model import Point
from contactguard.law.rulebook import Rulebook
from contactguard.rules import load

MAIL, THIRD_LINE = "p1@mail.example", "+12125550125"
_HEAD = """
[regime]
id = "test-{id}"
title = "Counts without ever refusing"
places = ["US"]
checked_on = 2026-11-21
"""
_RULE = """
[[rule]]
id = "{id}"
kind = "counter"
citation = "Test"
status = "statute"
verification = "verified"
force = "prohibits"
code = "frequency_cap"
message = "Often enough"
[[rule.since]]
from = 2000-01-01
limit = 100000
key = {key}
period = {period}
count = {count}
"""
_CALLS = _RULE.format(id="calls", key='["person"]', period="{ dates = 7 }", count='{ channels = ["voice"] }')
_MAILS = _RULE.format(id="mails", key='["address"]', period="{ dates = 60 }", count='{ channels = ["email"] }')
_LONG = _RULE.format(id="long", key='["case"]', period="{ dates = 45 }", count='{ channels = ["voice"] }')
_TALKS = _RULE.format(id="talks", key='["person"]', period="{ ever = true }", count='{ outcomes = ["conversation"] }')
ADDRESSES = {"voice": (LINE, OTHER_LINE, THIRD_LINE), "sms": (LINE, OTHER_LINE), "email": (MAIL,)}


def shallow(folder: Path) -> Rulebook:
    """Looks at calls of a week."""
    return _book(folder / "shallow", _HEAD.format(id="law") + _CALLS)


def deep(folder: Path) -> Rulebook:
    """Looks at e-mails of two months, calls of six weeks about the case, and conversations however long ago."""
    return _book(folder / "deep", _HEAD.format(id="law") + _CALLS + _MAILS + _LONG + _TALKS)


def _book(folder: Path, text: str) -> Rulebook:
    folder.mkdir(exist_ok=True)
    (folder / "law.toml").write_text(text)
    return load.load([folder], shipped=False)


class Past:
    """Lives through days of contacts on three cases with three persons."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self._random = office, Random(seed)
        self._permits: list[str] = []
        self._told = 0

    async def live(self, acts: int) -> None:
        """So many acts, a few hours between them."""
        await self._put()
        for _ in range(acts):
            self.office.clock.advance(self._random.choice((60, 200, 3600, 9 * 3600, 40 * 3600)))
            try:
                await self._act()
            except (BadInput, Conflict):
                continue

    async def _act(self) -> None:
        act = self._random.choice(
            (self._ask,) * 6 + (self._report,) * 12 + (self._record,) * 3 + (self._upkeep, self._put)
        )
        await act()

    async def _ask(self) -> None:
        """A permit asked for, by person or not, for one case or two."""
        channel = self._random.choice(("voice", "voice", "sms", "email"))
        ask: dict[str, Any] = {"channel": channel, "address": self._random.choice(ADDRESSES[channel])}
        if self._random.random() < 0.5:
            ask["person_id"] = self._random.choice(("P-1", "P-2"))
        if self._random.random() < 0.3:
            ask["cases"] = ("C-2",)
        carried = self._random.random() < 0.3 and channel == "voice"
        road = self.office.road
        answer = await (road.call if carried else road.ask)(asking(self._case(), **ask), AGENT)
        if permit := msgspec.json.decode(answer)["permit"]:
            self._permits.append(permit["id"])

    async def _report(self) -> None:
        """An event of a recent permit or, now and then, of an old one."""
        if not self._permits:
            return
        permit = self._random.choice(self._permits[-3:] if self._random.random() < 0.9 else self._permits)
        type = self._random.choice(
            ("dialled", "answered", "right_party", "wrong_number", "sent", "voicemail", "ended", "ended", "released")
        )
        outcome = self._random.choice((None, "conversation", "no_answer", "busy", "wrong_number", "delivered"))
        more: dict[str, Any] = {"outcome": outcome} if type == "ended" else {}
        if type == "answered":
            more = {"said": ("dispute",) if False else (), "message_left": self._random.random() < 0.5}
        at = Instant(self.office.at - self._random.choice((0, 0, 5, 4000)))
        await self.office.tell(permit, type, at=at, event_id=f"e-{self._random.random()}", **more)

    async def _record(self) -> None:
        """A contact made elsewhere, or one from the person, perhaps told late or at an address nobody lists."""
        self._told += 1
        channel = self._random.choice(("voice", "email"))
        await self.office.record(
            self._case(),
            event_id=f"t-{self._told}",
            at=Instant(self.office.at - self._random.choice((0, 3600, 12 * 86_400))),
            channel=channel,
            direction=self._random.choice(("inbound", "outbound")),
            outcome=self._random.choice(("conversation", "no_answer", "wrong_number", "received")),
            address=self._random.choice((*ADDRESSES[channel], "+12125550177", None)),
            person=self._random.choice((None, "P-1", "P-2")),
            cases=self._random.choice((None, None, ("C-2",), ("C-1", "C-3"))),
        )

    async def _upkeep(self) -> None:
        """What the service does by itself."""
        await self.office.road.expire()
        await self.office.road.reconcile()

    async def _put(self) -> None:
        """The case system moves people and numbers about."""
        first = person("P-1", *self._some(LINE, OTHER_LINE))
        first = msgspec.structs.replace(first, points=(*first.points, Point(address=MAIL)))
        second = person("P-2", *self._some(OTHER_LINE, THIRD_LINE), role="joint_debtor")
        both = (first, second)
        await self.office.put("C-1", *both if self._random.random() < 0.7 else both[:1], creditor="Bank")
        await self.office.put("C-2", *both if self._random.random() < 0.7 else both[1:], creditor="Bank")
        await self.office.put("C-3", person("P-3", THIRD_LINE), *both[:1])

    def _some(self, *lines: str) -> tuple[str, ...]:
        return lines if self._random.random() < 0.6 else lines[:1]

    def _case(self) -> str:
        return self._random.choice(("C-1", "C-1", "C-2", "C-3"))


async def documents(office: Office) -> dict[str, Any]:
    """Every document of persons, cases and addresses."""
    keys = [key for prefix in ("person:", "case:", "address:") for key in await office.store.subjects(prefix)]
    return dict(await office.store.docs(keys))


__all__ = ["COMPLIANCE", "Past", "deep", "documents", "shallow"]
