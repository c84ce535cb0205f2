"""Stops on the road: in force first; then unused permits are taken back, and what waits on our own lines withdrawn.

The stop holds from the commit that puts it on the board. Whatever was reserved by then is found by going through all
live permits, so that nothing of it can be used once the stop is answered for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from hashlib import sha256

import msgspec
import structlog

from ...errors import ContactGuardError, NotFound
from ...law.model import Request
from ...records.subjects import AttemptDoc
from ...records.work import Idempotency, Job, NewEntry, Permit, View, Writes
from .. import events
from ..board.acts import Who
from ..board.boarding import change, patiently
from ..carrying import Carrying
from ..known import read_asked_for
from ..plan import require
from . import stops
from .halts import Halts, Stop
from .stopped import permit_stopped
from .stops import Lifted, NewStop, StopMade, StopView

_PAGE = 500
_AT_ONCE = 64
_LOOK_UP = 5_000
_SHOWN_UNKNOWN = 20
_DONE = "stop_done"
log = structlog.get_logger(__name__)


class _NewError(ContactGuardError):
    """This idempotency key was not used yet."""


class Halting(Carrying):
    """Halts, in force on every process before the next decision. `_held`: those that this process has swept for."""

    _held: frozenset[str] = frozenset()
    _seen_waiting: frozenset[str] = frozenset()

    async def stop(self, new: NewStop, who: Who, idem: Idempotency | None = None) -> bytes:
        """Halt contacts, take back unused permits that it covers, withdraw what waits on our own lines: a `StopMade`
        as JSON. `BadInput` names the field.
        """
        if idem is not None and (known := await self._answered(idem)) is not None:
            return known
        # In a thread of its own: whoever asks meanwhile does not wait for the reading of a long list.
        new, refs = await asyncio.to_thread(stops.checked, new, self.settings.collector)
        id, cases = self._id() if idem is None else _named_by(idem), new.cases or ()
        if cases:
            await stops.write_cases(self.store, id, cases)
            self.shelf.hold_cases(id, refs)
        stop: Stop = await change(self.store, partial(stops.made, stops.stop_of(new, id, who)), stops.stream(id))
        await self.shelf.read()
        revoked, withdrawn = await self._sweep({id})
        unknown = await self._unknown(cases)
        said = {"revoked": revoked, "withdrawn": withdrawn, "unknown": len(unknown)}
        shown = stops.shown_members(stop, (await self.store.look(())).at)
        made = StopMade(**{**shown, **said, "unknown_cases": tuple(unknown[:_SHOWN_UNKNOWN])})
        own = stops.stream(id)
        entry = NewEntry(stream=own, kind=_DONE, body=msgspec.json.encode(said))
        answer = msgspec.json.encode(made)
        job = Job(lock=(own,), judge=lambda _: Writes(answer=answer, entries=[entry]), idempotency=idem)
        done: bytes = await patiently(partial(self.store.submit, job))
        return done

    async def lift_stop(self, id: str, reason: str, who: Who) -> StopView:
        """End a stop, with a reason. `NotFound`; `Conflict` for that of a restored store, which is to be settled."""
        said = Lifted(id=id, by=who.by, key=who.key, reason=reason)
        stop: Stop = await change(self.store, partial(stops.lifted, said))
        await self.shelf.read()
        return stops.view_of(stop, (await self.store.look(())).at)

    async def stops(self) -> tuple[StopView, ...]:
        """What is halted or will be, the oldest first."""
        return await stops.standing(self.store)

    async def hold_back(self) -> int:
        """Do what stops ask for that began meanwhile, or were made by another process; how much was taken back."""
        await self.shelf.poll()
        halts = self.shelf.halts
        if not halts:
            self._held = self._seen_waiting = frozenset()
            return 0
        at = halts.clock((await self.store.look(())).at)
        held = frozenset(stop.id for stop in halts.stops if stop.holds(at))
        if new := held - self._held:
            done = sum(await self._sweep(new))
        else:
            done = await self._withdraw(halts, self._waiting() - self._seen_waiting) if held else 0
        self._held, self._seen_waiting = held, self._waiting()
        return done

    async def _sweep(self, ids: Iterable[str]) -> tuple[int, int]:
        """Take back what these stops cover: how many permits, and how many contacts on our own lines."""
        halts = self.shelf.halts.only(ids)
        if not halts:
            return 0, 0
        after, revoked = (0, ""), 0
        while True:
            page = await self.store.live(after, _PAGE)
            reserved = [permit for permit in page if permit.state == "reserved" and _judged(permit, halts)]
            revoked += sum(await _some_at_once(partial(self._revoke, halts, permit) for permit in reserved))
            if len(page) < _PAGE:
                break
            after = (page[-1].due or 0, page[-1].id)
        return revoked, await self._withdraw(halts, self._waiting())

    async def _revoke(self, halts: Halts, permit: Permit) -> int:
        """Take a permit back where one of these stops covers it; 1 if so."""
        request = await self._request(permit)

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            if view.permit is None:
                return Writes(answer=0)
            require(locked, view.permit.locks)
            setup = self.shelf.keeping(view)
            if not permit_stopped(setup, halts, view.permit, request, view):
                return Writes(answer=0)
            return events.revoked_writes(setup, view)

        keys = (f"attempt:{permit.id}", *permit.locks)
        done: int = await self._submit(keys, judge, permit=permit.id)
        return done

    def _waiting(self) -> frozenset[str]:
        return frozenset(id for line in set(self.lines.values()) for id in line.waiting())

    async def _withdraw(self, halts: Halts, waiting: Iterable[str]) -> int:
        """Cancel what has not left yet and is halted; how many."""
        return sum(await _some_at_once(partial(self._withdrawn, halts, id) for id in waiting))

    async def _withdrawn(self, halts: Halts, id: str) -> int:
        permit = await self.store.permit(id)
        line = self.lines.get(permit.channel) if permit is not None else None
        if permit is None or line is None or not _judged(permit, halts):
            return 0
        attempt = f"attempt:{id}"
        request, view = await self._request(permit), await self.store.look((*permit.locks, attempt))
        # Another process may have been told that it has left; what was started in time is not cut.
        known: AttemptDoc = view.docs.get(attempt) or AttemptDoc()
        if any(stage.type != "started" for stage in known.stages):
            return 0
        if not permit_stopped(self.shelf.keeping(view), halts, permit, request, view):
            return 0
        return int(await line.cancel(id))

    async def _request(self, permit: Permit) -> Request:
        """What was asked for; of what cannot be read any more, the channel."""
        entry = await self.store.decision(permit.id)
        if entry is None or entry.body is None:
            return Request(channel=permit.channel, address="")  # type: ignore[arg-type]
        request: Request = read_asked_for(entry.body).request
        return request

    async def _unknown(self, cases: tuple[str, ...]) -> list[str]:
        """Those of the cases that are not in the store."""
        missing: list[str] = []
        for first in range(0, len(cases), _LOOK_UP):
            some = cases[first : first + _LOOK_UP]
            there = set(await self.store.present([f"case:{ref}" for ref in some]))
            missing += [ref for ref in some if f"case:{ref}" not in there]
        return missing

    async def _answered(self, idem: Idempotency) -> bytes | None:
        """The answer that was given to this use of a key before."""

        def new(_: View) -> Writes:
            raise _NewError("not used yet")

        try:
            known: bytes = await self.store.submit(Job(lock=(), judge=new, idempotency=idem))
        except _NewError:
            return None
        return known


def _judged(permit: Permit, halts: Halts) -> bool:
    """Whether one of these may cover it: never what passed unasked, which is about no case."""
    return bool(permit.cases) and halts.may_cover(permit.channel)


def _named_by(idem: Idempotency) -> str:
    """The same id for the same request, so that one that was broken off goes on where it was."""
    return sha256(f"{idem.owner}\0{idem.path}\0{idem.key}\0{idem.digest.hex()}".encode()).hexdigest()[:32]


async def _some_at_once(tasks: Iterable[Callable[[], Awaitable[int]]]) -> list[int]:
    """What each comes to, a few of them at a time; what gives way to others tries again."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(task: Callable[[], Awaitable[int]]) -> int:
        async with gate:
            try:
                done: int = await patiently(task)
            except NotFound:
                return 0
            return done

    return await asyncio.gather(*map(one, tasks))
