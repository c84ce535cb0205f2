"""Words, lists and lengths of time of the rule language, in plain words."""

from __future__ import annotations

from typing import Any

from ...law.grammar import Length
from ...law.instants import Day, print_day

_PLAIN = {
    "voice": "calls", "sms": "texts", "email": "e-mail", "letter": "letters", "visit": "visits",
    "messaging": "messages in an app", "portal": "the portal", "outbound": "from us", "inbound": "from the person",
    "parent:minor": "parent of a debtor under age", "successor:confirmed": "successor whose standing is confirmed",
    "first_party": "creditor in its own name",
    "first_party:other_name": "creditor under a name that suggests someone else",
    "debt_buyer": "debt buyer", "third_party": "third party", "ringless": "voicemail without ringing",
    "ai_voice": "artificial voice", "voip": "internet telephony", "self": "the person", "stand_ins":
    "whoever stands in the debtor's place", "location": "third parties asked where the debtor is",
    "case": "case", "creditor": "creditor", "tax": "tax debt", "auto": "car loan",
}  # fmt: skip


_OF_FIELD: dict[str, dict[str, str]] = {
    "collectors": {"third_party": "third-party collector"},
    "consent": {
        "contact": "this use of the channel or address", "electronic": "electronic contact",
        "autodialed": "dialling or speaking by machine", "call_frequency": "another call in spite of counts and waits",
        "hours": "contact at otherwise closed times", "workplace": "contact at work",
        "third_party": "talking to this person", "direct_contact": "talking to a represented person",
    },
    "kinds": {
        "cease_communication": "a request to cease", "refuses_to_pay": "a refusal to pay",
        "represented": "an attorney for the matter", "inconvenient_hours": "hours that the person ruled out",
        "convenient_hours": "the only hours that suit the person",
        "inconvenient_place": "a place that the person ruled out",
        "employer_prohibits": "an employer's ban", "channel_refused": "a channel refused",
        "address_refused": "an address refused", "written_only": "a wish to be written to only",
        "disputed": "a dispute", "original_creditor_requested": "a request for the original creditor's name",
        "deceased": "a death", "bankruptcy": "a bankruptcy", "breathing_space": "a breathing space",
        "vulnerable": "a vulnerable person",
    },
}  # fmt: skip
STATES = {
    "identifies": "names who calls or writes", "callback_number": "gives a number to call back",
    "debt_collector": "says that it is from a debt collector",
    "initial_disclosure": "says that a debt is being collected and that information will be used for it",
    "languages": "is in these languages", "disclosure_languages": "discloses in these languages",
    "opt_out": "says how to stop further messages", "opt_out_method": "lets it be stopped in this way",
    "debt": "reveals a debt", "confirms_location": "says that it confirms where someone is",
    "names_collector": "names the agency", "collector_asked_for": "was expressly asked for the agency",
    "neutral_name": "gives a neutral business name", "names_person": "names whom to ask for",
    "asks_reply": "asks for a reply", "extra": "says anything else", "abusive": "threatens or abuses",
    "court_look": "looks like a court's", "solicits": "also sells something",
    "disputed_part": "touches the disputed part",
}  # fmt: skip
"""What may be attested of a content, after "The content"."""


def word(one: object, field: str = "") -> str:
    """One word of the rule language in plain words; `field` where it stands, as some mean several things."""
    if field in _OF_FIELD and str(one) in _OF_FIELD[field]:
        return _OF_FIELD[field][str(one)]
    if isinstance(one, Day):
        return print_day(one)
    if isinstance(one, bool):
        return "yes" if one else "no"
    return _PLAIN.get(str(one), str(one).replace("_", " "))


def listed(ones: Any, last: str = "or", field: str = "") -> str:
    """`a, b or c`."""
    plain = [word(one, field) for one in ones]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} {last} {plain[-1]}" if plain else "nothing"


def back(length: Length) -> str:
    """A length that reaches back from the contact."""
    if length.dates is not None:
        return "on one date" if length.dates == 1 else f"in {length.dates} dates up to and with today's"
    if length.free_days is not None:
        return f"with {length.free_days} whole days between"
    if length.calendar:
        return f"in a calendar {length.calendar}"
    if length.business_days is not None:
        return f"within {many(length.business_days, 'business day')}"
    if length.months is not None:
        return f"within {many(length.months, 'month')}"
    return "ever" if length.ever else f"within {_hours(length)}"


def on(length: Length) -> str:
    """A length that runs on from something."""
    if length.dates is not None:
        return f"for {many(length.dates, 'date')}, its own being the first"
    if length.free_days is not None:
        return f"for {many(length.free_days, 'whole day')} between"
    if length.business_days is not None:
        return f"for {many(length.business_days, 'whole business day')}"
    if length.calendar:
        return f"for the rest of the calendar {length.calendar}"
    if length.months is not None:
        return f"for {many(length.months, 'month')}"
    return "for good" if length.ever else f"for {_hours(length)}"


def _hours(length: Length) -> str:
    if length.hours is not None:
        return many(length.hours, "hour")
    return many(length.minutes or 0, "minute")


def many(number: int, unit: str) -> str:
    """`1 day`, `2 days`."""
    return f"{number} {unit}{'' if number == 1 else 's'}"
