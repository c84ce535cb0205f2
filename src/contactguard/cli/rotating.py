"""Renewing the keys that a store lives by, while the service runs: `keys rotate-...`."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from .common import settings_of, store_options, with_store
from .keeping import named

_BY = click.option("--by", metavar="NAME", help="Who acts, as the record will say (the user of this shell).")
_DAYS = click.IntRange(0, 366)


def _called(operation: str, said: Any, db: str | None, config: str | None) -> Any:
    from ..operations import call

    return with_store(settings_of(db, config), lambda store: call(store, operation, msgspec.to_builtins(said)))


@click.command("rotate-master", short_help="Wrap all data keys under a new master key.")
@_BY
@store_options
def rotate_master(by: str | None, db: str | None, config: str | None) -> None:
    """Make a new master key in the key file, and wrap every data key of the store under it.

    Backups made before open with the master key of their time only: keep a copy of the key file, as it is now, for as
    long as you keep those. On PostgreSQL the key before stays in the file until the next rotation, for processes that
    have not read the new one; all processes must see the same file.
    """
    changed = _called("keys.rotate_master", {"by": named(by)}, db, config)
    click.echo(f"{changed} data keys are wrapped under a new master key. Copy the key file to where you keep its copy.")


@click.command("rotate-pepper", short_help="Renew the key under which API keys are hashed.")
@click.option(
    "--grace-days", "days", type=_DAYS, default=30, show_default=True, help="How long the one before is good."
)
@_BY
@store_options
def rotate_pepper(days: int, by: str | None, db: str | None, config: str | None) -> None:
    """Renew the key under which API keys are hashed. API keys stay as they are.

    Each is hashed anew when it is used. One that is not used for --grace-days has ended then; `keys list` says which
    those would be. With 0 days every API key ends now.
    """
    waiting = _called("keys.rotate_pepper", {"days": days, "who": {"by": named(by)}}, db, config)
    click.echo(f"{waiting} API keys must be used within {days} days; one that is not has ended then (keys list).")


@click.command("rotate-webhook", short_help="Make a new secret for signed deliveries, and print it once.")
@click.option("--grace-days", "days", type=_DAYS, default=7, show_default=True, help="How long the one before is good.")
@_BY
@store_options
def rotate_webhook(days: int, by: str | None, db: str | None, config: str | None) -> None:
    """Make a new secret for signed deliveries and print it, alone. This is the only time it can be read.

    Both are good for --grace-days, so the other side can change over when it likes.
    """
    click.echo(_called("keys.rotate_webhook", {"days": days, "who": {"by": named(by)}}, db, config))
