"""What a rule file may not say, though every single field of it reads well.

Each function yields (where, why) for what it finds wrong; `rulebook.parse` refuses the file with the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from string import Formatter

import msgspec

from .checking_relax import Problem, empty, of_length, of_relaxation
from .faults import fields
from .grammar import FileTable, Length, Reading, RegimeTable, RuleTable, Scope, Weight
from .model import States
from .values import (
    Abandonment,
    Arrears,
    ContentRule,
    Counting,
    Duty,
    Gap,
    Licensed,
    Needs,
    NoticeRule,
    PointRule,
    Restrict,
    StatusRule,
    Values,
    Way,
    Ways,
    Window,
)
from .whose import NAMED
from .zones import zone

_ID = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)
_RULE_ID = re.compile(r"[a-z][a-z0-9_-]*\Z", re.ASCII)
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3}(/.+)?)?\Z")
_POSTAL = re.compile(r"[A-Z0-9]{1,10}\Z", re.ASCII)
_RESERVED = {"gate"}
_SHOWN = {"window": {"now", "opens", "closes"}, "counter": {"now", "limit", "used"}}
_LONGEST = 400_000
_PROOF = ("given_to", "given_by", "forms", "compliant", "informed")
_READS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "used": (("use",), ("look_back", "look_up")),
    "consent": (("consent",), (*_PROOF, "look_back", "look_up")),
    "source": (("sources",), ()),
    "creditor_notice": ((), ("opt_out_days", "public_domain", "sources")),
    "prior_collectors": (("routes",), ()),
}
_GUIDES = ("guideline", "code", "custom", "policy", "draft")
_NOT_YES_OR_NO = ("languages", "disclosure_languages", "opt_out_method")
_ATTESTED = {field.name for field in msgspec.structs.fields(States)} - set(_NOT_YES_OR_NO)


def of_head(head: RegimeTable) -> Iterator[Problem]:
    """The head of the file."""
    if not _ID.match(head.id) or head.id in _RESERVED:
        yield "regime.id", "an id is lower-case letters, digits and -, and not gate"
    if not head.places and not head.collector_places and not head.overlay:
        yield "regime.places", "say where this law applies, or overlay = true"
    if head.overlay and (head.places or head.collector_places or head.replaces):
        yield "regime.overlay", "an overlay applies everywhere and replaces nothing"
    for place in head.places:
        if not _PLACE.match(place):
            yield "regime.places", "a place is written US, US-NY or US-NY/New York"
    for place in head.collector_places:
        if not _PLACE.match(place) or "/" in place:
            yield "regime.collector_places", "a collector's seat is written US or US-NY"
    if head.postal_codes and not any("/" in place for place in head.places):
        yield "regime.postal_codes", "they tell a city apart, and no place of this regime is a city"
    if not all(_POSTAL.match(code) for code in head.postal_codes):
        yield "regime.postal_codes", "how codes begin is written in capitals and digits alone, such as 100 or M5V"
    if head.id in head.replaces:
        yield "regime.replaces", "a law cannot replace itself"


def of_untested(file: FileTable) -> Iterator[Problem]:
    """Each names a rule or a calendar of the file, and says why."""
    known = {rule.id for rule in file.rule} | {f"calendar.{name}" for name in file.calendar}
    for place, one in enumerate(file.untested):
        if one.rule not in known:
            yield f"untested[{place}].rule", f"no rule or calendar of this file is called {one.rule}"
        if not one.why.strip():
            yield f"untested[{place}].why", "say why no example can or need notice it"


def of_rule(rule: RuleTable, head: RegimeTable) -> Iterator[Problem]:
    """One rule, but for its dated values; `where` is a field of the rule."""
    if not _RULE_ID.match(rule.id):
        yield "id", "an id is lower-case letters, digits, _ and -"
    if not rule.citation.strip():
        yield "citation", "every rule says where it is written"
    if not rule.since:
        yield "since", "give at least one dated version"
    if head.overlay and rule.relax:
        yield "relax", "an overlay can neither replace nor relax"
    if rule.status == "draft" and rule.force == "warns":
        yield "force", "a draft decides nothing and warns of nothing; say what force it would have"
    if rule.force == "guides" and rule.status not in _GUIDES:
        yield "force", f"a {rule.status.replace('_', ' ')} prohibits, presumes or warns; guides is for softer sources"
    yield from _of_answer(rule)
    yield from empty(rule.scope, "scope")
    yield from _of_names(rule.scope, head)
    for name in ("days_past_due_at_most", "days_past_due_more_than"):
        if (getattr(rule.scope, name) or 0) < 0:
            yield f"scope.{name}", "a number of days is not negative"
    for place, relax in enumerate(rule.relax):
        for where, why in of_relaxation(relax, rule):
            yield f"relax[{place}]{where}", why


def of_reading(reading: Reading) -> Iterator[Problem]:
    """A reading by itself; whether it fits the rule is seen where the rule is."""
    if "." not in reading.of:
        yield "of", "name one rule, such as zz.hours"
    for field in ("of_version", "author", "citation", "why"):
        if not getattr(reading, field).strip():
            yield field, "a reading names its author, where it rests, why, and which version of the rule was read"
    if not reading.since:
        yield "since", "give at least one dated version"


def of_weight(weight: Weight) -> Iterator[Problem]:
    """What sets the force of a rule, by itself."""
    for field in ("by", "why"):
        if not getattr(weight, field).strip():
            yield field, "say who set the force of this, and why"
    if weight.channels == ():
        yield "channels", "an empty list leaves out everything; leave the field out for any"


def _of_names(scope: Scope, head: RegimeTable) -> Iterator[Problem]:
    """Whose contacts a policy is for, by name."""
    for field in NAMED:
        listed: tuple[str, ...] | None = getattr(scope, field)
        if listed is not None and not head.overlay:
            yield f"scope.{field}", "a law speaks of everyone of a kind; only an overlay goes by name"
        if any(not name.strip() for name in listed or ()):
            yield f"scope.{field}", "a name is empty"


def _of_answer(rule: RuleTable) -> Iterator[Problem]:
    if rule.kind == "obligation":
        if rule.code or rule.relax:
            yield "", "an obligation has no code of its own and nothing relaxes it"
        return
    if rule.code is None:
        yield "code", "say which reason a refusal carries"
    if not rule.message.strip():
        yield "message", "say in one plain sentence why not"
    shown = _SHOWN.get(rule.kind, {"now"})
    try:
        parts = list(Formatter().parse(rule.message))
    except ValueError:
        yield "message", "a curly bracket stands alone; write {{ or }} for the character"
        return
    for _, field, spec, conversion in parts:
        if field is not None and (field not in shown or spec or conversion):
            yield "message", f"{{{field}}} is not one of {', '.join(sorted(shown))} (a {rule.kind} shows no others)"


def of_version(values: Values, rule: RuleTable, file: FileTable) -> Iterator[Problem]:
    """One dated version; `where` is a field of it."""
    if values.repealed:
        return
    for name in ("period", "wait", "binds_after", "no_longer_than"):
        length = getattr(values, name, None)
        if isinstance(length, Length):
            yield from _of_length(length, name, values)
    for name in ("holidays", "half_days"):
        if getattr(values, name, None) not in (None, *file.calendar):
            yield name, "no [calendar] of that name in this file"
    for name in ("count", "after", "until"):
        filtered = getattr(values, name, None)
        if filtered is not None:
            yield from empty(filtered, name)
    if isinstance(values, Window):
        yield from _of_window(values)
    elif isinstance(values, Counting | Gap):
        yield from _of_key(values)
    yield from _of_counting(values, rule) if isinstance(values, Counting) else _of_others(values)


def _of_window(values: Window) -> Iterator[Problem]:
    if values.clock not in ("whereabouts", "number", "residence"):
        try:
            zone(values.clock)
        except ValueError as error:
            yield "clock", str(error)
    if not values.open:
        yield "open", "no class of day is named; to close it altogether take a counter with limit 0"
    if "holiday" in values.open and values.holidays is None:
        yield "open.holiday", "say in holidays which calendar tells the holidays"
    if "half_day" in values.open and values.half_days is None:
        yield "open.half_day", "say in half_days which calendar tells the half days"
    if values.delivered_within is not None and not 1 <= values.delivered_within <= _LONGEST:
        yield "delivered_within", "at least 1 minute"
    for day, spans in values.open.items():
        for start, end in spans:
            if start >= end:
                yield f"open.{day}", "a window opens before it closes"


def _of_key(values: Counting | Gap) -> Iterator[Problem]:
    if not values.key:
        yield "key", "say what is counted together"
    if values.same_account and "case" not in values.key:
        yield "same_account", "only what is counted by case can be counted by account"


def _of_counting(values: Counting, rule: RuleTable) -> Iterator[Problem]:
    if values.limit < 0:
        yield "limit", "a limit is not negative"
    if values.limit == 0 and any(relax.by == "said" for relax in rule.relax):
        yield "limit", "where none is allowed none is counted, so nothing said in one can relax it"
    if values.except_consent and not any(relax.by == "consent" for relax in rule.relax):
        yield "except_consent", "no relaxation of this rule names a consent"
    if values.first_counts and values.after is None:
        yield "first_counts", "say under after what the first is"
    if values.after_forms is not None and not values.after_kinds:
        yield "after_forms", "say under after_kinds what is asked for in such a form"
    if values.after_kinds and (values.limit < 1 or values.distinct):
        yield "after_kinds", "what is asked for begins a count of contacts of at least one"


def _of_others(values: Values) -> Iterator[Problem]:
    nothing = "names nothing, so the rule would never speak"
    if isinstance(values, Restrict | StatusRule):
        name = "kinds" if isinstance(values, Restrict) else "statuses"
        if not getattr(values, name):
            yield name, nothing
    if isinstance(values, PointRule) and not _says_something(values):
        yield "", nothing
    if isinstance(values, Ways):
        yield from _of_ways(values)
    if isinstance(values, Abandonment):
        yield from _of_abandonment(values)
    if isinstance(values, ContentRule):
        yield from _of_content(values, nothing)
    if isinstance(values, Duty) and not values.text.strip():
        yield "text", "say in one plain sentence what to do"
    if isinstance(values, Arrears) and values.more_than_days < 0:
        yield "more_than_days", "a number of days is not negative"
    if isinstance(values, Licensed):
        yield from _of_licence(values)
    for name in ("lapses_hours", "lapses_dates", "dates", "times", "hours_a_week"):
        number = getattr(values, name, None)
        if isinstance(values, Restrict | Needs) and number is not None and number < 1:
            yield name, "at least 1"


def _of_licence(values: Licensed) -> Iterator[Problem]:
    if not values.places:
        yield "places", "say where the collector needs a licence"
    if not all(_PLACE.match(place) for place in values.places):
        yield "places", "a place is written US, US-NY or US-NY/New York"


def _says_something(values: PointRule) -> bool:
    return bool(values.statuses or values.labels or values.misdelivered or values.look_ups)


def _of_ways(values: Ways) -> Iterator[Problem]:
    if not values.ways:
        yield "ways", "no way is named; to close the channel altogether take a counter with limit 0"
    if values.labels is not None and set(values.labels) & set(values.not_labels):
        yield "not_labels", "an address cannot have the label and not have it"
    for place, way in enumerate(values.ways):
        for field, why in _of_way(way):
            yield f"ways[{place}].{field}", why


def _of_way(way: Way) -> Iterator[Problem]:
    needed, optional = _READS[way.by]
    for field in fields(type(way)):
        value = getattr(way, field.name)
        if field.name in needed and not value:
            yield field.name, f"a way by {way.by} says this"
        elif value != field.default and field.name not in (*needed, *optional, "by", "citation"):
            yield field.name, f"a way by {way.by} does not look at this"
    if way.use is not None:
        yield from empty(way.use, "use")
    for name in ("look_back", "opt_out_days"):
        if not 0 <= (getattr(way, name) or 0) <= _LONGEST:
            yield name, "not a sensible number of days"
    if way.look_up and way.look_back is None:
        yield "look_up", "say in look_back how many dates a look-up serves"


def _of_abandonment(values: Abandonment) -> Iterator[Problem]:
    if not 0 <= values.percent < 100:
        yield "percent", "a share of the calls is 0 to 99"
    if not 1 <= values.period_dates <= _LONGEST:
        yield "period_dates", "at least 1"


def _of_content(values: ContentRule, nothing: str) -> Iterator[Problem]:
    limits = (values.formats, values.audiences, values.methods)
    if not (values.wants or values.covers_languages or values.neutral_envelope or any(limits)):
        yield "", nothing
    if values.methods is not None and "opt_out" not in values.wants:
        yield "methods", "say in wants that there must be a way out: opt_out = true"
    for field in ("wants", "unless"):
        for name in getattr(values, field):
            if name not in _ATTESTED:
                yield f"{field}.{name}", "no content can be attested to be so; the states are those of a scenario"


def _of_length(length: Length, name: str, values: Values) -> Iterator[Problem]:
    wrong = list(of_length(length))
    yield from ((name, why) for why in wrong)
    given = {field: value for field, value in msgspec.structs.asdict(length).items() if value is not None}
    if len(given) != 1:
        return
    unit, amount = next(iter(given.items()))
    if isinstance(values, Counting) and unit in ("business_days", "months"):
        yield name, "a count runs over dates, hours or a calendar's period, not over business days or months"
    if isinstance(values, Counting) and unit != "free_days" and amount == 0:
        yield name, "nothing is ever counted in no time"
    if isinstance(values, NoticeRule) and unit not in ("dates", "free_days", "business_days"):
        yield name, "the time after a notice is counted in dates, free_days or business_days"


def of_order(versions: tuple[Values, ...]) -> Iterator[Problem]:
    """Oldest first, each date once."""
    for earlier, later in pairwise(versions):
        if later.start <= earlier.start:
            yield "since", "versions stand in order of their dates, each date once"
