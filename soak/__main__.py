"""`python -m soak [NAME]`, the long runs. Status 1: something was not as it must be."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from . import crash, hostile, importing, mutating, processes


def main() -> int:
    """Run one of them; without a name all."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    names = ["crash", "processes", "import", "hostile", "mutate"]
    parser.add_argument("name", nargs="?", choices=names, help="all, where none is named")
    parser.add_argument("--rounds", type=int, default=50, help="of crash and processes")
    parser.add_argument(
        "--engine", choices=["sqlite", "postgres"], help="of crash and import; both, where none is named"
    )
    parser.add_argument("--megabytes", type=int, default=1000, help="of a hostile file")
    given = parser.parse_args()
    engines = [{"postgres": "postgresql"}.get(given.engine, given.engine)] if given.engine else ["sqlite", "postgresql"]
    well = True
    for engine in engines:
        if given.name in (None, "crash"):
            well = _in_folder(lambda folder, engine=engine: crash.run(engine, given.rounds, folder)) and well
        if given.name in (None, "import"):
            well = _in_folder(lambda folder, engine=engine: importing.run(engine, folder)) and well
    if given.name in (None, "processes"):
        well = _in_folder(lambda folder: processes.run(given.rounds, folder)) and well
    if given.name in (None, "hostile"):
        well = _in_folder(lambda folder: hostile.run(folder, given.megabytes)) and well
    if given.name in (None, "mutate"):
        well = mutating.run() and well
    return 0 if well else 1


def _in_folder(does: object) -> bool:
    with tempfile.TemporaryDirectory(prefix="contactguard-soak-") as folder:
        return bool(asyncio.run(does(Path(folder))))  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
