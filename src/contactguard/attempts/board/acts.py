"""What changes the board, each act a pure function of the board as it stands: what is written down, or why not."""

from __future__ import annotations

import unicodedata

import msgspec
from msgspec.structs import replace

from ...errors import BadInput, Conflict, Forbidden, NotFound
from ...law.instants import print_utc
from ...records.work import View, Writes
from .editions import PROPOSAL, Board, Given, Proposal, Signature, Terms, Turn, changed, with_turn, writes

COMMAND_KEY = "command"
MOST_COMING = 50  # far fewer than the board holds, so that the one in force always stands on it


_LATE_SECONDS = 60
_BY_NOBODY = frozenset({"settings", "zone_data"})  # acts of a start, which nobody is there to repeat
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


class UnpreparedError(Conflict):
    """Documents may no longer hold what a rulebook looks at: it must be prepared for once more."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts: a name as the record will say it, and the API key used (`command`: the command line)."""

    by: str
    key: str = COMMAND_KEY

    def __post_init__(self) -> None:
        check_name("by", self.by)


def check_name(where: str, name: str) -> None:
    """Refuse what could make a name look like another, or a line of its own. `BadInput`."""
    if any(unicodedata.category(one) in _UNSEEN or unicodedata.bidirectional(one) in _TURNING for one in name):
        raise BadInput(where, "holds control characters; write the name alone")


def is_last(board: Board, digest: str, terms: Terms) -> bool:
    """Whether this is in force with nothing else to come, or the last to come."""
    return bool(board.turns) and (board.turns[-1].digest, board.turns[-1].terms) == (digest, terms)


def check_other(proposal: Proposal, who: Who) -> None:
    """Refuse whoever proposed it, by name or by key. `Forbidden`."""
    same_key = who.key == proposal.key and who.key != COMMAND_KEY
    if same_key or _plain(who.by) == _plain(proposal.by):
        raise Forbidden("another person than the one who proposed it must approve")


def _plain(name: str) -> str:
    """A name as it is compared: whatever the case, the spaces, the form of its letters, and what cannot be seen."""
    seen = "".join(one for one in name if unicodedata.category(one) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()).split())


def given(given: Given, view: View, board: Board) -> Writes:
    """What the settings give: the first ever is put in force at once."""
    if board.given == given and board.fault is None:
        return Writes(answer=None)
    if board.given is None and not board.turns:
        first = Turn(since=view.at, digest=given.digest, terms=given.terms, act="started", by="settings", at=view.at)
        turn = replace(first, given=given.digest)
        left = replace(with_turn(board, turn), given=given, four_eyes=given.four_eyes)
        return writes(view, left, None, ("rulebook_activated", turn))
    names = changed(board.given, given) if board.given is not None else []
    said = {"changed": names, "given": given}
    left = replace(board, given=given, fault=None, four_eyes=board.guarded or given.four_eyes)
    return writes(view, left, None, ("settings_changed", said))


def refused(why: str, view: View, board: Board) -> Writes:
    """What the settings give cannot be put in force; what is in force stays."""
    if board.fault == why:
        return Writes(answer=None)
    return writes(view, replace(board, fault=why), None, ("settings_refused", {"why": why}))


def proposal_of(turn: Turn, who: Who, *, lifts: bool = False) -> Proposal:
    """What is asked for, as a proposal; `lifts`: and that one person be enough from then on."""
    return Proposal(
        digest=turn.digest,
        terms=turn.terms,
        act=turn.act,
        by=who.by,
        key=who.key,
        at=0,
        since=turn.since or None,
        given=turn.given,
        carried=turn.carried,
        lifts=lifts,
    )


def proposed(proposal: Proposal, view: View, board: Board) -> Writes:
    """One that waits for a second person."""
    if proposal.since is not None:
        _check_not_past(proposal.since, view.at)
        _check_free(board, proposal.since, view.at)
    if not proposal.lifts:
        _check_new(board, proposal.digest, proposal.terms, view.at)
    if board.proposed(proposal.id) is not None:
        return Writes(answer=None)
    if len(board.proposals) >= MOST_COMING:
        raise Conflict(f"{MOST_COMING} proposals wait already: regimes withdraw one of them first")
    proposal = replace(proposal, at=view.at)
    return writes(view, replace(board, proposals=(*board.proposals, proposal)), None, ("rulebook_proposed", proposal))


def turned(turn: Turn, lead: int, rests_on: tuple[str, ...], view: View, board: Board) -> Writes:
    """One that is in force from an instant on. `rests_on`: for these rulebooks documents kept what it looks at."""
    if board.guarded and turn.act != "zone_data":
        raise Conflict("it takes two people by now (four_eyes): ask again, and it is proposed")
    _check_new(board, turn.digest, turn.terms, view.at)
    _check_kept(board, turn.digest, rests_on, view.at)
    since = _since(turn.since, view.at, lead)
    if turn.act in _BY_NOBODY and not turn.since:
        since = _next_free(board, since)
    _check_free(board, since, view.at)
    turn = replace(turn, at=view.at, since=since)
    return writes(view, with_turn(board, turn), turn, ("rulebook_activated", turn))


def plainly(digest: str, at: int, board: Board) -> str:
    """The id of the proposal of which the digest says all: of rules alone, for now. `Conflict` where it does not."""
    found = [one for one in board.proposals if one.digest == digest]
    if not found:
        raise NotFound("proposal")
    one, now = found[0], board.turn(at)
    if len(found) > 1 or now is None or one.terms != now.terms or one.since is not None or one.lifts:
        raise Conflict(
            "more than rules would change, or at another time: read regimes status, and approve by the id of the "
            f"proposal ({PROPOSAL}...)"
        )
    return one.id


def approved(id: str, who: Who, lead: int, rests_on: tuple[str, ...], view: View, board: Board) -> Writes:
    """The proposal of this id, approved by somebody else. `rests_on` as for `turned`."""
    proposal = board.proposed(id)
    if proposal is None:
        raise NotFound("proposal")
    check_other(proposal, who)
    _check_kept(board, proposal.digest, rests_on, view.at)
    since = max(proposal.since or 0, view.at + lead)
    _check_free(board, since, view.at)
    turn = Turn(
        since=since,
        digest=proposal.digest,
        terms=proposal.terms,
        act=proposal.act,
        by=proposal.by,
        approved_by=who.by,
        at=view.at,
        given=proposal.given,
        carried=proposal.carried,
    )
    approved = {
        "proposal": id,
        "digest": proposal.digest,
        "proposed_by": proposal.by,
        "by": who.by,
        "key": who.key,
    }
    acts = ("rulebook_approved", approved), ("rulebook_activated", turn)
    left = replace(board, proposals=tuple(one for one in board.proposals if one.id != id))
    if proposal.lifts:
        given = replace(board.given, four_eyes=False) if board.given is not None else None
        left = replace(left, four_eyes=False, given=given)
    return writes(view, with_turn(left, turn), turn, *acts)


def withdrawn(digest: str, who: Who, view: View, board: Board) -> Writes:
    """What is proposed or to come goes, by its digest, or one proposal by its id; what is in force stays."""
    turns = tuple(one for one in board.turns if one.digest != digest or one.since <= view.at)
    proposals = tuple(one for one in board.proposals if digest not in (one.digest, one.id))
    deepening = tuple(one for one in board.deepening if one != digest)
    left = replace(board, turns=turns, proposals=proposals, deepening=deepening)
    if left == board:
        raise NotFound("proposal or rulebook that is to come")
    return writes(view, left, None, ("rulebook_withdrawn", {"digest": digest, "by": who.by, "key": who.key}))


def signed(regime: str, digest: str, capacity: str, who: Who, view: View, board: Board) -> Writes:
    """A version of a regime, accepted; once for the same person and capacity."""
    check_name("capacity", capacity)
    signature = Signature(regime=regime, digest=digest, by=who.by, capacity=capacity, at=view.at)
    same = [one for one in board.signatures if replace(one, at=view.at) == signature]
    if same:
        return Writes(answer=same[0])
    signatures = (*board.signatures, signature)
    return writes(view, replace(board, signatures=signatures), signature, ("regime_signed", signature))


def preparing(digest: str, view: View, board: Board) -> Writes:
    """From now on no contact is dropped that this rulebook may look at."""
    if digest in board.deepening:
        return Writes(answer=None)
    said = {"digest": digest}
    return writes(view, replace(board, deepening=(*board.deepening, digest)), None, ("rulebook_preparing", said))


def _check_new(board: Board, digest: str, terms: Terms, at: int) -> None:
    if is_last(board, digest, terms):
        raise Conflict(f"this rulebook is {'to come' if board.turns[-1].since > at else 'in force'} already")
    if len(board.coming(at)) >= MOST_COMING:
        raise Conflict(f"{MOST_COMING} rulebooks are to come already: regimes withdraw one of them first")


def _check_kept(board: Board, digest: str, rests_on: tuple[str, ...], at: int) -> None:
    """Refuse what documents were deep enough for, and may not be any more."""
    if set(rests_on) <= set(board.wanted(at)):
        return
    if digest in rests_on:
        raise Conflict("this rulebook was withdrawn while it was prepared for")
    raise UnpreparedError("other rulebooks came or went while this one was prepared for: try again")


def _since(wanted: int, at: int, lead: int) -> int:
    """The instant from which it is to hold: never before every process had time to learn of it."""
    if wanted:
        _check_not_past(wanted, at)
    return max(wanted, at + lead)


def _check_not_past(wanted: int, at: int) -> None:
    """Refuse an instant that has passed by more than a slow hand or a clock that is a little wrong explains."""
    if wanted < at - _LATE_SECONDS:
        raise BadInput("at", f"{print_utc(wanted)} has passed; it is {print_utc(at)} by the store")


def _check_free(board: Board, since: int, at: int) -> None:
    """Refuse what would stand in the place of another that is to come, which somebody counts on."""
    for turn in board.coming(at):
        if turn.since == since:
            raise Conflict(
                f"another rulebook is to come from {print_utc(since)} on: regimes withdraw {turn.digest} first, or "
                "name another instant with --at"
            )


def _next_free(board: Board, since: int) -> int:
    taken = {turn.since for turn in board.turns}
    while since in taken:
        since += 1
    return since
