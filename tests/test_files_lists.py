"""Lists of restrictions and consents: in force at once, for people and for addresses alone, and written down once."""

from __future__ import annotations

from typing import Any

import pytest

from a_file import Desk, case
from a_road import COMPLIANCE, LINE, NOON, OTHER_LINE, Office, Offices, codes
from contactguard.law.instants import parse_day, print_utc
from contactguard.law.model import Point

NEVER_LISTED = "+12125550999"
YESTERDAY = print_utc(NOON - 86_400)


@pytest.fixture
async def desk(offices: Offices) -> Desk:
    """A road with one case, one person and one number."""
    made = Desk(await offices.open())
    await made.put(case())
    return made


@pytest.mark.parametrize("kind", ["do_not_call", "opt_out", "litigator", "channel_refused"])
async def test_an_address_alone_is_refused_whoever_lists_it(desk: Desk, kind: str) -> None:
    """Who lists it now, and who lists it later only, is not called there; other numbers are not touched."""
    assert await desk.restrict({"address": LINE, "kind": kind}, {"address": NEVER_LISTED, "kind": kind}) == [
        "created",
        "created",
    ]
    assert codes(await desk.office.ask()) == ["opted_out"]
    await desk.put(case("C-2", "P-2", NEVER_LISTED, OTHER_LINE))
    assert codes(await desk.office.ask("C-2", address=NEVER_LISTED)) == ["opted_out"]
    assert (await desk.office.ask("C-2", address=OTHER_LINE))["verdict"] == "allow"


async def test_a_list_taken_in_again_is_unchanged(desk: Desk) -> None:
    """However often a list is read, each row is written down once, and its marks stand once."""
    rows: list[dict[str, Any]] = [{"address": f"+1212555{n:04d}", "kind": "do_not_call"} for n in range(200)]
    rows += [{"ref": "C-1", "kind": "attorney"}, {"person": "P-1", "kind": "bankruptcy", "since": "2026-03-01"}]
    assert await desk.restrict(*rows) == ["created"] * 202
    before = await _entries(desk.office)
    assert await desk.restrict(*rows) == ["unchanged"] * 202
    assert await _entries(desk.office) == before
    assert (await desk.office.store.verify()).holds


async def test_what_a_slice_said_of_addresses_is_in_one_entry(desk: Desk) -> None:
    """The list's own stream says which addresses were new; rows that said nothing new are not in it."""
    await desk.restrict({"address": LINE, "kind": "do_not_call"}, list="national")
    rows = [{"address": address, "kind": "do_not_call"} for address in (LINE, OTHER_LINE, NEVER_LISTED)]
    assert await desk.restrict(*rows, list="national") == ["unchanged", "created", "created"]
    entries = await desk.office.store.entries("system:list:national", newest_first=False)
    assert [entry.kind for entry in entries] == ["addresses_listed", "addresses_listed"]


async def test_a_channel_alone_is_refused_on_that_channel(desk: Desk) -> None:
    """A row that names a channel leaves the others."""
    await desk.restrict({"address": LINE, "kind": "opt_out", "channel": "sms"})
    assert (await desk.office.ask())["verdict"] == "allow"
    assert "opted_out" in codes(await desk.office.ask(channel="sms"))


@pytest.mark.parametrize(
    ("kind", "code"),
    [("reassigned", "reassigned_number"), ("wrong_number", "wrong_number"), ("invalid", "invalid_destination")],
)
async def test_what_is_wrong_with_a_number_is_known_of_the_number(desk: Desk, kind: str, code: str) -> None:
    """A number that has another holder now, or none, is not called for anybody."""
    assert await desk.restrict({"ref": "C-1", "address": LINE, "kind": kind}) == ["created"]
    assert codes(await desk.office.ask()) == [code]
    assert await desk.restrict({"ref": "C-1", "kind": kind}) == ["refused: address: say which address"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("attorney", "represented"),
        ("bankruptcy", "bankruptcy"),
        ("deceased", "deceased"),
        ("cease", "cease_communication"),
    ],
)
async def test_a_protection_by_address_alone_protects_the_person(desk: Desk, kind: str, code: str) -> None:
    """Who lists the address gets it, at every number of theirs; whoever lists it later is not called there."""
    await desk.put(case("C-1", "P-1", LINE, OTHER_LINE))
    assert await desk.restrict({"address": LINE, "kind": kind}) == ["created"]
    assert code in codes(await desk.office.ask(address=OTHER_LINE))
    await desk.put(case("C-2", "P-2", LINE))
    assert "opted_out" in codes(await desk.office.ask("C-2"))
    assert await desk.restrict({"address": LINE, "kind": kind}) == ["created"]  # for whoever came since
    assert await desk.restrict({"address": LINE, "kind": kind}) == ["unchanged"]


async def test_a_protection_of_an_address_that_nobody_lists_yet_holds_it_back(desk: Desk) -> None:
    """Nobody slips through because a list came before the case."""
    assert await desk.restrict({"address": NEVER_LISTED, "kind": "attorney"}) == ["created"]
    await desk.put(case("C-2", "P-2", NEVER_LISTED))
    assert codes(await desk.office.ask("C-2", address=NEVER_LISTED)) == ["opted_out"]


async def test_a_case_alone_is_about_all_who_owe_it(desk: Desk) -> None:
    """By its ref, or by a person on it, or by a person alone; who is not on it is refused."""
    await desk.put(case("C-2", "P-2", OTHER_LINE))
    rows = [
        {"ref": "C-1", "kind": "deceased"},
        {"ref": "C-1", "person": "P-2", "kind": "deceased"},
        {"person": "P-2", "kind": "bankruptcy"},
        {"person": "P-9", "kind": "bankruptcy"},
        {"ref": "C-9", "kind": "bankruptcy"},
        {"kind": "bankruptcy"},
        {"address": LINE, "kind": "disputed_by_the_cat"},
    ]
    assert await desk.restrict(*rows) == [
        "created",
        "refused: person: this person is not on the case",
        "created",
        "refused: no such person",
        "refused: no such case",
        "refused: address: say which case, person or address this is about",
        "refused: kind: no such restriction",
    ]
    assert "deceased" in codes(await desk.office.ask())
    assert "bankruptcy" in codes(await desk.office.ask("C-2", address=OTHER_LINE))


async def test_a_row_of_another_shape_costs_itself(desk: Desk) -> None:
    """A number for a word, a field that there is not, one that is missing: the rows beside it are taken in."""
    good = {"address": LINE, "kind": "do_not_call"}
    bad = [{**good, "kind": 5}, {"address": LINE}, {**good, "fold": "x"}, {"ref": 5, "kind": "opt_out"}]
    found = await desk.restrict(*bad, good)
    assert [word.partition(":")[0] for word in found] == ["refused"] * 4 + ["created"]
    assert [word.partition(":")[0] for word in await desk.consent({"ref": "C-1"}, {"ref": "C-1", "consent": 5})] == [
        "refused",
        "refused",
    ]
    assert (await desk.past({"ref": "C-1", "event_id": 7, "contact": {}}))[0].startswith("refused: event_id: ")


async def test_do_not_call_of_a_person_leaves_letters(desk: Desk) -> None:
    """Without an address it refuses calls and texts to any number, and nothing else."""
    await desk.put(case("C-1", "P-1", LINE, OTHER_LINE))
    assert await desk.restrict({"ref": "C-1", "kind": "do_not_call"}) == ["created"]
    assert "channel_refused" in codes(await desk.office.ask(address=OTHER_LINE))
    assert "channel_refused" in codes(await desk.office.ask(channel="sms"))
    letter = await desk.office.ask(channel="letter", address="1 Main St, New York")
    assert "channel_refused" not in codes(letter)


async def test_a_dispute_by_case_is_about_that_case(desk: Desk) -> None:
    """What is about a debt does not bind the same person's other debts."""
    await desk.put(case("C-2", "P-1"))
    await desk.restrict({"ref": "C-1", "kind": "disputed"})
    doc = await desk.office.store.doc("person:P-1")
    assert [(one.kind, one.cases) for one in doc.person.restrictions] == [("disputed", ("C-1",))]


async def test_what_a_list_said_of_a_person_is_in_the_cases_record_and_ends_by_compliance(desk: Desk) -> None:
    """A fact like any other, listed by the next `PUT`; once ended it is not brought back by the same row."""
    await desk.restrict({"ref": "C-1", "kind": "attorney", "words": "letter of 1 March"}, list="attorneys")
    assert "represented" in codes(await desk.office.ask())
    kept = (await desk.office.put("C-1")).kept
    assert [(one.kind, one.what) for one in kept] == [("restriction", "represented")]
    await desk.office.road.end_fact("C-1", kept[0].fact, "the attorney wrote that they no longer act", COMPLIANCE)
    assert await desk.restrict({"ref": "C-1", "kind": "attorney", "words": "letter of 1 March"}, list="attorneys") == [
        "unchanged"
    ]
    assert "represented" not in codes(await desk.office.ask())


async def test_what_a_list_said_of_an_address_ends_by_compliance(desk: Desk) -> None:
    """Under the name that the next `PUT` of a case lists it by."""
    await desk.restrict({"address": LINE, "kind": "do_not_call"})
    assert [one.fact for one in (await desk.office.put("C-1")).kept] == ["list:dnc"]
    await desk.office.road.end_fact("C-1", "list:dnc", "taken off the list", COMPLIANCE)
    assert (await desk.office.ask())["verdict"] == "allow"


async def test_a_restriction_may_begin_and_end(desk: Desk) -> None:
    """`until` frees again without anybody's doing; a beginning in the future is refused."""
    later = print_utc(NOON + 3_600)
    rows = [{"address": LINE, "kind": "do_not_call", "since": YESTERDAY, "until": later}]
    assert await desk.restrict(*rows) == ["created"]
    answer = await desk.office.ask()
    assert codes(answer) == ["opted_out"]
    assert answer["next_allowed"] == "2026-03-05T14:00:00-05:00"
    future = {"address": LINE, "kind": "do_not_call", "since": "2027-01-01"}
    assert await desk.restrict(future, {**future, "ref": "C-1"}) == [
        "refused: since: lies in the future",
        "refused: since: lies in the future",
    ]


async def test_of_rows_that_differ_in_time_the_widest_holds(desk: Desk) -> None:
    """From the first beginning to the last end that a list has of one address, however often it is read."""
    rows = [
        {"address": LINE, "kind": "opt_out", "since": "2026-03-03", "until": "2026-03-08"},
        {"address": LINE, "kind": "do_not_call", "since": "2026-03-01", "until": "2026-03-06T00:00:00Z"},
    ]
    assert await desk.restrict(*rows) == ["created", "created"]
    assert await desk.restrict(*rows, *reversed(rows)) == ["unchanged"] * 4
    (mark,) = (await desk.office.store.doc(desk.office.store.address_key(LINE))).marks
    assert print_utc(mark.since) == "2026-03-01T00:00:00Z"
    assert mark.until == parse_day("2026-03-08")
    assert await desk.restrict({"address": LINE, "kind": "do_not_call"}) == ["created"]
    assert await desk.restrict(*rows) == ["unchanged"] * 2


async def test_consents_are_facts_of_people(desk: Desk) -> None:
    """By case, by person, or by an address that somebody lists."""
    consent = {"kind": "contact", "channel": "sms", "given": "2026-03-01"}
    rows = [
        {"ref": "C-1", "address": LINE, "consent": consent},
        {"address": LINE, "consent": {**consent, "channel": "email"}},
        {"address": NEVER_LISTED, "consent": consent},
        {"ref": "C-1", "consent": {"kind": "contact"}},
    ]
    assert await desk.consent(*rows) == [
        "created",
        "created",
        "refused: address: nobody lists this address; run the list again once somebody does",
        "refused: the field given is missing",
    ]
    doc = await desk.office.store.doc("person:P-1")
    assert [(one.channel, one.address) for one in doc.person.consents] == [("sms", LINE), ("email", LINE)]
    assert await desk.consent(rows[0]) == ["unchanged"]


async def test_what_one_agreed_to_is_no_others_word(desk: Desk) -> None:
    """A consent by a case that several owe goes to who lists its address, or is refused."""
    ref, body = case("C-2", "P-2", OTHER_LINE)
    joint = {**body["persons"][0], "id": "P-3", "role": "joint_debtor", "points": [{"address": NEVER_LISTED}]}
    await desk.put((ref, {**body, "persons": [*body["persons"], joint]}))
    consent = {"kind": "contact", "channel": "sms", "given": "2026-03-01"}
    rows = [{"ref": "C-2", "consent": consent}, {"ref": "C-2", "address": LINE, "consent": consent}]
    assert [word.partition(":")[2] for word in await desk.consent(*rows)] == [
        " person: several people owe this case; say who agreed",
        " person: several people owe this case and none of them lists this address; say who agreed",
    ]
    assert await desk.consent({"ref": "C-2", "address": OTHER_LINE, "consent": consent}) == ["created"]
    assert len((await desk.office.store.doc("person:P-2")).person.consents) == 1
    assert (await desk.office.store.doc("person:P-3")).person.consents == ()


async def test_a_litigator_is_one_at_every_number(desk: Desk) -> None:
    """The number that stands beside it in a list is not all that they have."""
    await desk.put(case("C-1", "P-1", LINE, OTHER_LINE))
    assert await desk.restrict({"ref": "C-1", "address": LINE, "kind": "litigator"}) == ["created"]
    assert "channel_refused" in codes(await desk.office.ask(address=OTHER_LINE))
    assert "opted_out" in codes(await desk.office.ask())


async def test_a_consent_that_was_ended_does_not_come_back_with_the_next_file(desk: Desk) -> None:
    """The same consent is the same on every list; one given anew, at another time, is another."""
    consent = {"kind": "contact", "channel": "sms", "given": "2026-03-01"}
    row = {"ref": "C-1", "consent": consent}
    assert await desk.consent(row, list="january.csv") == ["created"]
    (kept,) = (await desk.office.put("C-1")).kept
    await desk.office.road.end_fact("C-1", kept.fact, "they took it back", COMPLIANCE)
    assert await desk.consent(row, list="february.csv") == ["unchanged"]
    assert (await desk.office.store.doc("person:P-1")).person.consents == ()
    anew = {"ref": "C-1", "consent": {**consent, "given": "2026-03-04"}}
    assert await desk.consent(anew, list="february.csv") == ["created"]


async def test_someone_on_no_case_stands_in_nobodys_way(desk: Desk) -> None:
    """A row about an address protects whoever lists it and is on a case."""
    await desk.put(case("C-2", "P-2", OTHER_LINE))
    await desk.office.fact("C-2", person_id="P-2", point=Point(address=LINE))
    await desk.put(case("C-2", "P-3", OTHER_LINE))
    assert await desk.restrict({"address": LINE, "kind": "attorney"}) == ["created"]
    assert "represented" in codes(await desk.office.ask())


async def _entries(office: Office) -> int:
    return (await office.store.verify()).entries


@pytest.mark.parametrize("kind", ["do_not_call", "litigator", "attorney", "deceased"])
@pytest.mark.parametrize("whose", [{"ref": "OLD-77"}, {"person": "OLD-77"}])
async def test_a_number_beside_a_case_nobody_knows_is_refused_all_the_same(
    desk: Desk, kind: str, whose: dict[str, str]
) -> None:
    """Another dialer's list comes before its cases do, or under its own references: the number it names is closed."""
    row = {**whose, "address": NEVER_LISTED, "kind": kind}
    assert await desk.restrict(row) == ["created"]
    await desk.put(case("C-2", "P-2", NEVER_LISTED))
    assert codes(await desk.office.ask("C-2", address=NEVER_LISTED)) == ["opted_out"]
    assert await desk.restrict(row) == ["unchanged"]


async def test_a_case_nobody_knows_without_a_number_is_refused(desk: Desk) -> None:
    """There is nothing to close."""
    assert await desk.restrict({"ref": "OLD-77", "kind": "do_not_call"}) == ["refused: no such case"]
