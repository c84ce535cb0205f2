"""Stops: contacts halted by whoever answers for them, shown, made and lifted."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..attempts import NewStop, StopMade, StopView, Who
from ..law.model import Value
from .house import House
from .problems import ProblemDocument
from .routes import Call, Reply, Route, json_reply, named

BODY_LIMIT_BYTES = 64 << 20
_GROUP = "Stops"
_KEEPERS: frozenset[Any] = frozenset({"compliance", "admin"})
_REFUSED = dict.fromkeys((400, 401, 403, 413, 415, 422, 429, 503), ProblemDocument)
_NO_REASON = "none given"


class Stops(msgspec.Struct, frozen=True, kw_only=True):
    """What is halted or will be, the oldest first, on one page."""

    items: tuple[StopView, ...]
    next: str | None = None


class Why(Value, frozen=True):
    """Why a stop is lifted, for the record."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] = _NO_REASON


async def listed(house: House, call: Call) -> Reply:
    """GET /v1/stops."""
    return json_reply(Stops(items=await house.road.stops()))


async def make(house: House, call: Call) -> Reply:
    """POST /v1/stops."""
    return Reply(await house.road.stop(call.body, _who(call), call.idempotency), 201)


async def lift(house: House, call: Call) -> Reply:
    """DELETE /v1/stops/{id}."""
    await house.road.lift_stop(named(call, "id"), call.query.reason, _who(call))
    return Reply(b"", 204)


def _who(call: Call) -> Who:
    return Who(by=call.caller.name, key=call.caller.key)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/stops",
        name="list_stops",
        group=_GROUP,
        summary="What is halted or will be.",
        scopes=_KEEPERS,
        does=listed,
        answers={200: Stops, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/stops",
        name="stop",
        group=_GROUP,
        summary="Halt contacts: all that go out, or those that everything named here fits.",
        details="In force before the next decision of every process, which is refused as `paused` with the reason: "
        "agents read it, so name nobody. Permits that nobody has used are revoked, contacts that wait on our own "
        "lines are withdrawn; what has started is not cut, and the person's own call is dealt with as ever. "
        "`collector` is an id of the settings, `jurisdiction` a country (`US`) or its subdivision (`US-NY`), and "
        "`cases` a list of references, 1,000,000 at most.",
        scopes=_KEEPERS,
        does=make,
        body=NewStop,
        body_limit=BODY_LIMIT_BYTES,
        answers={201: StopMade, 409: ProblemDocument, **_REFUSED},
        creates=True,
    ),
    Route(
        method="DELETE",
        path="/v1/stops/{id}",
        name="lift_stop",
        group=_GROUP,
        summary="Lift a stop. That of a restored store ends only when its gap is settled.",
        scopes=_KEEPERS,
        does=lift,
        query=Why,
        answers={204: None, 404: ProblemDocument, 409: ProblemDocument, **_REFUSED},
    ),
)
