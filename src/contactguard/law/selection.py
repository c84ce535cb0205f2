"""Which regimes speak about a contact when nobody names them: every one that the evidence does not exclude.

A regime speaks by where the person may be (`places`), or by where the collector has its seat (`collector_places`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from .answers import InForce
from .model import Collector
from .places import Spot
from .rulebook import Regime, Rulebook
from .values import Duty

_CACHE_LIMIT = 5_000
_SEAT = Spot("", None, None)
"""Stands for the collector's seat among the places of the person."""
_ELSEWHERE = ""

Fit = Literal["sure", "perhaps", "city"]
"""How a regime fits a place: surely; perhaps, as the subdivision is not known; or perhaps, as the city is not."""
Fits = dict[str, dict[Spot, Fit]]


class Chosen(NamedTuple):
    """The regimes asked, overlays among them; what was assumed in choosing; whether some place has no rules.

    `agents`: further laws, of the place where the agent sits, of which the duties at both ends hold.
    """

    regimes: tuple[Regime, ...]
    assumed: tuple[str, ...]
    ruleless: bool
    key: str
    in_force: tuple[InForce, ...]
    agents: tuple[Regime, ...] = ()


class _Index(NamedTuple):
    """What the rulebook tells places apart by; `near`: places already reduced to that."""

    cities: dict[tuple[str, str], frozenset[str]]
    codes: dict[str, tuple[str, ...]]
    seats: bool
    ends: bool
    near: dict[tuple[Spot, ...], tuple[Spot, ...]]


def _chosen(regimes: Iterable[Regime], assumed: Iterable[str], ruleless: bool) -> Chosen:
    ordered = tuple(sorted(regimes, key=lambda regime: regime.id))
    named = tuple(InForce(id=regime.id, version=regime.version) for regime in ordered)
    return Chosen(ordered, tuple(sorted(assumed)), ruleless, " ".join(one.id for one in named), named)


class UnknownRegime(ValueError):
    """A regime was named that the rulebook does not hold."""


def choose(
    book: Rulebook,
    spots: tuple[Spot, ...],
    named: tuple[str, ...] | None,
    collector: Collector,
    *,
    known_cities_only: bool = False,
    agent_place: str | None = None,
) -> Chosen:
    """The named regimes, or those whose places the evidence leaves possible.

    `agent_place`: where the agent sits, `US` or `US-CA`; None: at the collector's seat.
    `known_cities_only`: a city's regime is not asked where only the subdivision is known; the decision says so.
    """
    near, seat, agent = spots, None, None
    if named is None:
        index = _index(book)
        near = index.near.get(spots) or _near(index, spots)
        seat = _seat(collector) if index.seats else None
        agent = (_agent(agent_place) if agent_place else _seat(collector)) if index.ends else None
    key = ("chosen", named, near if named is None else (), seat, agent, known_cities_only)
    found: Chosen | None = book.programs.get(key)
    if found is None:
        if len(book.programs) > _CACHE_LIMIT:
            book.programs.clear()
        chosen = _by_place(book, near, seat, known_cities_only) if named is None else _by_name(book, named)
        found = book.programs[key] = chosen if agent is None else _with_agent(chosen, book, agent)
    return found


def told_apart(book: Rulebook, spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """These places as far as the rulebook tells places apart: a town that no law names is like any other."""
    index = _index(book)
    return index.near.get(spots) or _near(index, spots)


def lies(places: tuple[str, ...], codes: tuple[str, ...], spots: tuple[Spot, ...]) -> bool:
    """Whether one of these spots surely lies in one of these places, of which the cities have these postal codes."""
    return any(_fit(place, spot, codes) == "sure" for place in places for spot in spots)


def _index(book: Rulebook) -> _Index:
    found: _Index | None = book.programs.get("places")
    if found is None:
        found = book.programs["places"] = _indexed(book)
    return found


def _indexed(book: Rulebook) -> _Index:
    cities: dict[tuple[str, str], frozenset[str]] = {}
    codes: dict[str, tuple[str, ...]] = {}
    for regime in book.laws:
        for place in regime.head.places:
            country, subdivision, city = _parts(place)
            if city:
                known = cities.get((country, subdivision), frozenset())
                cities[country, subdivision] = known | {city.casefold()}
                codes[country] = (*codes.get(country, ()), *regime.head.postal_codes)
    ordered = {country: tuple(sorted(set(all), key=len, reverse=True)) for country, all in codes.items()}
    seats = any(regime.head.collector_places for regime in book.laws)
    return _Index(cities, ordered, seats, any(map(_at_both_ends, book.laws)), {})


def _near(index: _Index, spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """The places as far as this rulebook tells them apart, so that not every town has a program of its own."""
    near = tuple(dict.fromkeys(_reduced(index, spot) for spot in spots))
    if len(index.near) > _CACHE_LIMIT:
        index.near.clear()
    index.near[spots] = near
    return near


def _reduced(index: _Index, spot: Spot) -> Spot:
    cities, codes = index.cities.get((spot.country, spot.subdivision or "")), index.codes.get(spot.country)
    city = code = None
    if cities and spot.city is not None:
        city = spot.city.casefold() if spot.city.casefold() in cities else _ELSEWHERE
    if codes and spot.code is not None:
        code = next((one for one in codes if spot.code.startswith(one)), _ELSEWHERE)
    return Spot(spot.country, spot.subdivision, city, code)


def _seat(collector: Collector) -> Spot | None:
    return Spot(collector.country, collector.subdivision, None) if collector.country else None


def _agent(place: str) -> Spot:
    country, subdivision, _ = _parts(place)
    return Spot(country, subdivision or None, None)


def _at_both_ends(regime: Regime) -> bool:
    return any(isinstance(v, Duty) and v.both_ends for rule in regime.rules for v in rule.versions)


def _with_agent(chosen: Chosen, book: Rulebook, agent: Spot) -> Chosen:
    """The same with the laws of the agent's place that ask for something at both ends of a contact."""
    asked = {regime.id for regime in chosen.regimes}
    more = [regime for regime in book.laws if regime.id not in asked and _at_both_ends(regime)]
    here = tuple(regime for regime in more if _best(_fit(place, agent, ()) for place in regime.head.places))
    return chosen if not here else chosen._replace(agents=here, key=f"{chosen.key} + {' '.join(r.id for r in here)}")


def _by_name(book: Rulebook, named: tuple[str, ...]) -> Chosen:
    unknown = sorted(set(named) - set(book.regimes))
    if unknown:
        raise UnknownRegime(f"no regime is called {unknown[0]!r}")
    wanted = {*named, *(overlay.id for overlay in book.overlays)}
    ruleless = all(regime.id not in named for regime in book.laws)
    return _chosen((r for r in book.regimes.values() if r.id in wanted), (), ruleless)


def _by_place(book: Rulebook, spots: tuple[Spot, ...], seat: Spot | None, known_cities_only: bool) -> Chosen:
    fits = {regime.id: _fits(regime, spots, seat) for regime in book.laws}
    passed_over = set[str]()
    if known_cities_only:
        passed_over = {id for id, found in fits.items() if found and set(found.values()) == {"city"}}
        fits |= {id: {} for id in passed_over}
    laws = [regime for regime in book.laws if fits[regime.id] and not _replaced(regime, book, fits)]
    assumed = {f"place.{regime.id}" for regime in laws if "sure" not in fits[regime.id].values()}
    assumed |= {f"elsewhere.{id}" for id in passed_over}
    covered = {spot for regime in laws if regime.head.alone for spot in fits[regime.id]}
    return _chosen((*laws, *book.overlays), assumed, not spots or not covered >= set(spots))


def _fits(regime: Regime, spots: tuple[Spot, ...], seat: Spot | None) -> dict[Spot, Fit]:
    """How the regime fits each place that it does not leave out, the collector's seat among them."""
    head = regime.head
    found = {spot: _best(_fit(place, spot, head.postal_codes) for place in head.places) for spot in spots}
    if seat is not None:
        found[_SEAT] = _best(_fit(place, seat, ()) for place in head.collector_places)
    return {spot: fit for spot, fit in found.items() if fit is not None}


def _best(found: Iterable[Fit | None]) -> Fit | None:
    fits = set(found)
    order: tuple[Fit, ...] = ("sure", "perhaps", "city")
    return next((fit for fit in order if fit in fits), None)


def _replaced(regime: Regime, book: Rulebook, fits: Fits) -> bool:
    """Whether another regime stands in its place wherever it would apply; one that only perhaps applies does not."""
    others = [fits[other.id] for other in book.laws if regime.id in other.head.replaces]
    return all(any(other.get(spot) == "sure" for other in others) for spot in fits[regime.id])


def _fit(place: str, spot: Spot, codes: tuple[str, ...]) -> Fit | None:
    """How one place of a regime fits where somebody may be; None: that is elsewhere."""
    country, subdivision, city = _parts(place)
    if country != spot.country:
        return None
    if not subdivision:
        return "sure"
    if city and spot.code and spot.code.startswith(codes):
        return "sure"
    if spot.subdivision is None:
        return None if city else "perhaps"
    if subdivision != spot.subdivision:
        return None
    if not city or (spot.city is not None and spot.city.casefold() == city.casefold()):
        return "sure"
    # A postal code outside those of the city tells as much as the name of another town.
    return "city" if spot.city is None and (spot.code is None or not codes) else None


def _parts(place: str) -> tuple[str, str, str]:
    """`US-NY/New York` as country, subdivision and city, empty where not named."""
    country, _, rest = place.partition("-")
    subdivision, _, city = rest.partition("/")
    return country, subdivision, city
