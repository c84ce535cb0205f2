"""Texts and e-mails through the road: closed until the person used or agreed to the address, and when that is old."""

from __future__ import annotations

from a_road import AGENT, COMPLIANCE, HOME, LINE, NOON, Office, Offices, codes, person
from contactguard.law.instants import DAY, Instant
from contactguard.law.model import Person, Point
from contactguard.sections import CollectorSettings
from contactguard.settings import Settings

MAIL = "p1@mail.example"


async def test_a_text_opens_texts_for_sixty_dates(office: Office) -> None:
    """And the decision names what opened them, and is decided again alike."""
    assert codes(await office.ask(channel="sms")) == ["no_consent"]
    await office.record(
        by=COMPLIANCE, channel="sms", direction="inbound", outcome="received", address="+1 (212) 555-0123"
    )
    office.clock.set(NOON + 60 * DAY)
    found = await office.ask(channel="sms")
    assert found["verdict"] == "allow", found["reasons"]
    eased = [(one["by"], one["rule"]) for one in found["relaxed_by"]]
    assert eased == [("used.sms", "us-reg-f.text_procedures")]
    assert await office.replays(found)
    office.clock.set(NOON + 61 * DAY)
    assert codes(await office.ask(channel="sms")) == ["no_consent"]


async def test_an_e_mail_opens_its_address_for_good(office: Office) -> None:
    """However long ago it came, and in whatever letters it is written."""
    await office.put("C-1", person("P-1", LINE), version=None)
    await office.fact(point=Point(address="P1@Mail.example"))
    assert codes(await office.ask(channel="email", address=MAIL)) == ["no_consent"]
    await office.record(channel="email", direction="inbound", outcome="received", address="P1@MAIL.EXAMPLE")
    office.clock.set(NOON + 500 * DAY)
    assert (await office.ask(channel="email", address=MAIL))["verdict"] == "allow"


async def test_a_consent_opens_texts_until_it_is_taken_back(office: Office) -> None:
    """At once, both ways."""
    fact = await office.agreed()
    found = await office.ask(channel="sms")
    assert [one["by"] for one in found["relaxed_by"]] == ["consent.contact"]
    await office.road.take_back("C-1", fact["id"], AGENT)
    assert "no_consent" in codes(await office.ask(channel="sms"))


async def test_a_number_that_reaches_somebody_else_is_closed_whatever_opened_it(office: Office) -> None:
    """Whoever said so."""
    await office.agreed()
    told = Point(address=LINE, line="mobile", misdelivered=Instant(NOON))
    await office.put("C-1", Person(id="P-1", points=(told,), evidence=(HOME,)))
    assert "third_party" in codes(await office.ask(channel="sms"))


async def test_a_number_of_our_own_may_be_shown_however_it_is_written(offices: Offices) -> None:
    """In the settings or by whoever asks; another one is refused, and so is one without its country."""
    own = CollectorSettings(id="us", name="Harbor Lane Recovery", numbers=("+1 (800) 555-0100", "44555"))
    office = await offices.open(settings=Settings(collector=(own,)))
    await office.put()
    for number in ("+18005550100", "+1 800 555-0100", "44555", "hidden"):
        assert (await office.decide(caller_id=number)).verdict == "allow", number
    for number in ("+18005550199", "800 555 0100", "Harbor Lane"):
        assert [one.code for one in (await office.decide(caller_id=number)).reasons] == ["caller_id"] * 2, number
