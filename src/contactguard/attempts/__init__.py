"""The road: the one path from a request to a person, through law, records and lines."""

from ..lines.wire import Exchange
from . import keeping, stops
from .activation import Activation
from .acts import Who, check_name
from .authorizing import Authorized
from .editions import Terms, terms_of
from .facts import checked_fact
from .listing import Past
from .lists import ListRow, Said
from .plan import normal
from .recorded import checked_contact
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
    "Fault", "Filters", "Kept", "ListRow", "NewFact", "NewStop", "Now", "NowRow", "Outcome", "Page", "Past",
    "PermitView", "Promise", "Put", "PutCase", "PutResult", "Recorded", "Rehearsal", "Repair", "Repairs", "Road",
    "Said", "Shelf", "Stage", "Standing", "StopMade", "StopView", "Terms", "Unmatched", "Who", "check_name",
    "checked_contact", "checked_fact", "keeping", "normal", "stops", "terms_of", "to_repair",
]  # fmt: skip
