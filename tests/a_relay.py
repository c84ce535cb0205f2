"""A mail server that takes what we send: aiosmtpd in this very loop, with a certificate made on the spot."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Relay:
    """What came in, and what to answer: `mail`, `rcpt`, `data` give an answer for a recipient, None to take it."""

    def __init__(self) -> None:
        self.port = 0
        self.envelopes: list[Envelope] = []
        self.sessions: set[int] = set()
        self.rcpt: Callable[[str], str | None] = lambda _: None
        self.mail: Callable[[], str | None] = lambda: None
        self.data: Callable[[], str | None] = lambda: None
        self.hold: asyncio.Event | None = None
        self.cut_after_data = False
        self.asked = asyncio.Event()
        self._news = asyncio.Condition()
        self.servers: list[SMTP] = []

    @property
    def messages(self) -> list[EmailMessage]:
        """What came in, parsed."""
        return [message_from_bytes(one.content or b"", policy=default) for one in self.envelopes]  # type: ignore

    async def came(self, count: int = 1) -> Envelope:
        """The last of so many messages, once they have come."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.envelopes) >= count)
        return self.envelopes[count - 1]

    def drop_all(self) -> None:
        """Cut every connection."""
        for server in self.servers:
            if server.transport is not None:
                server.transport.abort()

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.mail()
        if refused is not None:
            return refused
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked.set()
        if self.hold is not None:
            await self.hold.wait()
        refused = self.rcpt(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        refused = self.data()
        if refused is not None:
            return refused
        self.envelopes.append(envelope)
        self.sessions.add(id(session))
        async with self._news:
            self._news.notify_all()
        if self.cut_after_data:
            assert server.transport is not None
            server.transport.abort()
        return "250 2.0.0 queued as 4711"


@asynccontextmanager
async def relay(
    tls: ssl.SSLContext | None = None, *, implicit: bool = False, login: tuple[str, str] | None = None, port: int = 0
) -> AsyncIterator[Relay]:
    """A server on a port of this machine, any free one. `login`: the only user and password it takes."""
    made = Relay()

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=known, handled=False)

    def protocol() -> SMTP:
        server = SMTP(
            made,
            hostname="relay.test",
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            authenticator=check if login else None,
            auth_required=login is not None,
            auth_require_tls=tls is not None and not implicit,
            command_call_limit={"*": 100_000},
        )
        made.servers.append(server)
        return server

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port, ssl=tls if implicit else None)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own for this name or address, and the file that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=365 * 80))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "relay.crt", folder / "relay.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public
