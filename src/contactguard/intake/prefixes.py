"""Tables that say by the first characters of a code which states or provinces it belongs to, and which zones there.

Such a table is data: `written` (how a code looks, as a pattern), `zones` (letters for zones), `areas` and `codes`
(prefixes to places). The longest prefix known decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from . import places


class Part(NamedTuple):
    """One state or province that a code belongs to, and the zones there that it leaves possible.

    None: the table tells only zones.
    """

    subdivision: str | None
    zones: tuple[str, ...]


class Table:
    """One country's table. `version` is that of its file."""

    def __init__(self, country: str, raw: Mapping[str, Any], version: int) -> None:
        self.version = version
        self.areas: dict[str, tuple[Part, ...]] = {}
        self._written = re.compile(raw["written"], re.ASCII)
        letters = raw.get("zones", {})
        for section in ("areas", "codes"):
            for keys, value in raw.get(section, {}).items():
                read = tuple(_part(country, one, letters) for one in value.split(", "))
                self.areas.update((prefix, read) for prefix in _prefixes(keys))
        self._longest = max(map(len, self.areas))
        self._found = lru_cache(maxsize=50_000)(self._look_up)

    def parts(self, code: str) -> tuple[Part, ...]:
        """Every state or province to which this code belongs; none for one not given out, or written as none is.

        What is looked up are the groups of the pattern, with dots between them.
        """
        found = self._written.fullmatch(code)
        return self._found(".".join(group or "" for group in found.groups())) if found else ()

    def _look_up(self, plain: str) -> tuple[Part, ...]:
        for length in range(min(self._longest, len(plain)), 0, -1):
            if found := self.areas.get(plain[:length]):
                return found
        return ()


def _prefixes(keys: str) -> Iterator[str]:
    """`"010-012 055"` as the prefixes it stands for."""
    for key in keys.split():
        first, _, last = key.partition("-")
        if not last:
            yield first
            continue
        for number in range(int(first), int(last) + 1):
            yield f"{number:0{len(first)}}"


def _part(country: str, text: str, letters: Mapping[str, str]) -> Part:
    """`"KY E C"` as a state with its zones; without a letter, all of the state's. `-` is no state."""
    name, *zones = text.split()
    subdivision = None if name == "-" else name
    return Part(subdivision, tuple(letters[one] for one in zones) or places.zones_of(country, subdivision))
