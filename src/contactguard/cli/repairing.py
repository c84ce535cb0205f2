"""`repairs`: whose evidence of place somebody should mend."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import msgspec

from .common import settings_of, store_options, with_store

if TYPE_CHECKING:
    from ..records.store import Store


@click.command(short_help="Persons whose evidence of place needs mending.")
@click.option("--what", metavar="FAULT", help="Only this fault, such as no_zone; docs/operations.md lists them.")
@store_options
def repairs(what: str | None, db: str | None, config: str | None) -> int:
    """List the persons whose evidence of place is missing, wrong or contradictory, one thing to mend a line as JSON.

    Exit status 1 if there is any.
    """
    from ..attempts import FAULTS
    from ..errors import BadInput
    from ..operations import Repairing, call

    if what is not None and what not in FAULTS:
        raise BadInput("--what", f"expected one of {', '.join(FAULTS)}")

    async def show(store: Store) -> int:
        cursor, found = None, 0
        while True:
            page = await call(store, "repairs", msgspec.convert({"what": what, "cursor": cursor}, Repairing))
            for item in page["items"]:
                sys.stdout.buffer.write(msgspec.json.encode(item) + b"\n")
            found += len(page["items"])
            cursor = page["next"]
            if cursor is None:
                sys.stdout.buffer.flush()
                return found

    return 1 if with_store(settings_of(db, config), show) else 0
