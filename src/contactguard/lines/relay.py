"""One connection to a relay that takes our e-mail, and what its answers mean (RFC 5321, RFC 3463)."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from typing import NamedTuple

import aiosmtplib
import structlog

from ..errors import BadInput
from ..law.vocabulary import Outcome
from ..sections import Smtp as SmtpSettings
from .mails import Letterhead, Mail

log = structlog.get_logger()
NOBODY_THERE = frozenset({"5.1.1", "5.1.3", "5.1.6", "5.1.10"})
_MAILBOX_TO_BLAME = re.compile(r"5\.[12]\.", re.ASCII)
_CLOSING = 421
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\S)", re.ASCII)


class Fate(NamedTuple):
    """What became of one message: the relay's code and words, and what they mean. `outcome` None: it was taken."""

    code: int | None
    words: str
    outcome: Outcome | None
    cause: str
    dead: bool = False


def context(settings: SmtpSettings) -> ssl.SSLContext | None:
    """How the relay proves who it is; None where it is on this machine and spoken to in the clear."""
    if settings.tls == "none":
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError:
        raise BadInput("smtp.ca_file", "cannot be read as certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Relay:
    """One connection, made when it is needed and kept."""

    def __init__(
        self, settings: SmtpSettings, head: Letterhead, tls: ssl.SSLContext | None, password: str | None
    ) -> None:
        self._settings, self._tls, self._password = settings, tls, password
        self._helo = settings.helo or head.bounces.rpartition("@")[2]
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, mail: Mail, late: Callable[[], bool]) -> Fate:
        """Hand one message over. A kept connection that has gone meanwhile is made anew, as nothing left by it."""
        for kept in (self._client is not None, False):
            try:
                client = await self._connected()
                await client.mail(mail.return_path, options=self._options(client, mail))
                await client.rcpt(mail.recipient, options=_notify(client))
            except (aiosmtplib.SMTPException, OSError) as error:
                if kept and _gone(error):
                    self.drop()
                    continue
                await self._start_over()
                return _not_taken(error)
            if late():
                await self._start_over()
                return Fate(None, "not sent", "failed", "too_late")
            return await self._data(client, mail)
        raise AssertionError

    async def _data(self, client: aiosmtplib.SMTP, mail: Mail) -> Fate:
        """The message itself. From here on a missing answer leaves it open whether it left."""
        try:
            code, words = await client.data(mail.raw)
        except aiosmtplib.SMTPDataError as error:
            await self._start_over()
            return _not_taken(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.drop()
            return Fate(None, type(error).__name__, "unknown", "no_answer")
        return Fate(code, words, None, "accepted")

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is None or not self._client.is_connected:
            settings = self._settings
            client = aiosmtplib.SMTP(
                hostname=settings.host,
                port=settings.port,
                username=settings.user,
                password=self._password,
                local_hostname=self._helo,
                timeout=settings.timeout_seconds,
                use_tls=settings.tls == "implicit",
                start_tls=settings.tls == "starttls",
                tls_context=self._tls,
            )
            await client.connect()
            self._client = client
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        return self._client

    def _options(self, client: aiosmtplib.SMTP, mail: Mail) -> list[str]:
        """What goes with MAIL FROM: how long it is (RFC 1870), and what reports shall call it (RFC 3461)."""
        size = [f"SIZE={len(mail.raw)}"] if client.supports_extension("size") else []
        dsn = ["RET=HDRS", f"ENVID={mail.envelope}"] if client.supports_extension("dsn") else []
        return [*size, *dsn]

    async def _start_over(self) -> None:
        """Forget the message under way, so that the connection serves the next one; or give the connection up."""
        if self._client is None or not self._client.is_connected:
            return self.drop()
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    async def hang_up(self) -> None:
        """Take leave of a relay that is not needed now."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.quit()
            except (aiosmtplib.SMTPException, OSError):
                log.debug("relay_gone")
        self.drop()

    def drop(self) -> None:
        """Let go of the connection without a word."""
        if self._client is not None:
            self._client.close()
        self._client = None


def _notify(client: aiosmtplib.SMTP) -> list[str]:
    """Reports are wanted of what fails and what is late, not of what arrives (RFC 3461)."""
    return ["NOTIFY=FAILURE,DELAY"] if client.supports_extension("dsn") else []


def _not_taken(error: Exception) -> Fate:
    """Why nothing left."""
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return Fate(None, type(error).__name__, "failed", _fault(error))
    said = f"{error.code} {error.message}"
    found = _ENHANCED.match(error.message)
    status = found.group(1) if found else ""
    if not isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError) or error.code < 500:
        return Fate(error.code, said, "failed", status or str(error.code))
    if not _MAILBOX_TO_BLAME.match(status):
        return Fate(error.code, said, "failed", status or str(error.code))
    return Fate(error.code, said, "bounced", status, status in NOBODY_THERE)


def _gone(error: Exception) -> bool:
    """Whether the relay gave the connection up: without a word, or with the one for that (RFC 5321 section 3.8)."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == _CLOSING
    return isinstance(error, aiosmtplib.SMTPServerDisconnected)


def _fault(error: Exception) -> str:
    """A word for what was wrong before the relay could say anything."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "bad_certificate"
        cause = cause.__cause__
    if isinstance(error, aiosmtplib.SMTPReadTimeoutError):
        return "timeout"
    if isinstance(error, aiosmtplib.SMTPConnectError | OSError):
        return "no_connection"
    return "no_starttls" if "STARTTLS" in str(error) else "protocol"
