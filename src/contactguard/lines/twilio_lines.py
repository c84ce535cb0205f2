"""Twilio as a carrier of ours: calls that ring the agent first, and text messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from email.utils import parsedate_to_datetime
from typing import Any

from msgspec.structs import replace

from ..errors import LineError
from ..law.instants import Instant, print_utc
from ..law.vocabulary import Outcome
from .line import Listed, Report, Started
from .twilio_bridge import SMS_STATUS, VOICE_STATUS, Bridges
from .twilio_codes import CALLS, MESSAGES, agent_reports, call_reports, fault_of, message_reports
from .twilio_rest import Form, InDoubt, Rest

AGENT_RINGS_SECONDS = 20
IN_FLIGHT_AT_MOST = 32
LONGEST_TEXT = 1600
_AFTERWARDS_SECONDS = 600
_DAY_SECONDS = 86_400
Reporter = Callable[[Report], Awaitable[None]]


class _Carried:
    """One contact taken over. `until`: when to look after it no more; `waits_until`: till then it has not left though
    Twilio has it; `ref`: Twilio's own id, once it has one.
    """

    def __init__(self, report: Reporter, until: int) -> None:
        self.report, self.until, self.waits_until = report, until, 0
        self.ref: str | None = None
        self.asked = self.withdrawn = False


class TwilioLine:
    """What both have in common: what is under way, and how a request that is in doubt ends."""

    def __init__(self, rest: Rest, bridges: Bridges) -> None:
        self.rest, self.bridges = rest, bridges
        self._live: dict[str, _Carried] = {}
        self._turn = asyncio.Semaphore(IN_FLIGHT_AT_MOST)

    def waiting(self) -> Collection[str]:
        """What has not left yet."""
        now = int(self.rest.now())
        return tuple(permit for permit, one in self._live.items() if not one.asked or one.waits_until > now)

    def carrying(self) -> Collection[str]:
        """What Twilio has, as long as it can still say something of it."""
        now = int(self.rest.now())
        self._live = {permit: one for permit, one in self._live.items() if one.until > now}
        return tuple(self._live)

    def heard(self, permit: str, *, over: bool) -> None:
        """Twilio has told us of a contact: it has left, or it is over."""
        if over:
            self._live.pop(permit, None)
        elif permit in self._live:
            self._live[permit].waits_until = 0

    async def _made(
        self, what: str, form: Callable[[_Carried], Form], started: Started, report: Reporter
    ) -> tuple[_Carried, dict[str, Any]] | None:
        """Make it, in turn and once. None: withdrawn meanwhile, or in doubt; that is reported.

        `form` is filled in when its turn has come, as the time that is left goes by meanwhile.
        """
        permit = started.permit
        self._live[permit] = carried = _Carried(report, self.rest.now() + _AFTERWARDS_SECONDS)
        try:
            async with self._turn:
                if not carried.withdrawn:
                    fields, carried.asked = form(carried), True
                    answer = await self.rest.create(what, fields, permit)
                    carried.ref = str(answer.get("sid") or "") or None
                    return carried, answer
        except LineError:
            self._live.pop(permit, None)
            raise
        except InDoubt as doubt:
            self._live.pop(permit, None)
            await report(self._ended(permit, "unknown", doubt.code))
            return None
        self._live.pop(permit, None)
        await report(self._ended(permit, "failed", "withdrawn"))
        return None

    def _ended(self, permit: str, outcome: Outcome, cause: str) -> Report:
        return Report(
            permit=permit, event_id="own-twilio", type="ended", at=self.rest.now(), outcome=outcome, cause=cause
        )

    def _withdrawn(self, permit: str) -> bool | None:
        """Whether it was kept from being handed over; None: Twilio has it."""
        carried = self._live.get(permit)
        if carried is None or (carried.asked and carried.ref is None):
            return False
        carried.withdrawn = not carried.asked
        return True if carried.withdrawn else None


class TwilioSms(TwilioLine):
    """Text messages."""

    async def place(self, started: Started, report: Reporter) -> str | None:
        """Hand it over, to leave before its time is up or never."""
        try:
            made = await self._made("Messages", lambda carried: self._form(started, carried), started, report)
        except LineError as error:
            if not fault_of(error.code).refuses:
                raise
            await report(replace(self._ended(started.permit, "failed", error.code), refuses=True))
            return None
        if made is None or made[0].ref is None:
            return None
        for one in _said_of_message(started.permit, made[1], self.rest.now()):
            await report(one)
            self.heard(started.permit, over=one.type == "ended")
        return made[0].ref

    def _form(self, started: Started, carried: _Carried) -> Form:
        text = started.content.body if started.content is not None else None
        if not text:
            raise LineError("no_text", retryable=False, ours=True)
        if len(text) > LONGEST_TEXT:
            raise LineError("too_long", retryable=False, ours=True)
        now, validity = self.rest.now(), self.rest.settings.validity_seconds
        if started.until is not None:
            validity = min(validity, started.until - now)
        if validity < 1:
            raise LineError("too_late", retryable=False, ours=False)
        carried.until = now + validity + _AFTERWARDS_SECONDS
        form = {
            "To": started.address,
            "Body": text,
            "StatusCallback": self.bridges.callback(SMS_STATUS, started.permit),
            "ValidityPeriod": str(validity),
        }
        account = self.rest.settings
        sender = started.caller_id or account.messages_from_of.get(started.collector or "") or account.messages_from
        if sender is None and account.messaging_service is None:
            raise LineError("no_sender", retryable=False, ours=True)
        if sender is not None:
            form["From"] = sender
        if account.messaging_service is not None:
            form["MessagingServiceSid"] = account.messaging_service
        return form

    async def cancel(self, permit: str) -> bool:
        """Only what Twilio does not have yet can be withdrawn: it keeps no message waiting."""
        return bool(self._withdrawn(permit))

    async def ask(self, permit: str, ref: str, report: Reporter) -> bool:
        """What became of a message."""
        try:
            answer = await self.rest.fetch(f"Messages/{ref}", permit)
        except (LineError, InDoubt):
            return False
        found = _said_of_message(permit, answer, _at(answer, "date_updated", self.rest.now()))
        for one in found:
            await report(one)
        return bool(found)

    async def on(self, day: Instant) -> AsyncIterator[Listed]:
        """Every message that left on the day (UTC) of this instant."""
        async for one in self.rest.each("Messages", "messages", **_within("DateSent", day)):
            means = MESSAGES.get(str(one.get("status")))
            if str(one.get("direction")).startswith("outbound") and means is not None:
                outcome = means.outcome or ("sent" if means.types else "unknown")
                sent = _sent(one, self.rest.now())
                yield Listed(str(one["sid"]), None, "sms", str(one.get("to")), sent, outcome)

    async def written_on(self, day: Instant) -> AsyncIterator[Listed]:
        """Every message that came in on the day (UTC) of this instant."""
        async for one in self.rest.each("Messages", "messages", **_within("DateSent", day)):
            if one.get("direction") == "inbound":
                at, sender, words = _sent(one, self.rest.now()), str(one.get("from")), str(one.get("body") or "")
                yield Listed(str(one["sid"]), None, "sms", sender, at, "received", words)


class TwilioVoice(TwilioLine):
    """Calls: the agent's phone rings first, and who answers it is connected with the person."""

    async def place(self, started: Started, report: Reporter) -> str | None:
        """Ring the agent. Whoever is to be called hears nothing of it before that is answered, and then rings no
        longer than the contact may begin.
        """
        made = await self._made("Calls", lambda carried: self._form(started, carried), started, report)
        return made[0].ref if made is not None else None

    def _form(self, started: Started, carried: _Carried) -> Form:
        if started.agent is None or not _plain(started.agent):
            raise LineError("no_agent", retryable=False, ours=True)
        to, shown = self.bridges.target(started.address, started.caller_id)
        if shown is None:
            raise LineError("no_caller_id", retryable=False, ours=True)
        now, settings, rings = self.rest.now(), self.rest.settings, AGENT_RINGS_SECONDS
        if started.until is not None:
            rings = min(rings, started.until - self.bridges.ring_seconds - now)
        if rings < 1:
            raise LineError("too_late", retryable=False, ours=False)
        carried.until = now + settings.longest_call_seconds + _AFTERWARDS_SECONDS
        carried.waits_until = now + rings
        return {
            "To": settings.agent_address.format(agent=started.agent),
            "From": shown,
            "Twiml": self.bridges.document(started.permit, to, shown),
            "Timeout": str(rings),
            "TimeLimit": str(settings.longest_call_seconds),
            "StatusCallback": self.bridges.callback(VOICE_STATUS, started.permit, leg="agent"),
            "StatusCallbackEvent": ["answered", "completed"],
        }

    async def cancel(self, permit: str) -> bool:
        """Withdraw it while only the agent's phone rings, else hang up on both."""
        withdrawn = self._withdrawn(permit)
        if withdrawn is not None:
            return withdrawn
        carried = self._live[permit]
        if carried.waits_until > self.rest.now() and await self._set(carried, "canceled", permit):
            self.heard(permit, over=True)
            await carried.report(self._ended(permit, "failed", "withdrawn"))
            return True
        return await self._set(carried, "completed", permit)

    async def _set(self, carried: _Carried, status: str, permit: str) -> bool:
        """Give the agent's leg this status; `canceled` is refused once it was answered."""
        try:
            answer = await self.rest.update(f"Calls/{carried.ref}", {"Status": status}, permit)
        except (LineError, InDoubt):
            return False
        return answer.get("status") == status or status == "completed"

    async def ask(self, permit: str, ref: str, report: Reporter) -> bool:
        """What became of the agent's leg, and of the one dialled from it."""
        try:
            found: list[Report] = []
            async for leg in self.rest.each("Calls", "calls", ParentCallSid=ref):
                found += _said_of_call(permit, leg, self.rest.now())
            if not found:
                agent = await self.rest.fetch(f"Calls/{ref}", permit)
                at = _at(agent, "end_time", self.rest.now())
                found += agent_reports(permit, ref, str(agent.get("status")), at, alone=True)
        except (LineError, InDoubt):
            return False
        for one in found:
            await report(one)
        return bool(found)

    async def on(self, day: Instant) -> AsyncIterator[Listed]:
        """Every number called on the day (UTC) of this instant."""
        async for one in self.rest.each("Calls", "calls", **_within("StartTime", day)):
            means, to = CALLS.get(str(one.get("status"))), str(one.get("to"))
            if str(one.get("direction")).startswith("outbound") and to.startswith("+") and means is not None:
                outcome = means.outcome or ("answered" if "answered" in means.types else "unknown")
                parent = one.get("parent_call_sid")
                yield Listed(
                    str(one["sid"]),
                    parent and str(parent),
                    "voice",
                    to,
                    _at(one, "start_time", self.rest.now()),
                    outcome,
                )

    async def written_on(self, day: Instant) -> AsyncIterator[Listed]:
        """Calls say nothing in writing."""
        nothing: tuple[Listed, ...] = ()
        for one in nothing:
            yield one


def _sent(message: dict[str, Any], now: Instant) -> Instant:
    return _at(message, "date_sent" if message.get("date_sent") else "date_created", now)


def _within(member: str, at: Instant) -> dict[str, str]:
    """What asks for the day (UTC) of an instant: `>` and `<` are part of the names, and mean at least and at most."""
    first = int(at) // _DAY_SECONDS * _DAY_SECONDS
    return {f"{member}>": print_utc(first), f"{member}<": print_utc(first + _DAY_SECONDS)}


def _plain(agent: str) -> bool:
    """Whether an agent's name can stand in an address."""
    return all(one.isalnum() or one in "._-+" for one in agent)


def _said_of_message(permit: str, answer: dict[str, Any], at: Instant) -> tuple[Report, ...]:
    error = answer.get("error_code")
    return message_reports(permit, str(answer["sid"]), str(answer.get("status")), at, error=str(error or ""))


def _said_of_call(permit: str, leg: dict[str, Any], now: Instant) -> tuple[Report, ...]:
    """What a leg of Twilio's list says: that it was dialled, and what its status says."""
    sid, begun = str(leg["sid"]), _at(leg, "start_time", now)
    seconds = str(leg.get("duration") or "")
    return (
        *call_reports(permit, sid, "initiated", begun),
        *call_reports(
            permit,
            sid,
            str(leg.get("status")),
            _at(leg, "end_time", now),
            seconds=int(seconds) if seconds.isdecimal() else None,
            answered_by=str(leg.get("answered_by") or ""),
        ),
    )


def _at(answer: dict[str, Any], member: str, otherwise: Instant) -> Instant:
    return instant(str(answer.get(member) or ""), otherwise)


def instant(text: str, otherwise: Instant) -> Instant:
    """A time as Twilio writes it (RFC 2822); `otherwise` where it is none, or lies after it."""
    try:
        return Instant(int(min(parsedate_to_datetime(text).timestamp(), otherwise)))
    except (TypeError, ValueError):
        return otherwise
