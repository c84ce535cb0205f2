"""What is known of a case: put by the case system, heard by agents, kept in the record."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import web

from ..attempts import ContactRow, FactView, Filters, NewFact, Now, PutCase, PutResult, Recorded
from ..intake import resolve
from ..law.model import Value
from ..settings import Settings
from .auth import as_agent
from .house import House
from .problems import ProblemDocument
from .routes import Call, Reply, Route, json_reply, named

PAGE_AT_MOST = 500
_AGENT: frozenset[Any] = frozenset({"agent"})
_CASE_SYSTEM: frozenset[Any] = frozenset({"case_system"})
_COMPLIANCE: frozenset[Any] = frozenset({"compliance"})
_SEES_ALL: frozenset[str] = frozenset({"compliance", "case_system"})
_REFUSED = dict.fromkeys((400, 401, 403, 404, 413, 415, 422, 429, 503), ProblemDocument)
_CONFLICT = {409: ProblemDocument}


class ContactsQuery(Filters, frozen=True):
    """Filters of a list of contacts, how many, and the cursor of the page before."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_AT_MOST)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class Contacts(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a case's record; `next` is the cursor of the following page, null at the end."""

    items: tuple[ContactRow, ...]
    next: str | None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a reported contact: its id, and whether its `event_id` was known already."""

    id: str
    repeated: bool


class Ending(Value, frozen=True):
    """Why a fact no longer holds."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


def complete(tree: Any, settings: Settings, request: web.Request) -> Any:
    """The body of a case with its ref, numbers in E.164 and the evidence of place that these bring."""
    if not isinstance(tree, dict):
        return tree
    case = tree.get("case")
    if isinstance(case, dict):
        case.setdefault("ref", request.match_info["ref"])
    return resolve.complete(tree, settings.telephony.country)


def complete_fact(tree: Any, settings: Settings, request: web.Request) -> Any:
    """The body of a fact with the zones of the place that it names."""
    return resolve.complete_fact(tree, settings.telephony.country) if isinstance(tree, dict) else tree


async def put_case(house: House, call: Call) -> Reply:
    """PUT /v1/cases/{ref}."""
    result = await house.road.put_case(named(call, "ref"), call.body, call.caller)
    return json_reply(result, 201 if result.created else 200)


async def add_fact(house: House, call: Call) -> Reply:
    """POST /v1/cases/{ref}/facts."""
    return Reply(await house.road.fact(named(call, "ref"), call.body, call.caller, call.idempotency), 201)


async def take_back_fact(house: House, call: Call) -> Reply:
    """DELETE /v1/cases/{ref}/facts/{fact}."""
    await house.road.take_back(named(call, "ref"), named(call, "fact"), call.caller)
    return Reply(b"", 204)


async def end_fact(house: House, call: Call) -> Reply:
    """POST /v1/cases/{ref}/facts/{fact}/end."""
    await house.road.end_fact(named(call, "ref"), named(call, "fact"), call.body.reason, call.caller)
    return Reply(b"", 204)


async def add_contact(house: House, call: Call) -> Reply:
    """POST /v1/cases/{ref}/contacts."""
    contact: Recorded = as_agent(call.body, call.caller)
    return Reply(await house.road.record(named(call, "ref"), contact, call.caller, call.idempotency), 201)


async def contacts(house: House, call: Call) -> Reply:
    """GET /v1/cases/{ref}/contacts: an agent's own key sees that agent's contacts only."""
    query: ContactsQuery = call.query
    if _SEES_ALL.isdisjoint(call.caller.scopes):
        query = as_agent(query, call.caller)
    page = await house.road.contacts(named(call, "ref"), query, query.limit, query.cursor, call.caller)
    return json_reply(page)


async def now(house: House, call: Call) -> Reply:
    """GET /v1/cases/{ref}/now."""
    return json_reply(await house.road.now(named(call, "ref"), call.caller))


async def scenario(house: House, call: Call) -> Reply:
    """GET /v1/decisions/{id}/scenario."""
    return Reply(await house.road.scenario(named(call, "id")))


ROUTES: tuple[Route, ...] = (
    Route(
        method="PUT",
        path="/v1/cases/{ref}",
        name="put_case",
        group="Cases",
        summary="All that the case system says of one case: whole or not at all.",
        details="Replaces what the case system said before. What people told us stands until it is ended "
        "by an act of its own; the answer lists what was kept. Numbers may be written nationally; a phone "
        "number brings its own evidence of place, and a residence may leave out its `zones`.",
        scopes=_CASE_SYSTEM,
        does=put_case,
        body=PutCase,
        complete=complete,
        answers={201: PutResult, 200: PutResult, **_CONFLICT, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/cases/{ref}/facts",
        name="add_fact",
        group="Cases",
        summary="One restriction, consent, point, evidence, promise or note about a person.",
        details="In force before the answer. Its author can take it back for 60 seconds. A place may leave out its "
        "`zones`: they are those of its postal code, state or country. `also` is filled in where one postal code "
        "leaves several states possible.",
        scopes=_AGENT,
        does=add_fact,
        body=NewFact,
        complete=complete_fact,
        answers={201: FactView, **_CONFLICT, **_REFUSED},
        creates=True,
    ),
    Route(
        method="DELETE",
        path="/v1/cases/{ref}/facts/{fact}",
        name="take_back_fact",
        group="Cases",
        summary="Take back a fact given in error, by its author and within 60 seconds.",
        scopes=_AGENT,
        does=take_back_fact,
        answers={204: None, **_CONFLICT, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/cases/{ref}/facts/{fact}/end",
        name="end_fact",
        group="Cases",
        summary="End a fact for good, with the reason.",
        scopes=_COMPLIANCE,
        does=end_fact,
        body=Ending,
        answers={204: None, **_CONFLICT, **_REFUSED},
    ),
    Route(
        method="GET",
        path="/v1/cases/{ref}/now",
        name="case_now",
        group="Cases",
        summary="Every person, address and channel of a case: yes or no, why, and when.",
        scopes=_AGENT,
        does=now,
        answers={200: Now, **_REFUSED},
    ),
    Route(
        method="GET",
        path="/v1/cases/{ref}/contacts",
        name="list_contacts",
        group="The record",
        summary="A case's record, newest first.",
        details="A key bound to an agent sees that agent's contacts only.",
        scopes=frozenset({"agent", "compliance", "case_system"}),
        does=contacts,
        query=ContactsQuery,
        answers={200: Contacts, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/cases/{ref}/contacts",
        name="add_contact",
        group="The record",
        summary="A contact that was not permitted here: inbound, by letter, by visit, or made elsewhere.",
        details="Counted like any other, once per `event_id`.",
        scopes=frozenset({"agent", "case_system"}),
        does=add_contact,
        body=Recorded,
        answers={201: Taken, **_CONFLICT, **_REFUSED},
        creates=True,
    ),
    Route(
        method="GET",
        path="/v1/decisions/{id}/scenario",
        name="decision_scenario",
        group="The record",
        summary="One past decision's facts as a scenario that can be decided again.",
        scopes=_COMPLIANCE,
        does=scenario,
        answers={200: dict[str, Any], **_REFUSED},
    ),
)
