"""What carriers know us by, as it lies on disk: read when it is needed, never kept, logged or shown."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..errors import BadInput


def read_secret(path: str, where: str) -> tuple[str, ...]:
    """The lines of a file that only its owner may read, none of them empty; the first is the one to send.

    A second line is what is still taken, or taken already, while the secret is being changed. Raises `BadInput`
    naming the setting.
    """
    try:
        mode = os.stat(path).st_mode
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(where, "this file cannot be read") from None
    if stat.S_IMODE(mode) & 0o077:
        raise BadInput(where, "others may read this file; chmod it to 0600")
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not lines:
        raise BadInput(where, "this file is empty")
    return lines
