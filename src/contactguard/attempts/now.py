"""Every way to reach the people of one case, answered for this moment. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..law.instants import print_utc
from ..law.model import Person, Point
from ..law.vocabulary import Channel, Role
from ..records.subjects import CaseDoc, PersonDoc
from ..records.work import View
from .judge import judged
from .known import case_of
from .plan import Docs, Setup
from .shapes import Ask, Now, NowRow


def channels_of(point: Point) -> tuple[Channel, ...]:
    """How a person can be reached at this address."""
    if point.address.startswith("+"):
        return ("voice",) if point.line == "fixed" else ("voice", "sms")
    if "@" in point.address:
        return ("email",)
    return ("messaging",) if point.address.startswith("social:") else ("letter",)


def address_keys(setup: Setup, ref: str, docs: Docs) -> list[str]:
    """The subjects that the answer needs besides the case and its people."""
    case = case_of(docs, ref)
    people = [doc.person for id, _ in case.persons if (doc := docs.get(f"person:{id}")) is not None]
    return list(dict.fromkeys(setup.address_key(point.address) for one in people for point in one.points))


def answer(setup: Setup, ref: str, view: View) -> Now:
    """Yes or no, why and when, for every person, address and channel."""
    case = case_of(view.docs, ref)
    rows = (row for id, role in case.persons for row in _rows(setup, case, id, role, view))
    return Now(case_ref=ref, at=print_utc(view.at), items=tuple(rows))


def _rows(setup: Setup, case: CaseDoc, id: str, role: Role, view: View) -> Iterator[NowRow]:
    doc: PersonDoc | None = view.docs.get(f"person:{id}")
    person = doc.person if doc is not None else Person(id=id)
    for point in person.points:
        for channel in channels_of(point):
            yield _row(
                setup,
                Ask(case_ref=case.case.ref, person_id=id, channel=channel, address=point.address),
                role,
                point,
                view,
            )


def _row(setup: Setup, ask: Ask, role: Role, point: Point, view: View) -> NowRow:
    decision = judged(setup, ask, view.docs, view.at, setup.operator, "").decision
    return NowRow(
        person=ask.person_id or "",
        role=role,
        address=point.address,
        label=point.label,
        channel=ask.channel,
        verdict=decision.verdict,
        reasons=decision.reasons,
        next_allowed=decision.next_allowed,
        valid_until=decision.valid_until,
        obligations=decision.obligations,
    )
