"""The road: the one path from a request to a person, through law, records and lines."""

from ..lines.wire import Exchange
from . import stops
from .activation import Activation
from .acts import Who, check_name
from .authorizing import Authorized
from .editions import Terms, terms_of
from .rehearse import Rehearsal
from .repairs import FAULTS, Fault, Repair, Repairs, to_repair
from .returns import BounceView, Unmatched
from .road import Road
from .settling import Outcome
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
from .slices import Put
from .standing import Standing
from .stops import NewStop, StopMade, StopView

__all__ = [
    "FAULTS", "Activation", "Ask", "Authorized", "BounceView", "Caller", "ContactRow", "Event", "Exchange", "FactView",
    "Fault", "Filters", "Kept", "NewFact", "NewStop", "Now", "NowRow", "Outcome", "Page", "PermitView", "Promise",
    "Put", "PutCase", "PutResult", "Recorded", "Rehearsal", "Repair", "Repairs", "Road", "Shelf", "Stage", "Standing",
    "StopMade", "StopView", "Terms", "Unmatched", "Who", "check_name", "stops", "terms_of", "to_repair",
]  # fmt: skip
