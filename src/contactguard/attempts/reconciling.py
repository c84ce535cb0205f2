"""Once in a while carriers are asked: what became of that, and what is on your list that we know nothing of?"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec
import structlog

from ..errors import BadInput, Conflict, LineError, NotFound
from ..law.instants import Instant
from ..lines.line import Line, Listed, Listing, Report
from ..lines.twilio_rest import InDoubt
from ..records.work import Permit
from .carrying import Carrying
from .telling.unpermitted import BY_CARRIER, Unpermitting, Written, recorded, wire_address
from .traces import Carried

DAY_SECONDS = 86_400
DAYS_BACK = 2
ASKED_AT_ONCE = 8
_SETTLING_SECONDS = 300
_OPEN = frozenset({None, "unknown", "sent"})
LINE_FAULTS = (LineError, InDoubt)
log = structlog.get_logger(__name__)


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What a round found. `asked`: contacts whose end was not known; `told`: those of which the carrier knew more.

    `strange`: contacts on a carrier's list that we had not heard of; they are counted now.
    """

    asked: int = 0
    told: int = 0
    strange: int = 0


class _Known(NamedTuple):
    """What the record has: the carriers' ids, and the permits of which nobody knows whether they left."""

    refs: set[str]
    doubts: dict[str, Permit]


class Reconciling(Carrying, Unpermitting):
    """Our record and the carriers' brought together."""

    async def ask_carriers(self) -> Reconciled:
        """Ask of what is open, then go through the lists of today and yesterday. Faults of a carrier are logged."""
        now = int(self.store.clock.now())
        known, turn = _Known(set(), {}), asyncio.Semaphore(ASKED_AT_ONCE)
        told: list[asyncio.Task[bool]] = []
        async with asyncio.TaskGroup() as group:
            for back in range(DAYS_BACK, -1, -1):
                for one in await self._traces.carried_on(now - back * DAY_SECONDS):
                    line = await self._open_on(one, known)
                    if line is not None and one.ref is not None:
                        told.append(group.create_task(self._asked(line, one.permit, one.ref, turn)))
        strange = await self._all_listed(known, now)
        if strange:
            log.warning("carrier_knows_more", contacts=strange)
        return Reconciled(asked=len(told), told=sum(one.result() for one in told), strange=strange)

    async def _open_on(self, one: Carried, known: _Known) -> Line | None:
        """The line to ask about a contact whose end is not known; what is seen here becomes known."""
        permit = await self.store.permit(one.permit)
        still_open = permit is not None and permit.outcome in _OPEN
        if permit is not None and still_open and one.ref is None:
            known.doubts[one.permit] = permit
        if one.ref is None or one.ref in known.refs:
            return None
        known.refs.add(one.ref)
        return self.lines.get(permit.channel) if permit is not None and still_open else None

    async def _asked(self, line: Line, permit: str, ref: str, turn: asyncio.Semaphore) -> bool:
        try:
            async with turn:
                return await line.ask(permit, ref, self.report)
        except (BadInput, NotFound, Conflict) as error:
            log.error("carrier_not_asked", permit=permit, error=type(error).__name__)
            return False

    async def _all_listed(self, known: _Known, now: int) -> int:
        strange = 0
        for line in set(self.lines.values()):
            if isinstance(line, Listing):
                for back in (1, 0):
                    day = Instant(now - back * DAY_SECONDS)
                    strange += await self._listed(line, day, now, known)
                    strange += await self._written(line, day, now)
        return strange

    async def _written(self, line: Listing, day: Instant, now: int) -> int:
        """Take in the messages of a day that nobody told us of; how many those were."""
        found = 0
        try:
            async for one in line.written_on(day):
                if one.at <= now - _SETTLING_SECONDS:
                    found += await self._written_one(one)
        except LINE_FAULTS as error:
            log.error("carrier_not_listed", error=type(error).__name__)
        return found

    async def _written_one(self, one: Listed) -> bool:
        """One that cannot be taken in keeps none of the others back."""
        try:
            return await self.written(Written(one.ref, one.address, one.at, one.words), "carrier")
        except (BadInput, NotFound, Conflict) as error:
            log.error("message_not_counted", error=type(error).__name__)
            return False

    async def _listed(self, line: Listing, day: Instant, now: int, known: _Known) -> int:
        """Record what a day's list has and we have not; how many that were."""
        found = 0
        try:
            async for one in line.on(day):
                mine = one.ref in known.refs or (one.parent is not None and one.parent in known.refs)
                if not mine and one.at <= now - _SETTLING_SECONDS and not await self._adopted(one, known):
                    found += await self._strange(one)
        except LINE_FAULTS as error:
            log.error("carrier_not_listed", error=type(error).__name__)
        return found

    async def _adopted(self, one: Listed, known: _Known) -> bool:
        """Whether this is a contact of ours that was in doubt: the same address, at about that time."""
        address = wire_address(one.address)
        key = self.setup.address_key(address) if address else ""
        for id, permit in known.doubts.items():
            near = abs((permit.started or permit.given) - one.at) <= _SETTLING_SECONDS
            if key in permit.locks and near and permit.channel == one.channel:
                del known.doubts[id]
                known.refs.add(one.ref)
                await self.carried_as(id, one.parent or one.ref)
                outcome = one.outcome
                await self.report(
                    Report(permit=id, event_id=f"listed-{one.ref}", type="ended", at=one.at, outcome=outcome)
                )
                return True
        return False

    async def _strange(self, one: Listed) -> bool:
        address = wire_address(one.address)
        if address is None:
            return False
        contact = recorded(one.ref, one.at, one.channel, address, outcome=one.outcome)
        try:
            return await self.told_of(contact, BY_CARRIER)
        except (BadInput, NotFound, Conflict) as error:
            log.error("contact_not_counted", error=type(error).__name__)
            return False
