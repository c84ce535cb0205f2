"""Whether a regime's own examples would notice that something in its rules had changed.

Every change of `steps` is made in turn, alone, and the examples are decided again. A change is caught where one of
them is no longer as it says. One that the reader of rule files refuses is set apart, and one that no example can or
need tell stands in the file under `[[untested]]`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ..law import checking
from ..law.answers import Decision
from ..law.calendars import Unlisted, closed
from ..law.checking_calendars import of_calendars
from ..law.checking_relax import Problem
from ..law.decide import Undecidable
from ..law.grammar import Calendar, Untested
from ..law.instants import write_hook
from ..law.model import Facts
from ..law.rulebook import Regime, Rule, Rulebook
from ..law.scenario import Scenario, mismatches
from ..law.several import decide_all
from .examples import alone, scenarios
from .holidays import listed
from .steps import Step, of_table

_encoder = msgspec.json.Encoder(enc_hook=write_hook)
_CONNECTING = frozenset({"with", "without", "to", "open", "closed", "it", "true", "false"})
AIM = 0.95
"""The least share of the changes that a body of law's examples should catch."""


class Change(NamedTuple):
    """One thing moved by one step. `rule` is the rule's id, or `calendar.NAME`; `regime` None: it would not load."""

    rule: str
    field: str
    what: str
    regime: Regime | None

    def __str__(self) -> str:
        return f"{self.rule}, {self.field}: {self.what}"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What became of every change of one regime.

    `caught` is how many some example noticed and `refused` how many would not load; `listed` and `missed` are those
    that no example noticed, with and without a reason in the file; `idle` are reasons that excuse nothing.
    """

    caught: int
    refused: int
    listed: tuple[Change, ...]
    missed: tuple[Change, ...]
    idle: tuple[Untested, ...]

    @property
    def total(self) -> int:
        """How many changes the examples had to notice."""
        return self.caught + len(self.listed) + len(self.missed)

    @property
    def share(self) -> float:
        """The share that they did notice; 1 where there was nothing to change."""
        return self.caught / self.total if self.total else 1.0


def mutate(regime: Regime) -> Trial:
    """Make every change of this regime, as shipped, and try its examples on each. `RuleError` as for examples."""
    regime = regime.shipped or regime
    tried = _Tried(regime)
    caught = refused = 0
    missed: list[Change] = []
    for change in changes(regime):
        if change.regime is None:
            refused += 1
        elif tried.notices(change):
            caught += 1
        else:
            missed.append(change)
    reasons = regime.file.untested
    listed = [change for change in missed if any(excuses(reason, change) for reason in reasons)]
    return Trial(
        caught=caught,
        refused=refused,
        listed=tuple(listed),
        missed=tuple(change for change in missed if change not in listed),
        idle=tuple(reason for reason in reasons if not any(excuses(reason, change) for change in missed)),
    )


def excuses(reason: Untested, change: Change) -> bool:
    """Whether that reason is about this change: the same rule, its field or one within it, the same change if named."""
    if reason.rule != change.rule or reason.change not in ("", change.what):
        return False
    return change.field == reason.field or change.field.startswith((f"{reason.field}.", f"{reason.field}["))


def changes(regime: Regime) -> Iterator[Change]:
    """Every change of one step, rule by rule; rules that decide nothing are left alone."""
    for place, rule in enumerate(regime.rules):
        if rule.table.status == "draft":
            continue
        for field, what, changed in _of_rule(rule):
            sound = not _problems(changed, regime)
            rules = (*regime.rules[:place], changed, *regime.rules[place + 1 :])
            new = msgspec.structs.replace(regime, rules=rules) if sound else None
            yield Change(rule.table.id, field, what, new)
    for name, table in regime.file.calendar.items():
        for step in of_table(table):
            yield Change(f"calendar.{name}", step.field, step.what, _with_calendar(regime, name, step.value))


def _with_calendar(regime: Regime, name: str, table: Calendar) -> Regime | None:
    """The regime with that calendar in the place of its own; None if it would not load."""
    try:
        if list(of_calendars({name: table})):
            return None
        return msgspec.structs.replace(regime, calendars={**regime.calendars, name: closed(table, listed)})
    except Unlisted:
        return None


def _of_rule(rule: Rule) -> Iterator[tuple[str, str, Rule]]:
    for place, values in enumerate(rule.versions):
        for step in of_table(values, rule.table.since[place]):
            versions = (*rule.versions[:place], step.value, *rule.versions[place + 1 :])
            yield f"since[{place}].{step.field}", step.what, msgspec.structs.replace(rule, versions=versions)
    for step in of_table(rule.table):
        if not _impossible(step, rule):
            yield step.field, step.what, msgspec.structs.replace(rule, table=step.value)


def _impossible(step: Step, rule: Rule) -> bool:
    """Nothing goes out through the portal, so no contact shows whether a rule for what goes out speaks of it."""
    return "inbound" not in rule.table.scope.directions and step.what.split()[-1] == "portal"


def _problems(rule: Rule, regime: Regime) -> list[Problem]:
    found = [*checking.of_rule(rule.table, regime.head), *checking.of_order(rule.versions)]
    for values in rule.versions:
        found += checking.of_version(values, rule.table, regime.file)
    return found


class _Example(NamedTuple):
    """One example, as text too, and the rules that had a part in its decision as things stand."""

    example: Scenario
    facts: Facts
    text: str
    rules: frozenset[str]


class _Tried:
    """The examples of one regime as they hold now, those most likely to notice a change first."""

    def __init__(self, regime: Regime) -> None:
        book, self._id = alone(regime), regime.id
        self._examples: list[_Example] = []
        for example in scenarios(regime):
            facts = example.facts
            found = _decided(example, facts, book)
            if found is not None and example.expect and not mismatches(example.expect, found):
                text = _encoder.encode(example).decode()
                self._examples.append(_Example(example, facts, text, _part_in(found)))
        self._last: dict[str, int] = {}

    def notices(self, change: Change) -> bool:
        """Whether one example is no longer as it says."""
        if change.regime is None:
            return False
        book = alone(change.regime)
        for place in self._in_order(change):
            example, facts, _, _ = self._examples[place]
            found = _decided(example, facts, book)
            if found is None or (example.expect and mismatches(example.expect, found)):
                self._last[change.rule] = place
                return True
        return False

    def _in_order(self, change: Change) -> list[int]:
        """The one that noticed the rule's latest change, those that rest on the rule or name the word, the rest.

        A rule that says more is noticed where it should be silent, one that says less where it spoke.
        """
        words = [f'"{word.partition(":")[0]}' for word in change.what.split() if word not in _CONNECTING]
        rule, last = f"{self._id}.{change.rule}", self._last.get(change.rule)

        wider, narrower = change.what.startswith("with "), change.what.startswith("without ")
        if ".not_" in change.field:
            wider, narrower = narrower, wider

        def rank(place: int) -> int:
            one = self._examples[place]
            likely = (rule in one.rules and not wider) or (f'"{rule}"' in one.text and not narrower)
            named = any(word in one.text for word in words)
            return -(9 * (place == last) + 4 * likely + 3 * named)

        return sorted(range(len(self._examples)), key=rank)


def _decided(example: Scenario, facts: Facts, book: Rulebook) -> Decision | None:
    try:
        return decide_all(book, facts, example.contact, example.at, id=example.id, regimes=example.regimes)
    except Undecidable:
        return None


def _part_in(found: Decision) -> frozenset[str]:
    """The rules that refused, warned, asked for something or were relaxed."""
    refused = (one.rule for one in (*found.reasons, *found.warnings))
    return frozenset((*refused, *(one.rule for one in found.obligations), *(one.rule for one in found.relaxed_by)))
