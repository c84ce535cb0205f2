"""Which rulebook is in force: shown, put in force, approved by a second key, withdrawn; and regimes signed."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..attempts import Outcome, Rehearsal, Standing, Who, homes
from ..law.homes import first, persons
from ..law.instants import Instant, print_utc
from ..law.model import Value
from .house import House
from .problems import ProblemDocument
from .routes import Call, Reply, Route, json_reply, named

MOST_DAYS = 3660
_GROUP = "Rulebooks"
_KEEPERS: frozenset[Any] = frozenset({"compliance", "admin"})
_REFUSED = dict.fromkeys((400, 401, 403, 404, 413, 415, 422, 429, 503), ProblemDocument)
_CONFLICT = {409: ProblemDocument}


class Chosen(Value, frozen=True, kw_only=True):
    """A stored rulebook by its digest, and from when on it is to be in force; left out: in a few seconds."""

    digest: Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]
    at: Instant | None = None


class Days(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far back decisions are decided again."""

    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = 7


class Signing(Value, frozen=True, kw_only=True):
    """As what somebody accepts a regime; `digest`: of the version meant, left out: the one in force."""

    capacity: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


class RegimeView(msgspec.Struct, frozen=True, kw_only=True):
    """One regime in force. `persons`: how many people on cases live where it holds; null for one that holds everywhere,
    and where nobody was counted yet.
    """

    id: str
    version: str
    title: str
    places: tuple[str, ...]
    persons: int | None


class Regimes(msgspec.Struct, frozen=True, kw_only=True):
    """The regimes of the rulebook in force, those first that hold where most people on cases live.

    `persons`: how many were counted at `counted_at`, `nowhere`: those of them of whom no place is known.
    """

    rulebook: str
    counted_at: str | None
    persons: int
    nowhere: int
    items: tuple[RegimeView, ...]


def _who(call: Call) -> Who:
    return Who(by=call.caller.name, key=call.caller.key)


async def standing(house: House, call: Call) -> Reply:
    """GET /v1/rulebooks."""
    return json_reply(await house.activation.standing())


async def regimes(house: House, call: Call) -> Reply:
    """GET /v1/regimes."""
    book = house.road.book
    counted = await homes.last(house.store) or await homes.fresh(house.store, book)
    living = persons(book, counted.homes) if counted is not None else {}
    items = tuple(
        RegimeView(
            id=regime.id,
            version=regime.version,
            title=regime.head.title,
            places=regime.head.places,
            persons=living.get(regime.id, 0) if counted is not None and regime.head.places else None,
        )
        for regime in first(book, living).regimes.values()
    )
    at = print_utc(counted.at) if counted is not None else None
    number, nowhere = (counted.persons, counted.nowhere) if counted is not None else (0, 0)
    return json_reply(Regimes(rulebook=book.digest, counted_at=at, persons=number, nowhere=nowhere, items=items))


async def activate(house: House, call: Call) -> Reply:
    """POST /v1/rulebooks."""
    since = int(call.body.at) if call.body.at is not None else None
    return json_reply(await house.activation.activate(call.body.digest, _who(call), since=since))


async def rehearse(house: House, call: Call) -> Reply:
    """GET /v1/rulebooks/{id}/rehearsal."""
    return json_reply(await house.activation.rehearse(call.query.days, digest=named(call, "id")))


async def approve(house: House, call: Call) -> Reply:
    """POST /v1/rulebooks/{id}/approval: of a proposal by its own id, which is bound to all that it says."""
    return json_reply(await house.activation.approve(named(call, "id"), _who(call)))


async def withdraw(house: House, call: Call) -> Reply:
    """DELETE /v1/rulebooks/{id}."""
    await house.activation.withdraw(named(call, "id"), _who(call))
    return Reply(b"", 204)


async def sign(house: House, call: Call) -> Reply:
    """POST /v1/regimes/{id}/signatures."""
    await house.activation.sign_named(named(call, "id"), call.body.digest, call.body.capacity, _who(call))
    return Reply(b"", 204)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/rulebooks",
        name="list_rulebooks",
        group=_GROUP,
        summary="Which rulebook is in force, which are to come, wait for approval or were before, and who signed what.",
        scopes=_KEEPERS,
        does=standing,
        answers={200: Standing, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/rulebooks",
        name="activate_rulebook",
        group=_GROUP,
        summary="Put a stored rulebook in force, in every process at one instant.",
        details="Where two people are needed it is proposed, and another key approves. New rules are brought in by "
        "the command `contactguard regimes activate`, which decides all their examples first.",
        scopes=_KEEPERS,
        does=activate,
        body=Chosen,
        answers={200: Outcome, **_CONFLICT, **_REFUSED},
    ),
    Route(
        method="GET",
        path="/v1/rulebooks/{id}/rehearsal",
        name="rehearse_rulebook",
        group=_GROUP,
        summary="What this rulebook would have decided otherwise in the last days, by rule. Changes nothing.",
        scopes=_KEEPERS,
        does=rehearse,
        query=Days,
        answers={200: Rehearsal, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/rulebooks/{id}/approval",
        name="approve_rulebook",
        group=_GROUP,
        summary="Approve what somebody else proposed, which puts it in force.",
        details="`id` is that of the proposal as `GET /v1/rulebooks` shows it, with what would change. It stands for "
        "the rulebook, its settings, the instant and the proposer; a digest alone is not enough.",
        scopes=_KEEPERS,
        does=approve,
        answers={200: Outcome, **_CONFLICT, **_REFUSED},
    ),
    Route(
        method="DELETE",
        path="/v1/rulebooks/{id}",
        name="withdraw_rulebook",
        group=_GROUP,
        summary="Take back a proposal, or a rulebook that is to come; what is in force stays.",
        scopes=_KEEPERS,
        does=withdraw,
        answers={204: None, **_REFUSED},
    ),
    Route(
        method="GET",
        path="/v1/regimes",
        name="list_regimes",
        group=_GROUP,
        summary="The regimes in force, those first that hold where most people on cases live, with how many.",
        details="People are counted once a day. Somebody who may live in two places counts in both.",
        scopes=_KEEPERS,
        does=regimes,
        answers={200: Regimes, **_REFUSED},
    ),
    Route(
        method="POST",
        path="/v1/regimes/{id}/signatures",
        name="sign_regime",
        group=_GROUP,
        summary="Accept one version of a regime in one's own name; each decision it takes part in shows who did.",
        scopes=_KEEPERS,
        does=sign,
        body=Signing,
        answers={204: None, **_REFUSED},
    ),
)
