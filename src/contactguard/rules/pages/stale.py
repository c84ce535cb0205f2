"""What of a rulebook has grown old, soon will, or rests on nobody's reading of the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...law.instants import day_of, print_day
from ...law.rulebook import Regime, Rule, Rulebook
from .words import many


class Finding(NamedTuple):
    """One thing to see to: which regime or rule, what, and whether it is overdue or only worth knowing."""

    name: str
    what: str
    overdue: bool


def findings(book: Rulebook, today: int, days: int) -> Iterator[Finding]:
    """Everything that was read more than so many days ago, ends or changes within so many days, or is unverified."""
    for regime in book.regimes.values():
        age = today - regime.head.checked_on
        if age > days:
            when = print_day(regime.head.checked_on)
            yield Finding(regime.id, f"its sources were last read on {when}, {many(age, 'day')} ago", True)
        yield from _calendars(regime, today, days)
        for rule in regime.rules:
            yield from _of_rule(rule, today, days)


def _calendars(regime: Regime, today: int, days: int) -> Iterator[Finding]:
    for name, closed in regime.calendars.items():
        end = day_of(max(closed.years, default=1999), 12, 31)
        if today > end:
            yield Finding(f"{regime.id}, calendar {name}", f"ran out on {print_day(end)}: every day is closed", True)
        elif today + days >= end:
            yield Finding(f"{regime.id}, calendar {name}", f"runs out on {print_day(end)}; add the next year", True)


def _of_rule(rule: Rule, today: int, days: int) -> Iterator[Finding]:
    table, reading = rule.table, rule.reading
    if reading is not None and reading.of_version != rule.version:
        why = f"{reading.author} read version {reading.of_version}, and the file now says {rule.version}"
        yield Finding(rule.full_id, why, True)
    if table.verification != "verified" and reading is None:
        why = "known at second hand only" if table.verification == "secondary" else "recalled, not looked up"
        yield Finding(rule.full_id, f"{why} ({table.citation})", False)
    if table.status == "draft":
        yield Finding(rule.full_id, "a draft: it decides nothing yet", False)
    for values in rule.versions:
        if today < values.start <= today + days:
            if values.start == rule.until:
                continue  # counsel's reading begins then, and says so itself
            what = "is repealed" if values.repealed else "changes" if values is not rule.versions[0] else _begins(rule)
            yield Finding(rule.full_id, f"{what} on {print_day(values.start)}", False)


def _begins(rule: Rule) -> str:
    return "begins" if rule.reading is None else f"stands as {rule.reading.author} reads it"
