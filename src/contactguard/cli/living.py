"""How many people of a store live where each regime holds, for commands that show those first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .common import book_in_force, settings_of, with_store

if TYPE_CHECKING:
    from ..law.rulebook import Rulebook


class Living(NamedTuple):
    """`persons` by regime, `places` by place as regimes name it, for those with any; `said`: when they were counted.

    All of it empty where no store was named.
    """

    persons: dict[str, int]
    places: dict[str, int]
    said: str

    def of(self, id: str) -> str:
        """How many live where this regime holds, behind its title; empty if none do, or if it holds everywhere."""
        number = self.persons.get(id, 0)
        return f" ({number:,} {'person' if number == 1 else 'persons'})" if number else ""


def living_in(db: str | None, rules: Sequence[Path], config: str | None) -> tuple[Rulebook, Living]:
    """The rulebook in force in a store, its regimes in the order in which they matter there; or that of the files."""
    from ..law.homes import first

    book = book_in_force(db, rules, config)
    living = _counted(book, db, config) if db is not None else Living({}, {}, "")
    return first(book, living.persons), living


def _counted(book: Rulebook, db: str, config: str | None) -> Living:
    """Where the people of this store live, by the count that the store has or makes."""
    import msgspec

    from ..attempts.telling.homes import Counted
    from ..law.homes import persons, places
    from ..law.instants import print_utc
    from ..operations import call

    answer = with_store(settings_of(db, config), lambda store: call(store, "homes", None))
    if answer is None:
        return Living({}, {}, "where people live was not counted yet: a running service does within the hour")
    found = msgspec.convert(answer, Counted)
    nowhere = f", {found.nowhere:,} of no known place" if found.nowhere else ""
    number = f"{found.persons:,} {'person' if found.persons == 1 else 'persons'}"
    said = f"{number} counted at {print_utc(found.at)}{nowhere}"
    return Living(persons(book, found.homes), places(book, found.homes), said)
