"""Where the people on the cases of a store live: counted now and then, person by person, and kept as numbers alone.

The subject `system:homes` holds the last count. It names countries, their states and the cities that a law names, and
no person. It is a look at a store that goes on changing, good for what to show first and for nothing else.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import msgspec

from ...law.homes import Home, home
from ...law.rulebook import Rulebook
from ...records.store import Store
from ...records.work import Job, View, Writes

SUBJECT = "system:homes"
KEPT_SECONDS = 86_400
_AT_ONCE, _REST = 50, 0.05
_MANY, _PATIENCE_SECONDS = 20_000, 3


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many live in each set of possible places, at an instant in seconds.

    `persons`: all that were counted, `nowhere`: those of whom no place is known.
    """

    at: int
    persons: int
    nowhere: int
    homes: tuple[tuple[Home, int], ...]


async def last(store: Store) -> Counted | None:
    """The last count; None before the first."""
    return _read(await store.doc(SUBJECT))


async def fresh(store: Store, book: Rulebook) -> Counted | None:
    """A count of now where that takes seconds; of a large store the last one, which the service makes every day."""
    known = await last(store)
    if known is not None and known.persons > _MANY and _is_of_today(known, store):
        return known
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await count(store, book, rest=0)
    except TimeoutError:
        return known


async def daily(store: Store, book: Rulebook) -> Counted:
    """Count anew unless that was done within a day, so slowly that other work hardly notices."""
    known = await last(store)
    return known if known is not None and _is_of_today(known, store) else await count(store, book, rest=_REST)


def _is_of_today(known: Counted, store: Store) -> bool:
    return 0 <= store.clock.now() - known.at < KEPT_SECONDS


async def count(store: Store, book: Rulebook, *, rest: float) -> Counted:
    """Count everyone who is on a case, and keep the count. `rest`: seconds of it after every 50 persons."""
    found: Counter[Home] = Counter()
    after = ""
    while keys := await store.subjects("person:", after=after, limit=_AT_ONCE):
        docs = await store.docs(keys)
        found.update(home(book, doc.person.evidence) for doc in docs.values() if doc is not None and doc.person.cases)
        after = keys[-1]
        await asyncio.sleep(rest)
    placed = tuple((where, number) for where, number in found.most_common() if where)

    def judge(view: View) -> Writes:
        counted = Counted(at=view.at, persons=found.total(), nowhere=found[()], homes=placed)
        return Writes(answer=counted, docs={SUBJECT: msgspec.to_builtins(counted)})

    counted: Counted = await store.submit(Job(lock=(SUBJECT,), judge=judge))
    return counted


def _read(doc: Any) -> Counted | None:
    return msgspec.convert(doc, Counted) if doc else None
