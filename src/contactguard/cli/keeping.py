"""Copying a store and bringing it back: `backup`, `restore`."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ..errors import BadInput
from .common import missing, settings_of, store_options, with_store

if TYPE_CHECKING:
    from ..records.backup import Copied
    from ..records.store import Store
    from ..settings import Settings

_BEHIND = """\
It is behind: nothing that happened after that instant is in it. Nothing goes out until that is settled:
  1. Bring in the contacts made since: the carriers' lists, or `contactguard import --kind contacts`.
  2. Bring in again what people asked for since, and what your case system said: restrictions, consents, cases.
  3. Do again what was done since: keys revoked, persons erased, stops made, rulebooks put in force.
  4. `contactguard audit verify`, `contactguard doctor`, then
     `contactguard restore --settle --how carriers|import|officer --by NAME --why TEXT`."""


def named(by: str | None) -> str:
    """Who acts, as the record will say; the user of this shell where nobody is named."""
    name = (getpass.getuser() if by is None else by).strip()
    if not name:
        raise BadInput("--by", "is empty; the record needs a name")
    return name


@click.command(short_help="Copy the store into one file, while it is used.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--by", metavar="NAME", help="Who makes it, as the record will say (the user of this shell).")
@store_options
def backup(out: Path, by: str | None, db: str | None, config: str | None) -> None:
    """Copy the whole store into the file OUT, while the service goes on.

    The file holds one instant of all tables, the same for SQLite and PostgreSQL, and either can be made of it. The
    master key is NOT in it, and without the master key it cannot be read: keep a copy of that key elsewhere.
    """
    from ..law.instants import print_utc
    from ..operations import call

    settings, who = settings_of(db, config), named(by)
    out = out.absolute()
    if not out.parent.is_dir():
        raise BadInput(str(out.parent), "there is no such directory")

    async def copy(store: Store) -> Copied:
        copied = await _copied(settings, store, out)
        said = {"made_at": copied.made_at, "digest": copied.digest, "size": copied.size, "by": who}
        await call(store, "keeping.backed_up", said)
        return copied

    copied = with_store(settings, copy)
    rows = sum(copied.rows.values())
    click.echo(f"{out}: {rows} rows, {copied.size} bytes, as of {print_utc(copied.made_at)}, sha256 {copied.digest}")
    click.echo("The master key is not in it: keep a copy of that apart from this file.", err=True)


async def _copied(settings: Settings, store: Store, out: Path) -> Copied:
    from ..records.backup import back_up_postgres, back_up_sqlite
    from ..records.store import is_postgres, key_file_named, sqlite_path

    url, now, named = settings.store.url, int(store.clock.now()), settings.store.master_key_file
    key_file = Path(named) if named else key_file_named()
    if is_postgres(url):
        if key_file is None:
            raise BadInput("CONTACTGUARD_MASTER_KEY_FILE", "name the store's master key file")
        return await back_up_postgres(url, out, now, key_file)
    path = sqlite_path(url)
    key_file = key_file or path.with_name(path.name + ".key")
    return await asyncio.to_thread(back_up_sqlite, path, out, now, key_file)


@click.command(short_help="Bring a backup back into a new store, shut until its gap is settled.")
@click.argument("file", metavar="[IN]", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--settle", is_flag=True, help="Open a restored store again: its gap was made good.")
@click.option(
    "--how",
    type=click.Choice(["carriers", "import", "officer"]),
    help="With --settle: from carriers' lists, by an import, or on an officer's word.",
)
@click.option("--why", metavar="TEXT", help="With --settle: what was done, for the record.")
@click.option("--by", metavar="NAME", help="Who acts, as the record will say (the user of this shell).")
@store_options
def restore(
    file: Path | None,
    settle: bool,
    how: str | None,
    why: str | None,
    by: str | None,
    db: str | None,
    config: str | None,
) -> None:
    """Make a store of the backup IN: a new SQLite file, or in an empty PostgreSQL database.

    The master key that the store had when it was backed up must be in place. What is brought back is behind: it
    refuses all that goes out until --settle says how the gap was made good.
    """
    settings = settings_of(db, config)
    if settle == (file is not None):
        raise BadInput("IN", "name the backup to bring back, or --settle")
    if file is not None:
        if how is not None or why is not None:
            raise BadInput("--how", "goes with --settle, once what is missing has been brought in")
        _bring_back(settings, file, named(by))
        return
    if how is None or not (why or "").strip() or not (by or "").strip():
        raise BadInput("--settle", "needs --how, --by and --why: the record says who opened the store again, and why")
    _settle(settings, how, str(why).strip(), named(by))


def _bring_back(settings: Settings, file: Path, who: str) -> None:
    from ..attempts import keeping
    from ..clock import SystemClock
    from ..law.instants import print_utc
    from ..records.backup import Reading
    from ..records.restoring import bringing_back
    from ..records.subjects import Documents

    reading = Reading(file)
    key = settings.store.master_key_file

    async def run() -> None:
        back = bringing_back(
            reading,
            settings.store.url,
            docs=Documents(),
            clock=SystemClock(),
            master_key=Path(key) if key else None,
        )
        async with back as store:
            made = keeping.Restored(made_at=reading.head.made_at, digest=reading.digest, by=who)
            await keeping.brought_back(store, made)

    asyncio.run(run())
    click.echo(f"{settings_name(settings)} is as {file} has it, of {print_utc(reading.head.made_at)}.")
    click.echo(_BEHIND)


def settings_name(settings: Settings) -> str:
    """The store as one may print it: an address may hold a password."""
    from ..records.store import is_postgres, sqlite_path

    return "The database" if is_postgres(settings.store.url) else str(sqlite_path(settings.store.url))


def _settle(settings: Settings, how: str, why: str, who: str) -> None:
    from ..operations import call

    if path := missing(settings):
        raise BadInput(str(path), "there is no store; name one with --db (or CONTACTGUARD_DB)")
    said: dict[str, Any] = {"how": how, "why": why, "who": {"by": who}}
    with_store(settings, lambda store: call(store, "keeping.settle", msgspec.to_builtins(said)))
    click.echo(f"The store is open again for what goes out: {how}, by {who}.")
