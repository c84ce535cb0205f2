"""May this contact start now? Questions, permits, what happened to them, and our own lines."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..attempts import Ask, Event, Exchange, PermitView
from ..law.answers import Decision
from ..law.decide import encode
from .house import House
from .problems import Problem, ProblemDocument
from .routes import Call, Reply, Route, json_reply, named
from .unavailable import PermitAnswer

QUESTIONS_AT_MOST = 100
_Many = Annotated[tuple[Ask, ...], msgspec.Meta(min_length=1, max_length=QUESTIONS_AT_MOST)]
_ASKS: frozenset[Any] = frozenset({"agent", "dialler"})
_AGENT: frozenset[Any] = frozenset({"agent"})
_UNAVAILABLE = {503: PermitAnswer}
_REFUSED = dict.fromkeys((400, 401, 403, 404, 413, 415, 422), ProblemDocument)


async def decide(house: House, call: Call) -> Reply:
    """POST /v1/decisions."""
    asked = call.body
    if isinstance(asked, Ask):
        (decision,) = await house.road.decide((asked,), call.caller)
        _count(house, decision)
        return Reply(encode(decision))
    decisions = await house.road.decide(asked, call.caller)
    for decision in decisions:
        _count(house, decision)
    return Reply(b"[" + b",".join(map(encode, decisions)) + b"]")


def _count(house: House, decision: Decision) -> None:
    house.metrics.decision(decision.verdict, decision.reasons[0].code if decision.reasons else "")


async def ask(house: House, call: Call) -> Reply:
    """POST /v1/permits."""
    answer = await house.road.ask(call.body, call.caller, call.idempotency)
    house.metrics.permit(answer)
    return Reply(answer)


async def permit(house: House, call: Call) -> Reply:
    """GET /v1/permits/{id} and /v1/calls/{id}."""
    return json_reply(await house.road.permit(named(call, "id"), call.caller))


async def event(house: House, call: Call) -> Reply:
    """POST /v1/permits/{id}/events."""
    view = await house.road.event(named(call, "id"), call.body, call.caller)
    house.metrics.event(call.body.type)
    return json_reply(view)


async def exchanges(house: House, call: Call) -> Reply:
    """GET /v1/permits/{id}/exchanges."""
    return json_reply(await house.road.exchanges(named(call, "id")))


async def place(house: House, call: Call) -> Reply:
    """POST /v1/calls and /v1/messages."""
    answer = await house.road.call(call.body, call.caller, call.idempotency)
    house.metrics.permit(answer)
    return Reply(answer)


async def place_call(house: House, call: Call) -> Reply:
    """POST /v1/calls."""
    _check_channel(call.body.channel == "voice", "A call is made by voice; send messages to /v1/messages.")
    return await place(house, call)


async def place_message(house: House, call: Call) -> Reply:
    """POST /v1/messages."""
    _check_channel(call.body.channel != "voice", "A message is not made by voice; make calls with /v1/calls.")
    return await place(house, call)


def _check_channel(right: bool, detail: str) -> None:
    if not right:
        raise Problem(422, detail, field="channel")


async def cancel(house: House, call: Call) -> Reply:
    """DELETE /v1/calls/{id} and /v1/messages/{id}."""
    return json_reply(await house.road.cancel(named(call, "id"), call.caller))


def _own_line(thing: str, does: Any) -> tuple[Route, ...]:
    """The three calls about a contact on our own line."""
    path, group = f"/v1/{thing}s", "Our own lines"
    view = {200: PermitView, **_REFUSED, 503: ProblemDocument}
    return (
        Route(
            method="POST",
            path=path,
            name=f"place_{thing}",
            group=group,
            summary=f"Ask for a {thing} and, on a yes, carry it on our own line.",
            scopes=_AGENT,
            does=does,
            body=Ask,
            without=("at",),
            answers={
                200: PermitAnswer,
                **_REFUSED,
                409: ProblemDocument,
                502: ProblemDocument,
                **_UNAVAILABLE,
            },
            creates=True,
            dials=True,
            denies=True,
        ),
        Route(
            method="GET",
            path=path + "/{id}",
            name=f"{thing}_status",
            group=group,
            summary=f"Where a {thing} on our own line stands; its id is the permit's.",
            scopes=_AGENT,
            does=permit,
            answers=view,
            dials=True,
        ),
        Route(
            method="DELETE",
            path=path + "/{id}",
            name=f"cancel_{thing}",
            group=group,
            summary=f"Withdraw a {thing}: released if it has not started, ended if it has.",
            scopes=_AGENT,
            does=cancel,
            answers=view | {409: ProblemDocument},
            dials=True,
        ),
    )


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/decisions",
        name="decide",
        group="May this contact start now?",
        summary="A question: may this contact start (now, or at another moment)?",
        details="Reserves and records nothing. One question, or a list of up to 100, answered in order.",
        scopes=_ASKS,
        does=decide,
        body=Ask | _Many,
        answers={200: Decision | tuple[Decision, ...], **_REFUSED, **_UNAVAILABLE},
        dials=True,
        denies=True,
    ),
    Route(
        method="POST",
        path="/v1/permits",
        name="ask_permit",
        group="May this contact start now?",
        summary="Ask for a permit: decided now, and on a yes reserved for this one contact.",
        details="200 with a yes and with a no. Start before `expires_at`, then report what happens as "
        "events. A 503 is a no as well: its body is a decision that denies.",
        scopes=_ASKS,
        does=ask,
        body=Ask,
        without=("at",),
        answers={200: PermitAnswer, **_REFUSED, 409: ProblemDocument, **_UNAVAILABLE},
        creates=True,
        dials=True,
        denies=True,
    ),
    Route(
        method="GET",
        path="/v1/permits/{id}",
        name="permit_state",
        group="May this contact start now?",
        summary="The state of a permit; for the key that asked for it, and for compliance.",
        does=permit,
        answers={200: PermitView, **_REFUSED, 503: ProblemDocument},
        dials=True,
    ),
    Route(
        method="POST",
        path="/v1/permits/{id}/events",
        name="report_event",
        group="May this contact start now?",
        summary="Report what happened to a permitted contact.",
        details="Counts once per `event_id`, in any order. Late ones are recorded, counted and flagged, never refused.",
        does=event,
        body=Event,
        answers={200: PermitView, **_REFUSED, 503: ProblemDocument},
        dials=True,
    ),
    Route(
        method="GET",
        path="/v1/permits/{id}/exchanges",
        name="permit_exchanges",
        group="Our own lines",
        summary="What was said to carriers about a contact and what they answered, the oldest first.",
        details="Numbers are cut to their last two digits, mailboxes to their domain; words and secrets are left out.",
        scopes=frozenset({"compliance"}),
        does=exchanges,
        answers={200: tuple[Exchange, ...], **_REFUSED, 503: ProblemDocument},
    ),
    *_own_line("call", place_call),
    *_own_line("message", place_message),
)
