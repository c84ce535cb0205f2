"""Ask and start in one step, for whoever stands in the way of a call: a switch, or a carrier's webhook."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Literal

import msgspec

from ..errors import BadInput, NotFound
from ..law.answers import Because, Obligation
from ..law.instants import Instant, parse_instant
from ..records.work import Idempotency, Job, View, Writes
from . import events
from .asking import Asking
from .plan import passes_unasked
from .shapes import Ask, Caller, Event

SAME_ANSWER_SECONDS = 600
_LONGEST_CALL_ID = 256
_UNDER_WAY = frozenset({"reserved", "started"})
_MOST_TURNS = 200  # of ten minutes each, in the day for which answers are kept


class _Permit(msgspec.Struct):
    id: str
    caller_id: str | None = None


class _Answer(msgspec.Struct):
    id: str
    at: str
    verdict: Literal["allow", "deny"]
    reasons: tuple[Because, ...]
    next_allowed: str | None
    valid_until: str | None
    obligations: tuple[Obligation, ...]
    permit: _Permit | None = None


class Authorized(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for a switch. With a yes the contact counts as started; `permit` takes the reports on it.

    `code`: that of the first reason. `caller_id`: the number to show, None for whatever the call has. `unasked`: why it
    passed without being judged. `ring_seconds`: let it ring no longer. `answer`: the decision as /v1/permits gives it.
    """

    verdict: Literal["allow", "deny"]
    permit: str | None
    code: str | None
    reasons: tuple[Because, ...]
    next_allowed: str | None
    valid_until: str | None
    caller_id: str | None
    obligations: tuple[Obligation, ...]
    unasked: Literal["emergency", "extension"] | None
    ring_seconds: int
    answer: bytes


_read = msgspec.json.Decoder(_Answer).decode


class Authorizing(Asking):
    """Asks that are started in the transaction that grants them."""

    async def authorize(self, ask: Ask, caller: Caller, call_id: str, *, once: str | None = None) -> Authorized:
        """Decide, and with a yes start. The same call to the same address has the same answer for ten minutes; a yes
        only until its contact is over, so that dialling again in the same call is asked about again, and only as long
        as it is one (`valid_until`).

        `ask.case_ref` None: decided for everyone who lists the address, and charged to all. `once`: whose calls never
        ask anew (`twilio`), so that an old request shown to us again comes to nothing. Raises `NotFound` for a case
        that is not known, `Conflict` for a call that is decided about once and was, `BadInput`, `Forbidden`, `Busy`,
        `StoreDown`; nothing is reserved then.
        """
        if not 0 < len(call_id) <= _LONGEST_CALL_ID or not call_id.isprintable():
            raise BadInput("call_id", f"expected 1 to {_LONGEST_CALL_ID} printable characters")
        why: Any = passes_unasked(ask, self.settings)
        mark = None if once is None else (f"call:{once}", call_id)
        for turn in range(_MOST_TURNS):
            id = self._id()
            answer = await self._authorized(ask, caller, _use(caller, call_id, ask.address, turn), id, mark)
            said = _read(answer)
            if said.id == id:
                break
            permit = None if why is not None or said.permit is None else said.permit.id
            if self._stands(said) and (permit is None or await self._given_again(permit)):
                break
        else:
            raise BadInput("call_id", "was asked about too often; give each call an id of its own")
        return Authorized(
            verdict=said.verdict,
            permit=said.permit.id if said.permit else None,
            code=said.reasons[0].code if said.reasons else None,
            reasons=said.reasons,
            next_allowed=said.next_allowed,
            valid_until=said.valid_until,
            caller_id=said.permit.caller_id if said.permit else None,
            obligations=said.obligations,
            unasked=why,
            ring_seconds=self.settings.permits.ring_seconds,
            answer=answer,
        )

    def _stands(self, said: _Answer) -> bool:
        """Whether an answer may be given again; a yes not at an hour at which it has become a no."""
        now = int(self.store.clock.now())
        ends = said.permit is not None and said.valid_until is not None and parse_instant(said.valid_until) <= now
        return not ends and now - parse_instant(said.at) < SAME_ANSWER_SECONDS

    async def _given_again(self, permit_id: str) -> bool:
        """Say the yes of a call that is not over once more; whoever would undo it for want of a listener finds one."""
        mark = _heard_by_another(permit_id)

        def judge(view: View) -> Writes:
            live = view.permit is not None and view.permit.state in _UNDER_WAY
            return Writes(answer=live, marks=[mark] if live and not view.seen else [])

        job = Job(lock=(f"attempt:{permit_id}",), judge=judge, permit=permit_id, mark=mark)
        live: bool = await self.store.submit(job)
        return live

    async def unheard(self, permit_id: str, caller: Caller) -> None:
        """End a call whose yes nobody heard: whoever asked was gone before the answer left, so nothing was dialled.

        Nothing where the same yes was given to a second request for the call: that one may have dialled.
        """
        at = Instant(int(self.store.clock.now()))
        event = Event(event_id="pbx-unheard", type="ended", at=at, outcome="failed", cause="unheard")

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            if view.seen:
                return Writes(answer=None)
            return events.event_writes(self.shelf.keeping(view), permit_id, event, caller, locked, view)

        mark = _heard_by_another(permit_id)
        await self._submit((f"attempt:{permit_id}",), judge, permit=permit_id, mark=mark)

    async def permit_of_call(self, call_id: str, address: str, caller: Caller) -> str:
        """The permit last given for this call to this address, as this key asked for it. `NotFound`."""
        found: tuple[int, str] | None = None
        for turn in range(_MOST_TURNS):
            answer = await self._given(_use(caller, call_id, address, turn))
            if answer is None:
                break
            said = _read(answer)
            at = int(parse_instant(said.at))
            if said.permit is not None and (found is None or at >= found[0]):  # what is left of yesterday may come last
                found = at, said.permit.id
        if found is None:
            raise NotFound("permit")
        return found[1]

    async def _given(self, use: Idempotency) -> bytes | None:
        """The answer kept for a use of a key, if there is one."""

        def nothing(locked: tuple[str, ...], view: View) -> Writes:
            raise NotFound("call")

        try:
            answer: bytes = self._owed.known(use) or await self._submit((), nothing, idempotency=use)
        except NotFound:
            return None
        return answer

    async def _authorized(
        self, ask: Ask, caller: Caller, use: Idempotency, id: str, once: tuple[str, str] | None
    ) -> bytes:
        return await self._ask(ask, caller, use, own_line=False, starts=True, id=id, once=once)


def _heard_by_another(permit_id: str) -> tuple[str, str]:
    return "repeated", permit_id


def _use(caller: Caller, call_id: str, address: str, turn: int) -> Idempotency:
    """One call to one address, as a use of an idempotency key; the body of later requests for it does not matter."""
    named = sha256(f"{call_id}\0{address}\0{turn}".encode()).hexdigest()
    return Idempotency(caller.key, "authorize", named, b"")
