"""Recorded decisions decided again by another rulebook, and how the answers differ. Runs in a process of its own."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from typing import Any, BinaryIO

import msgspec

from ...law.answers import Decision
from ...law.decide import Undecidable
from ...law.rulebook import Rulebook
from ...law.several import decide_all
from ..known import read_asked

Spoken = frozenset[tuple[str, str]]  # rule and code of each reason


class Said(msgspec.Struct, frozen=True):
    """One reason or duty of an answer, as far as two answers are compared."""

    code: str
    rule: str


class Answer(msgspec.Struct, frozen=True):
    """A recorded answer, as far as two answers are compared."""

    verdict: str
    reasons: tuple[Said, ...]
    next_allowed: str | None
    valid_until: str | None
    obligations: tuple[Said, ...]
    rulebook: str


class Redecided(msgspec.Struct, frozen=True, array_like=True):
    """One decision by both: its verdicts, the (rule, code) pairs that spoke in only one, whether all else is equal.

    `rulebook`: the digest of the one it was decided by.
    """

    id: str
    was: str
    now: str
    gone: tuple[tuple[str, str], ...]
    come: tuple[tuple[str, str], ...]
    alike: bool
    rulebook: str


_answer = msgspec.json.Decoder(Answer).decode
_slice = msgspec.msgpack.Decoder(list[tuple[bytes, bytes]]).decode
PREFIX = 8  # bytes that say how long the message is that follows


def serve() -> None:
    """Read a rulebook, then slices of decisions, and answer each slice, until nothing more comes.

    Whatever else is printed goes to standard error, so that the answers stand alone.
    """
    inward, outward = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(OSError):
        os.nice(15)  # every ask goes first
    book: Rulebook = pickle.loads(_read(inward))  # noqa: S301  (the process that began this one wrote it)
    while message := _read(inward):
        answers = [redecide(book, body, answer) for body, answer in _slice(message)]
        outward.write(framed(msgspec.msgpack.encode(answers)))
        outward.flush()


def framed(message: bytes) -> bytes:
    """A message as it goes from one process to the other."""
    return len(message).to_bytes(PREFIX, "big") + message


def _read(inward: BinaryIO) -> bytes:
    """The next message; nothing at the end."""
    return inward.read(int.from_bytes(inward.read(PREFIX), "big"))


def redecide(book: Rulebook, body: bytes, answer: bytes) -> Redecided | None:
    """One recorded decision by this rulebook, over the facts that were known then."""
    try:
        asked, was = read_asked(body), _answer(answer)
        now = decide_all(book, asked.known.facts(), asked.request, asked.at, id=asked.id)
    except (Undecidable, msgspec.DecodeError):
        return None
    before, after = _spoken(was), _spoken(now)
    return Redecided(
        id=asked.id,
        was=was.verdict,
        now=now.verdict,
        gone=tuple(sorted(before - after)),
        come=tuple(sorted(after - before)),
        alike=_rest(was) == _rest(now),
        rulebook=was.rulebook,
    )


def _spoken(answer: Answer | Decision) -> Spoken:
    return frozenset((reason.rule, reason.code) for reason in answer.reasons)


def _rest(answer: Answer | Decision) -> Any:
    duties = {(duty.rule, duty.code) for duty in answer.obligations}
    return answer.verdict, _spoken(answer), answer.next_allowed, answer.valid_until, duties
