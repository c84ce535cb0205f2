"""How an address was come by: who announced it, who had it before, and what look-ups of a number found."""

from __future__ import annotations

from typing import Literal

from .instants import Day, Instant
from .value import Value
from .vocabulary import LookUp, Route


class Check(Value, frozen=True, kw_only=True):
    """One reassigned-number look-up."""

    at: Instant
    since: Instant
    result: LookUp


class CreditorNotice(Value, frozen=True, kw_only=True):
    """The creditor's notice that a collector will use this e-mail address."""

    sent: Day
    opt_out_by: Day
    names_collector: bool = True
    complete: bool = True
    used_for: Literal["account", "marketing"] = "account"


class PriorCollector(Value, frozen=True, kw_only=True):
    """An earlier collector, and how it came by the address."""

    name: str
    route: Route
    used: bool
