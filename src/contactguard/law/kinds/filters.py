"""Which past contacts a rule means: a filter compiled to a look-up by the packed contact."""

from __future__ import annotations

from collections.abc import Mapping

from ..grammar import Filter
from ..history import (
    CHANNEL,
    DIRECTION,
    LIVE,
    MODE,
    NO_MESSAGE,
    NO_VOICEMAIL,
    NOTICE,
    OUTCOME,
    PLACE,
    PURPOSE,
    said_names,
)

NOT_PLACED = frozenset({"busy", "not_in_service", "failed", "refused"})


class _Memo(dict[int, bool]):
    """Packed contact -> does it match; each distinct packing is judged once."""

    def __init__(self, wanted: Filter) -> None:
        super().__init__()
        self._wanted = wanted

    def __missing__(self, what: int) -> bool:
        if len(self) > 20_000:
            self.clear()
        self[what] = found = _matches(self._wanted, what)
        return found


def matcher(wanted: Filter) -> Mapping[int, bool]:
    """Whether a contact is meant, by its packed form."""
    return _Memo(wanted)


def _matches(wanted: Filter, what: int) -> bool:
    outcome = OUTCOME.read(what)
    tests = (
        _among(DIRECTION.read(what), wanted.directions),
        _among(CHANNEL.read(what), wanted.channels),
        _among(outcome, wanted.outcomes),
        not (wanted.placed and outcome in NOT_PLACED),
        _among(PURPOSE.read(what), wanted.purposes),
        PURPOSE.read(what) not in wanted.not_purposes,
        _among(NOTICE.read(what), wanted.notices),
        NOTICE.read(what) not in wanted.not_notices,
        _among(MODE.read(what), wanted.modes),
        _among(PLACE.read(what), wanted.places),
        PLACE.read(what) not in wanted.not_places,
        wanted.said is None or bool(set(wanted.said) & set(said_names(what))),
        wanted.message_possible is None or wanted.message_possible != _no_message_possible(outcome, what),
        wanted.message_left is None or wanted.message_left != bool(what & NO_MESSAGE),
        wanted.live is None or wanted.live == (LIVE.read(what) is not None),
    )
    return all(tests)


def _among(value: str | None, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value in wanted


def _no_message_possible(outcome: str, what: int) -> bool:
    return outcome == "no_answer" and bool(what & NO_VOICEMAIL)
