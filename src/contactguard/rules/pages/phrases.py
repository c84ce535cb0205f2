"""Every field of the rule language in plain words.

`PHRASES` has one entry for each field of each table that says something. A phrase is a text with `{}` where the value
goes, a pair of texts for true and false, or a function; `said` puts the fields of a table, those that differ from
leaving them out, into clauses in the order of `PHRASES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ...law import grammar, values
from ...law.faults import fields
from ...law.grammar import Filter, Length
from .words import STATES, back, listed, many, on, word

Phrase = str | tuple[str, str] | Callable[[Any], str]


def contacts(wanted: Filter) -> str:
    """Which past contacts a filter means."""
    return "; ".join(said(wanted)) or "every contact"


def _states(states: dict[str, bool]) -> str:
    return " and ".join(f"{'' if value else 'not so: it '}{STATES.get(name, name)}" for name, value in states.items())


def _wanted(states: dict[str, bool]) -> str:
    """What a content must, and what it must not do."""
    must = [STATES.get(name, name) for name, value in states.items() if value]
    never = [STATES.get(name, name) for name, value in states.items() if not value]
    parts = [f"The content {listed(must, 'and')}"] if must else []
    return "; ".join([*parts, *([f"nothing that {listed(never)}"] if never else [])])


def _cap(limit: int) -> str:
    return f"At most {limit}" if limit else "Not a single one"


def _arrears(days: int) -> str:
    return f"The debt must be past due by more than {many(days, 'day')}" if days else "The debt must be past its date"


def _zone(clock: str) -> str:
    """By which clock a window is read."""
    known = {
        "whereabouts": "By the clock of every place where the person may be: it must be open in all of them",
        "number": "By the clock of the number's area, unless only other places are known",
        "residence": "By the clock of the residence, unless only other places are known",
    }
    return known.get(clock, f"By the clock of {clock}, wherever the person is")


PHRASES: dict[Any, dict[str, Phrase]] = {
    grammar.Scope: {
        "collectors": "collected by a {}", "collector_names": "collected by {}", "licences": "licensed as {}",
        "agents_licensed": ("by an agency only if it names a licence", ""),
        "creditors_licensed": ("by a creditor only if it names a licence", ""),
        "creditors": "about debts owed to {}", "campaigns": "in the campaign {}", "products": "of the sort {}",
        "roles": "with the {}", "not_roles": "not with the {}", "channels": "by {}", "modes": "dialled {}",
        "directions": "{}", "purposes": "for the purpose of {}", "not_purposes": "not for the purpose of {}",
        "notices": "as a notice: {}", "not_notices": "not as a notice: {}", "places": "while the person is at: {}",
        "lines": "to a line: {}", "solicits": ("that also sell something", "that sell nothing"),
        "days_past_due_at_most": "only until every debt is more than {} days past due",
        "days_past_due_more_than": "only once a debt is more than {} days past due",
    },
    Filter: {
        "directions": "{}", "channels": "{}", "placed": ("placed (not busy, out of service, failed or refused)", ""),
        "outcomes": "that ended with: {}", "live": ("under way or reserved", "that are over"),
        "purposes": "for: {}", "not_purposes": "not for: {}", "notices": "as a notice: {}",
        "not_notices": "not as a notice: {}", "modes": "dialled {}", "places": "at: {}", "not_places": "not at: {}",
        "said": "in which the person said: {}", "message_possible":
        ("on which a message could have been left", "on which no message could have been left"),
        "message_left": ("on which a message was left", "on which no message was left"),
    },
    Length: {
        "dates": "{} dates", "calendar": "the calendar {}", "hours": "{} hours", "minutes": "{} minutes",
        "business_days": "{} business days", "months": "{} months", "free_days": "{} whole days between",
        "ever": ("ever", ""),
    },
    grammar.Relax: {
        "by": lambda by: {
            "consent": "with a consent", "reply": "where it answers the person's own message, once",
            "own_call": "where it is the person's own live call",
            "said": "by what was said in the last counted contact",
            "notice": "for a notice", "confirmation": "for the confirmation of an opt-out",
            "failures": "after failed tries, and no conversation since",
            "judgment": "once every case has its judgment",
        }.get(by, word(by)),
        "consent": "to {}", "given_by": "given by the {}", "given_to": "given to the {}", "forms": "in the form {}",
        "of": "of the {}", "compliant": ("", "also one taken in a contact that itself broke the rules"),
        "informed": ("", "also one given without being told what for"),
        "dates": "for {} dates, the first being that on which it was given",
        "ends_with_conversation": ("until the next conversation", ""),
        "after_debt": ("given once the debt was due", ""), "dated": ("that names its dates", ""),
        "once": ("until the next contact on its channel", ""), "said": "the words: {}",
        "believed": ("where the earlier answer is believed wrong and the person now to know better", ""),
        "notices": "of the sort {}", "after_judgment": ("once every case has its judgment", ""),
        "minutes": "within {} minutes", "at_least": "at least {} of them",
        "failures": lambda one: f"each {contacts(one)}", "within": back, "citation": "({})",
    },
    values.Values: {"start": "from {}", "repealed": ("Repealed", "")},
    values.Window: {
        "open": lambda week: "", "clock": _zone, "holidays": "Holidays by the calendar {}",
        "half_days": "Half days by the calendar {}, open no longer than is said for them",
        "delivered_within": "What is sent is delivered within {} minutes, and the last of these ends inside the hours",
        "personal_hours": ("Hours that the person named as the only convenient ones stand in for these", ""),
    },
    values.Counting: {
        "limit": _cap, "distinct": "counted by {}, this contact's included", "period": back,
        "key": lambda key: f"for each {listed(key, 'and')}", "count": lambda one: f"Counted: {contacts(one)}",
        "after": lambda one: f"Counted only from the first such contact on: {contacts(one)}",
        "first_counts": ("That first contact counts too", ""),
        "after_kinds": "Counted only after the person asked for one of these: {}",
        "after_forms": "asked for in the form {}",
        "until": lambda one: f"Nothing counts any more after: {contacts(one)}",
        "same_account": "Cases under one account number are one case, for the sort {}",
        "except_wrong_number": ("Calls to what turned out to be someone else's number do not count", ""),
        "except_consent": ("Contacts made under the consent named below do not count", ""),
    },
    values.Gap: {
        "wait": lambda one: f"Nothing {on(one)}",
        "after": lambda one: f"after the latest such contact: {contacts(one)}",
        "key": lambda key: f"for each {listed(key, 'and')}",
        "same_account": "Cases under one account number are one case, for the sort {}",
        "holidays": "Business days by the calendar {}",
    },
    values.Party: {"may_be_told": "Only these may be contacted: {}"},
    values.PointRule: {
        "statuses": "Closed where the address is marked as {}", "labels": "Closed where the address is known as {}",
        "misdelivered": ("Closed where messages to the address are known to reach someone else", ""),
        "look_ups": "Closed where the last look-up of the number said {}, until the person agrees to its use anew",
    },
    values.Restrict: {
        "kinds": "Closed while one of these is on file: {}", "forms": "only where it was made in the form {}",
        "in_notice_period": ("only where it was received before the period of a notice had ended", ""),
        "binds": lambda ones: f"Closes contact with {listed(ones, 'and').replace('case', 'everyone on the case')}",
        "channels": "Closes only {}", "leaves": "These notices may still go: {}",
        "lapses_hours": "Frees {} hours after the attorney was asked and did not answer",
        "lapses_dates": "An oral request frees after {} dates",
        "binds_after": lambda one: f"It does not bind {on(one)}",
        "no_longer_than": lambda one: f"It binds {on(one)} at the longest",
        "times": "Only the first {} of them bind", "hours_a_week": "Hours ruled out bind while they fit into {} a week",
        "beside": "Binds only a person who also asked for: {}",
        "holidays": "Business days by the calendar {}",
    },
    values.Needs: {
        "consent": "Closed without a consent to {}", "given_by": "given by the {}", "given_to": "given to the {}",
        "forms": "in the form {}", "informed": ("", "also one given without being told what for"),
        "dates": "for {} dates, the first being that on which it was given",
        "reply_serves": ("A reply to the person's own message needs none", ""),
    },
    values.Ways: {
        "labels": "Only for addresses known as {}", "not_labels": "Not for addresses known as {}",
        "ways": lambda ways: "Closed unless the address is open in one of these ways: "
        + "; ".join(f"({number}) {joined(said(way))}" for number, way in enumerate(ways, 1)),
    },
    values.Way: {
        "by": lambda by: {
            "used": "the person used it", "consent": "the person agreed to its use", "source": "by where it came from",
            "creditor_notice": "the creditor announced its use, complete, and the time to object is over",
            "prior_collectors": "the collector before wrote to it, and one of them came by it rightly",
        }.get(by, word(by)),
        "use": lambda one: f"by a contact of this sort: {contacts(one)}", "consent": "a consent to {}",
        "given_by": "given by the {}", "given_to": "given to the {}", "forms": "in the form {}",
        "compliant": ("", "also one taken in a contact that itself broke the rules"),
        "informed": ("", "also one given without being told what for"),
        "sources": "got from the {}", "routes": "over {}", "look_back": "no more than {} dates back",
        "look_up": ("or longer ago, where a look-up within that time found no new holder", ""),
        "opt_out_days": "at least {} days to object", "public_domain": ("on a domain open to the public", ""),
        "citation": "({})",
    },
    values.Abandonment: {
        "percent": "At most {} in a hundred of a campaign's live-answered calls abandoned",
        "period_dates": "in each period of {} dates by itself",
    },
    values.ShownNumber: {
        "hidden": ("The number may be withheld; one that is shown is our own", "The number that is shown is our own"),
    },
    values.ContentRule: {
        "wants": _wanted,
        "unless": lambda states: f"excused where it {_states(states)}", "methods": "A way out that serves: {}",
        "formats": "Only in the format {}", "audiences": "Only for an audience that is {}",
        "covers_languages": ("Disclosed in every language that the contact uses", ""),
        "neutral_envelope": ("The envelope shows no more than an address and a neutral name", ""),
        "until": lambda one: f"Only as long as there was no such contact: {contacts(one)}",
        "after": lambda one: f"Only once there was such a contact: {contacts(one)}",
    },
    values.Arrears: {"more_than_days": _arrears},
    values.StatusRule: {"statuses": "Closed while the case is {}"},
    values.NoticeRule: {
        "wait": lambda one: f"Closed until a notice was sent, and {on(one)} after it",
        "holidays": "Business days by the calendar {}",
    },
    values.Duty: {
        "text": lambda text: text.rstrip("."), "code": "(reported as {})",
        "both_ends": ("Also where only the agent sits here", ""),
    },
    values.Licensed: {"places": "The collector must hold a licence in {}"},
}  # fmt: skip

LEAD: dict[Any, tuple[str, ...]] = {
    values.Window: ("clock",), values.Counting: ("limit", "distinct", "period", "key"),
    values.Gap: ("wait", "after", "key"),
    values.Party: ("may_be_told",), values.Restrict: ("kinds", "forms", "in_notice_period"),
    values.Needs: ("consent", "given_by", "given_to", "forms", "informed", "dates"),
    values.Abandonment: ("percent", "period_dates"), values.ShownNumber: ("hidden",),
    values.ContentRule: ("wants", "unless"), values.Arrears: ("more_than_days",), values.NoticeRule: ("wait",),
    values.Duty: ("text", "code"), grammar.Relax: ("by",), values.Way: ("by",),
    values.Licensed: ("places",),
}  # fmt: skip
"""What makes up the first sentence of a table, said also where it is the default."""
FREES_BY_TIME = ("lapses_hours", "lapses_dates", "no_longer_than", "days_past_due_at_most")
"""Fields by which mere time makes a no a yes, without anyone having done or said anything."""
_ALWAYS: dict[Any, tuple[str, ...]] = {
    values.Counting: ("limit", "period", "key", "count"),
    values.Gap: ("wait", "after", "key"),
    values.Restrict: ("binds",),
    values.Abandonment: ("period_dates",),
    values.Duty: ("code",),
}


def said(table: msgspec.Struct) -> list[str]:
    """The fields of a table that say something, one clause each, in the order of `PHRASES`."""
    kind = type(table)
    return [clause for name in PHRASES[kind] if (clause := clause_of(table, name))]


def joined(clauses: Iterable[str]) -> str:
    """Clauses with commas between, but where one goes on from the one before it."""
    text = ""
    for clause in clauses:
        goes_on = clause.startswith("(") or (clause.startswith("to ") and text.endswith("consent"))
        text += f"{' ' if goes_on else ', '}{clause}" if text else clause
    return text


def clause_of(table: msgspec.Struct, name: str) -> str:
    """One field in words; empty where it says no more than leaving it out."""
    kind = type(table)
    value, phrase = getattr(table, name), PHRASES[kind][name]
    if value is None or (not _speaks(kind, name) and value == _default(kind, name)):
        return ""
    if isinstance(phrase, tuple):
        return phrase[0] if value else phrase[1]
    if callable(phrase):
        return phrase(value)
    if isinstance(value, tuple):
        return phrase.format(listed(value, field=name))
    return phrase.format(value if name in _VERBATIM else word(value, name))


_VERBATIM = ("citation", "holidays", "half_days")


def sentences(table: msgspec.Struct, without: tuple[str, ...] = ()) -> list[str]:
    """What a dated version says, in sentences: the first from `LEAD`, then one for each other field."""
    lead = LEAD.get(type(table), ())
    first = joined(clause for name in lead if (clause := clause_of(table, name)))
    rest = [clause_of(table, name) for name in PHRASES[type(table)] if name not in (*lead, *without)]
    return [f"{text[0].upper()}{text[1:].rstrip('.')}." for text in (first, *rest) if text]


def _speaks(kind: type, name: str) -> bool:
    return name in LEAD.get(kind, ())[:1] or name in _ALWAYS.get(kind, ())


def _default(kind: type, name: str) -> Any:
    field = next(field for field in fields(kind) if field.name == name)
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
