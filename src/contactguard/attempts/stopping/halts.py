"""Stops: what of all that goes out is halted, by whom, why and how long; and which of them cover one contact. Pure.

A stop covers what every one of its members names; one that names nothing covers all. The person's own call is never
covered. What cannot be told counts as covered: a person who may live in the state named, a call that does not say
which of its collector's numbers it shows. Names are the same in capitals and small letters; a number is the same with
its country code and without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from ...law.instants import Instant
from ...law.model import Halt
from ...law.places import Spot
from ...law.vocabulary import Channel

_SHOWS_A_NUMBER = frozenset({"voice", "sms"})
_NUMBER = re.compile(r"\+?[0-9()./ -]+\Z", re.ASCII)
_NOT_DIGITS = re.compile(r"[^0-9]", re.ASCII)
_FEWEST_DIGITS = 7


class Stop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One halt as the board keeps it, until it is lifted. Instants in whole seconds; `until` None: until it is lifted.

    `restored`: the store was brought back from a copy and does not know what happened since. `listed`: how many cases
    it names, in a list kept beside the board; 0: it names none.
    """

    id: str
    reason: str
    by: str
    key: str
    at: int
    since: int
    until: int | None = None
    kind: Literal["ordered", "restored"] = "ordered"
    collector: str | None = None
    creditor: str | None = None
    campaign: str | None = None
    channel: Channel | None = None
    caller_id: str | None = None
    jurisdiction: str | None = None
    listed: int = 0

    def over(self, at: int) -> bool:
        """Whether its time is past."""
        return self.until is not None and self.until <= at

    def holds(self, at: int) -> bool:
        """Whether it is in force at an instant."""
        return self.since <= at and not self.over(at)


class Sought(NamedTuple):
    """One contact as stops look at it. `spots`: where the people it is for may be.

    `numbers`: those that its collector may show, None where that is not limited.
    """

    channel: Channel
    direction: str
    caller_id: str | None
    campaign: str | None
    refs: Collection[str]
    collectors: Collection[str | None]
    creditors: Collection[str | None]
    numbers: Collection[str] | None
    spots: Callable[[], Iterable[Spot]]


class Halts:
    """All stops that are known here, with their lists of cases by the stop's id."""

    __slots__ = ("_lists", "stops")

    def __init__(self, stops: tuple[Stop, ...] = (), lists: Mapping[str, frozenset[str]] | None = None) -> None:
        self.stops, self._lists = stops, lists or {}

    def __bool__(self) -> bool:
        return bool(self.stops)

    def only(self, ids: Iterable[str]) -> Halts:
        """Some of them alone, by their ids."""
        wanted = frozenset(ids)
        return Halts(tuple(stop for stop in self.stops if stop.id in wanted), self._lists)

    def clock(self, at: int) -> int:
        """This instant, but none before the last of them was made: a clock that was put back ends none of them."""
        return max(at, max((stop.at for stop in self.stops), default=at))

    def may_cover(self, channel: str) -> bool:
        """Whether any of them bears on this channel."""
        return any(stop.channel in (None, channel) for stop in self.stops)

    def covering(self, sought: Sought, at: int) -> tuple[Stop, ...]:
        """Those, in force at `at` or to come, that cover this contact."""
        if sought.direction != "outbound":
            return ()
        return tuple(stop for stop in self.stops if not stop.over(at) and self._covers(stop, sought))

    def _covers(self, stop: Stop, sought: Sought) -> bool:
        return (
            (stop.channel is None or stop.channel == sought.channel)
            and (not stop.listed or not self._lists[stop.id].isdisjoint(sought.refs))
            and (stop.collector is None or stop.collector in sought.collectors)
            and (stop.creditor is None or any(_alike(stop.creditor, name) for name in sought.creditors))
            and (stop.campaign is None or _alike(stop.campaign, sought.campaign))
            and (stop.caller_id is None or _may_show(stop.caller_id, sought))
            and (stop.jurisdiction is None or any(_within(spot, stop.jurisdiction) for spot in sought.spots()))
        )


def _may_show(number: str, sought: Sought) -> bool:
    if sought.caller_id is not None or sought.channel not in _SHOWS_A_NUMBER:
        return sought.caller_id is not None and _same(number, sought.caller_id)
    return sought.numbers is None or any(_same(number, one) for one in sought.numbers)


def _alike(name: str, other: str | None) -> bool:
    return other is not None and " ".join(name.split()).casefold() == " ".join(other.split()).casefold()


def _same(number: str, other: str) -> bool:
    """Whether two calling numbers may be one, where either may lack its country code."""
    if number == other or (number[:1] == other[:1] == "+"):
        return number == other
    if not (_NUMBER.match(number) and _NUMBER.match(other)):
        return False
    short, long = sorted((_NOT_DIGITS.sub("", one).lstrip("0") for one in (number, other)), key=len)
    return len(short) >= _FEWEST_DIGITS and long.endswith(short)


def _within(spot: Spot, jurisdiction: str) -> bool:
    """Whether a place may lie there; of one whose state is not known, it may."""
    country, _, subdivision = jurisdiction.partition("-")
    return spot.country == country and (not subdivision or spot.subdivision in (None, subdivision))


def as_law_reads(stops: Iterable[Stop], at: int) -> tuple[str | Halt, ...]:
    """Stops that cover a contact, as the decision keeps them."""
    return tuple(_halt(stop, at) for stop in stops)


def _halt(stop: Stop, at: int) -> str | Halt:
    if stop.since <= at and stop.until is None:
        return stop.reason
    since = Instant(stop.since) if stop.since > at else None
    return Halt(why=stop.reason, since=since, until=None if stop.until is None else Instant(stop.until))
