"""The road: the one path from a request to a person, through law, records and lines."""

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

__all__ = [
    "Ask", "Caller", "ContactRow", "Event", "FactView", "Filters", "Kept", "NewFact", "Now", "NowRow", "Page",
    "PermitView", "Promise", "PutCase", "PutResult", "Recorded", "Road", "Stage",
]  # fmt: skip
