"""What law answers: a decision and its parts, in the shapes of the wire."""

from __future__ import annotations

from typing import Literal

import msgspec

from .model import Evidence
from .vocabulary import ObligationCode, Reason


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a no. `until`: when this rule alone would say yes; null when time alone will not help."""

    code: Reason
    rule: str
    citation: str
    message: str
    until: str | None = None


class Obligation(msgspec.Struct, frozen=True, kw_only=True):
    """What the contact must do if it goes ahead."""

    code: ObligationCode
    text: str
    rule: str
    citation: str


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """How full one cap is. `frees_at`: when a place falls free by itself; `contacts`: the counted ones by id."""

    rule: str
    key: dict[str, str]
    used: int
    limit: int
    frees_at: str | None
    contacts: tuple[str, ...]


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """What turned a rule's no into a yes."""

    rule: str
    by: str
    citation: str


Doubt = Literal["unknown_zone", "no_zone", "no_country", "contradictory"]
"""What is wrong with evidence of place: it names a zone that the zone data has not, or none; it has zones but no
country, so that no law is known for it; or two pieces of it share no clock.
"""


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the person may be: every plausible zone and jurisdiction, and what that rests on.

    `doubts`: what is wrong with that evidence; left out where nothing is.
    """

    zones: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    doubts: tuple[Doubt, ...] = ()


class SignedBy(msgspec.Struct, frozen=True, kw_only=True):
    """Who accepted this version of a regime, as what, and when."""

    by: str
    capacity: str
    on: str


class InForce(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A regime that was asked, in the version that answered; `signed_by` is left out where nobody signed it."""

    id: str
    version: str
    signed_by: tuple[SignedBy, ...] = ()


class ReadAs(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was asked as the operator's counsel reads it."""

    rule: str
    author: str
    citation: str
    read_on: str


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that would refuse, whose force on this channel the operator has set: to deny, or only to warn."""

    rule: str
    force: Literal["prohibits", "warns"]
    by: str
    why: str


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that applied and did not decide."""

    rule: str
    citation: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to "may this contact start now?". `readings` and `weights` are left out where there are none,
    `considered` where nobody asked for it.
    """

    id: str
    at: str
    verdict: Literal["allow", "deny"]
    reasons: tuple[Because, ...]
    next_allowed: str | None
    valid_until: str | None
    obligations: tuple[Obligation, ...]
    counters: tuple[Counter, ...]
    relaxed_by: tuple[Relaxation, ...]
    assumed: tuple[str, ...]
    whereabouts: Whereabouts
    regimes: tuple[InForce, ...]
    rulebook: str
    tzdata: str
    engine: int
    warnings: tuple[Because, ...] = ()
    readings: tuple[ReadAs, ...] | msgspec.UnsetType = msgspec.UNSET
    weights: tuple[Weighed, ...] | msgspec.UnsetType = msgspec.UNSET
    considered: tuple[Considered, ...] | msgspec.UnsetType = msgspec.UNSET
