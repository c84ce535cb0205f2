"""One decision's facts, arranged so that rules find what they need at once.

A `World` is made once for a decision, and a `Side` of it for each role and product among the cases asked about.
Nothing here changes after it is made, but for the caches that rules keep in `Side.cache`.
"""

from __future__ import annotations

from typing import Any

from .history import CHANNEL, DIRECTION, LIVE, OUTCOME, Contact
from .kinds.filters import NOT_PLACED
from .model import Case, Consent, Evidence, Facts, Person, Point, Request, Restriction, Role
from .places import Places, placed
from .zones import Zone, zone

OBLIGORS: frozenset[Role] = frozenset({"debtor", "joint_debtor", "guarantor"})
STAND_INS: frozenset[Role] = frozenset({"spouse", "parent", "guardian", "executor", "successor"})
_GONE = frozenset({"wrong_number", "reassigned"})
_TIED = frozenset({"letter", "visit"})
_NOWHERE = (zone("UTC"),)

Bound = tuple[Restriction, str]


class World:
    """The facts of one decision. `zones`: every plausible one, by name; `place`: where the contact would find them.

    Where nothing is `known` of the local time, UTC stands in, so that rules without hours still speak.
    """

    __slots__ = (
        "at", "facts", "gone", "history", "known", "own_call", "person", "places", "point", "place", "refs", "reply",
        "request", "statuses", "zones",
    )  # fmt: skip

    def __init__(self, facts: Facts, request: Request, at: int, person: Person) -> None:
        self.facts, self.request, self.at, self.person = facts, request, at, person
        self.refs = request.cases or person.cases or tuple(case.ref for case in facts.cases)
        self.places: Places = placed(known_evidence(person, at, facts.operator.live))
        self.known = bool(self.places.zones)
        self.zones: tuple[Zone, ...] = self.places.zones or _NOWHERE
        self.point = _point(person, request)
        self.place = request.place or _place(self.point, request)
        self.history = _settled(facts.history, at, facts.operator.live)
        self.statuses = self._address_statuses()
        self.gone = self._gone_addresses()
        self.own_call = request.direction == "inbound"
        self.reply = request.purpose == "response" and not self.own_call and self._owed()

    def _address_statuses(self) -> tuple[Point, ...]:
        """What anyone's file says of the address asked about."""
        address = self.request.address
        return tuple(
            point
            for person in self.facts.persons
            for point in person.points
            if point.address == address and self._known(point.status_since)
        )

    def _gone_addresses(self) -> frozenset[str]:
        """Addresses known to be someone else's."""
        return frozenset(
            point.address
            for person in self.facts.persons
            for point in person.points
            if point.status in _GONE and self._known(point.status_since)
        )

    def _known(self, since: int | None) -> bool:
        return since is None or since <= self.at or self.facts.operator.live

    def _owed(self) -> bool:
        """The person wrote or rang on this channel and nothing has gone out on it since."""
        channel, person = CHANNEL.code[self.request.channel], self.person.id
        asked = sent = -1
        for contact in self.history:
            what = contact.what
            if what & CHANNEL.mask != channel or contact.person != person:
                continue
            if what & DIRECTION.mask:
                asked = max(asked, contact.at)
            elif OUTCOME.read(what) not in NOT_PLACED:
                sent = max(sent, contact.at)
        return asked > sent


class Side:
    """One role on cases of one product. `terms`: the role in the words of rule files."""

    __slots__ = ("bound", "cache", "cases", "consents", "debtors", "refs", "role", "terms", "w")

    def __init__(self, world: World, role: Role, cases: tuple[Case, ...]) -> None:
        self.w, self.role, self.cases = world, role, cases
        self.refs = tuple(case.ref for case in cases)
        self.debtors = tuple(person for person in world.facts.persons if self._owes(person))
        self.terms = frozenset({role, *self._qualified()})
        self.bound = self._bound()
        self.consents = tuple(c for c in world.person.consents if self._given(c))
        self.cache: dict[Any, Any] = {}

    def debtor_consents(self) -> list[Consent]:
        """What those who owe the debt agreed to."""
        return [consent for person in self.debtors for consent in person.consents if self._given(consent)]

    def _given(self, consent: Consent) -> bool:
        """Known, and not known to be revoked."""
        at = self.w.at
        if consent.given > at and not self.w.facts.operator.live:
            return False
        return consent.revoked is None or consent.revoked > at

    def _owes(self, person: Person) -> bool:
        return any(role_on(person, ref) in OBLIGORS for ref in self.refs)

    def _qualified(self) -> tuple[str, ...]:
        person = self.w.person
        minor = self.role == "parent" and any(debtor.minor for debtor in self.debtors)
        confirmed = self.role == "successor" and person.confirmed
        return (*(("parent:minor",) if minor else ()), *(("successor:confirmed",) if confirmed else ()))

    def _bound(self) -> tuple[Bound, ...]:
        """Every restriction that may bind this contact, and through what: self, stand_ins or location."""
        world, person = self.w, self.w.person
        out: list[Bound] = [(r, "self") for r in person.restrictions if self._concerns(r)]
        if len(world.facts.persons) == 1:
            return tuple(out)
        through = ()
        if self.role in STAND_INS:
            through = ("stand_ins",)
        elif self.role not in OBLIGORS and world.request.purpose == "location_information":
            through = ("location",)
        for other in world.facts.persons:
            if other is person:
                continue
            owes = other in self.debtors
            for r in other.restrictions:
                if not self._concerns(r):
                    continue
                if r.kind == "address_refused" and r.address == world.request.address:
                    out.append((r, "self"))
                out.extend((r, bond) for bond in through if owes)
        return tuple(out)

    def _concerns(self, r: Restriction) -> bool:
        known = r.since is None or r.since <= self.w.at or self.w.facts.operator.live
        return known and (r.cases is None or any(ref in r.cases for ref in self.refs))


def role_on(person: Person, ref: str) -> Role | None:
    """The person's role on a case; None if they have nothing to do with it."""
    if person.roles and ref in person.roles:
        return person.roles[ref]
    if person.cases is not None and ref not in person.cases:
        return None
    return person.role


def known_evidence(person: Person, at: int, live: bool) -> tuple[Evidence, ...]:
    """What places the person, as far as it was known."""
    return tuple(e for e in person.evidence if live or e.at is None or e.at <= at)


def _point(person: Person, request: Request) -> Point | None:
    for point in person.points:
        if point.address == request.address:
            return point
    return None


def _place(point: Point | None, request: Request) -> str | None:
    """A fixed line, letter or visit finds the person at the point's label; anything else at no place."""
    if point is None:
        return "home" if request.channel in _TIED else None
    if request.channel in _TIED or (request.channel == "voice" and point.line == "fixed"):
        return point.label if point.label in ("home", "work") else "other"
    return None


def _settled(history: tuple[Contact, ...], at: int, live: bool) -> tuple[Contact, ...]:
    """The past as known at `at`, oldest first; permits that lapsed by then counted as the contract says."""
    out = []
    for contact in history:
        if contact.at > at and not live:
            continue
        if contact.lapses and contact.lapses <= at and contact.what & LIVE.mask:
            if LIVE.read(contact.what) == "reserved":
                continue
            contact = _handed_over(contact)
        out.append(contact)
    out.sort(key=_order)
    return tuple(out)


def _handed_over(contact: Contact) -> Contact:
    """A permit that someone else's switch never reported on: placed, outcome unknown."""
    return Contact(
        id=contact.id,
        at=contact.at,
        what=(contact.what & ~(LIVE.mask | OUTCOME.mask)) | OUTCOME.code["unknown"],
        person=contact.person,
        address=contact.address,
        cases=contact.cases,
        discussed=contact.discussed,
    )


def _order(contact: Contact) -> tuple[int, str, int, str]:
    return contact.at, contact.id, contact.what, contact.address
