"""From the law to the rule to the case, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ...law.answers import Decision
from ...law.rulebook import Regime, Rule, Rulebook
from ...law.scenario import Scenario, ScenarioError
from ..examples import alone, scenarios
from .page import wrapped


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One citation and what rests on it: a `rule`, a `relaxation` of one, a `way` to an address, or what people do.

    The cases, by id, in which the rule refused, warned, asked for something or was relaxed.
    """

    citation: str
    what: str
    regime: str
    rule: str | None = None
    who: str | None = None
    refuses: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()


Eased = dict[tuple[str, str], list[str]]
"""The cases in which a rule, by its full id, was relaxed under a citation."""

Parts = dict[tuple[str, str], list[str]]
"""The cases in which a rule, by its full id, had this part."""


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One decided case and the rules that had a part in it. `source`: the citation that the case itself names."""

    id: str
    verdict: str
    source: str
    refused_by: tuple[str, ...]
    warned_by: tuple[str, ...]
    asked_by: tuple[str, ...]
    relaxed: tuple[str, ...]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Both ways."""

    laws: tuple[Entry, ...]
    cases: tuple[CaseEntry, ...]


def index(book: Rulebook, cases: Iterable[Scenario] = ()) -> Index:
    """Decide every regime's examples, and these cases by the whole book, and say which rule decided which."""
    found: list[CaseEntry] = []
    eased: Eased = {}
    for regime in book.regimes.values():
        own = alone(regime)
        found += [_case(example, own, eased) for example in scenarios(regime)]
    found += [_case(case, book, eased) for case in cases]
    parts = _by_rule(found)
    laws = [entry for regime in book.regimes.values() for entry in _laws(regime, parts, eased)]
    return Index(laws=tuple(sorted(laws, key=lambda one: (one.citation, one.rule or ""))), cases=tuple(found))


def _case(case: Scenario, book: Rulebook, eased: Eased) -> CaseEntry:
    """The case decided; what was relaxed in it goes into `eased` too."""
    try:
        decision: Decision = case.decide(book)
    except ScenarioError as error:
        return CaseEntry(id=case.id, verdict=str(error), source=case.source, **dict.fromkeys(_PARTS, ()))
    for rule, citation in {(one.rule, one.citation) for one in decision.relaxed_by}:
        eased.setdefault((rule, citation), []).append(case.id)
    return CaseEntry(
        id=case.id,
        verdict=decision.verdict,
        source=case.source,
        refused_by=_once(reason.rule for reason in decision.reasons),
        warned_by=_once(reason.rule for reason in decision.warnings),
        asked_by=_once(duty.rule for duty in decision.obligations),
        relaxed=_once(one.rule for one in decision.relaxed_by),
    )


_PARTS = ("refused_by", "warned_by", "asked_by", "relaxed")


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _by_rule(cases: Iterable[CaseEntry]) -> Parts:
    found: Parts = {}
    for case in cases:
        for part in _PARTS:
            for rule in getattr(case, part):
                found.setdefault((part, rule), []).append(case.id)
    return found


def _laws(regime: Regime, parts: Parts, eased: Eased) -> Iterator[Entry]:
    for rule in regime.rules:
        with_part = {part: tuple(parts.get((part, rule.full_id), ())) for part in _PARTS}
        yield Entry(
            citation=rule.table.citation,
            what="rule",
            regime=regime.id,
            rule=rule.full_id,
            refuses=with_part["refused_by"],
            warns=with_part["warned_by"],
            asks=with_part["asked_by"],
            relaxed=with_part["relaxed"],
        )
        yield from _inside(rule, regime, eased)
    for one in regime.file.not_automated:
        yield Entry(citation=one.citation, what="left to people", regime=regime.id, who=one.who)


def _inside(rule: Rule, regime: Regime, eased: Eased) -> Iterator[Entry]:
    """What a rule rests on besides its own citation, with the cases in which that relaxed it."""
    ways = [way for values in rule.versions for way in getattr(values, "ways", ())]
    for what, tables in (("relaxation", rule.table.relax), ("way", ways)):
        for citation in _once(table.citation for table in tables):
            if citation and citation != rule.table.citation:
                relaxed = tuple(eased.get((rule.full_id, citation), ()))
                yield Entry(citation=citation, what=what, regime=regime.id, rule=rule.full_id, relaxed=relaxed)


def in_words(found: Index) -> Iterator[str]:
    """The index for people: first by law, then by case."""
    last = None
    for one in found.laws:
        if one.citation != last:
            yield from ["", *wrapped(one.citation)] if last is not None else wrapped(one.citation)
        last = one.citation
        name = f"{one.rule}{'' if one.what == 'rule' else f' ({one.what})'}" if one.rule else f"{one.what}: {one.who}"
        yield from wrapped(name, 2)
        for part in ("refuses", "warns", "asks", "relaxed"):
            if cases := getattr(one, part):
                yield from wrapped(f"{part}: {', '.join(cases)}", 4)
    yield from ["", "CASES"]
    for case in found.cases:
        parts = [f"{part.replace('_', ' ')} {', '.join(rules)}" for part in _PARTS if (rules := getattr(case, part))]
        source = f" [{case.source}]" if case.source else ""
        yield from wrapped(f"{case.id}{source}: {case.verdict}{'; ' if parts else ''}{'; '.join(parts)}")
