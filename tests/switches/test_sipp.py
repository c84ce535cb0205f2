"""A call between two telephones that are not ours (SIPp), through each switch: the whole of it, from INVITE to BYE."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from socket import SOCK_DGRAM

import pytest
from a_call import LOCAL
from a_gate import ALLOWED, Gates
from a_switch import DIALPLANS, asterisk, kamailio
from test_asterisk import CURL, shipped
from test_kamailio import SITE

from a_bed import free_port, need

_HERE = Path(__file__).parent
Switch = Callable[[Gates, int], contextlib.AbstractContextManager[int]]


def _asterisk(gates: Gates, carrier: int) -> contextlib.AbstractContextManager[int]:
    return asterisk(shipped(CURL, gates), carrier)


def _kamailio(gates: Gates, carrier: int) -> contextlib.AbstractContextManager[int]:
    site = SITE.format(local=LOCAL, carrier=carrier, gate=gates.port, key=gates.key)
    return kamailio((DIALPLANS / "kamailio" / "kamailio.cfg").read_text(), site)


async def _sipp(folder: Path, port: int, scenario: str, *args: str) -> asyncio.subprocess.Process:
    ports = ("-i", LOCAL, "-p", str(port), "-ci", LOCAL, "-mi", LOCAL, "-mp", str(free_port(SOCK_DGRAM)))
    return await asyncio.create_subprocess_exec(
        need("sipp"), *args, "-sf", str(_HERE / scenario), "-m", "1", *ports, cwd=folder, stdin=-3, stdout=-3, stderr=-3
    )


@pytest.mark.parametrize("switch", [_asterisk, _kamailio], ids=["asterisk", "kamailio"])
async def test_two_telephones_of_others_are_put_through(gates: Gates, tmp_path: Path, switch: Switch) -> None:
    """Both ends find everything as their scenario has it, and the call was answered for a second."""
    ends, started = [free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)], list[asyncio.subprocess.Process]()
    gates.switches["gateway"] = f"{LOCAL}:{ends[0]}"
    gate = await gates.open()
    with switch(gates, ends[0]) as port:
        try:
            started.append(await _sipp(tmp_path, ends[0], "uas.xml"))
            started.append(await _sipp(tmp_path, ends[1], "uac.xml", f"{LOCAL}:{port}", "-s", ALLOWED))
            async with asyncio.timeout(30):
                assert [await one.wait() for one in started] == [0, 0]
                assert (await gate.told()).state == "ended"
        finally:
            for one in started:
                with contextlib.suppress(ProcessLookupError):
                    one.kill()
    (contact,) = await gate.contacts()
    assert (contact.address, contact.outcome) == (ALLOWED, "answered")
