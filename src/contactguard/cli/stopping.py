"""Halting contacts: `stop`, `stops`, `stops lift`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

import click

from ..errors import BadInput
from .common import settings_of, store_options, with_store

_CHANNELS = ("voice", "sms", "email", "letter", "visit", "messaging")


def _by(command: Any) -> Any:
    return click.option("--by", metavar="NAME", help="Who acts, as the record will say (the user of this shell).")(
        command
    )


@click.command(short_help="Halt contacts, in every process before its next decision.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; agents read it, so name nobody.")
@click.option("--collector", metavar="ID", help="Of this collector, by its id in the settings.")
@click.option("--creditor", metavar="NAME", help="On this creditor's cases.")
@click.option("--campaign", metavar="NAME", help="Of this campaign.")
@click.option("--channel", type=click.Choice(_CHANNELS), help="On this channel.")
@click.option("--caller-id", metavar="NUMBER", help="Showing this number.")
@click.option("--jurisdiction", metavar="PLACE", help="With people who may be there: US, US-NY.")
@click.option(
    "--cases",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="On these cases: a reference a line (- for standard input).",
)
@click.option("--from", "since", metavar="INSTANT", help="From then on (2026-12-01T00:00:00-05:00); else at once.")
@click.option("--until", metavar="INSTANT", help="Up to then; else until it is lifted.")
@_by
@store_options
def stop(file: Path | None, since: str | None, by: str | None, db: str | None, config: str | None, **what: Any) -> None:
    """Halt contacts: all that go out, or those that everything named here fits.

    In force before the next decision of every process. Permits that nobody has used are revoked, contacts that wait
    on our own lines are withdrawn; what has started is not cut, and the person's own call is dealt with as ever.
    """
    asked = {name: value for name, value in {**what, "from": since}.items() if value is not None}
    if file is not None:
        asked["cases"] = _refs(file)
    made = _called("stops.make", {"stop": asked, "who": {"by": _name(by)}}, db, config)
    held = "is halted" if made["in_force"] else f"will be halted from {made['from']} on"
    click.echo(f"{made['id']}: {made['covers']} {held}{_end(made)}.")
    click.echo(f"{made['revoked']} unused permits revoked, {made['withdrawn']} waiting contacts withdrawn.")
    if made["unknown"]:
        more = ", ..." if made["unknown"] > len(made["unknown_cases"]) else ""
        click.echo(f"Not in this store: {made['unknown']} cases ({', '.join(made['unknown_cases'])}{more}).", err=True)


def _refs(file: Path) -> list[str]:
    """The references in a file, one a line."""
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("--cases", f"not UTF-8 (byte {error.start})") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


@click.group(invoke_without_command=True, short_help="What is halted; lift a stop.")
@store_options
@click.pass_context
def stops(context: click.Context, db: str | None, config: str | None) -> None:
    """What is halted or will be; with `lift`, end one."""
    if context.invoked_subcommand is not None:
        return
    found = _called("stops.standing", None, db, config)
    for one in found:
        held = "in force" if one["in_force"] else f"from {one['from']}"
        click.echo(f"{one['id']}  {held}{_end(one)}: {one['covers']} ({one['reason']}; {one['by']}, {one['at']})")
    if not found:
        click.echo("Nothing is halted.")


@stops.command(short_help="End a stop, with the reason.")
@click.argument("id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for the record.")
@_by
@store_options
def lift(id: str, reason: str, by: str | None, db: str | None, config: str | None) -> None:
    """End a stop. What it revoked stays revoked: ask again."""
    lifted = _called("stops.lift", {"id": id, "reason": reason, "who": {"by": _name(by)}}, db, config)
    click.echo(f"{id} is lifted: {lifted['covers']} is decided by the rules again.")


def _end(one: dict[str, Any]) -> str:
    return f", up to {one['until']}" if one["until"] else ""


def _called(name: str, payload: Any, db: str | None, config: str | None) -> Any:
    from ..operations import call

    return with_store(settings_of(db, config), lambda store: call(store, name, payload))


def _name(by: str | None) -> str:
    name = (by if by is not None else getpass.getuser()).strip()
    if not name:
        raise BadInput("--by", "is empty; the record needs a name")
    return name
