"""Contacts that needed no permit of ours: inbound, letters, visits, made elsewhere. Counted like any other. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from typing import Any

import msgspec
from msgspec.structs import replace

from ...errors import BadInput
from ...law.history import Contact, pack
from ...law.model import Entry
from ...law.world import place_found
from ...records.subjects import AddressDoc, CaseDoc, Mark, PersonDoc, pack_bytes, unpacker
from ...records.work import NewEntry, View, Writes
from ..events import CLOCKS_APART_SECONDS
from ..judge import with_contact
from ..known import case_of
from ..plan import Docs, Setup, lists, normal, reached_at, require, with_past
from ..shapes import Caller, Recorded


class ContactTold(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `contact` entry."""

    id: str
    by: str
    agent: str | None
    persons: tuple[str, ...]
    cases: tuple[str, ...]
    contact: Recorded


read_told = unpacker(ContactTold).decode


def contact_id(caller: Caller, event_id: str) -> str:
    """The same for the same report by the same key, so that repeating it says so."""
    return hashlib.sha256(f"{caller.key}\0{event_id}".encode()).hexdigest()[:32]


def checked_contact(contact: Recorded) -> Recorded:
    """The contact with its address in normal form. `BadInput` names the field."""
    if not 0 < len(contact.event_id) <= 128:
        raise BadInput("event_id", "expected 1 to 128 characters")
    if contact.outcome == "refused":
        raise BadInput("outcome", "is the gate's own word for a contact that never was")
    if contact.channel == "portal" and contact.direction == "outbound":
        raise BadInput("channel", "nothing goes out through the portal")
    return replace(contact, address=normal(contact.address)) if contact.address else contact


def refs_told(ref: str, contact: Recorded) -> tuple[str, ...]:
    """The cases it counts toward."""
    return tuple(dict.fromkeys((ref, *(contact.cases or ()))))


def told_keys(setup: Setup, ref: str, contact: Recorded) -> tuple[str, ...]:
    """What must be locked as far as the report says so itself."""
    keys = [f"case:{one}" for one in refs_told(ref, contact)]
    keys += [f"person:{contact.person}"] if contact.person else []
    keys += [setup.address_key(contact.address)] if contact.address else []
    return tuple(keys)


def told_writes(
    setup: Setup, ref: str, contact: Recorded, caller: Caller, locked: Container[str], view: View
) -> Writes:
    """Count it and write it down, once per `event_id`."""
    id, refs = contact_id(caller, contact.event_id), refs_told(ref, contact)
    cases = [case_of(view.docs, one) for one in refs]
    if view.seen:
        return Writes(answer=_answer(id, True))
    if contact.at > view.at + CLOCKS_APART_SECONDS:
        raise BadInput("at", "lies in the future")
    people = people_told(contact, cases, view.docs)
    require(locked, (f"person:{person}" for person in people))
    return counted(setup, contact, refs, people, caller, view)


def counted(
    setup: Setup, contact: Recorded, refs: tuple[str, ...], people: tuple[str, ...], caller: Caller, view: View
) -> Writes:
    """Charge it to these people and cases, all of them locked, and write it down."""
    id = contact_id(caller, contact.event_id)
    cases = [case_of(view.docs, one) for one in refs]
    contact = _with_place(replace(contact, at=min(contact.at, view.at)), people, view.docs)
    told = ContactTold(id, caller.key, contact.agent or caller.agent, people, refs, contact)
    docs: dict[str, Any] = {}
    for one in contacts_told(told):
        doc: PersonDoc | None = view.docs[f"person:{one.person}"]
        if doc is not None:
            docs[f"person:{one.person}"] = with_past(with_contact(setup, doc, one, view.at), refs)
    docs.update(_with_strangers(cases, people))
    body = pack_bytes(told)
    entries = [
        NewEntry(stream=f"case:{ref}", kind="contact", body=body, person=people[0], at=int(contact.at)) for ref in refs
    ]
    return Writes(
        answer=_answer(id, False),
        docs={**docs, **_marked(setup, contact, id, people, view)},
        entries=entries,
        marks=[told_mark(caller, contact)],
    )


def _with_place(contact: Recorded, people: tuple[str, ...], docs: Docs) -> Recorded:
    """With the place where it found everyone it is charged to, if nobody said one and that is one."""
    known = [doc.person for id in people if (doc := docs.get(f"person:{id}"))]
    found = {place_found(person, contact.address, contact.channel) for person in known}
    if contact.place is not None or len(found) != 1 or found == {None}:
        return contact
    return replace(contact, place=found.pop())


def _with_strangers(cases: list[CaseDoc], people: tuple[str, ...]) -> dict[str, CaseDoc]:
    """The cases about which someone was contacted who is not on them, so that it counts there, too."""
    docs = {}
    for case in cases:
        on_it = (*case.former, *(id for id, _ in case.persons))
        if more := [id for id in people if id not in on_it]:
            docs[f"case:{case.case.ref}"] = replace(case, former=(*case.former, *more))
    return docs


def told_mark(caller: Caller, contact: Recorded) -> tuple[str, str]:
    """What makes a report count once."""
    return f"contact:{caller.key}", contact.event_id


def _answer(id: str, repeated: bool) -> bytes:
    return msgspec.json.encode({"id": id, "repeated": repeated})


def people_told(contact: Recorded, cases: list[CaseDoc], docs: Docs) -> tuple[str, ...]:
    """The person named, or everyone on the case who lists the address, or else the first person."""
    people = [id for id, _ in cases[0].persons]
    if contact.person is not None:
        if contact.person not in people:
            raise BadInput("person", "this person is not on the case")
        return (contact.person,)
    listed = [id for id in people if (doc := docs.get(f"person:{id}")) and lists(doc.person, contact.address or "")]
    return tuple(listed or people[:1])


def contacts_told(told: ContactTold) -> list[Contact]:
    """What the report counts as, for each person it is charged to."""
    return [_packed(told, person) for person in told.persons]


def _packed(told: ContactTold, person: str) -> Contact:
    contact = told.contact
    entry = Entry(
        at=contact.at,
        channel=contact.channel,
        outcome=contact.outcome,
        id=told.id,
        direction=contact.direction,
        address=contact.address,
        person=person,
        cases=told.cases,
        discussed=contact.discussed,
        purpose=contact.purpose,
        notice=contact.notice,
        mode=contact.mode,
        place=contact.place,
        message_left=contact.message_left,
        voicemail_available=contact.voicemail_available,
        said=contact.said,
        believed=contact.believed,
    )
    return pack(entry, person)


def _marked(setup: Setup, contact: Recorded, id: str, people: tuple[str, ...], view: View) -> dict[str, AddressDoc]:
    """Who was contacted at the address; a wrong number binds whoever lists it."""
    if contact.address is None:
        return {}
    key = setup.address_key(contact.address)
    docs = reached_at(setup, view, contact.address, people)
    if contact.outcome != "wrong_number":
        return docs
    doc: AddressDoc = docs.get(key) or view.docs[key] or AddressDoc()
    mark = Mark("wrong_number", int(contact.at), f"contact:{id}")
    return {key: AddressDoc(doc.persons, (*doc.marks, mark))}
