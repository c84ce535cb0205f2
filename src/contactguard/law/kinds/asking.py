"""What a person once asked for as the beginning of a count: which contacts count by it, and until when."""

from __future__ import annotations

from ..model import Restriction
from ..values import Counting
from ..vocabulary import Form
from ..world import Side
from ..zones import NEVER, Zone
from .bands import before

_WRITTEN = frozenset({"electronic", "certified"})


Asked = list[tuple[int, int]]
"""Of each such wish: the instant after which contacts count, and the one at which none does by it any more."""


def asked(values: Counting, side: Side, where: Zone) -> Asked:
    """The wishes that hold at the instant of the decision."""
    unsaid, found = side.w.facts.operator.live, []
    for r, bond in side.bound:
        if bond == "self" and r.kind in values.after_kinds and in_form(r, values.after_forms, unsaid=unsaid):
            holds, ends = before(r.until, where, side.w.at)
            if holds:
                found.append((-NEVER if r.since is None else int(r.since), ends))
    return found


def counts_until(wishes: Asked, at: int) -> int | None:
    """When a contact of that instant counts by none of them any more; None: it never did."""
    return max((end for start, end in wishes if at > start), default=None)


def in_form(r: Restriction, forms: tuple[Form, ...] | None, *, unsaid: bool) -> bool:
    """Electronic and certified forms count as written; `unsaid`: so does one whose form nobody wrote down."""
    if forms is None or r.form in forms:
        return True
    return unsaid if r.form is None else "written" in forms and r.form in _WRITTEN
