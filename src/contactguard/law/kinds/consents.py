"""Consents: when one is in force, and the rules that nothing but a consent satisfies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..grammar import Filter, Relax
from ..history import CHANNEL, LIVE, OUTCOME, Contact
from ..model import Consent
from ..values import Needs
from ..world import Side
from ..zones import NEVER, Zone
from .bands import band, before, since
from .core import Core, State, all_of, any_of
from .filters import matcher

_WRITTEN = frozenset({"electronic", "certified"})
_CONVERSATION = OUTCOME.code["conversation"]
_RESERVED = LIVE.code["reserved"]
_PLACED = matcher(Filter(directions=("outbound",), placed=True))


class Agreed:
    """The relaxation (or precondition) that a consent of this sort is in force for the contact."""

    def __init__(self, wanted: Relax) -> None:
        self.wanted = self._wanted = wanted

    def state(self, side: Side, where: Zone, t: int) -> State:
        found = self._fitting(side)
        if not found:
            return False, NEVER
        return any_of(self.in_force(consent, side, where, t) for consent in found)

    def _fitting(self, side: Side) -> list[Consent]:
        if not side.consents and self._wanted.of == "person":
            return []
        key = (id(self), "fitting")
        found: list[Consent] | None = side.cache.get(key)
        if found is None:
            pool: Sequence[Consent] = side.consents
            if self._wanted.of == "debtor":
                # Nobody lets a collector tell them of someone else's debt.
                own = () if side.w.person in side.debtors or self._wanted.consent == "third_party" else side.consents
                pool = [*own, *side.debtor_consents()]
            found = side.cache[key] = [c for c in pool if self.fits(c, side)]
        return found

    def fits(self, consent: Consent, side: Side, refs: tuple[str, ...] = ()) -> bool:
        """Everything about the consent that time does not change; `refs`: for these cases only."""
        wanted, request = self._wanted, side.w.request
        return (
            consent.kind == wanted.consent
            and consent.given_to in wanted.given_to
            and consent.given_by in wanted.given_by
            and (consent.compliant or not wanted.compliant)
            and (consent.informed or not wanted.informed)
            and (consent.only_dates is not None or not wanted.dated)
            and _form(consent, wanted.forms)
            and (consent.cases is None or set(refs or side.refs) <= set(consent.cases))
            and consent.channel in (None, request.channel)
            and consent.address in (None, request.address)
            and (consent.person in (None, side.w.person.id) if consent.kind == "third_party" else True)
        )

    def in_force(self, consent: Consent, side: Side, where: Zone, t: int, *, talk: int = 0) -> State:
        """Whether it holds at `t`, and until when that certainly stays so.

        `talk` is 1 for a past contact, which the consent that it used up still covers.
        """
        states = [since(consent.given, t), before(consent.until, where, t)]
        if consent.revoked is not None and (consent.revoked <= side.w.at or side.w.facts.operator.live):
            states.append((True, int(consent.revoked)) if t < consent.revoked else (False, NEVER))
        if self._wanted.dates is not None:
            end = where.day_start(where.day(consent.given) + self._wanted.dates)
            states.append((True, end) if t < end else (False, NEVER))
        if self._wanted.ends_with_conversation:
            talked = self._next_conversation(consent, side) + talk
            states.append((True, talked) if t < talked else (False, NEVER))
        if self._wanted.once:
            states.extend(self._unused(consent, side, t, talk))
        if self._wanted.after_debt and not _after_debt(consent, side, where):
            return False, NEVER
        if consent.only_dates is not None:
            states.append(_on(consent.only_dates, where, t))
        if consent.days is not None or consent.start is not None:
            states.append(band(consent.days, consent.start, consent.end).state(where, t))
        return all_of(states)

    def _next_conversation(self, consent: Consent, side: Side) -> int:
        """The instant of the first conversation about these cases after the consent was given."""
        return min(
            (
                contact.at
                for contact in side.w.history
                if contact.what & OUTCOME.mask == _CONVERSATION
                and contact.at > consent.given
                and contact.person == side.w.person.id
                and _touches(contact, side.refs)
            ),
            default=NEVER,
        )

    def _unused(self, consent: Consent, side: Side, t: int, talk: int) -> Iterator[State]:
        """That no contact was placed on this channel since it was given; one reserved uses it only till it lapses."""
        channel = CHANNEL.code[side.w.request.channel]
        for contact in side.w.history:
            if (
                _PLACED[contact.what]
                and contact.what & CHANNEL.mask == channel
                and contact.at > consent.given
                and contact.person == side.w.person.id
            ):
                lapses = contact.lapses if contact.what & LIVE.mask == _RESERVED else 0
                if t < contact.at + talk:
                    yield True, contact.at + talk
                elif not lapses or t < lapses:
                    yield False, lapses or NEVER

    def uncovered(self, side: Side, where: Zone, contacts: list[Contact]) -> list[Contact]:
        """The past contacts that were not made under such a consent."""
        found = self._fitting(side)
        if not found:
            return contacts
        return [c for c in contacts if not any(self.in_force(f, side, where, c.at, talk=1)[0] for f in found)]


class Needed(Core):
    """Nothing may start without such a consent."""

    zoned = True

    def __init__(self, values: Needs) -> None:
        self._reply_serves = values.reply_serves
        self._agreed = Agreed(
            Relax(
                by="consent",
                consent=values.consent,
                given_to=values.given_to,
                given_by=values.given_by,
                forms=values.forms,
                informed=values.informed,
                dates=values.dates,
            )
        )

    def state(self, side: Side, where: Zone, t: int) -> State:
        agreed = self._agreed.state(side, where, t)
        return any_of((agreed, side.w.reply(t))) if self._reply_serves else agreed


def _after_debt(consent: Consent, side: Side, where: Zone) -> bool:
    """Whether it was given on or after the day on which each of the debts was due; not, where that is not known."""
    days = [case.due if case.due is not None else case.arrears_since for case in side.cases]
    return all(day is not None and consent.given >= where.day_start(day) for day in days)


def _form(consent: Consent, forms: tuple[str, ...] | None) -> bool:
    """Electronic and certified forms count as written."""
    if forms is None:
        return True
    return consent.form in forms or ("written" in forms and consent.form in _WRITTEN)


def _on(days: tuple[int, ...], where: Zone, t: int) -> State:
    today = where.day(t)
    if today in days:
        return True, where.day_start(today + 1)
    later = [day for day in days if day > today]
    return False, where.day_start(min(later)) if later else NEVER


def _touches(contact: Contact, refs: tuple[str, ...]) -> bool:
    about = contact.cases if contact.discussed is None else contact.discussed
    return about is None or any(ref in about for ref in refs)
