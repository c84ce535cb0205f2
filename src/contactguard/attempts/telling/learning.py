"""What the record learns beside asks: cases, facts, contacts made elsewhere; and what it tells of a case."""

from __future__ import annotations

from ...errors import BadInput, Forbidden
from ...records.work import Idempotency, View, Writes
from .. import history, now
from ..plan import bystanders
from ..shapes import Caller, Filters, NewFact, Now, Page, PutCase, PutResult, Recorded
from . import cases, facts, recorded
from .listing import Listing


class Learning(Listing):
    """Facts in, records out."""

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
