"""Earlier failures: a contact that is open only once others were tried in vain."""

from __future__ import annotations

from ..grammar import Filter, Relax
from ..history import LIVE, OUTCOME, Contact
from ..world import Side
from ..zones import NEVER, Zone
from .core import State
from .filters import matcher
from .lengths import passed

_CONVERSATION = OUTCOME.code["conversation"]
_RESERVED = LIVE.code["reserved"]


class Failed:
    """At least so many contacts of this sort with the person within this time, and no conversation since the first."""

    def __init__(self, wanted: Relax) -> None:
        self._wanted = matcher(wanted.failures or Filter())
        self._least, self._within = wanted.at_least, wanted.within

    def state(self, side: Side, where: Zone, t: int) -> State:
        mine = [c for c in side.w.history if c.person == side.w.person.id and _about(c.cases, side)]
        talked = max((c.at for c in mine if c.what & OUTCOME.mask == _CONVERSATION), default=-NEVER)
        meant = [c for c in mine if self._wanted[c.what] and c.at > talked]
        tried = sorted((c.at for c in meant if _over(c, t)), reverse=True)
        if len(tried) < self._least:
            return False, min((c.lapses for c in meant if not _over(c, t) and _counts(c)), default=NEVER)
        ends = passed(self._within, tried[self._least - 1], where)
        return (True, ends) if t < ends else (False, NEVER)


def _over(contact: Contact, t: int) -> bool:
    """Whether it came to an end by then; what is under way was not tried in vain yet."""
    return not contact.what & LIVE.mask or (_counts(contact) and contact.lapses <= t)


def _counts(contact: Contact) -> bool:
    """Whether a permit that lapses was a contact all the same, since someone else was to carry it."""
    return bool(contact.lapses) and contact.what & LIVE.mask != _RESERVED


def _about(cases: tuple[str, ...] | None, side: Side) -> bool:
    return cases is None or any(ref in cases for ref in side.refs)
