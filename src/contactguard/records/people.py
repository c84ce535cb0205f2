"""What is known of one person: what the case system said with each case, and what we learned ourselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from ..law.history import CHANNEL, DIRECTION, LIVE, OUTCOME, Contact
from ..law.instants import DAY, Instant
from ..law.kinds.filters import NOT_PLACED
from ..law.model import Person, Point, Restriction
from ..law.reach import LATE_DAYS, Reach
from .subjects import Learned, Mark, Origin

_STATUS = {"wrong_number": "wrong_number", "reassigned": "reassigned", "invalid": "invalid"}
_KEPT_APART = CHANNEL.mask | DIRECTION.mask
_Item = TypeVar("_Item")


def put_together(id: str, origin: Origin) -> Person:
    """One person for law: all cases' words side by side, then what we learned and has not been ended."""
    said = [origin.said[ref] for ref in sorted(origin.said)]
    learned = [fact for fact in origin.learned if fact.ended is None]
    if len(said) == 1 and not learned:
        return said[0]
    first = said[0] if said else Person(id=id, cases=())
    return replace(
        first,
        cases=tuple(sorted(origin.said)),
        roles=_roles(origin.said, first),
        minor=any(one.minor for one in said),
        confirmed=all(one.confirmed for one in said),
        language=next((one.language for one in said if one.language), None),
        points=_points([point for one in said for point in one.points], learned),
        evidence=_together([one.evidence for one in said], [fact.evidence for fact in learned]),
        restrictions=_together([one.restrictions for one in said], [fact.restriction for fact in learned]),
        consents=_together([one.consents for one in said], [fact.consent for fact in learned]),
    )


def _roles(said: dict[str, Person], first: Person) -> dict[str, Any] | None:
    return {ref: one.role for ref, one in said.items() if one.role != first.role} or None


def _together(lists: Sequence[tuple[_Item, ...]], more: Iterable[_Item | None]) -> tuple[_Item, ...]:
    """All items once, in order."""
    items: list[_Item] = []
    for item in (*(item for items in lists for item in items), *(item for item in more if item is not None)):
        if item not in items:
            items.append(item)
    return tuple(items)


def _points(said: list[Point], learned: list[Learned]) -> tuple[Point, ...]:
    """One point an address. What we learned of it stands; of several cases' words the worst status does."""
    by_address: dict[str, Point] = {}
    for point in said:
        known = by_address.get(point.address)
        if known is None or (known.status == "active" and point.status != "active"):
            by_address[point.address] = point
    for fact in learned:
        if fact.point is not None:
            known = by_address.get(fact.point.address)
            by_address[fact.point.address] = _over(fact.point, known) if known else fact.point
    return tuple(by_address.values())


def _over(learned: Point, said: Point) -> Point:
    """What we learned, filled up with what the case system said and we did not contradict."""
    return replace(
        learned,
        line=learned.line or said.line,
        label=learned.label or said.label,
        source=learned.source or said.source,
        checks=_together([said.checks, learned.checks], ()),
        creditor_notice=learned.creditor_notice or said.creditor_notice,
        prior_collectors=learned.prior_collectors or said.prior_collectors,
    )


def with_marks(person: Person, address: str, marks: Iterable[Mark]) -> Person:
    """The person as bound by what is known of one address."""
    points, restrictions = person.points, list(person.restrictions)
    for mark in marks:
        if mark.kind == "refused":
            refused = _refusal(address, mark)
            if not any(_covers(old, refused) for old in restrictions):
                restrictions.append(refused)
        else:
            points = tuple(_marked(point, mark) if point.address == address else point for point in points)
    return replace(person, points=points, restrictions=tuple(restrictions))


def _refusal(address: str, mark: Mark) -> Restriction:
    since = Instant(mark.since)
    return Restriction(kind="address_refused", address=address, channel=mark.channel, since=since, until=mark.until)


def _covers(old: Restriction, new: Restriction) -> bool:
    return (
        old.kind == new.kind
        and old.address == new.address
        and old.channel in (None, new.channel)
        and old.until in (None, new.until)
        and old.cases is None
        and (old.since is None or (new.since is not None and old.since <= new.since))
    )


def _marked(point: Point, mark: Mark) -> Point:
    if mark.kind == "misdelivered":
        return replace(point, misdelivered=point.misdelivered or Instant(mark.since))
    if point.status != "active":
        return point
    return replace(point, status=_STATUS[mark.kind], status_since=Instant(mark.since))


def marks_of(person: Person, source: str, at: int) -> dict[str, tuple[Mark, ...]]:
    """What these words about one person say of addresses, whoever lists them."""
    found: dict[str, tuple[Mark, ...]] = {}
    for point in person.points:
        found[point.address] = found.get(point.address, ()) + point_marks(point, source, at)
    for restriction in person.restrictions:
        if mark := restriction_mark(restriction, source, at):
            address = restriction.address or ""
            found[address] = (*found.get(address, ()), mark)
    return {address: marks for address, marks in found.items() if marks}


def point_marks(point: Point, source: str, at: int) -> tuple[Mark, ...]:
    """What a point's status and misdelivery say of its address."""
    marks: list[Mark] = []
    if point.status != "active":
        marks.append(Mark(point.status, int(point.status_since or at), source))
    if point.misdelivered is not None:
        marks.append(Mark("misdelivered", int(point.misdelivered), source))
    return tuple(marks)


def restriction_mark(restriction: Restriction, source: str, at: int) -> Mark | None:
    """An address refused binds whoever lists it, as long as it is."""
    if restriction.kind != "address_refused" or not restriction.address:
        return None
    return Mark("refused", int(restriction.since or at), source, restriction.channel, restriction.until)


def pruned(contacts: tuple[Contact, ...], at: int, reach: Reach) -> tuple[Contact, ...]:
    """The contacts that may still matter.

    Younger than the days that `reach` gives for their sort, live, the one that a rule looks at, or the latest of their
    channel, direction and address, of those placed and of those that were not. One on which reports may still come
    takes no other's place.
    """
    old = {id(one) for one in contacts if one.at < at - reach[one.what] * DAY and not one.what & LIVE.mask}
    if not old:
        return contacts
    settled = [one for one in contacts if one.at < at - LATE_DAYS * DAY and not one.what & LIVE.mask]
    old.difference_update(id(contact) for contact in _latest(settled))
    old.difference_update(id(contact) for contact in _single(settled, reach))
    return tuple(contact for contact in contacts if id(contact) not in old)


def _latest(contacts: Iterable[Contact]) -> Iterable[Contact]:
    """The last ones on each channel, in each direction and at each address: what tells whether a reply is owed."""
    latest: dict[tuple[int, bool, str], Contact] = {}
    for contact in contacts:
        placed = OUTCOME.read(contact.what) not in NOT_PLACED
        kind = (contact.what & _KEPT_APART, placed, contact.address)
        if kind not in latest or latest[kind].at <= contact.at:
            latest[kind] = contact
    return latest.values()


def _single(contacts: Iterable[Contact], reach: Reach) -> Iterable[Contact]:
    """The first or last ones that a rule looks at, for each of which a few are enough."""
    found: dict[Any, list[Contact]] = {}
    for contact in contacts:
        for place in reach.single[contact.what]:
            found.setdefault((place, contact.cases, contact.discussed, contact.address), []).append(contact)
    for (place, *_), alike in found.items():
        look = reach.looks[place]
        ordered = sorted(alike, key=lambda one: (one.at, one.id, one.what, one.address))
        yield from ordered[:1] if look.which == "first" else ordered[-look.most :]
