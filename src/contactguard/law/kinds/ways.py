"""Ways to an address: by what, and until when, a law lets an e-mail or text go to it.

The person used it, agreed to it or gave it, a creditor announced it, or an earlier collector came by it in such a way.
Each way answers for one case; an address is open if some way leads to it for every case that the contact is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..addresses import CreditorNotice
from ..grammar import Relax
from ..model import Consent, Point
from ..values import Way, Ways
from ..world import Side
from ..zones import Zone
from .consents import Agreed
from .core import FAIL, PASS, Core, State, all_of, any_of
from .filters import matcher


class Reached(Core):
    """Some way leads to the address for every case."""

    zoned = True

    def __init__(self, values: Ways) -> None:
        self._values = values
        self._ways = [_SORTS[way.by](way) for way in values.ways]

    def state(self, side: Side, where: Zone, t: int) -> State:
        if not self._speaks(side):
            return PASS
        return all_of(any_of(way.state(side, ref, where, t) for way in self._ways) for ref in side.refs)

    def _speaks(self, side: Side) -> bool:
        label = side.w.point.label if side.w.point is not None else None
        labels = self._values.labels
        return label not in self._values.not_labels and (labels is None or label in labels)

    def eased(self, side: Side, t: int) -> str | None:
        way = self._taken(side, t)
        return None if way is None else way.name(side, side.refs[0], side.w.zones[0], t)

    def cited(self, side: Side, t: int) -> str:
        way = self._taken(side, t)
        return "" if way is None else way.way.citation

    def _taken(self, side: Side, t: int) -> _Way | None:
        """The first way that leads to the address for the first case."""
        if not self._speaks(side):
            return None
        ref, where = side.refs[0], side.w.zones[0]
        return next((way for way in self._ways if way.state(side, ref, where, t)[0]), None)


class _Way:
    """One way: whether it leads to the address at `t` for one case, and what to call it."""

    def __init__(self, way: Way) -> None:
        self.way = way

    def state(self, side: Side, ref: str, where: Zone, t: int) -> State:
        raise NotImplementedError

    def name(self, side: Side, ref: str, where: Zone, t: int) -> str:
        """What opened the address, as `relaxed_by` has it."""
        return self.way.by


class _Dated(_Way):
    """A way that an event opens, and that goes stale unless a look-up of the number keeps it fresh."""

    def state(self, side: Side, ref: str, where: Zone, t: int) -> State:
        return any_of(
            all_of((held, self._fresh(event, side, where, t))) for event, held in self._events(side, ref, where, t)
        )

    def _events(self, side: Side, ref: str, where: Zone, t: int) -> Iterator[tuple[int, State]]:
        """The instants of what opens the way, each with whether it holds otherwise."""
        raise NotImplementedError

    def _fresh(self, event: int, side: Side, where: Zone, t: int) -> State:
        if self.way.look_back is None:
            return PASS
        seen = [event, *_looked_up(event, side)] if self.way.look_up else [event]
        return any_of(self._recent(instant, where, t) for instant in seen)

    def _recent(self, instant: int, where: Zone, t: int) -> State:
        ends = where.day_start(where.day(instant) + (self.way.look_back or 0) + 1)
        return (True, ends) if t < ends else FAIL

    def name(self, side: Side, ref: str, where: Zone, t: int) -> str:
        if self.way.look_up:
            held = [event for event, state in self._events(side, ref, where, t) if state[0]]
            if not any(self._recent(event, where, t)[0] for event in held):
                return "look_up.not_reassigned"
        return self._word(side)

    def _word(self, side: Side) -> str:
        raise NotImplementedError


class _Used(_Dated):
    """The person used the address with the collector about the debt."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self._wanted = matcher(way.use) if way.use is not None else {}

    def _events(self, side: Side, ref: str, where: Zone, t: int) -> Iterator[tuple[int, State]]:
        person, address = side.w.person.id, side.w.request.address
        for contact in side.w.history:
            theirs = contact.address == address and contact.person == person and self._wanted[contact.what]
            if theirs and (contact.cases is None or ref in contact.cases):
                yield contact.at, PASS

    def _word(self, side: Side) -> str:
        return f"used.{side.w.request.channel}"


class _Agreed(_Dated):
    """The person agreed that the address be used for the debt."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self._agreed = Agreed(
            Relax(
                by="consent",
                consent=way.consent,
                given_to=way.given_to,
                given_by=way.given_by,
                forms=way.forms,
                compliant=way.compliant,
                informed=way.informed,
            )
        )

    def _events(self, side: Side, ref: str, where: Zone, t: int) -> Iterator[tuple[int, State]]:
        for consent in self._fitting(side, ref):
            yield consent.given, self._agreed.in_force(consent, side, where, t)

    def _fitting(self, side: Side, ref: str) -> list[Consent]:
        return [consent for consent in side.consents if self._agreed.fits(consent, side, (ref,))]

    def _word(self, side: Side) -> str:
        return f"consent.{self.way.consent}"


class _Source(_Way):
    """The address came from one of these."""

    def state(self, side: Side, ref: str, where: Zone, t: int) -> State:
        point = side.w.point
        return PASS if point is not None and point.source in (self.way.sources or ()) else FAIL

    def name(self, side: Side, ref: str, where: Zone, t: int) -> str:
        return f"source.{side.w.point.source if side.w.point is not None else ''}"


class _Announced(_Way):
    """The creditor announced that this collector will use the address, and the time to object is over."""

    def state(self, side: Side, ref: str, where: Zone, t: int) -> State:
        point = side.w.point
        notice = point.creditor_notice if point is not None else None
        if point is None or notice is None or not self._good(notice, point, side, where):
            return FAIL
        opens = where.day_start(notice.opt_out_by + 1)
        return PASS if t >= opens else (False, opens)

    def _good(self, notice: CreditorNotice, point: Point, side: Side, where: Zone) -> bool:
        """Everything about the notice that time does not change."""
        way = self.way
        return (
            notice.complete
            and notice.names_collector
            and notice.used_for == "account"
            and notice.opt_out_by - notice.sent >= (way.opt_out_days or 0)
            and side.knows(where.day_start(notice.sent))
            and (not way.public_domain or point.public_domain is True)
            and (way.sources is None or point.source in (None, *way.sources))
        )


class _Inherited(_Way):
    """The collector immediately before wrote to the address, and one of those before came by it in such a way."""

    def state(self, side: Side, ref: str, where: Zone, t: int) -> State:
        chain = side.w.point.prior_collectors if side.w.point is not None else ()
        if not chain or not chain[-1].used:
            return FAIL
        return PASS if any(one.route in (self.way.routes or ()) for one in chain) else FAIL


_SORTS: dict[str, type[_Way]] = {
    "used": _Used,
    "consent": _Agreed,
    "source": _Source,
    "creditor_notice": _Announced,
    "prior_collectors": _Inherited,
}


def _looked_up(event: int, side: Side) -> list[int]:
    """The look-ups of the number that found that nobody else has had it since the event."""
    checks = side.w.point.checks if side.w.point is not None else ()
    return [one.at for one in checks if one.result == "not_reassigned" and one.since <= event and side.knows(one.at)]
