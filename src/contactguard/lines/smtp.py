"""E-mail by a relay (RFC 5321), over TLS unless the relay is on this machine. Each message is handed over at most once.

What the relay did not take has not left: it ends as `failed`, or as `bounced` where the mailbox was to blame. Where
the answer to a message that was sent is missing, nobody knows: it ends as `unknown` and is never sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple

import structlog

from ..clock import Clock
from ..errors import Busy, LineError, StoreDown
from ..law.instants import Instant
from ..law.vocabulary import Outcome
from ..sections import Smtp as SmtpSettings
from .line import EventType, Report, Started
from .mails import Letterhead, Mail, compose
from .relay import Fate, Relay, context
from .secret import read_secret
from .tokens import Tokens
from .wire import Exchange, Trace, redacted

Reporter = Callable[[Report], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]
log = structlog.get_logger()
_WITHDRAWN: tuple[EventType, Outcome, str] = ("ended", "failed", "withdrawn")
_RETRY_SECONDS = 1.0
_CLOSING_SECONDS = 10
_IDLE_SECONDS = 30


class _Job(NamedTuple):
    started: Started
    mail: Mail
    report: Reporter
    placed: float


class SmtpLine:
    """The line. Made with `open`, and ended with `close`. `pause` is how time passes before a report is repeated."""

    def __init__(
        self,
        settings: SmtpSettings,
        head: Letterhead,
        tokens: Tokens,
        clock: Clock,
        trace: Trace,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._settings, self._head, self._tokens = settings, head, tokens
        self._clock, self._trace, self._pause = clock, trace, pause
        self._queue: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._waiting: dict[str, _Job] = {}
        self._sending: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._workers: list[asyncio.Task[None]] = []
        self._tls = context(settings)
        self._password = (
            read_secret(settings.password_file, "smtp.password_file")[0] if settings.password_file else None
        )

    def open(self) -> None:
        """Begin to hand over what is placed."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._settings.connections)]

    async def place(self, started: Started, report: Reporter) -> str | None:
        """Make the message and have it wait its turn; its Message-ID. `LineError` where it cannot be made."""
        if len(self._waiting) >= self._settings.most_waiting:
            raise LineError("too_many_waiting", retryable=True, ours=False)
        now = self._clock.now()
        mail = compose(started, self._head, self._tokens, now)
        self._waiting[started.permit] = job = _Job(started, mail, report, now)
        self._queue.put_nowait(job)
        return mail.id

    async def cancel(self, permit: str) -> bool:
        """Withdraw what still waits; what is being handed over cannot be held any more."""
        job = self._waiting.pop(permit, None)
        if job is None:
            return False
        await self._tell(job, *_WITHDRAWN)
        return True

    async def ask(self, permit: str, ref: str, report: Reporter) -> bool:
        """A relay does not say what became of a message but by a bounce."""
        return False

    def waiting(self) -> Collection[str]:
        """The permits whose messages wait their turn."""
        return tuple(self._waiting)

    def carrying(self) -> Collection[str]:
        """These and those being handed over."""
        return (*self._waiting, *self._sending)

    async def close(self) -> None:
        """Finish what is being handed over, within seconds; what waits has not left, and is reported so."""
        jobs = tuple(self._waiting.values())
        self._waiting.clear()
        withdrawing = [asyncio.create_task(self._tell(job, *_WITHDRAWN)) for job in jobs]
        for _ in self._workers:
            self._queue.put_nowait(None)
        await _ended([*withdrawing, *self._workers])
        await _ended(list(self._telling))

    async def _work(self) -> None:
        """Hand over one message after the other on a connection that is kept."""
        relay = Relay(self._settings, self._head, self._tls, self._password)
        try:
            while True:
                try:
                    job = await asyncio.wait_for(self._queue.get(), _IDLE_SECONDS)
                except TimeoutError:
                    await relay.hang_up()
                    continue
                if job is None:
                    return await relay.hang_up()
                permit = job.started.permit
                if self._waiting.get(permit) is not job:
                    continue
                self._sending.add(permit)
                del self._waiting[permit]
                try:
                    await self._hand_over(relay, job)
                except Exception as error:
                    relay.drop()
                    log.error("mail_left_undecided", permit=permit, error=type(error).__name__)
                finally:
                    self._sending.discard(permit)
        finally:
            relay.drop()

    async def _hand_over(self, relay: Relay, job: _Job) -> None:
        """Send one message, report what became of it, and keep what was said."""

        def late() -> bool:
            until, now = job.started.until, self._clock.now()
            return (until is not None and now >= until) or now - job.placed > self._settings.longest_wait_seconds

        fate = await relay.send(job.mail, late)
        await self._keep(job.mail, fate)
        telling = self._tell(job, *_meaning(fate))
        self._telling.add(task := asyncio.create_task(telling))
        task.add_done_callback(self._telling.discard)

    async def _tell(self, job: _Job, type: EventType, outcome: Outcome | None, cause: str, dead: bool = False) -> None:
        """Report, again and again until it is stored; what is refused for good is logged."""
        report = Report(
            permit=job.started.permit,
            event_id=f"smtp-{type}",
            type=type,
            at=Instant(int(self._clock.now())),
            outcome=outcome,
            cause=cause,
            dead=dead,
        )
        while True:
            try:
                return await job.report(report)
            except (Busy, StoreDown):
                await self._pause(_RETRY_SECONDS)
            except Exception as error:
                log.error("report refused", type=type, permit=report.permit, error=error.__class__.__name__)
                return None

    async def _keep(self, mail: Mail, fate: Fate) -> None:
        said = f"MAIL FROM {mail.return_path}, RCPT TO {mail.recipient}, DATA ({len(mail.raw)} bytes)"
        await self._trace(
            Exchange(
                line="smtp",
                way="out",
                at=Instant(int(self._clock.now())),
                method="SEND",
                url=f"smtp://{self._settings.host}:{self._settings.port}",
                sent=redacted(said),
                status=fate.code,
                answer=redacted(fate.words),
                permit=mail.permit,
                ref=mail.id,
            )
        )


def _meaning(fate: Fate) -> tuple[EventType, Outcome | None, str, bool]:
    return "ended" if fate.outcome else "sent", fate.outcome, fate.cause, fate.dead


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for these, and not for ever."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=_CLOSING_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
