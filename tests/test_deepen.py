"""Documents are a projection of the entries: they equal them, and can be made again from them while asks go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from a_past import MAIL, THIRD_LINE, Past, deep, documents, shallow
from a_road import LINE, OTHER_LINE, Office, Offices, master_key
from contactguard.attempts.deepen import compared, deepen
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
