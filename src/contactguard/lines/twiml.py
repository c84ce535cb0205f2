"""The documents that Twilio carries out, made by its own classes.

https://www.twilio.com/docs/voice/twiml/dial: a leg that is dialled reports its progress to `status`, and its end also
to `after`, which Twilio asks for what comes next.
"""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, VoiceResponse

MEDIA = "text/xml"
EVENTS = "initiated ringing answered completed"
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def bridging(to: str, caller_id: str | None, *, ring: int, longest: int, status: str, after: str) -> str:
    """Connect whoever hears this with `to`: a number, or a `sip:` or `client:` address. Seconds.

    The agent hears it ring until someone answers, and is not billed as connected before.
    """
    response = VoiceResponse()
    dial = Dial(
        answer_on_bridge=True,
        caller_id=caller_id,
        timeout=min(max(ring, 1), 600),
        time_limit=longest,
        action=after,
        method="POST",
    )
    if to.startswith(("sip:", "sips:")):
        dial.sip(to, status_callback=status, status_callback_event=EVENTS)
    elif to.startswith("client:"):
        dial.client(to.removeprefix("client:"), status_callback=status, status_callback_event=EVENTS)
    else:
        dial.number(to, status_callback=status, status_callback_event=EVENTS)
    response.append(dial)
    return str(response)


def telling(sentences: str, *, voice: str, language: str) -> str:
    """Read this out to whoever hears it, and hang up."""
    response = VoiceResponse()
    response.say(sentences, voice=voice, language=language)
    response.hangup()
    return str(response)


def rejecting() -> str:
    """Refuse the call without answering it."""
    response = VoiceResponse()
    response.reject(reason="rejected")
    return str(response)
