"""What each kind of rule says: one struct of dated values per kind. docs/grammar.md is this module in prose."""

from __future__ import annotations

from typing import Literal

import msgspec

from .grammar import DayClass, Filter, Key, Length, RoleTerm, Table
from .instants import Clock, Day
from .reach import Look, days_of
from .vocabulary import (
    CaseStatus,
    Channel,
    ConsentKind,
    Form,
    Label,
    Notice,
    ObligationCode,
    PointStatus,
    Product,
    RestrictionKind,
    Route,
    Source,
)


class Values(Table, frozen=True, kw_only=True):
    """What every dated version of a rule has."""

    start: Day = msgspec.field(name="from")
    repealed: bool = False

    def looks(self) -> tuple[Look, ...]:
        """Every sort of past contact that may bear on this rule, and how far back; what is not named may be dropped."""
        return ()


class Window(Values, frozen=True, kw_only=True):
    """Open hours by class of day; a class not named is closed, so are the days of `holidays` but for `open.holiday`.

    `half_days`: a calendar whose days are open only within the spans of `open.half_day`. `delivered_within`: it must
    stay open for so many minutes from the start on.
    """

    open: dict[DayClass, tuple[tuple[Clock, Clock], ...]] = msgspec.field(default_factory=dict)
    clock: str = "whereabouts"
    holidays: str | None = None
    half_days: str | None = None
    delivered_within: int | None = None
    personal_hours: bool = False


class Counting(Values, frozen=True, kw_only=True):
    """At most `limit` contacts of this sort in the period, per key."""

    limit: int = 0
    key: tuple[Key, ...] = ("person",)
    period: Length = Length(ever=True)
    count: Filter = Filter()
    distinct: Literal["channel"] | None = None
    same_account: tuple[Product, ...] = ()
    except_wrong_number: bool = False
    except_consent: bool = False
    after: Filter | None = None
    first_counts: bool = False
    after_kinds: tuple[RestrictionKind, ...] = ()
    after_forms: tuple[Form, ...] | None = None
    until: Filter | None = None

    @property
    def few(self) -> bool:
        """Whether the last `limit` contacts tell all: with so many it is full for good, whatever went before."""
        excused = self.distinct or self.except_consent or self.except_wrong_number
        return bool(self.period.ever and self.limit and not excused)

    def looks(self) -> tuple[Look, ...]:
        if self.limit == 0:
            return ()  # closed whatever came before
        turns = tuple(Look(one, None, "first") for one in (self.after, self.until) if one is not None)
        if self.few:
            return (Look(self.count, None, "last", self.limit), *turns)
        return (Look(self.count, days_of(self.period)), *turns)


class Gap(Values, frozen=True, kw_only=True):
    """Nothing until `wait` after the latest contact of this sort, per key."""

    after: Filter = Filter()
    key: tuple[Key, ...] = ("person",)
    wait: Length = Length(minutes=0)
    same_account: tuple[Product, ...] = ()
    holidays: str | None = None

    def looks(self) -> tuple[Look, ...]:
        return (Look(self.after, days_of(self.wait)),)


class Party(Values, frozen=True, kw_only=True):
    """Who may be contacted about the debt."""

    may_be_told: tuple[RoleTerm, ...] = ()


class PointRule(Values, frozen=True, kw_only=True):
    """What must not be known of the address."""

    statuses: tuple[PointStatus, ...] = ()
    labels: tuple[Label, ...] = ()
    misdelivered: bool = False
    look_ups: tuple[Literal["reassigned", "not_reassigned"], ...] = ()


class Restrict(Values, frozen=True, kw_only=True):
    """A restriction of these kinds closes the contact.

    `binds`: the restricted person (`self`), whoever stands in their place (`stand_ins`), third parties asked for
    location (`location`), or everyone on the case (`case`). `leaves`: notices still allowed. `lapses_hours`: after the
    attorney was asked in vain. `in_notice_period`: only what was received before a notice's period had ended.
    `binds_after`: days of grace; `no_longer_than`: it ends by itself then; `times`: so many of each
    person bind, the first ones made; `hours_a_week`: so do hours ruled out, while they fit into so many; `beside`: only
    from one who also asked for something of these kinds.
    """

    kinds: tuple[RestrictionKind, ...] = ()
    forms: tuple[Form, ...] | None = None
    binds: tuple[Literal["self", "stand_ins", "location", "case"], ...] = ("self",)
    leaves: tuple[Notice, ...] = ()
    channels: tuple[Channel, ...] | None = None
    lapses_hours: int | None = None
    lapses_dates: int | None = None
    in_notice_period: bool = False
    binds_after: Length | None = None
    no_longer_than: Length | None = None
    times: int | None = None
    hours_a_week: int | None = None
    beside: tuple[RestrictionKind, ...] | None = None
    holidays: str | None = None


class Needs(Values, frozen=True, kw_only=True):
    """A consent without which the contact may not start."""

    consent: ConsentKind = "contact"
    given_to: tuple[Literal["collector", "creditor", "prior_collector"], ...] = ("collector",)
    given_by: tuple[Literal["person", "attorney", "court"], ...] = ("person",)
    forms: tuple[Form, ...] | None = None
    informed: bool = True
    dates: int | None = None
    reply_serves: bool = False


class Way(Table, frozen=True, kw_only=True):
    """One way in which an address comes to be open; what its `by` does not read is left out.

    `look_back`: the use or the consent lies no more than so many dates back. `look_up`: a look-up of the number, itself
    no older than that, which found no reassignment since makes an older one serve. `opt_out_days`: the least time that
    the creditor's notice leaves for an answer. `public_domain`: known to be at a domain where anyone can have one.
    """

    by: Literal["used", "consent", "source", "creditor_notice", "prior_collectors"]
    use: Filter | None = None
    consent: ConsentKind | None = None
    given_to: tuple[Literal["collector", "creditor", "prior_collector"], ...] = ("collector",)
    given_by: tuple[Literal["person", "attorney", "court"], ...] = ("person",)
    forms: tuple[Form, ...] | None = None
    compliant: bool = True
    informed: bool = True
    look_back: int | None = None
    look_up: bool = False
    sources: tuple[Source, ...] | None = None
    opt_out_days: int | None = None
    public_domain: bool = False
    routes: tuple[Route, ...] | None = None
    citation: str = ""


class Ways(Values, frozen=True, kw_only=True):
    """An address may be used only if one of these ways leads to it, for every case; `labels`: only such addresses."""

    ways: tuple[Way, ...] = ()
    labels: tuple[Label, ...] | None = None
    not_labels: tuple[Label, ...] = ()

    def looks(self) -> tuple[Look, ...]:
        return tuple(Look(way.use, None, "last") for way in self.ways if way.use is not None)


class Abandonment(Values, frozen=True, kw_only=True):
    """At most `percent` of a campaign's live-answered calls abandoned, in each period of so many dates by itself."""

    percent: int = 0
    period_dates: int = 30


class ShownNumber(Values, frozen=True, kw_only=True):
    """A number that is shown is one of the collector's own; `hidden`: it may be withheld."""

    hidden: bool = False


class ContentRule(Values, frozen=True, kw_only=True):
    """What the content must and must not be; `unless` names states that excuse a failure.

    `until`: speaks only of cases about which there was no such contact with the person yet; `after`: only of others.
    """

    wants: dict[str, bool] = msgspec.field(default_factory=dict)
    unless: dict[str, bool] = msgspec.field(default_factory=dict)
    methods: tuple[Literal["reply", "link", "voice_or_key", "post", "phone", "login"], ...] | None = None
    formats: tuple[Literal["plain", "postcard"], ...] | None = None
    audiences: tuple[Literal["private", "public"], ...] | None = None
    covers_languages: bool = False
    neutral_envelope: bool = False
    until: Filter | None = None
    after: Filter | None = None

    def looks(self) -> tuple[Look, ...]:
        return tuple(Look(one, None, "first") for one in (self.until, self.after) if one is not None)


class Arrears(Values, frozen=True, kw_only=True):
    """The debt must be due, and past due by more than this many days."""

    more_than_days: int = 0


class StatusRule(Values, frozen=True, kw_only=True):
    """A case in one of these states is closed to the contact."""

    statuses: tuple[CaseStatus, ...] = ()


class NoticeRule(Values, frozen=True, kw_only=True):
    """A written notice must have been sent, and this much time passed since."""

    wait: Length = Length(dates=1)
    holidays: str | None = None


class Duty(Values, frozen=True, kw_only=True):
    """What the contact must do if it goes ahead; `both_ends`: also where only the agent sits in the law's place."""

    code: ObligationCode = "identify"
    text: str = ""
    both_ends: bool = False


class Licensed(Values, frozen=True, kw_only=True):
    """The collector must hold a licence in each of these places."""

    places: tuple[str, ...] = ()


VALUES: dict[str, type[Values]] = {
    "window": Window,
    "counter": Counting,
    "gap": Gap,
    "party": Party,
    "point": PointRule,
    "restriction": Restrict,
    "consent": Needs,
    "content": ContentRule,
    "arrears": Arrears,
    "case_status": StatusRule,
    "notice": NoticeRule,
    "obligation": Duty,
    "way": Ways,
    "abandonment": Abandonment,
    "caller_id": ShownNumber,
    "licence": Licensed,
}
