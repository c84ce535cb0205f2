"""What a switch may show, play or log of a refusal: one fixed sentence for each code, and the numbers of a hang-up.

Plain ASCII without quotes, commas or line ends, so that it fits a SIP reason phrase, a quoted header parameter, a
dialplan variable and a cell of a log. None says whom it is about or what the contact was to be about.

Every refusal is SIP 603 (RFC 3261, 21.6.2): a proxy that gets a 4xx or a 5xx may try another way out. The second
number is a cause of ITU-T Q.850: 21 call rejected, 28 invalid number format, 41 temporary failure.
"""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """One code for a switch."""

    sentence: str
    cause: int = 21
    sip: int = 603


_NOW = "This number may not be called now."
REFUSALS: dict[str, Refusal] = {
    "represented": Refusal("This person is to be reached through someone else."),
    "deceased": Refusal("This number may not be called any more. See the file."),
    "cease_communication": Refusal("This person asked not to be contacted."),
    "bankruptcy": Refusal("This person may not be called. See the file."),
    "breathing_space": Refusal("This person may not be called for a time. See the file."),
    "vulnerable": Refusal("This person may not be called like this. See the file."),
    "third_party": Refusal("This person may not be called about someone else."),
    "wrong_number": Refusal("This number is known to be wrong."),
    "reassigned_number": Refusal("This number belongs to someone else now."),
    "opted_out": Refusal("This person asked for no more calls."),
    "channel_refused": Refusal("This person asked not to be called."),
    "no_consent": Refusal("There is no consent to a call like this."),
    "workplace": Refusal("This person may not be called at work."),
    "inconvenient_place": Refusal("This person may not be called at this place."),
    "inconvenient_time": Refusal("This is not a convenient time for this person."),
    "outside_hours": Refusal("It is too early or too late where this person is."),
    "public_holiday": Refusal("There is a public holiday where this person is."),
    "frequency_cap": Refusal("This person was called often enough for now."),
    "post_conversation_wait": Refusal("There was a conversation a short while ago."),
    "too_soon": Refusal("It is too soon for another call."),
    "channel_quota": Refusal("There were enough calls to this person for now."),
    "not_in_arrears": Refusal(_NOW),
    "case_closed": Refusal("There is nothing left to call about."),
    "disputed": Refusal(_NOW),
    "notice_missing": Refusal("Something has to be sent before the first call. See the file."),
    "identification_missing": Refusal("The call has to say who is calling."),
    "disclosure_missing": Refusal("The call lacks words that it has to say."),
    "opt_out_missing": Refusal("The call lacks a way to refuse further ones."),
    "prohibited_content": Refusal("The call would say what it may not say."),
    "caller_id": Refusal("This caller number may not be shown."),
    "unlicensed": Refusal("There is no licence for calls to this place."),
    "no_regime": Refusal("No rules are known for this place."),
    "unknown_destination": Refusal("This number is not on any file."),
    "unknown_whereabouts": Refusal("It is not known where this person is."),
    "invalid_destination": Refusal("This is not a number that can be called.", 28),
    "abandonment_cap": Refusal("Too many calls were left without an agent."),
    "paused": Refusal("Calls are halted."),
    "capacity": Refusal("The gate is busy. Try again in a moment.", 41),
    "service_unavailable": Refusal("The gate cannot decide now. Do not place this call.", 41),
}


def refusal(code: str | None) -> Refusal:
    """The words for a code; those of the gate itself for one that is not known here."""
    return REFUSALS.get(code or "", REFUSALS["service_unavailable"])
