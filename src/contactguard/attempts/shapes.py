"""What goes in and comes out of the road, in the words of the wire.

Inputs are strict (unknown fields are errors); instants in outputs are RFC 3339 text.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ..law import answers, model, vocabulary
from ..law.instants import Day, Instant
from ..law.model import Value
from ..lines.line import EventType

PermitState = Literal["reserved", "started", "ended", "released", "lapsed", "revoked"]


class Ask(Value, frozen=True):
    """One contact asked about: the fields of a scenario's `contact`, and the case by its `ref`.

    `person_id` None: everyone on the case who lists the address. `cases`: further cases it counts toward.
    `at`: only for questions. `case_ref` None: an emergency number or an extension, or, asked for by
    a switch, everyone who lists the address, on all their cases. `considered`: the decision also lists the rules that
    applied and did not decide.
    """

    channel: vocabulary.Channel
    address: str
    case_ref: str | None = None
    person_id: str | None = None
    cases: tuple[str, ...] = ()
    direction: vocabulary.Direction = "outbound"
    purpose: vocabulary.Purpose = "collection"
    mode: vocabulary.Mode = "manual"
    notice: vocabulary.Notice | None = None
    place: vocabulary.Place | None = None
    caller_id: str | None = None
    campaign: str | None = None
    agent: str | None = None
    content: model.Content | None = None
    considered: bool = False
    at: Instant | None = None


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: the key's id and name, what it may do, and the agent it is bound to."""

    key: str
    name: str
    scopes: frozenset[str]
    agent: str | None = None


class Event(Value, frozen=True):
    """What happened to a permitted contact, and when; `words`, `said`, `believed`: what was heard."""

    event_id: str
    type: EventType
    at: Instant
    outcome: vocabulary.Outcome | None = None
    person_id: str | None = None
    seconds: int | None = None
    cause: str | None = None
    words: str | None = None
    said: tuple[vocabulary.Said, ...] = ()
    believed: tuple[vocabulary.Believed, ...] = ()
    message_left: bool = True
    voicemail_available: bool = True


class PermitView(msgspec.Struct, frozen=True, kw_only=True):
    """A permit's state. `late`: this event came after its lapse or release; `repeated`: it was known."""

    id: str
    state: PermitState
    channel: vocabulary.Channel
    given_at: str
    expires_at: str
    cases: tuple[str, ...]
    persons: tuple[str, ...]
    agent: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    outcome: str | None = None
    late: bool = False
    repeated: bool = False


class Recorded(Value, frozen=True):
    """A contact we did not permit, in the shape of `history[]`. `event_id` makes it count once."""

    event_id: str
    at: Instant
    channel: vocabulary.Channel
    outcome: vocabulary.Outcome
    direction: vocabulary.Direction = "outbound"
    address: str | None = None
    person: str | None = None
    cases: tuple[str, ...] | None = None
    discussed: tuple[str, ...] | None = None
    purpose: vocabulary.Purpose = "collection"
    notice: vocabulary.Notice | None = None
    mode: vocabulary.Mode = "manual"
    place: vocabulary.Place | None = None
    message_left: bool = True
    voicemail_available: bool = True
    said: tuple[vocabulary.Said, ...] = ()
    believed: tuple[vocabulary.Believed, ...] = ()
    agent: str | None = None
    campaign: str | None = None


class PutCase(Value, frozen=True):
    """All that the case system says of one case. `collector`: the id of the one it is placed with."""

    case: model.Case
    persons: tuple[model.Person, ...]
    version: int | None = None
    collector: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One thing learned by ourselves that a `PUT` left standing. `what`: its kind in the scenario's words."""

    person: str
    fact: str
    kind: str
    what: str
    since: str


class PutResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a `PUT`: `created` tells 201 from 200, `changed` whether it said anything new."""

    ref: str
    created: bool
    changed: bool
    version: int | None
    kept: tuple[Kept, ...]


class Promise(Value, frozen=True):
    """What a person undertook to pay, and by when."""

    by: Day
    amount: str | None = None
    currency: str | None = None


class NewFact(Value, frozen=True):
    """One fact about a person: exactly one of the six. `at`: when it was said (now); `words`: how.

    `also`: further places that the one in `evidence` leaves possible.
    """

    person_id: str
    restriction: model.Restriction | None = None
    consent: model.Consent | None = None
    point: model.Point | None = None
    evidence: model.Evidence | None = None
    also: tuple[model.Evidence, ...] = ()
    promise: Promise | None = None
    note: str | None = None
    at: Instant | None = None
    words: str | None = None


class FactView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact in force or ended. `take_back_until`: until then its author may take it back."""

    id: str
    person: str
    kind: str
    since: str
    take_back_until: str
    ended: str | None = None


class NowRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person, address and channel of a case: may a contact start, why not, and when."""

    person: str
    role: str
    address: str
    label: str | None
    channel: vocabulary.Channel
    verdict: Literal["allow", "deny"]
    reasons: tuple[answers.Because, ...]
    next_allowed: str | None
    valid_until: str | None
    obligations: tuple[answers.Obligation, ...]


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """Every way to reach the people of one case, answered for this moment."""

    case_ref: str
    at: str
    items: tuple[NowRow, ...]


class Filters(Value, frozen=True):
    """Which contacts of a case are wanted; absent: all. `since` is included, `until` is not."""

    since: Instant | None = None
    until: Instant | None = None
    channel: vocabulary.Channel | None = None
    direction: vocabulary.Direction | None = None
    person: str | None = None
    outcome: vocabulary.Outcome | None = None
    verdict: Literal["allow", "deny"] | None = None
    placed: bool | None = None
    agent: str | None = None
    campaign: str | None = None


class Stage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a contact, as reported."""

    type: str
    at: str
    recorded: str
    outcome: str | None = None
    late: bool = False


class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One contact or refused request of the record. `simulated`: written by a clock that is not the machine's."""

    id: str
    at: str
    recorded: str
    placed: bool
    direction: str
    channel: str
    person: str | None
    address: str | None
    cases: tuple[str, ...]
    outcome: str | None
    verdict: str | None
    reasons: tuple[str, ...]
    permit: str | None
    agent: str | None
    campaign: str | None
    simulated: bool
    stages: tuple[Stage, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list; `next` is the cursor of the following one, None at the end."""

    items: tuple[Any, ...]
    next: str | None
