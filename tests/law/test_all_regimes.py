"""All shipped laws together: whatever the place, the moments are exact, more law never frees, and nothing leaks."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from a_book import shipped
from contactguard.intake.places import zones_of
from contactguard.law.decide import encode
from contactguard.law.instants import DAY, parse_instant, print_utc
from contactguard.law.scenario import read, write

from .drawing import restrictions
from .making import NUMBER, Raw, scenario
from .test_more_is_stricter import never_freer

SHIPPED = shipped()
LAWS = [regime.id for regime in SHIPPED.laws if regime.head.places]
OF_A_CITY = {regime.id for regime in SHIPPED.laws if any("/" in place for place in regime.head.places)}
FIRST, LAST = parse_instant("2024-01-01T00:00:00Z"), parse_instant("2028-01-01T00:00:00Z")
MAIL, HOME = "p1@mail.example", "1 Example Street"
ADDRESS = {"voice": NUMBER, "sms": NUMBER, "email": MAIL, "letter": HOME, "visit": HOME, "messaging": "social:p1"}
CHANNELS = st.sampled_from(sorted(ADDRESS))
OUTCOMES = ("no_answer", "busy", "voicemail", "conversation", "sent", "delivered", "replied", "third_party", "unknown")


def evidence(place: str) -> Raw:
    """A residence in that place, with every zone that lies in it."""
    country, _, rest = place.partition("-")
    subdivision, _, city = rest.partition("/")
    found: Raw = {"kind": "residence", "country": country, "zones": list(zones_of(country, subdivision or None))}
    return found | ({"subdivision": subdivision} if subdivision else {}) | ({"city": city} if city else {})


@st.composite
def pasts(draw: st.DrawFn, at: int) -> list[Raw]:
    """Contacts of the last forty days."""
    out = []
    for _ in range(draw(st.integers(0, 8))):
        channel = draw(CHANNELS)
        entry: Raw = {
            "at": print_utc(at - draw(st.integers(1, 40 * DAY))),
            "channel": channel,
            "address": ADDRESS[channel],
            "outcome": draw(st.sampled_from(OUTCOMES)),
            "direction": draw(st.sampled_from(("outbound", "outbound", "outbound", "inbound"))),
        }
        if draw(st.integers(0, 4)) == 0:
            entry |= {"purpose": "service", "notice": draw(st.sampled_from(("required", "consent_request")))}
        if draw(st.integers(0, 4)) == 0:
            entry["place"] = draw(st.sampled_from(("home", "work")))
        out.append(entry)
    return out


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, Raw]:
    """A law, and a contact with somebody in a place that it is about."""
    law = draw(st.sampled_from(LAWS))
    at = draw(st.integers(FIRST, LAST))
    channel = draw(CHANNELS)
    collector: Raw = {"kind": draw(st.sampled_from(("third_party", "third_party", "first_party", "debt_buyer")))}
    if draw(st.booleans()):
        collector["licence"] = draw(st.sampled_from(("bank", "lending_company", "collection_agency", "asset_manager")))
    person: Raw = {
        "id": "P-1",
        "role": draw(st.sampled_from(("debtor", "debtor", "debtor", "guarantor", "spouse", "third_party"))),
        "points": [{"address": NUMBER, "line": draw(st.sampled_from(("mobile", "fixed"))), "label": "home"}],
        "evidence": [evidence(draw(st.sampled_from(SHIPPED.regimes[law].head.places)))],
        "restrictions": [],
    }
    contact: Raw = {"channel": channel, "address": ADDRESS[channel]}
    if draw(st.integers(0, 3)) == 0:
        contact["purpose"] = draw(st.sampled_from(("reminder", "location_information", "response", "limited_content")))
    if draw(st.integers(0, 3)) == 0:
        contact["place"] = draw(st.sampled_from(("home", "work")))
    case = {"ref": "C-1", "product": draw(st.sampled_from(("credit_card", "medical", "microfinance", "mortgage")))}
    if draw(st.booleans()):
        case["arrears_since"] = print_utc(at - draw(st.integers(0, 90)) * DAY)[:10]
    raw = {"scenario": 1, "id": "any", "collector": collector, "cases": [case], "persons": [person],
           "history": draw(pasts(at)), "contact": contact, "at": print_utc(at)}  # fmt: skip
    return law, raw


@given(drawn=asked(), share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=250, deadline=None)
def test_the_next_moment_and_the_end_of_a_yes_are_exact_everywhere(drawn: tuple[str, Raw], share: float) -> None:
    """At that second the answer turns, one second before it has not, nor at any moment between."""
    _, raw = drawn
    found = scenario(raw).decide(SHIPPED)
    turn = found.next_allowed if found.verdict == "deny" else found.valid_until
    if turn is None:
        return
    start, end = parse_instant(found.at), parse_instant(turn)
    turned = "allow" if found.verdict == "deny" else "deny"
    for t, verdict in ((end, turned), (end - 1, found.verdict), (start + int((end - start) * share), found.verdict)):
        assert scenario(raw | {"at": print_utc(t)}).decide(SHIPPED).verdict == verdict, (print_utc(t), turn)


@given(drawn=asked(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_another_law_or_wish_never_frees_anywhere(drawn: tuple[str, Raw], data: st.DataObject) -> None:
    """Beside the laws of the place, any other one; beside what was asked for, anything but the only hours that suit."""
    _, raw = drawn
    here = scenario(raw).decide(SHIPPED)
    laws = [one.id for one in here.regimes if not SHIPPED.regimes[one.id].head.overlay]
    other = data.draw(st.sampled_from(LAWS))
    named = scenario(raw | {"regimes": laws}).decide(SHIPPED)
    never_freer(named, scenario(raw | {"regimes": [*{*laws, other}]}).decide(SHIPPED))
    wishes = [one for one in data.draw(restrictions(parse_instant(raw["at"]))) if one["kind"] != "convenient_hours"]
    never_freer(here, scenario(raw | {"persons": [raw["persons"][0] | {"restrictions": wishes}]}).decide(SHIPPED))


@given(drawn=asked())
@settings(max_examples=150, deadline=None)
def test_a_law_speaks_of_its_own_place_alone(drawn: tuple[str, Raw]) -> None:
    """Every law asked is of the person's country, the drawn one among them unless another stands in its place."""
    law, raw = drawn
    found = scenario(raw).decide(SHIPPED)
    asked_laws = [SHIPPED.regimes[one.id] for one in found.regimes if not SHIPPED.regimes[one.id].head.overlay]
    country = raw["persons"][0]["evidence"][0]["country"]
    assert all(any(place.startswith(country) for place in one.head.places) for one in asked_laws)
    replaced = {name for one in asked_laws for name in one.head.replaces}
    assert law in {one.id for one in asked_laws} | replaced


@given(drawn=asked())
@settings(max_examples=100, deadline=None)
def test_a_place_known_less_exactly_is_never_freer(drawn: tuple[str, Raw]) -> None:
    """Of the country alone every part is possible, and each may close it; laws of cities are not asked then."""
    _, raw = drawn
    person: Any = raw["persons"][0]
    exact = person["evidence"][0]
    vague = {"kind": "residence", "country": exact["country"], "zones": list(zones_of(exact["country"]))}
    if not set(exact["zones"]) <= set(vague["zones"]):
        return
    found = scenario(raw | {"persons": [person | {"evidence": [vague]}]}).decide(SHIPPED)
    closed = {reason.rule.partition(".")[0] for reason in scenario(raw).decide(SHIPPED).reasons}
    if closed - OF_A_CITY:
        assert found.verdict == "deny"


@given(drawn=asked())
@settings(max_examples=100, deadline=None)
def test_what_is_written_decides_the_same_bytes_everywhere(drawn: tuple[str, Raw]) -> None:
    """Written out and read back."""
    case = scenario(drawn[1])
    again = next(read(write(case.id, case.facts, case.contact, case.at), "test"))
    assert encode(again.decide(SHIPPED)) == encode(case.decide(SHIPPED))
