"""Which regimes speak: by place, by name, and what is assumed where a place is not known to the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.answers import Decision
from contactguard.law.decide import decide
from contactguard.law.instants import parse_instant
from contactguard.law.model import Case, Collector, Evidence, Facts, Person, Request
from contactguard.law.places import Spot
from contactguard.law.rulebook import Regime
from contactguard.law.selection import choose

from .making import Raw, ask, book, codes, law, rule, scene

NOON = "2026-05-12T12:00:00-04:00"
OPEN = rule("window", {"open": {"all": [["08:00", "21:00"]]}})


def named(id: str, *places: str, **head: object) -> Regime:
    """A law of these places."""
    return law(OPEN, id=id, places=list(places), **head)


US, NY, NYC, CA = (
    named("us", "US", "PR"),
    named("us-ny", "US-NY"),
    named("us-ny-nyc", "US-NY/New York"),
    named("us-ca", "US-CA"),
)
HOUSE = law(OPEN, id="house", overlay=True)


def found(*evidence: Raw, laws: tuple[Regime, ...] = (US, NY, NYC, CA, HOUSE), **fields: object) -> Decision:
    """The decision on a person of these places."""
    known = [{"kind": "residence", "zones": ["America/New_York"], **one} for one in evidence]
    return ask(book(*laws), scene(NOON, person={"evidence": known}, **fields))


def asked(decision: Decision) -> list[str]:
    """The regimes that were asked."""
    return [regime.id for regime in decision.regimes]


def test_a_country_brings_its_law_and_a_subdivision_its_own() -> None:
    """And overlays come everywhere."""
    decision = found({"country": "US", "subdivision": "CA"})
    assert asked(decision) == ["house", "us", "us-ca"]
    assert decision.assumed == ()


def test_a_city_brings_its_law_where_it_is_known_and_may_where_only_the_state_is() -> None:
    """What may apply is asked, and the decision says that it was assumed."""
    assert asked(found({"country": "US", "subdivision": "NY", "city": "new york"})) == [
        "house",
        "us",
        "us-ny",
        "us-ny-nyc",
    ]
    assert asked(found({"country": "US", "subdivision": "NY", "city": "Albany"})) == ["house", "us", "us-ny"]
    unknown = found({"country": "US", "subdivision": "NY"})
    assert asked(unknown) == ["house", "us", "us-ny", "us-ny-nyc"]
    assert unknown.assumed == ("place.us-ny-nyc",)


def test_an_unknown_subdivision_leaves_every_one_possible_but_no_city() -> None:
    """All states, each assumed."""
    decision = found({"country": "US"})
    assert asked(decision) == ["house", "us", "us-ca", "us-ny"]
    assert decision.assumed == ("place.us-ca", "place.us-ny")


def test_two_plausible_places_bring_the_laws_of_both() -> None:
    """A number of one state, a home in another; sure in one of them is sure."""
    decision = found({"country": "US", "subdivision": "CA"}, {"country": "US", "subdivision": "NY", "city": "New York"})
    assert asked(decision) == ["house", "us", "us-ca", "us-ny", "us-ny-nyc"]
    assert decision.assumed == ()


def test_a_territory_is_under_the_national_law_however_it_is_written() -> None:
    """As a subdivision, or under its own country code."""
    assert "us" in asked(found({"country": "US", "subdivision": "PR"}))
    assert "us" in asked(found({"country": "PR"}))


def test_a_place_without_rules_is_a_no_even_beside_one_with_rules() -> None:
    """Nobody knows what the law is there."""
    for evidence in (({"country": "DE"},), ({"country": "US"}, {"country": "DE"}), ({},)):
        decision = found(*evidence)
        assert codes(decision) == ["no_regime"]
        assert decision.next_allowed is None
    assert codes(found({"country": "US"}, laws=(HOUSE,))) == ["no_regime"]


def test_a_list_of_regimes_is_taken_as_it_stands_with_the_overlays() -> None:
    """Whatever the place."""
    assert asked(found({"country": "DE"}, regimes=["us-ca"])) == ["house", "us-ca"]


def test_a_law_gives_way_to_the_one_that_replaces_it() -> None:
    """Where that one surely applies."""
    city = named("us-ny-nyc", "US-NY/New York", replaces=["us-ny"])
    laws = (US, NY, city)
    assert asked(found({"country": "US", "subdivision": "NY", "city": "New York"}, laws=laws)) == ["us", "us-ny-nyc"]


def test_a_law_does_not_give_way_to_one_that_only_perhaps_applies() -> None:
    """The city is not known, or another plausible place is outside it: both are asked."""
    city = named("us-ny-nyc", "US-NY/New York", replaces=["us-ny"])
    laws = (US, NY, city)
    assert asked(found({"country": "US", "subdivision": "NY"}, laws=laws)) == ["us", "us-ny", "us-ny-nyc"]
    both = (
        {"country": "US", "subdivision": "NY", "city": "New York"},
        {"country": "US", "subdivision": "NY", "city": "Albany"},
    )
    assert asked(found(*both, laws=laws)) == ["us", "us-ny", "us-ny-nyc"]


def test_what_the_person_said_of_where_they_are_replaces_the_rest() -> None:
    """The newest statement alone, and the decision names it."""
    home = {"country": "US", "subdivision": "NY", "city": "New York"}
    older = {"kind": "stated", "at": "2026-05-01T12:00:00-04:00", "country": "US", "subdivision": "NY"}
    newest = {
        "kind": "stated",
        "at": "2026-05-10T12:00:00-04:00",
        "country": "US",
        "subdivision": "CA",
        "zones": ["America/Los_Angeles"],
    }
    later = {"kind": "stated", "at": "2026-05-13T12:00:00-04:00", "country": "DE", "zones": ["Europe/Berlin"]}
    decision = found(home, older, newest, later)
    assert decision.whereabouts.zones == ("America/Los_Angeles",)
    assert decision.whereabouts.jurisdictions == ("US", "US-CA")
    assert [one.rule for one in decision.relaxed_by] == ["gate.whereabouts"]


def test_evidence_without_zones_says_nothing_of_the_time_but_still_brings_its_law() -> None:
    """A toll-free number beside a home."""
    decision = found(
        {"country": "US", "subdivision": "NY", "city": "Albany"}, {"country": "US", "subdivision": "CA", "zones": []}
    )
    assert decision.whereabouts.zones == ("America/New_York",)
    assert "us-ca" in asked(decision)


def test_a_zone_that_nobody_knows_leaves_nothing_known() -> None:
    """As when the zone data lose one that stored evidence names: the answer is no, and says why; other rules speak."""
    by_number = rule("window", {"open": {"all": [["08:00", "21:00"]]}, "clock": "number"}, id="by_number")
    laws = book(law(OPEN, by_number, id="us", places=["US"]))
    known = Evidence(kind="residence", country="US", zones=("America/New_York",))
    lost = Evidence(kind="number", address="+12125550101", country="US", zones=("America/Atlantis",))
    request = Request(channel="voice", address="+12125550101")
    facts = Facts(persons=(Person(id="P-1", evidence=(known, lost)),), cases=(Case(ref="C-1"),))
    decision = decide(laws, facts, request, parse_instant(NOON))
    assert codes(decision) == ["unknown_whereabouts"]
    assert decision.whereabouts.doubts == ("unknown_zone",)
    assert decision.next_allowed is None


def test_towns_that_no_law_names_share_one_program() -> None:
    """A nation's worth of cities and postal codes does not fill the rulebook's memory."""
    laws = book(US, NY, NYC)
    for number in range(200):
        place = {"country": "US", "subdivision": "NY", "city": f"Town {number}", "postal_code": f"{12000 + number}"}
        known = [{"kind": "residence", "zones": ["America/New_York"], **place}]
        assert asked(ask(laws, scene(NOON, person={"evidence": known}))) == ["us", "us-ny"]
    assert len(laws.programs) < 10


SPOTS = st.builds(
    Spot,
    st.sampled_from(["US", "PR", "AR"]),
    st.sampled_from([None, "NY", "CA", "C"]),
    st.sampled_from([None, "New York", "NEW YORK", "Albany"]),
    st.sampled_from([None, "10001", "11201", "90210"]),
)
SEATS = st.builds(
    Collector, country=st.sampled_from([None, "US", "AR"]), subdivision=st.sampled_from([None, "NY", "C", "B"])
)
LAWS = (
    US,
    NY,
    named("us-ny-nyc", "US-NY/New York", postal_codes=["100", "112"]),
    CA,
    named("ar-c", "AR-C", collector_places=["AR-C"]),
    HOUSE,
)
BOOK = book(*LAWS)


@given(st.lists(SPOTS, min_size=1, max_size=3), st.lists(SPOTS, min_size=1, max_size=3), SEATS, st.booleans())
def test_the_laws_of_several_places_are_those_of_each(
    some: list[Spot], more: list[Spot], collector: Collector, known_cities_only: bool
) -> None:
    """Another possible place adds laws and takes none away, and can only make a place without rules show."""

    def chosen(spots: list[Spot]) -> tuple[set[str], bool]:
        found = choose(BOOK, tuple(spots), None, collector, known_cities_only=known_cities_only)
        return {regime.id for regime in found.regimes}, found.ruleless

    (ours, bare), (theirs, bare_too), (all_, some_bare) = chosen(some), chosen(more), chosen([*some, *more])
    assert ours | theirs == all_
    assert some_bare == (bare or bare_too)


@given(SPOTS, SEATS)
def test_to_know_more_of_a_place_takes_laws_away_and_adds_none(spot: Spot, collector: Collector) -> None:
    """Unless what becomes known is the city itself, which is asked for nobody before its state is known."""
    vague = spot._replace(city=None, code=None)
    laws = {one.id for one in choose(BOOK, (spot,), None, collector).regimes}
    without = {one.id for one in choose(BOOK, (vague,), None, collector).regimes}
    assert laws - without <= ({"us-ny-nyc"} if spot.subdivision != "NY" else set())
    country = {one.id for one in choose(BOOK, (Spot(spot.country, None, None),), None, collector).regimes}
    assert without - country <= ({"us-ny-nyc"} if spot.subdivision == "NY" else set())
