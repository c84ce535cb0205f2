"""`regimes matrix`: where a debtor may be contacted now, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from ..clock import SystemClock
from ..errors import BadInput
from ..law.instants import parse_instant
from ..rules.pages.matrix import CHANNELS, COLLECTORS, PLACES, PRODUCTS, Row, Wanted, in_words
from ..rules.pages.matrix import matrix as decided
from .common import in_force_option, rules_options
from .living import living_in


@click.command(short_help="Where a debtor may be contacted now, and until when.")
@click.option(
    "--at", "instant", metavar="INSTANT", help="At that instant (2026-12-01T09:00:00-05:00); now if left out."
)
@click.option("--channel", type=click.Choice(CHANNELS), default="voice", show_default=True)
@click.option("--product", type=click.Choice(PRODUCTS), help="The sort of debt; what is not known counts as any.")
@click.option("--place", type=click.Choice(PLACES), help="Where the debtor is reached; left out: not known.")
@click.option("--collector", type=click.Choice(COLLECTORS), default="third_party", show_default=True)
@click.option("--hours", is_flag=True, help="Also by hour of the local day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a place.")
@in_force_option
@rules_options
def matrix(
    instant: str | None,
    as_json: bool,
    db: str | None,
    rules: Sequence[Path],
    config: str | None,
    **wanted: Any,
) -> None:
    """Where a debtor may be contacted now: every place that some law names, until when, or from when on, and which
    rules refuse.

    Each place is decided for somebody who lives there, of whom nothing else is known: no wish, no consent, no contact
    so far; notices and arrears are taken on trust. A country alone stands for somebody whose state nobody knows. Times
    are local; where a place has several clocks, the first and the last of them. With --db those places come first where
    most people of the store live.
    """
    from ..intake.places import zones_of

    at = _instant(instant)
    book, living = living_in(db, rules, config)
    rows = list(decided(book, Wanted(at=at, **wanted), zones_of))
    if living.persons:
        rows = [msgspec.structs.replace(row, persons=living.places.get(row.place, 0)) for row in rows]
        rows.sort(key=lambda row: -(row.persons or 0))
    if living.said:
        click.echo(living.said, err=True)
    for line in map(_json, rows) if as_json else in_words(rows, at):
        click.echo(line)


def _json(row: Row) -> str:
    return msgspec.json.encode(row).decode()


def _instant(text: str | None) -> int:
    if text is None:
        return int(SystemClock().now())
    try:
        return parse_instant(text)
    except ValueError as error:
        raise BadInput("--at", str(error)) from None
