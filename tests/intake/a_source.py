"""Files for the tests of reading them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contactguard.intake.readers import Reading, Row, Source, open_source

NOW = 1_785_000_000
"""2026-07-25T17:20:00Z."""


def rows(folder: Path, content: str | bytes, kind: Any = "cases", **options: Any) -> list[Row]:
    """Every row of a file with this content."""
    return read(source(folder, content, kind, **options))


def source(folder: Path, content: str | bytes, kind: Any = "cases", **options: Any) -> Source:
    """A file with this content, ready to be read."""
    file = folder / "rows"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(file, Reading(kind=kind, **{"region": "US", "now": NOW, **options}))


def read(source: Source) -> list[Row]:
    """Every row of a file that is ready."""
    with source.lines() as lines:
        return list(source.rows(lines))
