"""The one message that confirms an opt-out, soon after it."""

from __future__ import annotations

from ..history import CHANNEL, NOTICE, OUTCOME
from ..model import Restriction
from ..world import Side
from ..zones import NEVER, Zone
from .bands import before
from .core import FAIL, State
from .filters import NOT_PLACED

_ELECTRONIC = frozenset({"sms", "email", "messaging"})
_CONFIRMS = "opt_out_confirmation"


def confirms(side: Side, seconds: int, where: Zone, t: int) -> State:
    """Whether the contact confirms this person's opt-out from this very address or channel, and in time.

    Once: a confirmation that went out since then has used it up. Of several opt-outs that hold the first one counts.
    """
    request = side.w.request
    if side.w.notice != _CONFIRMS or request.channel not in _ELECTRONIC:
        return FAIL
    asked = [(r.since, before(r.until, where, t)) for r, _ in side.bound if _opts_out(r, side)]
    held = [(since, state[1]) for since, state in asked if state[0]]
    changes = min((end for _, end in held), default=NEVER)
    first = min((-1 if since is None else since for since, _ in held), default=-1)
    if t < first:
        return False, min(first, changes)
    if first < 0 or t >= first + seconds or _confirmed(side, first):
        return False, changes
    return True, min(first + seconds, changes)


def _opts_out(r: Restriction, side: Side) -> bool:
    request = side.w.request
    if r.kind == "address_refused":
        return r.address == request.address and r.channel in (None, request.channel)
    return r.kind == "channel_refused" and r.channel in (None, request.channel)


def _confirmed(side: Side, since: int) -> bool:
    """Whether a confirmation went out, or is going out, on this channel since that moment."""
    channel, notice = CHANNEL.code[side.w.request.channel], NOTICE.code[_CONFIRMS]
    return any(
        contact.at >= since
        and contact.what & CHANNEL.mask == channel
        and contact.what & NOTICE.mask == notice
        and contact.person == side.w.person.id
        and OUTCOME.read(contact.what) not in NOT_PLACED
        for contact in side.w.history
    )
