"""One regime as a page to read and sign, at most `WIDTH` columns wide."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ...law.grammar import Relax, Scope, Weight
from ...law.instants import print_clock, print_day
from ...law.kinds.windows import NAMES, Open, spans_of
from ...law.rulebook import Regime, Rule
from ...law.values import Values, Window
from .calendars import DAYS, covered, told
from .phrases import FREES_BY_TIME, clause_of, joined, said, sentences
from .words import listed, many

WIDTH = 100
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Hours", ("window",)),
    ("Counts and waits", ("counter", "gap")),
    ("Who may be contacted", ("party",)),
    ("Licences", ("licence",)),
    ("Addresses and numbers", ("point", "way", "caller_id")),
    ("What people asked for or are protected by", ("restriction",)),
    ("Consents", ("consent",)),
    ("What must and must not be said", ("content",)),
    ("The debt, the case and its notices", ("arrears", "case_status", "notice")),
    ("Campaigns", ("abandonment",)),
    ("What a contact that goes ahead must do", ("obligation",)),
)
MARK = "!!"
_TWO_STOPS = re.compile(r"(?<!\.)([.?!])\.(?!\.)")
_VERIFIED = {
    "verified": "verified against the source",
    "secondary": "KNOWN AT SECOND HAND ONLY",
    "recalled": "RECALLED, NOT LOOKED UP",
}
_FORCE = {
    "prohibits": "refuses",
    "presumes": "presumption, taken as a refusal",
    "guides": "guidance, taken as a refusal",
    "warns": "only warns",
}


def page(regime: Regime, today: int, signed: Mapping[str, Sequence[str]] = {}) -> list[str]:
    """The lines of the page. `today`: the day (since 1970-01-01) by which rules are in force or not yet.

    `signed`: who accepted which version, and when, by its digest; those of this version are shown.
    """
    lines = [*_head(regime, today)]
    for title, kinds in SECTIONS:
        rules = [rule for rule in regime.rules if rule.table.kind in kinds]
        if rules:
            lines += ["", title.upper()]
            for rule in rules:
                lines += ["", *_rule(rule, regime, today)]
    return [*lines, *_rest(regime), *_signatures(regime, signed)]


def _head(regime: Regime, today: int) -> Iterator[str]:
    head = regime.head
    yield from wrapped(f"{head.id}: {head.title}")
    where = listed(head.places, "and") if head.places else "every place" if head.overlay else "no place by itself"
    over = ", over every law; it can only make a yes a no" if head.overlay else ""
    yield from wrapped(f"Applies in {where}{over}.")
    if head.postal_codes:
        yield from wrapped(f"Of its city: postal codes that begin with {listed(head.postal_codes)}.")
    if head.collector_places:
        yield from wrapped(f"Applies also to collectors with their seat in {listed(head.collector_places)}.")
    if head.replaces:
        yield from wrapped(f"Stands in the place of {listed(head.replaces, 'and')} where it surely applies.")
    yield from wrapped(f"Sources last read on {print_day(head.checked_on)}. This page is of {print_day(today)}.")
    yield from wrapped(f"Version {regime.version}, digest {regime.digest}.")
    if head.note:
        yield from wrapped(head.note)
    if not regime.rules:
        yield from ["", "It holds no rule: every line of its file is commented out."]
    shipped = [rule for rule in regime.rules if rule.reading is None]
    loose = [rule for rule in shipped if rule.table.verification != "verified"]
    if loose:
        yield from wrapped(f"Not verified against the source: {many(len(loose), 'rule')} of {len(shipped)}.")
    lasting = [rule for rule in regime.rules if rule.until is None or rule.until > today]
    freed = [rule.full_id for rule in lasting if any(_freeing(rule))]
    if freed:
        yield from wrapped(f"{MARK} Frees by mere time: {listed(dict.fromkeys(freed), 'and')}.")


def _rule(rule: Rule, regime: Regime, today: int) -> Iterator[str]:
    table = rule.table
    yield from wrapped(f"{rule.full_id}  (version {rule.version})" if rule.version else rule.full_id)
    verified = "" if rule.reading is not None else f", {_VERIFIED[table.verification]}"
    force = _FORCE[table.force] if table.kind != "obligation" else "a duty"
    standing = f"{table.status.replace('_', ' ')}{verified}, {force}"
    if table.status == "draft":
        standing += "; a draft decides nothing"
    yield from wrapped(f"{table.citation} ({standing})", 2)
    if table.message:
        yield from wrapped(f"Refused as {table.code}: {table.message}.", 2)
    yield from _reading(rule)
    yield from _versions(rule, regime, today)
    if scope := said(table.scope):
        yield from wrapped(f"For contacts {'; '.join(scope)}.", 2)
    for relax in table.relax:
        yield from wrapped(f"Opened {relaxation(relax)}.", 2)
    for freeing in _freeing(rule):
        yield from wrapped(f"{MARK} {freeing[0].upper()}{freeing[1:]}. Mere time frees here.", 2)
    for weight in rule.weights:
        yield from wrapped(weight_in_words(weight), 2)
    if table.note and rule.reading is None:  # a reading's note is its reason, told above
        yield from wrapped(f"Note: {table.note}", 2)


def _reading(rule: Rule) -> Iterator[str]:
    reading = rule.reading
    if reading is not None:
        yield from wrapped(f"As counsel reads it: {reading.author}, {reading.citation}. {reading.why}.", 2)
        yield from wrapped(f"Read on {print_day(reading.read_on)}, of version {reading.of_version}.", 2)
        if reading.of_version != rule.version:
            yield from wrapped(f"{MARK} The rule has been changed in its file since it was read so.", 2)
    if rule.until is not None:
        yield from wrapped(f"Stands so until counsel's reading of {print_day(rule.until)}.", 2)


def weight_in_words(weight: Weight) -> str:
    """Who set that a rule refuses or only warns."""
    channels = f" for {listed(weight.channels)}" if weight.channels else ""
    force = "only warns" if weight.force == "warns" else "refuses"
    return f"From {print_day(weight.start)} on it {force}{channels}, by {weight.by}: {weight.why}."


def _versions(rule: Rule, regime: Regime, today: int) -> Iterator[str]:
    ends = [later.start for _, later in pairwise(rule.versions)]
    for place, values in enumerate(rule.versions):
        end = ends[place] if place < len(ends) else None
        if values.repealed and values.start == rule.until:
            continue  # told beside the reading that begins then
        yield from wrapped(period(values, end, today, weighed=bool(rule.weights)), 2)
        if not values.repealed:
            yield from _values(values, regime)


def period(values: Values, end: int | None, today: int, *, weighed: bool = False) -> str:
    """When a version holds, and whether it does so today. `weighed`: its force may change before."""
    since = print_day(values.start)
    if values.repealed:
        return f"{'Repealed' if values.start <= today else 'Will be repealed'} on {since}."
    upto = f" through {print_day(end - 1)}" if end is not None else ""
    if values.start > today:
        return f"Not yet in force: from {since}{upto}."
    if end is not None and end <= today:
        return f"Was in force from {since}{upto}."
    return f"In force since {since}{upto}{'' if upto or weighed else '; no change is written down'}."


def _values(values: Values, regime: Regime) -> Iterator[str]:
    for sentence in sentences(values, without=FREES_BY_TIME):
        yield from wrapped(sentence, 4)
    if isinstance(values, Window):
        yield from (f"      {line}" for line in hours(values))
    for field in ("holidays", "half_days"):
        name = getattr(values, field, None)
        if name is not None:
            yield from wrapped(covered(name, regime.calendars[name]), 4)


def hours(values: Window) -> list[str]:
    """A window as a table: the seven days of the week, holidays, and half days."""
    rows = [(DAYS[day], _open(spans_of(values.open, day))) for day in range(len(NAMES))]
    if values.holidays is None:
        rows.append(("Holidays", "as on other days"))
    else:
        rows.append(("Holidays", _open(values.open.get("holiday", ()))))
    if values.half_days is not None:
        rows.append(("Half days", _open(values.open.get("half_day", ()))))
    return [f"{name:<10} {spans}" for name, spans in rows]


def _open(spans: Open) -> str:
    return ", ".join(f"{print_clock(start)}-{print_clock(end)}" for start, end in spans) or "closed"


def relaxation(relax: Relax) -> str:
    """One relaxation in words."""
    return joined(said(relax))


def _freeing(rule: Rule) -> Iterator[str]:
    """What frees by mere time in a rule."""
    for table in (rule.table.scope, *rule.versions):
        for name in FREES_BY_TIME:
            if isinstance(table, Scope | Values) and hasattr(table, name) and (text := clause_of(table, name)):
                yield text


def _rest(regime: Regime) -> Iterator[str]:
    for name, table in regime.file.calendar.items():
        yield from ["", f"CALENDAR {name}, {table.years[0]} to {table.years[1]}"]
        for line in told(table, regime.calendars[name]):
            yield from wrapped(line, 2)
    if regime.file.not_automated:
        yield from ["", "LEFT TO PEOPLE"]
        for one in regime.file.not_automated:
            yield from wrapped(f"{one.citation}: {one.what} Who sees to it: {one.who}.", 2)
    if regime.file.untested:
        yield from ["", "NOT SHOWN BY ANY EXAMPLE"]
        for gap in regime.file.untested:
            change = f" ({gap.change})" if gap.change else ""
            yield from wrapped(f"{gap.rule}, {gap.field}{change}: {gap.why}", 2)


def _signatures(regime: Regime, signed: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from ["", "ACCEPTED"]
    for one in signed.get(regime.digest, ()):
        yield from wrapped(f"By {one}.", 2)
    if not signed.get(regime.digest):
        yield from wrapped(f"Nobody has accepted version {regime.version} here.", 2)
        yield "  Name ______________________  In what capacity ______________________  On ______________"


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines of at most `WIDTH` columns, later ones further in."""
    text = _TWO_STOPS.sub(r"\1", text)
    space = " " * indent
    further = f"{space}  "
    return textwrap.wrap(text, WIDTH, initial_indent=space, subsequent_indent=further, break_on_hyphens=False)
