"""The shapes a rule file may have: one struct per table, one struct of values per kind of rule.

docs/grammar.md is this module in prose. Every field that a file leaves out stands for "any" or "none"; unknown
fields are errors. Days of the week are `mon` to `sun`, times of day `"HH:MM"`, dates TOML dates.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .instants import Day, MonthDay
from .vocabulary import (
    Channel,
    CollectorKind,
    ConsentKind,
    Direction,
    Form,
    Licence,
    Line,
    Mode,
    Notice,
    Outcome,
    Place,
    Product,
    Purpose,
    Reason,
    Said,
)

RoleTerm = Literal[
    "debtor", "joint_debtor", "guarantor", "spouse", "parent", "parent:minor", "guardian", "executor", "successor",
    "successor:confirmed", "attorney", "representative", "employer", "creditor", "credit_bureau", "third_party",
]  # fmt: skip
CollectorTerm = Literal["third_party", "first_party", "first_party:other_name", "debt_buyer"]
DayClass = Literal["all", "weekdays", "weekend", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday", "half_day"]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Status = Literal["statute", "regulation", "case_law", "guideline", "code", "custom", "policy", "draft"]
Verification = Literal["verified", "secondary", "recalled"]
Force = Literal["prohibits", "presumes", "guides", "warns"]
Key = Literal["person", "case", "address", "creditor", "household"]
Kind = Literal[
    "window", "counter", "gap", "party", "point", "restriction", "consent", "content", "arrears", "case_status",
    "notice", "obligation", "way", "abandonment", "caller_id", "licence",
]  # fmt: skip


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a rule file."""


class Scope(Table, frozen=True, kw_only=True):
    """Whom and what a rule speaks about; a field left out: any. Unknown facts count as inside the scope.

    `collector_names`, `creditors`, `campaigns`: for the house's own policies only, the names of settings and facts.
    """

    collectors: tuple[CollectorTerm, ...] | None = None
    licences: tuple[Licence, ...] | None = None
    agents_licensed: bool = False
    creditors_licensed: bool = False
    roles: tuple[RoleTerm, ...] | None = None
    not_roles: tuple[RoleTerm, ...] = ()
    products: tuple[Product, ...] | None = None
    channels: tuple[Channel, ...] | None = None
    directions: tuple[Direction, ...] = ("outbound",)
    purposes: tuple[Purpose, ...] | None = None
    not_purposes: tuple[Purpose, ...] = ()
    notices: tuple[Notice, ...] | None = None
    not_notices: tuple[Notice, ...] = ()
    modes: tuple[Mode, ...] | None = None
    places: tuple[Place, ...] | None = None
    lines: tuple[Line, ...] | None = None
    solicits: bool | None = None
    days_past_due_at_most: int | None = None
    days_past_due_more_than: int | None = None
    collector_names: tuple[str, ...] | None = None
    creditors: tuple[str, ...] | None = None
    campaigns: tuple[str, ...] | None = None


class Filter(Table, frozen=True, kw_only=True):
    """Which past contacts are meant. `placed` leaves out busy, not in service, failed and refused."""

    directions: tuple[Direction, ...] | None = None
    channels: tuple[Channel, ...] | None = None
    outcomes: tuple[Outcome, ...] | None = None
    placed: bool = False
    purposes: tuple[Purpose, ...] | None = None
    not_purposes: tuple[Purpose, ...] = ()
    notices: tuple[Notice, ...] | None = None
    not_notices: tuple[Notice, ...] = ()
    modes: tuple[Mode, ...] | None = None
    places: tuple[Place, ...] | None = None
    not_places: tuple[Place, ...] = ()
    said: tuple[Said, ...] | None = None
    message_possible: bool | None = None
    message_left: bool | None = None
    live: bool | None = None


class Length(Table, frozen=True, kw_only=True):
    """A length of time: exactly one field. `dates` count the day itself; `free_days` lie between, whole; `months` end
    on the day of the same number.
    """

    dates: int | None = None
    calendar: Literal["day", "week", "month"] | None = None
    hours: int | None = None
    minutes: int | None = None
    business_days: int | None = None
    free_days: int | None = None
    months: int | None = None
    ever: bool | None = None


class Relax(Table, frozen=True, kw_only=True):
    """One way in which a rule's no becomes a yes, with the form of proof it takes.

    `after_debt`: a consent given when the debt was due already; `dated`: one that names its dates; `once`: the next
    contact on its channel uses it up. `failures`: at least so many such contacts `within` this time, and no
    conversation since.
    """

    by: Literal["consent", "reply", "own_call", "said", "notice", "confirmation", "failures", "judgment"]
    consent: ConsentKind | None = None
    given_to: tuple[Literal["collector", "creditor", "prior_collector"], ...] = ("collector",)
    given_by: tuple[Literal["person", "attorney", "court"], ...] = ("person",)
    forms: tuple[Form, ...] | None = None
    of: Literal["person", "debtor"] = "person"
    compliant: bool = True
    informed: bool = True
    dates: int | None = None
    ends_with_conversation: bool = False
    after_debt: bool = False
    dated: bool = False
    once: bool = False
    said: tuple[Said, ...] | None = None
    believed: bool = False
    notices: tuple[Notice, ...] | None = None
    after_judgment: bool = False
    minutes: int | None = None
    failures: Filter | None = None
    at_least: int = 1
    within: Length = Length(ever=True)
    citation: str = ""


class RuleTable(Table, frozen=True, kw_only=True):
    """One rule: what it is, what it says, where it is written, and its dated values."""

    id: str
    kind: Kind
    citation: str
    status: Status
    verification: Verification
    force: Force
    code: Reason | None = None
    message: str = ""
    note: str = ""
    scope: Scope = Scope()
    relax: tuple[Relax, ...] = ()
    since: tuple[dict[str, Any], ...]


class RegimeTable(Table, frozen=True, kw_only=True):
    """The head of a rule file. `places`: `US`, `US-NY` or `US-NY/New York`. An overlay applies everywhere.

    `postal_codes`: how the postal codes begin that lie in the city of `places`. `collector_places`: it also applies
    to a collector that has its seat there, wherever the person is. `alone`: false where a place that has no other law
    stays without rules.
    """

    id: str
    title: str
    checked_on: Day
    places: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    collector_places: tuple[str, ...] = ()
    overlay: bool = False
    alone: bool = True
    replaces: tuple[str, ...] = ()
    note: str = ""


class NotAutomated(Table, frozen=True, kw_only=True):
    """A paragraph that a person must see to."""

    citation: str
    what: str
    who: str


class Untested(Table, frozen=True, kw_only=True):
    """A change of one step that no worked example notices, and why none can or need.

    `rule`: its id, or `calendar.NAME`; `field`: with all within it; `change`: this one alone.
    """

    rule: str
    field: str
    why: str
    change: str = ""


class Each(Table, frozen=True, kw_only=True):
    """One closed day of every year, named in exactly one way.

    A `date`; `easter` (days from Easter Sunday); the `nth` (-1: last) such `weekday` of a `month`; the last such
    `weekday` before a date, or the first after it. `moves`: days to add where the date falls on that weekday, once.
    `from`, `until`: the years of the entry.
    """

    date: MonthDay | None = None
    easter: int | None = None
    month: int | None = None
    weekday: DayName | None = None
    nth: int | None = None
    before: MonthDay | None = None
    after: MonthDay | None = None
    moves: dict[DayName, int] = {}
    start: int | None = msgspec.field(name="from", default=None)
    until: int | None = None


class Library(Table, frozen=True, kw_only=True):
    """Closed days that the kept library of holidays lists for a place (`CO`, `CA-ON`), by its English names."""

    place: str
    categories: tuple[str, ...] = ("public",)
    without: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None


class Calendar(Table, frozen=True, kw_only=True):
    """Closed days of one instrument; a year outside `years`, or one without a list, counts as closed throughout."""

    years: tuple[int, int]
    days: tuple[Day, ...] = ()
    each: tuple[Each, ...] = ()
    library: Library | None = None
    citation: str = ""


class FileTable(Table, frozen=True, kw_only=True):
    """A whole rule file."""

    regime: RegimeTable
    rule: tuple[RuleTable, ...] = ()
    not_automated: tuple[NotAutomated, ...] = ()
    untested: tuple[Untested, ...] = ()
    calendar: dict[str, Calendar] = {}
    example: tuple[dict[str, Any], ...] = ()


class Reading(Table, frozen=True, kw_only=True):
    """A rule as the operator's counsel reads it, in the place of what is shipped from the first `from` on.

    `kind`: that of the rule; `of_version`: of the rule, as it stood when it was read; `scope`, `relax`, `message`
    left out: as they stand.
    """

    of: str
    kind: Kind
    of_version: str
    author: str
    citation: str
    why: str
    read_on: Day
    message: str | None = None
    scope: Scope | None = None
    relax: tuple[Relax, ...] | None = None
    since: tuple[dict[str, Any], ...]


class Weight(Table, frozen=True, kw_only=True):
    """Whether a rule, or a whole regime, refuses or only warns, from a day on; who says so, and why."""

    of: str
    force: Literal["prohibits", "warns"]
    by: str
    why: str
    start: Day = msgspec.field(name="from")
    channels: tuple[Channel, ...] | None = None


class OwnTable(Table, frozen=True, kw_only=True):
    """A whole file of the operator's own say over the laws."""

    reading: tuple[Reading, ...] = ()
    weight: tuple[Weight, ...] = ()
    example: tuple[dict[str, Any], ...] = ()


TERMS_OF_COLLECTOR: tuple[CollectorKind, ...] = ("third_party", "first_party", "debt_buyer")
