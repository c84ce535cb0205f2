"""The road itself: ask, start, event, finish; and what the record learns beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..law.model import Decision, Evidence, Point
from ..lines.line import Line
from ..records.work import Idempotency
from ..settings import Settings
from .shapes import (
    Ask,
    Caller,
    Event,
    Filters,
    NewFact,
    Now,
    Page,
    PermitView,
    PutCase,
    PutResult,
    Recorded,
)


class Road:
    """Whatever may reach a person goes through here. `resolve`: where an address says that it is."""

    def __init__(
        self,
        store: Any,
        book: Any,
        settings: Settings,
        lines: Mapping[str, Line],
        *,
        resolve: Callable[[Point], Sequence[Evidence]] = lambda point: (),
    ) -> None:
        self.store, self.book, self.settings, self.lines, self.resolve = store, book, settings, lines, resolve

    async def decide(self, asks: Sequence[Ask], caller: Caller) -> list[Decision]:
        """Answer questions: nothing is reserved or recorded."""
        raise NotImplementedError

    async def ask(self, ask: Ask, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """Decide and, on a yes, reserve: the decision as JSON with `permit: {id, expires_at} | null`."""
        raise NotImplementedError

    async def permit(self, permit_id: str, caller: Caller) -> PermitView:
        """A permit's state. `NotFound` for another key's, unless the caller has the scope `compliance`."""
        raise NotImplementedError

    async def event(self, permit_id: str, event: Event, caller: Caller) -> PermitView:
        """Take in what happened; once per `event_id`, in any order, never refused for coming late."""
        raise NotImplementedError

    async def call(self, ask: Ask, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """Ask and, on a yes, carry it on our own line. The answer is that of `ask`."""
        raise NotImplementedError

    async def cancel(self, permit_id: str, caller: Caller) -> PermitView:
        """Withdraw a contact on our own line: released when not started, hung up when live."""
        raise NotImplementedError

    async def record(
        self, ref: str, contact: Recorded, caller: Caller, idem: Idempotency | None = None
    ) -> bytes:
        """A contact we did not permit; `{"id", "repeated"}` as JSON."""
        raise NotImplementedError

    async def put_case(self, ref: str, body: PutCase, caller: Caller, *, bulk: bool = False) -> PutResult:
        """What the case system says of a case, whole or not at all; `Conflict` when `version` is older."""
        raise NotImplementedError

    async def fact(self, ref: str, fact: NewFact, caller: Caller, idem: Idempotency | None = None) -> bytes:
        """A fact, in force before the answer: a `FactView` as JSON."""
        raise NotImplementedError

    async def take_back(self, ref: str, fact_id: str, caller: Caller) -> None:
        """Its author takes a fact back within 60 s; `Conflict` after that, `Forbidden` for others."""
        raise NotImplementedError

    async def end_fact(self, ref: str, fact_id: str, reason: str, caller: Caller) -> None:
        """End a fact for good, with a reason; needs the scope `compliance`."""
        raise NotImplementedError

    async def now(self, ref: str, caller: Caller) -> Now:
        """For every person, address and channel of the case: yes or no, why, when."""
        raise NotImplementedError

    async def contacts(
        self, ref: str, filters: Filters, limit: int, cursor: str | None, caller: Caller
    ) -> Page:
        """The case's record, newest first."""
        raise NotImplementedError

    async def scenario(self, decision_id: str) -> bytes:
        """One scenario with that decision's facts: deciding it gives the same bytes. `NotFound`."""
        raise NotImplementedError

    async def expire(self) -> int:
        """Write down which permits have lapsed; how many."""
        raise NotImplementedError

    async def reconcile(self) -> int:
        """End what no line of ours carries any more, and what has been live for too long; how many."""
        raise NotImplementedError
