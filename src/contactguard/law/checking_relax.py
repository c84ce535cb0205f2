"""What a relaxation and a length of time may not say, though every single field of them reads well."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .faults import fields
from .grammar import Length, Relax, RuleTable

Problem = tuple[str, str]
_LONGEST = 400_000


def of_relaxation(relax: Relax, rule: RuleTable) -> Iterator[Problem]:
    """One relaxation of a rule; `where` is a field of it, with a dot before."""
    if (relax.by == "notice") != bool(relax.notices):
        yield ".notices", "a relaxation by notice names the notices, no other does"
    if relax.after_judgment and relax.by != "notice":
        yield ".after_judgment", "only a notice waits for a judgment"
    if (relax.by == "confirmation") != (relax.minutes is not None):
        yield ".minutes", "a relaxation by confirmation says within how many minutes, no other does"
    if relax.minutes is not None and relax.minutes < 1:
        yield ".minutes", "at least 1"
    if (relax.by == "consent") != (relax.consent is not None):
        yield "", "a relaxation by consent names the consent, no other does"
    if relax.by == "said" and rule.kind != "counter":
        yield ".by", "only what was said in a counted contact relaxes, so only a counter can name it"
    if relax.by == "said" and not relax.said and not relax.believed:
        yield ".said", "say which words, or believed = true"
    if relax.dates is not None and relax.dates < 1:
        yield ".dates", "the day itself is the first, so at least 1"
    if relax.by != "consent" and (relax.dates is not None or relax.ends_with_conversation):
        yield "", "only a consent has dates or ends with a conversation"
    if relax.by != "consent" and (relax.after_debt or relax.dated or relax.once):
        yield "", "only a consent is given after the debt, names its dates or serves once"
    yield from _of_failures(relax)


def _of_failures(relax: Relax) -> Iterator[Problem]:
    if (relax.by == "failures") != (relax.failures is not None):
        yield ".failures", "a relaxation by failures says which contacts must have failed, no other does"
    if relax.by != "failures" and (relax.at_least != 1 or not relax.within.ever):
        yield "", "only failures have a least number and a time"
    if relax.at_least < 1:
        yield ".at_least", "at least 1"
    if relax.failures is not None:
        for where, why in empty(relax.failures, "failures"):
            yield f".{where}", why
        if relax.failures.outcomes is None or "conversation" in relax.failures.outcomes:
            yield ".failures.outcomes", "name the outcomes that are failures, and a conversation is none"
    for why in of_length(relax.within):
        yield ".within", why


def of_length(length: Length) -> Iterator[str]:
    """Exactly one field, and a number that a length of time may have."""
    given = {field: value for field, value in msgspec.structs.asdict(length).items() if value is not None}
    if len(given) != 1:
        yield "give exactly one of dates, calendar, hours, minutes, business_days, free_days, months, ever"
        return
    (amount,) = given.values()
    if amount is False or (isinstance(amount, int) and not 0 <= amount <= _LONGEST):
        yield "not a sensible length of time"


def empty(table: msgspec.Struct, where: str) -> Iterator[Problem]:
    """A list that leaves out everything, where leaving the field out would mean any."""
    for field in fields(type(table)):
        if getattr(table, field.name) == () and field.default != ():
            yield f"{where}.{field.name}", "an empty list leaves out everything; leave the field out for any"
