"""Contacts that carriers and switches told of and that fit nobody: for whoever answers for the record to look at."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ..attempts.telling.unpermitted import Unlisteds
from ..law.model import Value
from .house import House
from .problems import ProblemDocument
from .routes import Call, Reply, Route, json_reply

_REFUSED = dict.fromkeys((400, 401, 403, 422, 429, 503), ProblemDocument)


class UnlistedQuery(Value, frozen=True):
    """How many, and the cursor of the page before."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=18)] | None = None


async def list_unlisted(house: House, call: Call) -> Reply:
    """GET /v1/contacts/unlisted."""
    return json_reply(await house.road.unlisted(call.query.limit, call.query.cursor))


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/contacts/unlisted",
        name="list_unlisted",
        group="Cases",
        summary="Contacts that a carrier or a switch told of, at addresses that nobody here lists.",
        details="Messages from people on no file, and what left without a permit to them. `ref`: the carrier's own id.",
        scopes=frozenset({"compliance"}),
        does=list_unlisted,
        query=UnlistedQuery,
        answers={200: Unlisteds, **_REFUSED},
    ),
)
