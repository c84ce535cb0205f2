"""`check`: scenarios decided, without a store and without a network."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import BadInput
from .common import book_of, rules_options

if TYPE_CHECKING:
    from ..law.scenario import Scenario


@click.command(short_help="Decide scenarios: yes or no, why, and whether as expected.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@rules_options
@click.option("--quiet", "-q", is_flag=True, help="Print no decisions, only what is not as expected.")
def check(files: Sequence[str], rules: Sequence[Path], config: str | None, quiet: bool) -> int:
    """Decide the scenarios in FILEs (YAML, JSON or NDJSON; - is standard input).

    Prints one decision a line as JSON, with the scenario's id. Where a scenario says what it expects, the
    decision is compared with that: each mismatch is named on standard error, and the exit status is 1.
    """
    from ..law.decide import encode
    from ..law.scenario import mismatches

    book, write = book_of(rules, config), sys.stdout.buffer.write
    compared = missed = 0
    for scenario in scenarios_of(files):
        decision = scenario.decide(book)
        if not quiet:
            write(encode(decision) + b"\n")
        if scenario.expect is None:
            continue
        compared += 1
        wrong = mismatches(scenario.expect, decision)
        missed += bool(wrong)
        for line in wrong:
            click.echo(f"{scenario.id}: {line}", err=True)
    sys.stdout.buffer.flush()
    if missed:
        click.echo(f"{missed} of {compared} scenarios are not as expected", err=True)
    return 1 if missed else 0


def scenarios_of(files: Sequence[str]) -> Iterator[Scenario]:
    """Every scenario of every file; the same id twice in one run is an error."""
    from ..law.scenario import read

    seen: set[str] = set()
    for name in files:
        for scenario in read(_bytes(name), "standard input" if name == "-" else name):
            if scenario.id in seen:
                raise BadInput(name, f"the id {scenario.id} stands twice")
            seen.add(scenario.id)
            yield scenario


def _bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInput(name, f"cannot be read: {error.strerror}") from None
