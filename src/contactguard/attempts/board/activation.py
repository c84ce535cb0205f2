"""Putting a rulebook in force on every process at one instant: proposed, rehearsed, approved, activated, taken back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from ...errors import BadInput, Busy, Conflict, ContactGuardError, NotFound, StoreDown
from ...law.instants import print_utc
from ...law.rulebook import Rulebook, RuleError
from ...records.store import Store
from ...settings import Settings
from . import acts
from .acts import Who
from .deepen import deepen
from .editions import PROPOSAL, Given, Signature, Terms, Turn, given_by, terms_of
from .rehearse import Rehearsal, rehearse
from .settling import Outcome, Settling, turn_of
from .shelf import Shelf
from .standing import Standing, standing

log = structlog.get_logger(__name__)
_SETTINGS = Who(by="settings")
Carry = Callable[[bytes, bytes, bytes | None], tuple[bytes, tuple[str, ...]]]


class Activation(Settling):
    """The acts on the board of one store. `unpack` as the shelf's; `carry`: what the settings give (packed) with the
    files that were activated besides, of the rulebook in force, and what the settings gave then.

    `fault`: why what this process's settings give is not in force.
    """

    def __init__(
        self, store: Store, shelf: Shelf, settings: Settings, unpack: Callable[[bytes], Rulebook], carry: Carry
    ) -> None:
        lead = settings.rules.lead_seconds if store.shared else 1
        super().__init__(store, shelf, lead, four_eyes=settings.rules.four_eyes)
        self._settings, self._unpack, self._carry = settings, unpack, carry
        self.settling: asyncio.Task[None] | None = None
        self.fault: str | None = None
        self._rehearsing = asyncio.Lock()

    async def begin(self, body: bytes, book: Rulebook) -> None:
        """What a process does when it starts to serve: `body` and `book` are what its settings give.

        The first ever is put in force at once. A later one is where it differs from what was given last, with the
        files that were activated besides; with `four_eyes`, then or now, it is proposed. Else what is stored stays in
        force.
        """
        await self._store.keep_rulebook(book.digest, body)
        self._shelf.hold(book)
        self._shelf.ahead = True
        given, board = given_by(self._settings, book.digest), await self._shelf.read()
        if board.given is not None and await self._differs(board.given, given):
            await self._changed(given, body)
        elif board.given is None and board.turns:
            # A command was before any service. It knew the rules meant, but not how this one is to decide besides.
            await self._put_in_force(given, board.turns[-1].digest)
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
        """Whether something that decides differs, other than the zone data of this process; or who decides."""
        if old.terms != new.terms or (old.four_eyes and not new.four_eyes):
            return True
        if old.digest == new.digest:
            return False
        stored = await self._store.rulebook(old.digest)
        try:
            return stored is None or (await asyncio.to_thread(self._unpack, stored)).digest != new.digest
        except RuleError:
            return True

    async def _changed(self, given: Given, body: bytes) -> None:
        """Put what the settings give in force, with what was activated besides; in its own time where documents must
        be made deeper first.
        """
        try:
            book, carried = await self._with_activated(given, body)
        except RuleError as error:
            await self._refused(f"what was activated does not go together with it: {error}")
            return
        self.settling = asyncio.create_task(self._put_in_force(given, book.digest, carried))
        if not self._lacks(book):
            await self.settling

    async def _with_activated(self, given: Given, body: bytes) -> tuple[Rulebook, tuple[str, ...]]:
        """The rulebook of the settings with the files of the one in force that these never gave, and their names."""
        board, soon = self._shelf.board, await self._at() + self.lead
        turn = board.turn(soon)
        held = await self._store.rulebook(turn.digest) if turn is not None else None
        before = turn.given if turn is not None else None
        if before is None and board.given is not None:
            before = board.given.digest
        if held is None:
            return await self._shelf.load(given.digest), ()
        given_then = await self._store.rulebook(before) if before is not None else None
        whole, carried = self._carry(body, held, given_then)
        if not carried:
            return await self._shelf.load(given.digest), ()
        book = await asyncio.to_thread(self._unpack, whole)
        await self._store.keep_rulebook(book.digest, whole)
        self._shelf.hold(book)
        return book, carried

    async def _refused(self, why: str) -> None:
        """What the settings give is not in force: the log says so, and the board for whoever asks there."""
        self.fault = why
        log.error("settings_not_in_force", why=why)
        with contextlib.suppress(Busy, StoreDown):
            await self._submit(partial(acts.refused, why))
            await self._shelf.read()

    async def _put_in_force(self, given: Given, digest: str, carried: tuple[str, ...] = ()) -> None:
        """This rulebook with what the settings give besides; where that cannot be, what is stored stays in force, and
        the log says why.
        """
        try:
            lifts = self._shelf.board.guarded and not given.four_eyes
            if lifts or not acts.is_last(self._shelf.board, digest, given.terms):
                before = [turn.digest for turn in self._shelf.board.turns[-1:]]
                turn = turn_of(digest, given.terms, "settings", "settings", given=given.digest)
                done = await self._settle(msgspec.structs.replace(turn, carried=carried), _SETTINGS, lifts=lifts)
                log.warning("settings_changed", before=before, after=digest, proposed=done.proposal, carried=carried)
        except Exception as error:
            # Several processes start at once, and another one was first: then it is done.
            if not (isinstance(error, Conflict) and await self._is_last(digest, given)):
                await self._refused(str(error) if isinstance(error, ContactGuardError) else type(error).__name__)
                return
        await self._submit(partial(acts.given, given))
        await self._shelf.read()

    async def _is_last(self, digest: str, given: Given) -> bool:
        return acts.is_last(await self._shelf.read(), digest, given.terms)

    async def standing(self) -> Standing:
        """What is in force, to come and proposed."""
        return standing(await self._shelf.read(), await self._at(), self._preparing)

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
        turn = turn_of(digest, terms or await self._terms(since), "activated", who.by, since)
        return await self._settle(turn, who)

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
        turn = turn_of(old.digest, old.terms, "back", who.by, since, given=old.given)
        return await self._settle(turn, who)

    async def approve(self, id: str, who: Who) -> Outcome:
        """Approve what somebody else proposed, by the id of the proposal, which stands for all that was read.

        `Forbidden` for the same person or key, `NotFound`.
        """
        proposal = (await self._shelf.read()).proposed(id)
        if proposal is None:
            raise NotFound("proposal of this id")
        acts.check_other(proposal, who)
        return await self._done(await self._prepared(proposal.digest, partial(acts.approved, id, who, self.lead)))

    async def approve_named(self, name: str, who: Who) -> Outcome:
        """The same where the digest will do too, if rules alone would change. `Conflict` if it leaves anything open."""
        if name.startswith(PROPOSAL):
            return await self.approve(name, who)
        return await self.approve(acts.plainly(name, await self._at(), await self._shelf.read()), who)

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

    async def _zone_data(self, book: Rulebook) -> None:
        """The rules in force under the zone data of this process, where they were put in force under others."""
        board = await self._shelf.read()
        now = board.turn(await self._at() + self.lead)
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
            turn = turn_of(again.digest, now.terms, "zone_data", "installation", given=now.given)
            try:
                await self._settle(turn, Who(by="installation"))
            except Conflict:  # several processes start at once, and another one was first
                if not acts.is_last(await self._shelf.read(), again.digest, now.terms):
                    raise

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

    async def _terms(self, since: int | None) -> Terms:
        """Those that are in force when something new would be."""
        board, soon = await self._shelf.read(), await self._at() + self.lead
        turn = board.turn(max(since or 0, soon))
        return turn.terms if turn is not None else terms_of(self._settings)
