"""The road itself: ask, start, event, finish; and what the record learns beside it.

Every method plans (which subjects?), has the store lock them and judge, and answers what was committed. What a
judgement turns out to need besides is locked in a second go, so nothing is read before it is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from ..errors import BadInput, Busy, Conflict, Forbidden, LineError, NotFound, StoreDown
from ..law.answers import Decision
from ..law.rulebook import Rulebook
from ..lines.line import Line, Report, Started
from ..records.ids import new_id
from ..records.store import Store
from ..records.work import Idempotency, Job, View, Writes
from ..settings import Settings
from . import cases, deepen, events, facts, history, now, recorded, unasked
from .judge import ask_writes, judged
from .owed import Owed
from .plan import Docs, Setup, WidenError, bystanders, first_keys, passes_unasked, prepared, require
from .shapes import Ask, Caller, Event, Filters, NewFact, Now, Page, PermitView, PutCase, PutResult, Recorded
from .shelf import Shelf

MOST_GOES = 6
MOST_DUE = 500
log = structlog.get_logger(__name__)
T = TypeVar("T")


class Road:
    """Whatever may reach a person goes through here."""

    def __init__(self, store: Store, shelf: Shelf, settings: Settings, lines: Mapping[str, Line]) -> None:
        self.store, self.shelf, self.settings, self.lines = store, shelf, settings, lines
        self._owed = Owed(store, shelf)

    @property
    def setup(self) -> Setup:
        """How addresses hash and where they are; what decides comes from the shelf."""
        return self.shelf.bare

    @property
    def book(self) -> Rulebook:
        """The rulebook in force."""
        return self.shelf.book

    async def decide(self, asks: Sequence[Ask], caller: Caller) -> list[Decision]:
        """Answer questions: nothing is reserved or recorded."""
        return [await self._decide(ask, caller) for ask in asks]

    async def _decide(self, ask: Ask, caller: Caller) -> Decision:
        why, id = passes_unasked(ask, self.settings), self._id()
        if why is not None:
            return unasked.decision(self.book, id, int(ask.at or self.store.clock.now()), why)
        ask = prepared(ask, caller)

        def judge(keys: tuple[str, ...], view: View) -> Decision:
            at = view.at if ask.at is None else int(ask.at)
            setup = self.shelf.of(view, at)
            result = judged(setup, ask, view.docs, at, setup.operator, id)
            require(keys, (f"person:{target}" for target in result.targets))
            return result.decision

        return await self._looked(first_keys(ask, self.setup), judge)

    async def _looked(self, keys: tuple[str, ...], judge: Callable[[tuple[str, ...], View], T]) -> T:
        """Have it judged by what is read, without locks."""

        async def look() -> T:
            return judge(keys, await self.store.look(keys, bystanders))

        for _ in range(MOST_GOES):
            try:
                return await self.shelf.caught_up(look)
            except WidenError as wider:
                keys = (*keys, *wider.keys)
        raise Busy()

    async def ask(self, ask: Ask, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """Decide and, on a yes, reserve: the decision as JSON with `permit: {id, expires_at} | null`.

        Raises `NotFound`, `BadInput`, `Forbidden`, `Busy`, `StoreDown`; nothing is reserved then.
        """
        return await self._ask(ask, caller, idem, own_line=False)

    async def _ask(self, ask: Ask, caller: Caller, idem: Idempotency | None, *, own_line: bool) -> bytes:
        why = passes_unasked(ask, self.settings)
        if why is not None:
            return self._owed.known(idem) or self._pass(ask, caller, why, idem)
        if ask.at is not None:
            raise BadInput("at", "a permit is for now; leave this out, or ask /v1/decisions")
        ask, id = prepared(ask, caller), self._id()
        if ask.channel == "portal" and ask.direction == "outbound":
            raise BadInput("channel", "nothing goes out through the portal")

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            return ask_writes(self.shelf.of(view), ask, caller, id, locked, own_line, view)

        answer: bytes = await self._submit(first_keys(ask, self.setup), judge, also=bystanders, idempotency=idem)
        return answer

    def _pass(self, ask: Ask, caller: Caller, why: str, idem: Idempotency | None) -> bytes:
        """Let it through at once; it is written down as soon as the store takes it."""
        at = int(self.store.clock.now())
        one = unasked.Unasked(self._id(), at, why, ask, caller.key, caller.agent)
        return self._owed.let_through(one, idem)

    async def close(self) -> None:
        """Write down what is still owed; before the store closes."""
        await self._owed.settle()

    async def permit(self, permit_id: str, caller: Caller) -> PermitView:
        """A permit's state. `NotFound` for another key's, unless the caller has the scope `compliance`."""
        await self._owed.settled(permit_id)
        permit = events.seen_by(await self.store.permit(permit_id), caller, read=True)
        return events.view_of(permit, int(self.store.clock.now()))

    async def event(self, permit_id: str, event: Event, caller: Caller) -> PermitView:
        """Take in what happened; once per `event_id`, in any order, never refused for coming late."""
        return await self._event(permit_id, event, caller)

    async def _event(self, permit_id: str, event: Event, caller: Caller | None) -> PermitView:
        def judge(locked: tuple[str, ...], view: View) -> Writes:
            return events.event_writes(self.shelf.keeping(view), permit_id, event, caller, locked, view)

        await self._owed.settled(permit_id)
        seen: PermitView = await self._submit((f"attempt:{permit_id}",), judge, permit=permit_id)
        await deepen.after_report(self.store, self.shelf.keeps, seen)
        return seen

    async def call(self, ask: Ask, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """Ask and, on a yes, carry it on our own line. The answer is that of `ask`."""
        line = self.lines.get(ask.channel)
        if line is None:
            raise BadInput("channel", "no line of ours carries this channel")
        repeated = self._owed.known(idem) is not None
        answer = await self._ask(ask, caller, idem, own_line=True)
        permit_id = unasked.permit_in(answer)
        if permit_id is not None and passes_unasked(ask, self.settings) is None:
            await self._carry(line, permit_id, prepared(ask, caller))
        elif permit_id is not None and not repeated:
            await self._place(line, _started(permit_id, ask))
        return answer

    async def _carry(self, line: Line, permit_id: str, ask: Ask) -> None:
        """Spend the permit and hand the contact over. A repeated request finds it spent and does nothing."""
        try:
            started = await self._start(permit_id, ask)
        except Conflict:
            return
        await self._place(line, started)

    async def _place(self, line: Line, started: Started) -> None:
        """Hand a contact to the carrier; what fails there has not left."""
        try:
            await line.place(started, self._report)
        except LineError as error:
            at = events.moment(self.store.clock.now())
            failed = Report(
                permit=started.permit, event_id="own-failed", type="ended", at=at, outcome="failed", cause=error.code
            )
            await self._report(failed)

    async def _start(self, permit_id: str, ask: Ask) -> Started:
        """Spend a permit on our own line. `Conflict` if it is spent, lapsed or released."""
        await self._own_act(permit_id, events.started_writes)
        return _started(permit_id, ask)

    async def _own_act(self, permit_id: str, act: Callable[[Setup, View], Writes]) -> Any:
        def judge(locked: tuple[str, ...], view: View) -> Writes:
            if view.permit is None:
                raise NotFound("permit")
            require(locked, iter(view.permit.locks))
            return act(self.shelf.keeping(view), view)

        return await self._submit((f"attempt:{permit_id}",), judge, permit=permit_id)

    async def _report(self, report: Report) -> None:
        """What our own line says."""
        event = Event(
            event_id=report.event_id,
            type=report.type,
            at=report.at,
            outcome=report.outcome,
            seconds=report.seconds,
            cause=report.cause,
        )
        await self._event(report.permit, event, None)

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

    async def record(self, ref: str, contact: Recorded, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """A contact we did not permit; `{"id", "repeated"}` as JSON."""
        contact = recorded.checked_contact(contact)

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            return recorded.told_writes(self.shelf.keeping(view), ref, contact, caller, locked, view)

        keys = recorded.told_keys(self.setup, ref, contact)
        mark = recorded.told_mark(caller, contact)
        answer: bytes = await self._submit(keys, judge, also=bystanders, mark=mark, idempotency=idem)
        return answer

    async def put_case(self, ref: str, body: PutCase, caller: Caller, *, bulk: bool = False) -> PutResult:
        """What the case system says of a case, whole or not at all; `Conflict` when `version` is older."""
        body = cases.checked(self.setup, ref, body)

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            return cases.put_writes(self.setup, ref, body, caller.key, locked, view)

        result: PutResult = await self._submit(cases.put_keys(self.setup, ref, body), judge, bulk=bulk)
        return result

    async def fact(self, ref: str, fact: NewFact, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """A fact, in force before the answer: a `FactView` as JSON."""
        fact, id = facts.checked_fact(fact), self._id()

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            return facts.fact_writes(self.setup, ref, fact, caller, id, view)

        answer: bytes = await self._submit(facts.fact_keys(self.setup, ref, fact), judge, idempotency=idem)
        return answer

    async def take_back(self, ref: str, fact_id: str, caller: Caller) -> None:
        """Its author takes a fact back within 60 s; `Conflict` after that, `Forbidden` for others."""
        await self._end_fact(ref, fact_id, None, caller)

    async def end_fact(self, ref: str, fact_id: str, reason: str, caller: Caller) -> None:
        """End a fact for good, with a reason; needs the scope `compliance`."""
        if "compliance" not in caller.scopes:
            raise Forbidden("ending a fact takes a key with the scope compliance")
        if not 0 < len(reason.strip()) <= facts.LONGEST_WORDS:
            raise BadInput("reason", "say why, in a few words")
        await self._end_fact(ref, fact_id, reason.strip(), caller)

    async def _end_fact(self, ref: str, fact_id: str, reason: str | None, caller: Caller) -> None:
        def judge(locked: tuple[str, ...], view: View) -> Writes:
            return facts.end_writes(self.setup, ref, fact_id, reason, caller, locked, view)

        await self._submit((f"case:{ref}",), judge, also=bystanders)

    async def now(self, ref: str, caller: Caller) -> Now:
        """For every person, address and channel of the case: yes or no, why, when."""
        people = (await self.store.look((f"case:{ref}",), bystanders)).docs
        keys = (*people, *now.address_keys(self.setup, ref, people))
        return await self._looked(keys, lambda locked, view: now.answer(self.shelf.of(view), ref, view))

    async def contacts(self, ref: str, filters: Filters, limit: int, cursor: str | None, caller: Caller) -> Page:
        """The case's record, newest first."""
        return await history.page(self.store, ref, filters, limit, cursor, caller)

    async def scenario(self, decision_id: str) -> bytes:
        """One scenario with that decision's facts: deciding it gives the same bytes. `NotFound`."""
        return await history.scenario(self.store, decision_id)

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

    async def _submit(
        self,
        keys: Iterable[str],
        judge: Callable[[tuple[str, ...], View], Writes],
        *,
        also: Callable[[Docs], Sequence[str]] | None = None,
        permit: str | None = None,
        mark: tuple[str, str] | None = None,
        idempotency: Idempotency | None = None,
        bulk: bool = False,
    ) -> Any:
        """Have it judged under the locks it turns out to need."""
        locked = tuple(dict.fromkeys(keys))
        for _ in range(MOST_GOES):
            job = Job(
                lock=locked,
                judge=partial(judge, locked),
                also=also,
                permit=permit,
                mark=mark,
                idempotency=idempotency,
                bulk=bulk,
            )
            try:
                return await self.shelf.caught_up(partial(self.store.submit, job))
            except WidenError as wider:
                locked = tuple(dict.fromkeys((*locked, *wider.keys)))
        raise Busy()

    def _id(self) -> str:
        return new_id(self.store.clock.now())


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
