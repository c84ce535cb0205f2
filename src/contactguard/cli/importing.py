"""`import`: files of cases into the store, with a result for every row."""

from __future__ import annotations

import csv
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import settings_of, store_options, with_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..intake.readers import Row, Source
    from ..records.store import Store

    Tell = Callable[[Row, str, str], None]

_AT_ONCE = 100
_REF_CHARACTERS = 200
_PATH = re.compile(r"(?:persons\[\d+\]\.(?:(?:evidence|points)\[\d+\]\.)?|case\.)(\w+)")
_COLUMNS = {"subdivision": "state", "zones": "time_zone"}


@click.command("import", short_help="Put a file of cases (CSV or NDJSON) into the store.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["cases"]), default="cases", show_default=True, help="What the file holds.")
@click.option("--region", metavar="US", help="The country of numbers without a country code.")
@click.option(
    "--result",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Where the result of each row goes (FILE.result.csv).",
)
@store_options
def import_file(
    file: Path, kind: str, region: str | None, result: Path | None, db: str | None, config: str | None
) -> int:
    """Put the cases of FILE (CSV, or NDJSON of `PUT /v1/cases/{ref}` bodies with their ref) into the store.

    May be run again: a case that is known is updated or found unchanged. The result file says of every row whether
    its case was created, updated, unchanged or refused, and why. Exit status 1 if a row was refused.
    """
    from ..errors import BadInput
    from ..intake.numbers import is_dialled_in
    from ..intake.readers import open_source

    settings = settings_of(db, config)
    if region is not None and not is_dialled_in(region := region.upper()):
        raise BadInput("--region", "no such country; give its two letters, such as US")
    source = open_source(file, region or settings.telephony.country)
    for remark in source.remarks:
        click.echo(f"{file}: {remark}", err=True)
    out = result or file.with_name(file.name + ".result.csv")
    try:
        with out.open("w", newline="", encoding="utf-8") as results:
            counts = with_store(settings, lambda store: _run(store, source, csv.writer(results)), make=True)
    except OSError as error:
        raise BadInput(str(out), f"cannot be written: {error.strerror}") from None
    said = ", ".join(f"{counts[word]} {word}" for word in ("created", "updated", "unchanged", "refused"))
    click.echo(f"{counts.total()} rows: {said}. Each row's result: {out}")
    return 1 if counts["refused"] else 0


async def _run(store: Store, source: Source, results: Any) -> Counter[str]:
    """Put every case, a slice at a time, and write what became of its rows."""
    counts: Counter[str] = Counter()
    results.writerow(("row", "ref", "result", "why"))

    def tell(row: Row, became: str, why: str) -> None:
        why = why if source.comma is None else _by_column(why)
        for number in row.rows:
            results.writerow((number, row.ref[:_REF_CHARACTERS], became, why))
            counts[became] += 1

    with _progress(source) as advance:
        for part in _slices(source.rows(), _AT_ONCE):
            await _put(store, source.region, part, tell)
            advance(len(part))
    return counts


async def _put(store: Store, region: str, rows: list[Row], tell: Tell) -> None:
    from ..operations import PutCases, call

    cases = tuple((row.ref, row.body) for row in rows if row.body is not None)
    done = iter(await call(store, "cases.put", PutCases(region=region, cases=cases)) if cases else ())
    for row in rows:
        became, why = ("refused", row.why or "") if row.body is None else next(done)
        tell(row, became, why)


def _by_column(why: str) -> str:
    """A refusal that names the column of the file, not the field that was made of it."""
    found = _PATH.match(why)
    return _COLUMNS.get(found[1], found[1]) + why[found.end() :] if found else why


def _slices(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    rows = iter(rows)
    while part := list(itertools.islice(rows, size)):
        yield part


@contextmanager
def _progress(source: Source) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where a person watches, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(source.path.name, total=source.text.count("\n"))
        yield lambda count: bar.advance(task, count)
