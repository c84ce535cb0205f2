"""Counters and gaps: how many contacts in a period, and how long to wait after one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from ..answers import Counter
from ..calendars import Closed
from ..grammar import Length, Relax
from ..history import CHANNEL, LIVE, Contact
from ..instants import print_instant, print_utc
from ..model import Case
from ..rulebook import Regime
from ..values import Counting, Gap
from ..world import Side
from ..zones import NEVER, Zone
from .asking import asked, counts_until
from .consents import Agreed
from .core import PASS, Core, State, all_of
from .filters import matcher
from .lengths import longest, passed, started

_RESERVED = LIVE.code["reserved"]


class _Keyed(Core):
    """What counters and gaps share: which past contacts fall under the key, for each case where the key has one."""

    def __init__(self, key: tuple[str, ...], same_account: tuple[str, ...], regime: Regime) -> None:
        self._key, self._same = frozenset(key), same_account
        self._by_person = not self._key.isdisjoint(("person", "creditor"))
        self._regime = regime

    def units(self, side: Side) -> tuple[str | None, ...]:
        """One unit a case, or a single one."""
        return side.refs if "case" in self._key else (None,)

    def under(
        self, side: Side, unit: str | None, wanted: Mapping[int, bool], *, talk: bool, start: int = -NEVER
    ) -> list[Contact]:
        """The matching contacts from `start` on that share this key."""
        found = [c for c in side.w.since(start) if c.at >= start and wanted[c.what]]
        if found and "household" in self._key:
            found = _each_once([c for c in found if _of_household(c, side)])
        elif found and self._by_person and len(side.w.facts.persons) > 1:
            person = side.w.person.id
            found = [c for c in found if c.person == person]
        elif len(found) > 1 and not self._by_person:
            found = _each_once(found)
        if found and "address" in self._key:
            address = side.w.request.address
            found = [c for c in found if c.address == address]
        if found and (unit is not None or "creditor" in self._key):
            refs = self._refs(side, unit)
            if talk:
                return [c for c in found if _talked(c, refs)]
            return [c for c in found if c.cases is None or not refs.isdisjoint(c.cases)]
        return found

    def _refs(self, side: Side, unit: str | None) -> frozenset[str]:
        if unit is None:
            return self._of_creditor(side)
        case = side.cases[0] if len(side.cases) == 1 else next(case for case in side.cases if case.ref == unit)
        if case.account is None or case.product not in self._same:
            return frozenset((unit,))
        return frozenset(other.ref for other in side.w.facts.cases if _same_account(case, other)) | {unit}

    def _of_creditor(self, side: Side) -> frozenset[str]:
        creditors = {case.creditor for case in side.cases}
        return frozenset(case.ref for case in side.w.facts.cases if case.creditor in creditors)

    def key_of(self, side: Side, unit: str | None) -> dict[str, str]:
        """The key in words, for the decision."""
        out: dict[str, str] = {}
        if unit is not None:
            out["case"] = unit
        if "household" in self._key:
            out["household"] = " ".join(sorted(side.household))
        elif self._by_person:
            out["person"] = side.w.person.id
        if "creditor" in self._key and side.cases and side.cases[0].creditor:
            out["creditor"] = side.cases[0].creditor
        if "address" in self._key:
            out["address"] = side.w.request.address
        return out


def _of_household(contact: Contact, side: Side) -> bool:
    """Whether it was with the person, about whatever, or with others of the household about these cases."""
    if contact.person == side.w.person.id:
        return True
    about = contact.cases is None or any(ref in side.w.refs for ref in contact.cases)
    return about and contact.person in side.household


def _each_once(contacts: list[Contact]) -> list[Contact]:
    """One contact charged to several persons is still one."""
    return list({contact.id or place: contact for place, contact in enumerate(contacts)}.values())


class Cap(_Keyed):
    """At most so many in the period."""

    def __init__(self, values: Counting, relax: tuple[Relax, ...], regime: Regime) -> None:
        super().__init__(values.key, values.same_account, regime)
        self._values, self._limit = values, values.limit
        self._wanted = matcher(values.count)
        self._after = matcher(values.after) if values.after else None
        self._until = matcher(values.until) if values.until else None
        self.tells = values.count.live is None
        self._excused = [Agreed(r) for r in relax if r.by == "consent"] if values.except_consent else []
        self._asked = bool(values.after_kinds)
        timed = values.period.hours or values.period.minutes or values.period.ever
        self.zoned = self._asked or bool(self._excused) or not timed

    def state(self, side: Side, where: Zone, t: int) -> State:
        units = self.units(side)
        if len(units) == 1:
            return self._unit(side, where, t, units[0])
        return all_of(self._unit(side, where, t, unit) for unit in units)

    def _unit(self, side: Side, where: Zone, t: int, unit: str | None) -> State:
        contacts = self.counted(side, where, unit)
        if self._values.distinct:
            return _distinct(side, self._releases(side, where, unit), t, self._limit)
        if len(contacts) < self._limit:
            return PASS
        if self._limit == 0:
            return False, NEVER
        releases = [release for release, _ in self._releases(side, where, unit)]
        used = len(releases) - bisect_right(releases, t)
        return PASS if used < self._limit else (False, releases[len(releases) - self._limit])

    def counted(self, side: Side, where: Zone, unit: str | None) -> list[Contact]:
        """What counts at the instant of the decision; later none can join, only leave."""
        key = (id(self), where.name if self.zoned else "", unit)
        found: list[Contact] | None = side.cache.get(key)
        if found is None:
            found = side.cache[key] = self._count(side, where, unit, excused=True)
        return found

    def _count(self, side: Side, where: Zone, unit: str | None, *, excused: bool) -> list[Contact]:
        if self._limit == 0:
            return []  # closed whatever came before
        start = started(self._values.period, where, side.w.at)
        contacts = self.under(side, unit, self._wanted, talk=False, start=start)
        if contacts and excused:
            contacts = self._without_excused(side, where, contacts)
        if self._after is not None:
            first = min((c.at for c in self.under(side, unit, self._after, talk=True)), default=NEVER)
            contacts = [c for c in contacts if c.at > first or (c.at == first and self._values.first_counts)]
        if self._until is not None and self.under(side, unit, self._until, talk=True):
            contacts = []
        if self._asked:
            wishes = asked(self._values, side, where)
            contacts = [c for c in contacts if counts_until(wishes, c.at) is not None]
        return _last(contacts, self._limit) if self._values.few else contacts

    def _releases(self, side: Side, where: Zone, unit: str | None) -> list[tuple[int, Contact]]:
        """The counted contacts with the instants at which they leave, in that order."""
        key = (id(self), where.name if self.zoned else "", unit, "releases")
        found: list[tuple[int, Contact]] | None = side.cache.get(key)
        if found is None:
            period, alive = self._values.period, bool(self._values.count.live)
            pairs = [(_release(period, c, where, alive=alive), c) for c in self.counted(side, where, unit)]
            if self._asked:
                wishes = asked(self._values, side, where)
                pairs = [(min(release, counts_until(wishes, c.at) or release), c) for release, c in pairs]
            found = side.cache[key] = sorted(pairs, key=_by_release)
        return found

    def _without_excused(self, side: Side, where: Zone, contacts: list[Contact]) -> list[Contact]:
        if not side.consents and not side.w.gone:
            return contacts
        left = contacts
        if self._values.except_wrong_number and side.w.gone:
            left = [c for c in left if c.address not in side.w.gone]
        for agreed in self._excused:
            left = agreed.uncovered(side, where, left)
        if len(left) < len(contacts):
            side.cache[id(self), "excused"] = True
        return left

    def last(self, side: Side, where: Zone) -> Contact | None:
        """The latest counted contact."""
        found = [c for unit in self.units(side) for c in self.counted(side, where, unit)]
        return max(found, key=lambda c: (c.at, c.id, c.what), default=None)

    def counter(self, side: Side, full_id: str, t: int) -> Counter | None:
        where, fullest = self._fullest(side)
        contacts = sorted(self.counted(side, where, fullest), key=_by_time)
        frees = self._frees(side, where, fullest, contacts)
        return Counter(
            rule=full_id,
            key=self.key_of(side, fullest),
            used=len({CHANNEL.read(c.what) for c in contacts}) if self._values.distinct else len(contacts),
            limit=self._limit,
            frees_at=None if frees >= NEVER else print_instant(frees, where.offset(frees)),
            contacts=tuple([c.id or print_utc(c.at) for c in contacts]),
        )

    def _fullest(self, side: Side) -> tuple[Zone, str | None]:
        """Where, and for which case, most is counted."""
        zones, units = self.zones(side) if self.zoned else side.w.zones[:1], self.units(side)
        if len(zones) == 1 == len(units):
            return zones[0], units[0]
        pairs = [(where, unit) for where in zones for unit in units]
        return max(pairs, key=lambda pair: len(self.counted(side, *pair)))

    def _frees(self, side: Side, where: Zone, unit: str | None, contacts: list[Contact]) -> int:
        """When the next place falls free by itself: below the limit, when the oldest leaves."""
        if not contacts or not self._limit:
            return NEVER
        if len(contacts) <= self._limit and not side.w.live and not self._asked:
            return _release(self._values.period, contacts[0], where)
        return self._releases(side, where, unit)[max(0, len(contacts) - self._limit)][0]

    def eased(self, side: Side, t: int) -> str | None:
        """Names what excused contacts, if counting them too would have closed the cap."""
        if (id(self), "excused") not in side.cache:
            return None
        for where in self.zones(side):
            for unit in self.units(side):
                everything = self._count(side, where, unit, excused=False)
                if len(self.counted(side, where, unit)) < self._limit <= len(everything):
                    gone = self._values.except_wrong_number and any(c.address in side.w.gone for c in everything)
                    return "correction.wrong_number" if gone else f"consent.{self._excused[0].wanted.consent}"
        return None

    def fields(self, side: Side, where: Zone, t: int) -> dict[str, str]:
        used = max((len(self.counted(side, where, unit)) for unit in self.units(side)), default=0)
        return {"limit": str(self._limit), "used": str(used)}


class Wait(_Keyed):
    """Nothing until a time after the latest such contact."""

    def __init__(self, values: Gap, regime: Regime) -> None:
        super().__init__(values.key, values.same_account, regime)
        self._values = values
        self._wanted = matcher(values.after)
        self._longest = longest(values.wait)
        self.zoned = not (values.wait.hours or values.wait.minutes)

    def state(self, side: Side, where: Zone, t: int) -> State:
        key = (id(self), where.name if self.zoned else "")
        opens: int | None = side.cache.get(key)
        if opens is None:
            opens = side.cache[key] = self._opens(side, where)
        return PASS if opens <= t else (False, opens)

    def _opens(self, side: Side, where: Zone) -> int:
        values = self._values
        closed = self._regime.closed(values.holidays)
        start = side.w.at - self._longest
        return max(
            (
                _release(values.wait, contact, where, closed, alive=bool(values.after.live))
                for unit in self.units(side)
                for contact in self.under(side, unit, self._wanted, talk=True, start=start)
            ),
            default=-1,
        )


def _last(contacts: list[Contact], limit: int) -> list[Contact]:
    """The last so many, and all that are under way, which may yet leave the count."""
    if len(contacts) <= limit:
        return contacts
    live = [c for c in contacts if c.what & LIVE.mask]
    return [*sorted((c for c in contacts if not c.what & LIVE.mask), key=_by_time)[-limit:], *live]


def _by_release(pair: tuple[int, Contact]) -> tuple[int, int, str]:
    return pair[0], pair[1].at, pair[1].id


def _by_time(contact: Contact) -> tuple[int, str, int, str]:
    return contact.at, contact.id, contact.what, contact.address


def _release(
    length: Length, contact: Contact, where: Zone, closed: Closed | None = None, *, alive: bool = False
) -> int:
    """The instant at which a contact no longer counts; a reservation of our own line no later than it lapses.

    `alive`: only what is under way is counted, so that a permit handed over leaves when it lapses, too.
    """
    release = passed(length, contact.at, where, closed)
    if contact.lapses and contact.what & LIVE.mask and (alive or contact.what & LIVE.mask == _RESERVED):
        return min(release, contact.lapses)
    return release


def _distinct(side: Side, releases: list[tuple[int, Contact]], t: int, limit: int) -> State:
    """The channels used in the period, this one among them, are no more than the limit."""
    mine = CHANNEL.code[side.w.request.channel]
    ends: dict[int, int] = {}
    for release, contact in releases:
        channel = contact.what & CHANNEL.mask
        if release > t and channel != mine:
            ends[channel] = max(ends.get(channel, 0), release)
    if len(ends) < limit:
        return PASS
    if limit == 0:
        return False, NEVER
    return False, sorted(ends.values())[len(ends) - limit]


def _talked(contact: Contact, refs: frozenset[str]) -> bool:
    """Whether one of these cases was talked about; what was talked about is the contact's cases unless it is said."""
    about = contact.cases if contact.discussed is None else contact.discussed
    return about is None or not refs.isdisjoint(about)


def _same_account(one: Case, other: Case) -> bool:
    return other.account == one.account and other.product == one.product and other.creditor == one.creditor
