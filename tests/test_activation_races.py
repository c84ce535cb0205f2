"""What crosses an activation: starts at once, clocks that stand apart, a withdrawal at a bad moment, an empty board."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import msgspec
import pytest

from a_command import run
from a_road import Offices
from a_shelf import ANN, BEN, Service, digest_of, ruled, rules, serving
from contactguard.app import open_house
from contactguard.attempts import Who
from contactguard.attempts.board import acts
from contactguard.attempts.board.acts import MOST_COMING
from contactguard.attempts.board.deepen import deepen
from contactguard.attempts.board.editions import Board
from contactguard.cli.activation import _packed
from contactguard.clock import SimulatedClock
from contactguard.errors import Conflict, Forbidden, StoreDown
from contactguard.law.instants import DAY
from contactguard.records.store import Store
from contactguard.rules import load
from contactguard.sections import House, RuleSettings, StoreSettings
from contactguard.settings import Settings


async def test_of_several_starts_with_changed_settings_none_finds_a_fault(offices: Offices, tmp_path: Path) -> None:
    """One puts them in force, the others find that done."""
    service = await serving(offices, rules(tmp_path / "rules"))
    changed = msgspec.structs.replace(ruled(), assume=())
    services = [Service(service.store, changed, service.clock) for _ in range(3)]
    await asyncio.gather(*(one.begin(rules(tmp_path / "new", limit=9)) for one in services))
    assert [one.acts.fault for one in services] == [None] * 3
    assert sorted(await service.kinds()) == ["rulebook_activated"] * 2 + ["settings_changed"]


@pytest.mark.parametrize("variant", ["A\u200bnn L\u00e9e", "Ａnn Le\u0301e", "ann\u00a0 l\u00c9E"])
async def test_a_name_in_other_letters_is_the_same_person(offices: Offices, tmp_path: Path, variant: str) -> None:
    """What looks alike does not approve itself."""
    service = await serving(offices, rules(tmp_path / "rules"), ruled(four_eyes=True))
    new = await service.keep(rules(tmp_path / "new", limit=5))
    outcome = await service.acts.activate(new, Who(by="Ann L\u00e9e"))
    with pytest.raises(Forbidden):
        await service.acts.approve(outcome.proposal or "", Who(by=variant))


async def test_back_while_another_is_to_come_says_what_to_do(offices: Offices, tmp_path: Path) -> None:
    """Whoever takes fright in the seconds before a rulebook holds means that one, not the one in force."""
    service = await serving(offices, rules(tmp_path / "rules"))
    await service.activate(rules(tmp_path / "new", limit=5))
    service.clock.advance(2)
    last, _ = await service.activate(rules(tmp_path / "newest", limit=6))
    with pytest.raises(Conflict, match=f"regimes withdraw {last}"):
        await service.acts.back(ANN)


async def test_an_activation_takes_the_settings_that_will_hold_then(offices: Offices, tmp_path: Path) -> None:
    """Not those in force while they are about to change."""
    service = await serving(offices, rules(tmp_path / "rules"))
    changed = msgspec.structs.replace(ruled(), assume=())
    await Service(service.store, changed, service.clock).begin(rules(tmp_path / "rules"))
    _, since = await service.activate(rules(tmp_path / "new", limit=5), since=int(service.clock.now()) + 60)
    turn = service.shelf.board.turn(since)
    assert turn is not None
    assert turn.terms.assume == ()


async def test_a_process_whose_clock_is_ahead_keeps_what_the_rulebook_in_force_looks_at(
    offices: Offices, tmp_path: Path
) -> None:
    """What is in force goes by the store's clock."""
    service = await serving(offices, rules(tmp_path / "rules", limit=50, dates=100))
    since = int(service.clock.now()) + 3600
    await service.activate(rules(tmp_path / "new", limit=5), since=since)
    ahead = Service(service.store, ruled(), service.clock)
    await ahead.shelf.poll()
    for digest in ahead.shelf.wanted():
        await ahead.shelf.load(digest)
    before, clock = ahead.shelf.keeps.reach, ahead.store.clock
    ahead.store.clock = SimulatedClock(clock.now() + 2 * 3600, runs=False)
    await ahead.shelf.poll()
    assert ahead.shelf.keeps.reach.looks == before.looks


async def test_a_rulebook_withdrawn_while_it_is_prepared_for_does_not_come_into_force(
    offices: Offices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contacts brought back for it may be dropped again from that moment on."""
    service = await serving(offices, rules(tmp_path / "rules"))
    new = await service.keep(rules(tmp_path / "new", limit=18, dates=100))

    async def interrupted(store: Store, *given: object) -> int:
        done = await deepen(store, *given)  # type: ignore[arg-type]
        await Service(service.store, ruled(), service.clock).acts.withdraw(new, BEN)
        return done

    monkeypatch.setattr("contactguard.attempts.board.settling.deepen", interrupted)
    with pytest.raises(Conflict, match="withdrawn"):
        await service.acts.activate(new, ANN)
    service.clock.advance(5)
    assert await service.asked() == digest_of(rules(tmp_path / "rules"))


async def test_a_preparation_that_was_broken_off_is_shown_until_somebody_goes_on(
    offices: Offices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under way in the process that is at it, and as left behind in every one afterwards."""
    service = await serving(offices, rules(tmp_path / "rules"))
    new = await service.keep(rules(tmp_path / "new", limit=18, dates=100))

    async def broken(store: Store, *given: object) -> int:
        assert [(one.digest, one.here) for one in (await service.acts.standing()).preparing] == [(new, True)]
        raise StoreDown("gone")

    with monkeypatch.context() as breaking:
        breaking.setattr("contactguard.attempts.board.settling.deepen", broken)
        with pytest.raises(StoreDown):
            await service.acts.activate(new, ANN)
    for one in (service, Service(service.store, ruled(), service.clock)):
        assert [(one.digest, one.here) for one in (await one.acts.standing()).preparing] == [(new, False)]
    await service.acts.activate(new, ANN)
    assert (await service.acts.standing()).preparing == ()


async def test_the_first_rulebook_of_an_older_store_finds_what_its_documents_dropped(
    offices: Offices, tmp_path: Path
) -> None:
    """They were kept by a release that knew no rulebooks, as far back as its own rules looked."""
    older = await offices.open(load.unpack(rules(tmp_path / "older", limit=50)))
    await older.put()
    for number in range(16):
        older.clock.advance(DAY)
        await older.record(event_id=f"then-{number}")
    service = Service(older.store, ruled(), older.clock)
    await service.begin(rules(tmp_path / "rules", limit=50, dates=100))
    (counter,) = (await service.decide()).counters
    assert counter.used == 16
    assert await service.kinds() == ["rulebook_activated"]


@pytest.mark.parametrize("link", ["more.toml", "nowhere.toml"])
async def test_rule_files_that_the_disk_refuses_stop_no_service(tmp_path: Path, link: str) -> None:
    """It goes on by what is stored, and says which file it is."""
    own = tmp_path / "own"
    rules(own)
    store = StoreSettings(url=f"sqlite:///{tmp_path}/store.db")
    settings = Settings(store=store, rules=RuleSettings(dirs=(str(own),), lead_seconds=1))
    async with open_house(settings, serves=True) as house:
        digest = house.shelf.digest
    (own / "more.toml").symlink_to(link)
    async with open_house(settings, serves=True) as house:
        assert house.shelf.digest == digest
        assert "more.toml" in (house.activation.fault or "")


async def test_an_ask_outlasts_many_acts_in_a_row(
    offices: Offices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new edition is read, and the ask is put once more; it never fails for that."""
    service = await serving(offices, rules(tmp_path / "rules"))
    other = Service(service.store, ruled(), service.clock)
    digests = [f"{number:064x}" for number in range(20)]
    read = service.shelf.read

    async def overtaken(edition: int | None = None) -> Board:
        board = await read(edition)
        if digests:
            await other.acts.sign("test-law", digests.pop(), "counsel", ANN)
        return board

    await other.acts.sign("test-law", digests.pop(), "counsel", ANN)
    monkeypatch.setattr(service.shelf, "read", overtaken)
    assert (await service.ask())["verdict"] == "allow"
    assert digests == []


async def test_what_a_command_put_in_force_before_any_start_holds_with_the_settings_of_the_service(
    offices: Offices, tmp_path: Path
) -> None:
    """The command may have been told of no settings; the service's hold from its first start on."""
    office = await offices.open()
    command = Service(office.store, ruled(), office.clock)
    digest, since = await command.activate(rules(tmp_path / "new", limit=5))
    service = Service(office.store, msgspec.structs.replace(ruled(), assume=()), office.clock)
    await service.begin(rules(tmp_path / "rules"))
    turn = service.shelf.board.turn(since + 60)
    assert turn is not None
    assert (turn.digest, turn.terms.assume, service.acts.fault) == (digest, (), None)


async def test_however_many_are_to_come_the_one_in_force_stays_known(offices: Offices, tmp_path: Path) -> None:
    """There is an end to what can be planned ahead."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=5)
    service = await serving(offices, old)
    soon = int(service.clock.now()) + DAY
    for number in range(MOST_COMING):
        await service.activate((new, old)[number % 2], since=soon + number)
    with pytest.raises(Conflict, match="withdraw one"):
        await service.activate((new, old)[MOST_COMING % 2], since=soon + MOST_COMING)
    assert await service.asked() == digest_of(old)


def test_status_says_what_was_broken_off(tmp_path: Path) -> None:
    """With what to do about it."""
    url = f"sqlite:///{tmp_path}/store.db"

    async def begun() -> None:
        async with open_house(Settings(store=StoreSettings(url=url))) as house:
            await house.activation._submit(partial(acts.preparing, "sha256:new"))

    asyncio.run(begun())
    said = run("regimes", "status", "--db", url, cwd=tmp_path)
    assert (said.status, "preparing  sha256:new: " in said.out, "broken off" in said.out) == (0, True, True)


def test_folders_put_in_force_before_any_start_go_with_the_settings_numbers_of_the_house(tmp_path: Path) -> None:
    """There are none in force yet that could be kept, and none are lifted."""
    store = StoreSettings(url=f"sqlite:///{tmp_path}/store.db")
    settings = Settings(store=store, house=House(gap_minutes=60))
    rules(tmp_path / "own")

    async def made() -> None:
        async with open_house(settings):
            pass

    asyncio.run(made())
    body = _packed(settings, [str(tmp_path / "own")], None)
    assert body is not None
    assert load.packed_house(body).gap_minutes == 60
