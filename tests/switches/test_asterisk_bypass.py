"""Ways round the gate that a dialplan could leave open, tried on the Asterisk dialplans we ship."""

from __future__ import annotations

import asyncio

import pytest
from a_call import LOCAL, Agent, Debtor, Message
from a_gate import ALLOWED, Gate, Gates
from a_switch import DIALPLANS, asterisk
from test_asterisk import CURL, FASTAGI, shipped

OTHER = "+12125550177"


_FORM = "decision=allow&permit=1&reason=&sentence=&cause=0&sip_code=0&to=%2B12125550123&caller_id=&ring=30"


@pytest.mark.parametrize("hangs", [False, True], ids=["cut off", "stuck"])
async def test_half_an_answer_is_a_no(gate: Gate, gates: Gates, agent: Agent, debtor: Debtor, hangs: bool) -> None:
    """An answer that breaks off, wherever it does, dials nothing: least of all half a number."""
    await gates.close()
    cuts = [_FORM[: _FORM.index("&reason")], _FORM[: _FORM.index("0123")], _FORM]
    asked: list[bytes] = []
    held: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        said = cuts[len(asked) - 1].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nConnection: close\r\n\r\n" + said)
        await writer.drain()
        if hangs:
            held.append(writer)
        else:
            writer.close()

    broken = await asyncio.start_server(answer, LOCAL, gates.port)
    with asterisk(shipped(CURL, gates), debtor.port) as port:
        for _ in cuts:
            assert (await agent.dial(ALLOWED, port)).status >= 400
    assert len(asked) == len(cuts)
    assert debtor.seen == []
    for one in held:
        one.close()
    broken.close()


class Forwarded(Debtor):
    """A telephone that sends whoever calls on to another number at the same carrier."""

    def heard(self, message: Message, addr: tuple[str, int]) -> None:
        if message.method == "INVITE" and OTHER not in message.first:
            self._forward(message, addr)
        else:
            super().heard(message, addr)

    def _forward(self, to: Message, addr: tuple[str, int]) -> None:
        named = [("Via", via) for via in to.headers["via"]]
        named += [(name, to.one(name.lower())) for name in ("From", "Call-ID", "CSeq")]
        named += [("To", to.one("to") + ";tag=away"), ("Contact", f"<sip:{OTHER}@{LOCAL}:{self.port}>")]
        lines = "\r\n".join(f"{name}: {value}" for name, value in (*named, ("Content-Length", "0")))
        self.transport.sendto(f"SIP/2.0 302 Moved\r\n{lines}\r\n\r\n".encode(), addr)


@pytest.mark.parametrize("name", [CURL, FASTAGI])
async def test_a_carrier_that_sends_the_call_on_makes_no_second_leg(
    name: str, gate: Gate, gates: Gates, agent: Agent
) -> None:
    """302 to another number, and a carrier's context that would dial it: nobody was asked about that one."""
    carrier, files = await Forwarded.at(), shipped(name, gates)
    files["extensions.conf"] += "\n[nowhere]\nexten => _[+0-9]!,1,Dial(PJSIP/${EXTEN}@carrier)\n"
    with asterisk(files, carrier.port) as port:
        assert (await agent.dial(ALLOWED, port)).status >= 400
    assert {message.first.partition(" ")[0] for message in carrier.seen} == {"INVITE", "ACK"}
    assert not [message for message in carrier.seen if OTHER in message.first]
    carrier.close()


async def test_a_vicidial_carrier_dials_the_number_that_was_decided_about(
    gate: Gate, gates: Gates, agent: Agent, debtor: Debtor
) -> None:
    """Not the digits as they came, which a trunk may read otherwise than the gate did."""
    text = (DIALPLANS / "vicidial" / "carrier.conf").read_text().replace("[carrier]", "[agents]")
    files = shipped(CURL, gates) | {
        "extensions.conf": text.replace("${CG_TRUNK}/${HASH(CG,to)}", "PJSIP/${HASH(CG,to)}@carrier")
    }
    with asterisk(files, debtor.port) as port:
        assert (await agent.dial("92125550123", port, user="2125550199", name="M1122120000000000123")).status == 200
        assert debtor.calls[0].first.startswith(f"INVITE sip:{ALLOWED}@")
        await agent.hang_up()
