"""How an agent at Twilio is connected with whom a permit is for: what is dialled, shown, and where progress is told."""

from __future__ import annotations

import msgspec

from ..errors import LineError
from ..sections import Telephony, Twilio
from . import twiml

VOICE_STATUS, SMS_STATUS = "/twilio/voice/status", "/twilio/sms/status"


class Bridges(msgspec.Struct, frozen=True):
    """What the settings say of it. `public_url`: how Twilio reaches us; `ring_seconds`: how long it may ring.

    `own_number`: one of ours, for calls that nobody chose a number for: to emergency and internal numbers.
    """

    twilio: Twilio
    telephony: Telephony
    public_url: str
    ring_seconds: int
    own_number: str | None = None

    def callback(self, path: str, permit: str | None, **more: str) -> str:
        """Where Twilio is to tell of this contact; an id of ours is all that the address says."""
        said = {} if permit is None else {"permit": permit}
        query = "&".join(f"{name}={value}" for name, value in (said | more).items())
        return f"{self.public_url.rstrip('/')}{path}?{query}"

    def target(self, address: str, caller_id: str | None) -> tuple[str, str | None]:
        """What to dial for an address, and the number to show. `LineError` for an extension that leads nowhere."""
        if address.startswith("+"):
            return address, caller_id
        shown = caller_id or self.own_number
        if not self.telephony.is_extension(address):
            return address, self.twilio.emergency_caller_id or shown
        if self.twilio.extension_address is None:
            raise LineError("no_extension_address", retryable=False, ours=True)
        return self.twilio.extension_address.format(extension=address), shown

    def document(self, permit: str | None, to: str, caller_id: str | None) -> str:
        """The document that connects whoever hears it."""
        return twiml.bridging(
            to,
            caller_id,
            ring=self.ring_seconds,
            longest=self.twilio.longest_call_seconds,
            status=self.callback(VOICE_STATUS, permit, leg="number"),
            after=self.callback(VOICE_STATUS, permit, leg="dial"),
        )
