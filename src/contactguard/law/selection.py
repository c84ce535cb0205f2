"""Which regimes speak about a contact when nobody names them: every one that the evidence does not exclude."""

from __future__ import annotations

from typing import NamedTuple

from .places import Spot
from .rulebook import Regime, Rulebook


class Chosen(NamedTuple):
    """The regimes asked, overlays among them; what was assumed in choosing; whether some place has no rules."""

    regimes: tuple[Regime, ...]
    assumed: tuple[str, ...]
    ruleless: bool


class UnknownRegime(ValueError):
    """A regime was named that the rulebook does not hold."""


def choose(book: Rulebook, spots: tuple[Spot, ...], named: tuple[str, ...] | None) -> Chosen:
    """The named regimes, or those whose places the evidence leaves possible."""
    if named is not None:
        unknown = sorted(set(named) - set(book.regimes))
        if unknown:
            raise UnknownRegime(f"regimes: no regime is called {unknown[0]!r}")
        wanted = {*named, *(overlay.id for overlay in book.overlays)}
        return Chosen(tuple(r for r in book.regimes.values() if r.id in wanted), (), not named)
    return _by_place(book, spots)


def _by_place(book: Rulebook, spots: tuple[Spot, ...]) -> Chosen:
    key = ("chosen", spots)
    found: Chosen | None = book.programs.get(key)
    if found is not None:
        return found
    laws, assumed = [], set()
    covered: set[Spot] = set()
    for regime in book.laws:
        hits = {
            spot: _fit(place, spot) for place in regime.head.places for spot in spots if _fit(place, spot)
        }
        covered |= set(hits)
        if hits:
            laws.append(regime)
        if hits and "sure" not in hits.values():
            assumed.add(f"place.{regime.id}")
    replaced = {name for regime in laws for name in regime.head.replaces}
    chosen = sorted((*(r for r in laws if r.id not in replaced), *book.overlays), key=lambda r: r.id)
    found = Chosen(tuple(chosen), tuple(sorted(assumed)), not spots or not covered >= set(spots))
    book.programs[key] = found
    return found


def _fit(place: str, spot: Spot) -> str | None:
    """`sure`, `perhaps` (not excluded) or None."""
    country, _, rest = place.partition("-")
    subdivision, _, city = rest.partition("/")
    if country != spot.country:
        return None
    if not subdivision:
        return "sure"
    if spot.subdivision is None:
        return None if city else "perhaps"
    if subdivision != spot.subdivision:
        return None
    if not city:
        return "sure"
    if spot.city is None:
        return "perhaps"
    return "sure" if city.casefold() == spot.city.casefold() else None
