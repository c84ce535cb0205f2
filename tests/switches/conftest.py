"""A gate, an agent's telephone and a debtor's, for calls through real switches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from a_call import Agent, Debtor
from a_gate import Gate, Gates


@pytest.fixture
async def gates(tmp_path: Path) -> AsyncIterator[Gates]:
    """The service's place, before it runs."""
    made = Gates(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def gate(gates: Gates) -> Gate:
    """The service, running."""
    return await gates.open()


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    """An agent's telephone, number 101."""
    made = await Agent.at()
    yield made
    made.close()


@pytest.fixture
async def debtor() -> AsyncIterator[Debtor]:
    """The telephone at the far end of everything that leaves a switch; it answers at once."""
    made = await Debtor.at()
    yield made
    made.close()
