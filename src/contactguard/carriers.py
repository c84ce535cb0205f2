"""Our own lines as the settings give them: which carrier carries which channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from .clock import Clock
from .errors import BadInput
from .lines.line import Line
from .lines.mails import Letterhead
from .lines.outward import session
from .lines.secret import read_secret
from .lines.smtp import SmtpLine
from .lines.tokens import KEY_FOR, Tokens
from .lines.twilio_bridge import Bridges
from .lines.twilio_lines import TwilioSms, TwilioVoice
from .lines.twilio_rest import Rest
from .lines.wire import Trace
from .settings import Settings


@asynccontextmanager
async def carriers(
    settings: Settings, clock: Clock, trace: Trace, secret: Callable[[str], bytes]
) -> AsyncIterator[dict[str, Line]]:
    """The lines that are set up, closed when done. `trace` keeps what is said to a carrier and what it answers.

    `secret`: 32 bytes of key for a purpose, of the store's own.
    """
    lines: dict[str, Line] = {}
    async with AsyncExitStack() as stack:
        lines.update(await _twilio(settings, clock, trace, stack))
        lines.update(await _mail(settings, clock, trace, secret, stack))
        yield lines


async def _twilio(settings: Settings, clock: Clock, trace: Trace, stack: AsyncExitStack) -> dict[str, Line]:
    """Calls and messages by an account with Twilio, where there is one."""
    account, listed = settings.twilio, settings.server.call_out_to
    if account.account_sid is None:
        return {}
    if settings.server.public_url is None:
        raise BadInput("server.public_url", "is required with [twilio], which calls us back there")
    read_secret(account.auth_token_file or "", "twilio.auth_token_file")
    bridges = Bridges(
        account, settings.telephony, settings.server.public_url, settings.permits.ring_seconds, settings.own_number
    )
    rest = Rest(account, await stack.enter_async_context(session(listed)), listed, clock, trace)
    made: dict[str, Line] = {"voice": TwilioVoice(rest, bridges), "sms": TwilioSms(rest, bridges)}
    return {channel: line for channel, line in made.items() if channel in account.carries}


async def _mail(
    settings: Settings, clock: Clock, trace: Trace, secret: Callable[[str], bytes], stack: AsyncExitStack
) -> dict[str, Line]:
    """E-mail by a relay, where there is one."""
    smtp, url = settings.smtp, settings.server.public_url
    if smtp.host is None or smtp.bounces is None:
        return {}
    if url is None or not url.startswith("https://") or not url.isascii():
        raise BadInput(
            "server.public_url", "is required with [smtp], and begins with https://: links to unsubscribe do"
        )
    known = {one.id: one.neutral_name for one in settings.collector}
    if strange := sorted(set(smtp.senders) - set(known)):
        raise BadInput("smtp.senders", f"no collector has the id {strange[0]}")
    default = settings.default_collector
    names: dict[str | None, str | None] = {None: default.neutral_name if default else None}
    names.update(known.items())
    senders: dict[str | None, str] = {} if smtp.sender is None else {None: smtp.sender}
    senders.update(smtp.senders.items())
    head = Letterhead(
        senders=senders,
        names=names,
        bounces=smtp.bounces,
        public_url=url,
    )
    line = SmtpLine(smtp, head, Tokens(secret(KEY_FOR)), clock, trace)
    line.open()
    stack.push_async_callback(line.close)
    return {"email": line}
