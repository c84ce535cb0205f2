"""Content: what is attested of a text or script, or what it says by its plain words, against what a law wants of it."""

from __future__ import annotations

from collections.abc import Mapping

from ..envelopes import neutral
from ..grammar import Filter
from ..history import Contact
from ..model import Case, Content
from ..values import ContentRule
from ..wording import READ_FROM_TEXT, Reader, Reading
from ..world import Side
from ..zones import Zone
from .core import FAIL, PASS, Core, Fixed, State
from .filters import matcher

_DEFAULTS = {
    "identifies": True, "callback_number": True, "debt_collector": True, "initial_disclosure": True, "opt_out": True,
    "debt": True, "confirms_location": True, "names_collector": False, "collector_asked_for": False,
    "neutral_name": True, "names_person": True, "asks_reply": True, "extra": False, "abusive": False,
    "court_look": False, "solicits": False, "disputed_part": True,
}  # fmt: skip
_SAYS_NOTHING_OF_DEBT = frozenset({"location_information", "limited_content"})
_USUAL_METHOD = "reply"
STATES = frozenset(_DEFAULTS)
_NOTHING = Content()


class Says(Core):
    """The content is as the law wants it: by what its author attests, else by its text, else by default."""

    takes_on_trust = True

    def __init__(self, values: ContentRule, reader: Reader) -> None:
        self._values, self._reader = values, reader
        self._until = _told(values.until)
        self._after = _told(values.after)

    def settled(self, fixed: Fixed) -> bool:
        return fixed.bare and self._as_wanted(_NOTHING, fixed.purpose, None)

    def state(self, side: Side, where: Zone, t: int) -> State:
        request = side.w.request
        if self._wrong(request.content or _NOTHING, request.purpose, side) and self._speaks(side):
            return FAIL
        return PASS

    def _wrong(self, content: Content, purpose: str, side: Side) -> bool:
        if self._values.neutral_envelope and not neutral(content.envelope, side.w.facts.collector, self._reader):
            return True
        return not self._as_wanted(content, purpose, _reading(content, self._reader, side))

    def _as_wanted(self, content: Content, purpose: str, reading: Reading | None) -> bool:
        values = self._values
        if values.formats is not None and content.format not in values.formats:
            return False
        if values.audiences is not None and content.audience not in values.audiences:
            return False
        if values.covers_languages and not _covered(content):
            return False
        found = {name: stated(content, name, purpose, reading) for name in (*values.wants, *values.unless)}
        wanted = all(found[name] == value for name, value in values.wants.items())
        if wanted and values.methods is not None:
            wanted = not _methods(content, reading).isdisjoint(values.methods)
        excused = bool(values.unless) and all(found[name] == value for name, value in values.unless.items())
        return wanted or excused

    def _speaks(self, side: Side) -> bool:
        """Whether the rule has something to say, now that so much was or was not communicated before."""
        until, after = self._until, self._after
        if until is not None and all(_communicated(case, until, side) for case in side.cases):
            return False
        return after is None or any(_communicated(case, after, side) for case in side.cases)

    def assumed(self, side: Side) -> str | None:
        """That there was communication before, where nobody said so; or an attribute that nobody could read."""
        if self._until is not None and any(_vouched(case, self._until, side) for case in side.cases):
            return "communicated"
        content = side.w.request.content
        if self._reader or content is None or not (content.subject or content.body or content.script):
            return None
        for name in self._values.wants:
            if name in READ_FROM_TEXT and getattr(content.states, name) is None:
                return f"content.{name}"
        return None


def stated(content: Content, name: str, purpose: str, reading: Reading | None) -> bool:
    """What is attested of this attribute, else what the text says of it, else its default."""
    value = getattr(content.states, name)
    if value is None and reading is not None and name in READ_FROM_TEXT:
        value = reading.state(name)
    if value is not None:
        return bool(value)
    if name == "debt" and purpose in _SAYS_NOTHING_OF_DEBT:
        return False
    return _DEFAULTS[name]


def _reading(content: Content, reader: Reader, side: Side) -> Reading | None:
    """What the text says, read once for one decision; None where there is nothing to read, or nothing to read it by."""
    if content is _NOTHING or not reader:
        return None
    found: Reading | None = side.cache.get("reading")
    if found is None:
        found = side.cache["reading"] = reader.read(content, side.w.request.channel)
    return found


def _methods(content: Content, reading: Reading | None) -> frozenset[str]:
    """The ways out that are offered."""
    states = content.states
    if states.opt_out_method is not None:
        return frozenset({states.opt_out_method})
    if states.opt_out is None and reading is not None and reading.methods:
        return reading.methods
    return frozenset({_USUAL_METHOD})


def _covered(content: Content) -> bool:
    """Whether the disclosures are in every language of the rest; of one language alone nobody need say so."""
    spoken, disclosed = content.states.languages or (), content.states.disclosure_languages
    return len(spoken) < 2 if disclosed is None else set(spoken) <= set(disclosed)


def _told(wanted: Filter | None) -> Mapping[int, bool] | None:
    return None if wanted is None else matcher(wanted)


def _communicated(case: Case, told: Mapping[int, bool], side: Side) -> bool:
    """Whether this person was told of this case before."""
    if case.communicated or _in_history(case, told, side):
        return True
    return case.communicated is None and "communicated" in side.w.facts.operator.vouches


def _vouched(case: Case, told: Mapping[int, bool], side: Side) -> bool:
    vouched = case.communicated is None and "communicated" in side.w.facts.operator.vouches
    return vouched and not _in_history(case, told, side)


def _in_history(case: Case, told: Mapping[int, bool], side: Side) -> bool:
    person = side.w.person.id
    return any(told[contact.what] and contact.person == person and _about(case, contact) for contact in side.w.history)


def _about(case: Case, contact: Contact) -> bool:
    """Whether the case was talked about, or was what the contact was for."""
    refs = contact.cases if contact.discussed is None else contact.discussed
    return refs is None or case.ref in refs
