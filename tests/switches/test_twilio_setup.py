"""What makes a TwiML app and a SIP domain at Twilio, against Twilio's own description of these requests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from a_switch import DIALPLANS

from a_bed import PRISM, free_port, need, running

_DESCRIPTION = Path(__file__).parents[1] / "openapi" / "twilio_apps.json"
_SETUP = DIALPLANS / "twilio" / "setup.sh"


@pytest.fixture
async def api() -> AsyncIterator[str]:
    """A server that takes what the description allows, and nothing else."""
    port = free_port()
    argv = [need(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), _DESCRIPTION]
    async with running(argv, ready="Prism is listening"):
        yield f"http://127.0.0.1:{port}"


async def _set_up(*args: str, **env: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        _SETUP, *args, env={"PATH": os.environ["PATH"], **env}, stdout=-1, stderr=-2, stdin=-3
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_the_app_and_the_domain_are_made_as_twilio_describes(api: str) -> None:
    """Both are made, and their ids printed; without the token nothing is."""
    known = {"API_URL": api, "PUBLIC_URL": "https://gate.example", "ACCOUNT_SID": "AC" + "0" * 31 + "1"}
    status, said = await _set_up("acme.sip.twilio.com", CURL_AUTH="--user AC1:token", **known)
    assert status == 0, said
    assert [line[:9] for line in said.splitlines()] == ['"sid":"AP', '"sid":"SD']
    status, said = await _set_up("acme.sip.twilio.com", CURL_AUTH="--http1.1", **known)
    assert status != 0
    assert "sid" not in said


async def test_it_says_what_it_needs() -> None:
    """Without the service's own address nothing is tried."""
    status, said = await _set_up(ACCOUNT_SID="AC1")
    assert status != 0
    assert "PUBLIC_URL" in said
