"""What was counted once goes on counting, whatever the case system says of persons, addresses and cases since."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_book import lifted
from a_road import LINE, NOON, OTHER_LINE, SHARED_LINE_CAP, Office, Offices, codes, person
from contactguard.law.history import pack, with_outcome
from contactguard.law.instants import DAY, Day, Instant
from contactguard.law.model import Entry, Restriction
from contactguard.law.reach import Reach
from contactguard.records.people import pruned


async def _capped(offices: Offices, folder: Path, key: str) -> Office:
    """A road with a cap of three calls in seven days, counted by this key."""
    (folder / "cap.toml").write_text(SHARED_LINE_CAP.replace('["address"]', f'["{key}"]'))
    return await offices.open(lifted(folder))


async def _refused(office: Office, ref: str, **ask: str) -> None:
    """The cap is full, and the decision can be decided again from its scenario."""
    answer = await office.ask(ref, **ask)
    assert "frequency_cap" in codes(answer)
    assert await office.replays(answer)


async def test_calls_to_a_line_count_after_it_was_taken_off_the_file(offices: Offices, tmp_path: Path) -> None:
    """One person's number goes over to another: what was called there before still counts for the line."""
    office = await _capped(offices, tmp_path, "address")
    await office.put("C-1", person("P-1", LINE))
    for _ in range(3):
        await office.permit("C-1")
    await office.put("C-1", person("P-1", OTHER_LINE))
    await office.put("C-2", person("P-2", LINE))
    await _refused(office, "C-2")


async def test_a_call_to_a_line_that_nobody_had_on_file_counts(offices: Offices, tmp_path: Path) -> None:
    """Made elsewhere, to a number that its person does not list: whoever lists it later is bound."""
    office = await _capped(offices, tmp_path, "address")
    await office.put("C-1", person("P-1", OTHER_LINE))
    for number in range(3):
        await office.record("C-1", event_id=f"e-{number}", person="P-1", address=LINE)
    await office.put("C-2", person("P-2", LINE))
    await _refused(office, "C-2")


async def test_calls_about_a_case_count_after_someone_was_taken_off_it(offices: Offices, tmp_path: Path) -> None:
    """A rule that counts by the case alone counts those to whoever was on it."""
    office = await _capped(offices, tmp_path, "case")
    both = person("P-1", LINE), person("P-2", OTHER_LINE, role="joint_debtor")
    await office.put("C-1", *both)
    for _ in range(3):
        await office.permit("C-1", person_id="P-1")
    await office.put("C-1", both[1])
    await _refused(office, "C-1", address=OTHER_LINE)
    await office.put("C-1", *both)
    await _refused(office, "C-1", address=OTHER_LINE)


async def test_a_call_told_of_about_a_further_case_counts_there(offices: Offices, tmp_path: Path) -> None:
    """Made elsewhere, about two debts, to someone who is on one of them."""
    office = await _capped(offices, tmp_path, "case")
    await office.put("C-1", person("P-1", LINE))
    await office.put("C-2", person("P-2", OTHER_LINE))
    for number in range(3):
        await office.record("C-1", event_id=f"e-{number}", cases=("C-1", "C-2"))
    await _refused(office, "C-2", address=OTHER_LINE)


async def test_calls_for_a_creditor_count_after_a_case_was_taken_away(offices: Offices, tmp_path: Path) -> None:
    """Calls to a person about a creditor's other debt count, though the person is no longer on that case."""
    office = await _capped(offices, tmp_path, "creditor")
    await office.put("C-1", person("P-1", LINE), person("P-2", OTHER_LINE), creditor="Bank")
    await office.put("C-2", person("P-1", LINE), creditor="Bank")
    for _ in range(3):
        await office.permit("C-1", person_id="P-1")
    await office.put("C-1", person("P-2", OTHER_LINE), creditor="Bank")
    await _refused(office, "C-2")


async def test_an_address_refused_for_a_time_binds_whoever_lists_it(offices: Offices) -> None:
    """Until the last day of it, and no longer."""
    office = await offices.open()
    await office.put("C-1", person("P-1", LINE))
    await office.put("C-2", person("P-2", LINE))
    until = Day(NOON // DAY + 1)
    await office.fact(restriction=Restriction(kind="address_refused", address=LINE, until=until))
    answer = await office.ask("C-2")
    assert codes(answer) == ["opted_out"]
    assert await office.replays(answer)
    office.clock.advance(2 * DAY)
    assert (await office.decide("C-2")).verdict == "allow"


@pytest.mark.parametrize("later", ["failed", "busy"])
def test_an_attempt_that_failed_does_not_hide_a_reply_that_was_sent(later: str) -> None:
    """What tells whether a reply is still owed is kept however old it is."""
    sms = Entry(at=Instant(NOON), channel="sms", outcome="received", direction="inbound", address=LINE, person="P-1")
    asked = pack(sms, "P-1")
    answered = pack(Entry(at=Instant(NOON + 1), channel="sms", outcome="delivered", address=LINE), "P-1")
    failed = pack(Entry(at=Instant(NOON + 2), channel="sms", outcome="delivered", address=LINE), "P-1")
    failed.what = with_outcome(failed.what, later)
    kept = pruned((asked, answered, failed), NOON + 100 * DAY, Reach(()))
    assert kept == (asked, answered, failed)
