"""One decision's facts, arranged so that rules find what they need at once.

A `World` is made once for a decision, and a `Side` of it for each role and product among the cases asked about.
Nothing here changes after it is made, but for the caches that rules keep in `Side.cache`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from .history import CHANNEL, DIRECTION, LIVE, OUTCOME, Contact, pack
from .instants import DAY
from .kinds.filters import NOT_PLACED
from .model import Case, Consent, Entry, Facts, Person, Point, Request, Restriction
from .places import Places, placed
from .vocabulary import Channel, Place, Role
from .zones import NEVER, Zone, zone

OBLIGORS: frozenset[Role] = frozenset({"debtor", "joint_debtor", "guarantor"})
STAND_INS: frozenset[Role] = frozenset({"spouse", "parent", "guardian", "executor", "successor"})
_OWN_SIDE = OBLIGORS | STAND_INS
_HOUSEHOLD: frozenset[Role] = frozenset({"debtor", "joint_debtor", "spouse"})
_GONE = frozenset({"wrong_number", "reassigned"})
_NOTIFIES = frozenset({"legal_notice", "service"})
_TIED = frozenset({"letter", "visit"})
_OF_EVERY_CASE = frozenset(
    {
        "address_refused", "channel_refused", "written_only", "inconvenient_hours", "inconvenient_place",
        "employer_prohibits",
    }
)  # fmt: skip
"""What people say of themselves and how they may be reached, on whatever case they said it."""
_MONTH, _MANY = 34 * DAY, 40
_UNKNOWN = OUTCOME.code["unknown"]
_NOWHERE = (zone("UTC"),)
_NONE: frozenset[str] = frozenset()

Bound = tuple[Restriction, str]


class World:
    """The facts of one decision. `zones`: every plausible one, by name; `place`: where the contact would find them.

    Where nothing is `known` of the local time, UTC stands in, so that rules without hours still speak.
    `eased` collects (rule, what, citation) of the relaxations that were used at `at`.
    """

    __slots__ = (
        "answering", "at", "eased", "facts", "gone", "history", "known", "live", "marked", "notice", "own_call",
        "person", "place", "places", "point", "recent", "refs", "request", "restricted", "statuses", "zones",
    )  # fmt: skip

    def __init__(self, facts: Facts, request: Request, at: int, person: Person) -> None:
        live = facts.operator.live
        self.facts, self.request, self.at, self.person = facts, request, at, person
        self.refs = request.cases or person.cases or tuple(case.ref for case in facts.cases)
        self.places: Places = placed(person.evidence, None if live else at)
        self.known = bool(self.places.zones)
        self.zones: tuple[Zone, ...] = self.places.zones or _NOWHERE
        self.point = _point(person, request)
        self.place = request.place or _place(self.point, request.channel)
        self.live = False
        self.history = self._known(live)
        self.recent: Sequence[Contact] | None = None
        self.marked = self.restricted = False
        self.statuses, self.gone = self._of_addresses(live)
        self.own_call = request.direction == "inbound"
        self.notice = request.notice if request.purpose in _NOTIFIES else None
        self.answering = request.purpose == "response" and not self.own_call
        self.eased: list[tuple[str, str, str]] = []

    def _known(self, live: bool) -> Sequence[Contact]:
        """The past as known at `at`; permits that lapsed by then counted as the contract says."""
        history, at, mask = self.facts.history, self.at, LIVE.mask
        odd = [contact for contact in history if contact.what & mask or contact.at > at]
        if not odd:
            return history
        out = [] if live else [contact for contact in history if contact.at <= at]
        out = list(history) if live else out
        for contact in odd:
            if contact.what & mask and (live or contact.at <= at):
                self._settle(contact, out)
        return out

    def since(self, start: int) -> Sequence[Contact]:
        """All contacts from that instant on and perhaps older ones; most rules look back no further than a month."""
        first = self.at - _MONTH
        if start < first:
            return self.history
        if self.recent is None:
            few = len(self.history) < _MANY
            self.recent = self.history if few else [contact for contact in self.history if contact.at >= first]
        return self.recent

    def _settle(self, contact: Contact, history: list[Contact]) -> None:
        """A permit not yet ended: still live, or lapsed and counted as whoever was to carry it makes it count."""
        live = LIVE.read(contact.what)
        if not contact.lapses or contact.lapses > self.at:
            self.live = True
            if live == "started" or contact.what & OUTCOME.mask == _UNKNOWN:
                return
            history.remove(contact)
            history.append(_unreported(contact, contact.what))
            return
        history.remove(contact)
        if live != "reserved":
            history.append(_unreported(contact, contact.what & ~LIVE.mask, lapses=False))

    def _of_addresses(self, live: bool) -> tuple[tuple[Point, ...], frozenset[str]]:
        """What anyone's file says of the address asked about; the addresses known to be someone else's."""
        address, gone = self.request.address, _NONE
        statuses: tuple[Point, ...] = ()
        for person in self.facts.persons:
            if person.restrictions:
                self.restricted = True
            for point in person.points:
                if point.status == "active" and point.address != address:
                    continue
                if point.status_since is not None and point.status_since > self.at and not live:
                    continue
                if point.address == address:
                    statuses = (*statuses, point)
                    self.marked = self.marked or _speaks(point)
                if point.status in _GONE:
                    gone = gone | {point.address}
        return statuses, gone

    def reply(self, t: int) -> tuple[bool, int]:
        """Whether the person wrote or rang on this channel and nothing has gone out on it since, at `t`; and until
        when that stays so, for a permit under way may lapse.
        """
        if not self.answering:
            return False, NEVER
        channel, person = CHANNEL.code[self.request.channel], self.person.id
        asked = sent = -1
        until = NEVER
        for contact in self.history:
            what = contact.what
            if what & CHANNEL.mask != channel or contact.person != person:
                continue
            if what & DIRECTION.mask:
                asked = max(asked, contact.at)
                continue
            placed = OUTCOME.read(what) not in NOT_PLACED
            if what & LIVE.mask and contact.lapses:
                if t < contact.lapses:
                    until = min(until, contact.lapses)
                else:
                    placed = LIVE.read(what) != "reserved"
            if placed:
                sent = max(sent, contact.at)
        return asked > sent, until


class Side:
    """One role on cases of one product. `terms`: the role in the words of rule files; `bound`: what may bind it."""

    __slots__ = (
        "_by_case", "_debtors", "_household", "bound", "cache", "cases", "consents", "refs", "role", "terms", "w",
    )  # fmt: skip

    def __init__(self, world: World, role: Role, cases: tuple[Case, ...]) -> None:
        self.w, self.role, self.cases = world, role, cases
        self.refs = tuple([case.ref for case in cases])
        self._debtors: tuple[Person, ...] | None = None
        self._household: frozenset[str] | None = None
        self._by_case: tuple[Side, ...] | None = None
        self.terms = _terms(role, role == "parent" and self._of_minor(), world.person.confirmed)
        self.bound = self._bound() if world.restricted else ()
        self.consents = tuple([c for c in world.person.consents if self._given(c)]) if world.person.consents else ()
        self.cache: dict[Any, Any] = {}

    @property
    def debtors(self) -> tuple[Person, ...]:
        """Those who owe one of the debts."""
        if self._debtors is None:
            self._debtors = tuple(person for person in self.w.facts.persons if self._owes(person))
        return self._debtors

    @property
    def by_case(self) -> tuple[Side, ...]:
        """The same apart for each case, for a rule that may speak of one and not of another."""
        if self._by_case is None:
            self._by_case = tuple(Side(self.w, self.role, (case,)) for case in self.cases)
        return self._by_case

    @property
    def household(self) -> frozenset[str]:
        """The ids of the debtors and their spouses on these cases, and of the person contacted."""
        if self._household is None:
            found = (p.id for p in self.w.facts.persons if any(role_on(p, ref) in _HOUSEHOLD for ref in self.refs))
            self._household = frozenset((self.w.person.id, *found))
        return self._household

    def debtor_consents(self) -> list[Consent]:
        """What those who owe the debt agreed to."""
        return [consent for person in self.debtors for consent in person.consents if self._given(consent)]

    def _of_minor(self) -> bool:
        return any(debtor.minor for debtor in self.debtors)

    def _given(self, consent: Consent) -> bool:
        """Known; one revoked since still covers what was done under it."""
        return consent.given <= self.w.at or self.w.facts.operator.live

    def _owes(self, person: Person) -> bool:
        return any(role_on(person, ref) in OBLIGORS for ref in self.refs)

    def _bound(self) -> tuple[Bound, ...]:
        """Every restriction that may bind this contact, and through what: self, stand_ins, location or case."""
        world, person = self.w, self.w.person
        out: list[Bound] = [(r, "self") for r in person.restrictions if self._concerns(r)]
        bond = self._bond()
        for other in world.facts.persons:
            if other is person:
                continue
            owes = bond is not None and other in self.debtors
            for r in other.restrictions:
                if not self._concerns(r):
                    continue
                if r.kind == "address_refused" and r.address == world.request.address:
                    out.append((r, "self"))
                if owes and bond is not None:
                    out.append((r, bond))
                if self._shares(other, r):
                    out.append((r, "case"))
        return tuple(out)

    def _shares(self, other: Person, r: Restriction) -> bool:
        """Whether someone who owes one of these cases, or stands in for whoever does, asked it for that case."""
        refs = (ref for ref in self.refs if r.cases is None or ref in r.cases)
        return any(role_on(other, ref) in _OWN_SIDE for ref in refs)

    def knows(self, instant: int) -> bool:
        """Whether something that happened then is known: recorded facts are, in a store that answers now."""
        return instant <= self.w.at or self.w.facts.operator.live

    def _bond(self) -> str | None:
        """Through what a debtor's restrictions may bind a contact with this other person."""
        if self.role in STAND_INS:
            return "stand_ins"
        asks_where = self.w.request.purpose == "location_information"
        return "location" if asks_where and self.role not in OBLIGORS else None

    def _concerns(self, r: Restriction) -> bool:
        known = r.since is None or r.since <= self.w.at or self.w.facts.operator.live
        return known and (r.cases is None or r.kind in _OF_EVERY_CASE or any(ref in r.cases for ref in self.refs))


@lru_cache(maxsize=200)
def _terms(role: Role, of_minor: bool, confirmed: bool) -> frozenset[str]:
    qualified = {"parent:minor"} if of_minor else set()
    if role == "successor" and confirmed:
        qualified.add("successor:confirmed")
    return frozenset({role, *qualified})


def role_on(person: Person, ref: str) -> Role | None:
    """The person's role on a case; None if they have nothing to do with it."""
    if person.roles and ref in person.roles:
        return person.roles[ref]
    if person.cases is not None and ref not in person.cases:
        return None
    return person.role


def _speaks(point: Point) -> bool:
    """Whether something is known of an address that may close it."""
    return point.status != "active" or point.misdelivered is not None or bool(point.checks)


def _point(person: Person, request: Request) -> Point | None:
    for point in person.points:
        if point.address == request.address:
            return point
    return None


def place_found(person: Person | None, address: str | None, channel: Channel) -> Place | None:
    """Where a contact of which nobody said so finds, or found, the person."""
    points = () if person is None else person.points
    return None if address is None else _place(next((p for p in points if p.address == address), None), channel)


def past_of(history: tuple[Entry, ...], persons: tuple[Person, ...], *, placed: bool) -> tuple[Contact, ...]:
    """The past of a file, packed; `placed`: each with the place that its address has, where it says none."""
    by_id, first = {person.id: person for person in persons}, persons[0].id
    entries = (_with_place(entry, by_id[entry.person or first]) for entry in history) if placed else history
    return tuple(pack(entry, first) for entry in entries)


def _with_place(entry: Entry, person: Person) -> Entry:
    place = entry.place or place_found(person, entry.address, entry.channel)
    return entry if place == entry.place else msgspec.structs.replace(entry, place=place)


def _place(point: Point | None, channel: Channel) -> Place | None:
    """A fixed line, letter or visit finds the person at the point's label; anything else at no place."""
    if point is None:
        return "home" if channel in _TIED else None
    if channel in _TIED or (channel == "voice" and point.line == "fixed"):
        return point.label if point.label in ("home", "work") else "other"
    return None


def _unreported(contact: Contact, what: int, *, lapses: bool = True) -> Contact:
    """A permit of which nothing was reported, yet or at all: placed, outcome unknown."""
    return Contact(
        id=contact.id,
        at=contact.at,
        what=(what & ~OUTCOME.mask) | _UNKNOWN,
        lapses=contact.lapses if lapses else 0,
        person=contact.person,
        address=contact.address,
        cases=contact.cases,
        discussed=contact.discussed,
    )
