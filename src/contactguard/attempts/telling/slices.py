"""Many rows of a file in one job: judged in order over the same documents, each answered by itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from ...errors import BadInput, Conflict, Forbidden, NotFound
from ...records.work import NewEntry, View, Writes
from ..plan import WidenError

Became = Literal["created", "updated", "unchanged", "refused"]


class Put(msgspec.Struct, frozen=True, array_like=True):
    """What became of one row, and why it was refused."""

    became: Became
    why: str = ""


class Part(NamedTuple):
    """One row on its way: what it needs locked, and how it is judged; the answer of its `Writes` is a `Put`.

    `mark`: an id that makes it count once.
    """

    keys: tuple[str, ...]
    judge: Callable[[frozenset[str], View], Writes]
    mark: tuple[str, str] | None = None


class Wider(NamedTuple):
    """One row could not be judged: more must be locked."""

    keys: tuple[str, ...]


Answers = list["Put | Wider"]


def together(parts: Sequence[Part], locked: Iterable[str], view: View) -> Writes:
    """Judge each row over what those before it left. One that is refused leaves nothing behind."""
    keys, docs = frozenset(locked), dict(view.docs)
    answers: Answers = []
    whole = Writes(answer=answers, docs={}, entries=[], marks=[])
    entries: list[NewEntry] = []
    marks: list[tuple[str, str]] = []
    seen = set(view.marked)
    for part in parts:
        own = View(at=view.at, docs=docs, seen=part.mark in seen, edition=view.edition)
        try:
            done = part.judge(keys, own)
        except WidenError as wider:
            answers.append(Wider(wider.keys))
            continue
        except (BadInput, Conflict, Forbidden, NotFound) as error:
            answers.append(Put("refused", str(error)))
            continue
        answers.append(done.answer)
        docs.update(done.docs)
        whole.docs.update(done.docs)
        entries += done.entries
        marks += done.marks
        seen.update(done.marks)
    whole.entries, whole.marks = entries, marks
    return whole


def rounds(rows: Iterable[tuple[int, str]]) -> Iterable[list[int]]:
    """Places of rows in as few rounds as it takes for no key to stand twice in one; in each their order is kept."""
    found: list[list[int]] = []
    times: dict[str, int] = {}
    for place, key in rows:
        number = times[key] = times.get(key, -1) + 1
        if number == len(found):
            found.append([])
        found[number].append(place)
    return found
