"""The road itself: ask, start, event, finish; and what the record learns beside it.

Every method plans (which subjects?), has the store lock them and judge, and answers what was committed.
"""

from __future__ import annotations

from .authorizing import Authorizing
from .reconciling import Reconciling
from .stopping.halting import Halting
from .telling.returns import Returning


class Road(Reconciling, Authorizing, Returning, Halting):
    """Whatever may reach a person goes through here."""
