"""What the doors open into: made before the application starts, filled when it does."""

from __future__ import annotations

from ..attempts import Road
from ..clock import Clock
from ..law.rulebook import Rulebook
from ..records.store import Store
from ..settings import Settings
from .metrics import Metrics


class House:
    """The rooms behind the doors. `road`, `store` and `book` are there from start-up until clean-up."""

    road: Road
    store: Store
    book: Rulebook

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock, self.metrics = settings, clock, Metrics()
        self.open = False
