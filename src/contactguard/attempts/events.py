"""What becomes of a permit: reports in any order, lapse, and what was heard on the way. Pure.

A report is never refused for coming late or twice; what all of them come to is settled in `course.py`.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..errors import BadInput, Conflict, NotFound
from ..law.instants import Instant, print_utc
from ..records.people import pruned
from ..records.subjects import AddressDoc, AttemptDoc, Mark, PersonDoc, pack_bytes, unpacker
from ..records.work import NewEntry, Permit, View, Writes
from .course import CARRIED_SECONDS, LEFT, Course, lapsed, recounted, with_act, with_report
from .plan import Setup, require
from .shapes import Caller, Event, PermitView

CLOCKS_APART_SECONDS = 300


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `permit_event` entry. `by`: the key that reported it, None for our own line."""

    permit: str
    by: str | None
    late: bool
    again: bool
    event: Event


class Act(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `permit_act` entry: what we did to a permit ourselves (started, lapsed, revoked, given_up)."""

    permit: str
    act: str


read_heard = unpacker(Heard).decode
read_act = unpacker(Act).decode


def moment(seconds: float) -> Instant:
    """A reading of the clock in whole seconds."""
    return Instant(int(seconds))


def seen_by(permit: Permit | None, caller: Caller | None, *, read: bool = False) -> Permit:
    """The permit, if this caller may know of it (None: our own line). `NotFound` otherwise."""
    allowed = permit is not None and (
        caller is None or caller.key == permit.key or (read and "compliance" in caller.scopes)
    )
    if permit is None or not allowed:
        raise NotFound("permit")
    return permit


def view_of(permit: Permit, at: int, *, late: bool = False, repeated: bool = False) -> PermitView:
    """The permit for its holder, as of now."""
    return PermitView(
        id=permit.id,
        state="lapsed" if lapsed(permit, at) else permit.state,  # type: ignore[arg-type]
        channel=permit.channel,  # type: ignore[arg-type]
        given_at=print_utc(permit.given),
        expires_at=print_utc(permit.expires),
        cases=permit.cases,
        persons=permit.persons,
        agent=permit.agent,
        started_at=_printed(permit.started),
        ended_at=_printed(permit.ended),
        outcome=permit.outcome,
        late=late,
        repeated=repeated,
    )


def _printed(at: int | None) -> str | None:
    return None if at is None else print_utc(at)


def event_writes(
    setup: Setup, permit_id: str, event: Event, caller: Caller | None, locked: tuple[str, ...], view: View
) -> Writes:
    """Take one report in. `NotFound` for another key's permit; `BadInput` for one from the future."""
    permit = seen_by(view.permit, caller)
    attempt = f"attempt:{permit_id}"
    require(locked, iter((*permit.locks, attempt)))
    kept: AttemptDoc = view.docs[attempt] or AttemptDoc()
    if known := next((stage for stage in kept.stages if stage.event_id == event.event_id), None):
        return Writes(answer=view_of(permit, view.at, late=known.late, repeated=True))
    _check(event, view.at)
    after, now, stage = with_report(permit, kept.stages, event, view.at)
    late = stage.late
    again = event.type in LEFT and any(s.type in LEFT and s.at != stage.at for s in kept.stages)
    body = Heard(permit_id, caller.key if caller else None, late, again, event)
    docs = _recounted(setup, after, now, event, view) | _marked(setup, after, event, view)
    return Writes(
        answer=view_of(after, view.at, late=late),
        docs={**docs, attempt: AttemptDoc((*kept.stages, stage), after.state, kept.ref)},
        permits=[after],
        entries=[_entry(after, "permit_event", pack_bytes(body), stage.at)],
    )


def _check(event: Event, at: int) -> None:
    if event.at > at + CLOCKS_APART_SECONDS:
        raise BadInput("at", "lies in the future")
    if event.outcome == "refused":
        raise BadInput("outcome", "is the gate's own word; report a permit that was not used as released")
    if not 0 < len(event.event_id) <= 128:
        raise BadInput("event_id", "expected 1 to 128 characters")


def _recounted(
    setup: Setup, permit: Permit, now: Course, event: Event | None, view: View
) -> dict[str, PersonDoc | AddressDoc]:
    """Everyone's document, with the contact as it counts now."""
    docs: dict[str, PersonDoc | AddressDoc] = {}
    for person in permit.persons:
        doc: PersonDoc | None = view.docs[f"person:{person}"]
        if doc is not None:
            kept = pruned(recounted(doc.contacts, permit, now, event), view.at, setup.reach)
            docs[f"person:{person}"] = PersonDoc(doc.person, kept, doc.origin, doc.past)
    return docs


def _marked(setup: Setup, permit: Permit, event: Event, view: View) -> dict[str, PersonDoc | AddressDoc]:
    """What was heard of the address itself: it is someone else's."""
    address = _address(permit, view)
    if address is None or "wrong_number" not in (event.type, event.outcome):
        return {}
    key, source = setup.address_key(address), f"permit:{permit.id}"
    doc: AddressDoc = view.docs[key] or AddressDoc()
    if any(mark.source == source for mark in doc.marks):
        return {}
    mark = Mark("wrong_number", min(event.at, view.at), source)
    return {key: AddressDoc(doc.persons, (*doc.marks, mark))}


def _address(permit: Permit, view: View) -> str | None:
    """The address of the contact, from the document of whoever was charged."""
    docs = (view.docs[f"person:{person}"] for person in permit.persons)
    contacts = (contact for doc in docs if doc is not None for contact in doc.contacts)
    return next((contact.address for contact in contacts if contact.id == permit.contact), None)


def _entry(permit: Permit, kind: str, body: bytes, at: int | None) -> NewEntry:
    person = permit.persons[0] if permit.persons else None
    return NewEntry(stream=permit.stream, kind=kind, body=body, person=person, at=at)


def started_writes(setup: Setup, view: View) -> Writes:
    """Spend a permit on our own line: from reserved to started, once. `Conflict` if that is no longer possible."""
    permit = seen_by(view.permit, None)
    if permit.state != "reserved" or lapsed(permit, view.at):
        raise Conflict("this permit has been used, has lapsed or was released; ask again")
    return _acted(setup, permit, "started", view)


def lapsed_writes(setup: Setup, view: View) -> Writes:
    """Write down that a permit was not used in time; nothing if it was."""
    permit = view.permit
    if permit is None or not lapsed(permit, view.at):
        return Writes(answer=0)
    return _acted(setup, permit, "lapsed", view)


def revoked_writes(setup: Setup, view: View) -> Writes:
    """Take back a permit that nobody has used yet; nothing where somebody has, or its time is over."""
    permit = view.permit
    if permit is None or permit.state != "reserved" or lapsed(permit, view.at):
        return Writes(answer=0)
    return _acted(setup, permit, "revoked", view)


def given_up_writes(setup: Setup, view: View) -> Writes:
    """End, outcome unknown, a contact under way of which nothing more will be heard."""
    permit = view.permit
    if permit is None or permit.started is None or permit.due is None or permit.due > view.at:
        return Writes(answer=0)
    return _acted(setup, permit, "given_up", view)


def carried_writes(view: View) -> Writes:
    """A line of ours still carries it: look again later."""
    permit = view.permit
    if permit is None or permit.started is None or permit.due is None:
        return Writes(answer=0)
    return Writes(answer=1, permits=[replace(permit, due=view.at + CARRIED_SECONDS)])


def _acted(setup: Setup, permit: Permit, act: str, view: View) -> Writes:
    """An act of our own on a permit, as an entry and in everyone's documents."""
    attempt = f"attempt:{permit.id}"
    kept: AttemptDoc = view.docs.get(attempt) or AttemptDoc()
    after, now, stages = with_act(permit, kept.stages, act, view.at)
    return Writes(
        answer=1,
        docs={**_recounted(setup, after, now, None, view), attempt: AttemptDoc(stages, after.state, kept.ref)},
        permits=[after],
        entries=[_entry(after, "permit_act", pack_bytes(Act(permit.id, act)), None)],
    )


