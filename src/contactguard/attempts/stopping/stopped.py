"""One contact as stops look at it, from the documents: one that is asked for, and one that has its permit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from ...law.model import Halt, Request
from ...law.places import Spot, placed
from ...records.subjects import CaseDoc, PersonDoc
from ...records.work import Permit, View
from ..about import About
from ..plan import Docs, Setup
from ..shapes import Ask
from .halts import Halts, Sought, as_law_reads


def under_stops(
    setup: Setup, request: Request, what: About, docs: Docs, at: int, *, choose: bool
) -> tuple[Request, tuple[str | Halt, ...]]:
    """The stops that cover a contact, in force at `at` or to come.

    `choose`: it shows the first of its collector's numbers that is not halted, where there is one.
    """
    sought = _sought(setup, request, what.cases, what.targets, docs)
    stops = setup.halts.covering(sought, at)
    if choose and any(stop.caller_id is not None and stop.holds(at) for stop in stops):
        for number in sought.numbers or ():
            others = setup.halts.covering(sought._replace(caller_id=number), at)
            if not any(stop.caller_id is not None and stop.holds(at) for stop in others):
                return replace(request, caller_id=number), as_law_reads(others, at)
    return request, as_law_reads(stops, at)


def permit_stopped(setup: Setup, halts: Halts, permit: Permit, request: Request | Ask, view: View) -> bool:
    """Whether a stop in force covers a contact whose permit was given."""
    if not halts:
        return False
    cases = [doc for ref in permit.cases if isinstance(doc := view.docs.get(f"case:{ref}"), CaseDoc)]
    sought = _sought(setup, request, cases, permit.persons, view.docs)._replace(refs=permit.cases)
    at = halts.clock(view.at)
    return any(stop.holds(at) for stop in halts.covering(sought, at))


def _sought(setup: Setup, request: Request | Ask, cases: list[CaseDoc], persons: Iterable[str], docs: Docs) -> Sought:
    return Sought(
        channel=request.channel,
        direction=request.direction,
        caller_id=request.caller_id,
        campaign=request.campaign,
        refs=tuple(case.case.ref for case in cases),
        collectors={setup.collector_id(case) for case in cases},
        creditors={case.case.creditor for case in cases},
        numbers=setup.collector(cases[0]).numbers if cases else None,
        spots=lambda: _spots(persons, docs),
    )


def _spots(persons: Iterable[str], docs: Docs) -> Iterator[Spot]:
    for id in persons:
        doc = docs.get(f"person:{id}")
        if isinstance(doc, PersonDoc):
            yield from placed(doc.person.evidence, None).spots
