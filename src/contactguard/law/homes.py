"""Where the people of a record live, as far as a rulebook tells places apart, and which regimes come first by that."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from .model import Evidence
from .places import Spot, counting
from .rulebook import Rulebook
from .selection import lies, told_apart

Home = tuple[Spot, ...]
"""Every place where one person may live; none: nobody knows."""


def home(book: Rulebook, evidence: tuple[Evidence, ...]) -> Home:
    """Where this person lives: by their word, else by residence, else by what their numbers say."""
    used = [one for one in counting(evidence) if one.country]
    said = [one for one in used if one.kind != "number"] or used
    spots = {Spot(one.country or "", one.subdivision, one.city, _plain(one.postal_code)) for one in said}
    return tuple(sorted(told_apart(book, tuple(spots)), key=lambda spot: tuple(part or "" for part in spot)))


def persons(book: Rulebook, homes: Iterable[tuple[Home, int]]) -> dict[str, int]:
    """Regime -> how many live where it holds, for those where anyone does.

    Somebody who may live in two places counts in both. A regime without places holds everywhere and has no number.
    """
    counted = tuple(homes)
    found = {
        regime.id: sum(number for home, number in counted if lies(regime.head.places, regime.head.postal_codes, home))
        for regime in book.laws
        if regime.head.places
    }
    return {id: number for id, number in found.items() if number}


def places(book: Rulebook, homes: Iterable[tuple[Home, int]]) -> dict[str, int]:
    """The same by place, as regimes name them; a city stands for all names that its regime gives it."""
    counted, found = tuple(homes), dict[str, int]()
    for regime in book.laws:
        for place in regime.head.places:
            where = regime.head.places if "/" in place else (place,)
            number = sum(number for home, number in counted if lies(where, regime.head.postal_codes, home))
            found |= {place: number} if number else {}
    return found


def first(book: Rulebook, persons: Mapping[str, int]) -> Rulebook:
    """The same rulebook for showing: regimes of the places where most live come first, the rest as they stood."""
    shown = copy.copy(book)
    shown.regimes = dict(sorted(book.regimes.items(), key=lambda item: -persons.get(item[0], 0)))
    return shown


def _plain(code: str | None) -> str | None:
    return "".join(code.split()).upper() or None if code else None
