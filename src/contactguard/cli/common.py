"""What commands have in common: where the store is, and how to reach it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from ..errors import BadInput

if TYPE_CHECKING:
    from ..law.rulebook import Rulebook
    from ..records.store import Store
    from ..settings import Settings

_SCHEMES = ("sqlite", "postgresql", "postgres")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def store_options(command: F) -> F:
    """`--db` and `--config`, which stand for CONTACTGUARD_DB and CONTACTGUARD_CONFIG."""
    for option in (
        click.option("--config", metavar="FILE", help="The settings, a TOML file (or CONTACTGUARD_CONFIG)."),
        click.option("--db", metavar="URL", help="The store: an SQLite file or postgresql://... (or CONTACTGUARD_DB)."),
    ):
        command = option(command)
    return command


def rules_options(command: F) -> F:
    """`--rules` and `--config`: which rule files are read besides the shipped ones."""
    for option in (
        click.option("--config", metavar="FILE", envvar="CONTACTGUARD_CONFIG", help="Settings that name rules."),
        click.option(
            "--rules",
            multiple=True,
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="A directory of your own rule files, read as well.",
        ),
    ):
        command = option(command)
    return command


def book_of(rules: Sequence[Path], config: str | None) -> Rulebook:
    """The rulebook of these settings, or the shipped one, and the files in `rules`."""
    from ..rules.load import load

    if config is None:
        return load(rules)
    from ..app import rulebook
    from ..settings import load as read

    settings = read(config)
    dirs = (*settings.rules.dirs, *map(str, rules))
    return rulebook(msgspec.structs.replace(settings, rules=msgspec.structs.replace(settings.rules, dirs=dirs)))


def in_force_option(command: F) -> F:
    """`--db`: the rules that a store has in force, instead of those of files."""
    return click.option("--db", metavar="URL", help="The rules that are in force in this store, and who signed them.")(
        command
    )


def book_in_force(db: str | None, rules: Sequence[Path], config: str | None) -> Rulebook:
    """The rulebook in force in a store, or that of the files."""
    from .activation import stored

    if db is None:
        return book_of(rules, config)
    if rules:
        raise BadInput("--rules", "leave it out with --db, which shows the rules in force")
    return stored(db, config)


def settings_of(db: str | None, config: str | None, **sections: dict[str, Any]) -> Settings:
    """The settings with what the command line says on top."""
    from ..settings import load

    overrides = {
        name: {key: value for key, value in values.items() if value is not None} for name, values in sections.items()
    }
    if db is not None:
        overrides.setdefault("store", {})["url"] = db
    settings = load(config, overrides=overrides)
    scheme, separator, _ = settings.store.url.partition("://")
    if separator and scheme not in _SCHEMES:
        raise BadInput("--db", "expected an SQLite file, sqlite:///FILE or postgresql://...")
    return settings


def missing(settings: Settings) -> Path | None:
    """The SQLite file that these settings name, where there is none."""
    from ..records.store import is_postgres, sqlite_path

    if is_postgres(settings.store.url):
        return None
    path = sqlite_path(settings.store.url)
    return None if path.exists() else path


def with_store(settings: Settings, does: Callable[[Store], Awaitable[T]], *, make: bool = False) -> T:
    """Run `does` over the store, with every operation callable, whichever process holds it.

    `make`: where there is no SQLite file, make one; else `BadInput`, for a misspelt name is not an empty record.
    """
    from ..app import open_house

    new = missing(settings)
    if new and not make:
        raise BadInput(str(new), "there is no store; name one with --db (or CONTACTGUARD_DB)")

    async def run() -> T:
        async with open_house(settings) as house:
            if new:
                key = settings.store.master_key_file or f"{new}.key"
                click.echo(f"{new} is a new store; keep a copy of its master key, {key}, elsewhere.", err=True)
            return await does(house.store)

    return asyncio.run(run())
