"""Taking in many rows at a time: as few locks, entries and looks as it takes, and nothing where nothing differs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from ...errors import BadInput, Busy
from ...records.subjects import CaseDoc
from ...records.work import Job, View, Writes
from ..shapes import Caller, PutCase
from ..submitting import MOST_GOES, Submitting
from . import cases
from .slices import Answers, Part, Put, Wider, rounds, together

CASES_A_JOB = 8
LOOKED_AT = 128  # at once, so that whoever asks meanwhile does not wait for the reading of all
_PAUSE_EVERY = 4
_DIGEST = 16


class Taking(Submitting):
    """Files into the record."""

    async def put_cases(
        self, rows: Sequence[tuple[str, bytes]], read: Callable[[str, bytes], PutCase], caller: Caller
    ) -> list[Put]:
        """Each (ref, body as bytes) like `put_case`, in order; a body that is here already is not even read.

        `read` makes a case of the bytes (`BadInput`).
        """
        known: dict[str, Any] = {}
        for start in range(0, len(rows), LOOKED_AT):
            part = rows[start : start + LOOKED_AT]
            known.update(await self.store.docs(dict.fromkeys(f"case:{ref}" for ref, _ in part)))
        puts: list[Put] = [Put("unchanged")] * len(rows)
        for round, places in enumerate(rounds((place, ref) for place, (ref, _) in enumerate(rows))):
            parts: list[Part] = []
            left: list[int] = []
            for place in places:
                ref, body = rows[place]
                old: CaseDoc | None = known[f"case:{ref}"]
                digest = _digest(body)
                if old is not None and round == 0 and old.digest == digest:
                    continue
                try:
                    parts.append(self._case(ref, read(ref, body), digest, old, caller))
                    left.append(place)
                except BadInput as error:
                    puts[place] = Put("refused", str(error))
                if len(parts) % _PAUSE_EVERY == 0:
                    # Whoever asks meanwhile waits for the reading of a few cases, not of all.
                    await asyncio.sleep(0)
            for place, put in zip(left, await self._taken(parts, CASES_A_JOB), strict=True):
                puts[place] = put
        return puts

    def _case(self, ref: str, body: PutCase, digest: bytes, old: CaseDoc | None, caller: Caller) -> Part:
        body = cases.checked(self.setup, ref, body)
        on_it = (f"person:{id}" for id, _ in old.persons) if old is not None else ()

        def judge(locked: frozenset[str], view: View) -> Writes:
            done = cases.put_writes(self.setup, ref, body, caller.key, locked, view, digest)
            done.answer = Put("created" if done.answer.created else "updated" if done.answer.changed else "unchanged")
            return done

        return Part((*cases.put_keys(self.setup, ref, body), *on_it), judge)

    async def _taken(self, parts: Sequence[Part], size: int, weight: int | None = None) -> list[Put]:
        """What became of each, so many in a job. `Busy` where one never came to an end."""
        puts: list[Put] = [Put("unchanged")] * len(parts)
        left = list(enumerate(parts))
        for _ in range(MOST_GOES):
            jobs = [left[start : start + size] for start in range(0, len(left), size)]
            answers = await asyncio.gather(
                *(self._job([part for _, part in job], weight) for job in jobs), return_exceptions=True
            )
            left = _settled(jobs, answers, puts)
            if not left:
                return puts
        raise Busy()

    async def _job(self, parts: Sequence[Part], weight: int | None) -> Answers:
        locked = tuple(dict.fromkeys(key for part in parts for key in part.keys))
        job = Job(
            lock=locked,
            judge=partial(together, parts, locked),
            marks=tuple(part.mark for part in parts if part.mark is not None),
            bulk=True,
            weight=weight or len(parts),
        )
        answers: Answers = await self.shelf.caught_up(partial(self.store.submit, job))
        return answers


def _settled(
    jobs: Sequence[Sequence[tuple[int, Part]]], answers: Sequence[Answers | BaseException], puts: list[Put]
) -> list[tuple[int, Part]]:
    """Write down what became of the rows; those for which more must be locked come back."""
    left = []
    for job, answer in zip(jobs, answers, strict=True):
        if isinstance(answer, BaseException):
            raise answer
        for (place, part), one in zip(job, answer, strict=True):
            if isinstance(one, Wider):
                left.append((place, part._replace(keys=(*part.keys, *one.keys))))
            else:
                puts[place] = one
    return left


def _digest(body: bytes) -> bytes:
    """What says that the body of a case is the one that was taken in last."""
    return blake2b(body, digest_size=_DIGEST, person=b"case").digest()
