"""What the entries of one case's stream come to: the contacts as everyone's documents should have them. Pure.

The steps are those that were taken when the entries were written, so the same entries give the same contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from ...law.history import Contact
from ...law.reach import Reach
from ...records.people import pruned
from ...records.subjects import AddressDoc, CaseDoc, PersonDoc, Stage
from ...records.work import Entry, Permit
from ..course import recounted, with_act, with_report
from ..events import read_act, read_heard
from ..judge import permit_of, reserved
from ..known import read_asked_for
from ..plan import lists
from ..telling.recorded import contacts_told, read_told

KINDS = ("permit_asked", "permit_event", "permit_act", "contact")


class Attempt(msgspec.Struct):
    """One contact, once for each person it is charged to and each time it left, and the permit it came by.

    `owner`: under whose key its entries are sealed; `recorded`: when the first of them was written.
    """

    contacts: tuple[Contact, ...]
    owner: str | None
    recorded: int
    permit: Permit | None = None
    stages: tuple[Stage, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """Where documents and entries differ: the contact is `missing` in the person's, `other` there than the entries
    say, `untold` by any entry, or `untied`: its case or address does not lead to the person.
    """

    person: str
    contact: str
    what: str


class Retold:
    """One case's stream, taken in entry by entry from the first. `unread`: how many entries no key opens any more."""

    def __init__(self, ref: str) -> None:
        self.ref, self.height, self.unread = ref, 0, 0
        self.attempts: dict[str, Attempt] = {}

    def take(self, entry: Entry) -> None:
        """Take in the next entry of the stream."""
        self.height = entry.height
        if entry.kind not in KINDS:
            return
        if entry.body is None:
            self.unread += 1
        elif entry.kind == "permit_asked":
            self._asked(entry, entry.body)
        elif entry.kind == "contact":
            self._told(entry, entry.body)
        elif entry.kind == "permit_event":
            self._event(entry, entry.body)
        else:
            self._act(entry, entry.body)

    def persons(self) -> dict[str, None]:
        """Everyone whom a contact is charged to."""
        return {contact.person: None for attempt in self.attempts.values() for contact in attempt.contacts}

    def shared(self) -> dict[str, None]:
        """Those of them to whom something is charged that is sealed under another's key."""
        return {
            contact.person: None
            for attempt in self.attempts.values()
            for contact in attempt.contacts
            if contact.person != attempt.owner
        }

    def forget(self, person: str, before: int) -> None:
        """Leave out what was charged to a person up to the moment at which they were erased."""
        for attempt in self.attempts.values():
            if attempt.recorded <= before:
                attempt.contacts = tuple(one for one in attempt.contacts if one.person != person)

    def _asked(self, entry: Entry, body: bytes) -> None:
        asked = read_asked_for(body)
        if asked.expires and asked.cases[0] == self.ref:
            contacts = tuple(reserved(asked))
            self.attempts[asked.id] = Attempt(contacts, entry.person, entry.recorded, permit_of(asked))

    def _told(self, entry: Entry, body: bytes) -> None:
        told = read_told(body)
        if told.cases[0] == self.ref:
            self.attempts[told.id] = Attempt(tuple(contacts_told(told)), entry.person, entry.recorded)

    def _event(self, entry: Entry, body: bytes) -> None:
        heard = read_heard(body)
        attempt = self.attempts.get(heard.permit)
        if attempt is None or attempt.permit is None:
            return
        permit, now, stage = with_report(attempt.permit, attempt.stages, heard.event, entry.recorded)
        attempt.permit, attempt.stages = permit, (*attempt.stages, stage)
        attempt.contacts = recounted(attempt.contacts, permit, now, heard.event)

    def _act(self, entry: Entry, body: bytes) -> None:
        act = read_act(body)
        attempt = self.attempts.get(act.permit)
        if attempt is None or attempt.permit is None:
            return
        attempt.permit, now, attempt.stages = with_act(attempt.permit, attempt.stages, act.act, entry.recorded)
        attempt.contacts = recounted(attempt.contacts, attempt.permit, now, None)


class Needs(Exception):
    """Documents that must be looked at besides: `keys`."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__("more documents are needed")
        self.keys = keys


class Mended(msgspec.Struct):
    """The documents that the entries change, and what was found."""

    docs: dict[str, Any]
    found: tuple[Finding, ...]


def mended(told: Retold, docs: Mapping[str, Any], at: int, reach: Reach, address_key: Callable[[str], str]) -> Mended:
    """Compare the documents with the entries of one case. `Needs` where not every document concerned is in `docs`.

    Nothing is taken out of a document but what matters no longer: what no entry tells may have been told by one that
    was erased with another person.
    """
    links = _Links(docs, address_key)
    found: list[Finding] = []
    for person in _concerned(told, links.get(f"case:{told.ref}")):
        doc = links.get(f"person:{person}")
        if doc is None:
            continue
        contacts, differs = _compared(told, doc, at, reach)
        found += differs
        kept = pruned(contacts, at, reach) if differs else doc.contacts
        if any(one.what != "untold" for one in differs):
            links.docs[f"person:{person}"] = PersonDoc(doc.person, kept, doc.origin, doc.past)
        for contact in kept:
            if _attempt(contact) in told.attempts:
                links.tie(person, contact)
    if links.needed:
        raise Needs(tuple(links.needed))
    return Mended(links.docs, (*found, *links.found))


def _concerned(told: Retold, case: CaseDoc | None) -> dict[str, None]:
    """Everyone to whom entries charge something, and everyone on the case, now or formerly."""
    on_it = (*(id for id, _ in case.persons), *case.former) if case is not None else ()
    return told.persons() | dict.fromkeys(on_it)


def _compared(told: Retold, doc: PersonDoc, at: int, reach: Reach) -> tuple[tuple[Contact, ...], list[Finding]]:
    """The person's contacts by document and entries together, and where they differ."""
    person = doc.person.id
    should = {c.id: c for attempt in told.attempts.values() for c in attempt.contacts if c.person == person}
    has = {contact.id for contact in doc.contacts}
    together = tuple(_together(doc.contacts, should, has, told))
    matter = {contact.id for contact in pruned(together, at, reach)}
    found = [Finding(person, c.id, "missing") for c in should.values() if c.id in matter and c.id not in has]
    for contact in doc.contacts:
        wanted = should.get(contact.id)
        if wanted is not None and wanted != contact:
            found.append(Finding(person, contact.id, "other"))
        elif wanted is None and _here(contact, told):
            found.append(Finding(person, contact.id, "untold"))
    return together, found


def _together(
    contacts: tuple[Contact, ...], should: Mapping[str, Contact], has: set[str], told: Retold
) -> Iterator[Contact]:
    """What was missing first, as it is older than what was kept, then the rest as it stands, said by the entries."""
    yield from sorted((one for one in should.values() if one.id not in has), key=lambda one: one.at)
    for contact in contacts:
        yield should.get(contact.id, contact)


def _here(contact: Contact, told: Retold) -> bool:
    """Whether the entries of this stream should tell of the contact."""
    return not told.unread and bool(contact.cases) and contact.cases is not None and contact.cases[0] == told.ref


def _attempt(contact: Contact) -> str:
    """The permit or report a contact came by; a further dial adds its number."""
    return contact.id.partition("-")[0]


class _Links:
    """Who is tied to which case and address by the contacts kept, as rules that count by these must find them."""

    def __init__(self, docs: Mapping[str, Any], address_key: Callable[[str], str]) -> None:
        self._seen, self._address_key = docs, address_key
        self.docs: dict[str, Any] = {}
        self.needed: dict[str, None] = {}
        self.found: list[Finding] = []

    def get(self, key: str) -> Any:
        if key in self.docs:
            return self.docs[key]
        if key not in self._seen:
            self.needed[key] = None
        return self._seen.get(key)

    def tie(self, person: str, contact: Contact) -> None:
        """Tie a person to the cases and the address of a contact, where nothing else does."""
        doc: PersonDoc | None = self.get(f"person:{person}")
        if doc is None:
            return
        cases = [ref for ref in contact.cases or () if ref not in (doc.person.cases or ())]
        tied = [self._to_case(person, ref) for ref in cases]
        if contact.address and not lists(doc.person, contact.address):
            tied.append(self._to_address(person, contact.address))
        if any(tied):
            self.found.append(Finding(person, contact.id, "untied"))

    def _to_case(self, person: str, ref: str) -> bool:
        """Whether the tie was missing."""
        case: CaseDoc | None = self.get(f"case:{ref}")
        doc: PersonDoc = self.get(f"person:{person}")
        if case is None:
            return False
        tied = ref in doc.past and person in (*case.former, *(id for id, _ in case.persons))
        if person not in (*case.former, *(id for id, _ in case.persons)):
            self.docs[f"case:{ref}"] = replace(case, former=(*case.former, person))
        if ref not in doc.past:
            self.docs[f"person:{person}"] = PersonDoc(doc.person, doc.contacts, doc.origin, (*doc.past, ref))
        return not tied

    def _to_address(self, person: str, address: str) -> bool:
        """Whether the tie was missing."""
        key = self._address_key(address)
        known: AddressDoc = self.get(key) or AddressDoc()
        if person in known.persons or key in self.needed:
            return False
        self.docs[key] = AddressDoc((*known.persons, person), known.marks)
        return True
