"""Which regimes speak about a contact when nobody names them: every one that the evidence does not exclude."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .answers import InForce
from .places import Spot
from .rulebook import Regime, Rulebook

_CACHE_LIMIT = 5_000


class Chosen(NamedTuple):
    """The regimes asked, overlays among them; what was assumed in choosing; whether some place has no rules."""

    regimes: tuple[Regime, ...]
    assumed: tuple[str, ...]
    ruleless: bool
    key: str
    in_force: tuple[InForce, ...]


def _chosen(regimes: Iterable[Regime], assumed: Iterable[str], ruleless: bool) -> Chosen:
    ordered = tuple(sorted(regimes, key=lambda regime: regime.id))
    named = tuple(InForce(id=regime.id, version=regime.version) for regime in ordered)
    return Chosen(ordered, tuple(sorted(assumed)), ruleless, " ".join(one.id for one in named), named)


class UnknownRegime(ValueError):
    """A regime was named that the rulebook does not hold."""


def choose(book: Rulebook, spots: tuple[Spot, ...], named: tuple[str, ...] | None) -> Chosen:
    """The named regimes, or those whose places the evidence leaves possible."""
    key = ("chosen", named, spots if named is None else None)
    found: Chosen | None = book.programs.get(key)
    if found is None:
        if len(book.programs) > _CACHE_LIMIT:
            book.programs.clear()
        found = book.programs[key] = _by_place(book, spots) if named is None else _by_name(book, named)
    return found


def _by_name(book: Rulebook, named: tuple[str, ...]) -> Chosen:
    unknown = sorted(set(named) - set(book.regimes))
    if unknown:
        raise UnknownRegime(f"no regime is called {unknown[0]!r}")
    wanted = {*named, *(overlay.id for overlay in book.overlays)}
    ruleless = all(regime.id not in named for regime in book.laws)
    return _chosen((r for r in book.regimes.values() if r.id in wanted), (), ruleless)


def _by_place(book: Rulebook, spots: tuple[Spot, ...]) -> Chosen:
    fits = {regime.id: _fits(regime, spots) for regime in book.laws}
    laws = [regime for regime in book.laws if fits[regime.id] and not _replaced(regime, book, fits)]
    assumed = {f"place.{regime.id}" for regime in laws if "sure" not in fits[regime.id].values()}
    covered = {spot for regime in laws for spot in fits[regime.id]}
    return _chosen((*laws, *book.overlays), assumed, not spots or not covered >= set(spots))


def _fits(regime: Regime, spots: tuple[Spot, ...]) -> dict[Spot, str]:
    """How the regime fits each place that it does not leave out: `sure` or `perhaps`."""
    out = {}
    for spot in spots:
        found = {_fit(place, spot) for place in regime.head.places}
        if found - {None}:
            out[spot] = "sure" if "sure" in found else "perhaps"
    return out


def _replaced(regime: Regime, book: Rulebook, fits: dict[str, dict[Spot, str]]) -> bool:
    """Whether another regime stands in its place wherever it would apply; one that only perhaps applies does not."""
    others = [fits[other.id] for other in book.laws if regime.id in other.head.replaces]
    return all(any(other.get(spot) == "sure" for other in others) for spot in fits[regime.id])


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
