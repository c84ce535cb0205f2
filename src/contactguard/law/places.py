"""Evidence of place -> every plausible zone and jurisdiction.

Unknown is a set, not a guess: all evidence counts together, except that what the person said of where they are
(the newest statement) replaces the rest (12 CFR 1006.6(b)(1), comment 6(b)(1)(i)-2).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .answers import Whereabouts
from .model import Evidence
from .zones import Zone, zone


class Spot(NamedTuple):
    """One candidate place; None is not known."""

    country: str
    subdivision: str | None
    city: str | None


class Places(NamedTuple):
    """Zones by name, candidate places, the same as decisions show it, whether a statement replaced the rest,
    and the instant of the latest evidence.
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


@lru_cache(maxsize=8_000)
def _weigh(evidence: tuple[Evidence, ...]) -> Places:
    stated = [e for e in evidence if e.kind == "stated"]
    newest = max((e.at or 0 for e in stated), default=0)
    used = tuple(e for e in stated if (e.at or 0) == newest) or evidence
    names = sorted({name for e in used for name in e.zones})
    spots = tuple(sorted({Spot(e.country, e.subdivision, e.city) for e in used if e.country}, key=_order))
    jurisdictions = {spot.country for spot in spots}
    jurisdictions |= {f"{spot.country}-{spot.subdivision}" for spot in spots if spot.subdivision}
    return Places(
        zones=tuple(zone(name) for name in names),
        spots=spots,
        shown=Whereabouts(zones=tuple(names), jurisdictions=tuple(sorted(jurisdictions)), evidence=used),
        replaced=bool(stated) and len(used) < len(evidence),
        latest=max((e.at for e in evidence if e.at is not None), default=0),
    )


def _order(spot: Spot) -> tuple[str, str, str]:
    return spot.country, spot.subdivision or "", spot.city or ""
