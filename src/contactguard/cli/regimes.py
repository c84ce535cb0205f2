"""`regimes`: the rules in force, in words, and their own examples."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ..errors import BadInput
from ..rules.examples import run
from . import activation
from .common import book_of, rules_options

if TYPE_CHECKING:
    from ..law.rulebook import Regime, Rule, Rulebook

_WAYS = {
    "consent": "the person consented ({consent})",
    "reply": "it replies to what the person wrote or said",
    "own_call": "it is the person's own call",
    "said": "the person said so",
    "silence": "a question stayed unanswered",
}


@click.group()
def regimes() -> None:
    """The rules in force: list, show, test; and putting others in force."""


for command in (activation.activate, activation.approve, activation.withdraw, activation.status, activation.sign):
    regimes.add_command(command)


@regimes.command("list")
@rules_options
def list_regimes(rules: Sequence[Path], config: str | None) -> None:
    """One regime a line: id, version, where it applies, title."""
    book = book_of(rules, config)
    places = {id: ",".join(regime.head.places) or "everywhere" for id, regime in book.regimes.items()}
    width = max(map(len, places.values()))
    for regime in book.regimes.values():
        click.echo(f"{regime.id:<14} {regime.version}  {places[regime.id]:<{width}}  {regime.head.title}")
    click.echo(f"{book.digest}, tzdata {book.tzdata}", err=True)


@regimes.command()
@click.argument("id", metavar="ID")
@rules_options
def show(id: str, rules: Sequence[Path], config: str | None) -> None:
    """One regime in words: every rule with its citation, and what a person must see to."""
    click.echo("\n".join(_in_words(_one(book_of(rules, config), id))))


@regimes.command()
@click.argument("id", required=False, metavar="[ID]")
@click.option("--mutate", is_flag=True, help="Move every number, time, day, word and date of the rules by one step.")
@rules_options
def test(id: str | None, mutate: bool, rules: Sequence[Path], config: str | None) -> int:
    """Decide every regime's own examples (or those of ID): exit status 1 if one is not as it says.

    With --mutate, everything that a rule says is then moved by one step, one at a time, and the examples are
    decided again: exit status 1 if they notice nothing and the file gives no reason for it under [[untested]].
    """
    book = book_of(rules, config)
    chosen = [_one(book, id)] if id else list(book.regimes.values())
    return _examples(chosen) or (_mutated(chosen) if mutate else 0)


def _examples(chosen: list[Regime]) -> int:
    missed = decided = 0
    for regime in chosen:
        for example, wrong in run(regime):
            decided += 1
            missed += bool(wrong)
            for line in wrong:
                click.echo(f"{regime.id}: {example}: {line}", err=True)
    click.echo(f"{decided - missed} of {decided} examples of {len(chosen)} regimes are as they say")
    return 1 if missed else 0


def _mutated(chosen: list[Regime]) -> int:
    from ..rules.mutate import mutate

    status = 0
    for regime in chosen:
        trial = mutate(regime)
        for change in trial.missed:
            click.echo(f"{regime.id}.{change}: no example notices", err=True)
        for reason in trial.idle:
            click.echo(f"{regime.id}.{reason.rule}, {reason.field}: untested it says, but nothing is missed", err=True)
        known = f", {len(trial.listed)} listed as untested" if trial.listed else ""
        refused = f"; {trial.refused} more would not load" if trial.refused else ""
        click.echo(f"{regime.id}: {trial.caught} of {trial.total} changes noticed ({trial.share:.1%}){known}{refused}")
        status |= bool(trial.missed or trial.idle)
    return status


def _one(book: Rulebook, id: str) -> Regime:
    regime = book.regimes.get(id)
    if regime is None:
        raise BadInput(id, f"no such regime; there are {', '.join(book.regimes)}")
    return regime


def _in_words(regime: Regime) -> list[str]:
    head = regime.head
    lines = [
        f"{regime.id}: {head.title}",
        f"Applies in {', '.join(head.places) or 'every place, over every law'}. Version {regime.version}.",
        f"Checked on {msgspec.to_builtins(head.checked_on, enc_hook=_dates)}.",
    ]
    if head.note:
        lines += ["", *textwrap.wrap(head.note, 100)]
    if not regime.rules:
        lines += ["", "It holds no rule: every line of its file is commented out."]
    for rule in regime.rules:
        lines += ["", *_rule_in_words(rule)]
    if regime.file.not_automated:
        lines += ["", "A person must see to:"]
        lines += [f"  {one.citation}: {one.what} ({one.who})" for one in regime.file.not_automated]
    return lines


def _rule_in_words(rule: Rule) -> list[str]:
    from ..law.instants import print_day
    from . import words

    table = rule.table
    standing = f"{table.kind}, {table.status}, {table.verification}, {table.force}"
    lines = [f"{rule.full_id} ({standing})", f"  {table.citation}"]
    if table.message:
        lines += _wrapped(f"{table.code}: {table.message}")
    if scope := words.said(table.scope):
        lines += _wrapped(f"For {scope}")
    for values in rule.versions:
        what = "repealed" if values.repealed else words.said(values)
        lines += _wrapped(f"From {print_day(values.start)}{': ' if what else ''}{what}")
    for relax in table.relax:
        way = _WAYS[relax.by].format(consent=(relax.consent or "").replace("_", " "))
        lines += _wrapped(f"Unless {way}{' (' + relax.citation + ')' if relax.citation else ''}")
    return [*lines, *_wrapped(table.note)]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent="  ", subsequent_indent="    ")


def _dates(value: object) -> object:
    from ..law.instants import write_hook

    return write_hook(value)
