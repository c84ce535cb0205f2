"""Evidence of place -> every plausible zone and jurisdiction.

Unknown is a set, not a guess: all evidence counts together, except that what the person said of where they are
(the newest statement) replaces the rest (12 CFR 1006.6(b)(1), comment 6(b)(1)(i)-2).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from .answers import Doubt, Whereabouts
from .model import Evidence
from .zones import Zone, zone

_WINTER, _SUMMER = 1_767_225_600, 1_782_864_000
"""1 January and 1 July 2026, UTC: zones that agree then keep the same clock here, whatever they did before."""


class Spot(NamedTuple):
    """One candidate place; None is not known. `code`: the postal code in capitals, without spaces."""

    country: str
    subdivision: str | None
    city: str | None
    code: str | None = None


class Places(NamedTuple):
    """Zones by name, candidate places, the same as decisions show it, whether a statement replaced the rest,
    and the instant of the latest evidence.

    No zones: nothing is known of the local time, or a zone was named that nobody here knows.
    """

    zones: tuple[Zone, ...]
    spots: tuple[Spot, ...]
    shown: Whereabouts
    replaced: bool
    latest: int


def placed(evidence: tuple[Evidence, ...], at: int | None) -> Places:
    """Weigh the evidence known at `at` (None: all). No `zones`: nothing is known of the person's local time."""
    found = _weigh(evidence)
    if at is not None and found.latest > at:
        return _weigh(tuple(e for e in evidence if e.at is None or e.at <= at))
    return found


def doubts(used: tuple[Evidence, ...]) -> tuple[tuple[Doubt, Evidence], ...]:
    """What is wrong with the evidence that counts, each with the piece it is about.

    A number that says nothing (one of no place) is no fault while something else does.
    """
    found: list[tuple[Doubt, Evidence]] = []
    for one in used:
        if any(_clock(name) is None for name in one.zones):
            found.append(("unknown_zone", one))
        if not one.zones and (one.kind != "number" or not any(other.zones for other in used)):
            found.append(("no_zone", one))
        if one.zones and one.country is None:
            found.append(("no_country", one))
    said: dict[tuple[str | None, ...], tuple[set[tuple[int, int]], Evidence]] = {}
    for one in used:
        # Pieces of one code are alternatives, not statements that could contradict one another.
        shared = (one.kind, one.address, one.postal_code)
        whole = (one.kind, one.country, one.subdivision, one.city, *one.zones)
        what = said.setdefault(shared if one.address or one.postal_code else whole, (set(), one))
        what[0].update(same_clock(one.zones))
    for (mine, _), (theirs, other) in combinations(said.values(), 2):
        if mine and theirs and mine.isdisjoint(theirs):
            found.append(("contradictory", other))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8_000)
def _weigh(evidence: tuple[Evidence, ...]) -> Places:
    used = counting(evidence)
    names = sorted({name for e in used for name in e.zones})
    known = all(_clock(name) is not None for name in names)
    # A number of the state in which the person lives does not bring the laws of that state's other cities.
    settled = {(e.country, e.subdivision) for e in used if e.kind != "number" and e.subdivision}
    located = (e for e in used if e.kind != "number" or (e.country, e.subdivision) not in settled)
    spots = {Spot(e.country, e.subdivision, e.city, _plain(e.postal_code)) for e in located if e.country}
    jurisdictions = {spot.country for spot in spots}
    jurisdictions |= {f"{spot.country}-{spot.subdivision}" for spot in spots if spot.subdivision}
    return Places(
        zones=tuple(zone(name) for name in names) if known else (),
        spots=tuple(sorted(spots, key=_order)),
        shown=Whereabouts(
            zones=tuple(names),
            jurisdictions=tuple(sorted(jurisdictions)),
            evidence=used,
            doubts=tuple(sorted({word for word, _ in doubts(used)})),
        ),
        replaced=len(used) < len(evidence),
        latest=max((e.at for e in evidence if e.at is not None), default=0),
    )


def same_clock(zones: Iterable[str]) -> frozenset[tuple[int, int]]:
    """What the clocks of these zones show, without those that nobody knows: zones of one clock are one."""
    return frozenset(clock for clock in map(_clock, zones) if clock is not None)


def counting(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The evidence that counts: what the person said last of where they are; else all of it."""
    stated = [e for e in evidence if e.kind == "stated"]
    newest = max((e.at or 0 for e in stated), default=0)
    return tuple(e for e in stated if (e.at or 0) == newest) or evidence


@lru_cache(maxsize=1_000)
def _clock(name: str) -> tuple[int, int] | None:
    """What a zone's clocks show in winter and in summer; None for a zone that the time zone data has not."""
    try:
        where = zone(name)
    except ValueError:
        return None
    return where.offset(_WINTER), where.offset(_SUMMER)


def _plain(code: str | None) -> str | None:
    return "".join(code.split()).upper() if code and code.strip() else None


def _order(spot: Spot) -> tuple[str, str, str, str]:
    return spot.country, spot.subdivision or "", spot.city or "", spot.code or ""
