"""Commands over a store: keys, one case's record, the proof that the record is whole."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ..errors import BadInput
from .common import settings_of, store_options, with_store
from .rotating import rotate_master, rotate_pepper, rotate_webhook

if TYPE_CHECKING:
    from ..records.store import Store

_DIFFERS = {
    "missing": "the document lacks it",
    "other": "the document says otherwise than the record",
    "untold": "the record does not tell of it",
    "untied": "its case or address does not lead to the person",
}
_SCOPES = ("agent", "dialler", "case_system", "compliance", "admin")


@click.group()
def keys() -> None:
    """The keys with which programs and agents call the service."""


for _renewing in (rotate_master, rotate_pepper, rotate_webhook):
    keys.add_command(_renewing)


@keys.command()
@click.option("--name", required=True, help="Whose key it is, as the record will say.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(_SCOPES),
    help="What it may do; may be said several times.",
)
@click.option("--agent", metavar="NAME", help="The only agent this key may speak for.")
@store_options
def create(name: str, scopes: Sequence[str], agent: str | None, db: str | None, config: str | None) -> None:
    """Make a key and print it, alone. It is not kept: this is the only time it can be read.

    \b
    agent        asks, reports, and reads its own contacts
    dialler      asks and reports; for a switch
    case_system  puts cases and what was said of people
    compliance   reads everything, ends facts, halts contacts
    admin        puts rulebooks in force, halts contacts
    """
    from ..operations import NewKey, call

    if not name.strip() or (agent is not None and not agent.strip()):
        raise BadInput("--agent" if name.strip() else "--name", "is empty; the record needs a name")

    async def make(store: Store) -> str:
        wanted = msgspec.convert({"name": name, "scopes": scopes, "agent": agent}, NewKey)
        token: str = await call(store, "keys.create", wanted)
        return token

    click.echo(with_store(settings_of(db, config), make, make=True))


@keys.command("list", short_help="Every key ever made, one a line.")
@store_options
def list_keys(db: str | None, config: str | None) -> None:
    """Every key ever made, one a line: id, name, scopes, agent, and whether it was revoked."""
    from ..law.instants import print_utc
    from ..operations import call

    async def listed(store: Store) -> Any:
        return await call(store, "keys.list", None)

    for key in with_store(settings_of(db, config), listed):
        agent = f", agent {key['agent']}" if key["agent"] else ""
        ended = f", revoked {print_utc(key['revoked'])}" if key["revoked"] is not None else ""
        if not ended and key.get("ends") is not None:
            ended = f", ends {print_utc(key['ends'])} unless it is used before" if key["ends"] else ", ended unused"
        scopes = " ".join(sorted(key["scopes"]))
        click.echo(f"{key['id']}  {key['name']}: {scopes}{agent}, made {print_utc(key['created'])}{ended}")


@keys.command(short_help="End a key, at once.")
@click.argument("id", metavar="ID")
@store_options
def revoke(id: str, db: str | None, config: str | None) -> None:
    """End a key (its id, as `keys list` shows it): at once in the running service, within seconds in others."""
    from ..operations import call

    async def end(store: Store) -> Any:
        return await call(store, "keys.revoke", id)

    key = with_store(settings_of(db, config), end)
    click.echo(f"{key['id']} ({key['name']}) is revoked.")


@click.command(short_help="One case's record, or one decision as a scenario.")
@click.argument("ref", metavar="[REF]", required=False)
@click.option("--scenario", "decision", metavar="DECISION", help="Write out this decision's facts instead.")
@store_options
def history(ref: str | None, decision: str | None, db: str | None, config: str | None) -> None:
    """One case's record, newest first, one contact a line as JSON.

    With --scenario, the facts of one decision, as a scenario on which `contactguard check` by the same rules gives
    the same answer, byte for byte. REF may then be left out.
    """
    if ref is None and decision is None:
        raise BadInput("REF", "name the case, or a decision with --scenario")

    async def show(store: Store) -> None:
        if decision is not None:
            click.echo(await _scenario(store, ref, decision), nl=False)
            return
        async for row in _rows(store, str(ref)):
            sys.stdout.buffer.write(msgspec.json.encode(row) + b"\n")
        sys.stdout.buffer.flush()

    with_store(settings_of(db, config), show)


async def _rows(store: Store, ref: str) -> AsyncIterator[Any]:
    from ..operations import Look, call

    cursor = None
    while True:
        page = await call(store, "contacts", Look(ref=ref, cursor=cursor))
        for row in page["items"]:
            yield row
        cursor = page["next"]
        if cursor is None:
            return


async def _scenario(store: Store, ref: str | None, decision: str) -> str:
    """The scenario as one line; `NotFound` if it is not of this case, where one is named."""
    from ..errors import NotFound
    from ..operations import call

    scenario = await call(store, "scenario", decision)
    if ref is not None and ref not in [case.get("ref") for case in scenario.get("cases", [])]:
        raise NotFound("decision on that case")
    return msgspec.json.encode(scenario).decode() + "\n"


@click.group()
def audit() -> None:
    """The record as evidence."""


@audit.command()
@store_options
def verify(db: str | None, config: str | None) -> int:
    """Re-compute every chain of the record. Exit status 1, naming the place, if it is not whole."""
    from ..operations import call

    async def prove(store: Store) -> Any:
        return await call(store, "audit.verify", None)

    report = with_store(settings_of(db, config), prove)
    click.echo(msgspec.json.encode(report).decode())
    for fault in report["faults"]:
        click.echo(f"{fault['stream']}, height {fault['height']}: {fault['why']}", err=True)
    return 1 if report["faults"] else 0


@audit.command(short_help="Compare the documents with the record, and mend them.")
@click.option("--dry-run", is_flag=True, help="Only say what differs; exit status 1 if anything does.")
@store_options
def rebuild(dry_run: bool, db: str | None, config: str | None) -> int:
    """Compare the working documents with the record, and mend the documents where they differ.

    What is asked is decided from documents that hold each person's contacts as the record says they were made. This
    reads the record case by case, while the service goes on answering. Prove the record first: `audit verify`.
    """
    from ..operations import Rebuild, call

    async def compare(store: Store) -> Any:
        return await call(store, "audit.rebuild", Rebuild(dry_run=dry_run))

    report = with_store(settings_of(db, config), compare)
    click.echo(msgspec.json.encode(report).decode())
    for one in report["found"]:
        click.echo(f"person {one['person']}, contact {one['contact']}: {_DIFFERS[one['what']]}", err=True)
    return 1 if dry_run and report["differing"] else 0
