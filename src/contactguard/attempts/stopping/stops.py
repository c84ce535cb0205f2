"""Making and lifting stops: what is asked for, what is written down, and how it is shown.

A stop stands on the board, so it is in force before the next decision of every process. The cases it names stand in a
stream of its own, written before it: `system:stop:ID`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
import phonenumbers
from msgspec.structs import replace

from ...errors import BadInput, Conflict, NotFound
from ...intake import places
from ...law.instants import Instant, print_utc
from ...law.model import Value
from ...law.vocabulary import Channel
from ...records.ids import new_id
from ...records.rulebooks import SUBJECT
from ...records.store import Store
from ...records.work import Entry, Job, NewEntry, View, Writes
from ...sections import CollectorSettings
from ..board.acts import Who, check_name
from ..board.boarding import change, patiently
from ..board.editions import Board, read, writes
from ..plan import named, shown
from .halts import Stop

MOST_STOPS = 500
MOST_CASES = 1_000_000
SLICE_CASES = 10_000
_CASES, MADE, LIFTED = "stop_cases", "stop_made", "stop_lifted"
_LONGEST_REASON = 500
_MOST_ENTRIES = 100
_READ_AT_ONCE = 4
_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z", re.ASCII)
_PLAIN = re.compile(r"[!-~]{1,128}\Z", re.ASCII)
_refs = msgspec.json.Decoder(tuple[str, ...]).decode
How = Literal["carriers", "import", "officer"]


class NewStop(Value, frozen=True, kw_only=True):
    """What is to be halted: what every member names that is given; everything that goes out, where none is.

    `cases`: by reference. `from`: left out, at once; `until`: left out, until it is lifted. `reason`: agents read it.
    """

    reason: str
    collector: str | None = None
    creditor: str | None = None
    campaign: str | None = None
    channel: Channel | None = None
    caller_id: str | None = None
    jurisdiction: str | None = None
    cases: tuple[str, ...] | None = None
    since: Instant | None = msgspec.field(name="from", default=None)
    until: Instant | None = None


class StopView(msgspec.Struct, frozen=True, kw_only=True):
    """A stop as it is shown. `covers`: the same in words; `cases`: how many it names, null where it names none.

    `kind`: `restored` where the store was brought back from a copy and what happened since is not settled.
    """

    id: str
    kind: Literal["ordered", "restored"]
    covers: str
    reason: str
    by: str
    at: str
    since: str = msgspec.field(name="from")
    until: str | None
    in_force: bool
    collector: str | None = None
    creditor: str | None = None
    campaign: str | None = None
    channel: Channel | None = None
    caller_id: str | None = None
    jurisdiction: str | None = None
    cases: int | None = None


class StopMade(StopView, frozen=True, kw_only=True):
    """A stop just made. `revoked`: permits taken back that nobody had used; `withdrawn`: contacts that waited on our
    own lines; `unknown`: how many of its cases are not in the store, `unknown_cases`: the first of them.
    """

    revoked: int
    withdrawn: int
    unknown: int
    unknown_cases: tuple[str, ...]


class Lifted(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a `stop_lifted` entry. `how`: by what the gap of a restored store was settled."""

    id: str
    by: str
    key: str
    reason: str
    how: How | None = None


def stream(id: str) -> str:
    """The stream of a stop's own."""
    return f"system:stop:{id}"


def checked(new: NewStop, collectors: Iterable[CollectorSettings]) -> tuple[NewStop, frozenset[str]]:
    """What is asked for, in normal form, and its cases to look among. `BadInput` names the field: a name that nothing
    has would halt nothing.
    """
    _check_reason(new.reason)
    known = [one.id for one in collectors]
    if new.collector is not None and new.collector not in known:
        raise BadInput("collector", f"no such collector in the settings; there are {', '.join(known) or 'none'}")
    place = new.jurisdiction.strip().upper() if new.jurisdiction is not None else None
    if place is not None and not (_JURISDICTION.match(place) and place[:2] in phonenumbers.SUPPORTED_REGIONS):
        raise BadInput("jurisdiction", "expected a country, or a country and its subdivision, as in US or US-NY")
    if place is not None and place[3:]:
        part = places.subdivision(place[:2], place[3:])
        if not part:
            raise BadInput("jurisdiction", f"{place[:2]} has no such state or province; name its letters, as in US-NY")
        place = f"{place[:2]}-{part}"
    for name in ("creditor", "campaign", "caller_id"):
        if (text := getattr(new, name)) is not None:
            named(text, name)
    if new.cases is not None and not 0 < len(new.cases) <= MOST_CASES:
        raise BadInput("cases", f"name 1 to {MOST_CASES} cases, or leave it out")
    for number, ref in enumerate(new.cases or ()):
        if not _PLAIN.match(ref):
            named(ref, f"cases[{number}]")
    cases = tuple(dict.fromkeys(new.cases or ()))
    done = replace(
        new,
        reason=new.reason.strip(),
        jurisdiction=place,
        caller_id=None if new.caller_id is None else shown(new.caller_id),
        cases=cases or None,
    )
    return done, frozenset(cases)


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= _LONGEST_REASON:
        raise BadInput("reason", f"say why, in 1 to {_LONGEST_REASON} characters; agents read it, so name nobody")
    check_name("reason", reason)


def stop_of(new: NewStop, id: str, who: Who) -> Stop:
    """The stop that is asked for; from when on it holds is settled when it is made."""
    return Stop(
        id=id,
        reason=new.reason,
        by=who.by,
        key=who.key,
        at=0,
        since=int(new.since or 0),
        until=None if new.until is None else int(new.until),
        collector=new.collector,
        creditor=new.creditor,
        campaign=new.campaign,
        channel=new.channel,
        caller_id=new.caller_id,
        jurisdiction=new.jurisdiction,
        listed=len(new.cases or ()),
    )


def made(stop: Stop, view: View, board: Board) -> Writes:
    """The stop, on the board; once, however often the same one is asked for."""
    own = stream(stop.id)
    if view.docs.get(own):
        return Writes(answer=_of(board, stop.id))
    stop = replace(stop, at=view.at, since=max(stop.since, view.at))
    if stop.until is not None and stop.until <= stop.since:
        raise BadInput("until", f"is not after {print_utc(stop.since)}, from when on it would hold")
    left = tuple(one for one in board.stops if not one.over(view.at))
    if len(left) >= MOST_STOPS and stop.kind == "ordered":
        raise Conflict(f"{MOST_STOPS} stops stand already: lift those that are not needed, or name more with one")
    done = writes(view, replace(board, stops=(*left, stop)), stop, (MADE, stop))
    return msgspec.structs.replace(done, docs={**done.docs, own: {"made": view.at}})


def lifted(said: Lifted, view: View, board: Board) -> Writes:
    """The board without a stop. `NotFound`; `Conflict` for one that ends only when a gap is settled."""
    stop = _of(board, said.id)
    if stop.kind == "restored" and said.how is None:
        raise Conflict(
            "this store was restored and is behind: contactguard restore --settle says how that was made good, and "
            "lifts this"
        )
    _check_reason(said.reason)
    left = tuple(one for one in board.stops if one.id != said.id and not one.over(view.at))
    return writes(view, replace(board, stops=left), stop, (LIFTED, said))


def _of(board: Board, id: str) -> Stop:
    found = next((stop for stop in board.stops if stop.id == id), None)
    if found is None:
        raise NotFound("stop")
    return found


async def write_cases(store: Store, id: str, cases: Sequence[str]) -> None:
    """Write down which cases a stop names; what was written before it was broken off stays and is not repeated."""
    own, there = stream(id), len(await store.entries(stream(id), kinds=(_CASES,), limit=_MOST_ENTRIES))
    slices = [cases[first : first + SLICE_CASES] for first in range(0, len(cases), SLICE_CASES)]
    for place, refs in enumerate(slices[there:], there):
        entry = NewEntry(stream=own, kind=_CASES, body=msgspec.json.encode(refs))
        job = Job(lock=(own,), judge=partial(_appended, entry), height=place)
        await patiently(partial(store.submit, job))


def _appended(entry: NewEntry, _: View) -> Writes:
    return Writes(answer=None, entries=[entry])


async def listed(store: Store, id: str) -> frozenset[str]:
    """The cases that a stop names."""
    found: list[str] = []
    height = 0
    while True:
        page: list[Entry] = await store.entries(
            stream(id), newest_first=False, beyond=height, kinds=(_CASES,), limit=_READ_AT_ONCE
        )
        for entry in page:
            found.extend(_refs(entry.body or b"[]"))
            height = entry.height
        if len(page) < _READ_AT_ONCE:
            return await asyncio.to_thread(frozenset, found)


async def standing(store: Store) -> tuple[StopView, ...]:
    """What is halted or will be, the oldest first."""
    view = await store.look((SUBJECT,))
    return tuple(view_of(stop, view.at) for stop in read(view.docs[SUBJECT]).stops if not stop.over(view.at))


async def shut_restored(store: Store, reason: str, who: Who) -> str:
    """Halt all that goes out of a store that was brought back from a copy; the id of the stop, the first one's where
    there is one already.
    """
    id = new_id(store.clock.now())
    stop = Stop(id=id, kind="restored", reason=reason, by=who.by, key=who.key, at=0, since=0)
    _check_reason(reason)

    def act(view: View, board: Board) -> Writes:
        there = next((one for one in board.stops if one.kind == "restored"), None)
        return Writes(answer=there) if there is not None else made(stop, view, board)

    done: Stop = await change(store, act, stream(id))
    return done.id


async def settle_restored(store: Store, how: How, why: str, who: Who) -> int:
    """Lift that stop, saying how the gap was made good; how many there were. `NotFound` where there is none."""
    found = [stop.id for stop in read(await store.doc(SUBJECT)).stops if stop.kind == "restored"]
    if not found:
        raise NotFound("gap to settle: this store is not behind")
    for id in found:
        await change(store, partial(lifted, Lifted(id=id, by=who.by, key=who.key, reason=why, how=how)))
    return len(found)


def view_of(stop: Stop, at: int) -> StopView:
    """A stop as it is shown at an instant."""
    return StopView(**shown_members(stop, at))


def shown_members(stop: Stop, at: int) -> dict[str, Any]:
    """Its members by name."""
    return {
        "id": stop.id,
        "kind": stop.kind,
        "covers": in_words(stop),
        "reason": stop.reason,
        "by": stop.by,
        "at": print_utc(stop.at),
        "since": print_utc(stop.since),
        "until": None if stop.until is None else print_utc(stop.until),
        "in_force": stop.holds(at),
        "collector": stop.collector,
        "creditor": stop.creditor,
        "campaign": stop.campaign,
        "channel": stop.channel,
        "caller_id": stop.caller_id,
        "jurisdiction": stop.jurisdiction,
        "cases": stop.listed or None,
    }


def in_words(stop: Stop) -> str:
    """What a stop covers, as a phrase."""
    said = [
        f"on {stop.listed} case{'s' if stop.listed > 1 else ''}" if stop.listed else None,
        f"by {stop.channel}" if stop.channel else None,
        f"of collector {stop.collector}" if stop.collector else None,
        f"for creditor {stop.creditor}" if stop.creditor else None,
        f"of campaign {stop.campaign}" if stop.campaign else None,
        f"showing {stop.caller_id}" if stop.caller_id else None,
        f"with people in {stop.jurisdiction}" if stop.jurisdiction else None,
    ]
    return " ".join(["every contact that goes out", *(one for one in said if one)])
