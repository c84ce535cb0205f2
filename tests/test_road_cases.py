"""What the case system says, what we learn ourselves, and what is known of addresses."""

from __future__ import annotations

import pytest

from a_road import (
    AGENT,
    CASE_SYSTEM,
    COMPLIANCE,
    HOME,
    LINE,
    NOON,
    OTHER_LINE,
    STRANGER,
    Office,
    Offices,
    codes,
    person,
)
from contactguard.attempts import PutCase
from contactguard.errors import BadInput, Conflict, Forbidden, NotFound
from contactguard.law.instants import Instant
from contactguard.law.model import Case, Evidence, Person, Point, Restriction

NEXT_MORNING = NOON + 20 * 3600  # nine in New York, six in Los Angeles


async def test_a_case_is_created_then_replaced(offices: Offices) -> None:
    """201 the first time, 200 after it."""
    office = await offices.open()
    assert (await office.put(version=1)).created
    again = await office.put(version=2, status="disputed")
    assert not again.created
    assert again.version == 2


async def test_an_older_version_changes_nothing(office: Office) -> None:
    """A slow message does not undo a fast one."""
    await office.put("C-1", person("P-1", OTHER_LINE), version=7)
    with pytest.raises(Conflict):
        await office.put("C-1", person("P-1", LINE), version=6)
    assert (await office.ask(address=OTHER_LINE))["verdict"] == "allow"
    assert "unknown_destination" in codes(await office.ask(address=LINE))


async def test_a_case_is_taken_whole_or_not_at_all(office: Office) -> None:
    """One bad address, and everything stays as it was."""
    bad = Person(id="P-2", points=(Point(address="555"),))
    with pytest.raises(BadInput, match=r"persons\[1\]\.points\[0\]"):
        await office.put("C-1", person("P-1", OTHER_LINE), bad)
    assert "unknown_destination" in codes(await office.ask(address=OTHER_LINE))
    with pytest.raises(BadInput, match=r"case\.ref"):
        await office.road.put_case("C-1", PutCase(case=Case(ref="C-2"), persons=(person(),)), CASE_SYSTEM)


async def test_what_the_case_system_no_longer_says_is_gone(office: Office) -> None:
    """It replaces all it said before, and nothing else."""
    barred = Restriction(kind="cease_communication", form="written")
    await office.put("C-1", person("P-1", restrictions=(barred,)), person("P-2", OTHER_LINE))
    assert "cease_communication" in codes(await office.ask())
    await office.put("C-1", person("P-1"))
    assert (await office.ask())["verdict"] == "allow"
    with pytest.raises(BadInput):
        await office.ask(person_id="P-2", address=OTHER_LINE)


async def test_a_thinner_case_never_removes_what_a_person_told_us(office: Office) -> None:
    """Opt-outs and new numbers stand until ended by an act of their own, and the answer lists them."""
    await office.fact(restriction=Restriction(kind="address_refused", address=LINE))
    await office.fact(point=Point(address=OTHER_LINE, line="mobile", label="mobile"))
    result = await office.put("C-1", Person(id="P-1", points=(Point(address=LINE),), evidence=(HOME,)))
    assert [(kept.person, kept.kind, kept.what) for kept in result.kept][:2] == [
        ("P-1", "restriction", "address_refused"),
        ("P-1", "point", "active"),
    ]
    assert codes(await office.ask()) == ["opted_out"]
    assert (await office.ask(address=OTHER_LINE))["verdict"] == "allow"


async def test_a_person_is_one_over_all_cases(office: Office) -> None:
    """What is said with one case binds the other, and neither removes the other's words."""
    await office.put("C-2", person("P-1", OTHER_LINE))
    assert (await office.decide("C-1", address=OTHER_LINE)).verdict == "allow"
    await office.fact("C-2", restriction=Restriction(kind="cease_communication", form="written"))
    assert "cease_communication" in codes(await office.ask("C-1"))
    await office.put("C-2", person("P-1", OTHER_LINE))
    refused = await office.ask("C-1", person_id="P-1")
    assert "cease_communication" in codes(refused)
    assert await office.replays(refused)


async def test_a_person_has_a_role_on_each_case(office: Office) -> None:
    """Debtor on one, employer on the other: what may be said differs."""
    await office.put("C-2", person("P-1", role="employer"), person("P-2", OTHER_LINE))
    assert (await office.decide("C-1")).verdict == "allow"
    told = await office.ask("C-2", person_id="P-1")
    assert codes(told) == ["third_party"]
    assert await office.replays(told)
    assert {row.role for row in (await office.road.now("C-2", AGENT)).items} == {"employer", "debtor"}


async def test_addresses_are_compared_in_their_normal_form(office: Office) -> None:
    """Spaces in a number and capitals in a mailbox make no other address."""
    await office.put("C-1", Person(id="P-1", points=(Point(address="+1 (212) 555-0123"),), evidence=(HOME,)))
    assert (await office.decide(address="+1 212 555 0123")).verdict == "allow"
    await office.fact(restriction=Restriction(kind="address_refused", address="P1@Mail.Example"))
    await office.fact(point=Point(address="p1@mail.example"))
    assert "opted_out" in codes(await office.ask(channel="email", address="P1@MAIL.example"))


async def test_what_is_known_of_an_address_binds_whoever_lists_it(office: Office) -> None:
    """A refusal by one person keeps the line closed for another who lists it, now or later."""
    await office.put("C-2", person("P-2"))
    await office.fact(restriction=Restriction(kind="address_refused", address=LINE))
    assert codes(await office.ask("C-2")) == ["opted_out"]
    await office.put("C-3", person("P-3"))
    assert codes(await office.ask("C-3")) == ["opted_out"]
    assert (await office.now_rows("C-3")) == {"voice": "deny", "sms": "deny"}


async def test_the_case_system_s_own_marks_go_when_it_says_otherwise(office: Office) -> None:
    """A number it called wrong and then right again is right again, for everyone."""
    wrong = Person(id="P-1", points=(Point(address=LINE, status="wrong_number"),), evidence=(HOME,))
    await office.put("C-2", person("P-2"))
    await office.put("C-1", wrong)
    assert "wrong_number" in codes(await office.ask("C-2"))
    await office.put("C-1", person("P-1"))
    assert (await office.ask("C-2"))["verdict"] == "allow"


async def test_a_fact_is_in_force_before_the_answer_and_taken_back_by_its_author_alone(office: Office) -> None:
    """Sixty seconds to take back a slip."""
    fact = await office.fact(restriction=Restriction(kind="address_refused", address=LINE), words="never call this")
    assert fact["take_back_until"] == "2026-03-05T18:01:00Z"
    assert codes(await office.ask()) == ["opted_out"]
    with pytest.raises(Forbidden):
        await office.road.take_back("C-1", fact["id"], STRANGER)
    office.clock.advance(60)
    await office.road.take_back("C-1", fact["id"], AGENT)
    assert (await office.ask())["verdict"] == "allow"
    with pytest.raises(Conflict):
        await office.road.take_back("C-1", fact["id"], AGENT)
    with pytest.raises(NotFound):
        await office.road.take_back("C-1", "no-such-fact", AGENT)


async def test_after_a_minute_only_compliance_ends_a_fact_and_says_why(office: Office) -> None:
    """What a person asked for does not end by a click."""
    fact = await office.fact(restriction=Restriction(kind="cease_communication", form="written"))
    office.clock.advance(61)
    with pytest.raises(Conflict):
        await office.road.take_back("C-1", fact["id"], AGENT)
    with pytest.raises(Forbidden):
        await office.road.end_fact("C-1", fact["id"], "withdrawn in writing", AGENT)
    with pytest.raises(BadInput):
        await office.road.end_fact("C-1", fact["id"], " ", COMPLIANCE)
    assert "cease_communication" in codes(await office.ask())
    await office.road.end_fact("C-1", fact["id"], "withdrawn in writing", COMPLIANCE)
    assert (await office.ask())["verdict"] == "allow"


async def test_a_fact_is_exactly_one_thing_about_someone_on_the_case(office: Office) -> None:
    """Anything else is named and changes nothing."""
    with pytest.raises(BadInput, match="exactly one"):
        await office.fact()
    with pytest.raises(BadInput, match="exactly one"):
        await office.fact(note="a", evidence=HOME)
    with pytest.raises(BadInput, match="person_id"):
        await office.fact(person_id="P-9", note="a")
    with pytest.raises(NotFound):
        await office.fact("C-9", note="a")
    with pytest.raises(BadInput, match="future"):
        await office.fact(note="a", at=Instant(NOON + 3600))
    with pytest.raises(BadInput, match="zones"):
        await office.fact(evidence=Evidence(kind="stated", zones=("America/Nowhere",)))


async def test_where_a_person_says_they_are_counts_at_once(office: Office) -> None:
    """A stated place replaces all other evidence."""
    office.clock.set(NEXT_MORNING)
    assert (await office.decide()).verdict == "allow"
    here = Evidence(kind="stated", country="US", subdivision="CA", zones=("America/Los_Angeles",))
    await office.fact(evidence=here)
    assert {reason.code for reason in (await office.decide()).reasons} == {"outside_hours"}


async def test_a_number_brings_its_evidence_of_place(office: Office) -> None:
    """A Californian number leaves California possible."""
    office.clock.set(NEXT_MORNING)
    await office.fact(point=Point(address="+13105550123", line="mobile", label="mobile"))
    assert codes(await office.ask(address="+13105550123")) == ["outside_hours"]


async def test_a_contact_without_our_permit_counts_like_any_other_and_once(office: Office) -> None:
    """Calls made elsewhere fill the cap; the same report twice is one call."""
    first = await office.record(event_id="e-1")
    again = await office.record(event_id="e-1")
    assert (first["repeated"], again["repeated"], first["id"]) == (False, True, again["id"])
    assert await office.used() == 1
    for place in range(2, 8):
        await office.record(event_id=f"e-{place}", at=Instant(NOON - place * 3600))
    assert codes(await office.ask()) == ["frequency_cap"]


async def test_an_inbound_conversation_starts_the_wait(office: Office) -> None:
    """Whoever rang."""
    await office.record(direction="inbound", outcome="conversation", address="+12125559999")
    assert codes(await office.ask()) == ["post_conversation_wait"]
    (_, row) = await office.rows()
    assert (row.direction, row.outcome, row.person, row.permit) == ("inbound", "conversation", "P-1", None)


async def test_what_cannot_have_happened_is_not_recorded(office: Office) -> None:
    """A contact of tomorrow, or of someone who is not on the case."""
    with pytest.raises(BadInput, match="future"):
        await office.record(at=Instant(NOON + 3600))
    with pytest.raises(BadInput, match="person"):
        await office.record(person="P-9")
    with pytest.raises(NotFound):
        await office.record("C-9")
    assert await office.rows() == []
    assert await office.used() == 0


async def test_now_answers_for_every_way_to_reach_the_people_of_a_case(office: Office) -> None:
    """Each number and channel with yes or no, why and when."""
    mail = Point(address="p1@mail.example")
    fixed = Point(address=OTHER_LINE, line="fixed", label="home")
    await office.put("C-1", Person(id="P-1", points=(mail, fixed), evidence=(HOME,)), person("P-2", LINE))
    await office.permit(person_id="P-2")
    rows = (await office.road.now("C-1", AGENT)).items
    assert [(row.person, row.channel) for row in rows] == [
        ("P-1", "email"), ("P-1", "voice"), ("P-2", "voice"), ("P-2", "sms"),
    ]  # fmt: skip
    assert {(row.person, row.channel): row.verdict for row in rows}[("P-1", "voice")] == "allow"
    busy = next(row for row in rows if (row.person, row.channel) == ("P-2", "voice"))
    assert [reason.code for reason in busy.reasons] == ["too_soon"]
    with pytest.raises(NotFound):
        await office.road.now("C-9", AGENT)


async def test_the_record_is_read_page_by_page_newest_first(office: Office) -> None:
    """With filters, and an agent sees only what is its own."""
    from contactguard.attempts import Filters

    for place in range(5):
        await office.record(event_id=f"e-{place}", at=Instant(NOON - 600 + place), by=STRANGER if place % 2 else AGENT)
    first = await office.road.contacts("C-1", Filters(), 2, None, COMPLIANCE)
    second = await office.road.contacts("C-1", Filters(), 2, first.next, COMPLIANCE)
    last = await office.road.contacts("C-1", Filters(), 2, second.next, COMPLIANCE)
    ids = [row.id for page in (first, second, last) for row in page.items]
    assert (len(set(ids)), last.next) == (5, None)
    assert len(await office.rows(by=AGENT)) == 3
    assert len(await office.rows(outcome="busy")) == 0
    assert len(await office.rows(since=Instant(NOON - 598), until=Instant(NOON - 597))) == 1
    with pytest.raises(BadInput, match="cursor"):
        await office.road.contacts("C-1", Filters(), 2, "nonsense", COMPLIANCE)
    with pytest.raises(NotFound):
        await office.rows("C-9")


async def test_an_erased_person_is_gone_from_every_answer(office: Office) -> None:
    """The case stays; nothing of theirs can be read, nobody is contacted in their name, nothing breaks."""
    permit = await office.permit()
    answer = await office.ask()
    await office.store.erase("P-1", "asked to be forgotten")
    assert await office.rows() == []
    assert (await office.road.now("C-1", AGENT)).items == ()
    assert "unknown_destination" in codes(await office.ask())
    assert (await office.tell(permit, "ended", outcome="no_answer")).state == "ended"
    with pytest.raises(NotFound):
        await office.road.scenario(answer["id"])
    await office.put()
    assert (await office.ask())["verdict"] == "allow"
