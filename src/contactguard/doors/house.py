"""What the doors open into: made before the application starts, filled when it does."""

from __future__ import annotations

from ..attempts import Activation, Road, Shelf
from ..clock import Clock
from ..law.rulebook import Rulebook
from ..records.store import Store
from ..sections import Limits
from ..settings import Settings
from .auth import Buckets
from .metrics import Metrics


def _rare(limits: Limits) -> Limits:
    """How many emergency calls of those who show no key are written down: few come so, and each stays."""
    return Limits(
        requests_per_minute=min(10, limits.requests_per_minute), burst_requests=min(60, limits.burst_requests)
    )


class House:
    """The rooms behind the doors, which are there from start-up until clean-up."""

    road: Road
    store: Store
    shelf: Shelf
    activation: Activation

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock, self.metrics = settings, clock, Metrics()
        self.open = False
        self.fastagi: tuple[str, int] | None = None
        self.keyless = Buckets(_rare(settings.limits))

    @property
    def book(self) -> Rulebook:
        """The rulebook in force."""
        return self.shelf.book
