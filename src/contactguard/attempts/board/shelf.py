"""The shelf: every judgement takes its rulebook from here, by the instant at which it is made.

A batch brings the edition that its clock belongs to. If this process knows an older one, nothing is judged: it reads
the board again and the ask is put once more. A rulebook that is to come is read beforehand, so that nobody waits for
it. What this process cannot read, it denies.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import structlog

from ...errors import Busy, ContactGuardError, StoreDown
from ...law.grammar import Filter
from ...law.instants import Instant
from ...law.model import Evidence, Point, Signed
from ...law.reach import Look, Reach
from ...law.rulebook import Rulebook, RuleError
from ...records.rulebooks import SUBJECT
from ...records.store import Store
from ...records.work import View
from ...settings import Settings
from ..plan import Setup, reach_of
from ..stopping.halts import Halts
from ..stopping.stops import listed
from .editions import Board, Signature, Turn, in_terms, read

Resolve = Callable[[Point], Sequence[Evidence]]
MOST_BOOKS = 8
_LINGER_SECONDS = 2
_MOST_EDITIONS = 60  # that may come while one ask is put again and again; each takes some milliseconds to come
T = TypeVar("T")
_EVERYTHING = Reach([Look(Filter(), None)])
log = structlog.get_logger(__name__)


class BehindError(ContactGuardError):
    """This process must read something before it can judge: a newer edition, or the rulebook `digest`."""

    def __init__(self, edition: int, digest: str | None = None) -> None:
        super().__init__("another rulebook must be read first")
        self.edition, self.digest = edition, digest


class _Known(NamedTuple):
    """All that this process knows at one time, replaced as a whole: judges run in other threads.

    `setups`: for each turn whose rulebook was read, by its beginning; `keeps`: for writing down what happened, holding
    what the rulebooks named in `kept` look at. `halts`: the stops of the board, with their lists of cases.
    """

    board: Board
    halts: Halts
    setups: Mapping[int, Setup]
    keeps: Setup
    kept: tuple[str, ...]


class _Window(NamedTuple):
    """The setup of the latest judgement, and the instants at which it is the one."""

    known: _Known
    since: int
    until: int
    setup: Setup


class Shelf:
    """What is in force when, as far as this process knows.

    `own`: the rulebook of this process's settings, for a store in which none was ever put in force. `only`: the one
    rulebook of this shelf, whatever is stored. `unpack` raises `RuleError` for what this program cannot read.
    `ahead`: rulebooks are read before somebody asks, as a service does and a command need not.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        resolve: Resolve,
        *,
        unpack: Callable[[bytes], Rulebook],
        own: Callable[[], Rulebook],
        only: Rulebook | None = None,
    ) -> None:
        self._store, self._settings, self._resolve, self._unpack, self._own = store, settings, resolve, unpack, own
        self._books: dict[str, Rulebook] = {}
        self._unreadable: dict[str, str] = {}
        self._lists: dict[str, frozenset[str]] = {}
        self._reading, self._loading = asyncio.Lock(), asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None
        self.ahead = False
        self._newest = self._ahead_by = 0
        self.bare = self._setup(Rulebook((), ""), settings)
        self._only = self._setup(only, settings, only.reach) if only is not None else None
        self._known = self._made(Board())
        self._window: _Window | None = None

    @property
    def board(self) -> Board:
        """What is in force when, as last read."""
        return self._known.board

    def of(self, view: View, at: int | None = None) -> Setup:
        """What a judgement rests on, at the time of the view or another instant. `BehindError`, `StoreDown`."""
        known, window, at = self._known, self._window, view.at if at is None else at
        if view.edition > known.board.edition:
            raise BehindError(view.edition)
        if window is not None and window.known is known and window.since <= at < window.until:
            return window.setup
        turn = known.board.turn(at)
        if self._only is not None or turn is None:
            return self._only or self._of_settings()
        setup = known.setups.get(turn.since)
        if setup is None:
            if turn.digest in self._unreadable:
                raise StoreDown(f"the rulebook in force cannot be read here: {self._unreadable[turn.digest]}")
            raise BehindError(view.edition, turn.digest)
        self._window = _Window(known, *known.board.span(turn), setup)
        return setup

    @property
    def halts(self) -> Halts:
        """What is halted or will be, as last read."""
        return self._known.halts

    def halts_of(self, view: View) -> Halts:
        """What is halted by the edition of the view, or a newer one. `BehindError`."""
        if view.edition > self._known.board.edition:
            raise BehindError(view.edition)
        return self._known.halts

    def keeping(self, view: View) -> Setup:
        """What is needed to write down what happened; never fails, and drops no contact that may matter."""
        known = self._known
        if self._only is not None:
            return self._only
        return known.keeps if view.edition <= known.board.edition else self.bare

    @property
    def keeps(self) -> Setup:
        """What keeps every contact that may matter to what is in force, to come or being prepared for."""
        return self._only or self._known.keeps

    @property
    def digest(self) -> str:
        """What names the rulebook in force now, whether it was read or not."""
        turn = self._known.board.turn(self._now()) if self._only is None else None
        return turn.digest if turn is not None else self.book.digest

    @property
    def book(self) -> Rulebook:
        """The rulebook in force now, or as near to it as was read."""
        turn = self._known.board.turn(self._now())
        if self._only is not None or turn is None:
            return (self._only or self._of_settings()).book
        return self._books.get(turn.digest) or next(iter(self._books.values()), self.bare.book)

    async def caught_up(self, judges: Callable[[], Awaitable[T]]) -> T:
        """What is judged, once more whenever something must be read first. `StoreDown` where it cannot be read."""
        for _ in range(_MOST_EDITIONS):
            try:
                return await judges()
            except BehindError as behind:
                await self._catch_up(behind)
        raise Busy

    async def _catch_up(self, behind: BehindError) -> None:
        if behind.edition > self._known.board.edition:
            await self.read(behind.edition)
        elif behind.digest is not None:
            await self.load(behind.digest)

    async def read(self, edition: int | None = None) -> Board:
        """Read the board again, and begin to read the rulebooks that are to come. `edition`: unless that, or a newer
        one, is known by now, as many who wait for the same one ask at once.
        """
        async with self._reading:
            if edition is not None and edition <= self._known.board.edition:
                return self._known.board
            await self._look()
            board = read(await self._store.doc(SUBJECT))
            if board.edition > self._known.board.edition:
                await self._read_lists(board)
                self._known = self._made(board)
        self._prepare()
        return self._known.board

    def hold_cases(self, id: str, refs: frozenset[str]) -> None:
        """Have the list of cases at hand that a stop about to be made names."""
        self._lists = {**self._lists, id: refs}

    async def _read_lists(self, board: Board) -> None:
        """Have the lists of cases at hand that stops name; they never change."""
        wanted = [stop.id for stop in board.stops if stop.listed]
        self._lists = {
            id: self._lists[id] if id in self._lists else await listed(self._store, id) for id in wanted
        }

    async def poll(self) -> None:
        """See whether there is a newer edition, before somebody asks, and drop what only past rulebooks looked at."""
        await self._look()
        if self._newest > self._known.board.edition:
            await self.read()
        elif self._known.kept != self._kept_for(self._known.board):
            self._known = self._made(self._known.board)

    def _kept_for(self, board: Board) -> tuple[str, ...]:
        """The rulebooks for which contacts are kept; one that has ended for some seconds more, as clocks are coarse."""
        return board.wanted(self._now() - _LINGER_SECONDS)

    async def _look(self) -> None:
        """See which edition the store has, and how far this process's clock is ahead of the store's."""
        view = await self._store.look(())
        self._newest, self._ahead_by = view.edition, int(self._store.clock.now()) - view.at

    async def load(self, digest: str) -> Rulebook:
        """A stored rulebook. `StoreDown` where there is none, or this program cannot read it."""
        async with self._loading:
            if digest not in self._books:
                self.hold(await self._unpacked(digest))
        return self._books[digest]

    def hold(self, book: Rulebook) -> None:
        """Have this rulebook at hand."""
        self._books[book.digest] = book
        self._unreadable.pop(book.digest, None)
        idle = [digest for digest in self._books if digest not in (book.digest, *self.wanted())]
        for digest in idle[: max(0, len(self._books) - MOST_BOOKS)]:
            del self._books[digest]
        self._known = self._made(self._known.board)

    def wanted(self) -> tuple[str, ...]:
        """The rulebooks in force, to come, and being prepared for."""
        return self._known.board.wanted(self._now())

    def coming(self) -> tuple[Turn, ...]:
        """What is to come."""
        return self._known.board.coming(self._now())

    def missing(self) -> Mapping[str, str]:
        """Those of them that cannot be read here, and why."""
        return {digest: self._unreadable[digest] for digest in self.wanted() if digest in self._unreadable}

    def books(self) -> tuple[Rulebook, ...]:
        """Those of them that were read: documents hold what these look at."""
        return tuple(self._books[digest] for digest in self.wanted() if digest in self._books)

    async def close(self) -> None:
        """Wait for what is being read."""
        if self._preparing is not None:
            await self._preparing

    async def _unpacked(self, digest: str) -> Rulebook:
        body, why = await self._store.rulebook(digest), "it is not in the store"
        if body is not None:
            try:
                # In a thread of its own: whoever asks meanwhile does not wait for the reading of all rules.
                book = await asyncio.to_thread(self._unpack, body)
            except RuleError as error:
                why = str(error)
            else:
                if book.digest == digest:
                    return book
                why = "this process has other zone data than it was put in force with"
        self._unreadable[digest] = why
        log.error("rulebook_unreadable", digest=digest, why=why)
        raise StoreDown(f"the rulebook {digest} cannot be read here: {why}")

    def _prepare(self) -> None:
        if self.ahead and (self._preparing is None or self._preparing.done()):
            self._preparing = asyncio.get_running_loop().create_task(self._prepared())

    async def _prepared(self) -> None:
        for digest in self.wanted():
            with contextlib.suppress(StoreDown):
                await self.load(digest)

    def _made(self, board: Board) -> _Known:
        """What follows from a board and the rulebooks at hand. Until all are read, no contact is dropped."""
        wanted = self._kept_for(board)
        whole = bool(wanted) and all(digest in self._books for digest in wanted)
        reach = reach_of([self._books[digest] for digest in wanted]) if whole else _EVERYTHING
        halts = Halts(board.stops, self._lists)
        for whole_time in (self.bare, self._only):
            if whole_time is not None:
                whole_time.halts = halts
        setups = {
            turn.since: self._setup(
                self._books[turn.digest], in_terms(self._settings, turn.terms), reach, board.signatures, halts
            )
            for turn in board.turns
            if turn.digest in self._books
        }
        return _Known(board, halts, setups, self._setup(self.bare.book, self._settings, reach), wanted)

    def _setup(
        self,
        book: Rulebook,
        settings: Settings,
        reach: Reach = _EVERYTHING,
        signed: Sequence[Signature] = (),
        halts: Halts | None = None,
    ) -> Setup:
        accepted = tuple(
            Signed(regime=one.regime, digest=one.digest, by=one.by, capacity=one.capacity, on=Instant(one.at))
            for one in signed
            if one.regime in book.regimes and book.regimes[one.regime].digest == one.digest
        )
        setup = Setup(book, settings, self._store.address_key, self._resolve, signed=accepted)
        setup.reach, setup.halts = reach, halts or Halts()
        return setup

    def _of_settings(self) -> Setup:
        """Nothing was ever put in force: the rulebook of this process's own settings."""
        if not self.bare.book.regimes:
            own = self._own()
            self.bare = self._setup(own, self._settings, own.reach, halts=self._known.halts)
        return self.bare

    def _now(self) -> int:
        """Now by the store's clock, which says what is in force; this process's own may stand apart from it."""
        return int(self._store.clock.now()) - self._ahead_by
