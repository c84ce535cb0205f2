"""Calls through Kamailio with the configuration we ship: 5.6 and 6 with http_client, 6 with http_async_client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from a_call import LOCAL, Agent, Debtor
from a_gate import ALLOWED, REFUSED, SHOWN, Gate, Gates
from a_switch import DIALPLANS, kamailio

SITE = """
#!substdef "!CG_LISTEN!udp:{local}:{{port}}!g"
#!substdef "!CG_PBX_ADDRESS!{local}!g"
#!substdef "!CG_PBX!{local}:{carrier}!g"
#!substdef "!CG_CARRIER!{local}:{carrier}!g"
#!substdef "!CG_URL!http://{local}:{gate}!g"
#!substdef "!CG_KEY!{key}!g"
"""
_ASYNC = "#!define CG_HTTP_ASYNC\n"
PROXIES = [("", False), ("", True), (_ASYNC, True)]


@pytest.fixture
async def gates(gates: Gates, debtor: Debtor) -> Gates:
    """The service, told that the debtor's telephone is the way out."""
    gates.switches["gateway"] = f"{LOCAL}:{debtor.port}"
    return gates


@pytest.fixture(params=PROXIES, ids=["5.6", "6", "6-async"])
async def proxy(request: pytest.FixtureRequest, gate: Gate, gates: Gates, debtor: Debtor) -> AsyncIterator[int]:
    """Kamailio of each version and with each way to ask, its carrier the debtor's telephone: where it takes calls."""
    more, in_tree = request.param
    site = more + SITE.format(local=LOCAL, carrier=debtor.port, gate=gates.port, key=gates.key)
    with kamailio((DIALPLANS / "kamailio" / "kamailio.cfg").read_text(), site, in_tree) as port:
        yield port


async def test_an_allowed_call_reaches_the_number_asked_for_and_its_end_is_in_the_record(
    proxy: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """A national number is dialled as E.164 under the collector's own number, and the outcome is reported."""
    assert (await agent.dial("2125550123", proxy)).status == 200
    (call,) = debtor.calls
    assert call.first.startswith(f"INVITE sip:{ALLOWED}@")
    assert f"<sip:{SHOWN}@" in call.one("from")
    await agent.hang_up()
    assert (await gate.told()).state == "ended"
    (contact,) = await gate.contacts()
    assert (contact.address, contact.outcome, contact.agent, contact.placed) == (ALLOWED, "answered", "101", True)


async def test_nothing_of_the_permit_or_the_case_goes_to_the_person_called(
    proxy: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """The leg to the debtor carries neither the permit, nor the case, nor a header of ours."""
    await agent.dial("2125550123", proxy)
    await agent.hang_up()
    await gate.told()
    (contact,) = await gate.contacts()
    said = "".join(message.text for message in debtor.seen)
    assert contact.permit not in said
    assert "C-1" not in said
    assert not any(word in said.lower() for word in ("contactguard", "acme"))
    assert not any(name.startswith("x-") for message in debtor.seen for name in message.headers)


async def test_a_refused_call_never_leaves_and_says_a_fixed_sentence(
    proxy: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """603 with the code's own sentence, which names neither debt nor person; the record has the refusal."""
    answer = await agent.dial(REFUSED, proxy)
    assert (answer.status, debtor.seen) == (603, [])
    assert "reached through someone else." in answer.one("warning")
    assert not any(word in answer.text.lower() for word in ("debt", "wren", "attorney", "acme"))
    (contact,) = await gate.contacts("C-2")
    assert (contact.verdict, contact.reasons[0], contact.placed) == ("deny", "represented", False)


async def test_a_busy_number_is_told_to_the_agent_and_to_the_gate(
    proxy: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """Busy stays busy on both sides."""
    debtor.status = 486
    assert (await agent.dial(ALLOWED, proxy)).status == 486
    await gate.told()
    (contact,) = await gate.contacts()
    assert contact.outcome == "busy"


async def test_however_many_dial_at_once_a_person_is_called_once(proxy: int, gate: Gate, debtor: Debtor) -> None:
    """Twenty agents dial one number in the same moment: one call leaves."""
    agents = [await Agent.at() for _ in range(20)]
    answers = await asyncio.gather(*(one.dial(ALLOWED, proxy, user=str(300 + n)) for n, one in enumerate(agents)))
    assert sorted(answer.status for answer in answers) == [200] + [603] * 19
    assert len(debtor.calls) == 1
    await agents[[answer.status for answer in answers].index(200)].hang_up()
    assert (await gate.told()).state == "ended"
    for one in agents:
        one.close()


async def test_an_agent_who_hangs_up_while_it_rings_ends_the_contact(
    proxy: int, gate: Gate, agent: Agent, debtor: Debtor
) -> None:
    """The far end stops ringing, and the record has an attempt that nobody answered."""
    debtor.status = 0
    dialling = asyncio.create_task(agent.dial(ALLOWED, proxy))
    await debtor.until("INVITE")
    agent.give_up()
    assert (await dialling).status == 487
    assert (await gate.told()).state == "ended"
    (contact,) = await gate.contacts()
    assert (contact.outcome, contact.placed) == ("no_answer", True)
    assert debtor.seen[-1].method in {"CANCEL", "ACK"}


async def test_without_the_gate_nothing_leaves_but_emergency_calls_and_extensions(
    proxy: int, gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """Dead gate, dead line: 603 at once. 911, 112 and a colleague are put through."""
    await gates.close()
    for number in (ALLOWED, REFUSED, "0", "2125550123x", "9110", "1234567890123456789"):
        assert (await agent.dial(number, proxy)).status == 603
    assert debtor.seen == []
    for number in ("911", "112", "201"):
        assert (await agent.dial(number, proxy)).status == 200
        assert debtor.calls[-1].first.startswith(f"INVITE sip:{number}@")
        await agent.hang_up()


async def test_a_gate_that_says_nothing_is_a_no_within_seconds(
    proxy: int, gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """One that takes the question and never answers is a no like any other."""
    await gates.close()
    mute = await asyncio.start_server(lambda *_: None, LOCAL, gates.port)
    assert (await agent.dial(ALLOWED, proxy)).status == 603
    assert debtor.seen == []
    mute.close()


async def test_only_the_switch_in_front_may_send_calls(gate: Gate, gates: Gates, agent: Agent, debtor: Debtor) -> None:
    """A stranger's call goes nowhere, and nobody is asked about it."""
    site = SITE.format(local=LOCAL, carrier=debtor.port, gate=gates.port, key=gates.key)
    site = site.replace(f"CG_PBX_ADDRESS!{LOCAL}", "CG_PBX_ADDRESS!192.0.2.20")
    with kamailio((DIALPLANS / "kamailio" / "kamailio.cfg").read_text(), site) as port:
        assert (await agent.dial(ALLOWED, port)).status == 403
    assert debtor.seen == []
    assert await gate.contacts() == []


async def test_an_answer_that_is_no_clear_yes_is_a_no(proxy: int, gates: Gates, agent: Agent, debtor: Debtor) -> None:
    """What is not understood whole is a no."""
    await gates.close()
    answers = [b'{"decision":"allow"}', b'{"decision":"allow","routes":[]}', b"ALLOW 1", b"{", b""]
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        said = answers[len(asked) - 1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(said), said))
        await writer.drain()
        writer.close()

    odd = await asyncio.start_server(answer, LOCAL, gates.port)
    for _ in answers:
        assert (await agent.dial(ALLOWED, proxy)).status == 603
    assert len(asked) == len(answers)
    assert debtor.seen == []
    odd.close()
