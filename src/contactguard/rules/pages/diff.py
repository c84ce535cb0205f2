"""What a regime says on two days, or in two versions, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import ndiff

from ...law.instants import print_day
from ...law.rulebook import Regime, Rule
from ...law.values import Values, Window
from .page import hours, relaxation, wrapped
from .phrases import said, sentences


def differences(regime: Regime, first: int, second: int, other: Regime | None = None) -> list[str]:
    """The lines of every rule that says something else on day `second` than on day `first`; empty if none does.

    Lines of the first day begin with `-`, those of the second with `+`. `other`: the second day by this version of the
    regime; the same one if left out.
    """
    before, after = in_force(regime, first), in_force(other or regime, second)
    lines: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if _told(old) != _told(new):
            lines += ["", *_rule(name, old, new, first, second)]
    return lines[1:]


def in_force(regime: Regime, day: int) -> dict[str, tuple[Rule, Values]]:
    """Every rule in force on that day, by full id, in the version that holds then; drafts are not."""
    found: dict[str, tuple[Rule, Values]] = {}
    for rule in regime.rules:
        held = [values for values in rule.versions if values.start <= day]
        if rule.table.status != "draft" and held and not held[-1].repealed:
            found[rule.full_id] = (rule, held[-1])
    return found


def _rule(
    name: str, old: tuple[Rule, Values] | None, new: tuple[Rule, Values] | None, first: int, second: int
) -> Iterator[str]:
    if old is None and new is not None:
        yield f"{name}: not in force on {print_day(first)}; from {print_day(new[1].start)}"
    elif new is None:
        yield f"{name}: in force on {print_day(first)}; no more on {print_day(second)}"
    else:
        yield f"{name}: changed"
    for line in ndiff(_told(old), _told(new)):
        if line[0] in "+-":
            yield from wrapped(f"{line[0]} {line[2:]}", 2)


def _told(found: tuple[Rule, Values] | None) -> list[str]:
    """What a rule says in one version, one statement a line."""
    if found is None:
        return []
    rule, values = found
    lines = (
        [rule.table.citation, f"{rule.table.code}: {rule.table.message}"] if rule.table.code else [rule.table.citation]
    )
    lines += sentences(values)
    if isinstance(values, Window):
        lines += hours(values)
    if scope := said(rule.table.scope):
        lines.append(f"For contacts {'; '.join(scope)}.")
    return lines + [f"Opened {relaxation(relax)}." for relax in rule.table.relax]
