"""What becomes of a permit: reports in any order, lapse, and what was heard on the way. Pure.

A report is never refused for coming late or twice. The state of a permit and what its contact counts as follow
from all its reports together, so their order of arrival changes nothing.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..errors import BadInput, Conflict, NotFound
from ..law.history import Contact, pack, with_live, with_outcome, words
from ..law.instants import Instant, print_utc
from ..records.people import pruned
from ..records.subjects import AddressDoc, AttemptDoc, Mark, PersonDoc, Stage, pack_bytes, unpacker
from ..records.work import NewEntry, Permit, View, Writes
from .plan import Setup, require
from .shapes import Caller, Event, PermitView

LONGEST_CONTACT_SECONDS = 4 * 3600
CARRIED_SECONDS = 180
CLOCKS_APART_SECONDS = 300
_OVER = frozenset({"lapsed", "released", "revoked"})
_LEFT = frozenset({"dialled", "sent"})
_STAGE_OF_ACT = {"started": "started", "lapsed": None, "given_up": "ended"}
_HEARD = {
    "answered": "answered", "identified": "answered", "disclosed": "answered", "transferred": "answered",
    "recording_announced": "answered", "voicemail": "voicemail", "third_party": "third_party",
    "wrong_number": "wrong_number", "right_party": "conversation", "sent": "sent", "delivered": "delivered",
}  # fmt: skip
_RANK = {
    outcome: place
    for place, outcome in enumerate(
        (
            "unknown",
            "sent",
            "delivered",
            "answered",
            "voicemail",
            "third_party",
            "wrong_number",
            "conversation",
        )
    )
}


class Course(msgspec.Struct, frozen=True):
    """What all reports on one permit come to. `live`: under way; `dials`: how many times it is said to have left."""

    state: str
    started: int | None
    ended: int | None
    outcome: str
    live: bool
    dials: int


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `permit_event` entry. `by`: the key that reported it, None for our own line."""

    permit: str
    by: str | None
    late: bool
    again: bool
    event: Event


class Act(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `permit_act` entry: what we did to a permit ourselves (started, lapsed, given_up)."""

    permit: str
    act: str


read_heard = unpacker(Heard).decode
read_act = unpacker(Act).decode


def course(channel: str, state: str, stages: tuple[Stage, ...]) -> Course:
    """What the reports come to, whatever their order."""
    left = sorted({stage.at for stage in stages if stage.type in _LEFT})
    begun = [stage.at for stage in stages if stage.type not in ("released", "ended")]
    ends = [stage for stage in stages if stage.type == "ended"]
    sent = left if channel != "voice" else []
    started = left[0] if left else min(begun, default=None)
    ended = max((stage.at for stage in ends), default=max(sent, default=None))
    last = max((stage for stage in ends if stage.outcome), key=_latest, default=None)
    heard = max((_HEARD.get(stage.type, "unknown") for stage in stages), key=_RANK.__getitem__, default="unknown")
    return Course(
        state=_state(state, started, ended),
        started=started,
        ended=ended,
        outcome=(last.outcome if last else None) or heard,
        live=started is not None and ended is None,
        dials=len(left),
    )


def _latest(stage: Stage) -> tuple[int, str]:
    return stage.at, stage.outcome or ""


def _state(state: str, started: int | None, ended: int | None) -> str:
    if state in _OVER:
        return state
    if ended is not None:
        return "ended"
    return "started" if started is not None else state


def moment(seconds: float) -> Instant:
    """A reading of the clock in whole seconds."""
    return Instant(int(seconds))


def lapsed(permit: Permit, at: int) -> bool:
    """Whether the time to use it went by unused."""
    return permit.state == "reserved" and permit.expires <= at


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
    again = event.type in _LEFT and any(s.type in _LEFT and s.at != stage.at for s in kept.stages)
    body = Heard(permit_id, caller.key if caller else None, late, again, event)
    docs = _recounted(setup, after, now, event, view) | _marked(setup, after, event, view)
    return Writes(
        answer=view_of(after, view.at, late=late),
        docs={**docs, attempt: AttemptDoc((*kept.stages, stage), after.state)},
        permits=[after],
        entries=[_entry(after, "permit_event", pack_bytes(body), stage.at)],
    )


def with_report(permit: Permit, stages: tuple[Stage, ...], event: Event, at: int) -> tuple[Permit, Course, Stage]:
    """The permit, what it comes to, and the stage, when one more report on it is taken in at `at`."""
    before = "lapsed" if lapsed(permit, at) else permit.state
    stage = Stage(event.event_id, event.type, int(min(event.at, at)), at, event.outcome, before in _OVER)
    released = before == "reserved" and event.type == "released"
    return *_moved(permit, "released" if released else before, (*stages, stage)), stage


def _check(event: Event, at: int) -> None:
    if event.at > at + CLOCKS_APART_SECONDS:
        raise BadInput("at", "lies in the future")
    if event.outcome == "refused":
        raise BadInput("outcome", "is the gate's own word; report a permit that was not used as released")
    if not 0 < len(event.event_id) <= 128:
        raise BadInput("event_id", "expected 1 to 128 characters")


def _moved(permit: Permit, state: str, stages: tuple[Stage, ...]) -> tuple[Permit, Course]:
    """The permit's row after these reports."""
    now = course(permit.channel, state, stages)
    outcome = now.outcome if now.ended is not None else None
    due = _due(now, permit)
    after = replace(permit, state=now.state, started=now.started, ended=now.ended, outcome=outcome, due=due)
    return after, now


def _due(now: Course, permit: Permit) -> int | None:
    """When to look at it again: a reserved one lapses, one under way must not stay so for ever."""
    if now.live:
        return max(now.started or 0, permit.given) + (CARRIED_SECONDS if permit.own_line else LONGEST_CONTACT_SECONDS)
    return permit.expires if now.state == "reserved" else None


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


def recounted(contacts: tuple[Contact, ...], permit: Permit, now: Course, event: Event | None) -> tuple[Contact, ...]:
    """The contacts with that of the permit as it counts now; a further dial is a further contact."""
    return tuple(c for one in contacts for c in _counted(one, permit, now, event))


def _counted(contact: Contact, permit: Permit, now: Course, event: Event | None) -> list[Contact]:
    """A contact as the reports leave it, once for each time it left."""
    if contact.id.startswith(permit.contact + "-"):
        return []
    if contact.id != permit.contact:
        return [contact]
    what = _what(_with_words(contact, event) if event else contact.what, permit, now)
    lapses = contact.lapses if now.state == "reserved" else 0
    first = _copy(contact, contact.id, what, lapses)
    return [first, *(_copy(contact, f"{contact.id}-{place}", what, 0) for place in range(2, now.dials + 1))]


def _what(what: int, permit: Permit, now: Course) -> int:
    """Placed and live from its start, its outcome from its end; what never started is not placed, except that a
    permit which someone else's switch let lapse may have been used."""
    if now.ended is not None:
        return with_outcome(what, now.outcome)
    if now.live:
        return with_live(with_outcome(what, now.outcome), "started")
    if now.state == "reserved":
        return what
    unreported = now.state == "lapsed" and not permit.own_line
    return with_outcome(what, "unknown" if unreported else "refused")


def _with_words(contact: Contact, event: Event) -> int:
    entry = words(contact)
    heard = replace(
        entry,
        said=tuple(dict.fromkeys((*entry.said, *event.said))),
        believed=tuple(dict.fromkeys((*entry.believed, *event.believed))),
        message_left=entry.message_left and event.message_left,
        voicemail_available=entry.voicemail_available and event.voicemail_available,
    )
    return pack(heard, contact.person).what


def _copy(old: Contact, id: str, what: int, lapses: int) -> Contact:
    return Contact(id, old.at, what, old.person, old.address, old.cases, old.discussed, lapses)


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
        docs={**_recounted(setup, after, now, None, view), attempt: AttemptDoc(stages, after.state)},
        permits=[after],
        entries=[_entry(after, "permit_act", pack_bytes(Act(permit.id, act)), None)],
    )


def with_act(permit: Permit, stages: tuple[Stage, ...], act: str, at: int) -> tuple[Permit, Course, tuple[Stage, ...]]:
    """The permit, what it comes to, and its stages, after an act of our own on it."""
    stage = _STAGE_OF_ACT[act]
    if stage is not None:
        stages = (*stages, Stage(f"own-{act}", stage, at, at))
    return *_moved(permit, "lapsed" if act == "lapsed" else permit.state, stages), stages
