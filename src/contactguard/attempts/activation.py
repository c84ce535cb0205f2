"""Putting a rulebook in force on every process at one instant: proposed, rehearsed, approved, activated, taken back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import msgspec
import structlog

from ..errors import BadInput, Busy, Conflict, ContactGuardError, NotFound, StoreDown
from ..law.instants import print_utc
from ..law.reach import lacking
from ..law.rulebook import Rulebook, RuleError
from ..records.rulebooks import SUBJECT
from ..records.store import Store
from ..records.work import Job, View, Writes
from ..settings import Settings
from . import acts
from .acts import Who
from .deepen import deepen
from .editions import Act, Board, Given, Proposal, Signature, Standing, Terms, Turn, given_by, read, standing, terms_of
from .rehearse import Rehearsal, rehearse
from .shelf import Shelf

log = structlog.get_logger(__name__)
_TRIES = 40
_PAUSE_SECONDS = 0.1
_PREPARATIONS = 3


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a rulebook: in force `from` an instant on, or proposed, so that a second person approves it."""

    digest: str
    standing: Literal["scheduled", "proposed"]
    since: str | None = msgspec.field(name="from")


class Activation:
    """The acts on the board of one store. `unpack` as the shelf's.

    `fault`: why what this process's settings give is not in force.
    """

    def __init__(self, store: Store, shelf: Shelf, settings: Settings, unpack: Callable[[bytes], Rulebook]) -> None:
        self._store, self._shelf, self._settings, self._unpack = store, shelf, settings, unpack
        self.lead = settings.rules.lead_seconds if store.shared else 1
        self.settling: asyncio.Task[None] | None = None
        self.fault: str | None = None
        self._rehearsing = asyncio.Lock()

    async def begin(self, body: bytes, book: Rulebook) -> None:
        """What a process does when it starts to serve: `body` and `book` are what its settings give.

        The first ever is put in force at once. A later one is where it differs from what was given last; with
        `four_eyes`, then or now, it is proposed. Else what is stored stays in force.
        """
        await self._store.keep_rulebook(book.digest, body)
        self._shelf.hold(book)
        self._shelf.ahead = True
        given, board = given_by(self._settings, book.digest), await self._shelf.read()
        if board.given is not None and await self._differs(board.given, given):
            self.settling = asyncio.create_task(
                self._put_in_force(given, given.digest, board.given.four_eyes or given.four_eyes)
            )
            if not self._lacks(book):
                await self.settling
        elif board.given is None and board.turns:
            # A command was before any service. It knew the rules meant, but not how this one is to decide besides.
            await self._put_in_force(given, board.turns[-1].digest, given.four_eyes)
        else:
            if not board.turns:
                # Documents are as deep as whoever wrote them before there were rulebooks kept them.
                await deepen(self._store, self._shelf.keeps, book)
            await self._submit(partial(acts.given, given))
        await self._shelf.read()
        await self._zone_data(book)

    async def go_on(self, fault: RuleError) -> None:
        """The start of a process whose settings name rules that cannot be: what is stored stays in force, and `fault`
        says why the settings' rules do not come into force. Raises it where nothing is stored.
        """
        if not (await self._shelf.read()).turns:
            raise fault
        self._shelf.ahead, self.fault = True, str(fault)
        log.error("settings_not_in_force", why=self.fault)
        await self._shelf.read()

    async def close(self) -> None:
        """Give up what the start began and has not finished; the next start begins it again."""
        if self.settling is not None and not self.settling.done():
            self.settling.cancel()
            await asyncio.wait([self.settling])

    async def _differs(self, old: Given, new: Given) -> bool:
        """Whether something that decides differs, other than the zone data of this process."""
        if old.terms != new.terms:
            return True
        if old.digest == new.digest:
            return False
        stored = await self._store.rulebook(old.digest)
        try:
            return stored is None or (await asyncio.to_thread(self._unpack, stored)).digest != new.digest
        except RuleError:
            return True

    async def _put_in_force(self, given: Given, digest: str, four_eyes: bool) -> None:
        """This rulebook with what the settings give besides; where that cannot be, what is stored stays in force, and
        the log says why.
        """
        try:
            if not acts.is_last(self._shelf.board, digest, given.terms):
                before = [turn.digest for turn in self._shelf.board.turns[-1:]]
                await self._settle(digest, given.terms, "settings", Who(by="settings"), None, four_eyes)
                log.warning("settings_changed", before=before, after=digest, proposed=four_eyes)
        except Exception as error:
            # Several processes start at once, and another one was first: then it is done.
            if not (isinstance(error, Conflict) and await self._is_last(digest, given)):
                self.fault = str(error) if isinstance(error, ContactGuardError) else type(error).__name__
                log.error("settings_not_in_force", why=self.fault)
                return
        await self._submit(partial(acts.given, given))
        await self._shelf.read()

    async def _is_last(self, digest: str, given: Given) -> bool:
        return acts.is_last(await self._shelf.read(), digest, given.terms)

    async def standing(self) -> Standing:
        """What is in force, to come and proposed."""
        return standing(await self._shelf.read(), await self._at())

    async def body(self, digest: str | None) -> bytes:
        """A stored rulebook, packed; None: the one in force. `NotFound`; `Conflict` where none is in force yet."""
        if digest is None:
            turn = (await self._shelf.read()).turn(await self._at())
            if turn is None:
                raise Conflict("no rulebook is in force in this store yet: start the service, or regimes activate")
            digest = turn.digest
        body = await self._store.rulebook(digest)
        if body is None:
            raise NotFound("rulebook")
        return body

    async def rehearse(self, days: int, body: bytes | None = None, digest: str | None = None) -> Rehearsal:
        """Keep a rulebook (packed, or a stored one's digest; neither: the one before that in force) and say what it
        would have decided otherwise in the last days; nothing comes into force.
        """
        if body is None and digest is None:
            digest = (await self._before()).digest
        book = await self._kept(body, digest)
        async with self._rehearsing:
            return await rehearse(self._store, await self._in_force(), book, days)

    async def activate(self, digest: str, who: Who, *, since: int | None = None, terms: Terms | None = None) -> Outcome:
        """Put a stored rulebook in force, or propose it. `terms` None: those in force."""
        await self._kept(None, digest)
        return await self._settle(digest, terms or await self._terms(since), "activated", who, since, self._four_eyes())

    async def back(self, who: Who, *, since: int | None = None) -> Outcome:
        """Put in force again what was before. `Conflict` where another would be in force by then: which is meant?"""
        old = await self._before()
        at = await self._at()
        for turn in self._shelf.board.coming(at):
            if turn.since <= max(since or 0, at + self.lead):
                raise Conflict(
                    f"another rulebook is to come from {print_utc(turn.since)} on: regimes withdraw {turn.digest} "
                    "keeps the one in force now; or wait until then"
                )
        return await self._settle(old.digest, old.terms, "back", who, since, self._four_eyes())

    async def approve(self, digest: str, who: Who) -> Outcome:
        """Approve what somebody else proposed. `Forbidden` for the same person or key, `NotFound`."""
        proposal = (await self._shelf.read()).proposed(digest)
        if proposal is None:
            raise NotFound("proposal")
        acts.check_other(proposal, who)
        return await self._done(await self._prepared(digest, partial(acts.approved, digest, who, self.lead)))

    async def withdraw(self, digest: str, who: Who) -> None:
        """Take back a proposal, or what is to come; what is in force stays. `NotFound`."""
        await self._submit(partial(acts.withdrawn, digest, who))
        await self._shelf.read()

    async def sign(self, regime: str, digest: str, capacity: str, who: Who) -> Signature:
        """Record that somebody accepts one version of a regime."""
        signature: Signature = await self._submit(partial(acts.signed, regime, digest, capacity, who))
        await self._shelf.read()
        return signature

    async def sign_named(self, regime: str, digest: str | None, capacity: str, who: Who) -> None:
        """The same for the version in force where no digest is given. `NotFound`."""
        if digest is None:
            book = await self._in_force()
            if regime not in book.regimes:
                raise NotFound("regime in force")
            digest = book.regimes[regime].digest
        await self.sign(regime, digest, capacity, who)

    async def _settle(
        self, digest: str, terms: Terms, act: Act, who: Who, since: int | None, four_eyes: bool
    ) -> Outcome:
        """Propose, or prepare and put in force."""
        self._check_signed(await self._shelf.load(digest), terms)
        if four_eyes:
            proposal = Proposal(digest=digest, terms=terms, act=act, by=who.by, key=who.key, at=0, since=since)
            await self._submit(partial(acts.proposed, proposal))
            await self._shelf.read()
            return Outcome(digest=digest, standing="proposed", since=print_utc(since) if since else None)
        turn = Turn(since=since or 0, digest=digest, terms=terms, act=act, by=who.by, at=0)
        return await self._done(await self._prepared(digest, partial(acts.turned, turn, self.lead)))

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
        await deepen(self._store, self._shelf.keeps, book)
        return (digest,)

    def _lacks(self, book: Rulebook) -> bool:
        """Whether it may look at contacts that documents no longer hold."""
        board = self._shelf.board
        held = [one for one in self._shelf.books() if one.digest not in board.deepening]
        return bool(lacking([look for one in held for look in one.reach.looks], book.reach.looks))

    async def _zone_data(self, book: Rulebook) -> None:
        """The rules in force under the zone data of this process, where they were put in force under others."""
        board = await self._shelf.read()
        now = board.turn(await self._at())
        stored = await self._store.rulebook(now.digest) if now is not None else None
        if now is None or stored is None or now.digest == book.digest:
            return
        try:
            again = await asyncio.to_thread(self._unpack, stored)
        except RuleError:
            return
        if again.digest != now.digest:
            await self._store.keep_rulebook(again.digest, stored)
            self._shelf.hold(again)
            await self._settle(again.digest, now.terms, "zone_data", Who(by="installation"), None, four_eyes=False)

    async def _kept(self, body: bytes | None, digest: str | None) -> Rulebook:
        """The rulebook meant, kept in the store. `BadInput` names what cannot be read."""
        if body is None:
            if digest is None or await self._store.rulebook(digest) is None:
                raise NotFound("rulebook")
            return await self._shelf.load(digest)
        try:
            book = await asyncio.to_thread(self._unpack, body)
        except RuleError as error:
            raise BadInput(error.name, f"{error.where}: {error.why}" if error.where else error.why) from None
        await self._store.keep_rulebook(book.digest, body)
        self._shelf.hold(book)
        return book

    async def _before(self) -> Turn:
        old = (await self._shelf.read()).before(await self._at())
        if old is None:
            raise Conflict("there is no rulebook before the one in force")
        return old

    async def _in_force(self) -> Rulebook:
        turn = (await self._shelf.read()).turn(await self._at())
        return await self._shelf.load(turn.digest) if turn is not None else self._shelf.book

    def _check_signed(self, book: Rulebook, terms: Terms) -> None:
        if not terms.require_signed:
            return
        signed = {(one.regime, one.digest) for one in self._shelf.board.signatures}
        lacks = [law.id for law in book.laws if (law.id, law.digest) not in signed]
        if lacks:
            raise Conflict(f"require_signed is set and nobody signed {', '.join(lacks)}: regimes sign ID first")

    async def _terms(self, since: int | None) -> Terms:
        """Those that are in force when something new would be."""
        board, soon = await self._shelf.read(), await self._at() + self.lead
        turn = board.turn(max(since or 0, soon))
        return turn.terms if turn is not None else terms_of(self._settings)

    def _four_eyes(self) -> bool:
        given = self._shelf.board.given
        return self._settings.rules.four_eyes or (given is not None and given.four_eyes)

    async def _at(self) -> int:
        return (await self._store.look(())).at

    async def _done(self, turn: Turn) -> Outcome:
        await self._shelf.read()
        return Outcome(digest=turn.digest, standing="scheduled", since=print_utc(turn.since))

    async def _submit(self, act: Callable[[View, Board], Writes]) -> Any:
        """Change the board while nobody is judged; what gives way to others tries again."""

        def judge(view: View) -> Writes:
            return act(view, read(view.docs[SUBJECT]))

        for _ in range(_TRIES):
            try:
                return await self._store.submit(Job(lock=(SUBJECT,), judge=judge, alone=True))
            except Busy:
                await asyncio.sleep(_PAUSE_SECONDS)
        raise Busy
