"""What all reports on one permit come to, whatever their order: its state, and what its contact counts as. Pure."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..law.history import Contact, pack, with_live, with_outcome, words
from ..records.subjects import Stage
from ..records.work import Permit
from .shapes import Event

LONGEST_CONTACT_SECONDS = 4 * 3600

CARRIED_SECONDS = 180

OVER = frozenset({"lapsed", "released", "revoked"})

LEFT = frozenset({"dialled", "sent"})

_STAGE_OF_ACT = {"started": "started", "lapsed": None, "revoked": None, "given_up": "ended"}

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


def course(channel: str, state: str, stages: tuple[Stage, ...]) -> Course:
    """What the reports come to, whatever their order."""
    left = sorted({stage.at for stage in stages if stage.type in LEFT})
    begun = [stage.at for stage in stages if stage.type not in ("released", "ended")]
    ends = [stage for stage in stages if stage.type == "ended"]
    sent = left if channel != "voice" else []
    started = left[0] if left else min(begun, default=None)
    ended = max((stage.at for stage in ends), default=max(sent, default=None))
    last = max((stage for stage in ends if stage.outcome not in (None, "unknown")), key=_latest, default=None)
    heard = max((_HEARD.get(stage.type, "unknown") for stage in stages), key=_RANK.__getitem__, default="unknown")
    return Course(
        state=_state(state, started, ended),
        started=started,
        ended=ended,
        outcome=_outcome(last.outcome if last else None, heard),
        live=started is not None and ended is None,
        dials=len(left),
    )


def _outcome(said: str | None, heard: str) -> str:
    """What the end was said to be, and where that tells no more than a switch knows, what was heard before.

    That an end is not known gives way to whatever else is, whichever was written down first.
    """
    return max(said, heard, key=_RANK.__getitem__) if said == "answered" else said or heard


def _latest(stage: Stage) -> tuple[int, str]:
    return stage.at, stage.outcome or ""


def _state(state: str, started: int | None, ended: int | None) -> str:
    if state in OVER:
        return state
    if ended is not None:
        return "ended"
    return "started" if started is not None else state


def lapsed(permit: Permit, at: int) -> bool:
    """Whether the time to use it went by unused."""
    return permit.state == "reserved" and permit.expires <= at


def with_report(permit: Permit, stages: tuple[Stage, ...], event: Event, at: int) -> tuple[Permit, Course, Stage]:
    """The permit, what it comes to, and the stage, when one more report on it is taken in at `at`."""
    before = "lapsed" if lapsed(permit, at) else permit.state
    stage = Stage(event.event_id, event.type, int(min(event.at, at)), at, event.outcome, before in OVER)
    released = before == "reserved" and event.type == "released"
    return *_moved(permit, "released" if released else before, (*stages, stage)), stage


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
    permit which someone else's switch let lapse, or holds although it was revoked, may have been used."""
    if now.ended is not None:
        return with_outcome(what, now.outcome)
    if now.live:
        return with_live(with_outcome(what, now.outcome), "started")
    if now.state == "reserved":
        return what
    unreported = now.state in ("lapsed", "revoked") and not permit.own_line
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


def with_act(permit: Permit, stages: tuple[Stage, ...], act: str, at: int) -> tuple[Permit, Course, tuple[Stage, ...]]:
    """The permit, what it comes to, and its stages, after an act of our own on it."""
    stage = _STAGE_OF_ACT[act]
    if stage is not None:
        stages = (*stages, Stage(f"own-{act}", stage, at, at))
    return *_moved(permit, act if act in OVER else permit.state, stages), stages
