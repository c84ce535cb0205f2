"""What commands do to a store, by name: the same functions whether the service runs or not.

Each takes and gives JSON. The process that holds the store registers them all; a command calls them with `call`,
which goes through the control socket when that process is another one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from ..attempts import Activation, Fault, Filters, Road, Terms, Who, check_name, homes, to_repair
from ..attempts.board.deepen import compared
from ..law.instants import write_hook
from ..records.store import Operation, Store
from . import importing
from .by import BY_COMMAND as BY_COMMAND
from .by import SCOPES as SCOPES
from .importing import read_case as read_case
from .keeping import of_keeping
from .mail import of_mail
from .shapes import PutCases as PutCases
from .stops import of_stops


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys.create`: the answer is the token, as a JSON string."""

    name: str
    scopes: tuple[Literal["agent", "dialler", "case_system", "compliance", "admin"], ...]
    agent: str | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`contacts`: one page of a case's record."""

    ref: str
    limit: int = 500
    cursor: str | None = None


class Rehearse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rulebooks.rehearse`: a packed rulebook or the digest of a stored one; neither: the one before."""

    days: int
    body: bytes | None = None
    digest: str | None = None


class Activate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rulebooks.activate`, `rulebooks.back` (without `digest`): from the instant `at` on, soon where there is none.

    `terms`: what settings say besides rules; those in force where it is left out.
    """

    who: Who
    digest: str = ""
    at: int | None = None
    terms: Terms | None = None


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rulebooks.approve`, `rulebooks.withdraw`: one rulebook by its digest, or a proposal by its id, and who acts."""

    digest: str
    who: Who


class Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`regimes.sign`: one version of a regime by its digest."""

    regime: str
    digest: str
    capacity: str
    who: Who


class Rebuild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`audit.rebuild`: compare documents with their entries, and mend them unless it is a dry run."""

    dry_run: bool = True


class Repairing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`repairs`: one page of what to mend in evidence of place."""

    what: Fault | None = None
    limit: int = 500
    cursor: str | None = None


def register(store: Store, road: Road, activation: Activation) -> None:
    """Make every operation answer in this process."""

    async def read() -> None:
        """The rulebooks in force, which a command's own process has not read yet."""
        for digest in road.shelf.wanted():
            await road.shelf.load(digest)

    async def contacts(payload: bytes) -> Any:
        look = msgspec.json.decode(payload, type=Look)
        return await road.contacts(look.ref, Filters(), look.limit, look.cursor, BY_COMMAND)

    async def list_repairs(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Repairing)
        await read()
        page = await to_repair(store, road.book, wanted.limit, wanted.cursor, wanted.what)
        return msgspec.Raw(msgspec.json.encode(page, enc_hook=write_hook))

    async def scenario(payload: bytes) -> Any:
        return msgspec.Raw(await road.scenario(msgspec.json.decode(payload, type=str)))

    async def verify(_: bytes) -> Any:
        return await store.verify()

    async def rebuild(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Rebuild)
        await read()
        return await compared(store, road.shelf.keeps, mend=not wanted.dry_run)

    async def counted(_: bytes) -> Any:
        await read()
        return await homes.fresh(store, road.book)

    async def health(_: bytes) -> Any:
        return await store.health()

    named = {
        "contacts": contacts,
        "repairs": list_repairs,
        "scenario": scenario,
        "audit.verify": verify,
        "audit.rebuild": rebuild,
        "health": health,
        "homes": counted,
        **importing.operations(road),
        **of_mail(road),
        **_of_keys(store),
        **_of_rulebooks(activation),
        **of_stops(road),
        **of_keeping(store),
    }
    store.operations.update({name: _in_json(does) for name, does in named.items()})


def _of_keys(store: Store) -> dict[str, Callable[[bytes], Awaitable[Any]]]:
    async def create(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=NewKey)
        check_name("--name", wanted.name)
        check_name("--agent", wanted.agent or "")
        _, token = await store.keys.create(wanted.name, wanted.scopes, wanted.agent, by=BY_COMMAND.name)
        return token

    async def listed(_: bytes) -> Any:
        return await store.keys.list()

    async def revoke(payload: bytes) -> Any:
        return await store.keys.revoke(msgspec.json.decode(payload, type=str), by=BY_COMMAND.name)

    return {"keys.create": create, "keys.list": listed, "keys.revoke": revoke}


def _of_rulebooks(activation: Activation) -> dict[str, Callable[[bytes], Awaitable[Any]]]:
    async def standing(_: bytes) -> Any:
        return await activation.standing()

    async def rehearse(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Rehearse)
        return await activation.rehearse(wanted.days, wanted.body, wanted.digest)

    async def activate(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Activate)
        return await activation.activate(wanted.digest, wanted.who, since=wanted.at, terms=wanted.terms)

    async def back(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Activate)
        return await activation.back(wanted.who, since=wanted.at)

    async def approve(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Named)
        return await activation.approve_named(wanted.digest, wanted.who)

    async def withdraw(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Named)
        return await activation.withdraw(wanted.digest, wanted.who)

    async def sign(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Sign)
        return await activation.sign(wanted.regime, wanted.digest, wanted.capacity, wanted.who)

    async def body(payload: bytes) -> Any:
        return await activation.body(msgspec.json.decode(payload, type=str | None))

    return {
        "rulebooks.standing": standing,
        "rulebooks.rehearse": rehearse,
        "rulebooks.activate": activate,
        "rulebooks.back": back,
        "rulebooks.approve": approve,
        "rulebooks.withdraw": withdraw,
        "rulebooks.body": body,
        "regimes.sign": sign,
    }


async def call(store: Store, name: str, payload: Any) -> Any:
    """Run an operation wherever the store is held; what it raises is raised here."""
    return msgspec.json.decode(await store.call(name, msgspec.json.encode(payload)))


def _in_json(does: Callable[[bytes], Awaitable[Any]]) -> Operation:
    async def answer(payload: bytes) -> bytes:
        return msgspec.json.encode(await does(payload))

    return answer
