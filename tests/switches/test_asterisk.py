"""Calls through Asterisk with the dialplans we ship: by CURL(), by FastAGI, and as a ViciDial carrier."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from a_call import LOCAL, Agent, Debtor
from a_gate import ALLOWED, REFUSED, SHOWN, Gate, Gates
from a_switch import DIALPLANS, asterisk
from aiohttp import ClientSession

CURL, FASTAGI = "extensions.conf", "extensions-fastagi.conf"


def shipped(name: str, gates: Gates) -> dict[str, str]:
    """The files of a dialplan as an operator would put them, with our ports and key."""
    text = (DIALPLANS / "asterisk" / name).read_text()
    assert "agi://127.0.0.1:4573" in text or name == CURL
    return {
        "extensions.conf": text.replace("agi://127.0.0.1:4573", f"agi://{LOCAL}:{gates.agi_port}"),
        "contactguard.conf": f"CG_URL=http://{LOCAL}:{gates.port}\nCG_KEY={gates.key}\n",
    }


@pytest.fixture(params=[CURL, FASTAGI])
def switch(request: pytest.FixtureRequest, gate: Gate, gates: Gates, debtor: Debtor) -> Iterator[int]:
    """Asterisk with each of the two dialplans, its carrier the debtor's telephone: where it takes calls."""
    with asterisk(shipped(request.param, gates), debtor.port) as port:
        yield port


async def test_an_allowed_call_reaches_the_number_asked_for_and_its_end_is_in_the_record(
    switch: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """A national number is dialled as E.164 under the collector's own number, and the outcome is reported."""
    assert (await agent.dial("2125550123", switch)).status == 200
    (call,) = debtor.calls
    assert call.first.startswith(f"INVITE sip:{ALLOWED}@")
    assert f"<sip:{SHOWN}@" in call.one("from")
    await agent.hang_up()
    assert (await gate.told()).state == "ended"
    (contact,) = await gate.contacts()
    assert (contact.address, contact.outcome, contact.agent, contact.placed) == (ALLOWED, "answered", "101", True)


async def test_nothing_of_the_permit_or_the_case_goes_to_the_person_called(
    switch: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """The leg to the debtor carries neither the permit, nor the key, nor the case, nor any header of ours."""
    await agent.dial("2125550123", switch)
    await agent.hang_up()
    await gate.told()
    (contact,) = await gate.contacts()
    said = "".join(message.text for message in debtor.seen)
    assert contact.permit not in said
    assert "C-1" not in said
    assert not any(word in said.lower() for word in ("contactguard", "acme", "sip:101", '"101"'))
    assert not any(name.startswith("x-") for message in debtor.seen for name in message.headers)


async def test_a_refused_call_never_leaves(switch: int, gate: Gate, agent: Agent, debtor: Debtor) -> None:
    """The agent hears a refusal with its cause, the carrier nothing, and the record has the refusal."""
    answer = await agent.dial(REFUSED, switch)
    assert (answer.status, answer.one("reason")) == (403, "Q.850;cause=21")
    assert debtor.seen == []
    (contact,) = await gate.contacts("C-2")
    assert (contact.verdict, contact.reasons[0], contact.placed) == ("deny", "represented", False)


async def test_a_busy_number_is_told_to_the_agent_and_to_the_gate(
    switch: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """Busy stays busy on both sides."""
    debtor.status = 486
    assert (await agent.dial(ALLOWED, switch)).status == 486
    await gate.told()
    (contact,) = await gate.contacts()
    assert contact.outcome == "busy"


async def test_however_many_dial_at_once_a_person_is_called_once(switch: int, gate: Gate, debtor: Debtor) -> None:
    """Twenty agents dial one number in the same moment: one call leaves."""
    agents = [await Agent.at() for _ in range(20)]
    answers = await asyncio.gather(*(one.dial(ALLOWED, switch, user=str(300 + n)) for n, one in enumerate(agents)))
    assert sorted(answer.status for answer in answers) == [200] + [403] * 19
    assert len(debtor.calls) == 1
    await agents[[answer.status for answer in answers].index(200)].hang_up()
    assert (await gate.told()).state == "ended"
    for one in agents:
        one.close()


async def test_an_agent_who_hangs_up_while_it_rings_ends_the_contact(
    switch: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """The far end stops ringing, and the record has an attempt that nobody answered."""
    debtor.status = 0
    dialling = asyncio.create_task(agent.dial(ALLOWED, switch))
    await debtor.until("INVITE")
    agent.give_up()
    assert (await dialling).status == 487
    assert (await gate.told()).state == "ended"
    (contact,) = await gate.contacts()
    assert (contact.outcome, contact.placed) == ("no_answer", True)
    assert debtor.seen[-1].method in {"CANCEL", "ACK"}


async def test_without_the_gate_nothing_leaves(switch: int, gates: Gates, agent: Agent, debtor: Debtor) -> None:
    """Dead gate, dead line."""
    await gates.close()
    for number in (ALLOWED, REFUSED, "0", "1234567890123456789", "2125550123x", "9110"):
        assert (await agent.dial(number, switch)).status in {403, 404, 484}
    assert debtor.seen == []


async def test_a_gate_that_says_nothing_is_a_no_within_seconds(
    switch: int, gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """One that takes the question and never answers is a no like any other."""
    await gates.close()
    mute = [await asyncio.start_server(lambda *_: None, LOCAL, port) for port in (gates.port, gates.agi_port)]
    assert (await agent.dial(ALLOWED, switch)).status >= 400
    assert debtor.seen == []
    for one in mute:
        one.close()


@pytest.mark.parametrize("alive", [True, False])
async def test_emergency_calls_and_extensions_pass_whatever_the_gate_does(
    switch: int, gate: Gate, gates: Gates, agent: Agent, debtor: Debtor, alive: bool
) -> None:
    """911, 112 and a colleague are put through before anybody is asked; an emergency call is told afterwards."""
    if not alive:
        await gates.close()
    for number in ("911", "112", "201"):
        assert (await agent.dial(number, switch)).status == 200
        assert debtor.calls[-1].first.startswith(f"INVITE sip:{number}@")
        await agent.hang_up()
        if alive and number != "201":
            assert (await gate.told()).state == "ended"
    assert len(debtor.calls) == 3


@pytest.fixture
def vicidial(gate: Gate, gates: Gates, debtor: Debtor) -> Iterator[int]:
    """Asterisk with ViciDial's carrier entry, where an agent's telephone stands for its dialler."""
    text = (DIALPLANS / "vicidial" / "carrier.conf").read_text()
    trunk = re.sub(r"\$\{CG_TRUNK\}/(911|112|\$\{HASH\(CG,to\)\})", r"PJSIP/\1@carrier", text)
    files = {
        "extensions.conf": trunk.replace("[carrier]", "[agents]"),
        "contactguard.conf": f"CG_URL=http://{LOCAL}:{gates.port}\nCG_KEY={gates.key}\n",
    }
    with asterisk(files, debtor.port) as port:
        yield port


async def test_a_vicidial_disposition_finds_the_call_that_its_carrier_asked_for(
    vicidial: int, gate: Gate, gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """The call goes out under ViciDial's own id, and its Dispo Call URL tells the end of that contact."""
    call = "M1122120000000000123"
    assert (await agent.dial("92125550123", vicidial, user="2125550199", name=call)).status == 200
    await agent.hang_up()
    await gate.told()
    told = dict.fromkeys(("user", "campaign", "talk_time", "phone_code"), "") | {
        "call_id": call, "dispo": "SALE", "phone_number": "2125550123", "vendor_lead_code": "C-1",
    }  # fmt: skip
    async with ClientSession() as session, session.get(filled(gates, **told)) as answer:
        assert answer.status == 200, await answer.text()
    (contact,) = await gate.contacts()
    assert (contact.address, contact.outcome) == (ALLOWED, "conversation")


def filled(gates: Gates, **said: str) -> str:
    """The Dispo Call URL we ship, with the variables put in as ViciDial does."""
    lines = (DIALPLANS / "vicidial" / "dispo.txt").read_text().splitlines()
    url = next(line for line in lines if line.startswith("VARhttp")).removeprefix("VAR")
    url = url.replace("KEY@127.0.0.1:8030", f"{gates.key}@{LOCAL}:{gates.port}")
    return re.sub("--A--([a-z_]+)--B--", lambda name: said[name[1]], url)


async def test_a_vicidial_carrier_lets_nothing_out_without_a_yes(
    vicidial: int, gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """Refused, and without a gate, nothing leaves; 911 does."""
    assert (await agent.dial("9" + REFUSED[1:], vicidial, user="2125550199")).status == 403
    await gates.close()
    assert (await agent.dial("92125550123", vicidial, user="2125550199")).status == 403
    assert debtor.seen == []
    assert (await agent.dial("911", vicidial)).status == 200
