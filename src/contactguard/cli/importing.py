"""`contactguard import`: files of cases, past contacts, restrictions and consents."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from .common import settings_of, store_options, with_store
from .keeping import named

if TYPE_CHECKING:
    from ..intake.readers import Source
    from ..settings import Settings
    from .bringing import Brought

_WORDS = ("created", "updated", "unchanged", "refused")


@click.command("import", short_help="Put a file of cases, contacts, restrictions or consents into the store.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--kind",
    type=click.Choice(["cases", "contacts", "restrictions", "consents"]),
    default="cases",
    show_default=True,
    help="What the file holds.",
)
@click.option("--region", metavar="COUNTRY", help="The country of numbers without a country code, in two letters.")
@click.option("--zone", metavar="ZONE", help="Where clocks stood that give no offset (America/New_York).")
@click.option("--list", "name", metavar="NAME", help="The list's name in the record (the file's).")
@click.option("--as", "meaning", metavar="KIND", help="What rows of a list mean that do not say it (do_not_call).")
@click.option("--source", "owner", metavar="NAME", help="Whose list of all its cases this is: says which vanished.")
@click.option(
    "--result", type=click.Path(path_type=Path), metavar="OUT", help="Where each row's result goes (FILE.result.csv)."
)
@click.option("--by", metavar="NAME", help="Who brings it, as the record will say (the user of this shell).")
@click.option(
    "--decline", type=click.Choice(["contacts", "restrictions"]), help="Instead of a FILE: there are none to load."
)
@click.option("--why", metavar="TEXT", help="Why there are none, with --decline.")
@store_options
def import_file(file: Path | None, result: Path | None, decline: str | None, why: str | None, **given: Any) -> int:
    """Put the rows of FILE (CSV or NDJSON) into the store.

    May be run again: a row that is known is found unchanged. The result file says of every row whether it was
    created, updated, unchanged or refused, and why. Exit status 1 if a row was refused.
    """
    settings = settings_of(given["db"], given["config"])
    if decline is not None:
        return _declined(settings, file, decline, given["by"], why)
    given["by"] = named(given["by"])
    if file is None:
        raise click.UsageError("name the FILE to read, or say --decline contacts or --decline restrictions")
    source = _opened(file, settings, given)
    for remark in source.remarks:
        click.echo(f"{file}: {remark}", err=True)
    out = result or file.with_name(file.name + ".result.csv")
    brought = _brought(source, settings, out, given)
    said = ", ".join(f"{brought.counts[word]} {word}" for word in _WORDS)
    click.echo(f"{brought.counts.total()} rows: {said}. Each row's result: {out}")
    for line in _about_vanished(brought.finished, given["owner"]):
        click.echo(line)
    return 1 if brought.counts["refused"] else 0


def _opened(file: Path, settings: Settings, given: dict[str, Any]) -> Source:
    from ..clock import SystemClock
    from ..errors import BadInput
    from ..intake.numbers import is_dialled_in
    from ..intake.places import is_zone
    from ..intake.readers import Reading, open_source

    region, zone = given["region"], given["zone"]
    if region is not None and not is_dialled_in(region := region.upper()):
        raise BadInput("--region", "no such country; give its two letters, such as US")
    if zone is not None and not is_zone(zone):
        raise BadInput("--zone", "no such time zone; give its name, such as America/New_York")
    reading = Reading(
        kind=given["kind"],
        region=region or settings.telephony.country,
        zone=zone,
        now=int(SystemClock().now()),
        meaning=_meaning(given["kind"], given["meaning"]),
        statuses=settings.vicidial.statuses_file,
    )
    return open_source(file, reading)


def _meaning(kind: str, word: str | None) -> str | None:
    """What rows mean that do not say it, in the words of the wire."""
    from ..errors import BadInput
    from ..intake.of_lists import kind_of
    from ..law.vocabulary import ConsentKind

    if word is None:
        return None
    if kind == "restrictions":
        try:
            return kind_of(word)
        except BadInput as error:
            raise BadInput("--as", error.why) from None
    if kind != "consents" or word not in get_args(ConsentKind):
        raise BadInput("--as", f"goes with --kind restrictions, or with consents as {', '.join(get_args(ConsentKind))}")
    return word


def _brought(source: Source, settings: Settings, out: Path, given: dict[str, Any]) -> Brought:
    from ..errors import BadInput
    from .bringing import bring, bringing

    if out.exists() and out.samefile(source.text.path):
        raise BadInput("--result", "is the file to be read itself")
    if given["owner"] is not None and given["kind"] != "cases":
        raise BadInput("--source", "goes with --kind cases: only cases can vanish from a list")
    try:
        with out.open("w", newline="", encoding="utf-8") as results:
            job = bringing(
                source, given["name"] or source.text.path.name, given["owner"], given["by"], csv.writer(results)
            )
            return with_store(settings, lambda store: bring(store, job), make=True)
    except OSError as error:
        raise BadInput(str(out), f"cannot be written: {error.strerror}") from None


def _about_vanished(finished: dict[str, Any], owner: str | None) -> list[str]:
    if owner is None:
        return []
    if finished.get("vanished") is None:
        return [f"What vanished from the lists of {owner} cannot be told: {finished.get('why', '')}"]
    said = f"{finished['vanished']} cases of the last list of {owner} are not in this one"
    missing = finished.get("missing") or 0
    return [f"{said}, {missing} of all its lists are missing. Nothing was closed; the result file names them."]


def _declined(settings: Settings, file: Path | None, what: str, by: str | None, why: str | None) -> int:
    from ..errors import BadInput
    from ..operations import call

    if file is not None:
        raise BadInput("--decline", "says that there is no file to load; leave the FILE out")
    if not (why or "").strip() or not (by or "").strip():
        raise BadInput("--decline", "needs --by NAME and --why TEXT: somebody answers for it")
    with_store(settings, lambda store: call(store, "imports.decline", {"what": what, "by": by, "why": why}))
    click.echo(f"It is in the record that there are no {what} to load, says {by}.")
    return 0
