"""A file into the store: its slices to the operations, what became of each row to the result file."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ..spreadsheets import harmless
from .slices import Item, Slice, by_column, slices

if TYPE_CHECKING:
    from ..intake.readers import Source
    from ..records.store import Store

_REF_CHARACTERS = 200
_IN_FLIGHT = 2
Puts = list[tuple[str, str]]


class Bringing(NamedTuple):
    """One reading of a file. `list`: the list's name; `owner`: whose list of all its cases the file is.

    `refs`: how many were sent, by whether they could be read.
    """

    source: Source
    list: str
    owner: str | None
    by: str
    results: Any
    run: str
    refs: Counter[str]


class Brought(NamedTuple):
    """What became of the rows, by word; `finished`: what the store says at the end."""

    counts: Counter[str]
    finished: dict[str, Any]


def bringing(source: Source, list: str, owner: str | None, by: str, results: Any) -> Bringing:
    """A reading of the file, with an id of its own."""
    return Bringing(source, list, owner, by, results, uuid.uuid4().hex, Counter())


async def bring(store: Store, job: Bringing) -> Brought:
    """Send every slice, two of them at a time, and write what became of its rows in the order of the file."""
    from ..operations import call

    counts: Counter[str] = Counter()
    job.results.writerow(("row", "ref", "result", "why"))
    flying: deque[tuple[Slice, asyncio.Task[tuple[Puts, Puts]]]] = deque()
    with slices(job.source) as parts, _progress(job.source) as advance:
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            flying.append((part, asyncio.create_task(_put(store, job, part))))
            if len(flying) >= _IN_FLIGHT:
                await _landed(job, flying, counts, advance)
        while flying:
            await _landed(job, flying, counts, advance)
    finished = await call(store, "imports.finish", _finish(job, counts))
    if finished.get("missing"):
        await _vanished(store, job)
    return Brought(counts, finished)


async def _landed(
    job: Bringing,
    flying: deque[tuple[Slice, asyncio.Task[tuple[Puts, Puts]]]],
    counts: Counter[str],
    advance: Callable[[int], None],
) -> None:
    part, task = flying.popleft()
    done, marked = map(iter, await task)
    for item in part.items:
        became, why = _result(job, item, done, marked)
        for number in item.rows:
            job.results.writerow((number, harmless(item.ref[:_REF_CHARACTERS]), became, harmless(why)))
            counts[became] += 1
    advance(part.at)


def _result(
    job: Bringing, item: Item, done: Iterator[tuple[str, str]], marked: Iterator[tuple[str, str]]
) -> tuple[str, str]:
    became, why = next(done) if item.sent else ("refused" if item.why else "unchanged", item.why)
    if job.source.columns is not None:
        why = by_column(why)
    notes = [why, item.note]
    if item.marked:
        what, reason = next(marked)
        notes.append(f"the restriction beside it was refused: {reason}" if what == "refused" else "a restriction, too")
        became = "refused" if what == "refused" else became if became != "unchanged" else what
    return became, "; ".join(note for note in notes if note)


async def _put(store: Store, job: Bringing, part: Slice) -> tuple[Puts, Puts]:
    """What became of the bodies and of the marks of one slice."""
    from ..operations import call

    done: Puts = []
    if part.bodies or job.owner is not None:
        done = await call(store, f"{job.source.reading.kind}.put", _payload(job, part))
    marks: Puts = []
    if part.marks:
        rows = [msgspec.Raw(mark) for mark in part.marks]
        marks = await call(store, "restrictions.put", {"list": job.list, "by": job.by, "rows": rows})
    return done, marks


def _payload(job: Bringing, part: Slice) -> dict[str, Any]:
    kind, bodies = job.source.reading.kind, [msgspec.Raw(body) for body in part.bodies]
    if kind == "cases":
        refs = [item.ref for item in part.items if item.sent]
        also = [item.ref for item in part.items if not item.sent and item.ref]
        job.refs.update(read=len(refs), refused=len(also))
        return {
            "region": job.source.reading.region,
            "cases": list(zip(refs, bodies, strict=True)),
            "completed": True,
            "run": job.run,
            "source": job.owner,
            "also": also,
        }
    named = {"list": job.list, "rows": bodies}
    return named if kind == "contacts" else {**named, "by": job.by}


def _finish(job: Bringing, counts: Counter[str]) -> dict[str, Any]:
    return {
        "kind": job.source.reading.kind,
        "rows": counts.total(),
        "refused": counts["refused"],
        "by": job.by,
        "file": job.source.text.path.name,
        "list": job.list,
        "run": job.run,
        "source": job.owner,
        "refs": job.refs.total(),
    }


async def _vanished(store: Store, job: Bringing) -> None:
    """Write the cases that lists of this source no longer have; they stay as they are."""
    from ..operations import call

    cursor: int | None = 0
    while cursor is not None:
        page = await call(store, "imports.vanished", {"source": job.owner, "cursor": cursor})
        for ref, since in page["items"]:
            why = f"missing from the lists of this source since {since}; nothing was changed"
            job.results.writerow(("", harmless(ref), "vanished", why))
        cursor = page["next"]


@contextmanager
def _progress(source: Source) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where a person watches, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(source.text.path.name, total=source.text.size)
        yield lambda at: bar.update(task, completed=at)
