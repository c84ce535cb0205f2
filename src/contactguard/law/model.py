"""The values law thinks with: who, what, when.

Everything here is plain frozen data in the shapes of a scenario (one decision with all its facts). Instants and
days are integers (`instants.py`). Absence is absence:
the defaults of scenario files are filled in by the reader of such files, never here.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .addresses import Check, CreditorNotice, PriorCollector
from .instants import Clock, Day, Instant, Until
from .value import Value as Value
from .vocabulary import (
    Believed,
    CaseStatus,
    Channel,
    CollectorKind,
    ConsentKind,
    Direction,
    Form,
    Label,
    Licence,
    Line,
    Mode,
    Notice,
    Outcome,
    Place,
    PointStatus,
    Product,
    Purpose,
    RestrictionKind,
    Role,
    Said,
    Source,
    Vouched,
    Weekday,
)


class PlaceLicence(Value, frozen=True, kw_only=True):
    """A licence to collect in a place (`US-NY` or `US-NY/New York`), until its end."""

    place: str
    number: str | None = None
    until: Until | None = None


class Collector(Value, frozen=True, kw_only=True):
    """The legal entity that contacts. `licences` None: nobody listed any, so it is not known where it has one."""

    kind: CollectorKind = "third_party"
    own_name: bool = True
    licence: Licence | None = None
    licences: tuple[PlaceLicence, ...] | None = None
    numbers: tuple[str, ...] | None = None
    name: str | None = None
    neutral_name: str | None = None
    country: str | None = None
    subdivision: str | None = None


class SentNotice(Value, frozen=True, kw_only=True):
    """A written notice of the debt; `period_ends` is the last date for a dispute."""

    sent: Until
    channel: Channel | None = None
    received: bool = True
    period_ends: Day | None = None


class Case(Value, frozen=True, kw_only=True):
    """One debt placed for collection. What is None here may be taken on trust if the operator vouches for it."""

    ref: str
    creditor: str | None = None
    product: Product | None = None
    account: str | None = None
    federal: bool = False
    due: Day | None = None
    arrears_since: Day | None = None
    judgment: Day | None = None
    status: CaseStatus = "open"
    communicated: bool | None = None
    notices: tuple[SentNotice, ...] | None = None


class Point(Value, frozen=True, kw_only=True):
    """One address at which a person is reached."""

    address: str
    line: Line | None = None
    label: Label | None = None
    status: PointStatus = "active"
    status_since: Instant | None = None
    source: Source | None = None
    public_domain: bool | None = None
    misdelivered: Instant | None = None
    checks: tuple[Check, ...] = ()
    creditor_notice: CreditorNotice | None = None
    prior_collectors: tuple[PriorCollector, ...] = ()


class Evidence(Value, frozen=True, kw_only=True):
    """What places the person: every zone it leaves possible; an empty list says nothing.

    `source`: the table in which the zones were looked up, with its version; never decides.
    """

    kind: Literal["residence", "number", "stated"]
    zones: tuple[str, ...]
    address: str | None = None
    country: str | None = None
    subdivision: str | None = None
    city: str | None = None
    postal_code: str | None = None
    at: Instant | None = None
    source: str | None = None


class Restriction(Value, frozen=True, kw_only=True):
    """What a person asked for or is protected by. `since`: when the collector learned of it (None: always)."""

    kind: RestrictionKind
    since: Instant | None = None
    until: Until | None = None
    cases: tuple[str, ...] | None = None
    form: Form | None = None
    source: Literal["person", "creditor", "third_party"] | None = None
    words: str | None = None
    channel: Channel | None = None
    address: str | None = None
    place: Place | None = None
    days: tuple[Weekday, ...] | None = None
    start: Clock | None = msgspec.field(name="from", default=None)
    end: Clock | None = msgspec.field(name="to", default=None)
    by: str | None = None
    attorney_known: bool = True
    asked: Instant | None = None
    answered: bool = False
    portion: str | None = None


class Consent(Value, frozen=True, kw_only=True):
    """What a person agreed to, how, and within which bounds."""

    kind: ConsentKind
    given: Instant
    given_by: Literal["person", "attorney", "court"] = "person"
    given_to: Literal["collector", "creditor", "prior_collector"] = "collector"
    form: Form | None = None
    cases: tuple[str, ...] | None = None
    channel: Channel | None = None
    address: str | None = None
    person: str | None = None
    days: tuple[Weekday, ...] | None = None
    start: Clock | None = msgspec.field(name="from", default=None)
    end: Clock | None = msgspec.field(name="to", default=None)
    only_dates: tuple[Day, ...] | None = None
    until: Until | None = None
    revoked: Instant | None = None
    compliant: bool = True
    informed: bool = True
    words: str | None = None


class Person(Value, frozen=True, kw_only=True):
    """Someone tied to cases by a role. `roles` names the role on single cases where it differs from `role`."""

    id: str
    role: Role = "debtor"
    roles: dict[str, Role] | None = None
    cases: tuple[str, ...] | None = None
    minor: bool = False
    confirmed: bool = True
    language: str | None = None
    points: tuple[Point, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    consents: tuple[Consent, ...] = ()


class Entry(Value, frozen=True, kw_only=True):
    """One contact of the past, in words. `id` and `live` come from a store; files may leave them out.

    `live` is a permit that has not ended: `reserved` on our own line, `handed` to someone else's switch, or
    `started`; `lapses` is the instant at which one not started lapses.
    """

    at: Instant
    channel: Channel
    outcome: Outcome
    id: str | None = None
    direction: Direction = "outbound"
    address: str | None = None
    person: str | None = None
    cases: tuple[str, ...] | None = None
    discussed: tuple[str, ...] | None = None
    purpose: Purpose = "collection"
    notice: Notice | None = None
    mode: Mode = "manual"
    place: Place | None = None
    message_left: bool = True
    voicemail_available: bool = True
    said: tuple[Said, ...] = ()
    believed: tuple[Believed, ...] = ()
    live: Literal["reserved", "handed", "started"] | None = None
    lapses: Instant | None = None


class States(Value, frozen=True, kw_only=True):
    """What whoever wrote the content attests of it; absent: not attested."""

    identifies: bool | None = None
    callback_number: bool | None = None
    debt_collector: bool | None = None
    initial_disclosure: bool | None = None
    languages: tuple[str, ...] | None = None
    disclosure_languages: tuple[str, ...] | None = None
    opt_out: bool | None = None
    opt_out_method: Literal["reply", "link", "voice_or_key", "post", "phone", "login"] | None = None
    debt: bool | None = None
    confirms_location: bool | None = None
    names_collector: bool | None = None
    collector_asked_for: bool | None = None
    neutral_name: bool | None = None
    names_person: bool | None = None
    asks_reply: bool | None = None
    extra: bool | None = None
    abusive: bool | None = None
    court_look: bool | None = None
    solicits: bool | None = None
    disputed_part: bool | None = None


class Content(Value, frozen=True, kw_only=True):
    """What would be said or sent."""

    from_name: str | None = None
    template: str | None = None
    subject: str | None = None
    body: str | None = None
    script: str | None = None
    envelope: str | None = None
    format: Literal["plain", "postcard"] = "plain"
    audience: Literal["private", "public"] = "private"
    states: States = States()


class Request(Value, frozen=True, kw_only=True):
    """The contact asked about. `person` None: the first person; `cases` None: all of that person's.

    `persons`: everyone whom it is decided for, where several may answer; allowed only if allowed for all of them.
    `agent_place`: where the agent sits, `US` or `US-CA`; None: at the collector's seat. `considered`: the decision also
    lists the rules that applied and did not decide.
    """

    channel: Channel
    address: str
    person: str | None = None
    persons: tuple[str, ...] = ()
    cases: tuple[str, ...] | None = None
    direction: Direction = "outbound"
    purpose: Purpose = "collection"
    mode: Mode = "manual"
    place: Place | None = None
    notice: Notice | None = None
    caller_id: str | None = None
    agent: str | None = None
    agent_place: str | None = None
    campaign: str | None = None
    content: Content | None = None
    considered: bool = False


class Period(Value, frozen=True, kw_only=True):
    """Live-answered and abandoned calls of one 30-day period of a campaign."""

    since: Day
    answered: int
    abandoned: int
    until: Day | None = None


class Campaign(Value, frozen=True, kw_only=True):
    """The current 30-day period, and earlier ones."""

    since: Day
    answered: int
    abandoned: int
    earlier: tuple[Period, ...] = ()


class Signed(Value, frozen=True, kw_only=True):
    """That somebody accepts one version of a regime, by the digest of all that it says."""

    regime: str
    digest: str
    by: str
    capacity: str
    on: Instant


class Halt(Value, frozen=True, kw_only=True):
    """A halt that covers this contact, from an instant on (None: already) and up to another (None: until lifted)."""

    why: str
    since: Instant | None = None
    until: Instant | None = None


class Operator(Value, frozen=True, kw_only=True):
    """What the operator of a store answers for; a scenario file without it uses the defaults of such files.

    `vouches`: which absent facts are taken on trust. `listed_only`: an address not listed for the person is refused.
    `ring_seconds`: the yes must last at least this long (a permit is asked for). `stops`: the halts in force or to
    come that cover this contact, by its reason alone where one holds until it is lifted. `live`: the facts are those
    of a store that answers now, so a fact dated after the decision counts instead of being unknown yet. `signed`: who
    accepted which version of which regime; `require_signed`: a law that nobody signed leaves its places without rules.
    `known_cities_only`: the law of a city is not asked where the city is not known.
    """

    vouches: tuple[Vouched, ...] = ()
    listed_only: bool = False
    ring_seconds: int | None = None
    stops: tuple[str | Halt, ...] = ()
    live: bool = False
    signed: tuple[Signed, ...] = ()
    require_signed: bool = False
    known_cities_only: bool = False


VOUCHES_ALL = Operator(vouches=("notices", "communicated", "arrears", "licences"))


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one decision may look at besides the request and the instant. `history` in any order."""

    persons: tuple[Person, ...]
    cases: tuple[Case, ...]
    collector: Collector = Collector()
    history: tuple[Any, ...] = ()
    campaign: Campaign | None = None
    operator: Operator = VOUCHES_ALL
