"""What every act on the board of rulebooks goes through: proposed, or prepared for and settled."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import msgspec

from ...errors import Conflict, StoreDown
from ...law.instants import print_utc
from ...law.reach import lacking
from ...law.rulebook import Rulebook
from ...records.store import Store
from ...records.work import View, Writes
from . import acts
from .acts import Who
from .boarding import change
from .deepen import deepen
from .editions import Act, Board, Terms, Turn
from .shelf import Shelf

_PREPARATIONS = 3


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a rulebook: in force `from` an instant on, or proposed, so that a second person approves it.

    `proposal`: what that person approves, by its id.
    """

    digest: str
    standing: Literal["scheduled", "proposed"]
    since: str | None = msgspec.field(name="from")
    proposal: str | None = None


def turn_of(
    digest: str, terms: Terms, act: Act, by: str, since: int | None = None, *, given: str | None = None
) -> Turn:
    """A turn as it is asked for; `since` None: soon."""
    return Turn(since=since or 0, digest=digest, terms=terms, act=act, by=by, at=0, given=given)


class Settling:
    """Changes of the board of one store. `lead`: how many seconds before it holds a change is known everywhere;
    `four_eyes`: it takes two people here, whatever the board says.
    """

    def __init__(self, store: Store, shelf: Shelf, lead: int, *, four_eyes: bool) -> None:
        self._store, self._shelf, self.lead, self._own_four_eyes = store, shelf, lead, four_eyes
        self._preparing: list[str] = []

    async def _settle(self, turn: Turn, who: Who, *, lifts: bool = False) -> Outcome:
        """Propose, or prepare and put in force. `lifts`: as for a proposal."""
        board = await self._shelf.read()
        self._check_signed(await self._shelf.load(turn.digest), turn.terms)
        if turn.given is None and board.given is not None:
            turn = msgspec.structs.replace(turn, given=board.given.digest)
        if turn.act != "zone_data" and (self._own_four_eyes or board.guarded):
            proposal = acts.proposal_of(turn, who, lifts=lifts)
            await self._submit(partial(acts.proposed, proposal))
            await self._shelf.read()
            since = print_utc(turn.since) if turn.since else None
            return Outcome(digest=turn.digest, standing="proposed", since=since, proposal=proposal.id)
        return await self._done(await self._prepared(turn.digest, partial(acts.turned, turn, self.lead)))

    async def _prepared(self, digest: str, act: Callable[[tuple[str, ...], View, Board], Writes]) -> Turn:
        """Prepare and act; once more where documents may have lost meanwhile what the first rested on."""
        for _ in range(_PREPARATIONS - 1):
            with contextlib.suppress(acts.UnpreparedError):
                first: Turn = await self._submit(partial(act, await self._prepare(digest)))
                return first
        turn: Turn = await self._submit(partial(act, await self._prepare(digest)))
        return turn

    async def _prepare(self, digest: str) -> tuple[str, ...]:
        """See to it that documents hold what this rulebook looks at, while asks go on.

        They do for as long as the rulebooks that come back are in force, to come or being prepared for.
        """
        book = await self._shelf.load(digest)
        await self._shelf.read()
        for held in self._shelf.wanted():
            with contextlib.suppress(StoreDown):
                await self._shelf.load(held)
        if not self._lacks(book):
            return tuple(one for one in self._shelf.wanted() if one not in self._shelf.board.deepening)
        # From the next batch on every process keeps what is brought back.
        await self._submit(partial(acts.preparing, digest))
        await self._shelf.read()
        self._preparing.append(digest)
        try:
            await deepen(self._store, self._shelf.keeps, book)
        finally:
            self._preparing.remove(digest)
        return (digest,)

    def _lacks(self, book: Rulebook) -> bool:
        """Whether it may look at contacts that documents no longer hold."""
        board = self._shelf.board
        held = [one for one in self._shelf.books() if one.digest not in board.deepening]
        return bool(lacking([look for one in held for look in one.reach.looks], book.reach.looks))

    def _check_signed(self, book: Rulebook, terms: Terms) -> None:
        if not terms.require_signed:
            return
        signed = {(one.regime, one.digest) for one in self._shelf.board.signatures}
        lacks = [law.id for law in book.laws if (law.id, law.digest) not in signed]
        if lacks:
            raise Conflict(f"require_signed is set and nobody signed {', '.join(lacks)}: regimes sign ID first")

    async def _at(self) -> int:
        return (await self._store.look(())).at

    async def _done(self, turn: Turn) -> Outcome:
        await self._shelf.read()
        return Outcome(digest=turn.digest, standing="scheduled", since=print_utc(turn.since))

    async def _submit(self, act: Callable[[View, Board], Writes]) -> Any:
        return await change(self._store, act)
