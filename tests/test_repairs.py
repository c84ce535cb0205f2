"""What to mend in evidence of place: which faults are found, and that one pass sees everyone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from a_book import federal, federal_and
from a_command import here
from a_road import LINE, OTHER_LINE, Office, person
from contactguard.attempts import FAULTS, to_repair
from contactguard.attempts.telling.repairs import faults
from contactguard.errors import BadInput
from contactguard.intake.resolve import complete
from contactguard.law.instants import Instant
from contactguard.law.model import Evidence, Person
from contactguard.law.rulebook import Rulebook

TESTS = Path(__file__).parent
NEW_YORK, CHICAGO, DENVER = "America/New_York", "America/Chicago", "America/Denver"


@pytest.fixture(scope="module")
def federal_rules() -> Rulebook:
    """The federal rules: no state has a law of its own there."""
    return federal()


def home(country: str | None = "US", subdivision: str | None = "NY", *zones: str, **more: Any) -> Evidence:
    """A residence; in New York City's zone unless others are named."""
    return Evidence(kind="residence", country=country, subdivision=subdivision, zones=zones or (NEW_YORK,), **more)


NUMBER = Evidence(kind="number", address=LINE, country="US", subdivision="NY", zones=(NEW_YORK,))
TOLL_FREE = Evidence(kind="number", address="+18005550101", zones=())


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        ((), ["no_evidence"]),
        ((home(),), []),
        ((home(), NUMBER, TOLL_FREE), []),
        ((TOLL_FREE,), ["no_zone"]),
        ((Evidence(kind="residence", country="US", subdivision="AE", zones=()),), ["no_zone"]),
        ((home("US", "NY", "America/Atlantis"),), ["unknown_zone"]),
        ((home(None, None),), ["no_country"]),
        ((home("US", None, NEW_YORK, CHICAGO),), ["no_subdivision"]),
        ((home("DE", None, "Europe/Berlin", "Europe/Busingen"),), []),
        ((home(postal_code="99999"),), ["postal_code_elsewhere"]),
        ((home(postal_code="10001"),), []),
        ((home(postal_code="2134"),), ["unknown_postal_code"]),
        ((home("US", "TX", CHICAGO, postal_code="10001"),), ["postal_code_elsewhere"]),
        ((home("US", "NY", DENVER),), ["zone_elsewhere"]),
        ((home("US", "FL", NEW_YORK, postal_code="32501"),), ["zone_elsewhere"]),
        ((home("US", "TX", CHICAGO), NUMBER), ["contradictory"]),
        ((home("US", "MI", "America/Detroit"), NUMBER), []),
        ((home("US", "TN", CHICAGO, postal_code="42223"), home("US", "KY", CHICAGO, postal_code="42223")), []),
        ((home("CA", "ON", "America/Toronto", postal_code="D1A 1A1"),), ["unknown_postal_code"]),
        ((home("ES", "M", "Europe/Madrid", postal_code="28001"),), []),
        ((home(), Evidence(kind="stated", country="US", subdivision="CO", zones=(DENVER,))), ["no_date"]),
    ],
)
def test_each_fault_is_found_and_nothing_else(
    evidence: tuple[Evidence, ...], found: list[str], federal_rules: Rulebook
) -> None:
    """What is in order, or no table of ours knows, is left alone."""
    assert sorted(what for what, _ in faults(Person(id="P-1", evidence=evidence), federal_rules)) == sorted(found)


def test_a_state_left_out_matters_as_soon_as_a_state_has_a_law_of_its_own() -> None:
    """Even where all of the country keeps one clock."""
    without = Person(id="P-1", evidence=(home("CA", None, "America/Toronto"),))
    assert not list(faults(without, federal()))
    made_up = federal_and(TESTS / "places" / "laws")
    assert [what for what, _ in faults(without, made_up)] == ["no_subdivision"]


def test_what_the_person_said_last_settles_a_contradiction(federal_rules: Rulebook) -> None:
    """Home and number may differ as they like then, but a wrong home is still a wrong home."""
    said = Evidence(kind="stated", country="US", subdivision="CO", zones=(DENVER,), at=Instant(1_770_000_000))
    person = Person(id="P-1", evidence=(home("US", "TX", CHICAGO), NUMBER, said))
    assert not list(faults(person, federal_rules))
    damaged = replace(person, evidence=(home(postal_code="2134"), NUMBER, said))
    assert [what for what, _ in faults(damaged, federal_rules)] == ["unknown_postal_code"]


def test_what_was_resolved_at_intake_has_no_faults_of_our_making(federal_rules: Rulebook) -> None:
    """No table of ours contradicts another."""
    for code in ("10001", "42223", "86504", "36867", "96799", "00901", "57532", "99546"):
        body = {"persons": [{"id": "P-1", "evidence": [{"kind": "residence", "country": "US", "postal_code": code}]}]}
        found = complete(body, "US")["persons"][0]["evidence"]
        evidence = tuple(Evidence(**{**one, "zones": tuple(one["zones"])}) for one in found)
        assert not list(faults(Person(id="P-1", evidence=evidence), federal_rules)), code


async def test_one_pass_sees_everyone_once(office: Office) -> None:
    """Page by page, all of a person's faults together; whoever is on no case any more is left out."""
    for number in range(7):
        bare = replace(person(f"Q-{number}", OTHER_LINE), points=(), evidence=())
        await office.put(f"D-{number}", bare)
    await office.put("D-6", replace(person("R-1", OTHER_LINE), points=(), evidence=()))
    store, book = office.road.store, office.road.book
    seen, cursor = [], None
    while True:
        page = await to_repair(store, book, 2, cursor)
        seen += [(one.person, one.cases, one.what) for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    wanted = [*((f"Q-{number}", (f"D-{number}",), "no_evidence") for number in range(6))]
    assert [one for one in seen if one[0].startswith(("Q-", "R-"))] == [*wanted, ("R-1", ("D-6",), "no_evidence")]
    assert (await to_repair(store, book, 50, what="no_zone")).items == ()
    with pytest.raises(BadInput, match="cursor"):
        await to_repair(store, book, 2, "bm9ib2R5")


async def test_each_fault_says_what_to_do(office: Office) -> None:
    """In one sentence, with the piece of evidence it is about."""
    await office.put("D-1", replace(person("Q-1", OTHER_LINE), evidence=(home(postal_code="2134"),)))
    (found,) = (await to_repair(office.road.store, office.road.book, 50, what="unknown_postal_code")).items
    assert found.do.endswith("five digits.")
    assert found.evidence is not None
    assert found.evidence.postal_code == "2134"
    assert len(FAULTS) == 10


def test_the_command_lists_them_one_a_line(tmp_path: Path) -> None:
    """Exit status 1 while there is something to mend; an unknown fault is named."""
    (tmp_path / "cases.csv").write_text(
        "ref,person,phone,state,zip\nA-1,P-1,212 555 0141,NY,10001\nA-2,P-2,212 555 0142,NY,00009\n"
    )
    db = ("--db", f"sqlite:///{tmp_path}/store.db")
    assert here("import", "cases.csv", *db, cwd=tmp_path).status == 0
    said = here("repairs", *db, cwd=tmp_path)
    assert [(item["person"], item["what"]) for item in map(json.loads, said.out.splitlines())] == [
        ("P-2", "unknown_postal_code")
    ]
    assert said.status == 1
    assert here("repairs", "--what", "no_zone", *db, cwd=tmp_path) == (0, "", "")
    wrong = here("repairs", "--what", "everything", *db, cwd=tmp_path)
    assert (wrong.status, "no_evidence" in wrong.err) == (2, True)
