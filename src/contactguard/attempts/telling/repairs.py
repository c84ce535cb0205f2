"""Persons whose evidence of place somebody should mend: what is missing, wrong or contradictory, and what to do."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from ...errors import BadInput
from ...intake import places, postal
from ...law.model import Evidence, Person
from ...law.places import counting, doubts, same_clock
from ...law.rulebook import Rulebook
from ...records.store import Store
from ...records.subjects import PersonDoc

Fault = Literal[
    "no_evidence", "no_zone", "unknown_zone", "no_country", "no_subdivision", "unknown_postal_code",
    "postal_code_elsewhere", "zone_elsewhere", "contradictory", "no_date",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = get_args(Fault)
_DO: dict[Fault, str] = {
    "no_evidence": "Nothing says where this person is: put a residence or a geographic number on the case.",
    "no_zone": "This gives no time zone: put a residence with a street address on the case, or ask the person.",
    "unknown_zone": "The zone data have no zone of this name: leave zones out, or write a name such as Europe/Madrid.",
    "no_country": "The hour is known and the law is not: name the country.",
    "no_subdivision": "The country alone leaves several laws or clocks possible: name the state or the postal code.",
    "unknown_postal_code": "No such postal code is given out: compare it with the papers; a ZIP code has five digits.",
    "postal_code_elsewhere": "The postal code lies in another state than the one named: find out which is right.",
    "zone_elsewhere": "The zones named are none of this place: leave them out, or correct the place.",
    "contradictory": "This keeps another clock than the rest, and calls wait for both: ask the person where they are.",
    "no_date": "The person's own word has no date, so any dated one counts before it: say when they said so.",
}
_PERSONS_A_CALL, _AT_ONCE = 2_000, 100


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend. `evidence`: the piece it is about, null where there is none; `do`: what to do about it."""

    person: str
    cases: tuple[str, ...]
    what: Fault
    do: str
    evidence: Evidence | None


class Repairs(msgspec.Struct, frozen=True, kw_only=True):
    """One page; fewer items than asked for, even none, are no sign of the end: `next` null is."""

    items: tuple[Repair, ...]
    next: str | None


async def to_repair(
    store: Store, book: Rulebook, limit: int, cursor: str | None = None, what: Fault | None = None
) -> Repairs:
    """What to mend, person by person, past `cursor`: at least `limit` items or 2,000 persons a call, all of a person's
    together. `BadInput` for a cursor that was never given.
    """
    after = _after(cursor)
    found: list[Repair] = []
    for _ in range(_PERSONS_A_CALL // _AT_ONCE):
        keys = await store.subjects("person:", after=after, limit=_AT_ONCE)
        docs = await store.docs(keys)
        for key in keys:
            after = key
            found += [one for one in _of(docs[key], book) if what in (None, one.what)]
            if len(found) >= limit:
                return Repairs(items=tuple(found), next=_cursor(after))
        if len(keys) < _AT_ONCE:
            return Repairs(items=tuple(found), next=None)
    return Repairs(items=tuple(found), next=_cursor(after))


def _of(doc: PersonDoc | None, book: Rulebook) -> Iterator[Repair]:
    """One person's; nothing for someone who is on no case any more or whose data were erased."""
    if doc is None or not doc.person.cases:
        return
    person = doc.person
    for fault, evidence in dict.fromkeys(faults(person, book)):
        yield Repair(person=person.id, cases=person.cases or (), what=fault, do=_DO[fault], evidence=evidence)


def faults(person: Person, book: Rulebook) -> Iterator[tuple[Fault, Evidence | None]]:
    """What is wrong with this person's evidence, each with the piece it is about."""
    if not person.evidence:
        yield "no_evidence", None
    yield from doubts(counting(person.evidence))
    for one in person.evidence:
        if one.kind == "stated" and one.at is None:
            yield "no_date", one
        if one.kind != "number" and one.country is not None:
            yield from ((fault, one) for fault in _of_place(one, one.country, book))


def _of_place(one: Evidence, country: str, book: Rulebook) -> Iterator[Fault]:
    parts = postal.parts(country, one.postal_code) if one.postal_code and postal.covers(country) else ()
    if one.postal_code and postal.covers(country) and not parts:
        yield "unknown_postal_code"
    if one.subdivision is None and (_divided(country, book) or len(same_clock(one.zones)) > 1):
        yield "no_subdivision"
    coded = {part.subdivision for part in parts if part.subdivision}
    if coded and one.subdivision not in coded and one.subdivision and places.lists(country, one.subdivision):
        yield "postal_code_elsewhere"
        return
    there = {zone for part in parts for zone in part.zones} or set(places.zones_of(country, one.subdivision))
    said = same_clock(one.zones)
    if said and there and said.isdisjoint(same_clock(there)):
        yield "zone_elsewhere"


def _divided(country: str, book: Rulebook) -> bool:
    """Whether some state or province of this country has a law of its own in the rulebook."""
    return any(place.startswith(f"{country}-") for regime in book.laws for place in regime.head.places)


def _cursor(key: str) -> str:
    return urlsafe_b64encode(key.encode()).decode()


def _after(cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        key = urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        key = ""
    if not key.startswith("person:"):
        raise BadInput("cursor", "use the value of next as it was given")
    return key
