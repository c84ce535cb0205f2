"""Whom and which debts a contact is about: as the request says, or, where it names no case, by who lists the number.

A number that several persons list stands for all of them, and for all their debts. Pure.
"""

from __future__ import annotations

import msgspec

from ..errors import BadInput, ContactGuardError
from ..records.subjects import AddressDoc, CaseDoc, PersonDoc
from .known import case_of
from .plan import Docs, Setup, WidenError, lists, refs_of
from .shapes import Ask

MOST_PEOPLE, MOST_DEBTS = 50, 100
_OVER = frozenset({"paid", "closed"})


class UnlistedError(ContactGuardError):
    """The request names no case, and the number leads to none, or to those of several collectors. `why`: a sentence."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(why)
        self.check, self.why = check, why


class About(msgspec.Struct, frozen=True):
    """`refs`: the cases that the contact is charged to; `asked`: those of the request, None for each person's own."""

    refs: tuple[str, ...]
    cases: list[CaseDoc]
    targets: tuple[str, ...]
    asked: tuple[str, ...] | None


def about(setup: Setup, ask: Ask, docs: Docs) -> About:
    """`NotFound` for an unknown case, `BadInput` for a person who is not on it, `UnlistedError`; `WidenError` where
    more must be locked to tell.
    """
    if ask.case_ref is None:
        return _by_number(setup, ask, docs)
    refs = refs_of(ask)
    cases = [case_of(docs, ref) for ref in refs]
    return About(refs, cases, _targets(ask, cases, docs), refs)


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


def _by_number(setup: Setup, ask: Ask, docs: Docs) -> About:
    if ask.cases:
        raise BadInput("case_ref", "say which case the contact is about, and beside it the further ones")
    listed: AddressDoc = docs.get(setup.address_key(ask.address)) or AddressDoc()
    if len(listed.persons) > MOST_PEOPLE:
        raise UnlistedError("case", "This number is on file for very many people; say which case it is about.")
    _look_up(docs, [f"person:{id}" for id in listed.persons])
    people = tuple(id for id in listed.persons if _lists(docs, id, ask.address) and ask.person_id in (None, id))
    if not people:
        raise UnlistedError("listed", "No case here lists this number; add it to the person's file first.")
    each = [_debts(docs[f"person:{id}"]) for id in people]
    refs = tuple(dict.fromkeys(ref for own in each for ref in own))
    if len(refs) > MOST_DEBTS:
        raise UnlistedError("case", "This number is on very many cases; say which one it is about.")
    _look_up(docs, [f"case:{ref}" for ref in refs], people)
    cases = [case_of(docs, ref) for ref in refs if docs[f"case:{ref}"] is not None]
    if not cases:
        raise UnlistedError("listed", "Whoever lists this number is on no case here.")
    if len({case.collector for case in cases}) > 1 or len({setup.collector(case) for case in cases}) > 1:
        raise UnlistedError("case", "This number is on cases of several collectors; say which case it is about.")
    if any(set(own) != set(refs) for own in each):
        return About(refs, cases, people, None)
    left = [case for case in cases if case.case.status not in _OVER] or cases
    named = tuple(case.case.ref for case in left)
    return About(named, left, people, named)


def _debts(doc: PersonDoc) -> tuple[str, ...]:
    return doc.person.cases or ()


def _look_up(docs: Docs, keys: list[str], charged: tuple[str, ...] = ()) -> None:
    """`WidenError` for what nobody has read yet, and with it for whom it will be charged to."""
    missing = [key for key in keys if key not in docs]
    if missing:
        raise WidenError((*missing, *(f"person:{id}" for id in charged)))
