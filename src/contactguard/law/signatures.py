"""Who accepted the regimes that are asked, each in exactly the version that answers."""

from __future__ import annotations

from msgspec.structs import replace

from .answers import InForce, SignedBy
from .instants import print_utc
from .model import Operator
from .rulebook import Rulebook
from .selection import Chosen


def signed_by(book: Rulebook, chosen: Chosen, operator: Operator) -> tuple[InForce, ...]:
    """The regimes asked, with their signatures."""
    if not operator.signed:
        return chosen.in_force
    key = ("signed", chosen.key, operator.signed)
    found: tuple[InForce, ...] | None = book.programs.get(key)
    if found is None:
        signed = {
            regime.id: tuple(
                SignedBy(by=one.by, capacity=one.capacity, on=print_utc(one.on))
                for one in operator.signed
                if (one.regime, one.digest) == (regime.id, regime.digest)
            )
            for regime in chosen.regimes
        }
        found = book.programs[key] = tuple(replace(one, signed_by=signed[one.id]) for one in chosen.in_force)
    return found


def signed_only(operator: Operator, regimes: tuple[InForce, ...]) -> Operator:
    """The operator with the signatures of these regimes alone: a decision that asked no others is the same."""
    ids = {one.id for one in regimes}
    return replace(operator, signed=tuple(one for one in operator.signed if one.regime in ids))


def unsigned(chosen: Chosen, operator: Operator) -> tuple[str, ...]:
    """The laws among them that nobody signed. Overlays only make stricter: they need nobody's name."""
    signed = {(one.regime, one.digest) for one in operator.signed}
    return tuple(
        regime.id for regime in chosen.regimes if not regime.head.overlay and (regime.id, regime.digest) not in signed
    )
