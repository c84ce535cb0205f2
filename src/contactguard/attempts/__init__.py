"""The road: the one path from a request to a person, through law, records and lines."""

from ..lines.wire import Exchange
from .authorizing import Authorized
from .board.activation import Activation
from .board.acts import Who, check_name
from .board.editions import Terms, terms_of
from .board.rehearse import Rehearsal
from .board.settling import Outcome
from .board.shelf import Shelf
from .board.standing import Standing
from .plan import normal
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
from .stopping import stops
from .stopping.stops import NewStop, StopMade, StopView
from .telling import homes, keeping
from .telling.facts import checked_fact
from .telling.listing import Past
from .telling.lists import ListRow, Said
from .telling.recorded import checked_contact
from .telling.repairs import FAULTS, Fault, Repair, Repairs, to_repair
from .telling.returns import BounceView, Unmatched
from .telling.slices import Put

__all__ = [
    "FAULTS", "Activation", "Ask", "Authorized", "BounceView", "Caller", "ContactRow", "Event", "Exchange", "FactView",
    "Fault", "Filters", "Kept", "ListRow", "NewFact", "NewStop", "Now", "NowRow", "Outcome", "Page", "Past",
    "PermitView", "Promise", "Put", "PutCase", "PutResult", "Recorded", "Rehearsal", "Repair", "Repairs", "Road",
    "Said", "Shelf", "Stage", "Standing", "StopMade", "StopView", "Terms", "Unmatched", "Who", "check_name",
    "checked_contact", "checked_fact", "homes", "keeping", "normal", "stops", "terms_of", "to_repair",
]  # fmt: skip
