"""Content: what is attested of a text or script, against what a law wants of it."""

from __future__ import annotations

from ..model import Content
from ..values import ContentRule
from ..world import Side
from ..zones import Zone
from .core import FAIL, PASS, Core, Fixed, State

_DEFAULTS = {
    "identifies": True, "callback_number": True, "debt_collector": True, "initial_disclosure": True, "opt_out": True,
    "debt": True, "confirms_location": True, "names_collector": False, "collector_asked_for": False,
    "neutral_name": True, "names_person": True, "asks_reply": True, "extra": False, "abusive": False,
    "court_look": False, "solicits": False, "disputed_part": True,
}  # fmt: skip
_SAYS_NOTHING_OF_DEBT = frozenset({"location_information", "limited_content"})
_READ_FROM_TEXT = frozenset({"opt_out", "debt_collector", "initial_disclosure", "debt", "abusive"})
STATES = frozenset(_DEFAULTS)
_NOTHING = Content()


class Says(Core):
    """The content is as the law wants it, by what its author attests; else by the default."""

    takes_on_trust = True

    def __init__(self, values: ContentRule) -> None:
        self._values = values

    def settled(self, fixed: Fixed) -> bool:
        return fixed.bare and self._wrong(_NOTHING, fixed.purpose) is False

    def state(self, side: Side, where: Zone, t: int) -> State:
        request = side.w.request
        return FAIL if self._wrong(request.content or _NOTHING, request.purpose) else PASS

    def _wrong(self, content: Content, purpose: str) -> bool:
        values = self._values
        if values.formats is not None and content.format not in values.formats:
            return True
        if values.audiences is not None and content.audience not in values.audiences:
            return True
        if all(stated(content, name, purpose) == wanted for name, wanted in values.wants.items()):
            return False
        excuses = values.unless.items()
        return not (excuses and all(stated(content, name, purpose) == value for name, value in excuses))

    def assumed(self, side: Side) -> str | None:
        """An attribute that a text would decide but that nobody attested."""
        content = side.w.request.content
        if content is None or not (content.subject or content.body or content.script):
            return None
        for name in self._values.wants:
            if name in _READ_FROM_TEXT and getattr(content.states, name) is None:
                return f"content.{name}"
        return None


def stated(content: Content, name: str, purpose: str) -> bool:
    """What is attested of this attribute, or its default."""
    value = getattr(content.states, name)
    if value is not None:
        return bool(value)
    if name == "debt" and purpose in _SAYS_NOTHING_OF_DEBT:
        return False
    return _DEFAULTS[name]
