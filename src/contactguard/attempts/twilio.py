"""What Twilio asks and tells when it calls us: may this softphone call go on, what became of it, who has written.

Signed requests only (`genuine`). Reports come in any order, twice and late; each says for itself what it means.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import structlog
from multidict import CIMultiDictProxy, MultiDict

from ..errors import BadInput, Conflict, LineError, NotFound
from ..law.instants import Instant
from ..lines import signatures, twiml
from ..lines.line import Report
from ..lines.secret import read_secret
from ..lines.twilio_bridge import Bridges
from ..lines.twilio_codes import agent_reports, call_reports, message_reports
from ..lines.twilio_lines import TwilioLine, instant
from ..lines.wire import Exchange, redacted, redacted_form, redacted_url
from ..settings import Settings
from .authorizing import Authorized
from .road import Road
from .telling.unpermitted import Written

HEADER, MEDIA, NOTHING = signatures.HEADER, twiml.MEDIA, twiml.NOTHING
rejecting, telling = twiml.rejecting, twiml.telling
NAME = "twilio"
Fields = Mapping[str, str]
_ABOUT_PEOPLE = re.compile(r"(?:From|To|Caller|Called)(?:City|State|Zip|Country)\Z|CallerName\Z|ProfileName\Z|WaId\Z")
log = structlog.get_logger(__name__)


def genuine(
    settings: Settings, url: str, form: MultiDict[str] | None, body: bytes, headers: CIMultiDictProxy[str]
) -> bool:
    """Whether this was signed by our account. `form` None: the body is no form. `BadInput` for a token not readable."""
    account = settings.twilio
    if account.account_sid is None:
        return False
    tokens = read_secret(account.auth_token_file or "", "twilio.auth_token_file")
    how = headers.get(signatures.SETTINGS_HEADER, "")
    if not signatures.from_twilio(tokens, url, form, body, headers.get(HEADER, ""), how):
        return False
    return form is None or form.get("AccountSid", account.account_sid) == account.account_sid


class Told:
    """What Twilio says, taken in along the road. `url`: how it called us."""

    def __init__(self, road: Road, settings: Settings, url: str) -> None:
        self._road, self._settings, self._url = road, settings, url

    @property
    def _now(self) -> Instant:
        return Instant(int(self._road.store.clock.now()))

    async def keep(self, fields: Fields, answer: str, permit: str | None, ref: str | None) -> None:
        """Keep the exchange."""
        await self._road.traced(
            Exchange(
                line=NAME,
                way="in",
                at=self._now,
                method="POST",
                url=redacted_url(self._url),
                sent=redacted_form({name: value for name, value in fields.items() if not _ABOUT_PEOPLE.match(name)}),
                status=200,
                answer=redacted(answer),
                permit=permit,
                ref=ref,
            )
        )

    def bridge(self, authorized: Authorized, address: str) -> str:
        """The document that connects a softphone with whom it was allowed to call. `LineError`: it leads nowhere."""
        bridges = Bridges(
            self._settings.twilio,
            self._settings.telephony,
            self._settings.server.public_url or "",
            authorized.ring_seconds,
            self._settings.own_number,
        )
        to, shown = bridges.target(address, authorized.caller_id)
        return bridges.document(authorized.permit, to, shown)

    def tell(self, sentences: str) -> str:
        """The document that reads this out to the agent."""
        return twiml.telling(sentences, voice=self._settings.twilio.voice, language=self._settings.twilio.language)

    async def answered(self, fields: Fields, document: str, permit: str | None, call: str) -> None:
        """Keep what a softphone was answered, and which call a permit went to, so that its end can be asked for."""
        work = [self.keep(fields, document, permit, call or None)]
        if permit is not None:
            work.append(self._begun(permit, call))
        await asyncio.gather(*work)

    async def _begun(self, permit: str, call: str) -> None:
        try:
            await self._road.carried_as(permit, call)
        except Exception as error:
            log.error("call_not_known_as", permit=permit, error=type(error).__name__)

    async def call(self, fields: Fields) -> None:
        """The progress of a call. `leg`: `agent`, `number`, or `dial`, which is how the dialling ended."""
        permit, leg = fields.get("permit", ""), fields.get("leg", "number")
        at = instant(fields.get("Timestamp", ""), self._now)
        if leg == "agent":
            sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
            reports = agent_reports(permit, sid, status, at)
            left = False
        else:
            prefix = "Dial" if leg == "dial" else ""
            sid, status = fields.get(f"{prefix}CallSid", ""), fields.get(f"{prefix}CallStatus", "")
            seconds = fields.get("DialCallDuration" if prefix else "CallDuration", "")
            reports = call_reports(
                permit,
                sid or f"after-{fields.get('CallSid', '')}",
                status,
                at,
                seconds=int(seconds) if seconds.isdecimal() else None,
                answered_by=fields.get("AnsweredBy", ""),
                sip_code=fields.get("SipResponseCode", ""),
            )
            left = True
        await self._reported(reports, permit, fields, left=left or status == "in-progress")

    async def message(self, fields: Fields) -> None:
        """The progress of a message."""
        permit, sid = fields.get("permit", ""), fields.get("MessageSid") or fields.get("SmsSid", "")
        status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
        error = fields.get("ErrorCode", "")
        await self._reported(message_reports(permit, sid, status, self._now, error=error), permit, fields, left=True)

    async def _reported(self, reports: tuple[Report, ...], permit: str, fields: Fields, *, left: bool) -> None:
        """Take reports in; one on a permit that is not known here is kept with the day's exchanges."""
        known = await self._road.store.permit(permit) if permit else None
        await self.keep(fields, NOTHING, permit if known else None, fields.get("CallSid") or fields.get("MessageSid"))
        if known is None:
            log.warning("report_on_no_permit", line=NAME)
            return
        for report in reports:
            await self._road.report(report)
        line = self._road.lines.get(known.channel)
        if isinstance(line, TwilioLine):
            over = any(report.type == "ended" for report in reports)
            if left or over:
                line.heard(permit, over=over)

    async def received(self, fields: Fields) -> None:
        """A message from a person."""
        sid = fields.get("MessageSid") or fields.get("SmsSid", "")
        await self.keep(fields, NOTHING, None, sid)
        stops = fields.get("OptOutType", "").upper() == "STOP"
        one = Written(sid, fields.get("From", ""), self._now, fields.get("Body", ""), stops)
        try:
            await self._road.written(one, NAME)
        except (BadInput, NotFound, Conflict) as error:
            log.error("message_not_counted", error=type(error).__name__)


def no_way(error: LineError) -> str:
    """What to tell an agent whose call was allowed and leads nowhere."""
    if error.code == "no_extension_address":
        return "Internal numbers cannot be reached from here."
    return "This call cannot be connected."
