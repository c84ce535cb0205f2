"""How far back a rulebook looks at past contacts, by their sort, so that a store keeps what may matter and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from .grammar import Filter, Length, Relax
from .instants import DAY
from .kinds.filters import matcher
from .vocabulary import Channel

EVER = 1 << 20
LATE_DAYS = 7  # a late report may yet change what a contact counts as, so each stays for so long
_MARGIN = 2  # the day may have begun earlier elsewhere on earth, at either end
_MOST_SORTS = 20_000


class Look(msgspec.Struct, frozen=True):
    """That a rule may look at such contacts of the last so many days; None: however old they are.

    `which`: of those about the same cases at the same address at all of them, or at the first or last alone; `most`:
    at so many of the last.
    """

    wanted: Filter
    days: int | None
    which: Literal["all", "first", "last"] = "all"
    most: int = 1


def days_of(length: Length) -> int | None:
    """The days back in which a contact may still count by this length; None: for ever."""
    if length.ever:
        return None
    if length.calendar:
        return {"day": 1, "week": 7, "month": 31}[length.calendar]
    seconds = (length.hours or 0) * 3600 + (length.minutes or 0) * 60
    business = length.business_days * 2 + 14 if length.business_days else 0
    return max((length.months or 0) * 31, length.dates or 0, length.free_days or 0, business, -(-seconds // DAY))


def eased_looks(
    looks: tuple[Look, ...], relax: Iterable[Relax], channels: tuple[Channel, ...] | None = None
) -> tuple[Look, ...]:
    """What a rule's relaxations look at besides: what used a consent up, and what was tried in vain.

    A consent may cover contacts of the rule's whole period, and what ended it lies its own length before them.
    `channels`: those that the rule is about.
    """
    longest = _longest(look.days for look in looks)
    rules = tuple(relax)
    talked = Filter(outcomes=("conversation",))
    placed = Filter(directions=("outbound",), channels=channels, placed=True)
    ended = [(talked, one.dates) for one in rules if one.ends_with_conversation]
    ended += [(placed, one.dates) for one in rules if one.once]
    tried = [Look(one.failures, None, "last", one.at_least) for one in rules if one.failures is not None]
    since = [Look(talked, None, "last")] if tried else []
    used = tuple(Look(what, None if None in (days, longest) else (days or 0) + (longest or 0)) for what, days in ended)
    return (*used, *tried, *since)


def _longest(lengths: Iterable[int | None]) -> int | None:
    days = list(lengths)
    return None if None in days else max((one for one in days if one is not None), default=0)


class Reach(dict[int, int]):
    """Packed contact -> the days back in which a rule may look at all like it, `EVER` for however long.

    `single`: packed contact -> the looks, by their place among `looks`, for which one like it may be the only one.
    """

    def __init__(self, looks: Iterable[Look]) -> None:
        super().__init__()
        self.looks = tuple(looks)
        self.single = _Single(self.looks)
        self._matchers: list[tuple[Mapping[int, bool], int]] = [
            (matcher(look.wanted), EVER if look.days is None else look.days)
            for look in self.looks
            if look.which == "all"
        ]

    def __missing__(self, what: int) -> int:
        if len(self) > _MOST_SORTS:
            self.clear()
        days = max((days for matches, days in self._matchers if matches[what]), default=0)
        self[what] = found = max(days, LATE_DAYS) + _MARGIN
        return found

    def __reduce__(self) -> tuple[type[Reach], tuple[tuple[Look, ...]]]:
        return Reach, (self.looks,)


class _Single(dict[int, tuple[int, ...]]):
    """See `Reach.single`."""

    def __init__(self, looks: tuple[Look, ...]) -> None:
        super().__init__()
        self._matchers = [(place, matcher(look.wanted)) for place, look in enumerate(looks) if look.which != "all"]

    def __missing__(self, what: int) -> tuple[int, ...]:
        if len(self) > _MOST_SORTS:
            self.clear()
        self[what] = found = tuple(place for place, matches in self._matchers if matches[what])
        return found


def lacking(kept: Iterable[Look], wanted: Iterable[Look]) -> tuple[Look, ...]:
    """Those of `wanted` at whose contacts documents kept for `kept` may not reach back far enough."""
    held = tuple(kept)
    return tuple(look for look in wanted if not _held(look) and not any(_within(look, other) for other in held))


def _held(look: Look) -> bool:
    """Whether everything that it is for stays in the documents anyway."""
    return look.wanted.live is True or (look.days is not None and look.days <= LATE_DAYS)


def _within(look: Look, other: Look) -> bool:
    if other.which != "all":
        return look == other
    longer = other.days is None or (look.days is not None and look.days <= other.days)
    return longer and all(
        _wider(name, getattr(other.wanted, name), getattr(look.wanted, name)) for name in Filter.__struct_fields__
    )


def _wider(name: str, wide: object, narrow: object) -> bool:
    """Whether everything that passes `narrow` in this field passes `wide`; in doubt not."""
    if wide == narrow or wide is None:
        return True
    if isinstance(wide, tuple) and name.startswith("not_"):
        return isinstance(narrow, tuple) and set(wide) <= set(narrow)
    if isinstance(wide, tuple):
        return isinstance(narrow, tuple) and set(narrow) <= set(wide)
    return wide is False
