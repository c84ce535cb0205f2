"""The road: the one path from a request to a person, through law, records and lines."""

from .activation import Activation, Outcome, Who
from .road import Road
from .shapes import (
    Ask,
    Caller,
    ContactRow,
    Event,
    FactView,
    Filters,
    Kept,
    NewFact,
    Now,
    NowRow,
    Page,
    PermitView,
    Promise,
    PutCase,
    PutResult,
    Recorded,
    Stage,
)
from .shelf import Shelf

__all__ = [
    "Activation", "Ask", "Caller", "ContactRow", "Event", "FactView", "Filters", "Kept", "NewFact", "Now", "NowRow",
    "Outcome", "Page", "PermitView", "Promise", "PutCase", "PutResult", "Recorded", "Road", "Shelf", "Stage", "Who",
]  # fmt: skip
