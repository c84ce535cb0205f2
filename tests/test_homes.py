"""Where the people of a store live: counted on both engines, kept as numbers, and shown first by commands."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import msgspec
import pytest
from msgspec.structs import replace

from a_command import serving
from a_place import Place, places
from a_road import Office, person
from contactguard.attempts import homes
from contactguard.law.homes import persons
from contactguard.law.model import Evidence
from contactguard.law.places import Spot
from contactguard.rules.load import load

DAY = 86_400
CASES = """\
case_ref,debtor_id,phone,country,state,city,postal_code
C-1,P-1,,US,TX,,
C-2,P-2,,US,TX,,
C-3,P-3,,US,NY,,10001
C-4,P-4,,US,,,
C-5,P-5,,ES,,,28001
C-6,P-6,,ES,,,35001
C-7,P-7,,ES,,,
"""


def living(*spots: tuple[str, str | None]) -> tuple[Evidence, ...]:
    """Evidence of someone who lives in one of these places."""
    return tuple(Evidence(kind="residence", country=one, subdivision=part, zones=("Etc/UTC",)) for one, part in spots)


async def test_everyone_on_a_case_is_counted_once(office: Office) -> None:
    """Over any number of rounds; whoever is on no case any more, or was erased, is not."""
    for number in range(120):
        where = living(("US", "TX")) if number % 2 else living(("US", "KY"), ("US", "TN"))
        await office.put(f"D-{number}", replace(person(f"Q-{number}"), evidence=where))
    await office.put("D-0", replace(person("Q-200"), points=(), evidence=()))
    await office.store.erase("Q-1", "asked for")
    counted = await homes.count(office.store, office.road.book, rest=0)
    assert (counted.persons, counted.nowhere, counted.at) == (120, 1, office.at)
    found = {tuple((spot.country, spot.subdivision) for spot in home): number for home, number in counted.homes}
    assert found == {(("US", "TX"),): 59, (("US", "KY"), ("US", "TN")): 59, (("US", "NY"),): 1}
    assert await homes.last(office.store) == counted
    assert not (await office.store.verify()).faults


async def test_the_count_names_nobody(office: Office) -> None:
    """Countries, states, and of cities only those that a law names."""
    evidence = replace(living(("US", "NJ"))[0], city="Smallville", postal_code="07001")
    await office.put("D-1", replace(person("Q-1"), evidence=(evidence,)))
    counted = await homes.count(office.store, office.road.book, rest=0)
    said = msgspec.json.encode(counted).decode()
    assert not [word for word in ("Q-1", "D-1", "Smallville", "07001", "+1212") if word in said]
    assert dict(counted.homes).keys() >= {(Spot("US", "NJ", None, None),)} or '"NJ"' in said


async def test_a_count_holds_for_a_day(office: Office) -> None:
    """The service makes one a day; a command makes one whenever that takes seconds only."""
    store, book = office.store, office.road.book
    assert await homes.last(store) is None
    made = await homes.daily(store, book)
    await office.put("D-1", replace(person("Q-1"), evidence=living(("US", "TX"))))
    office.clock.advance(DAY - 1)
    assert await homes.daily(store, book) == made
    fresh = await homes.fresh(store, book)
    assert fresh is not None
    assert (made.persons, fresh.persons) == (1, 2)
    office.clock.advance(DAY)
    assert (await homes.daily(store, book)).at == office.at


async def test_a_large_store_is_not_counted_while_somebody_waits(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last count is shown instead, and before the first one none."""
    store, book = office.store, office.road.book
    monkeypatch.setattr(homes, "_PATIENCE_SECONDS", 0)
    assert await homes.fresh(store, book) is None
    made = await homes.daily(store, book)
    assert await homes.fresh(store, book) == made
    monkeypatch.setattr(homes, "_PATIENCE_SECONDS", 60)
    monkeypatch.setattr(homes, "_MANY", 0)
    office.clock.advance(60)
    assert await homes.fresh(store, book) == made
    office.clock.advance(DAY)
    assert await homes.fresh(store, book) != made


async def test_the_count_leads_to_the_regimes(office: Office) -> None:
    """Those of the country for everyone there."""
    await office.put("D-1", replace(person("Q-1"), evidence=living(("ES", "MD"))))
    book = load()
    counted = await homes.count(office.store, book, rest=0)
    found = persons(book, counted.homes)
    assert (found["us-fdcpa"], found["es"]) == (1, 1)


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: object) -> AsyncIterator[Place]:
    """An empty store on each engine."""
    async for one in places(request.param, tmp_path):  # type: ignore[arg-type]
        yield one


def test_lists_show_the_places_of_the_people_first(place: Place) -> None:
    """With how many these are, by the service and without it; the rulebook's files alone are listed as ever."""
    with serving("--test", env=place.env, cwd=place.folder):
        place.imported(CASES)
        said = place.run("regimes", "list", "--db", place.url)
    assert place.run("regimes", "list", "--db", place.url).out == said.out
    assert said.status == 0, said.err
    assert "7 persons counted at " in said.err
    rows = said.out.splitlines()
    at = {row.split()[0]: number for number, row in enumerate(rows)}
    numbered = [row for row in rows if row.endswith(("persons)", "person)"))]
    assert rows[: len(numbered)] == numbered
    assert "(4 persons)" in rows[at["us-fdcpa"]]
    assert "(3 persons)" in rows[at["es"]]
    assert at["us-fdcpa"] < at["es"]
    assert sorted(row.split()[0] for row in rows) == sorted(
        row.split()[0] for row in place.run("regimes", "list").out.splitlines()
    )
    assert "person" not in place.run("regimes", "list").out.splitlines()[0]


def test_other_pages_of_the_rules_follow(place: Place) -> None:
    """What has grown old, the page of one regime and the index: each by where most people live."""
    with serving("--test", env=place.env, cwd=place.folder):
        place.imported(CASES.replace("US,TX", "ES,"))
        stale = place.run("regimes", "stale", "--days", "36500", "--db", place.url).out
        shown = place.run("regimes", "show", "es", "--db", place.url)
        matrix = place.run("regimes", "matrix", "--db", place.url).out.splitlines()
        index = json.loads(place.run("regimes", "index", "--json", "--db", place.url).out)
    assert "es (5 persons): 7 persons counted at " in shown.err
    names = [line.split(".")[0].split(":")[0].strip() for line in stale.splitlines() if line.startswith("  ")]
    ours = [name for name in names if name in ("es", "us-tcpa", "us-reg-f", "us-fdcpa")]
    assert ours == sorted(ours, key=lambda name: name != "es")
    assert index["laws"][0]["regime"] == "es"
    assert matrix[0].split()[:2] == ["PLACE", "PERSONS"]
    assert [line.split()[:2] for line in matrix[1:3]] == [["ES", "5"], ["US", "2"]]
    assert "PERSONS" not in place.run("regimes", "matrix").out
