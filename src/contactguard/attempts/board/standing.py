"""What the board of rulebooks says, as it is shown to people: in force, to come, proposed, before, and signed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from ...law.instants import print_utc
from .editions import Act, Board, Proposal, Terms, Turn


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that would be another: what holds now, and what would hold then, as JSON."""

    setting: str
    now: Any
    then: Any


class InForceFrom(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook that is in force, was, or is to come: from when on, by whose act, approved by whom.

    `carried`: files that were activated besides what settings name, and carried over onto what these give now.
    """

    digest: str
    since: str = msgspec.field(name="from")
    act: Act
    by: str
    approved_by: str | None
    carried: tuple[str, ...]


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook that waits for a second person; `from` null: from its approval on. `carried`: as for `InForceFrom`.

    `id` stands for all of it: rulebook, settings, instant and proposer, and is what is approved. `changes`: the
    settings that would change with it.
    """

    id: str
    digest: str
    since: str | None = msgspec.field(name="from")
    act: Act
    by: str
    at: str
    carried: tuple[str, ...]
    changes: tuple[Change, ...]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed which version (by its digest) of which regime, as what, and when."""

    regime: str
    digest: str
    by: str
    capacity: str
    on: str


class Preparing(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook for which documents are made deeper; `here`: the process that answers is at it. Else another one is,
    or it was broken off.
    """

    digest: str
    here: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Which rulebook is in force, which are to come, wait for approval or were before, newest first.

    `fault`: why what the settings of the last start give is not in force.
    """

    in_force: InForceFrom | None
    scheduled: tuple[InForceFrom, ...]
    proposed: tuple[Proposed, ...]
    preparing: tuple[Preparing, ...]
    before: tuple[InForceFrom, ...]
    signatures: tuple[Accepted, ...]
    fault: str | None


def standing(board: Board, at: int, here: Collection[str]) -> Standing:
    """The board in words, at an instant; `here`: the rulebooks that this process is preparing for."""
    now = board.turn(at)
    past = [turn for turn in board.turns if turn.since <= at and turn is not now]
    return Standing(
        in_force=_shown(now) if now is not None else None,
        scheduled=tuple(_shown(turn) for turn in board.coming(at) if turn is not now),
        proposed=tuple(
            Proposed(
                id=one.id,
                digest=one.digest,
                since=print_utc(one.since) if one.since else None,
                act=one.act,
                by=one.by,
                at=print_utc(one.at),
                carried=one.carried,
                changes=tuple(_changes(board, one, at)),
            )
            for one in board.proposals
        ),
        preparing=tuple(Preparing(digest=one, here=one in here) for one in board.deepening),
        before=tuple(map(_shown, reversed(past))),
        signatures=tuple(
            Accepted(regime=one.regime, digest=one.digest, by=one.by, capacity=one.capacity, on=print_utc(one.at))
            for one in board.signatures
        ),
        fault=board.fault,
    )


def _changes(board: Board, proposal: Proposal, at: int) -> Iterator[Change]:
    now = board.turn(max(proposal.since or 0, at))
    for name in Terms.__struct_fields__:
        new = getattr(proposal.terms, name)
        old = getattr(now.terms, name) if now is not None else None
        if old != new:
            yield Change(setting=name, now=msgspec.to_builtins(old), then=msgspec.to_builtins(new))
    if proposal.lifts:
        yield Change(setting="four_eyes", now=True, then=False)


def _shown(turn: Turn) -> InForceFrom:
    return InForceFrom(
        digest=turn.digest,
        since=print_utc(turn.since),
        act=turn.act,
        by=turn.by,
        approved_by=turn.approved_by,
        carried=turn.carried,
    )
