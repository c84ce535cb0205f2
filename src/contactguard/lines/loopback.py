"""A carrier inside the process, for demonstrations and tests: nothing leaves, and the number decides.

The last digit of a phone number: 7 is busy, 8 rings out, 9 reaches voicemail, every other is answered by the
right party. Texts and e-mails are sent and delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

import structlog

from ..clock import Clock
from ..errors import Busy, StoreDown
from ..law.instants import Instant
from ..law.vocabulary import Outcome
from .line import EventType, Report, Started

log = structlog.get_logger()
Reporter = Callable[[Report], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


class Step(NamedTuple):
    """One thing that happens, `after` seconds since the one before."""

    after: float
    type: EventType
    outcome: Outcome | None = None


_RINGING = (Step(0, "dialled"), Step(0.2, "ringing"))
_TALK = (
    *_RINGING,
    Step(0.6, "answered"),
    Step(0.2, "identified"),
    Step(0.2, "right_party"),
    Step(0.2, "disclosed"),
    Step(0.6, "ended", "conversation"),
)
_BY_DIGIT: dict[str, tuple[Step, ...]] = {
    "7": (Step(0, "dialled"), Step(0.2, "ended", "busy")),
    "8": (*_RINGING, Step(1.6, "ended", "no_answer")),
    "9": (*_RINGING, Step(0.8, "voicemail"), Step(0.4, "ended", "voicemail")),
}
_MESSAGE = (Step(0, "sent"), Step(0.2, "delivered"), Step(0, "ended", "delivered"))
_CUT: dict[EventType, Outcome] = {
    "ringing": "no_answer", "answered": "answered", "right_party": "conversation", "voicemail": "voicemail",
    "sent": "sent", "delivered": "delivered",
}  # fmt: skip
_RETRY_SECONDS = 1.0


def script(started: Started) -> tuple[Step, ...]:
    """What will happen to this contact."""
    if started.channel != "voice":
        return _MESSAGE
    return _BY_DIGIT.get(started.address[-1:], _TALK)


class Loopback:
    """The line. `pause` is how time passes between two steps; tests give one of their own."""

    def __init__(self, clock: Clock, pause: Pause = asyncio.sleep) -> None:
        self._clock, self._pause = clock, pause
        self._live: dict[str, _Carried] = {}

    async def place(self, started: Started, report: Reporter) -> str | None:
        """Begin; what happens is reported step by step from a task of its own."""
        carried = _Carried(started, report, self._clock, self._pause)
        self._live[started.permit] = carried
        carried.task = asyncio.create_task(carried.run())
        carried.task.add_done_callback(lambda _: self._live.pop(started.permit, None))
        return None

    async def cancel(self, permit: str) -> bool:
        """Hang up: what stood next does not happen, the contact ends as far as it had come."""
        carried = self._live.get(permit)
        if carried is None:
            return False
        carried.hung_up.set()
        return True

    async def ask(self, permit: str, ref: str, report: Reporter) -> bool:
        """Nothing outside knows of it."""
        return False

    def waiting(self) -> Collection[str]:
        """None: what is taken over leaves at once."""
        return ()

    def carrying(self) -> Collection[str]:
        """The permits being carried now."""
        return tuple(self._live)

    async def close(self) -> None:
        """Hang up on everyone, and wait until that is reported."""
        running = list(self._live.values())
        for carried in running:
            carried.hung_up.set()
        await asyncio.gather(*(carried.task for carried in running if carried.task))


class _Carried:
    """One contact under way."""

    def __init__(self, started: Started, report: Reporter, clock: Clock, pause: Pause) -> None:
        self.started, self.report, self.clock, self.pause = started, report, clock, pause
        self.hung_up = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        so_far: Outcome = "failed"
        for place, step in enumerate(script(self.started)):
            if await self._interrupted(step.after):
                await self._tell(place, Step(0, "ended", so_far))
                return
            so_far = _outcome_if_cut(step, so_far)
            await self._tell(place, step)

    async def _interrupted(self, seconds: float) -> bool:
        """Let `seconds` pass; whether someone hung up before they had."""
        waiting = asyncio.ensure_future(self.pause(seconds))
        hanging_up = asyncio.ensure_future(self.hung_up.wait())
        await asyncio.wait((waiting, hanging_up), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        hanging_up.cancel()
        return self.hung_up.is_set()

    async def _tell(self, place: int, step: Step) -> None:
        """Report one step, again and again until it is stored; one that is refused is logged and left out."""
        report = Report(
            permit=self.started.permit,
            event_id=f"loopback-{place}",
            type=step.type,
            at=Instant(int(self.clock.now())),
            outcome=step.outcome,
            cause="loopback",
        )
        while True:
            try:
                return await self.report(report)
            except (Busy, StoreDown):
                await self.pause(_RETRY_SECONDS)
            except Exception as error:
                log.error("report refused", type=step.type, permit=report.permit, error=type(error).__name__)
                return None


def _outcome_if_cut(step: Step, so_far: Outcome) -> Outcome:
    """How a contact ends if someone hangs up after this step."""
    return _CUT.get(step.type, so_far)
