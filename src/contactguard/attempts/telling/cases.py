"""What the case system says of a case: taken whole, over what it said before and beside what we learned. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from ...errors import BadInput, Conflict
from ...law.instants import print_utc
from ...law.model import Case, Evidence, Person, Point
from ...law.vocabulary import Role
from ...law.zones import zone
from ...records.people import marks_of, put_together
from ...records.subjects import (
    AddressDoc,
    CaseDoc,
    Mark,
    Origin,
    PersonDoc,
    origin_of,
    pack_bytes,
    raw_origin,
    unpacker,
)
from ...records.work import NewEntry, View, Writes
from ..plan import Setup, named, normal, require
from ..shapes import Kept, PutCase, PutResult

MOST_PERSONS = 100


class CasePut(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `case_put` entry: the debt and who is on it; their facts stand in `person_put` entries."""

    case: Case
    persons: tuple[tuple[str, Role], ...]
    version: int | None
    collector: str | None
    by: str


class PersonPut(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `person_put` entry: what the case system says of one person; None: no longer on the case."""

    id: str
    said: Person | None
    by: str


read_case_put = unpacker(CasePut).decode
read_person_put = unpacker(PersonPut).decode


def checked(setup: Setup, ref: str, body: PutCase) -> PutCase:
    """The body with addresses in normal form and evidence of every number. `BadInput` names the field."""
    if body.case.ref != ref:
        raise BadInput("case.ref", "is not the case that the address of this request names")
    named(ref, "case.ref")
    if not 0 < len(body.persons) <= MOST_PERSONS:
        raise BadInput("persons", f"expected 1 to {MOST_PERSONS} persons")
    if body.collector is not None and body.collector not in {c.id for c in setup.settings.collector}:
        raise BadInput("collector", "no collector has this id in the settings")
    ids = [named(person.id, f"persons[{place}].id") for place, person in enumerate(body.persons)]
    if len(set(ids)) < len(ids):
        raise BadInput("persons", "the same id stands twice; a person stands once, with all their numbers")
    persons = (_person(setup, ref, one, f"persons[{place}]") for place, one in enumerate(body.persons))
    return replace(body, persons=tuple(persons))


def _person(setup: Setup, ref: str, person: Person, where: str) -> Person:
    role = (person.roles or {}).get(ref, person.role)
    points = tuple(
        replace(point, address=normal(point.address, f"{where}.points[{place}].address"))
        for place, point in enumerate(person.points)
    )
    evidence = tuple(evidenced(one, f"{where}.evidence[{place}]") for place, one in enumerate(person.evidence))
    return replace(
        person,
        role=role,
        roles=None,
        cases=(ref,),
        points=points,
        evidence=(*evidence, *of_numbers(setup, points, evidence)),
        restrictions=tuple(
            bounded(one, f"{where}.restrictions[{place}]") for place, one in enumerate(person.restrictions)
        ),
        consents=tuple(bounded(one, f"{where}.consents[{place}]") for place, one in enumerate(person.consents)),
    )


def of_numbers(setup: Setup, points: Iterable[Point], known: tuple[Evidence, ...]) -> Iterator[Evidence]:
    """Where the numbers say they are, unless that is known already."""
    told = {evidence.address for evidence in known if evidence.kind == "number"}
    for point in points:
        if point.address.startswith("+") and point.address not in told:
            yield from setup.resolve(point)


def evidenced(evidence: Evidence, where: str) -> Evidence:
    for name in evidence.zones:
        try:
            zone(name)
        except ValueError as error:
            raise BadInput(f"{where}.zones", str(error)) from None
    if evidence.address is None:
        return evidence
    return replace(evidence, address=normal(evidence.address, f"{where}.address"))


def bounded(fact: Any, where: str) -> Any:
    """A restriction or consent whose times of day and address make sense."""
    if (fact.start is None) != (fact.end is None):
        raise BadInput(where, "from and to stand together")
    if fact.start is not None and fact.start == fact.end:
        raise BadInput(where, "from and to are the same")
    if fact.address is None:
        return fact
    return replace(fact, address=normal(fact.address, f"{where}.address"))


def put_keys(setup: Setup, ref: str, body: PutCase) -> tuple[str, ...]:
    """What must be locked as far as the body says so itself."""
    addresses: dict[str, None] = {}
    for person in body.persons:
        addresses.update((point.address, None) for point in person.points)
        addresses.update((one.address, None) for one in person.restrictions if one.address)
    people = (f"person:{person.id}" for person in body.persons)
    return (f"case:{ref}", *people, *(setup.address_key(address) for address in addresses))


def put_writes(
    setup: Setup, ref: str, body: PutCase, by: str, locked: Container[str], view: View, digest: bytes = b""
) -> Writes:
    """Put the case in place of what was said before. `Conflict` when what we have is newer.

    `digest`: kept with the case, so that the same row of a file is known again.
    """
    key = f"case:{ref}"
    old: CaseDoc | None = view.docs[key]
    if old is not None and None not in (old.version, body.version) and (old.version or 0) > (body.version or 0):
        raise Conflict(f"version {old.version} of this case is already here")
    version = body.version if body.version is not None or old is None else old.version
    people = tuple((person.id, person.role) for person in body.persons)
    case = CaseDoc(body.case, people, version, body.collector, _former(ref, old, people, view), digest)
    said: dict[str, Person | None] = {id: None for id, _ in (old.persons if old else ())}
    said.update((person.id, person) for person in body.persons)
    require(locked, (f"person:{id}" for id in said))
    docs: dict[str, Any] = {}
    entries = []
    marks = Marks(setup, view)
    for id, words in said.items():
        before: PersonDoc | None = view.docs[f"person:{id}"]
        origin = origin_of(before)
        if origin.said.get(ref) == words:
            continue
        after = _said(id, origin, ref, words)
        docs[f"person:{id}"] = _put_person(id, ref, before, after)
        marks.listed(id, before, docs[f"person:{id}"].person)
        marks.said(f"case:{ref}/{id}", origin.said.get(ref), words)
        body_of = pack_bytes(PersonPut(id, words, by))
        entries.append(NewEntry(stream=key, kind="person_put", body=body_of, person=id))
    require(locked, iter(marks.docs))
    if old is None or replace(old, digest=digest) != case:
        said_now = CasePut(body.case, people, version, body.collector, by)
        entries.insert(0, NewEntry(stream=key, kind="case_put", body=pack_bytes(said_now)))
    if entries or (digest and case != old):
        docs[key] = case
    now = {id: docs.get(f"person:{id}") or view.docs[f"person:{id}"] for id, _ in people}
    kept = tuple(one for id, doc in now.items() for one in (*_kept(id, doc), *marks.kept(id, doc)))
    answer = PutResult(ref=ref, created=old is None, changed=bool(entries), version=version, kept=kept)
    return Writes(answer=answer, docs={**docs, **marks.docs}, entries=entries)


def _said(id: str, origin: Origin, ref: str, words: Person | None) -> Origin:
    said = {case: person for case, person in origin.said.items() if case != ref}
    if words is not None:
        said[ref] = words
    return Origin(said, origin.learned)


def _former(ref: str, old: CaseDoc | None, people: tuple[tuple[str, Role], ...], view: View) -> tuple[str, ...]:
    """Who is no longer on the case; calls to them about it go on counting where a rule counts by the case."""
    if old is None:
        return ()
    now, gone = {id for id, _ in people}, (id for id, _ in old.persons if _reached(view.docs.get(f"person:{id}"), ref))
    return tuple(id for id in dict.fromkeys((*old.former, *gone)) if id not in now)


def _reached(doc: PersonDoc | None, ref: str) -> bool:
    return doc is not None and any(contact.cases is None or ref in contact.cases for contact in doc.contacts)


def _put_person(id: str, ref: str, before: PersonDoc | None, origin: Origin) -> PersonDoc:
    before = before or PersonDoc(Person(id=id))
    past = tuple(one for one in before.past if one not in origin.said)
    if ref not in origin.said and _reached(before, ref):
        past = (*past, ref)
    return PersonDoc(put_together(id, origin), before.contacts, raw_origin(origin), past)


def _kept(id: str, doc: PersonDoc) -> Iterator[Kept]:
    """What we learned of this person ourselves and still holds."""
    for fact in origin_of(doc).learned:
        if fact.ended is None and fact.kind not in ("promise", "note"):
            what = fact.restriction or fact.consent or fact.evidence
            word = what.kind if what is not None else (fact.point.status if fact.point else fact.kind)
            yield Kept(person=id, fact=fact.id, kind=fact.kind, what=word, since=print_utc(fact.since))


class Marks:
    """The documents of addresses as a change of facts leaves them, by key. Only those that change are in `docs`."""

    def __init__(self, setup: Setup, view: View) -> None:
        self._setup, self._view = setup, view
        self.docs: dict[str, AddressDoc] = {}

    def listed(self, id: str, before: PersonDoc | None, after: Person) -> None:
        """Keep the list of who has an address on file; whoever was contacted there stays, as that still counts."""
        old = {point.address for point in before.person.points} if before else set()
        new = {point.address for point in after.points}
        if before is not None and old - new:
            new |= old.intersection(contact.address for contact in before.contacts)
        for address in sorted(old ^ new):
            doc = self._doc(address)
            others = tuple(one for one in doc.persons if one != id)
            self._put(address, AddressDoc((*others, id) if address in new else others, doc.marks))

    def kept(self, id: str, doc: PersonDoc) -> Iterator[Kept]:
        """What we know of this person's addresses from elsewhere than the case system and their own words."""
        own = {f"fact:{fact.id}" for fact in origin_of(doc).learned}
        for point in doc.person.points:
            for mark in self._doc(point.address).marks:
                if mark.source not in own and not mark.source.startswith("case:"):
                    yield Kept(person=id, fact=mark.source, kind="mark", what=mark.kind, since=print_utc(mark.since))

    def said(self, source: str, before: Person | None, after: Person | None) -> None:
        """Replace what this source said of addresses."""
        old = marks_of(before, source, self._view.at) if before else {}
        new = marks_of(after, source, self._view.at) if after else {}
        for address in sorted({*old, *new}):
            self.replaced(address, source, new.get(address, ()))

    def replaced(self, address: str, source: str, marks: tuple[Mark, ...]) -> None:
        """What this source says of one address, in place of all it said before."""
        doc = self._doc(address)
        others = tuple(mark for mark in doc.marks if mark.source != source)
        if doc.marks != (*others, *marks):
            self._put(address, AddressDoc(doc.persons, (*others, *marks)))

    def _doc(self, address: str) -> AddressDoc:
        key = self._setup.address_key(address)
        return self.docs.get(key) or self._view.docs.get(key) or AddressDoc()

    def _put(self, address: str, doc: AddressDoc) -> None:
        self.docs[self._setup.address_key(address)] = doc
