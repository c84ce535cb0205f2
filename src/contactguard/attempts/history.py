"""Reading the record back: a case's contacts page by page, and a decision as a scenario."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..errors import BadInput, NotFound
from ..law.instants import parse_instant, print_utc
from ..law.scenario import write
from ..records.store import Store
from ..records.subjects import AttemptDoc
from ..records.subjects import Stage as Kept
from ..records.work import Entry, View
from .course import course
from .known import Asked, read_asked
from .shapes import Caller, ContactRow, Filters, Page, Stage
from .telling.recorded import ContactTold, read_told

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
    only = None if caller.scopes & {"compliance", "case_system", "admin"} else caller
    rows: list[ContactRow] = []
    beyond, size = _height(cursor), limit + 1
    while True:
        entries = await store.entries(f"case:{ref}", limit=size, beyond=beyond, kinds=KINDS)
        for entry, row in await _rows(store, entries):
            if row is None or not _wanted(row, filters) or (only is not None and not _own(entry, only)):
                continue
            if len(rows) == limit:
                return Page(items=tuple(rows), next=str(beyond))
            rows.append(row)
            beyond = entry.height
        if len(entries) < size:
            return Page(items=tuple(rows), next=None)
        beyond, size = entries[-1].height, SCAN


def _height(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise BadInput("cursor", "use the value of next as it was given")
    return int(cursor)


async def _rows(store: Store, entries: Sequence[Entry]) -> list[tuple[Entry, ContactRow | None]]:
    """Each entry as a line of the list, with what was reported of it since; None where its person was erased."""
    asked = {entry.height: read_asked(entry.body) for entry in entries if entry.kind == "permit_asked" and entry.body}
    view = await store.look([f"attempt:{one.id}" for one in asked.values()])
    rows: list[tuple[Entry, ContactRow | None]] = []
    for entry in entries:
        one = asked.get(entry.height)
        if one is not None:
            rows.append((entry, _asked_row(entry, one, await _answer_of(store, entry, one), view)))
        else:
            rows.append((entry, _told_row(entry, read_told(entry.body)) if entry.body else None))
    return rows


async def _answer_of(store: Store, entry: Entry, asked: Asked) -> _Answer:
    """What was answered: kept in the first case's stream alone."""
    first = entry if entry.answer is not None else await store.decision(asked.id)
    return _answer(first.answer) if first is not None and first.answer is not None else _Answer("deny", ())


def _own(entry: Entry, caller: Caller) -> bool:
    if entry.body is None:
        return False
    by = read_asked(entry.body).key if entry.kind == "permit_asked" else read_told(entry.body).by
    return bool(by == caller.key)


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
        simulated=entry.simulated,
        stages=(),
    )


def _asked_row(entry: Entry, asked: Asked, said: _Answer, view: View) -> ContactRow:
    doc: AttemptDoc = view.docs[f"attempt:{asked.id}"] or AttemptDoc()
    outcome, placed = _outcome(asked, doc, view.at)
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
        permit=asked.id if asked.expires else None,
        agent=asked.agent,
        campaign=asked.campaign,
        simulated=entry.simulated,
        stages=tuple(_stage(stage) for stage in doc.stages),
    )


def _outcome(asked: Asked, doc: AttemptDoc, at: int) -> tuple[str | None, bool]:
    """What the contact counts as now, and whether anything left, as far as is known."""
    if not asked.expires:
        return "refused", False
    late = doc.state == "reserved" and asked.expires <= at
    now = course(asked.request.channel, "lapsed" if late else doc.state, doc.stages)
    if now.ended is not None:
        return now.outcome, now.outcome not in NOT_PLACED
    if now.state in ("lapsed", "revoked") and not asked.own_line and not now.live:
        return "unknown", True
    return None, now.live


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
