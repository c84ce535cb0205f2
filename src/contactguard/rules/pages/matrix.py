"""Where somebody may be contacted now: every place that some law names, decided for a made-up debtor there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

import msgspec

from ...law.answers import Decision
from ...law.decide import decide
from ...law.instants import DAY, calendar, parse_instant, print_instant, print_utc
from ...law.model import Case, Collector, Evidence, Facts, Person, Point, Request
from ...law.rulebook import Rulebook
from ...law.vocabulary import Channel, CollectorKind, Place, Product
from ...law.zones import Zone, zone

ZonesOf = Callable[[str, str | None], Sequence[str]]
Mark = Literal["open", "part", "closed", "none"]
_SIGNS: dict[Mark, str] = {"open": "#", "part": "+", "closed": ".", "none": " "}
_HOURS = 24
_SHOWN = 3
_ADDRESSES = {"voice": "+15005550006", "sms": "+15005550006", "email": "debtor@mail.example"}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The contact asked about everywhere; `at` in whole seconds UTC."""

    at: int
    channel: Channel = "voice"
    product: Product | None = None
    collector: CollectorKind = "third_party"
    place: Place | None = None
    hours: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that refuses now, and with which reason."""

    rule: str
    code: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One place now. `zones`: all that a resident may be in, each of which must be open; `local`: the time in each.

    `until`: when a yes ends; `next_allowed`: when a no does; null where time alone changes nothing. `hours`: the
    hours of the local day in the first zone, open or closed as a whole or in part; `none` for an hour that clocks skip.
    `persons`: how many people of a store live there; null where no store was named.
    """

    place: str
    zones: tuple[str, ...]
    local: tuple[str, ...]
    verdict: str
    until: str | None
    next_allowed: str | None
    refused_by: tuple[Refusal, ...]
    laws: tuple[str, ...]
    hours: tuple[Mark, ...] | None = None
    persons: int | None = None


def places(book: Rulebook) -> list[str]:
    """Every place that a law names, each city by the first of its names there."""
    found: set[str] = set()
    for regime in book.laws:
        cities = set()
        for place in regime.head.places:
            part, _, city = place.partition("/")
            if not city or part not in cities:
                found.add(place)
            if city:
                cities.add(part)
    return sorted(found)


def matrix(book: Rulebook, wanted: Wanted, zones_of: ZonesOf) -> Iterator[Row]:
    """A row for each place. `zones_of`: every zone in which a resident of a country, or of a part of it, may be."""
    for place in places(book):
        part, _, city = place.partition("/")
        country, _, subdivision = part.partition("-")
        names = tuple(zones_of(country, subdivision or None))
        home = Evidence(
            kind="residence", country=country, subdivision=subdivision or None, city=city or None, zones=names
        )
        yield _row(book, place, wanted, home)


def _row(book: Rulebook, place: str, wanted: Wanted, home: Evidence) -> Row:
    address = _ADDRESSES.get(wanted.channel, "the debtor's home")
    person = Person(id="P-1", points=(Point(address=address),), evidence=(home,))
    case = Case(ref="C-1", product=wanted.product)
    facts = Facts(persons=(person,), cases=(case,), collector=Collector(kind=wanted.collector))
    request = Request(channel=wanted.channel, address=address, place=wanted.place)

    def ask(at: int) -> Decision:
        return decide(book, facts, request, at)

    now, zones = ask(wanted.at), [zone(name) for name in home.zones]
    return Row(
        place=place,
        zones=home.zones,
        local=tuple(print_instant(wanted.at, one.offset(wanted.at)) for one in zones),
        verdict=now.verdict,
        until=now.valid_until,
        next_allowed=now.next_allowed,
        refused_by=tuple(Refusal(rule=one.rule, code=one.code) for one in now.reasons),
        laws=tuple(one.id for one in now.regimes),
        hours=tuple(_marks(ask, zones[0], wanted.at)) if wanted.hours and zones else None,
    )


def _marks(ask: Callable[[int], Decision], where: Zone, at: int) -> Iterator[Mark]:
    """The hours of the local day."""
    day = where.day(at)
    spans = list(_open(ask, where.day_start(day), where.day_start(day + 1)))
    for hour in range(_HOURS):
        pieces = where.spans(day, hour * 60, hour * 60 + 60)
        whole = sum(high - low for low, high in pieces)
        open = sum(max(0, min(high, end) - max(low, start)) for low, high in pieces for start, end in spans)
        yield "none" if not whole else "closed" if not open else "open" if open == whole else "part"


def _open(ask: Callable[[int], Decision], start: int, end: int) -> Iterator[tuple[int, int]]:
    """When it is open between two instants: each decision says how long it holds."""
    t = start
    while t < end:
        found = ask(t)
        turn = found.valid_until if found.verdict == "allow" else found.next_allowed
        later = end if turn is None else min(end, parse_instant(turn))
        if found.verdict == "allow":
            yield t, later
        t = later


def in_words(rows: Sequence[Row], at: int) -> Iterator[str]:
    """The table for people, one place a line; the column of hours only where they were asked for."""
    by_hour = any(row.hours for row in rows)
    hours = ["0     6     12    18"] if by_hour else []
    counted = any(row.persons is not None for row in rows)
    persons = ["PERSONS"] if counted else []
    lines = [["PLACE", *persons, "LOCAL TIME", "NOW", "UNTIL OR FROM", *hours, "REFUSED BY"]]
    for row in rows:
        marks = ["".join(_SIGNS[mark] for mark in row.hours or ())] if by_hour else []
        now = "yes" if row.verdict == "allow" else "no"
        number = [f"{row.persons or 0:,}"] if counted else []
        lines.append([row.place, *number, _local(row), now, _turn(row), *marks, _rules(row)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    for line in lines:
        yield "  ".join([*map(str.ljust, line, widths), line[-1]]).rstrip()
    open = sum(row.verdict == "allow" for row in rows)
    yield f"At {print_utc(at)}: open in {open} of {len(rows)} places. A yes means that no rule here forbids it."
    if by_hour:
        yield "By hour of the local day: # open, + in part, . closed."


def _rules(row: Row) -> str:
    names = list(dict.fromkeys(one.rule for one in row.refused_by))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _local(row: Row) -> str:
    """The weekday and time there; the first and the last where its zones differ."""
    if not row.local:
        return "not known"
    return _clocks(row.local, _weekday)


def _clocks(times: Sequence[str], day: Callable[[str], str]) -> str:
    """The first and the last of these local times, each with its day but where it is that of the one before."""
    times = sorted(times, key=lambda one: one[:16])
    first, last = times[0], times[-1]
    head = f"{day(first)} {first[11:16]}".lstrip()
    if first[:16] == last[:16]:
        return head
    return f"{head} - {'' if first[:10] == last[:10] else day(last) + ' '}{last[11:16]}"


def _turn(row: Row) -> str:
    """When the answer changes, by the clocks of its zones as the local time; with the date on another day."""
    turn = row.until if row.verdict == "allow" else row.next_allowed
    if turn is None:
        return "" if row.verdict == "allow" else "not by itself"
    t = parse_instant(turn)
    times = [print_instant(t, zone(name).offset(t)) for name in row.zones] or [turn]
    today = {one[:10] for one in (*row.local, *times)}
    return _clocks(times, lambda one: "" if len(today) == 1 else f"{_weekday(one)} {one[5:10]}")


def _weekday(instant: str) -> str:
    return f"{calendar(parse_instant(instant[:19] + 'Z') // DAY):%a}"


CHANNELS: tuple[str, ...] = get_args(Channel)
PLACES: tuple[str, ...] = get_args(Place)
PRODUCTS: tuple[str, ...] = get_args(Product)
COLLECTORS: tuple[str, ...] = get_args(CollectorKind)
