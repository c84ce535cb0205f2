"""What a request needs before it can be judged: its addresses in normal form, and the subjects to lock."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

import phonenumbers
from msgspec.structs import replace

from ..errors import BadInput, ContactGuardError, Forbidden
from ..law.model import Collector, Evidence, Operator, Person, Point, Signed
from ..law.reach import Reach
from ..law.rulebook import Rulebook
from ..law.wording import texts
from ..records.subjects import AddressDoc, CaseDoc, PersonDoc
from ..records.work import View
from ..sections import CollectorSettings
from ..settings import Settings
from .shapes import Ask, Caller
from .stopping.halts import Halts

Docs = Mapping[str, Any]
_NUMBER = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015]+\Z")
_NOT_DIGITS = re.compile(r"[^\d]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)
_SHORT_DIGITS = 8
_LONGEST_ADDRESS = 512
_LONGEST_TEXT = 200_000  # texts are read while the case is locked
_LONGEST_NAME = 128
MOST_CASES = 20


class WidenError(ContactGuardError):
    """More subjects must be locked than were known before the first look."""

    def __init__(self, keys: Iterable[str]) -> None:
        super().__init__("more subjects must be locked")
        self.keys = tuple(keys)


class Setup:
    """What every judgement shares: the rulebook, the operator's settings, how addresses hash.

    `also`: further rulebooks, not in force (yet), for which documents keep their contacts, too; `reach` says how long.
    `signed`: who accepted which version of which regime. `halts`: what is halted, as it was last read.
    """

    def __init__(
        self,
        book: Rulebook,
        settings: Settings,
        address_key: Callable[[str], str],
        resolve: Callable[[Point], Sequence[Evidence]],
        also: Iterable[Rulebook] = (),
        signed: tuple[Signed, ...] = (),
    ) -> None:
        self.book, self.settings, self.address_key, self.resolve = book, settings, address_key, resolve
        self.reach = reach_of((book, *also))
        self.halts = Halts()
        self.permit_operator = Operator(
            vouches=settings.assume,
            listed_only=True,
            live=True,
            ring_seconds=settings.permits.ring_seconds,
            signed=signed,
            require_signed=settings.rules.require_signed,
            known_cities_only=settings.rules.known_cities_only,
        )
        self.operator = replace(self.permit_operator, ring_seconds=None)
        self._collectors: dict[tuple[str | None, str | None], Collector] = {}

    def collector(self, case: CaseDoc) -> Collector:
        """Who collects this case, as the kind that its creditor placed it with."""
        key = (case.collector, case.case.creditor)
        if key not in self._collectors:
            self._collectors[key] = self._find(*key)
        return self._collectors[key]

    def collector_id(self, case: CaseDoc) -> str | None:
        """The id of who collects this case, in the settings."""
        one = self._settings_of(case.collector)
        return one.id if one else None

    def agent_place(self, case: CaseDoc, agent: str | None) -> str | None:
        """Where the agent who contacts about this case sits, if the settings say so."""
        one = self._settings_of(case.collector)
        return one.agent_places.get(agent) if one and agent else None

    def _find(self, id: str | None, creditor: str | None) -> Collector:
        one = self._settings_of(id)
        return _collector(one, creditor) if one else Collector()

    def _settings_of(self, id: str | None) -> CollectorSettings | None:
        known = {one.id: one for one in self.settings.collector}
        return known.get(id or "") or self.settings.default_collector

    def seconds(self, ask: Ask) -> int:
        """How long a permit for this waits to be used."""
        permits = self.settings.permits
        if ask.channel != "voice":
            return permits.message_seconds
        return permits.preview_seconds if ask.mode == "preview" else permits.voice_seconds


def reach_of(books: Sequence[Rulebook | Setup]) -> Reach:
    """How long contacts are kept so that each of these finds all that it looks at."""
    if len(books) == 1:
        return books[0].reach
    return Reach(dict.fromkeys(look for book in books for look in book.reach.looks))


def _collector(one: CollectorSettings, creditor: str | None) -> Collector:
    return Collector(
        kind=one.placements.get(creditor or "", one.kind),
        own_name=one.own_name,
        licence=one.licence,
        licences=None if one.licences is None else tuple(each.held for each in one.licences),
        numbers=None if one.numbers is None else tuple(shown(number) for number in one.numbers),
        name=one.name,
        neutral_name=one.neutral_name,
        country=one.country,
        subdivision=one.subdivision,
    )


def normal(address: str, where: str = "address") -> str:
    """An address as it is compared and hashed: E.164, e-mail and handles in lower case, else single spaces.

    `BadInput` for an empty one, one too long, and a phone number without its country.
    """
    if _E164.match(address):
        return address
    text = " ".join(address.split())
    if not text or len(text) > _LONGEST_ADDRESS:
        raise BadInput(where, f"expected an address of 1 to {_LONGEST_ADDRESS} characters")
    if _NUMBER.match(text):
        number = "+" + _NOT_DIGITS.sub("", text)
        if not text.startswith("+") or not _E164.match(number):
            raise BadInput(where, "write a phone number in E.164, with + and its country code")
        return number
    # Not casefold(), which makes ss of ß: another domain.
    return text.lower() if "@" in text or text.startswith("social:") else text


def shown(number: str) -> str:
    """A calling number as it is compared: without punctuation where it has its country code, else as it is written.

    So are short codes, names that a network shows, and `hidden`.
    """
    text = " ".join(number.split())
    return "+" + _NOT_DIGITS.sub("", text) if text.startswith("+") and _NUMBER.match(text) else text


def named(text: str, where: str) -> str:
    """A reference fit to be a key."""
    if not text or len(text) > _LONGEST_NAME or not text.isprintable() or text != text.strip():
        raise BadInput(where, f"expected a reference of 1 to {_LONGEST_NAME} printable characters")
    return text


def passes_unasked(ask: Ask, settings: Settings) -> str | None:
    """`emergency` for exactly such a number of the caller's country, `extension` for the house's own."""
    address, telephony = ask.address.strip(), settings.telephony
    if ask.channel not in ("voice", "sms") or ask.direction != "outbound":
        return None
    if address.startswith(("+", "00")) or len(address) > 2 * _SHORT_DIGITS:
        return None
    digits = _NOT_DIGITS.sub("", address)
    if len(digits) <= _SHORT_DIGITS and _NUMBER.match(address):
        if phonenumbers.is_emergency_number(digits, telephony.country):
            return "emergency"
        if ask.channel == "voice" and telephony.is_extension(address):
            return "extension"
    return None


def prepared(ask: Ask, caller: Caller, *, by_number: bool = False) -> Ask:
    """The request as it will be judged: address in normal form, agent filled in. `BadInput`, `Forbidden`.

    `by_number`: it may name no case, and is then about whoever lists the address.
    """
    if ask.case_ref is None and not by_number:
        raise BadInput("case_ref", "say which case the contact is about")
    if len(ask.case_ref or "") > _LONGEST_NAME or len(ask.cases) > MOST_CASES:
        raise BadInput("cases", f"expected references of {_LONGEST_NAME} characters, {MOST_CASES} of them at most")
    for where in ("person_id", "agent", "campaign"):
        if len(getattr(ask, where) or "") > _LONGEST_NAME:
            raise BadInput(where, f"expected at most {_LONGEST_NAME} characters")
    if ask.content is not None and sum(map(len, texts(ask.content))) > _LONGEST_TEXT:
        raise BadInput("content", f"expected texts of {_LONGEST_TEXT} characters in all; send more by letter")
    if caller.agent is not None and ask.agent not in (None, caller.agent):
        raise Forbidden(f"this key speaks for its own agent only; leave out agent or name {caller.agent}")
    agent, address = ask.agent or caller.agent, normal(ask.address)
    if agent == ask.agent and address == ask.address and ask.caller_id is None:
        return ask
    caller_id = None if ask.caller_id is None else shown(ask.caller_id)
    return replace(ask, agent=agent, address=address, caller_id=caller_id)


def refs_of(ask: Ask) -> tuple[str, ...]:
    """The cases that a request names, each once."""
    if ask.case_ref is None:
        return ()
    first = ask.case_ref
    return tuple(dict.fromkeys((first, *ask.cases))) if ask.cases else (first,)


def first_keys(ask: Ask, setup: Setup) -> tuple[str, ...]:
    """What must be locked for this request as far as it says so itself."""
    keys = [f"case:{ref}" for ref in refs_of(ask)]
    if ask.person_id is not None:
        keys.append(f"person:{ask.person_id}")
    keys.append(setup.address_key(ask.address))
    return tuple(keys)


def bystanders(docs: Docs) -> list[str]:
    """What else bears on the answer: others on the cases and at the address, the person's other debts."""
    wanted: dict[str, None] = {}
    for doc in docs.values():
        if isinstance(doc, CaseDoc):
            wanted.update((f"person:{id}", None) for id, _ in doc.persons)
            wanted.update((f"person:{id}", None) for id in doc.former)
        elif isinstance(doc, PersonDoc):
            wanted.update((f"case:{ref}", None) for ref in doc.person.cases or ())
            wanted.update((f"case:{ref}", None) for ref in doc.past)
        elif isinstance(doc, AddressDoc):
            wanted.update((f"person:{id}", None) for id in doc.persons)
    return [key for key in wanted if key not in docs]


def lists(person: Person, address: str) -> bool:
    """Whether the address stands on this person's file."""
    return any(point.address == address for point in person.points)


def reached_at(setup: Setup, view: View, address: str, persons: Iterable[str]) -> dict[str, AddressDoc]:
    """The address's document with those who were contacted there although they do not list it; {} where all do."""
    docs = ((id, view.docs.get(f"person:{id}")) for id in persons)
    strangers = [id for id, doc in docs if doc is None or not lists(doc.person, address)]
    if not strangers:
        return {}
    key = setup.address_key(address)
    known: AddressDoc = view.docs.get(key) or AddressDoc()
    return {key: AddressDoc(tuple(dict.fromkeys((*known.persons, *strangers))), known.marks)}


def with_past(doc: PersonDoc, refs: tuple[str, ...]) -> PersonDoc:
    """The document of someone contacted about these cases, leading to those that they are not on."""
    more = [ref for ref in refs if ref not in (doc.person.cases or ()) and ref not in doc.past]
    return PersonDoc(doc.person, doc.contacts, doc.origin, (*doc.past, *more)) if more else doc


def require(locked: Container[str], needed: Iterable[str]) -> None:
    """`WidenError` unless all that will be written is locked."""
    missing = [key for key in needed if key not in locked]
    if missing:
        raise WidenError(missing)
