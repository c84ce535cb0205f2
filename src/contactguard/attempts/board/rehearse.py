"""What another rulebook would have said to the decisions of the last days. In a process of its own, so asks go on."""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import msgspec

from ...errors import StoreDown
from ...law.instants import DAY, print_utc
from ...law.reach import lacking
from ...law.rulebook import Rulebook
from ...records.store import Store
from ...records.work import Entry
from .redeciding import PREFIX, Redecided, framed

_SLICE = 64
_AHEAD = 3
_CLOCKS_APART_SECONDS = 600
_SHOWN = 5
_MOST_UNREAD = 1 << 20
_SERVE = "from contactguard.attempts.board.redeciding import serve; serve()"
_ENDED = "the process that was to decide again ended before it had; ask once more"
_answers = msgspec.msgpack.Decoder(list[Redecided | None]).decode


class RuleChange(msgspec.Struct, kw_only=True):
    """What one rule changes, under one reason code: `stops` answers that were a yes, `frees` (by its silence) ones that
    were a no; `joins` and `leaves` the reasons of a no that stays one. `decisions`: the ids of a few.
    """

    rule: str
    code: str
    stops: int = 0
    frees: int = 0
    joins: int = 0
    leaves: int = 0
    decisions: tuple[str, ...] = ()


class Shallow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that looks further back than contacts were kept when these decisions were made; `days` None: for ever."""

    rule: str
    days: int | None


class Rehearsal(msgspec.Struct, kw_only=True):
    """The decisions from `since` to `until` (RFC 3339) by the recorded answer and by the other rulebook.

    `stopped`: a yes that would be a no; `freed`: a no that would be a yes; `otherwise`: the same verdict with other
    reasons, instants or duties; `unreadable`: erased with their persons, or no longer decidable; `of_others`: recorded
    by another rulebook than the one in force now, so that how far back contacts were kept for them is not known.
    """

    since: str
    until: str
    rulebook: str
    decided: int = 0
    same: int = 0
    stopped: int = 0
    freed: int = 0
    otherwise: int = 0
    unreadable: int = 0
    of_others: int = 0
    rules: tuple[RuleChange, ...] = ()
    shallow: tuple[Shallow, ...] = ()


async def rehearse(
    store: Store, old: Rulebook, new: Rulebook, days: int, *, progress: Callable[[int, int | None], None] | None = None
) -> Rehearsal:
    """Decide the last days' recorded decisions again by `new`; `old` is the rulebook in force.

    Each is decided over the facts that its entry keeps. `progress`: called with the number of decisions done.
    """
    until = int(store.clock.now())
    since = until - days * DAY
    tally = _Tally(since, until, old, new)
    async for one in _each(store, since, until, new):
        tally.add(one)
        if progress is not None and tally.seen % _SLICE == 0:
            progress(tally.seen, None)
    return tally.report()


async def _each(store: Store, since: int, until: int, book: Rulebook) -> AsyncIterator[Redecided | None]:
    """Every decision of that time, decided again; the first of them begins the process that does it."""
    async with AsyncExitStack() as stack:
        other: _Other | None = None
        async for some in _slices(store, since, until):
            if other is None:
                other = await stack.enter_async_context(_begun(book))
            whole = [(one.body, one.answer) for one in some if one.body is not None and one.answer is not None]
            for _ in range(len(some) - len(whole)):
                yield None
            await other.send(whole)
            while other.waiting > _AHEAD:
                for one in await other.answer():
                    yield one
        while other is not None and other.waiting:
            for one in await other.answer():
                yield one


class _Other:
    """The process that decides again. `waiting`: slices sent and not answered yet."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process was begun without pipes")
        self._to, self._from, self.waiting = process.stdin, process.stdout, 0

    async def send(self, some: list[tuple[bytes, bytes]]) -> None:
        """Hand a slice over."""
        await self.say(msgspec.msgpack.encode(some))
        self.waiting += 1

    async def say(self, message: bytes) -> None:
        try:
            self._to.write(framed(message))
            await self._to.drain()
        except ConnectionError:
            raise StoreDown(_ENDED) from None

    async def answer(self) -> list[Redecided | None]:
        """What became of the oldest slice not answered yet."""
        try:
            size = int.from_bytes(await self._from.readexactly(PREFIX), "big")
            message = await self._from.readexactly(size)
        except asyncio.IncompleteReadError:
            raise StoreDown(_ENDED) from None
        self.waiting -= 1
        return _answers(message)


@asynccontextmanager
async def _begun(book: Rulebook) -> AsyncIterator[_Other]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVE), stdin=PIPE, stdout=PIPE, limit=_MOST_UNREAD
    )
    try:
        other = _Other(process)
        await other.say(pickle.dumps(book))
        yield other
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _slices(store: Store, since: int, until: int) -> AsyncIterator[list[Entry]]:
    """The entries of decisions of that time. Ids go by the clocks of whoever asked, `at` by the one that counts."""
    after = ""
    first, last = since - _CLOCKS_APART_SECONDS, until + _CLOCKS_APART_SECONDS
    while page := await store.decisions(first, last, after=after, limit=_SLICE):
        after = page[-1].decision or ""
        some = [one for one in page if since <= one.at <= until and one.kind == "permit_asked"]
        if some:
            yield some


class _Tally:
    """The count so far."""

    def __init__(self, since: int, until: int, old: Rulebook, new: Rulebook) -> None:
        self.seen = 0
        self._old = old.digest
        self._rules: dict[tuple[str, str], RuleChange] = {}
        self._report = Rehearsal(
            since=print_utc(since), until=print_utc(until), rulebook=new.digest, shallow=_shallow(old, new)
        )

    def add(self, one: Redecided | None) -> None:
        """Count one decision; None: it cannot be decided any more."""
        self.seen += 1
        report = self._report
        if one is None:
            report.unreadable += 1
            return
        report.decided += 1
        report.of_others += one.rulebook != self._old
        if one.was != one.now:
            stops = one.now == "deny"
            report.stopped += stops
            report.freed += not stops
        else:
            report.same += one.alike
            report.otherwise += not one.alike
        for rule, code in one.come:
            change = self._change(rule, code, one.id)
            if one.was == "allow":
                change.stops += 1
            else:
                change.joins += 1
        for rule, code in one.gone:
            change = self._change(rule, code, one.id)
            if one.now == "allow":
                change.frees += 1
            else:
                change.leaves += 1

    def report(self) -> Rehearsal:
        """What it all came to; the rules that change verdicts first."""
        changes = sorted(self._rules.values(), key=lambda one: (-one.stops - one.frees, one.rule, one.code))
        self._report.rules = tuple(changes)
        return self._report

    def _change(self, rule: str, code: str, id: str) -> RuleChange:
        change = self._rules.setdefault((rule, code), RuleChange(rule=rule, code=code))
        if len(change.decisions) < _SHOWN:
            change.decisions = (*change.decisions, id)
        return change


def _shallow(old: Rulebook, new: Rulebook) -> tuple[Shallow, ...]:
    """The rules of `new` that look at contacts which documents kept for `old` need not hold."""
    short = dict.fromkeys(lacking(old.reach.looks, new.reach.looks))
    found = (
        Shallow(rule=rule.full_id, days=look.days)
        for rule in new.rules
        for values in rule.versions
        for look in values.looks()
        if look in short
    )
    return tuple(dict.fromkeys(found))


def in_words(report: Rehearsal) -> list[str]:
    """The rehearsal for whoever decides whether to go on, a line each."""
    lines = [
        f"{report.decided} decisions from {report.since} to {report.until}: {report.same} the same, "
        f"{report.stopped} allowed then and refused now, {report.freed} refused then and allowed now, "
        f"{report.otherwise} with other reasons, times or duties"
    ]
    for one in report.rules:
        said = (("refuses", one.stops), ("no longer refuses", one.frees))
        more = (("also named", one.joins), ("no longer named", one.leaves))
        counts = ", ".join(f"{what} {count}" for what, count in (*said, *more) if count)
        lines.append(f"  {one.rule} ({one.code}): {counts}; for example {', '.join(one.decisions)}")
    for rule in report.shallow:
        back = "for ever" if rule.days is None else f"{rule.days} days"
        lines.append(
            f"  {rule.rule} looks back {back}, further than contacts were kept: it may refuse more than this shows"
        )
    if report.of_others:
        lines.append(f"  {report.of_others} were decided by an earlier rulebook")
    if report.unreadable:
        lines.append(
            f"  {report.unreadable} could not be decided again: their persons were erased, or facts are missing"
        )
    return lines
