"""Names for new things, ordered by time so that inserts append."""

from __future__ import annotations

import os


def new_id(seconds: float) -> str:
    """32 hex digits: 48 bits of milliseconds since 1970 (UTC `seconds`), then 80 random bits."""
    return f"{int(seconds * 1000):012x}{os.urandom(10).hex()}"


def first_id(seconds: int) -> str:
    """What precedes every name given from this moment on."""
    return f"{seconds * 1000:012x}"
