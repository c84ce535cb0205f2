"""Documents are a projection of the entries: they equal them, and can be made again from them while asks go on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_past import MAIL, THIRD_LINE, Past, deep, documents, shallow
from a_road import LINE, NOON, OTHER_LINE, Office, Offices, master_key, person
from a_shelf import ANN, Service, ruled, rules, serving
from contactguard.attempts.board.deepen import compared, deepen
from contactguard.attempts.board.retold import Finding
from contactguard.law.history import with_outcome
from contactguard.law.instants import DAY, Instant
from contactguard.law.reach import Reach
from contactguard.records.people import pruned
from contactguard.records.subjects import AddressDoc, CaseDoc, PersonDoc
from contactguard.records.work import Job, Writes
from test_road_permits import ALine

ACTS = 160
SEEDS = range(3)
ADDRESSES = (LINE, OTHER_LINE, THIRD_LINE, MAIL, "+12125550177")


def matter(office: Office, docs: dict[str, Any], reach: Reach) -> dict[str, Any]:
    """What documents say of contacts that may still matter, but for names, which are drawn by lot."""
    out: dict[str, Any] = {}
    for key, doc in docs.items():
        if isinstance(doc, PersonDoc):
            kept = pruned(doc.contacts, int(office.clock.now()), reach)
            out[key] = sorted(str((one.at, one.what, one.address, one.cases, one.lapses)) for one in kept)
    return out


def ties(office: Office, docs: dict[str, Any]) -> dict[str, Any]:
    """Who is tied to which case and address by contacts."""
    named = {office.store.address_key(address): address for address in ADDRESSES}
    out: dict[str, Any] = {}
    for hashed, doc in docs.items():
        key = named.get(hashed, hashed)
        if isinstance(doc, PersonDoc):
            out[key] = set(doc.past)
        elif isinstance(doc, CaseDoc):
            out[key] = set(doc.former)
        elif isinstance(doc, AddressDoc):
            out[key] = set(doc.persons)
    return out


async def changed(office: Office, docs: dict[str, Any]) -> None:
    """Put these documents in place of what is there, as no act of ours would."""
    await office.store.submit(Job(lock=tuple(docs), judge=lambda view: Writes(answer=None, docs=docs)))


async def forgotten(office: Office) -> None:
    """Take every contact out of the documents, and whatever leads to those who were contacted."""
    docs = await documents(office)
    for key, doc in docs.items():
        if isinstance(doc, PersonDoc):
            docs[key] = PersonDoc(doc.person, (), doc.origin, ())
        elif isinstance(doc, CaseDoc):
            docs[key] = msgspec.structs.replace(doc, former=())
    await changed(office, docs)


@pytest.mark.parametrize("seed", SEEDS)
async def test_documents_say_what_the_entries_say(offices: Offices, tmp_path: Path, seed: int) -> None:
    """Whatever was asked, reported, lapsed, told late or moved about by the case system."""
    office = await offices.open(deep(tmp_path), lines={"voice": ALine()})
    await Past(office, seed).live(ACTS)
    said = await compared(office.store, office.road.shelf.keeps)
    assert said.found == ()
    assert said.contacts > 20
    before = await documents(office)
    assert await deepen(office.store, office.road.shelf.keeps, office.road.book) == 0
    assert await documents(office) == before


@pytest.mark.parametrize("seed", SEEDS)
async def test_documents_are_made_again_from_the_entries_alone(offices: Offices, tmp_path: Path, seed: int) -> None:
    """All that may still matter, whoever it leads to."""
    office = await offices.open(deep(tmp_path), lines={"voice": ALine()})
    await Past(office, seed).live(ACTS)
    before = await documents(office)
    await forgotten(office)
    assert (await compared(office.store, office.road.shelf.keeps)).differing
    assert await deepen(office.store, office.road.shelf.keeps, office.road.book)
    after = await documents(office)
    reach = office.road.shelf.keeps.reach
    assert matter(office, after, reach) == matter(office, before, reach)
    assert all(made <= ties(office, before)[key] for key, made in ties(office, after).items())
    assert (await compared(office.store, office.road.shelf.keeps)).found == ()


@pytest.mark.parametrize("seed", SEEDS)
async def test_deepened_documents_are_those_of_one_who_had_kept_everything(
    offices: Offices, tmp_path: Path, seed: int
) -> None:
    """A rulebook that looks further back finds what it would have found had it always been in force."""
    others = Offices(f"sqlite:///{tmp_path}/other.db", master_key(tmp_path / "other.key"))
    short = await offices.open(shallow(tmp_path), lines={"voice": ALine()})
    long = await others.open(deep(tmp_path), lines={"voice": ALine()})
    for office in (short, long):
        await Past(office, seed).live(ACTS)
    wanted, reach = await documents(long), long.road.shelf.keeps.reach
    assert matter(short, await documents(short), reach) != matter(long, wanted, reach)
    assert await deepen(short.store, short.road.shelf.keeps, long.road.book)
    found = await documents(short)
    assert matter(short, found, reach) == matter(long, wanted, reach)
    assert ties(short, found) == ties(long, wanted)
    await others.close()


async def test_every_way_in_which_a_document_can_be_wrong_is_found_and_mended(office: Office) -> None:
    """A contact that is not there, says otherwise, or that no entry tells of; the last is left for people to judge."""
    permits = [await _answered(office, hour) for hour in range(3)]
    doc: PersonDoc = await office.store.doc("person:P-1")
    first, second, third = doc.contacts
    other = msgspec.structs.replace(second, what=with_outcome(second.what, "busy"))
    untold = msgspec.structs.replace(third, id="made-up")
    await changed(office, {"person:P-1": PersonDoc(doc.person, (other, third, untold), doc.origin)})
    keeps = office.road.shelf.keeps
    wrong = (
        Finding("P-1", permits[0], "missing"), Finding("P-1", permits[1], "other"), Finding("P-1", "made-up", "untold"),
    )  # fmt: skip
    before = await documents(office)
    assert (await compared(office.store, keeps)).found == wrong
    assert await documents(office) == before
    assert (await compared(office.store, keeps, mend=True)).found == wrong
    assert (await compared(office.store, keeps)).found == wrong[2:]
    mended: PersonDoc = await office.store.doc("person:P-1")
    assert mended.contacts == (first, second, third, untold)


async def _answered(office: Office, hour: int) -> str:
    """A call that nobody answered, an hour after the last."""
    office.clock.set(NOON + hour * 3600)
    permit = await office.permit()
    await office.tell(permit, "ended", outcome="no_answer")
    return permit


async def test_asks_go_on_while_documents_are_deepened(offices: Offices, tmp_path: Path) -> None:
    """What is asked and reported meanwhile is neither lost nor counted twice."""
    office = await offices.open(shallow(tmp_path))
    people = [f"P-{number}" for number in range(1, 31)]
    for number, id in enumerate(people):
        await office.put(f"C-{number}", person(id))
        await office.permit(f"C-{number}", person_id=id)
    await forgotten(office)
    deepening = asyncio.create_task(deepen(office.store, office.road.shelf.keeps, deep(tmp_path)))
    given = 0
    while not deepening.done():
        number = given % len(people)
        permit = await office.permit(f"C-{number}", person_id=people[number])
        await office.tell(permit, "dialled")
        given += 1
    assert await deepening
    keeps = office.road.shelf.keeps
    assert (await compared(office.store, keeps)).found == ()
    contacts = [len(doc.contacts) for doc in (await documents(office)).values() if isinstance(doc, PersonDoc)]
    assert sum(contacts) == len(people) + given


async def test_a_stream_that_grows_between_reading_and_locking_is_read_on(office: Office) -> None:
    """Whatever comes in between is part of what the document then says."""
    first = await _answered(office, 0)
    await forgotten(office)
    submit = office.store.submit
    between: list[str] = []

    async def slow(job: Job) -> Any:
        if job.height is not None and not between:
            between.append(await _answered(office, 1))
        return await submit(job)

    office.store.submit = slow  # type: ignore[method-assign]
    assert (await compared(office.store, office.road.shelf.keeps, mend=True)).differing == 1
    doc: PersonDoc = await office.store.doc("person:P-1")
    assert [contact.id for contact in doc.contacts] == [first, *between]


async def test_a_report_that_comes_after_its_contact_was_dropped_still_counts(offices: Offices, tmp_path: Path) -> None:
    """Nothing looked at an unanswered call any more; that it was a conversation matters for ever."""
    office = await offices.open(deep(tmp_path))
    await office.put()
    permit = await _answered(office, 0)
    for week in range(1, 9):
        office.clock.set(NOON + week * 7 * DAY)
        await office.road.expire()
        await office.ask()
    assert permit not in [one.id for one in (await office.store.doc("person:P-1")).contacts]
    await office.tell(permit, "right_party", at=Instant(NOON + 60))
    await office.tell(permit, "ended", at=Instant(NOON + 90), outcome="conversation", event_id="late")
    talks = next(one for one in (await office.decide()).counters if one.rule == "test-law.talks")
    assert talks.contacts == (permit,)


async def test_an_erased_person_is_not_brought_back(offices: Offices, tmp_path: Path) -> None:
    """Not even by contacts that are sealed under another's key, when the same id is heard of again."""
    office = await offices.open(deep(tmp_path))
    both = person("P-1"), person("P-2", role="joint_debtor")
    await office.put("C-1", *both)
    await office.permit()
    assert len((await office.store.doc("person:P-2")).contacts) == 1
    await office.store.erase("P-2", "asked to be forgotten")
    await office.put("C-1", both[0])
    office.clock.advance(60)
    await office.put("C-1", *both)
    keeps = office.road.shelf.keeps
    assert (await compared(office.store, keeps)).found == ()
    assert await deepen(office.store, keeps, office.road.book) == 0
    assert (await office.store.doc("person:P-2")).contacts == ()


async def test_what_was_erased_with_one_person_stays_with_the_others(office: Office) -> None:
    """No entry can be read that tells of it, and the document still counts it."""
    await office.put("C-1", person("P-1"), person("P-2", role="joint_debtor"))
    await office.permit()
    await office.store.erase("P-1", "asked to be forgotten")
    said = await compared(office.store, office.road.shelf.keeps, mend=True)
    assert (said.found, said.unread) == ((), 1)
    assert len((await office.store.doc("person:P-2")).contacts) == 1


async def test_progress_is_told_by_cases(offices: Offices) -> None:
    """For whoever watches."""
    office = await offices.open()
    for number in range(11):
        await office.put(f"C-{number}", person(f"P-{number}"))
    seen: list[int] = []
    await compared(office.store, office.road.shelf.keeps, lambda done, of: seen.append(done))
    assert seen == [8, 11]


async def test_no_process_drops_again_what_was_brought_back_for_a_rulebook_to_come(
    offices: Offices, tmp_path: Path
) -> None:
    """Between its preparation and its instant other processes ask, report and drop by both rulebooks."""
    service = await serving(offices, rules(tmp_path / "rules"))
    other = Service(service.store, ruled(), service.clock)
    await other.asked()
    for number in range(8):
        await other.record(event_id=f"old-{number}", at=Instant(service.at - (60 - number) * DAY))
    assert len((await service.store.doc("person:P-1")).contacts) < 8
    since = service.at + 3600
    await service.activate(rules(tmp_path / "new", limit=100, dates=90), since=since)
    for number in range(16):
        await other.record(event_id=f"new-{number}")
    service.clock.set(since)
    for one in (service, other):
        (counter,) = (await one.decide()).counters
        assert counter.used == 25
    assert (await compared(service.store, service.shelf.keeps)).found == ()


async def test_going_back_to_a_rulebook_that_looks_less_far_drops_what_only_the_other_looked_at(
    offices: Offices, tmp_path: Path
) -> None:
    """And coming back to it again finds everything once more."""
    service = await serving(offices, rules(tmp_path / "rules"))
    for number in range(8):
        await service.record(event_id=f"old-{number}", at=Instant(service.at - (60 - number) * DAY))
    for _ in range(2):
        await service.activate(rules(tmp_path / "new", limit=100, dates=90))
        service.clock.advance(5)
        (counter,) = (await service.decide()).counters
        assert counter.used >= 8
        await service.acts.back(ANN)
        service.clock.advance(5)
        await service.shelf.poll()
        for number in range(8):
            await service.record(event_id=f"now-{service.at}-{number}")
        held = (await service.store.doc("person:P-1")).contacts
        assert len([one for one in held if one.at < service.at - 30 * DAY]) <= 1
