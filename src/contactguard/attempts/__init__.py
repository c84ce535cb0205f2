"""The road: the one path from a request to a person, through law, records and lines."""

from .activation import Activation, Outcome
from .acts import Who
from .editions import Standing, Terms, terms_of
from .rehearse import Rehearsal
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
    "Outcome", "Page", "PermitView", "Promise", "PutCase", "PutResult", "Recorded", "Rehearsal", "Road",
    "Shelf", "Stage", "Standing", "Terms", "Who", "terms_of",
]  # fmt: skip
