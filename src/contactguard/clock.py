"""The one clock. Whoever needs the time is handed a `Clock`; nothing else in the package asks the system."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the time is, in seconds since 1970-01-01T00:00:00Z. `simulated`: it is not the machine's."""

    simulated: bool

    def now(self) -> float:
        """The time by this process."""
        ...

    def by_database(self, seconds: float) -> float:
        """The time when the database's own clock says `seconds`: the same, unless the clock is simulated."""
        ...


class SystemClock:
    """The machine's clock."""

    simulated = False

    def now(self) -> float:
        return time.time()

    def by_database(self, seconds: float) -> float:
        return seconds


class SimulatedClock:
    """A clock that starts at `start` (UTC seconds) and runs on, or stands still until it is set."""

    simulated = True

    def __init__(self, start: float, *, runs: bool = True) -> None:
        self.runs = runs
        self.set(start)

    def set(self, seconds: float) -> None:
        """Put the clock to `seconds`."""
        self._at, self._real = seconds, time.time()

    def advance(self, seconds: float) -> None:
        """Put the clock `seconds` further."""
        self.set(self.now() + seconds)

    def now(self) -> float:
        return self.by_database(time.time())

    def by_database(self, seconds: float) -> float:
        return self._at + (seconds - self._real) if self.runs else self._at
