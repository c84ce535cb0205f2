"""FreeSWITCH is not in any Debian, so its documents and files are held against the shape of what it reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from a_call import LOCAL
from a_gate import ALLOWED, REFUSED, Gate, Gates
from a_switch import DIALPLANS
from aiohttp import ClientSession, encode_basic_auth

from a_bed import need

_SHAPE = Path(__file__).parent / "freeswitch.rng"
_FILES = sorted((DIALPLANS / "freeswitch").glob("*.xml"))
_CHANNEL = {
    "section": "dialplan",
    "tag_name": "",
    "key_name": "",
    "key_value": "",
    "hostname": "switch",
    "Event-Name": "REQUEST_PARAMS",
    "Unique-ID": "2f6b8f2e-0e5e-4d3c-9a50-1f0c5b1a7c11",
    "Call-Direction": "inbound",
    "Channel-State": "CS_ROUTING",
    "Caller-Context": "agents",
    "Caller-Caller-ID-Number": "101",
    "Caller-Source": "mod_sofia",
    "variable_sip_call_id": "call-1@127.0.0.1",
    "variable_sip_from_user": "101",
}


def linted(document: str, *options: str) -> None:
    """Held against well-formedness, and with `--relaxng` against a shape."""
    done = subprocess.run(
        (need("xmllint"), "--noout", *options, "-"), input=document, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr + document


async def fetched(gates: Gates, **fields: str) -> str:
    """The document that FreeSWITCH is answered with."""
    auth = encode_basic_auth("freeswitch", gates.key)
    async with ClientSession(headers={"Authorization": auth}) as session:
        url = f"http://{LOCAL}:{gates.port}/pbx/freeswitch"
        async with session.post(
            url, data=_CHANNEL | {name.replace("_", "-"): to for name, to in fields.items()}
        ) as got:
            assert got.status == 200
            return await got.text()


@pytest.mark.parametrize("number", [ALLOWED, "2125550123", REFUSED, "911", "201", "0", '"><x>', "5" * 400, ""])
async def test_every_answer_has_the_shape_that_freeswitch_reads(gate: Gate, gates: Gates, number: str) -> None:
    """Yes, no, emergency, extension and nonsense: a document of that shape."""
    document = await fetched(gates, Hunt_Destination_Number=number, Caller_Destination_Number=number)
    linted(document, "--relaxng", str(_SHAPE))
    bridges = 'application="bridge"' in document
    assert bridges == (number in {ALLOWED, "2125550123", "911", "201"})


async def test_what_is_asked_beside_dialplans_has_it_too(gate: Gate, gates: Gates) -> None:
    """Another section, and a key that may not ask."""
    linted(await fetched(gates, section="directory"), "--relaxng", str(_SHAPE))
    gates.key = "none"
    document = await fetched(gates, Hunt_Destination_Number=ALLOWED)
    linted(document, "--relaxng", str(_SHAPE))
    assert "bridge" not in document


async def test_a_call_from_outside_is_not_ours_to_let_through(gate: Gate, gates: Gates) -> None:
    """The context in which they arrive is not found here, and nobody counts them; any other is a call out."""
    number = {"Caller_Destination_Number": "2125550123"}
    document = await fetched(gates, Caller_Context="public", **number)
    linted(document, "--relaxng", str(_SHAPE))
    assert 'status="not found"' in document
    assert await gate.contacts() == []
    assert "bridge" in await fetched(gates, Caller_Context="default", **number)
    assert len(await gate.contacts()) == 1


@pytest.mark.parametrize("file", _FILES, ids=lambda path: path.name)
def test_shipped_files_are_well_formed(file: Path) -> None:
    """Each can be read, and the dialplan that stands behind a dead gate has the shape of a dialplan."""
    linted(file.read_text(), *(("--relaxng", str(_SHAPE)) if file.name == "agents.xml" else ()))
