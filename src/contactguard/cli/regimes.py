"""`regimes`: the rules in force as pages to read, what changed and what grew old, and their own examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import BadInput
from ..rules.examples import run, run_own
from ..rules.wordings import run as read_texts
from . import activation
from .common import book_in_force, book_of, in_force_option, rules_options
from .living import living_in
from .matrix import matrix

if TYPE_CHECKING:
    from ..law.rulebook import Regime, Rulebook


@click.group(short_help="The rules: list, show, compare, test, and put in force.")
def regimes() -> None:
    """The rules in force: list, show, compare, test; and putting others in force."""


for _command in (
    activation.activate,
    activation.approve,
    activation.withdraw,
    activation.status,
    activation.sign,
    matrix,
):
    regimes.add_command(_command)


@regimes.command("list", short_help="One regime a line: id, version, places, title.")
@in_force_option
@rules_options
def list_regimes(db: str | None, rules: Sequence[Path], config: str | None) -> None:
    """One regime a line: id, version, where it applies, title, and what the operator's counsel made of it.

    With --db those come first that hold where most people of the store live, with how many these are.
    """
    book, living = living_in(db, rules, config)
    signed = activation.signers(db, config) if db is not None else {}
    places = {id: _places(regime) for id, regime in book.regimes.items()}
    width = max(map(len, places.values()))
    for regime in book.regimes.values():
        own = (
            living.of(regime.id)
            + _own_say(regime)
            + "".join(f" (signed by {one})" for one in signed.get(regime.digest, ()))
        )
        click.echo(f"{regime.id:<14} {regime.version}  {places[regime.id]:<{width}}  {regime.head.title}{own}")
    click.echo(f"{book.digest}, tzdata {book.tzdata}", err=True)
    if living.said:
        click.echo(living.said, err=True)


def _places(regime: Regime) -> str:
    """Where it applies, a city by the first of its names; `regimes show` names them all."""
    places = regime.head.places
    shown = [one for number, one in enumerate(places) if "/" not in one or number == 0]
    others = len(places) - len(shown)
    return (",".join(shown) + (f" +{others} names" if others else "")) or "everywhere"


def _own_say(regime: Regime) -> str:
    """How many of its rules counsel reads otherwise, or the operator weighs otherwise."""
    read = len({rule.full_id for rule in regime.rules if rule.reading is not None})
    weighed = len({rule.full_id for rule in regime.rules if rule.weights})
    parts = [f"{number} {what}" for number, what in ((read, "read by counsel"), (weighed, "weighed")) if number]
    return f" ({', '.join(parts)})" if parts else ""


@regimes.command(short_help="One regime as a page to read and sign.")
@click.argument("id", metavar="ID")
@click.option("--on", metavar="DATE", help="As on that day; today if left out.")
@in_force_option
@rules_options
def show(id: str, on: str | None, db: str | None, rules: Sequence[Path], config: str | None) -> None:
    """One regime as a page to read and sign: every rule with citation and dates, and what is left to people."""
    from ..rules.pages.page import page

    book, living = living_in(db, rules, config)
    signed = activation.signers(db, config) if db is not None else {}
    _print(page(_one(book, id), _day(on, "--on"), signed))
    if living.said:
        click.echo(f"{id}{living.of(id) or ' (nobody lives there)'}: {living.said}", err=True)


@regimes.command(short_help="What a regime says otherwise on another day.")
@click.argument("id", metavar="ID")
@click.argument("first", metavar="DATE")
@click.argument("second", metavar="DATE")
@click.option("--files", is_flag=True, help="With --db: the first day by what is in force there, the second by files.")
@in_force_option
@rules_options
def diff(
    id: str, first: str, second: str, files: bool, db: str | None, rules: Sequence[Path], config: str | None
) -> None:
    """What a regime says otherwise on the second day than on the first, rule by rule.

    With --db and --files, and the same day twice: what would change if the rules of the files were put in force.
    """
    from ..rules.pages.diff import differences

    if files and db is None:
        raise BadInput("--files", "name with --db the store whose rules the files are compared with")
    other = _one(book_of(rules, config), id) if files else None
    lines = differences(
        _one(book_in_force(db, () if files else rules, config), id), _day(first, "DATE"), _day(second, "DATE"), other
    )
    _print(lines or [f"{id} says the same on both days"])


@regimes.command(short_help="What has grown old, or soon will.")
@click.option("--days", metavar="N", type=click.IntRange(0), default=180, show_default=True, help="How old is too old.")
@click.option("--on", metavar="DATE", help="As on that day; today if left out.")
@in_force_option
@rules_options
def stale(days: int, on: str | None, db: str | None, rules: Sequence[Path], config: str | None) -> int:
    """What has grown old or soon will: sources not read for N days, calendars that end, rules that change, readings
    of a text that has changed since, and rules that nobody verified. Exit status 1 if something is overdue.
    """
    from ..rules.pages.page import wrapped
    from ..rules.pages.stale import findings

    found = list(findings(living_in(db, rules, config)[0], _day(on, "--on"), days))
    for title, late in (("Overdue:", True), ("To know:", False)):
        lines = [line for one in found if one.overdue is late for line in wrapped(f"{one.name}: {one.what}.", 2)]
        _print([title, *lines] if lines else [])
    if not found:
        click.echo("nothing is stale")
    return int(any(one.overdue for one in found))


@regimes.command(short_help="From the law to its rules and cases, and back.")
@click.argument("cases", nargs=-1, metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, laws and cases.")
@in_force_option
@rules_options
def index(cases: Sequence[str], as_json: bool, db: str | None, rules: Sequence[Path], config: str | None) -> None:
    """From each citation to its rules and the cases that they decided, and from each case back.

    The cases are the examples of the rule files and the scenarios in FILEs. With --db those laws come first that hold
    where most people of the store live.
    """
    import msgspec

    from ..rules.pages.index import in_words
    from ..rules.pages.index import index as indexed
    from .checking import scenarios_of

    given = list(scenarios_of(cases))  # a file that cannot be read is told before all examples are decided
    book, living = living_in(db, rules, config)
    found = indexed(book, given)
    if living.persons:
        laws = sorted(found.laws, key=lambda one: -living.persons.get(one.regime, 0))
        found = msgspec.structs.replace(found, laws=tuple(laws))
    _print([msgspec.json.encode(found).decode()] if as_json else in_words(found))


@regimes.command(short_help="Decide the rules' own examples; move each rule a step.")
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
    tried = [(regime.id, run(regime)) for regime in chosen]
    tried += [(file.source, run_own(file, book)) for file in book.own if id is None]
    tried += read_texts(book) if id is None else []
    return _examples(tried) or (_mutated(chosen) if mutate else 0)


def _examples(tried: list[tuple[str, list[tuple[str, list[str]]]]]) -> int:
    missed = decided = 0
    for name, examples in tried:
        for example, wrong in examples:
            decided += 1
            missed += bool(wrong)
            for line in wrong:
                click.echo(f"{name}: {example}: {line}", err=True)
    where = "1 file" if len(tried) == 1 else f"{len(tried)} files"
    click.echo(f"{decided - missed} of {decided} examples of {where} are as they say")
    return 1 if missed else 0


def _mutated(chosen: list[Regime]) -> int:
    from ..rules.mutate import AIM, mutate

    status = 0
    for regime in chosen:
        trial = mutate(regime)
        for change in trial.missed:
            click.echo(f"{regime.id}.{change}: no example notices", err=True)
        for reason in trial.idle:
            click.echo(f"{regime.id}.{reason.rule}, {reason.field}: untested it says, but nothing is missed", err=True)
        known = f", {len(trial.listed)} listed as untested" if trial.listed else ""
        refused = f"; {trial.refused} more would not load" if trial.refused else ""
        below = f", below the aim of {AIM:.0%}" if trial.share < AIM else ""
        noticed = f"{trial.caught} of {trial.total} changes noticed ({trial.share:.1%})"
        click.echo(f"{regime.id}: {noticed}{below}{known}{refused}")
        status |= bool(trial.missed or trial.idle)
    return status


def _one(book: Rulebook, id: str) -> Regime:
    regime = book.regimes.get(id)
    if regime is None:
        raise BadInput(id, f"no such regime; there are {', '.join(book.regimes)}")
    return regime


def _day(text: str | None, name: str) -> int:
    """A date as a count of days; today if there is none."""
    from ..clock import SystemClock
    from ..law.instants import DAY, parse_day

    if text is None:
        return int(SystemClock().now()) // DAY
    try:
        return parse_day(text)
    except ValueError as error:
        raise BadInput(name, str(error)) from None


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
