"""An approval is bound to what was read, and nobody ends the need for two people alone."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from a_road import Offices
from a_shelf import ANN, BEN, Service, digest_of, ruled, rules, serving
from contactguard.attempts import Who, terms_of
from contactguard.errors import BadInput, Conflict, NotFound
from contactguard.settings import Settings

CID = Who(by="Cid")
LAX = terms_of(msgspec.structs.replace(Settings(), assume=()))


async def two_person(offices: Offices, tmp_path: Path) -> tuple[Service, str]:
    """A service where it takes two people, and another rulebook kept in its store."""
    service = await serving(offices, rules(tmp_path / "rules"), ruled(four_eyes=True))
    return service, await service.keep(rules(tmp_path / "new", limit=5))


async def test_an_approval_holds_for_what_was_read_and_nothing_else(offices: Offices, tmp_path: Path) -> None:
    """The same rules with other settings, at another time or by somebody else are another proposal."""
    service, new = await two_person(offices, tmp_path)
    read = await service.acts.activate(new, ANN)
    await service.acts.activate(new, ANN)
    at = int(service.clock.now()) + 3600
    others = [
        await service.acts.activate(new, ANN, terms=LAX),
        await service.acts.activate(new, ANN, since=at),
        await service.acts.activate(new, CID),
    ]
    assert len({read.proposal, *(one.proposal for one in others)}) == 4 == len(service.shelf.board.proposals)
    await service.acts.approve(read.proposal or "", BEN)
    turn = service.shelf.board.turns[-1]
    assert (turn.digest, turn.terms, turn.by) == (new, terms_of(ruled()), "Ann")


async def test_a_proposal_shows_which_settings_would_change(offices: Offices, tmp_path: Path) -> None:
    """Each with what it is and what it would be."""
    service, new = await two_person(offices, tmp_path)
    outcome = await service.acts.activate(new, ANN, terms=LAX)
    (shown,) = (await service.acts.standing()).proposed
    assert shown.id == outcome.proposal
    ((change),) = shown.changes
    assert (change.setting, change.now, change.then) == ("assume", Settings().assume, ())


async def test_a_digest_will_do_only_where_it_says_all(offices: Offices, tmp_path: Path) -> None:
    """On the command line, for rules alone, from now on, proposed once."""
    service, new = await two_person(offices, tmp_path)
    with pytest.raises(NotFound):
        await service.acts.approve_named(new, BEN)
    for said in ({"terms": LAX}, {"since": int(service.clock.now()) + 3600}):
        outcome = await service.acts.activate(new, ANN, **said)  # type: ignore[arg-type]
        with pytest.raises(Conflict, match="by the id"):
            await service.acts.approve_named(new, BEN)
        await service.acts.withdraw(outcome.proposal or "", ANN)
    await service.acts.activate(new, ANN)
    with pytest.raises(NotFound):
        await service.acts.approve(new, BEN)
    assert (await service.acts.approve_named(new, BEN)).standing == "scheduled"


async def test_settings_that_end_it_wait_for_approval_themselves(offices: Offices, tmp_path: Path) -> None:
    """Until then every process needs two people, whatever its own settings say."""
    body = rules(tmp_path / "rules")
    service, new = await two_person(offices, tmp_path)
    again = Service(service.store, ruled(), service.clock)
    await again.begin(body)
    for one in (again, Service(service.store, ruled(), service.clock)):
        assert (await one.acts.activate(new, ANN)).standing == "proposed"
    shown = {one.by: one for one in (await again.acts.standing()).proposed}
    assert [(one.setting, one.now, one.then) for one in shown["settings"].changes] == [("four_eyes", True, False)]
    third = Service(service.store, ruled(), service.clock)
    await third.begin(body)
    assert (await third.acts.activate(new, CID)).standing == "proposed"
    await third.acts.approve(shown["settings"].id, BEN)
    assert (await third.acts.activate(new, CID, since=int(service.clock.now()) + 60)).standing == "scheduled"


async def test_a_process_that_has_not_heard_of_it_needs_two_people_too(offices: Offices, tmp_path: Path) -> None:
    """What the board says counts when the act is written down, not when this process last read it."""
    service = await serving(offices, rules(tmp_path / "rules"))
    new = await service.keep(rules(tmp_path / "new", limit=5))
    await Service(service.store, ruled(four_eyes=True), service.clock).begin(rules(tmp_path / "rules"))
    assert (await service.acts.activate(new, ANN)).standing == "proposed"
    service.clock.advance(5)
    assert await service.asked() == digest_of(rules(tmp_path / "rules"))


@pytest.mark.parametrize("name", ["Ann\nBen", "Ann\x1b[2K", "Ann\u202eneB", "A\x00", "Ann\u2028"])
def test_a_name_is_one_line_that_can_be_read(name: str) -> None:
    """It is shown to whoever approves."""
    with pytest.raises(BadInput, match="control characters"):
        Who(by=name)
