"""The values law thinks with: who, what, when; and what it answers.

Everything here is plain frozen data in the shapes of a scenario (one decision with all its facts). Instants and
days are integers (`instants.py`); the hooks at the end read and write them as RFC 3339 text. Absence is absence:
the defaults of scenario files are filled in by the reader of such files, never here.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from . import instants
from .instants import Clock, Day, Instant, Until

Channel = Literal["voice", "sms", "email", "letter", "visit", "messaging", "portal"]
Direction = Literal["outbound", "inbound"]
Purpose = Literal[
    "collection", "reminder", "location_information", "response", "service", "legal_notice", "limited_content"
]
Mode = Literal["manual", "preview", "progressive", "predictive", "prerecorded", "ringless", "ai_voice"]
Outcome = Literal[
    "no_answer", "busy", "not_in_service", "failed", "voicemail", "limited_content_message", "answered",
    "conversation", "third_party", "wrong_number", "abandoned", "sent", "delivered", "undelivered", "bounced",
    "replied", "received", "refused", "unknown",
]  # fmt: skip
Role = Literal[
    "debtor", "joint_debtor", "guarantor", "spouse", "parent", "guardian", "executor", "successor", "attorney",
    "representative", "employer", "creditor", "credit_bureau", "third_party",
]  # fmt: skip
Line = Literal["mobile", "fixed", "voip", "unknown"]
Label = Literal["home", "mobile", "work", "other"]
PointStatus = Literal["active", "wrong_number", "reassigned", "invalid"]
Place = Literal["home", "work", "other"]
Product = Literal[
    "credit_card", "personal_loan", "student_loan", "medical", "auto", "mortgage", "utility", "telecom", "tax",
    "microfinance", "other",
]  # fmt: skip
CaseStatus = Literal["open", "disputed", "paid", "closed", "legal"]
CollectorKind = Literal["third_party", "first_party", "debt_buyer"]
Licence = Literal["bank", "lending_company", "collection_agency", "asset_manager"]
Form = Literal["written", "electronic", "certified", "oral", "recorded", "separate"]
Notice = Literal[
    "efforts_ended", "remedy_possible", "remedy_intended", "judgment_remedy", "verification", "required",
    "opt_out_confirmation", "consent_request",
]  # fmt: skip
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RestrictionKind = Literal[
    "cease_communication", "refuses_to_pay", "represented", "inconvenient_hours", "convenient_hours",
    "inconvenient_place", "employer_prohibits", "channel_refused", "address_refused", "written_only", "disputed",
    "original_creditor_requested", "deceased", "bankruptcy", "breathing_space", "vulnerable",
]  # fmt: skip
ConsentKind = Literal[
    "contact",
    "electronic",
    "autodialed",
    "call_frequency",
    "hours",
    "workplace",
    "third_party",
    "direct_contact",
]
Said = Literal["busy_now", "call_me_again", "refuses_to_pay", "denies_debt", "paid"]
Believed = Literal["answer_wrong", "now_knows"]
Reason = Literal[
    "represented", "deceased", "cease_communication", "bankruptcy", "breathing_space", "vulnerable", "third_party",
    "wrong_number", "reassigned_number", "opted_out", "channel_refused", "no_consent", "workplace",
    "inconvenient_place", "inconvenient_time", "outside_hours", "public_holiday", "frequency_cap",
    "post_conversation_wait", "too_soon", "channel_quota", "not_in_arrears", "case_closed", "disputed",
    "notice_missing", "identification_missing", "disclosure_missing", "opt_out_missing", "prohibited_content",
    "caller_id", "unlicensed", "no_regime", "unknown_destination", "unknown_whereabouts", "invalid_destination",
    "abandonment_cap", "paused", "capacity", "service_unavailable",
]  # fmt: skip
ObligationCode = Literal[
    "identify", "verify_right_party", "disclose_debt_collector", "opt_out_notice", "announce_recording",
    "caller_id", "limited_content_only", "no_debt_disclosure",
]  # fmt: skip

REASON_ORDER: dict[str, int] = {code: place for place, code in enumerate(get_args(Reason))}


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact as it is written: unknown fields are errors, absent ones are left out again."""


class Collector(Value, frozen=True, kw_only=True):
    """The legal entity that contacts."""

    kind: CollectorKind = "third_party"
    own_name: bool = True
    licence: Licence | None = None
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


class Check(Value, frozen=True, kw_only=True):
    """One reassigned-number look-up."""

    at: Instant
    since: Instant
    result: Literal["not_reassigned", "reassigned", "no_data"]


class CreditorNotice(Value, frozen=True, kw_only=True):
    """The creditor's notice that a collector will use this e-mail address."""

    sent: Day
    opt_out_by: Day
    names_collector: bool = True
    complete: bool = True
    used_for: Literal["account", "marketing"] = "account"


class PriorCollector(Value, frozen=True, kw_only=True):
    """An earlier collector, and how it came by the address."""

    name: str
    route: Literal["person", "creditor_notice", "prior_collector"]
    used: bool


class Point(Value, frozen=True, kw_only=True):
    """One address at which a person is reached."""

    address: str
    line: Line | None = None
    label: Label | None = None
    status: PointStatus = "active"
    status_since: Instant | None = None
    source: Literal["person", "creditor", "prior_collector", "skip_trace", "third_party"] | None = None
    public_domain: bool | None = None
    misdelivered: Instant | None = None
    checks: tuple[Check, ...] = ()
    creditor_notice: CreditorNotice | None = None
    prior_collectors: tuple[PriorCollector, ...] = ()


class Evidence(Value, frozen=True, kw_only=True):
    """What places the person: every zone it leaves possible; an empty list says nothing."""

    kind: Literal["residence", "number", "stated"]
    zones: tuple[str, ...]
    address: str | None = None
    country: str | None = None
    subdivision: str | None = None
    city: str | None = None
    postal_code: str | None = None
    at: Instant | None = None


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
    content: Content | None = None


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


class Operator(Value, frozen=True, kw_only=True):
    """What the operator of a store answers for; a scenario file without it uses the defaults of such files.

    `vouches`: which absent facts are taken on trust (notices, communicated, arrears). `listed_only`: an address not
    listed for the person is refused. `ring_seconds`: the yes must last at least this long (a permit is asked for).
    `stops`: the reasons of the halts in force that cover this contact. `live`: the facts are those of a store that
    answers now, so a fact dated after the decision counts instead of being unknown yet.
    """

    vouches: tuple[Literal["notices", "communicated", "arrears"], ...] = ()
    listed_only: bool = False
    ring_seconds: int | None = None
    stops: tuple[str, ...] = ()
    live: bool = False


VOUCHES_ALL = Operator(vouches=("notices", "communicated", "arrears"))


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one decision may look at besides the request and the instant. `history` in any order."""

    persons: tuple[Person, ...]
    cases: tuple[Case, ...]
    collector: Collector = Collector()
    history: tuple[Any, ...] = ()
    campaign: Campaign | None = None
    operator: Operator = VOUCHES_ALL


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a no. `until`: when this rule alone would say yes; null when time alone will not help."""

    code: Reason
    rule: str
    citation: str
    message: str
    until: str | None = None


class Obligation(msgspec.Struct, frozen=True, kw_only=True):
    """What the contact must do if it goes ahead."""

    code: ObligationCode
    text: str
    rule: str
    citation: str


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """How full one cap is. `frees_at`: when a place falls free by itself; `contacts`: the counted ones by id."""

    rule: str
    key: dict[str, str]
    used: int
    limit: int
    frees_at: str | None
    contacts: tuple[str, ...]


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """What turned a rule's no into a yes."""

    rule: str
    by: str
    citation: str


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the person may be: every plausible zone and jurisdiction, and what that rests on."""

    zones: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """A regime that was asked, in the version that answered."""

    id: str
    version: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to "may this contact start now?"."""

    id: str
    at: str
    verdict: Literal["allow", "deny"]
    reasons: tuple[Because, ...]
    next_allowed: str | None
    valid_until: str | None
    obligations: tuple[Obligation, ...]
    counters: tuple[Counter, ...]
    relaxed_by: tuple[Relaxation, ...]
    assumed: tuple[str, ...]
    whereabouts: Whereabouts
    regimes: tuple[InForce, ...]
    rulebook: str
    tzdata: str
    engine: int
    warnings: tuple[Because, ...] = ()


_READ = {
    Instant: instants.parse_instant,
    Day: instants.parse_day,
    Until: instants.parse_until,
    Clock: instants.parse_clock,
}


def read_hook(kind: type, value: Any) -> Any:
    """`dec_hook` for msgspec: text to `Instant`, `Day`, `Until` or `Clock`."""
    return _READ[kind](value)


def write_hook(value: Any) -> Any:
    """`enc_hook` for msgspec: the inverse of `read_hook`, instants in UTC."""
    if isinstance(value, Instant):
        return instants.print_utc(value)
    if isinstance(value, Day):
        return instants.print_day(value)
    if isinstance(value, Clock):
        return instants.print_clock(value)
    raise NotImplementedError(f"cannot write {type(value).__name__}")
