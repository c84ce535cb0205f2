"""The judgement of one request: facts from documents, law's answer, and what is written down. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from ..errors import BadInput, NotFound
from ..law.answers import Decision
from ..law.decide import Undecidable, encode
from ..law.history import CHANNEL, DIRECTION, LIVE, MODE, NOTICE, OUTCOME, PLACE, PURPOSE, Contact
from ..law.instants import print_instant
from ..law.model import Campaign, Case, Collector, Facts, Operator, Person, Request
from ..law.several import decide_all
from ..records.people import pruned, with_marks
from ..records.subjects import AddressDoc, CaseDoc, Mark, PersonDoc, pack_bytes, unpacker
from ..records.work import NewEntry, Permit, View, Writes
from .plan import Docs, Setup, lists, refs_of, require
from .shapes import Ask, Caller

PRUNE_EVERY = 8


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


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `permit_asked` entry: the request, who asked, and all that the answer rests on.

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
    known: Known


class Judged(msgspec.Struct, frozen=True):
    """One request with its facts and answer. `targets`: everyone it is charged to."""

    request: Request
    targets: tuple[str, ...]
    known: Known
    decision: Decision


read_asked = unpacker(Asked).decode


def judged(setup: Setup, ask: Ask, docs: Docs, at: int, operator: Operator, id: str) -> Judged:
    """Decide. `NotFound` for an unknown case, `BadInput` for a person who is not on it."""
    refs = refs_of(ask)
    cases = [case_of(docs, ref) for ref in refs]
    targets = _targets(ask, cases, docs)
    known = gather(setup, ask.address, cases, targets, docs, operator)
    request = _request(ask, refs, targets)
    try:
        decision = decide_all(setup.book, known.facts(), request, at, id=id)
    except Undecidable as error:
        raise BadInput(error.where, error.why) from None
    return Judged(request, targets, known, decision)


def case_of(docs: Docs, ref: str) -> CaseDoc:
    """The case with this reference. `NotFound`."""
    doc = docs.get(f"case:{ref}")
    if not isinstance(doc, CaseDoc):
        raise NotFound("case")
    return doc


def _targets(ask: Ask, cases: list[CaseDoc], docs: Docs) -> tuple[str, ...]:
    """The person named, or everyone on the case who lists the address, or else the first person."""
    people = [id for id, _ in cases[0].persons]
    if ask.person_id is None:
        people = [id for id in people if _lists(docs, id, ask.address)] or people[:1]
    elif ask.person_id in people:
        people = [ask.person_id]
    else:
        raise BadInput("person_id", "this person is not on the case")
    if not people:
        raise BadInput("case_ref", "nobody is on this case")
    for place, case in enumerate(cases[1:]):
        if not all(any(id == one for one, _ in case.persons) for id in people):
            raise BadInput(f"cases[{place}]", "this person is not on the case")
    return tuple(people)


def _lists(docs: Docs, id: str, address: str) -> bool:
    doc = docs.get(f"person:{id}")
    return doc is not None and lists(doc.person, address)


def _request(ask: Ask, refs: tuple[str, ...], targets: tuple[str, ...]) -> Request:
    return Request(
        channel=ask.channel,
        address=ask.address,
        person=targets[0],
        persons=targets if len(targets) > 1 else (),
        cases=refs,
        direction=ask.direction,
        purpose=ask.purpose,
        mode=ask.mode,
        place=ask.place,
        notice=ask.notice,
        caller_id=ask.caller_id,
        agent=ask.agent,
        content=ask.content,
    )


def gather(
    setup: Setup, address: str, cases: list[CaseDoc], targets: tuple[str, ...], docs: Docs, operator: Operator
) -> Known:
    """All that law may look at: the targets, others on the cases, and the contacts that concern them."""
    listed: AddressDoc | None = docs.get(setup.address_key(address))
    marks = listed.marks if listed is not None else ()
    people = [_person_doc(docs, id) for id in targets]
    others = [_person_doc(docs, id) for id in _others(cases, targets)]
    history: tuple[Contact, ...] = people[0].contacts
    for more in people[1:]:
        history += more.contacts
    own = len(history)
    if others or (listed is not None and len(listed.persons) > 1):
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
    if len(people) == 1 and len(people[0].person.cases or ()) == len(cases):
        return ()
    asked = {case.case.ref for case in cases}
    refs = dict.fromkeys(ref for one in people for ref in one.person.cases or () if ref not in asked)
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
    """Contacts of others that count here: on one of the cases, or at the address."""
    refs = {case.case.ref for case in cases}
    here = {doc.person.id for doc in others}
    away = [id for id in (listed.persons if listed else ()) if id not in here and id not in targets]
    for doc in (*others, *(_person_doc(docs, id) for id in away)):
        on_case = doc.person.id in here
        for contact in doc.contacts:
            if contact.address == address or (on_case and not refs.isdisjoint(contact.cases or refs)):
                yield contact


def ask_writes(
    setup: Setup, ask: Ask, caller: Caller, id: str, locked: tuple[str, ...], own_line: bool, view: View
) -> Writes:
    """The answer to a request for a permit, with the reservation on a yes and the entry either way."""
    result = judged(setup, ask, view.docs, view.at, setup.permit_operator, id)
    require(locked, (f"person:{target}" for target in result.targets))
    refs = refs_of(ask)
    allowed = result.decision.verdict == "allow"
    expires = _expires(setup, ask, result.decision, view.at) if allowed else 0
    body = Asked(
        *(id, view.at, result.request, result.targets, refs, caller.key, ask.agent, ask.campaign),
        *(own_line, expires, result.known),
    )
    entries = [_entry(ref, body, result.targets[0], place == 0) for place, ref in enumerate(refs)]
    if not allowed:
        return Writes(answer=encode(result.decision)[:-1] + b',"permit":null}', entries=entries)
    return Writes(
        answer=_granted(result.decision, id, expires),
        entries=entries,
        docs=_charged(setup, ask, result, view, id, "reserved" if own_line else "handed", expires),
        permits=[_permit(body, ask.channel, locked, own_line, expires)],
    )


def _entry(ref: str, body: Asked, person: str, first: bool) -> NewEntry:
    """The whole of it in the first case's stream; the others say that it happened."""
    if not first:
        body = msgspec.structs.replace(body, known=Known((), (), Collector(), (), body.known.operator))
    return NewEntry(
        stream=f"case:{ref}",
        kind="permit_asked",
        body=pack_bytes(body),
        person=person,
        decision=body.id if first else None,
        keeps_answer=first,
    )


def _expires(setup: Setup, ask: Ask, decision: Decision, at: int) -> int:
    expires = at + setup.seconds(ask)
    if ask.channel == "voice" and decision.valid_until is not None:
        end = int(datetime.fromisoformat(decision.valid_until).timestamp())
        return min(expires, end - setup.settings.permits.ring_seconds)
    return expires


def _granted(decision: Decision, id: str, expires: int) -> bytes:
    offset = datetime.fromisoformat(decision.at).utcoffset() or timedelta()
    until = print_instant(expires, int(offset.total_seconds()))
    return encode(decision)[:-1] + f',"permit":{{"id":"{id}","expires_at":"{until}"}}}}'.encode()


def _charged(
    setup: Setup, ask: Ask, result: Judged, view: View, id: str, live: str, expires: int
) -> dict[str, PersonDoc]:
    """The documents of everyone charged, with the contact reserved."""
    what = packed(ask.channel, ask.direction, ask.purpose, ask.mode, ask.place, ask.notice, live)
    docs = {}
    for target in result.targets:
        doc = view.docs[f"person:{target}"]
        contact = Contact(id, view.at, what, target, ask.address, refs_of(ask), None, expires)
        docs[f"person:{target}"] = with_contact(setup, doc, contact, view.at)
    return docs


def with_contact(setup: Setup, doc: PersonDoc, contact: Contact, at: int) -> PersonDoc:
    """The document with one more contact; what can matter no longer is dropped now and then."""
    contacts = (*doc.contacts, contact)
    if len(contacts) % PRUNE_EVERY == 0:
        contacts = pruned(contacts, at, setup.book.look_back, setup.book.keeps)
    return PersonDoc(doc.person, contacts, doc.origin)


@lru_cache(maxsize=4096)
def packed(
    channel: str, direction: str, purpose: str, mode: str, place: str | None, notice: str | None, live: str
) -> int:
    """A reserved contact's words as one integer. Until it ends it counts as placed, outcome unknown."""
    return (
        CHANNEL.code[channel]
        | DIRECTION.code[direction]
        | PURPOSE.code[purpose]
        | MODE.code[mode]
        | PLACE.code[place]
        | NOTICE.code[notice]
        | LIVE.code[live]
        | OUTCOME.code["unknown"]
    )


def _permit(body: Asked, channel: str, locked: tuple[str, ...], own_line: bool, expires: int) -> Permit:
    return Permit(
        id=body.id,
        key=body.key,
        state="reserved",
        channel=channel,
        given=body.at,
        expires=expires,
        own_line=own_line,
        persons=body.persons,
        cases=body.cases,
        stream=f"case:{body.cases[0]}",
        contact=body.id,
        agent=body.agent,
        locks=locked,
        due=expires,
    )
