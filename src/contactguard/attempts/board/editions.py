"""Which rulebook is in force when, who proposed, approved and signed what, and what is halted: the document
`system:rulebook`, as values.

Every change of it is an entry of the same name, and grows its edition. All jobs that change it go alone, so that no
decision anywhere rests on the edition before at an instant at which the new one holds already.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from ...records.rulebooks import SUBJECT
from ...records.work import NewEntry, View, Writes
from ...sections import CollectorSettings, Permits, Telephony, Vouched
from ...settings import Settings
from ..stopping.halts import Stop

Act = Literal["started", "activated", "back", "settings", "zone_data"]
MOST_TURNS = 200
PROPOSAL = "proposal:"
_FOR_EVER = 1 << 62


class _Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the document."""


class Terms(_Kept, frozen=True):
    """What settings say besides rules that touches a decision; it changes with the rulebook, at the same instant."""

    assume: tuple[Vouched, ...] = ()
    permits: Permits = Permits()
    collector: tuple[CollectorSettings, ...] = ()
    require_signed: bool = False
    known_cities_only: bool = False


class Given(_Kept, frozen=True):
    """What the settings of the last process that started gave."""

    digest: str
    terms: Terms
    telephony: Telephony
    four_eyes: bool


class Turn(_Kept, frozen=True):
    """One rulebook with its terms, from an instant on. `at`: when that was settled; `by`: who did.

    `given`: the rulebook that settings gave at the time; `carried`: the files that came with an activation, and were
    carried over onto what settings give.
    """

    since: int = msgspec.field(name="from")
    digest: str
    terms: Terms
    act: Act
    by: str
    at: int
    approved_by: str | None = None
    given: str | None = None
    carried: tuple[str, ...] = ()


class Proposal(_Kept, frozen=True):
    """A rulebook that waits for a second person. `key`: the API key of who proposed; `since` None: when approved.

    `given` and `carried` as of a turn. `lifts`: from its approval on one person is enough.
    """

    digest: str
    terms: Terms
    act: Act
    by: str
    key: str
    at: int
    since: int | None = msgspec.field(name="from", default=None)
    given: str | None = None
    carried: tuple[str, ...] = ()
    lifts: bool = False

    @property
    def id(self) -> str:
        """What names all that is proposed: rulebook, settings, instant and proposer."""
        said = msgspec.json.encode(replace(self, at=0), order="deterministic")
        return f"{PROPOSAL}{hashlib.sha256(said).hexdigest()}"


class Signature(_Kept, frozen=True):
    """Somebody's acceptance of one version of one regime, by the digest of all that it says."""

    regime: str
    digest: str
    by: str
    capacity: str
    at: int


class Board(_Kept, frozen=True):
    """The document. `edition`: the height of its stream. `turns` oldest first; `deepening`: being prepared for.

    `fault`: why what the settings gave last could not be put in force. `four_eyes`: settings asked for two people, and
    nobody approved the end of that. `stops`: what is halted, or will be.
    """

    edition: int = 0
    turns: tuple[Turn, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    signatures: tuple[Signature, ...] = ()
    deepening: tuple[str, ...] = ()
    given: Given | None = None
    fault: str | None = None
    four_eyes: bool = False
    stops: tuple[Stop, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether it takes two people, whatever a process's own settings say."""
        return self.four_eyes or (self.given is not None and self.given.four_eyes)

    def turn(self, at: int) -> Turn | None:
        """The one in force at an instant; before all of them, the first."""
        past = [turn for turn in self.turns if turn.since <= at]
        return past[-1] if past else next(iter(self.turns), None)

    def span(self, turn: Turn) -> tuple[int, int]:
        """The instants from and up to which this turn is the one in force."""
        place = self.turns.index(turn)
        ends = self.turns[place + 1].since if place + 1 < len(self.turns) else _FOR_EVER
        return (0 if place == 0 else turn.since), ends

    def coming(self, at: int) -> tuple[Turn, ...]:
        """Those that are yet to come."""
        return tuple(turn for turn in self.turns if turn.since > at)

    def wanted(self, at: int) -> tuple[str, ...]:
        """The rulebooks in force, to come, and being prepared for: documents hold what these look at."""
        now = self.turn(at)
        turns = (now, *self.coming(at)) if now else ()
        return tuple(dict.fromkeys((*(turn.digest for turn in turns), *self.deepening)))

    def before(self, at: int) -> Turn | None:
        """The one before that in force, other than it."""
        now, past = self.turn(at), [turn for turn in self.turns if turn.since <= at]
        others = [turn for turn in past if now and (turn.digest, turn.terms) != (now.digest, now.terms)]
        return others[-1] if others else None

    def proposed(self, id: str) -> Proposal | None:
        """The proposal of this id, if it waits."""
        return next((one for one in self.proposals if one.id == id), None)


def read(doc: Any) -> Board:
    """The document as a value; an empty one where there is none yet."""
    return msgspec.convert(doc or {}, Board)


def terms_of(settings: Settings) -> Terms:
    """What these settings say besides rules."""
    return Terms(
        assume=settings.assume,
        permits=settings.permits,
        collector=settings.collector,
        require_signed=settings.rules.require_signed,
        known_cities_only=settings.rules.known_cities_only,
    )


def given_by(settings: Settings, digest: str) -> Given:
    """What these settings give, their rules being those of `digest`."""
    return Given(
        digest=digest, terms=terms_of(settings), telephony=settings.telephony, four_eyes=settings.rules.four_eyes
    )


def in_terms(settings: Settings, terms: Terms) -> Settings:
    """The settings with what is in force in place of their own."""
    rules = replace(settings.rules, require_signed=terms.require_signed, known_cities_only=terms.known_cities_only)
    return replace(settings, assume=terms.assume, permits=terms.permits, collector=terms.collector, rules=rules)


def changed(old: Given, new: Given) -> list[str]:
    """The names of the settings that differ."""
    names = [name for name in ("telephony", "four_eyes") if getattr(old, name) != getattr(new, name)]
    names += [name for name in Terms.__struct_fields__ if getattr(old.terms, name) != getattr(new.terms, name)]
    return sorted([*names, *(["rules"] if old.digest != new.digest else [])])


def with_turn(board: Board, turn: Turn) -> Board:
    """The board with one more turn, from an instant on that no other one has."""
    kept = sorted([*board.turns, turn], key=lambda one: one.since)[-MOST_TURNS:]
    return replace(
        board,
        turns=tuple(kept),
        proposals=tuple(
            one for one in board.proposals if (one.digest, one.terms) != (turn.digest, turn.terms) or one.lifts
        ),
        deepening=tuple(one for one in board.deepening if one != turn.digest),
    )


def writes(view: View, board: Board, answer: Any, *acts: tuple[str, Any]) -> Writes:
    """The board as it is to be, with an entry for each act: (kind, what is said of it)."""
    entries = [NewEntry(stream=SUBJECT, kind=kind, body=msgspec.json.encode(said)) for kind, said in acts]
    doc = replace(board, edition=view.edition + len(entries))
    return Writes(answer=answer, docs={SUBJECT: msgspec.to_builtins(doc)}, entries=entries)
