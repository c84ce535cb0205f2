"""Roads on each engine: a fresh SQLite file, and a fresh database of the PostgreSQL that runs here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from a_road import Office, Offices, fresh_postgresql, master_key


@pytest.fixture(params=["sqlite", "postgresql"])
async def offices(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Offices]:
    """Roads on one fresh database."""
    key_file = master_key(tmp_path / "master.key")
    if request.param == "sqlite":
        made = Offices(f"sqlite:///{tmp_path}/store.db", key_file)
        yield made
        await made.close()
        return
    async for url in fresh_postgresql():
        made = Offices(url, key_file)
        yield made
        await made.close()


@pytest.fixture
async def office(offices: Offices) -> Office:
    """A road with the federal rules, and one case with one person on it."""
    opened = await offices.open()
    await opened.put()
    return opened
