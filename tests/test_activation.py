"""A rulebook comes into force at one instant; two people where it takes two; and back again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from a_road import NOON, Offices, codes
from a_shelf import ANN, BEN, Service, digest_of, ruled, rules, serving, smuggled
from contactguard.attempts import Who
from contactguard.attempts.board.shelf import MOST_BOOKS
from contactguard.errors import BadInput, Conflict, Forbidden, NotFound, StoreDown
from contactguard.law.rulebook import RuleError
from contactguard.records.work import View
from contactguard.rules import load
from contactguard.sections import CollectorSettings
from contactguard.settings import Settings


async def test_the_first_start_puts_the_settings_rules_in_force(offices: Offices, tmp_path: Path) -> None:
    """At once, with an entry, and whoever is asked goes by them."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    assert await service.asked() == digest_of(body)
    assert await service.kinds() == ["rulebook_activated"]
    assert service.shelf.board.turn(NOON).act == "started"  # type: ignore[union-attr]


async def test_a_start_with_the_same_settings_changes_nothing(offices: Offices, tmp_path: Path) -> None:
    """Not even the files on the disk matter then: what is stored stays in force."""
    service = await serving(offices, rules(tmp_path / "rules"))
    digest, since = await service.activate(rules(tmp_path / "other", limit=9))
    service.clock.set(since)
    again = Service(service.store, ruled(), service.clock)
    await again.begin(rules(tmp_path / "rules"))
    assert await again.asked() == digest
    assert await service.kinds() == ["rulebook_activated"] * 2


async def test_changed_rules_of_the_settings_are_put_in_force_at_a_start(offices: Offices, tmp_path: Path) -> None:
    """Soon; the record says which setting changed, and the log warns of it."""
    service = await serving(offices, rules(tmp_path / "rules"))
    body = rules(tmp_path / "rules", limit=9)
    again = Service(service.store, ruled(), service.clock)
    with capture_logs() as logged:
        await again.begin(body)
    assert [one["after"] for one in logged if one["event"] == "settings_changed"] == [digest_of(body)]
    service.clock.advance(1)
    assert await again.asked() == digest_of(body)
    kind, said = (await again.entries())[-1]
    assert (kind, said["changed"]) == ("settings_changed", ["rules"])


async def test_changed_settings_that_touch_a_decision_change_with_the_rulebook(
    offices: Offices, tmp_path: Path
) -> None:
    """What is vouched for and who collects hold from the same instant on in every process, whatever its own file."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    changed = msgspec.structs.replace(ruled(), assume=(), collector=(CollectorSettings(id="a", name="A"),))
    await Service(service.store, changed, service.clock).begin(body)
    await service.ask()
    assert _settings(service).assume == Settings().assume
    service.clock.advance(1)
    await service.ask()
    assert _settings(service).assume == ()
    assert [one.id for one in _settings(service).collector] == ["a"]
    assert (await service.entries())[-1][1]["changed"] == ["assume", "collector"]


def _settings(service: Service) -> Settings:
    """By what settings this service judges now."""
    return service.shelf.of(View(at=int(service.clock.now()), docs={})).settings


async def test_until_its_instant_the_old_rulebook_answers_and_from_it_on_the_new(
    offices: Offices, tmp_path: Path
) -> None:
    """To the second, for asks and for questions about another time alike; each stored decision can be decided again."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=0)
    service = await serving(offices, old)
    _, since = await service.activate(new, since=NOON + 60)
    assert since == NOON + 60
    service.clock.set(since - 1)
    before = await service.ask()
    assert (before["rulebook"], before["verdict"]) == (digest_of(old), "allow")
    assert (await service.decide(at=since)).rulebook == digest_of(new)
    assert (await service.decide(at=since - 1)).rulebook == digest_of(old)
    service.clock.set(since)
    after = await service.ask()
    assert (after["rulebook"], codes(after)) == (digest_of(new), ["frequency_cap"])
    assert (await service.decide(at=since - 1)).rulebook == digest_of(old)
    assert await service.replays(after)


async def test_another_process_knows_without_being_told(offices: Offices, tmp_path: Path) -> None:
    """Its next batch brings the newer edition, and nothing is judged by the old."""
    service = await serving(offices, rules(tmp_path / "rules"))
    other = Service(service.store, ruled(), service.clock)
    assert await other.asked() == digest_of(rules(tmp_path / "rules"))
    digest, since = await service.activate(rules(tmp_path / "new", limit=5))
    service.clock.set(since)
    assert await other.asked() == digest


async def test_the_one_before_comes_back(offices: Offices, tmp_path: Path) -> None:
    """And back once more is the newer one again."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=5)
    service = await serving(offices, old)
    with pytest.raises(Conflict, match="no rulebook before"):
        await service.acts.back(ANN)
    await service.activate(new)
    for expected in (new, old, new):
        service.clock.advance(2)
        assert await service.asked() == digest_of(expected)
        await service.acts.back(ANN)
    acts = [said["act"] for _, said in await service.entries()]
    assert acts == ["started", "activated", "back", "back", "back"]


async def test_what_is_in_force_is_not_activated_again(offices: Offices, tmp_path: Path) -> None:
    """Nor what has no name here, nor from an instant that has passed."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    with pytest.raises(Conflict, match="in force already"):
        await service.activate(body)
    with pytest.raises(NotFound):
        await service.acts.activate("sha256:none", ANN)
    with pytest.raises(BadInput, match=r"^at: .* has passed"):
        await service.activate(rules(tmp_path / "new", limit=5), since=NOON - 61)
    _, since = await service.activate(rules(tmp_path / "new", limit=5), since=NOON - 60)
    assert since == int(service.clock.now()) + 1


async def test_nothing_takes_the_place_of_what_is_to_come_at_the_same_instant(offices: Offices, tmp_path: Path) -> None:
    """Whoever means that says so by withdrawing the other one; a start takes the next second."""
    service = await serving(offices, rules(tmp_path / "rules"))
    first, _ = await service.activate(rules(tmp_path / "new", limit=5))
    other = rules(tmp_path / "other", limit=6)
    with pytest.raises(Conflict, match=f"regimes withdraw {first}"):
        await service.activate(other)
    later, since = await service.activate(other, since=NOON + 60)
    with pytest.raises(Conflict, match=f"regimes withdraw {later}"):
        await service.activate(rules(tmp_path / "new", limit=7), since=since)
    again = Service(service.store, msgspec.structs.replace(ruled(), assume=()), service.clock)
    await again.begin(rules(tmp_path / "rules"))
    turns = again.shelf.board.turns
    assert [turn.act for turn in turns] == ["started", "activated", "settings", "activated"]
    assert turns[2].since == turns[1].since + 1


async def test_a_proposal_is_approved_at_no_instant_that_is_taken(offices: Offices, tmp_path: Path) -> None:
    """Nor made for one, or for one that has passed."""
    service = await serving(offices, rules(tmp_path / "rules"), ruled(four_eyes=True))
    new, other = [await service.keep(rules(tmp_path / "new", limit=limit)) for limit in (5, 6)]
    proposals = [await service.acts.activate(one, ANN, since=NOON + 60) for one in (new, other)]
    await service.acts.approve(proposals[0].proposal or "", BEN)
    with pytest.raises(Conflict, match=f"regimes withdraw {new}"):
        await service.acts.approve(proposals[1].proposal or "", BEN)
    with pytest.raises(Conflict, match=f"regimes withdraw {new}"):
        await service.acts.activate(other, Who(by="Cid"), since=NOON + 60)
    with pytest.raises(BadInput, match=r"^at: "):
        await service.acts.activate(other, ANN, since=NOON - 61)


async def test_what_is_to_come_can_be_withdrawn(offices: Offices, tmp_path: Path) -> None:
    """What is in force cannot."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=5)
    service = await serving(offices, old)
    digest, since = await service.activate(new, since=NOON + 60)
    await service.acts.withdraw(digest, BEN)
    service.clock.set(since)
    assert await service.asked() == digest_of(old)
    with pytest.raises(NotFound):
        await service.acts.withdraw(digest_of(old), BEN)


async def test_with_four_eyes_another_person_approves(offices: Offices, tmp_path: Path) -> None:
    """Until then nothing changes, and the record names both."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=5)
    service = await serving(offices, old, ruled(four_eyes=True))
    outcome = await service.acts.activate(await service.keep(new), ANN)
    assert (outcome.standing, outcome.since) == ("proposed", None)
    service.clock.advance(60)
    assert await service.asked() == digest_of(old)
    for same in (ANN, Who(by=" ANN ")):
        with pytest.raises(Forbidden):
            await service.acts.approve(outcome.proposal or "", same)
    await service.acts.approve(outcome.proposal or "", BEN)
    service.clock.advance(1)
    assert await service.asked() == digest_of(new)
    said = dict(await service.entries())
    assert said["rulebook_approved"] == {
        "proposal": outcome.proposal,
        "digest": digest_of(new),
        "proposed_by": "Ann",
        "by": "Ben",
        "key": "command",
    }
    assert said["rulebook_activated"]["approved_by"] == "Ben"
    with pytest.raises(NotFound):
        await service.acts.approve(outcome.proposal or "", BEN)


async def test_one_key_is_one_person_whatever_it_calls_itself(offices: Offices, tmp_path: Path) -> None:
    """Renaming oneself is no second pair of eyes."""
    service = await serving(offices, rules(tmp_path / "rules"), ruled(four_eyes=True))
    outcome = await service.acts.activate(
        await service.keep(rules(tmp_path / "new", limit=5)), Who(by="Ann", key="key-1")
    )
    with pytest.raises(Forbidden):
        await service.acts.approve(outcome.proposal or "", Who(by="Ben", key="key-1"))


@pytest.mark.parametrize("then", [True, False])
async def test_with_four_eyes_changed_settings_are_proposed(offices: Offices, tmp_path: Path, then: bool) -> None:
    """Also by the start that would lift them."""
    old, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=5)
    service = await serving(offices, old, ruled(four_eyes=True))
    again = Service(service.store, ruled(four_eyes=then), service.clock)
    await again.begin(new)
    again.clock.advance(60)
    assert await again.asked() == digest_of(old)
    standing = await again.acts.standing()
    assert [(one.digest, one.by) for one in standing.proposed] == [(digest_of(new), "settings")]
    await again.acts.approve(standing.proposed[0].id, BEN)
    again.clock.advance(1)
    assert await again.asked() == digest_of(new)


async def test_what_a_process_cannot_read_it_denies_and_still_takes_reports(offices: Offices, tmp_path: Path) -> None:
    """A rulebook in force that is damaged, or of a newer program, answers nothing; what happened is written down."""
    service = await serving(offices, rules(tmp_path / "rules"))
    permit = await service.permit()
    await service.store.keep_rulebook("sha256:damaged", b"damaged")
    await service.store.submit(smuggled("sha256:damaged"))
    service.clock.advance(5)
    with pytest.raises(StoreDown, match="cannot be read here"):
        await service.ask()
    with pytest.raises(StoreDown):
        await service.decide()
    assert list(service.shelf.missing()) == ["sha256:damaged"]
    view = await service.tell(permit, "ended", outcome="no_answer")
    assert view.state == "ended"


async def test_a_rulebook_that_looks_further_back_finds_what_it_looks_for(offices: Offices, tmp_path: Path) -> None:
    """Documents are deepened first: contacts long dropped from them count again."""
    service = await serving(offices, rules(tmp_path / "rules"))
    for number in range(9):
        await service.record(event_id=f"old-{number}", at=service.at - (90 - number) * 86_400)
    service.clock.advance(86_400)
    for number in range(9):
        await service.record(event_id=f"new-{number}")
    await service.activate(rules(tmp_path / "new", limit=18, dates=100))
    service.clock.advance(1)
    (counter,) = (await service.decide()).counters
    assert (counter.used, counter.limit) == (18, 18)
    assert [kind for kind in await service.kinds() if kind != "settings_changed"] == [
        "rulebook_activated",
        "rulebook_preparing",
        "rulebook_activated",
    ]


async def test_other_zone_data_change_the_rulebook_in_force_and_nothing_else(
    offices: Offices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of the installation: the same rules under their new name, also where it takes two to change rules."""
    with monkeypatch.context() as older:
        older.setattr(load.tzdata, "IANA_VERSION", "2020a")
        body = rules(tmp_path / "rules")
        service = await serving(offices, body, ruled(four_eyes=True))
        assert (await service.ask())["tzdata"] == "2020a"
    again = Service(service.store, ruled(four_eyes=True), service.clock)
    await again.begin(rules(tmp_path / "rules"))
    again.clock.advance(1)
    answer = await again.ask()
    assert (answer["rulebook"], answer["tzdata"]) == (digest_of(body), load.tzdata.IANA_VERSION)
    assert (await again.acts.standing()).in_force.act == "zone_data"  # type: ignore[union-attr]


async def test_a_rehearsal_says_what_would_differ_and_changes_nothing(offices: Offices, tmp_path: Path) -> None:
    """By rule, with the decisions in question."""
    service = await serving(offices, rules(tmp_path / "rules"))
    permit = await service.permit()
    report = await service.acts.rehearse(7, rules(tmp_path / "new", limit=0))
    assert (report.decided, report.stopped) == (1, 1)
    assert [(one.rule, one.decisions) for one in report.rules] == [("test-cap.cap", (permit,))]
    assert await service.kinds() == ["rulebook_activated"]


async def test_a_start_whose_files_cannot_be_read_goes_on_by_what_is_stored(offices: Offices, tmp_path: Path) -> None:
    """And says why; where nothing is stored there is nothing to go on by."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    fault = RuleError("own/law.toml", "rule hours", "unknown kind")
    again = Service(service.store, ruled(), service.clock)
    await again.acts.go_on(fault)
    assert await again.asked() == digest_of(body)
    assert again.acts.fault == "own/law.toml: rule hours: unknown kind"


async def test_a_first_start_whose_files_cannot_be_read_is_none(offices: Offices) -> None:
    """The fault is the operator's to mend."""
    office = await offices.open()
    with pytest.raises(RuleError, match="unknown kind"):
        await Service(office.store, ruled(), office.clock).acts.go_on(RuleError("own/law.toml", "", "unknown kind"))


async def test_a_process_that_only_commands_changes_nothing_and_reads_no_rules(
    offices: Offices, tmp_path: Path
) -> None:
    """Whatever its settings say."""
    service = await serving(offices, rules(tmp_path / "rules"))
    command = Service(service.store, ruled(require_signed=True), service.clock)
    await command.shelf.poll()
    await command.put("C-2")
    assert command.shelf.books() == ()
    assert await service.kinds() == ["rulebook_activated"]


async def test_of_several_first_starts_at_once_one_puts_a_rulebook_in_force(offices: Offices, tmp_path: Path) -> None:
    """The others find it there."""
    body = rules(tmp_path / "rules")
    office = await offices.open()
    services = [Service(office.store, ruled(), office.clock) for _ in range(3)]
    await asyncio.gather(*(service.begin(body) for service in services))
    assert await services[0].kinds() == ["rulebook_activated"]


async def test_however_many_rulebooks_are_looked_at_few_are_held(offices: Offices, tmp_path: Path) -> None:
    """Those in force and to come among them; another one is read again when it is asked for."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    for limit in range(1, 2 * MOST_BOOKS):
        await service.acts.rehearse(1, rules(tmp_path / "new", limit=limit))
    assert len(service.shelf._books) <= MOST_BOOKS
    assert await service.asked() == digest_of(body)
    first = digest_of(rules(tmp_path / "new", limit=1))
    assert (await service.acts.activate(first, ANN)).digest == first
