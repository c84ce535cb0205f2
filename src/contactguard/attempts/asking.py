"""Questions and permits: may this contact start now, and what was reported of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ..errors import BadInput, Conflict
from ..law.answers import Decision
from ..records.work import Idempotency, View, Writes
from . import events, unasked, unlisted
from .about import UnlistedError
from .board import deepen
from .judge import ask_writes, judged, started_writes
from .plan import bystanders, first_keys, passes_unasked, prepared, require
from .shapes import Ask, Caller, Event, PermitView
from .submitting import Submitting


class Asking(Submitting):
    """Asks and what became of them."""

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

    async def ask(self, ask: Ask, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """Decide and, on a yes, reserve: the decision as JSON with `permit: {id, expires_at} | null`.

        Raises `NotFound`, `BadInput`, `Forbidden`, `Busy`, `StoreDown`; nothing is reserved then.
        """
        return await self._ask(ask, caller, idem, own_line=False)

    async def _ask(
        self,
        ask: Ask,
        caller: Caller,
        idem: Idempotency | None,
        *,
        own_line: bool,
        starts: bool = False,
        id: str | None = None,
        once: tuple[str, str] | None = None,
    ) -> bytes:
        """`own_line`: we carry it ourselves; `starts`: it is started with the yes, and need not name a case.

        `id`: that of the decision, if one is made; `once`: what may be decided once, as a (scope, id) of its own.
        """
        why = passes_unasked(ask, self.settings)
        if why is not None:
            return self._owed.known(idem) or self._pass(ask, caller, why, idem)
        if ask.at is not None:
            raise BadInput("at", "a permit is for now; leave this out, or ask /v1/decisions")
        ask, id = prepared(ask, caller, by_number=starts), id or self._id()
        if ask.channel == "portal" and ask.direction == "outbound":
            raise BadInput("channel", "nothing goes out through the portal")

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            setup = self.shelf.of(view)
            try:
                if starts:
                    return _once(once, view, started_writes(setup, ask, caller, id, locked, view))
                return ask_writes(setup, ask, caller, id, locked, own_line, view, choose=own_line)
            except UnlistedError as why:
                return _once(once, view, unlisted.writes(setup, ask, caller, id, why, locked, view))

        keys = (*first_keys(ask, self.setup), *((f"attempt:{id}",) if starts else ()))
        answer: bytes = await self._submit(keys, judge, also=bystanders, idempotency=idem, mark=once)
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


def _once(mark: tuple[str, str] | None, view: View, writes: Writes) -> Writes:
    """The same, marked as decided. `Conflict` where that was done before."""
    if mark is None:
        return writes
    if view.seen:
        raise Conflict("this was asked and answered before; a call is decided about once")
    return replace(writes, marks=[*writes.marks, mark])
