"""Documents are a projection of the entries: they equal them, and can be made again from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from a_past import Past, deep
from a_road import Office, Offices
from contactguard.attempts.deepen import compared
from contactguard.records.people import pruned
from contactguard.records.subjects import PersonDoc
from test_road_permits import ALine

ACTS = 160


def matter(office: Office, docs: dict[str, Any]) -> dict[str, set[Any]]:
    """Of every person the contacts that may still matter, without their names, which are drawn by lot."""
    return {
        key: {
            (one.at, one.what, one.address, one.cases, one.lapses)
            for one in pruned(doc.contacts, int(office.clock.now()), office.road.setup.reach)
        }
        for key, doc in docs.items()
        if isinstance(doc, PersonDoc)
    }


@pytest.mark.parametrize("seed", range(4))
async def test_documents_say_what_the_entries_say(offices: Offices, tmp_path: Path, seed: int) -> None:
    """Whatever was asked, reported, lapsed, told late or moved about by the case system."""
    office = await offices.open(deep(tmp_path), lines={"voice": ALine()})
    await Past(office, seed).live(ACTS)
    said = await compared(office.store, office.road.setup)
    assert said.found == ()
    assert said.contacts > 20
