"""Services to test through their doors."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from a_service import Service, Start, drop_database, new_database, started
from aiohttp.test_utils import TestClient

from a_book import federal
from contactguard.doors import logs
from contactguard.sections import Log


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'contactguard.db'}"


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    name = await new_database()
    yield f"postgresql:///{name}"
    await drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The same test over both engines."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts services, by the federal rules or by what is `stored`; all are closed at the end."""
    clients: list[TestClient[Any, Any]] = []

    async def begin(url: str, *, stored: bool = False, **sections: Any) -> Service:
        service = await started(url, tmp_path, book=None if stored else federal(), **sections)
        clients.append(service.client)
        return service

    yield begin
    for client in clients:
        await client.close()


@pytest.fixture
def logged() -> Iterator[None]:
    """Log lines as a running service writes them, for this test alone."""
    handlers = logging.getLogger().handlers[:]
    logs.set_up(Log())
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
async def service(start: Start, sqlite_url: str) -> Service:
    """One over SQLite with one case."""
    made = await start(sqlite_url)
    answer = await made.put_case()
    assert answer.status == 201, await answer.text()
    return made


@pytest.fixture
async def either(start: Start, store_url: str) -> Service:
    """One over each engine in turn, with one case."""
    made = await start(store_url)
    answer = await made.put_case()
    assert answer.status == 201, await answer.text()
    return made
