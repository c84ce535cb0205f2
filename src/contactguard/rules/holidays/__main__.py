"""`python -m contactguard.rules.holidays [PLACE:CATEGORY...]`: write the files of this package anew.

Those of every place and category that a shipped rule file names, and of those given (`TR:half_day`), as the installed
library lists them. Files of places that nothing names any more are taken away.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..load import wanted_lists
from . import FIRST, LAST, ask, version

FOLDER = Path(__file__).parent


def main(given: list[str]) -> None:
    """Write every file."""
    wanted = sorted({*wanted_lists(), *((place, category) for place, _, category in map(_parts, given))})
    for place in sorted({place for place, _ in wanted}):
        categories = [category for one, category in wanted if one == place]
        (FOLDER / f"{place}.json").write_text(text(place, categories), "utf-8")
    for path in FOLDER.glob("*.json"):
        if path.stem not in {place for place, _ in wanted}:
            path.unlink()


def text(place: str, categories: list[str]) -> str:
    """One file: a line for each year of a category."""
    lists = []
    for category in categories:
        years = ask(place, category, range(FIRST, LAST + 1)).items()
        rows = ",\n".join(f'"{year}": {json.dumps(days, ensure_ascii=False)}' for year, days in years)
        lists.append(f'"{category}": {{\n{rows}\n}}')
    head = f'"library": {json.dumps(version())},\n"place": {json.dumps(place)}'
    return "{\n" + head + ',\n"lists": {\n' + ",\n".join(lists) + "\n}\n}\n"


def _parts(given: str) -> tuple[str, str, str]:
    return given.partition(":")


if __name__ == "__main__":
    main(sys.argv[1:])
