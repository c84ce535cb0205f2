"""Facts learned by ourselves: in force at once, taken back by their author, ended by compliance. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from ...errors import BadInput, Conflict, Forbidden, NotFound
from ...law.instants import Instant, print_utc
from ...law.model import Point
from ...records.people import point_marks, put_together, restriction_mark
from ...records.subjects import (
    FactKind,
    Learned,
    Mark,
    Origin,
    PersonDoc,
    origin_of,
    pack_bytes,
    raw_origin,
    unpacker,
)
from ...records.work import NewEntry, View, Writes
from ..events import CLOCKS_APART_SECONDS
from ..known import case_of
from ..plan import Setup, normal, require
from ..shapes import Caller, FactView, NewFact
from .cases import Marks, bounded, evidenced, of_numbers

TAKE_BACK_SECONDS = 60
LONGEST_WORDS = 4000
_HEARD = ("permit:", "contact:", "refusal:", "list:")
_KINDS: tuple[FactKind, ...] = ("restriction", "consent", "point", "evidence", "promise", "note")


class FactSaid(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `fact` entry."""

    id: str
    by: str
    agent: str | None
    fact: NewFact


class FactEnded(msgspec.Struct, frozen=True, array_like=True):
    """The body of a `fact_ended` entry."""

    id: str
    by: str
    reason: str


read_fact = unpacker(FactSaid).decode
read_fact_ended = unpacker(FactEnded).decode


def checked_fact(fact: NewFact) -> NewFact:
    """The fact with its addresses in normal form. `BadInput` names the field."""
    given = [kind for kind in _KINDS if getattr(fact, kind) is not None]
    if len(given) != 1:
        raise BadInput("", "give exactly one of restriction, consent, point, evidence, promise, note")
    for where in ("words", "note"):
        if len(getattr(fact, where) or "") > LONGEST_WORDS:
            raise BadInput(where, f"expected at most {LONGEST_WORDS} characters")
    if fact.also and fact.evidence is None:
        raise BadInput("also", "stands beside evidence only")
    return replace(
        fact,
        restriction=fact.restriction and bounded(fact.restriction, "restriction"),
        consent=fact.consent and bounded(fact.consent, "consent"),
        point=fact.point and replace(fact.point, address=normal(fact.point.address, "point.address")),
        evidence=fact.evidence and evidenced(fact.evidence, "evidence"),
        also=tuple(evidenced(one, f"also[{place}]") for place, one in enumerate(fact.also)),
    )


def fact_keys(setup: Setup, ref: str, fact: NewFact) -> tuple[str, ...]:
    """What must be locked for a new fact."""
    about = fact.point or fact.restriction
    address = about.address if about is not None else None
    keys = (f"case:{ref}", f"person:{fact.person_id}")
    return (*keys, setup.address_key(address)) if address else keys


def fact_writes(setup: Setup, ref: str, fact: NewFact, caller: Caller, id: str, view: View) -> Writes:
    """Take a fact in: it binds from this commit on, before anyone is answered."""
    _on_case(view, ref, fact.person_id)
    since = int(fact.at if fact.at is not None else view.at)
    if since > view.at + CLOCKS_APART_SECONDS:
        raise BadInput("at", "lies in the future")
    facts = as_learned(setup, fact, caller, id, min(since, view.at), view.at)
    doc: PersonDoc | None = view.docs[f"person:{fact.person_id}"]
    origin = origin_of(doc)
    docs = after(setup, view, fact.person_id, Origin(origin.said, (*origin.learned, *facts)), facts)
    seen = FactView(
        id=id,
        person=fact.person_id,
        kind=facts[0].kind,
        since=print_utc(facts[0].since),
        take_back_until=print_utc(view.at + TAKE_BACK_SECONDS),
    )
    body = pack_bytes(FactSaid(id, caller.key, caller.agent, fact))
    entry = NewEntry(stream=f"case:{ref}", kind="fact", body=body, person=fact.person_id)
    return Writes(answer=msgspec.json.encode(seen), docs=docs, entries=[entry])


def _on_case(view: View, ref: str, person: str) -> None:
    if all(person != one for one, _ in case_of(view.docs, ref).persons):
        raise BadInput("person_id", "this person is not on the case")


def as_learned(setup: Setup, fact: NewFact, caller: Caller, id: str, since: int, at: int) -> tuple[Learned, ...]:
    """The fact as it is kept; a new number brings its evidence of place along."""
    told = Instant(since)
    kind = next(kind for kind in _KINDS if getattr(fact, kind) is not None)
    restriction = fact.restriction
    if restriction is not None and restriction.since is None:
        restriction = replace(restriction, since=told)
    evidence, *also = [
        one if one is None or one.at is not None else replace(one, at=told) for one in (fact.evidence, *fact.also)
    ]
    point = _dated(fact.point, told) if fact.point else None
    first = Learned(id, kind, caller.key, at, since, restriction, fact.consent, point, evidence)
    where = of_numbers(setup, (point,), ()) if point else also
    return (first, *(Learned(id, "evidence", caller.key, at, since, evidence=one) for one in where))


def _dated(point: Point, told: Instant) -> Point:
    if point.status == "active" or point.status_since is not None:
        return point
    return replace(point, status_since=told)


def after(setup: Setup, view: View, person: str, origin: Origin, changed: Sequence[Learned]) -> dict[str, Any]:
    """The documents that a person's changed facts leave: their own, and those of addresses."""
    before: PersonDoc | None = view.docs[f"person:{person}"]
    now = put_together(person, origin)
    marks = Marks(setup, view)
    marks.listed(person, before, now)
    for fact in changed:
        for address, said in _of_addresses(fact):
            marks.replaced(address, f"fact:{fact.id}", said if fact.ended is None else ())
    before = before or PersonDoc(now)
    doc = PersonDoc(now, before.contacts, raw_origin(origin), before.past)
    return {f"person:{person}": doc, **marks.docs}


def _of_addresses(fact: Learned) -> Sequence[tuple[str, tuple[Mark, ...]]]:
    """What a fact says of an address, whoever lists it."""
    source = f"fact:{fact.id}"
    if fact.point is not None and (marks := point_marks(fact.point, source, fact.since)):
        return ((fact.point.address, marks),)
    if fact.restriction is not None and (mark := restriction_mark(fact.restriction, source, fact.since)):
        return ((fact.restriction.address or "", (mark,)),)
    return ()


def end_writes(
    setup: Setup,
    ref: str,
    fact_id: str,
    reason: str | None,
    caller: Caller,
    locked: tuple[str, ...],
    view: View,
) -> Writes:
    """End a fact: taken back by its author (`reason` None), or by compliance with a reason.

    What was heard of an address goes by the name under which a `PUT` lists it (`permit:ID`, `contact:ID`,
    `refusal:SOURCE`, `list:NAME`).
    """
    if fact_id.startswith(_HEARD):
        return _unmark_writes(setup, ref, fact_id, reason, caller, locked, view)
    person, facts = _find(view, ref, fact_id)
    about = facts[0].point or facts[0].restriction
    address = (setup.address_key(about.address),) if about is not None and about.address else ()
    require(locked, iter((f"person:{person}", *address)))
    if facts[0].ended is not None:
        raise Conflict("this fact has been ended already")
    if reason is None:
        _may_take_back(facts[0], caller, view.at)
    origin = origin_of(view.docs[f"person:{person}"])
    ended = [replace(one, ended=view.at) for one in facts]
    learned = (*(one for one in origin.learned if one.id != fact_id), *ended)
    body = pack_bytes(FactEnded(fact_id, caller.key, reason or "taken back by its author"))
    return Writes(
        answer=None,
        docs=after(setup, view, person, Origin(origin.said, learned), ended),
        entries=[NewEntry(stream=f"case:{ref}", kind="fact_ended", body=body, person=person)],
    )


def _unmark_writes(
    setup: Setup, ref: str, source: str, reason: str | None, caller: Caller, locked: tuple[str, ...], view: View
) -> Writes:
    """End what one call made known of an address."""
    if reason is None:
        raise Forbidden("what was heard of an address is ended by compliance, with a reason")
    docs = (view.docs.get(f"person:{id}") for id, _ in case_of(view.docs, ref).persons)
    addresses = {point.address for doc in docs if doc is not None for point in doc.person.points}
    require(locked, (setup.address_key(address) for address in sorted(addresses)))
    marks = Marks(setup, view)
    for address in sorted(addresses):
        marks.replaced(address, source, ())
    if not marks.docs:
        raise NotFound("fact")
    body = pack_bytes(FactEnded(source, caller.key, reason))
    entry = NewEntry(stream=f"case:{ref}", kind="fact_ended", body=body)
    return Writes(answer=None, docs=dict(marks.docs), entries=[entry])


def _find(view: View, ref: str, fact_id: str) -> tuple[str, list[Learned]]:
    """Whose fact it is, among the people of the case. `NotFound`."""
    for id, _ in case_of(view.docs, ref).persons:
        found = [one for one in origin_of(view.docs.get(f"person:{id}")).learned if one.id == fact_id]
        if found:
            return id, found
    raise NotFound("fact")


def _may_take_back(fact: Learned, caller: Caller, at: int) -> None:
    if fact.by != caller.key:
        raise Forbidden("only its author may take a fact back; compliance may end it with a reason")
    if at > fact.recorded + TAKE_BACK_SECONDS:
        raise Conflict(f"the {TAKE_BACK_SECONDS} seconds to take it back are over; ask compliance to end it")
