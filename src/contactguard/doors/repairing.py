"""What case systems and compliance should mend: evidence of place that is missing, wrong or contradictory."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ..attempts import Fault, Repairs, to_repair
from ..law.model import Value
from .house import House
from .problems import ProblemDocument
from .routes import Call, Reply, Route, json_reply

_REFUSED = dict.fromkeys((400, 401, 403, 422, 429, 503), ProblemDocument)


class RepairsQuery(Value, frozen=True):
    """Which faults (all), how many at least, and the cursor of the page before."""

    what: Fault | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None


async def list_repairs(house: House, call: Call) -> Reply:
    """GET /v1/repairs."""
    query: RepairsQuery = call.query
    return json_reply(await to_repair(house.store, house.book, query.limit, query.cursor, query.what))


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/repairs",
        name="list_repairs",
        group="Cases",
        summary="Persons whose evidence of place is missing, wrong or contradictory, and what to do about each.",
        details="A page holds all that is wrong with a person, so it may be longer than `limit`, and it ends after "
        "2,000 persons, so it may be shorter, even empty: go on until `next` is null.",
        scopes=frozenset({"compliance", "case_system"}),
        does=list_repairs,
        query=RepairsQuery,
        answers={200: Repairs, **_REFUSED},
    ),
)
