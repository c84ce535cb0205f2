"""Who acts when a command does."""

from __future__ import annotations

from ..attempts import Caller

SCOPES = ("agent", "dialler", "case_system", "compliance", "admin")
BY_COMMAND = Caller(key="command", name="command line", scopes=frozenset(SCOPES))
