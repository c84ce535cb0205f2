"""Content: what is attested of a text or script, against what a law wants of it."""

from __future__ import annotations

from ..grammar import ContentRule
from ..model import Content, Request
from ..world import Side
from ..zones import Zone
from .core import FAIL, PASS, Core, State

_DEFAULTS = {
    "identifies": True, "callback_number": True, "debt_collector": True, "initial_disclosure": True, "opt_out": True,
    "debt": True, "confirms_location": True, "names_collector": False, "collector_asked_for": False,
    "neutral_name": True, "names_person": True, "asks_reply": True, "extra": False, "abusive": False,
    "solicits": False, "disputed_part": True,
}  # fmt: skip
_SAYS_NOTHING_OF_DEBT = frozenset({"location_information", "limited_content"})
_READ_FROM_TEXT = frozenset({"opt_out", "debt_collector", "initial_disclosure", "debt", "abusive"})
STATES = frozenset(_DEFAULTS)


class Says(Core):
    """The content is as the law wants it, by what its author attests; else by the default."""

    def __init__(self, values: ContentRule) -> None:
        self._values = values

    def state(self, side: Side, where: Zone, t: int) -> State:
        content = side.w.request.content or Content()
        values, request = self._values, side.w.request
        if values.formats is not None and content.format not in values.formats:
            return FAIL
        if values.audiences is not None and content.audience not in values.audiences:
            return FAIL
        wrong = any(stated(content, name, request) != wanted for name, wanted in values.wants.items())
        if not wrong:
            return PASS
        excuses = values.unless.items()
        return PASS if excuses and all(stated(content, n, request) == v for n, v in excuses) else FAIL

    def assumed(self, side: Side) -> str | None:
        """An attribute that a text would decide but that nobody attested."""
        content = side.w.request.content
        if content is None or not (content.subject or content.body or content.script):
            return None
        for name in self._values.wants:
            if name in _READ_FROM_TEXT and getattr(content.states, name) is None:
                return f"content.{name}"
        return None


def stated(content: Content, name: str, request: Request) -> bool:
    """What is attested of this attribute, or its default."""
    value = getattr(content.states, name)
    if value is not None:
        return bool(value)
    if name == "debt" and request.purpose in _SAYS_NOTHING_OF_DEBT:
        return False
    return _DEFAULTS[name]
