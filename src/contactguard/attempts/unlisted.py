"""The no to a number that leads to no case: decided without facts, and written down like every other request."""

from __future__ import annotations

from msgspec.structs import replace

from ..law.answers import Decision
from ..law.decide import encode
from ..law.telling import own_reason
from ..records.subjects import pack_bytes
from ..records.work import NewEntry, View, Writes
from . import unasked
from .about import UnlistedError
from .plan import Setup, require
from .shapes import Ask, Caller

STREAM = "system:unlisted"


def decision(setup: Setup, id: str, at: int, why: UnlistedError) -> Decision:
    """A no, which the passing of time alone will not change."""
    reason = own_reason("unknown_destination", why.check, why.why)
    return replace(unasked.decision(setup.book, id, at, ""), verdict="deny", reasons=(reason,), assumed=())


def writes(
    setup: Setup, ask: Ask, caller: Caller, id: str, why: UnlistedError, locked: tuple[str, ...], view: View
) -> Writes:
    """The no, with its entry in a stream of such requests. The body: an `Unasked`, whose `why` is the check's name."""
    require(locked, (STREAM,))
    one = unasked.Unasked(id, view.at, why.check, ask, caller.key, ask.agent)
    entry = NewEntry(stream=STREAM, kind="unlisted", body=pack_bytes(one), decision=id, keeps_answer=True)
    return Writes(answer=encode(decision(setup, id, view.at, why))[:-1] + b',"permit":null}', entries=[entry])
