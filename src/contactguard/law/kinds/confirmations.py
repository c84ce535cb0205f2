"""The one message that confirms an opt-out, soon after it."""

from __future__ import annotations

from ..history import CHANNEL, NOTICE, OUTCOME
from ..model import Restriction
from ..world import Side
from ..zones import NEVER
from .core import FAIL, State
from .filters import NOT_PLACED

_ELECTRONIC = frozenset({"sms", "email", "messaging"})
_CONFIRMS = "opt_out_confirmation"


def confirms(side: Side, seconds: int, t: int) -> State:
    """Whether the contact confirms this person's latest opt-out from this very address or channel, and in time.

    Once: a confirmation that went out since then has used it up.
    """
    request = side.w.request
    if request.notice != _CONFIRMS or request.channel not in _ELECTRONIC:
        return FAIL
    asked = [r.since for r, _ in side.bound if r.since is not None and _opts_out(r, side)]
    if not asked:
        return FAIL
    since = max(asked)
    if t < since or _confirmed(side, since):
        return FAIL
    return (True, since + seconds) if t < since + seconds else (False, NEVER)


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
