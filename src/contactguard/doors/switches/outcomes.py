"""What switches call the end of a call, as the record's outcomes.

Where a word leaves it open whether anyone's telephone rang, it counts as placed (`unknown`, `no_answer`); `failed` is
for what certainly went no further than the network.

Sources: Asterisk's application Dial (DIALSTATUS), ITU-T Q.850 causes, FreeSWITCH's names of them (switch_types.h),
RFC 3261 status codes with the mapping of RFC 3398.
"""

from __future__ import annotations

from ...errors import BadInput
from ...law.vocabulary import Outcome

_STATUS: dict[str, Outcome] = {
    "ANSWER": "answered", "BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer", "CONGESTION": "unknown",
    "CHANUNAVAIL": "unknown", "DONTCALL": "answered", "TORTURE": "answered", "INVALIDARGS": "failed",
}  # fmt: skip
"""Asterisk's DIALSTATUS."""

_CAUSE: dict[int, Outcome] = {
    1: "not_in_service", 2: "failed", 3: "failed", 5: "failed", 17: "busy", 18: "no_answer", 19: "no_answer",
    20: "no_answer", 21: "no_answer", 22: "not_in_service", 26: "no_answer", 27: "failed", 28: "failed", 29: "failed",
    34: "failed", 38: "failed", 41: "failed", 42: "failed", 44: "failed", 47: "failed", 50: "failed", 57: "failed",
    58: "failed", 63: "failed", 65: "failed", 66: "failed", 69: "failed", 79: "failed", 88: "failed", 102: "no_answer",
}  # fmt: skip
"""Q.850 causes that say more than that a call was cleared."""

_NAMES = {
    "UNALLOCATED_NUMBER": 1, "NO_ROUTE_TRANSIT_NET": 2, "NO_ROUTE_DESTINATION": 3, "MISDIALED_TRUNK_PREFIX": 5,
    "NORMAL_CLEARING": 16, "USER_BUSY": 17, "NO_USER_RESPONSE": 18, "NO_ANSWER": 19, "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21, "NUMBER_CHANGED": 22, "REDIRECTION_TO_NEW_DESTINATION": 23, "DESTINATION_OUT_OF_ORDER": 27,
    "INVALID_NUMBER_FORMAT": 28, "FACILITY_REJECTED": 29, "NORMAL_UNSPECIFIED": 31, "NORMAL_CIRCUIT_CONGESTION": 34,
    "NETWORK_OUT_OF_ORDER": 38, "NORMAL_TEMPORARY_FAILURE": 41, "SWITCH_CONGESTION": 42,
    "REQUESTED_CHAN_UNAVAIL": 44, "OUTGOING_CALL_BARRED": 52, "BEARERCAPABILITY_NOTAUTH": 57,
    "SERVICE_UNAVAILABLE": 63, "INCOMPATIBLE_DESTINATION": 88, "RECOVERY_ON_TIMER_EXPIRE": 102,
    "ORIGINATOR_CANCEL": 487, "GATEWAY_DOWN": 38, "USER_NOT_REGISTERED": 20, "ALLOTTED_TIMEOUT": 19,
    "PROGRESS_TIMEOUT": 19, "INVALID_GATEWAY": 38, "INVALID_PROFILE": 38,
}  # fmt: skip
"""FreeSWITCH's hangup_cause."""

_SIP: dict[int, Outcome] = {
    401: "failed", 407: "failed",
    404: "not_in_service", 410: "not_in_service", 484: "failed", 486: "busy", 600: "busy", 604: "not_in_service",
    403: "unknown", 408: "no_answer", 480: "no_answer", 487: "no_answer", 603: "no_answer", 607: "no_answer",
    608: "no_answer",
}  # fmt: skip
"""Final SIP answers; a 5xx failed in the network, other ones leave it open."""

_LOWEST_SIP = 200


def outcome_of(status: str | None, cause: str | None, seconds: int | None) -> Outcome:
    """The outcome of a call that ended, by the switch's word for it, its cause, and how long it was connected.

    `cause`: a number of Q.850, a final SIP answer, or FreeSWITCH's name. `BadInput` for a status that is not known.
    """
    word = (status or "").strip().upper()
    if word and word not in _STATUS:
        raise BadInput("status", f"expected one of {', '.join(_STATUS)}")
    number = _number(cause)
    if word == "ANSWER" or (not word and ((seconds or 0) > 0 or number == _LOWEST_SIP)):
        return "answered"
    by_cause = _by_cause(number)
    said = _STATUS.get(word)
    if said in (None, "unknown"):
        return by_cause or said or "unknown"
    return said if said is not None else "unknown"


def _number(cause: str | None) -> int | None:
    text = (cause or "").strip().upper()
    if text in _NAMES:
        return _NAMES[text]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None


def _by_cause(number: int | None) -> Outcome | None:
    if number is None:
        return None
    if number < _LOWEST_SIP:
        return _CAUSE.get(number)
    return _SIP.get(number, "failed" if 500 <= number < 600 else "unknown")
