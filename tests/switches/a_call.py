"""Both ends of a call over UDP: an agent's telephone that dials, and a debtor's that answers. RFC 3261, no media."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Any, NamedTuple, Self

LOCAL = "127.0.0.1"
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
)


class Message(NamedTuple):
    """One SIP message as it came: its first line, its headers by lower-case name, all of it as text."""

    first: str
    headers: dict[str, list[str]]
    text: str

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request a response is for."""
        return self.one("cseq").split()[1] if self.status else self.first.split()[0]

    def one(self, name: str) -> str:
        """A header's first value; empty without it."""
        return next(iter(self.headers.get(name, ())), "")


def read(data: bytes) -> Message:
    """A message from its bytes."""
    text = data.decode(errors="replace")
    first, *lines = text.partition("\r\n\r\n")[0].split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return Message(first, headers, text)


def _written(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Telephone(asyncio.DatagramProtocol):
    """A UDP socket that keeps all it was sent."""

    def __init__(self) -> None:
        self.seen: list[Message] = []
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()

    @classmethod
    async def at(cls, port: int = 0, **options: Any) -> Self:
        """One on this port of the loopback interface; 0 for any."""
        telephone = cls(**options)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: telephone, local_addr=(LOCAL, port))
        return telephone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip():
            return
        message = read(data)
        self.seen.append(message)
        self.heard(message, addr)
        self.inbox.put_nowait(message)

    def heard(self, message: Message, addr: tuple[str, int]) -> None:
        """What to do about a message at once."""

    async def until(self, method: str, least: int = 0) -> Message:
        """The next message of this method with at least this status; 0: a request."""
        async with asyncio.timeout(15):
            while True:
                message = await self.inbox.get()
                if message.method == method and (message.status >= least if least else message.status == 0):
                    return message

    def close(self) -> None:
        """Hang up for good."""
        self.transport.close()


class Debtor(Telephone):
    """A telephone that answers every call with `status`, 0 never; 200 talks until a BYE. `rings`: with a 180."""

    def __init__(self, status: int = 200, rings: bool = True) -> None:
        super().__init__()
        self.status, self.rings = status, rings

    @property
    def calls(self) -> list[Message]:
        """The INVITEs that reached it, each once."""
        return list({message.one("call-id"): message for message in self.seen if message.method == "INVITE"}.values())

    def heard(self, message: Message, addr: tuple[str, int]) -> None:
        if message.status or message.method == "ACK":
            return
        if message.method != "INVITE":
            self._answer(message, addr, 200)
            if message.method == "CANCEL":
                self._answer(self._ringing, addr, 487)
            return
        self._ringing = message
        if self.rings:
            self._answer(message, addr, 180)
        if self.status:
            self._answer(message, addr, self.status)

    def _answer(self, to: Message, addr: tuple[str, int], status: int) -> None:
        headers = [("Via", via) for via in to.headers["via"]]
        headers += [("Record-Route", route) for route in to.headers.get("record-route", ())]
        tag = "" if ";tag=" in to.one("to") else ";tag=debtor"
        headers += [("From", to.one("from")), ("To", to.one("to") + tag)]
        headers += [("Call-ID", to.one("call-id")), ("CSeq", to.one("cseq"))]
        headers += [("Contact", f"<sip:debtor@{LOCAL}:{self.port}>")]
        body = _SDP.format(port=self.port + 1) if status == 200 and to.method == "INVITE" else ""
        self.transport.sendto(_written(f"SIP/2.0 {status} {_PHRASES.get(status, 'No')}", headers, body), addr)


_PHRASES = {180: "Ringing", 200: "OK", 486: "Busy Here", 487: "Request Terminated"}


class Agent(Telephone):
    """A telephone that dials through the switch at `port`, as `user`."""

    async def dial(self, number: str, port: int, user: str = "101", name: str = "") -> Message:
        """Place a call, as `user` with this name: its final answer, acknowledged."""
        tag = secrets.token_hex(4)
        self._target = (LOCAL, port)
        self._uri = f"sip:{number}@{LOCAL}:{port}"
        self._from = f'"{name}" <sip:{user}@{LOCAL}:{self.port}>;tag={tag}'
        self._call_id = f"{secrets.token_hex(8)}@{LOCAL}"
        self._send("INVITE", f"<{self._uri}>", 1, _SDP.format(port=self.port + 1))
        answer = await self.until("INVITE", 200)
        self._to = answer.one("to")
        self._routes = [("Route", route) for route in reversed(_listed(answer, "record-route"))]
        if answer.status == 200:
            contact = re.search(r"<([^>]+)>", answer.one("contact"))
            assert contact is not None
            self._uri = contact[1]
        self._send("ACK", self._to, 1, routes=self._routes if answer.status == 200 else [], branch=self._branch)
        return answer

    def give_up(self) -> None:
        """Hang up while it rings."""
        self._send("CANCEL", f"<{self._uri}>", 1, branch=self._branch)

    async def hang_up(self) -> None:
        """End the call that stands."""
        self._send("BYE", self._to, 2, routes=self._routes)
        assert (await self.until("BYE", 200)).status == 200

    def _send(
        self,
        method: str,
        to: str,
        number: int,
        body: str = "",
        routes: list[tuple[str, str]] | None = None,
        branch: str | None = None,
    ) -> None:
        self._branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        headers = [
            ("Via", f"SIP/2.0/UDP {LOCAL}:{self.port};branch={self._branch};rport"),
            *(routes or []),
            ("Max-Forwards", "70"),
            ("From", self._from),
            ("To", to),
            ("Call-ID", self._call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<sip:agent@{LOCAL}:{self.port}>"),
        ]
        self.transport.sendto(_written(f"{method} {self._uri} SIP/2.0", headers, body), self._target)


def _listed(message: Message, name: str) -> list[str]:
    return [one.strip() for line in message.headers.get(name, ()) for one in line.split(",")]
