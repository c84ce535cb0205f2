"""What passes before anything else is checked: emergency numbers and the house's own extensions."""

from __future__ import annotations

import msgspec

from ..law.answers import Decision, Whereabouts
from ..law.decide import encode
from ..law.instants import print_utc
from ..law.rulebook import ENGINE, Rulebook
from ..records.subjects import pack_bytes, unpacker
from ..records.work import NewEntry, Permit, View, Writes
from .shapes import Ask

STREAM = "system:unasked"
SECONDS = 120


class Unasked(msgspec.Struct, frozen=True, array_like=True):
    """One contact let through, and why: `emergency` or `extension`. The body of an `unasked` entry."""

    id: str
    at: int
    why: str
    ask: Ask
    key: str
    agent: str | None


class Granted(msgspec.Struct, frozen=True):
    """What an answer grants. `caller_id`: the number to show, where we chose it."""

    id: str
    caller_id: str | None = None


class _Answer(msgspec.Struct):
    permit: Granted | None = None
    valid_until: str | None = None


read_unasked = unpacker(Unasked).decode
_answer = msgspec.json.Decoder(_Answer).decode


def decision(book: Rulebook, id: str, at: int, why: str) -> Decision:
    """A yes that rests on no rule."""
    return Decision(
        id=id,
        at=print_utc(at),
        verdict="allow",
        reasons=(),
        next_allowed=None,
        valid_until=None,
        obligations=(),
        counters=(),
        relaxed_by=(),
        assumed=(why,),
        whereabouts=Whereabouts(zones=(), jurisdictions=(), evidence=()),
        regimes=(),
        rulebook=book.digest,
        tzdata=book.tzdata,
        engine=ENGINE,
    )


def answer(book: Rulebook, one: Unasked) -> bytes:
    """The yes with its permit."""
    permit = f',"permit":{{"id":"{one.id}","expires_at":"{print_utc(one.at + SECONDS)}"}}}}'
    return encode(decision(book, one.id, one.at, one.why))[:-1] + permit.encode()


def writes(one: Unasked, view: View) -> Writes:
    """Write it down, with a permit on which events can be reported; once, should a commit have gone unconfirmed."""
    if view.permit is not None:
        return Writes(answer=None)
    permit = Permit(
        id=one.id,
        key=one.key,
        state="reserved",
        channel=one.ask.channel,
        given=one.at,
        expires=one.at + SECONDS,
        own_line=False,
        persons=(),
        cases=(),
        stream=STREAM,
        contact=one.id,
        agent=one.agent,
        locks=(STREAM,),
        due=one.at + SECONDS,
    )
    entry = NewEntry(stream=STREAM, kind="unasked", body=pack_bytes(one), at=one.at)
    return Writes(answer=None, permits=[permit], entries=[entry])


def granted(answer: bytes) -> tuple[Granted | None, str | None]:
    """The permit that an answer gives, and the instant at which its yes ends."""
    found = _answer(answer)
    return found.permit, found.valid_until
