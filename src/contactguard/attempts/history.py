"""Reading the record back: a case's contacts page by page, and a decision as a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..errors import BadInput, NotFound
from ..law.instants import parse_instant, print_utc
from ..law.scenario import write
from ..records.store import Store
from ..records.subjects import AttemptDoc
from ..records.subjects import Stage as Kept
from ..records.work import Entry, Permit
from .events import course
from .judge import Asked, read_asked
from .recorded import ContactTold, read_told
from .shapes import Caller, ContactRow, Filters, Page, Stage

KINDS = ("permit_asked", "contact")
SCAN = 200
NOT_PLACED = frozenset({"busy", "not_in_service", "failed", "refused"})


class _Reason(msgspec.Struct):
    code: str


class _Answer(msgspec.Struct):
    """What a stored answer says, as far as a list of contacts shows it."""

    verdict: str
    reasons: tuple[_Reason, ...]


_answer = msgspec.json.Decoder(_Answer).decode


async def page(store: Store, ref: str, filters: Filters, limit: int, cursor: str | None, caller: Caller) -> Page:
    """The newest contacts of a case past `cursor`. An agent without a wider scope sees its own alone."""
    if await store.doc(f"case:{ref}") is None:
        raise NotFound("case")
    own = not caller.scopes & {"compliance", "case_system", "admin"}
    rows: list[ContactRow] = []
    beyond = _height(cursor)
    while True:
        entries = await store.entries(f"case:{ref}", limit=SCAN, beyond=beyond, kinds=KINDS)
        known = await _known(store, entries)
        for entry in entries:
            row = _row(entry, known)
            beyond = entry.height
            if row is None or not _wanted(row, filters) or (own and not _own(entry, caller)):
                continue
            rows.append(row)
            if len(rows) == limit:
                return Page(items=tuple(rows), next=str(beyond))
        if len(entries) < SCAN:
            return Page(items=tuple(rows), next=None)


def _height(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise BadInput("cursor", "use the value of next as it was given")
    return int(cursor)


async def _known(store: Store, entries: Sequence[Entry]) -> Mapping[str, Any]:
    """What was reported of these contacts since, by attempt; and the answers that stand in other streams."""
    asked = [read_asked(entry.body) for entry in entries if entry.kind == "permit_asked" and entry.body]
    known = dict(await store.docs([f"attempt:{one.id}" for one in asked]))
    for one, entry in zip(asked, (e for e in entries if e.kind == "permit_asked" and e.body), strict=True):
        known[one.id] = await store.permit(one.id)
        if entry.answer is None and (first := await store.decision(one.id)) is not None:
            known[f"answer:{one.id}"] = first.answer
    return known


def _own(entry: Entry, caller: Caller) -> bool:
    if entry.body is None:
        return False
    by = read_asked(entry.body).key if entry.kind == "permit_asked" else read_told(entry.body).by
    return bool(by == caller.key)


def _row(entry: Entry, known: Mapping[str, Any]) -> ContactRow | None:
    """One line of the list; None for a person whose data were erased."""
    if entry.body is None:
        return None
    if entry.kind == "contact":
        return _told_row(entry, read_told(entry.body))
    asked = read_asked(entry.body)
    answer = entry.answer or known.get(f"answer:{asked.id}")
    return _asked_row(entry, asked, answer, known) if answer else None


def _told_row(entry: Entry, told: ContactTold) -> ContactRow:
    contact = told.contact
    return ContactRow(
        id=told.id,
        at=print_utc(entry.at),
        recorded=print_utc(entry.recorded),
        placed=contact.outcome not in NOT_PLACED,
        direction=contact.direction,
        channel=contact.channel,
        person=told.persons[0],
        address=contact.address,
        cases=told.cases,
        outcome=contact.outcome,
        verdict=None,
        reasons=(),
        permit=None,
        agent=told.agent,
        campaign=contact.campaign,
        stages=(),
    )


def _asked_row(entry: Entry, asked: Asked, answer: bytes, known: Mapping[str, Any]) -> ContactRow:
    said = _answer(answer)
    permit: Permit | None = known.get(asked.id)
    doc: AttemptDoc = known.get(f"attempt:{asked.id}") or AttemptDoc()
    outcome, placed = _outcome(permit, doc.stages)
    return ContactRow(
        id=asked.id,
        at=print_utc(asked.at),
        recorded=print_utc(entry.recorded),
        placed=placed,
        direction=asked.request.direction,
        channel=asked.request.channel,
        person=asked.persons[0],
        address=asked.request.address,
        cases=asked.cases,
        outcome=outcome,
        verdict=said.verdict,
        reasons=tuple(reason.code for reason in said.reasons),
        permit=permit.id if permit else None,
        agent=asked.agent,
        campaign=asked.campaign,
        stages=tuple(_stage(stage) for stage in doc.stages),
    )


def _outcome(permit: Permit | None, stages: tuple[Kept, ...]) -> tuple[str | None, bool]:
    """What the contact counts as now, and whether anything left."""
    if permit is None:
        return "refused", False
    now = course(permit, stages)
    if now.ended is not None:
        return now.outcome, now.outcome not in NOT_PLACED
    if now.live or now.state == "reserved":
        return None, now.live
    unreported = now.state == "lapsed" and not permit.own_line
    return ("unknown", True) if unreported else (None, False)


def _stage(stage: Kept) -> Stage:
    return Stage(
        type=stage.type,
        at=print_utc(stage.at),
        recorded=print_utc(stage.recorded),
        outcome=stage.outcome,
        late=stage.late,
    )


def _wanted(row: ContactRow, filters: Filters) -> bool:
    at = parse_instant(row.at)
    if (filters.since is not None and at < filters.since) or (filters.until is not None and at >= filters.until):
        return False
    same = ("channel", "direction", "person", "outcome", "verdict", "placed", "agent", "campaign")
    return all(getattr(filters, name) in (None, getattr(row, name)) for name in same)


async def scenario(store: Store, decision_id: str) -> bytes:
    """That decision with all its facts, as a scenario. `NotFound`."""
    entry = await store.decision(decision_id)
    if entry is None or entry.body is None or entry.kind != "permit_asked":
        raise NotFound("decision")
    asked = read_asked(entry.body)
    return write(asked.id, asked.known.facts(), asked.request, asked.at)
