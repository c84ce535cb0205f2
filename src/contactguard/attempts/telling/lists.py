"""Rows of lists: restrictions and consents of people, and what lists say of an address, whoever lists it. Pure."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from ...errors import BadInput, NotFound
from ...law.instants import DAY, Day, Until
from ...law.vocabulary import Channel
from ...law.world import OBLIGORS
from ...records.subjects import (
    AddressDoc,
    CaseDoc,
    Learned,
    Mark,
    MarkKind,
    Origin,
    PersonDoc,
    origin_of,
    pack_bytes,
    unpacker,
)
from ...records.work import NewEntry, View, Writes
from ..events import CLOCKS_APART_SECONDS
from ..known import case_of
from ..plan import Docs, Setup, lists, require
from ..shapes import Caller, NewFact
from .facts import FactSaid, after, as_learned
from .slices import Answers, Put

PREFIX = "list:"


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What one row says of an address: `since` None where the list does not say since when."""

    kind: MarkKind
    channel: Channel | None = None
    since: int | None = None
    until: Until | None = None


class ListRow(msgspec.Struct, frozen=True):
    """One row: whose it is, what it says of every such person, and what of the address, whoever lists it.

    `person_id` in `facts` is filled in for each person. `unknown`: what it says of the address where nobody knows the
    case or person that it names. `by`: who brought it, as the list says.
    """

    ref: str | None = None
    person: str | None = None
    address: str | None = None
    facts: tuple[NewFact, ...] = ()
    marks: tuple[Said, ...] = ()
    unknown: tuple[Said, ...] = ()
    words: str = ""
    by: str = ""


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """One row of an `addresses_listed` entry: the address by its subject's key, and what was new of it."""

    key: str
    said: tuple[Said, ...]
    words: str = ""
    by: str = ""


class AddressesListed(msgspec.Struct, frozen=True, array_like=True):
    """The body of an `addresses_listed` entry: rows of one list that said something new."""

    list: str
    by: str
    rows: tuple[Listed, ...]


read_listed = unpacker(AddressesListed).decode


def stream_of(name: str) -> str:
    """Where it is written down what a list said of addresses."""
    return f"system:list:{name}"


def mark_slice(setup: Setup, name: str, by: str, rows: Sequence[ListRow], view: View) -> Writes:
    """Rows about addresses alone: mark each, and write down together what was new."""
    answers: Answers = []
    docs: dict[str, AddressDoc] = {}
    new: list[Listed] = []
    for row in rows:
        key = setup.address_key(row.address or "")
        try:
            doc = docs.get(key) or view.docs[key]
            marked, said = _marked(doc or AddressDoc(), row.marks, name, view.at)
        except BadInput as error:
            answers.append(Put("refused", str(error)))
            continue
        answers.append(Put("created" if said else "unchanged"))
        if said:
            docs[key] = marked
            new.append(Listed(key, said, row.words, row.by))
    return Writes(answer=answers, docs=dict(docs), entries=[_entry(name, by, new)] if new else ())


def row_writes(
    setup: Setup, name: str, row: ListRow, caller: Caller, by: str, locked: Container[str], view: View
) -> Writes:
    """A row about people: what it says of each of them, and of the address. `BadInput` where nobody is meant."""
    docs: dict[str, Any] = {}
    entries: list[NewEntry] = []
    marks, why, people = row.marks, "", list[tuple[str, str]]()
    try:
        people = whom(setup, row, view.docs)
    except NotFound as missing:
        if not row.unknown:
            raise
        marks, why = row.unknown, f"{missing}: its number is refused, whoever lists it"
    if marks:
        key = setup.address_key(row.address or "")
        marked, said = _marked(view.docs[key] or AddressDoc(), marks, name, view.at)
        if said:
            docs[key] = marked
            entries.append(_entry(name, by, [Listed(key, said, row.words, row.by)]))
    if any(fact.consent is not None for fact in row.facts):
        people = _who_agreed(setup, row, people, locked, view.docs)
    if not people and not marks:
        raise BadInput("address", "nobody lists this address; run the list again once somebody does")
    require(locked, (key for ref, person in people for key in (f"case:{ref}", f"person:{person}")))
    for ref, person in people:
        now = View(at=view.at, docs={**view.docs, **docs})
        more, told = _told(setup, name, ref, person, row, caller, now)
        docs.update(more)
        entries += told
    return Writes(answer=Put("created" if entries else "unchanged", why), docs=docs, entries=entries)


def whom(setup: Setup, row: ListRow, docs: Docs) -> list[tuple[str, str]]:
    """The people a row is about, each with the case in whose stream it is written down. `NotFound`, `BadInput`."""
    if row.ref is not None:
        on_it = case_of(docs, row.ref).persons
        if row.person is None:
            return [(row.ref, id) for id, role in on_it if role in OBLIGORS] or [(row.ref, id) for id, _ in on_it]
        if all(id != row.person for id, _ in on_it):
            raise BadInput("person", "this person is not on the case")
        return [(row.ref, row.person)]
    if row.person is not None:
        doc: PersonDoc | None = docs.get(f"person:{row.person}")
        if doc is None:
            raise NotFound("person")
        return [(_first_case(doc), row.person)]
    people = listing(setup.address_key(row.address or ""), row.address or "", docs)
    # Who is on no case is not contacted, and does not stand in the way of those who are.
    return [(refs[0], id) for id in people if (refs := _cases(docs[f"person:{id}"]))]


def _who_agreed(
    setup: Setup, row: ListRow, people: list[tuple[str, str]], locked: Container[str], docs: Docs
) -> list[tuple[str, str]]:
    """Of several who owe a case, those who list the address: what one agreed to is no other's word. `BadInput`."""
    if row.ref is None or len(people) < 2:
        return people
    if row.address is None:
        raise BadInput("person", "several people owe this case; say who agreed")
    require(locked, (f"person:{id}" for _, id in people))
    known = [(ref, id, docs[f"person:{id}"]) for ref, id in people]
    found = [(ref, id) for ref, id, doc in known if doc is not None and lists(doc.person, row.address)]
    if not found:
        raise BadInput("person", "several people owe this case and none of them lists this address; say who agreed")
    return found


def listing(key: str, address: str, docs: Docs) -> Iterator[str]:
    """Who lists an address; its subject's `key`. `WidenError` where it is not known of everyone."""
    listed: AddressDoc | None = docs.get(key)
    people = listed.persons if listed is not None else ()
    require(docs, (f"person:{id}" for id in people))
    for id in people:
        doc: PersonDoc | None = docs[f"person:{id}"]
        if doc is not None and lists(doc.person, address):
            yield id


def keys_of(setup: Setup, row: ListRow, docs: Docs) -> Iterator[str]:
    """What must be locked for a row, as far as these documents tell; what they do not tell is found under the locks."""
    if row.address is not None:
        key = setup.address_key(row.address)
        yield key
        listed: AddressDoc | None = docs.get(key)
        if row.ref is None and row.person is None:
            yield from (f"person:{id}" for id in (listed.persons if listed else ()))
    if row.ref is not None:
        case: CaseDoc | None = docs.get(f"case:{row.ref}")
        yield f"case:{row.ref}"
        yield from (f"person:{id}" for id, _ in (case.persons if case else ()))
    elif row.person is not None:
        yield f"person:{row.person}"


def cases_of(keys: Sequence[str], docs: Docs, *, every: bool) -> Iterator[str]:
    """The cases that these people are on, or those in whose streams it is written down what becomes of them."""
    for key in keys:
        doc = docs.get(key)
        if isinstance(doc, PersonDoc):
            refs = doc.person.cases or doc.past
            yield from (f"case:{ref}" for ref in (refs if every else refs[:1]))


def _cases(doc: PersonDoc) -> tuple[str, ...]:
    return doc.person.cases or doc.past


def _first_case(doc: PersonDoc) -> str:
    refs = _cases(doc)
    if not refs:
        raise BadInput("person", "this person is on no case")
    return refs[0]


def _marked(doc: AddressDoc, said: Sequence[Said], name: str, at: int) -> tuple[AddressDoc, tuple[Said, ...]]:
    """The address as the list has it, and what of it is new. Of rows that say one thing the widest time holds."""
    source, new = PREFIX + name, []
    marks = doc.marks
    for one in said:
        if one.since is not None and one.since > at + CLOCKS_APART_SECONDS:
            raise BadInput("since", "lies in the future")
        same = (mark for mark in marks if (mark.source, mark.kind, mark.channel) == (source, one.kind, one.channel))
        old = next(same, None)
        mark = Mark(one.kind, min(at, at if one.since is None else one.since), source, one.channel, one.until)
        if old is not None:
            mark = replace(mark, since=min(old.since, mark.since), until=max(old.until, one.until, key=_end))
        if mark == old:
            continue
        marks = (*(other for other in marks if other is not old), mark)
        new.append(one)
    return (AddressDoc(doc.persons, marks), tuple(new)) if new else (doc, ())


def _end(until: Until | None) -> float:
    """When something is over, nearly enough to see which of two ends comes later."""
    if until is None:
        return math.inf
    return (until + 1) * DAY if isinstance(until, Day) else until


def _entry(name: str, by: str, rows: Sequence[Listed]) -> NewEntry:
    body = pack_bytes(AddressesListed(name, by, tuple(rows)))
    return NewEntry(stream=stream_of(name), kind="addresses_listed", body=body)


def _told(
    setup: Setup, name: str, ref: str, person: str, row: ListRow, caller: Caller, view: View
) -> tuple[dict[str, Any], list[NewEntry]]:
    """What a row says of one person, once: a fact that was ended since is not brought back by the same row."""
    doc: PersonDoc | None = view.docs[f"person:{person}"]
    origin = origin_of(doc)
    facts = [(fact_id(name, person, fact), replace(fact, person_id=person)) for fact in row.facts]
    known = {one.id for one in origin.learned}
    new = [(id, fact) for id, fact in facts if id not in known]
    if not new:
        return {}, []
    kept: list[Learned] = []
    for id, fact in new:
        since = int(fact.at if fact.at is not None else view.at)
        if since > view.at + CLOCKS_APART_SECONDS:
            raise BadInput("since", "lies in the future")
        kept += as_learned(setup, fact, caller, id, min(since, view.at), view.at)
    docs = after(setup, view, person, Origin(origin.said, (*origin.learned, *kept)), kept)
    entries = [
        NewEntry(
            stream=f"case:{ref}",
            kind="fact",
            body=pack_bytes(FactSaid(id, caller.key, None, fact)),
            person=person,
        )
        for id, fact in new
    ]
    return docs, entries


def fact_id(name: str, person: str, fact: NewFact) -> str:
    """The same for the same row of the same list; a consent is the same on every list, or one that was ended would
    come back with the next file that still has it.
    """
    source = PREFIX if fact.consent is not None else PREFIX + name
    return sha256(pack_bytes((source, person, replace(fact, person_id="")))).hexdigest()[:32]
