"""What law may look at for one request, gathered from the documents, and how it is kept with the answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..errors import NotFound
from ..law.history import Contact
from ..law.model import Campaign, Case, Collector, Facts, Operator, Person, Request
from ..records.people import with_marks
from ..records.subjects import AddressDoc, CaseDoc, Mark, PersonDoc, unpacker
from .plan import Docs, Setup, lists


class Known(msgspec.Struct, frozen=True, array_like=True):
    """The facts of one decision, as they are kept with it."""

    persons: tuple[Person, ...]
    cases: tuple[Case, ...]
    collector: Collector
    history: tuple[Contact, ...]
    operator: Operator
    campaign: Campaign | None = None

    def facts(self) -> Facts:
        """As law reads them."""
        return Facts(
            persons=self.persons,
            cases=self.cases,
            collector=self.collector,
            history=self.history,
            operator=self.operator,
            campaign=self.campaign,
        )


class AskedFor(msgspec.Struct, frozen=True, array_like=True):
    """The beginning of the body of a `permit_asked` entry: the request, and who asked.

    `expires`: when the permit lapses, 0 where there is none.
    """

    id: str
    at: int
    request: Request
    persons: tuple[str, ...]
    cases: tuple[str, ...]
    key: str
    agent: str | None
    campaign: str | None
    own_line: bool
    expires: int


class Asked(AskedFor, frozen=True, array_like=True):
    """The whole body of a `permit_asked` entry, with all that the answer rests on."""

    known: Known


read_asked = unpacker(Asked).decode
read_asked_for = unpacker(AskedFor).decode


def case_of(docs: Docs, ref: str) -> CaseDoc:
    """The case with this reference. `NotFound`."""
    doc = docs.get(f"case:{ref}")
    if not isinstance(doc, CaseDoc):
        raise NotFound("case")
    return doc


def gather(
    setup: Setup, address: str, cases: list[CaseDoc], targets: tuple[str, ...], docs: Docs, operator: Operator
) -> Known:
    """All that law may look at: the targets, others on the cases, and the contacts that concern them."""
    listed: AddressDoc | None = docs.get(setup.address_key(address))
    marks = listed.marks if listed is not None else ()
    people = [_person_doc(docs, id) for id in targets]
    alone = len(people) == len(cases) == len(cases[0].persons) == 1 and not cases[0].former
    if alone and not marks and _alone(people[0], listed):
        return Known(
            *((people[0].person,), (cases[0].case,), setup.collector(cases[0])),
            *(people[0].contacts, operator),
        )
    others = [_person_doc(docs, id) for id in _others(cases, targets)]
    history: tuple[Contact, ...] = people[0].contacts
    for more in people[1:]:
        history += more.contacts
    own = len(history)
    if others or any(case.former for case in cases) or (listed is not None and listed.persons not in ((), targets)):
        history += tuple(_elsewhere(address, cases, targets, others, listed, docs))
    debts = tuple(case.case for case in cases) + _further(people, cases, docs)
    persons = tuple(_bound(doc.person, address, marks) for doc in (*people, *others))
    return Known(
        persons=_standing_alone(persons, debts, history) if len(persons) > 1 or len(history) > own else persons,
        cases=debts,
        collector=setup.collector(cases[0]),
        history=history,
        operator=operator,
    )


def _alone(doc: PersonDoc, listed: AddressDoc | None) -> bool:
    """Whether nobody else has the address on file, and the person no other debt."""
    own = listed is None or listed.persons in ((), (doc.person.id,))
    return own and len(doc.person.cases or ()) == 1 and not doc.past


def _person_doc(docs: Docs, id: str) -> PersonDoc:
    """Whoever is on a case has a document; one whose key was erased is known by id alone."""
    doc = docs.get(f"person:{id}")
    return doc if doc is not None else PersonDoc(Person(id=id))


def _others(cases: list[CaseDoc], targets: tuple[str, ...]) -> list[str]:
    if len(cases) == 1 and len(cases[0].persons) == len(targets):
        return []
    seen = dict.fromkeys(id for case in cases for id, _ in case.persons)
    return [id for id in seen if id not in targets]


def _bound(person: Person, address: str, marks: tuple[Mark, ...]) -> Person:
    return with_marks(person, address, marks) if marks and lists(person, address) else person


def _further(people: list[PersonDoc], cases: list[CaseDoc], docs: Docs) -> tuple[Case, ...]:
    """The targets' other debts, for counts over all of a creditor's or an account's."""
    if len(people) == 1 and len(people[0].person.cases or ()) == len(cases) and not people[0].past:
        return ()
    asked = {case.case.ref for case in cases}
    refs = dict.fromkeys(ref for one in people for ref in (*(one.person.cases or ()), *one.past) if ref not in asked)
    found = (docs.get(f"case:{ref}") for ref in refs)
    return tuple(doc.case for doc in found if doc is not None)


def _standing_alone(
    persons: tuple[Person, ...], debts: tuple[Case, ...], history: tuple[Contact, ...]
) -> tuple[Person, ...]:
    """The persons without their other debts, and whoever else the contacts name, so that nothing points outside."""
    refs = {debt.ref for debt in debts}
    whole = [one if refs.issuperset(one.cases or ()) else _on_these(one, refs) for one in persons]
    known = {one.id for one in persons}
    strangers = dict.fromkeys(contact.person for contact in history if contact.person not in known)
    return (*whole, *(Person(id=id, role="third_party") for id in strangers))


def _on_these(person: Person, refs: set[str]) -> Person:
    roles = {ref: role for ref, role in (person.roles or {}).items() if ref in refs}
    cases = tuple(ref for ref in person.cases or () if ref in refs)
    return msgspec.structs.replace(person, cases=cases or None, roles=roles or None)


def _elsewhere(
    address: str,
    cases: list[CaseDoc],
    targets: tuple[str, ...],
    others: list[PersonDoc],
    listed: AddressDoc | None,
    docs: Docs,
) -> Iterator[Contact]:
    """Contacts of others that count here: about one of the cases, or at the address."""
    refs = {case.case.ref for case in cases}
    former = {id for case in cases for id in case.former}
    here = {doc.person.id for doc in others} | former
    away = dict.fromkeys((*(listed.persons if listed else ()), *sorted(former)))
    known = {doc.person.id for doc in others}.union(targets)
    for doc in (*others, *(_person_doc(docs, id) for id in away if id not in known)):
        on_case = doc.person.id in here
        for contact in doc.contacts:
            if contact.address == address or (on_case and not refs.isdisjoint(contact.cases or refs)):
                yield contact
