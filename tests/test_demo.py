"""The made-up agency: who is in it, and that its three lines hold at any hour."""

from __future__ import annotations

import msgspec
import phonenumbers
import pytest

from a_book import shipped
from a_road import Office, Offices
from contactguard import demo
from contactguard.attempts import Ask
from contactguard.intake import places
from contactguard.law.answers import Decision
from contactguard.law.instants import parse_instant
from contactguard.operations import BY_COMMAND, read_case

COUNTRIES = {"US": "United States", "ES": "Spain", "PT": "Portugal", "SE": "a country without rules"}


def test_there_are_two_hundred_cases_and_always_the_same() -> None:
    """Made up by rule, not by chance."""
    made = list(demo.cases())
    assert made == list(demo.cases())
    assert len({ref for ref, _ in made}) == len(made) == demo.COUNT == 200


def test_they_live_in_every_us_zone_in_spain_and_portugal_and_where_no_rules_are_known() -> None:
    """Every state and territory, with all their zones."""
    lived: dict[str, set[str]] = {country: set() for country in COUNTRIES}
    zones: set[str] = set()
    for ref, body in demo.cases():
        for person in read_case(ref, body, "US").persons:
            home = person.evidence[0]
            lived[home.country or ""].add(home.subdivision or "")
            zones.update(home.zones)
    assert len(lived["US"]) == 56
    assert {"Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta", "Europe/Lisbon", "Europe/Stockholm"} <= zones
    assert set(places.zones_of("US")) <= zones
    assert {"America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago", "Pacific/Honolulu"} <= zones


def test_no_number_belongs_to_anybody() -> None:
    """555-01xx in North America, Sweden's range for fiction, and ones that Spain and Portugal have not given out."""
    for _, body in demo.cases():
        for person in body["persons"]:
            number = person["points"][0]["address"]
            assert phonenumbers.is_possible_number(phonenumbers.parse(number))
            if number.startswith("+1"):
                assert number[5:10] == "55501"
            elif number.startswith(("+34", "+351")):
                assert not phonenumbers.is_valid_number(phonenumbers.parse(number))
            else:
                assert number.startswith("+468465004")


@pytest.fixture
async def seeded(offices: Offices) -> Office:
    """The demo on each engine, by all the shipped rules."""
    office = await offices.open(shipped())
    await demo.seed(office.store, office.road)
    return office


@pytest.mark.parametrize("day", ["2026-07-01", "2026-11-22", "2026-12-25"])
async def test_at_any_hour_somebody_may_be_called_and_somebody_may_not(seeded: Office, day: str) -> None:
    """Every hour of a weekday, a Sunday and a feast: a refusal with its next moment, a call that goes through."""
    midnight = parse_instant(f"{day}T00:00:00Z")
    for hour in range(24):
        seeded.clock.set(midnight + hour * 3600 + 1799)
        refused = await demo.someone_refused(seeded.road, int(seeded.clock.now()))
        assert refused is not None, hour
        decision = await asked(seeded, refused)
        assert decision.verdict == "deny"
        assert decision.reasons[0].citation
        assert decision.next_allowed is not None
        who = await demo.someone_to_call(seeded.road, int(seeded.clock.now()))
        assert who is not None, hour
        assert who.until > seeded.clock.now() + 600


async def asked(office: Office, who: demo.Somebody) -> Decision:
    """The answer to the question that the demo prints."""
    (decision,) = await office.road.decide([Ask(case_ref=who.ref, channel="voice", address=who.address)], BY_COMMAND)
    return decision


async def test_the_moment_that_the_refusal_names_is_the_moment(seeded: Office) -> None:
    """Started again with the clock there the same call is allowed, and refused with the clock a second before."""
    refused = await demo.someone_refused(seeded.road, int(seeded.clock.now()))
    assert refused is not None
    for second, verdict in ((-1, "deny"), (0, "allow")):
        seeded.clock.set(refused.until + second)
        await demo.seed(seeded.store, seeded.road)
        assert (await asked(seeded, refused)).verdict == verdict


async def test_after_a_talk_the_seventh_day_is_the_moment(seeded: Office) -> None:
    """The person who rang us may not be called for seven days, and may then, however often the demo is started."""
    talked = demo.Somebody(0, demo.TALKED, "+12125550100")
    decision = await asked(seeded, talked)
    assert "post_conversation_wait" in [reason.code for reason in decision.reasons]
    assert decision.next_allowed is not None
    for second, verdict in ((-1, "deny"), (0, "allow")):
        seeded.clock.set(parse_instant(decision.next_allowed) + second)
        await demo.seed(seeded.store, seeded.road)
        assert (await asked(seeded, talked)).verdict == verdict


async def test_texts_go_to_whoever_agreed_to_them(seeded: Office) -> None:
    """One person did; of the others the gate says that no way leads there."""
    rows = {ref: (await seeded.road.now(ref, BY_COMMAND)).items for ref in (demo.AGREED, "DEMO-003")}
    texts = {ref: next(row for row in found if row.channel == "sms") for ref, found in rows.items()}
    assert texts[demo.AGREED].verdict == "allow"
    assert [one.code for one in texts["DEMO-003"].reasons] == ["no_consent"]


async def test_an_allowed_call_is_granted(seeded: Office) -> None:
    """Whom the demo offers gets a permit."""
    who = await demo.someone_to_call(seeded.road, int(seeded.clock.now()))
    assert who is not None
    answer = await seeded.road.ask(Ask(case_ref=who.ref, channel="voice", address=who.address), BY_COMMAND)
    assert msgspec.json.decode(answer)["permit"]


async def test_where_no_rules_are_known_nobody_is_called(seeded: Office) -> None:
    """The gate fails closed: Sweden has no regime here."""
    ref, body = next((ref, body) for ref, body in demo.cases() if body["persons"][0]["evidence"][0]["country"] == "SE")
    ask = Ask(case_ref=ref, channel="voice", address=body["persons"][0]["points"][0]["address"])
    (decision,) = await seeded.road.decide([ask], BY_COMMAND)
    assert [reason.code for reason in decision.reasons] == ["no_regime"]


async def test_seeding_again_adds_nothing(seeded: Office) -> None:
    """A second start finds everything there."""
    before = await seeded.store.entries(f"case:{demo.TALKED}")
    await demo.seed(seeded.store, seeded.road)
    assert len(await seeded.store.entries(f"case:{demo.TALKED}")) == len(before)


async def test_the_key_is_kept_for_the_next_start(seeded: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Read again where the store knows it, made anew where it does not; only its owner can read the file."""
    file = tmp_path_factory.mktemp("demo") / "demo-key"
    first = await demo.token(seeded.store, file)
    assert await demo.token(seeded.store, file) == first
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("cg_of_another_store\n")
    assert await demo.token(seeded.store, file) != first
