"""Our own lines: a permit is spent and the contact handed over in one step, and what lapses or is lost is ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from msgspec.structs import replace

from ..errors import BadInput, Busy, Conflict, LineError, NotFound, StoreDown
from ..law.instants import parse_instant
from ..lines.line import Line, Listing, Report, Started
from ..lines.wire import Exchange
from ..records.work import Idempotency, View, Writes
from . import events, unasked
from .asking import Asking
from .plan import Setup, passes_unasked, prepared, require
from .shapes import Ask, Caller, Event, PermitView
from .stopping.stopped import permit_stopped
from .telling.refusals import Refusing

MOST_DUE = 500
log = structlog.get_logger(__name__)


class Carrying(Asking, Refusing):
    """Contacts that our own lines carry."""

    async def call(self, ask: Ask, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """Ask and, on a yes, carry it on our own line. The answer is that of `ask`."""
        line = self.lines.get(ask.channel)
        if line is None:
            raise BadInput("channel", "no line of ours carries this channel")
        repeated = self._owed.known(idem) is not None
        answer = await self._ask(ask, caller, idem, own_line=True)
        permit, until = unasked.granted(answer)
        if permit is not None and passes_unasked(ask, self.settings) is None:
            ask = prepared(ask, caller)
            await self._carry(line, permit.id, replace(ask, caller_id=permit.caller_id or ask.caller_id), until)
        elif permit is not None and not repeated:
            await self._place(line, _started(permit.id, ask))
        return answer

    async def _carry(self, line: Line, permit_id: str, ask: Ask, until: str | None) -> None:
        """Spend the permit and hand the contact over. A repeated request finds it spent and does nothing, and so does
        one that was halted meanwhile.
        """

        def spend(setup: Setup, view: View) -> Writes:
            if view.permit is not None and permit_stopped(setup, self.shelf.halts_of(view), view.permit, ask, view):
                raise Conflict("this contact was halted; ask again")
            return _spent(setup, view)

        try:
            spent: _Spent = await self._own_act(permit_id, spend)
        except Conflict:
            return
        started = _started(permit_id, ask)
        await self._place(
            line,
            replace(
                started,
                collector=spent.collector,
                until=None if until is None else parse_instant(until),
                case=spent.case,
                persons=spent.persons,
            ),
        )

    async def _place(self, line: Line, started: Started) -> None:
        """Hand a contact to the carrier; what fails there has not left."""
        try:
            ref = await line.place(started, self.report)
        except LineError as error:
            at = events.moment(self.store.clock.now())
            failed = Report(
                permit=started.permit, event_id="own-failed", type="ended", at=at, outcome="failed", cause=error.code
            )
            await self.report(failed)
            return
        try:
            if ref is not None:
                await self._traces.known_as(started.permit, ref, of_day=isinstance(line, Listing))
            elif isinstance(line, Listing):
                await self._traces.in_doubt(started.permit)
        except (Busy, StoreDown) as error:
            # It has left: an error here would have it asked for, and sent, once more.
            log.error("carrier_s_id_not_kept", permit=started.permit, ref=ref, error=type(error).__name__)

    async def traced(self, exchange: Exchange) -> None:
        """Keep one exchange with a carrier beside the contact that it was about; a fault here fails nothing else."""
        if exchange.permit is not None:
            with suppress(Busy):
                await self._owed.settled(exchange.permit)
        await self._traces.keep(exchange)

    async def exchanges(self, permit_id: str) -> list[Exchange]:
        """What was said to carriers, and by them, about one contact, the oldest first. `NotFound`."""
        return await self._traces.of(permit_id)

    async def _own_act(self, permit_id: str, act: Callable[[Setup, View], Writes]) -> Any:
        def judge(locked: tuple[str, ...], view: View) -> Writes:
            if view.permit is None:
                raise NotFound("permit")
            require(locked, iter(view.permit.locks))
            return act(self.shelf.keeping(view), view)

        return await self._submit((f"attempt:{permit_id}",), judge, permit=permit_id)

    async def report(self, report: Report) -> None:
        """What our own line says of a contact: by itself, or when its carrier calls us."""
        event = Event(
            event_id=report.event_id,
            type=report.type,
            at=report.at,
            outcome=report.outcome,
            seconds=report.seconds,
            cause=report.cause,
        )
        seen = await self._event(report.permit, event, None)
        if report.refuses:
            source = f"carrier:{report.permit}"
            await self.refuse_answering(
                report.permit, seen.channel, words=report.cause or "", source=source, by="carrier", at=report.at
            )
        if report.dead:
            source = f"carrier:{report.permit}"
            await self.undeliverable(report.permit, words=report.cause or "", source=source, by="carrier", at=report.at)

    async def carried_as(self, permit_id: str, ref: str) -> None:
        """Write down a carrier's own id of a contact that came to be known otherwise than from `place`."""
        await self._traces.known_as(permit_id, ref)

    async def cancel(self, permit_id: str, caller: Caller) -> PermitView:
        """Withdraw a contact: released when not started, hung up when our own line carries it."""
        await self._owed.settled(permit_id)
        permit = events.seen_by(await self.store.permit(permit_id), caller)
        if permit.state == "reserved":
            at = events.moment(self.store.clock.now())
            return await self._event(permit_id, Event(event_id="own-cancelled", type="released", at=at), caller)
        line = self.lines.get(permit.channel)
        if permit.own_line and line is not None:
            await line.cancel(permit_id)
        return await self.permit(permit_id, caller)

    async def expire(self) -> int:
        """Write down which permits have lapsed; how many."""
        await self._owed.settle()
        return await self._each_due("reserved", events.lapsed_writes)

    async def reconcile(self) -> int:
        """End what no line of ours carries any more, and what has been live for too long; how many."""
        for line in set(self.lines.values()):
            for permit_id in tuple(line.carrying()):
                await self._act_on(permit_id, lambda setup, view: events.carried_writes(view))
        return await self._each_due(None, events.given_up_writes)

    async def _each_due(self, state: str | None, act: Callable[[Setup, View], Writes]) -> int:
        """Act on every permit that is due in this state (None: in any other than reserved)."""
        done: int = 0
        while True:
            found = await self.store.due(int(self.store.clock.now()), MOST_DUE)
            wanted = [one.id for one in found if (one.state == "reserved") == (state == "reserved")]
            acted: int = sum([await self._act_on(permit_id, act) for permit_id in wanted])
            done += acted
            if len(found) < MOST_DUE or not acted:
                return done

    async def _act_on(self, permit_id: str, act: Callable[[Setup, View], Writes]) -> int:
        """How many were acted on; one that cannot be read keeps none of the others waiting."""
        try:
            done: int = await self._own_act(permit_id, act)
        except (Busy, StoreDown):
            raise
        except Exception as error:
            log.error("permit_left_as_it_is", permit=permit_id, error=type(error).__name__)
            return 0
        return done


class _Spent(NamedTuple):
    """Whom a permit was charged to, and whose settings speak for it."""

    persons: tuple[str, ...]
    case: str | None
    collector: str | None


def _spent(setup: Setup, view: View) -> Writes:
    """Spend a permit. `Conflict` if it is spent, lapsed or released."""
    writes, permit = events.started_writes(setup, view), view.permit
    refs = permit.cases if permit is not None else ()
    doc = view.docs.get(f"case:{refs[0]}") if refs else None
    persons = permit.persons if permit is not None else ()
    writes.answer = _Spent(persons, refs[0] if refs else None, doc.collector if doc is not None else None)
    return writes


def _started(permit_id: str, ask: Ask) -> Started:
    """What a line carries: made when a permit was spent on it, or for what needs none."""
    return Started(
        permit=permit_id,
        channel=ask.channel,
        address=ask.address,
        mode=ask.mode,
        caller_id=ask.caller_id,
        agent=ask.agent,
        content=ask.content,
    )
