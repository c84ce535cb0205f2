"""Twilio's words and numbers as ours: the one table of statuses and error codes. Pure.

https://www.twilio.com/docs/voice/api/call-resource#call-status-values,
https://www.twilio.com/docs/messaging/api/message-resource#message-status-values,
https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..law.instants import Instant
from ..law.vocabulary import Outcome
from .line import EventType, Report


class Means(NamedTuple):
    """What a status says: what happened (in order), and how it ended if it did. `final`: nothing more follows."""

    types: tuple[EventType, ...] = ()
    outcome: Outcome | None = None
    final: bool = False


class Fault(NamedTuple):
    """What an error code says. `outcome`: how the contact ended; None: as its status says.

    `refuses`: the holder of the address told the carrier to stop; `ours`: the request or the account is at fault;
    `retryable`: the same request may succeed later.
    """

    outcome: Outcome | None = None
    refuses: bool = False
    ours: bool = False
    retryable: bool = False


CALLS: Mapping[str, Means] = {
    "queued": Means(),
    "initiated": Means(("dialled",)),
    "ringing": Means(("ringing",)),
    "in-progress": Means(("answered",)),
    "answered": Means(("answered",)),
    "completed": Means(("answered", "ended"), None, True),
    "busy": Means(("ended",), "busy", True),
    "no-answer": Means(("ended",), "no_answer", True),
    "canceled": Means(("ended",), "no_answer", True),
    "failed": Means(("ended",), "failed", True),
}
MESSAGES: Mapping[str, Means] = {
    "accepted": Means(),
    "scheduled": Means(),
    "queued": Means(),
    "sending": Means(),
    "sent": Means(("sent",)),
    "delivered": Means(("delivered", "ended"), "delivered", True),
    "partially_delivered": Means(("delivered", "ended"), "delivered", True),
    "read": Means(("delivered", "ended"), "delivered", True),
    "undelivered": Means(("ended",), "undelivered", True),
    "failed": Means(("ended",), "failed", True),
    "canceled": Means(("ended",), "failed", True),
}
_OURS, _LATER = Fault(ours=True), Fault(retryable=True)
FAULTS: Mapping[str, Fault] = {
    "20001": _OURS,  # a field is not as it must be
    "20003": _OURS,  # not authenticated
    "20404": _OURS,  # no such account or resource
    "20429": _LATER,  # too many requests
    "21210": _OURS,  # the number shown is not verified
    "21211": Fault("not_in_service"),  # not a number that can be called
    "21212": _OURS,  # the number shown is invalid
    "21214": Fault("not_in_service"),  # cannot be reached
    "21215": _OURS,  # this country is not opened for calls
    "21216": _OURS,  # calls to this number are blocked for the account
    "21217": Fault("not_in_service"),  # does not look like a number
    "21408": _OURS,  # this country is not opened for messages
    "21603": _OURS,  # no sender given
    "21606": _OURS,  # this sender cannot send messages
    "21608": _OURS,  # a trial account, and a number not verified
    "21610": Fault("failed", refuses=True),  # the recipient has sent STOP
    "21611": _LATER,  # the sender's queue is full
    "21612": Fault("failed"),  # no route from this sender to that number
    "21614": Fault("failed"),  # not a mobile number
    "21617": _OURS,  # the text is too long
    "30001": Fault("failed", retryable=True),  # queue overflow
    "30002": Fault("failed", ours=True),  # the account is suspended
    "30003": Fault("undelivered"),  # the handset is off or out of reach
    "30004": Fault("undelivered"),  # blocked at the handset or by its carrier
    "30005": Fault("undelivered"),  # no such handset
    "30006": Fault("undelivered"),  # a landline, or a carrier that cannot be reached
    "30007": Fault("undelivered"),  # filtered by a carrier
    "30008": Fault("undelivered"),  # not said why
    "30034": Fault("undelivered", ours=True),  # the sender is not registered
    "30036": Fault("failed"),  # its validity period was over before it left
    "30047": Fault("failed"),  # could not be rescheduled: neither queued nor sent
    "30610": Fault("failed"),  # refused in the recipient's quiet hours
}
_NO_SUCH_NUMBER = frozenset({"404", "410", "484", "604"})  # RFC 3261 section 21
_MACHINE = ("machine_", "fax")


def call_reports(
    permit: str,
    sid: str,
    status: str,
    at: Instant,
    *,
    seconds: int | None = None,
    answered_by: str = "",
    sip_code: str = "",
) -> tuple[Report, ...]:
    """What a status of the leg to the person says; a status not known here says nothing.

    `seconds`: how long both talked. `answered_by`, `sip_code`: AnsweredBy, SipResponseCode. A leg that was answered and
    ended says no outcome: whoever talked knows better.
    """
    means = CALLS.get(status)
    if means is None:
        return ()
    outcome = "not_in_service" if status == "failed" and sip_code in _NO_SUCH_NUMBER else means.outcome
    name = "answered" if status == "in-progress" else status
    machine = answered_by.startswith(_MACHINE)
    types: tuple[EventType, ...] = tuple("voicemail" if one == "answered" and machine else one for one in means.types)
    return _reports(permit, f"{sid}-{name}", types, outcome, at, status, seconds)


def agent_reports(permit: str, sid: str, status: str, at: Instant, *, alone: bool = False) -> tuple[Report, ...]:
    """What the end of the agent's own leg says. `alone`: Twilio knows of none that was dialled from it."""
    if status not in CALLS or not CALLS[status].final:
        return ()
    outcome: Outcome | None = None if status == "completed" and not alone else "failed"
    id = f"{sid}-alone" if alone else f"{sid}-agent"
    return _reports(permit, id, ("ended",), outcome, at, f"agent {status}", None)


def message_reports(permit: str, sid: str, status: str, at: Instant, *, error: str = "") -> tuple[Report, ...]:
    """What a status of a message and its error code say; a status not known here says nothing."""
    means, fault = MESSAGES.get(status), FAULTS.get(error, Fault())
    if means is None:
        return ()
    outcome = fault.outcome or means.outcome if means.final and means.outcome != "delivered" else means.outcome
    cause = f"{status} {error}".strip()
    return _reports(permit, f"{sid}-{_once(status)}", means.types, outcome, at, cause, None, fault.refuses)


def fault_of(code: str) -> Fault:
    """What an error code says; one not known here says nothing of later tries."""
    return FAULTS.get(code, Fault())


def _once(status: str) -> str:
    return "delivered" if status in ("read", "partially_delivered") else status


def _reports(
    permit: str,
    id: str,
    types: tuple[EventType, ...],
    outcome: Outcome | None,
    at: Instant,
    cause: str,
    seconds: int | None,
    refuses: bool = False,
) -> tuple[Report, ...]:
    """One report for each type; the last one bears the status's own id, so that it counts once from wherever."""
    last = len(types) - 1
    return tuple(
        Report(
            permit=permit,
            event_id=id if place == last else f"{id}-{type}",
            type=type,
            at=at,
            outcome=outcome if type == "ended" else None,
            seconds=seconds if type == "ended" else None,
            cause=cause,
            refuses=refuses and place == last,
        )
        for place, type in enumerate(types)
    )
