"""Ways round the gate that a proxy could leave open, tried on the Kamailio configuration we ship."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from a_call import LOCAL, Agent, Debtor, Message, Telephone
from a_gate import ALLOWED, REFUSED, Gate, Gates
from a_switch import DIALPLANS, kamailio
from test_kamailio import PROXIES, SITE


@pytest.fixture
async def gates(gates: Gates, debtor: Debtor) -> Gates:
    """The service, told that the debtor's telephone is the way out."""
    gates.switches["gateway"] = f"{LOCAL}:{debtor.port}"
    return gates


@pytest.fixture(params=PROXIES, ids=["5.6", "6", "6-async"])
async def proxy(request: pytest.FixtureRequest, gate: Gate, gates: Gates, debtor: Debtor) -> AsyncIterator[int]:
    """Kamailio of each version and with each way to ask: where it takes calls."""
    more, in_tree = request.param
    site = more + SITE.format(local=LOCAL, carrier=debtor.port, gate=gates.port, key=gates.key)
    with kamailio((DIALPLANS / "kamailio" / "kamailio.cfg").read_text(), site, in_tree) as port:
        yield port


class Stranger(Telephone):
    """Sends whatever it likes."""

    async def sends(self, method: str, uri: str, port: int, call: str, tag: str = "", *more: str) -> Message:
        """One request in this call, and its final answer; a tag makes it one within a dialog."""
        lines = (
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOCAL}:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport",
            *more,
            "Max-Forwards: 70",
            f"From: <sip:101@{LOCAL}:{self.port}>;tag={secrets.token_hex(4)}",
            f"To: <{uri}>{tag and ';tag=' + tag}",
            f"Call-ID: {call}",
            f"CSeq: 7 {method}",
            f"Contact: <sip:agent@{LOCAL}:{self.port}>",
            "Content-Length: 0",
        )
        self.transport.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), (LOCAL, port))
        return await self.until(method, 200)


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    made = await Stranger.at()
    yield made
    made.close()


async def test_a_call_that_says_it_stands_already_goes_nowhere(
    proxy: int, gate: Gate, stranger: Stranger, debtor: Debtor
) -> None:
    """A made-up To tag and a Route through the proxy make no dialog: nothing is relayed that nobody was asked about."""
    to, route = f"sip:{REFUSED}@{LOCAL}:{debtor.port}", f"Route: <sip:{LOCAL}:{proxy};lr>"
    for method in ("INVITE", "REFER", "MESSAGE"):
        answer = await stranger.sends(method, to, proxy, secrets.token_hex(8), "made-up", route)
        assert answer.status >= 400
    assert debtor.seen == []


async def test_one_yes_is_one_leg_though_the_call_id_comes_twice(
    proxy: int, gate: Gate, agent: Agent, stranger: Stranger, debtor: Debtor
) -> None:
    """A second INVITE under the Call-ID of a call that stands does not go out on the first one's permit."""
    assert (await agent.dial(ALLOWED, proxy)).status == 200
    call = debtor.calls[0].one("call-id")
    answer = await stranger.sends("INVITE", f"sip:{ALLOWED}@{LOCAL}:{proxy}", proxy, call)
    assert answer.status >= 400
    assert len([message for message in debtor.seen if message.method == "INVITE"]) == 1
    await agent.hang_up()


async def test_a_call_that_stands_is_not_sent_on_to_somebody_else(
    proxy: int, gate: Gate, agent: Agent, stranger: Stranger, debtor: Debtor
) -> None:
    """Neither by a REFER in it nor by an INVITE in it to another number."""
    assert (await agent.dial(ALLOWED, proxy)).status == 200
    call, route = debtor.calls[0].one("call-id"), f"Route: <sip:{LOCAL}:{proxy};lr>"
    refer = f"Refer-To: <sip:{REFUSED}@{LOCAL}:{debtor.port}>"
    to = f"sip:debtor@{LOCAL}:{debtor.port}"
    assert (await stranger.sends("REFER", to, proxy, call, "debtor", route, refer)).status >= 400
    other = f"sip:{REFUSED}@{LOCAL}:{debtor.port}"
    assert (await stranger.sends("INVITE", other, proxy, call, "debtor", route)).status >= 400
    assert [message.method for message in debtor.seen if message.method != "ACK"] == ["INVITE"]
    await agent.hang_up()


async def test_a_call_that_stands_can_be_held(
    proxy: int, gate: Gate, agent: Agent, stranger: Stranger, debtor: Debtor
) -> None:
    """An INVITE within the call, to the end that it has, goes on; once the call is over it does not."""
    assert (await agent.dial(ALLOWED, proxy)).status == 200
    call, route = debtor.calls[0].one("call-id"), f"Route: <sip:{LOCAL}:{proxy};lr>"
    to = f"sip:debtor@{LOCAL}:{debtor.port}"
    assert (await stranger.sends("INVITE", to, proxy, call, "debtor", route)).status == 200
    await agent.hang_up()
    await gate.told()
    assert (await stranger.sends("INVITE", to, proxy, call, "debtor", route)).status >= 400


async def test_whoever_is_called_gets_no_header_that_the_call_does_not_need(
    proxy: int, gate: Gate, stranger: Stranger, debtor: Debtor
) -> None:
    """A subject, an organisation, a name: what a telephone or a PBX adds goes no further."""
    said = ("Subject: debt C-1", "Organization: Acme", "Call-Info: <http://acme.example/>", "User-to-User: 4331",
            "Remote-Party-ID: \"Acme\" <sip:101@acme.example>", "User-Agent: Acme-Dialer", "X-Case: C-1",
            "Diversion: <sip:acme@acme.example>", "Allow: INVITE")  # fmt: skip
    to = f"sip:{ALLOWED}@{LOCAL}:{proxy}"
    assert (await stranger.sends("INVITE", to, proxy, secrets.token_hex(8), "", *said)).status == 200
    (call,) = debtor.calls
    assert not any(word in call.text.lower() for word in ("acme", "c-1", "4331", "diversion"))
    assert call.one("allow") == "INVITE"


async def test_without_a_number_of_ours_the_name_of_who_calls_still_stays_here(
    gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """Where the gate names no number to show, the call's own is shown, and no name."""
    gates.collector = [{"id": "acme", "name": "Acme Recovery"}]
    await gates.open()
    site = SITE.format(local=LOCAL, carrier=debtor.port, gate=gates.port, key=gates.key)
    with kamailio((DIALPLANS / "kamailio" / "kamailio.cfg").read_text(), site) as port:
        assert (await agent.dial(ALLOWED, port, name="Acme debts")).status == 200
        assert "Acme" not in debtor.calls[0].text
        assert "<sip:101@" in debtor.calls[0].one("from")
        await agent.hang_up()


async def test_an_agent_who_hangs_up_while_the_gate_thinks_calls_nobody(
    request: pytest.FixtureRequest,
    proxy: int,
    gate: Gate,
    agent: Agent,
    debtor: Debtor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The yes comes for a call that is gone: no leg stands, and the gate is told of the end."""
    debtor.status = 0
    road, asked, goes_on = gate.house.road, asyncio.Event(), asyncio.Event()
    authorize = road.authorize

    async def slow(*given: Any, **named: Any) -> Any:
        asked.set()
        await goes_on.wait()
        return await authorize(*given, **named)

    monkeypatch.setattr(road, "authorize", slow)
    dialling = asyncio.create_task(agent.dial(ALLOWED, proxy))
    await asked.wait()
    agent.give_up()
    goes_on.set()
    assert (await dialling).status >= 400
    assert not debtor.seen or debtor.seen[-1].method != "INVITE"
    if "async" not in request.node.callspec.id:  # there the transaction is gone before the answer, and nobody can tell
        assert (await gate.told()).outcome in {"failed", "no_answer"}
