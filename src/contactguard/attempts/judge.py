"""The judgement of one request: facts from documents, law's answer, and what is written down. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache

import msgspec

from ..errors import BadInput
from ..law.answers import Decision
from ..law.decide import Undecidable, encode
from ..law.history import CHANNEL, DIRECTION, LIVE, MODE, NOTICE, OUTCOME, PLACE, PURPOSE, Contact
from ..law.model import Collector, Operator, Request
from ..law.several import decide_all
from ..law.signatures import signed_only
from ..law.wording import unattested
from ..law.world import place_found
from ..records.people import pruned
from ..records.subjects import PersonDoc, pack_bytes
from ..records.work import NewEntry, Permit, View, Writes
from . import events
from .about import About, about
from .known import Asked, AskedFor, Known, gather
from .plan import Docs, Setup, reached_at, require, with_past
from .shapes import Ask, Caller
from .stopping.stopped import under_stops

PRUNE_EVERY = 4


class Judged(msgspec.Struct, frozen=True):
    """One request with its facts and answer. `targets`: everyone it is charged to; `refs`: the cases."""

    request: Request
    targets: tuple[str, ...]
    refs: tuple[str, ...]
    known: Known
    decision: Decision


def judged(setup: Setup, ask: Ask, docs: Docs, at: int, operator: Operator, id: str, *, choose: bool = False) -> Judged:
    """Decide. Raises what `about` does, and `BadInput` for what cannot be decided.

    `choose`: a call that names no number to show shows the first of its collector's.
    """
    what = about(setup, ask, docs)
    known = gather(setup, ask.address, what.cases, what.targets, docs, operator)
    request = _request(ask, what, known, choose, setup.agent_place(what.cases[0], ask.agent))
    if setup.halts:
        now = setup.halts.clock(at) if ask.at is None else at
        request, stops = under_stops(setup, request, what, docs, now, choose=choose and ask.caller_id is None)
        known = msgspec.structs.replace(known, operator=msgspec.structs.replace(operator, stops=stops))
    try:
        decision = decide_all(setup.book, known.facts(), request, at, id=id)
    except Undecidable as error:
        raise BadInput(error.where, error.why) from None
    if operator.signed:
        known = msgspec.structs.replace(known, operator=signed_only(operator, decision.regimes))
    return Judged(request, what.targets, what.refs, known, decision)


def _request(ask: Ask, what: About, known: Known, choose: bool, agent_place: str | None) -> Request:
    targets, numbers = what.targets, known.collector.numbers
    shown = numbers[0] if choose and numbers and ask.caller_id is None and ask.channel == "voice" else ask.caller_id
    return Request(
        channel=ask.channel,
        address=ask.address,
        person=targets[0],
        persons=targets if len(targets) > 1 else (),
        cases=what.asked,
        direction=ask.direction,
        purpose=ask.purpose,
        mode=ask.mode,
        place=ask.place,
        notice=ask.notice,
        caller_id=shown,
        agent=ask.agent,
        agent_place=agent_place,
        campaign=ask.campaign,
        content=ask.content,
        considered=ask.considered,
    )


def ask_writes(
    setup: Setup,
    ask: Ask,
    caller: Caller,
    id: str,
    locked: tuple[str, ...],
    own_line: bool,
    view: View,
    *,
    choose: bool = False,
) -> Writes:
    """The answer to a request for a permit, with the reservation on a yes and the entry either way.

    On our own line we know the text: what its words tell is read from it, whatever anyone attests. `choose` as for
    `judged`; the number chosen is in the answer.
    """
    if own_line:
        ask = msgspec.structs.replace(ask, content=unattested(ask.content))
    result = judged(setup, ask, view.docs, view.at, setup.permit_operator, id, choose=choose)
    refs = result.refs
    require(locked, (*(f"person:{target}" for target in result.targets), *(f"case:{ref}" for ref in refs)))
    allowed = result.decision.verdict == "allow"
    expires = _expires(setup, ask, result.decision, view.at) if allowed else 0
    body = Asked(
        *(id, view.at, _with_place(result), result.targets, refs, caller.key, ask.agent, ask.campaign),
        *(own_line, expires, result.known),
    )
    entries = [_entry(ref, body, result.targets[0], place == 0) for place, ref in enumerate(refs)]
    if not allowed:
        return Writes(answer=encode(result.decision)[:-1] + b',"permit":null}', entries=entries)
    return Writes(
        answer=_granted(result.decision, id, expires, result.request.caller_id if choose else None),
        entries=entries,
        docs={
            **_charged(setup, body, view),
            **reached_at(setup, view, ask.address, result.targets),
        },
        permits=[permit_of(body, locked)],
    )


def _with_place(result: Judged) -> Request:
    """The request as it is kept: with the place where it finds everyone it is charged to, if that is one."""
    request, persons = result.request, {person.id: person for person in result.known.persons}
    found = {place_found(persons.get(id), request.address, request.channel) for id in result.targets}
    if request.place is not None or len(found) != 1 or found == {None}:
        return request
    return msgspec.structs.replace(request, place=found.pop())


def started_writes(setup: Setup, ask: Ask, caller: Caller, id: str, locked: tuple[str, ...], view: View) -> Writes:
    """The answer of `ask_writes`, and with a yes the start of the contact beside it."""
    asked = ask_writes(setup, ask, caller, id, locked, False, view, choose=True)
    if not asked.permits:
        return asked
    after = View(at=view.at, docs={**view.docs, **asked.docs}, permit=asked.permits[0])
    begun = events.started_writes(setup, after)
    return msgspec.structs.replace(
        asked,
        docs={**asked.docs, **begun.docs},
        entries=[*asked.entries, *begun.entries],
        permits=begun.permits,
    )


def _entry(ref: str, body: Asked, person: str, first: bool) -> NewEntry:
    """The whole of it in the first case's stream; the others say that it happened."""
    if not first:
        body = msgspec.structs.replace(body, known=Known((), (), Collector(), (), body.known.operator))
    return NewEntry(
        stream=f"case:{ref}",
        kind="permit_asked",
        body=pack_bytes(body),
        person=person,
        decision=body.id if first else None,
        keeps_answer=first,
    )


def _expires(setup: Setup, ask: Ask, decision: Decision, at: int) -> int:
    expires = at + setup.seconds(ask)
    if ask.channel == "voice" and decision.valid_until is not None:
        return min(expires, _seconds(decision.valid_until) - setup.settings.permits.ring_seconds)
    return expires


def _granted(decision: Decision, id: str, expires: int, shows: str | None) -> bytes:
    until = datetime.fromtimestamp(expires, _zone(decision.at[19:])).isoformat()
    number = b"" if shows is None else b',"caller_id":' + msgspec.json.encode(shows)
    permit = f',"permit":{{"id":"{id}","expires_at":"{until}"'.encode()
    return encode(decision)[:-1] + permit + number + b"}}"


@lru_cache(maxsize=1024)
def _seconds(text: str) -> int:
    """The instant that a decision prints; many decisions of one day end at the same one."""
    return int(datetime.fromisoformat(text).timestamp())


@lru_cache(maxsize=64)
def _zone(offset: str) -> tzinfo:
    """The zone of an offset as a decision prints it."""
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
    return zone if zone is not None else UTC


def _charged(setup: Setup, body: AskedFor, view: View) -> dict[str, PersonDoc]:
    """The documents of everyone charged, with the contact reserved."""
    docs = {}
    for contact in reserved(body):
        doc = view.docs[f"person:{contact.person}"]
        docs[f"person:{contact.person}"] = with_past(with_contact(setup, doc, contact, view.at), body.cases)
    return docs


def reserved(body: AskedFor) -> list[Contact]:
    """What a permit counts as from the moment it is given, for each person it is charged to."""
    request, live = body.request, "reserved" if body.own_line else "handed"
    what = packed(
        *(request.channel, request.direction, request.purpose, request.mode, request.place, request.notice), live
    )
    return [
        Contact(body.id, body.at, what, person, request.address, body.cases, None, body.expires)
        for person in body.persons
    ]


def with_contact(setup: Setup, doc: PersonDoc, contact: Contact, at: int) -> PersonDoc:
    """The document with one more contact; what can matter no longer is dropped now and then."""
    contacts = (*doc.contacts, contact)
    if len(contacts) % PRUNE_EVERY == 0:
        contacts = pruned(contacts, at, setup.reach)
    return PersonDoc(doc.person, contacts, doc.origin, doc.past)


@lru_cache(maxsize=4096)
def packed(
    channel: str, direction: str, purpose: str, mode: str, place: str | None, notice: str | None, live: str
) -> int:
    """A reserved contact's words as one integer. Until it ends it counts as placed, outcome unknown."""
    return (
        CHANNEL.code[channel]
        | DIRECTION.code[direction]
        | PURPOSE.code[purpose]
        | MODE.code[mode]
        | PLACE.code[place]
        | NOTICE.code[notice]
        | LIVE.code[live]
        | OUTCOME.code["unknown"]
    )


def permit_of(body: AskedFor, locked: tuple[str, ...] = ()) -> Permit:
    """The row of a permit just given."""
    return Permit(
        id=body.id,
        key=body.key,
        state="reserved",
        channel=body.request.channel,
        given=body.at,
        expires=body.expires,
        own_line=body.own_line,
        persons=body.persons,
        cases=body.cases,
        stream=f"case:{body.cases[0]}",
        contact=body.id,
        agent=body.agent,
        locks=locked,
        due=body.expires,
    )
