"""How far back a rulebook looks: what it does not look at may be dropped, and changes no decision."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a_book import shipped
from contactguard.law.decide import encode
from contactguard.law.grammar import Filter, Length
from contactguard.law.history import OUTCOME, Contact, pack
from contactguard.law.instants import DAY, Instant, parse_instant, print_utc
from contactguard.law.model import Entry
from contactguard.law.reach import EVER, LATE_DAYS, Look, Reach, days_of, eased_looks, lacking
from contactguard.law.rulebook import Rulebook
from contactguard.law.several import decide_all
from contactguard.records.people import pruned

from .drawing import CALENDAR, QUARTER, VALUES, instants, rules, scenes
from .making import NUMBER, Raw, book, law, rule, scenario, scene

SHIPPED = shipped()
AT = parse_instant("2026-06-17T16:00:00Z")
TWO = [{"ref": "C-1"}, {"ref": "C-2"}]
CHECKED = {
    "at": "2026-06-10T12:00:00Z", "since": "2026-04-10T12:00:00Z", "result": "not_reassigned",
}  # fmt: skip
NO_REPLY, NO_CARE = Filter(not_purposes=("response",)), Filter(not_purposes=("response", "service"))
VOICE, MAIL = Filter(channels=("voice",)), Filter(channels=("email",))
LONG = st.one_of(
    st.integers(1, 40).map(lambda n: {"dates": n}),
    st.sampled_from(({"calendar": "day"}, {"calendar": "week"}, {"calendar": "month"}, {"ever": True})),
    st.integers(1, 900).map(lambda n: {"hours": n}),
    st.integers(0, 30).map(lambda n: {"free_days": n}),
)


@st.composite
def far(draw: st.DrawFn, kind: str, at: int, id: str) -> Raw:
    """A rule that may look back for weeks, its consents lasting as long."""
    one = draw(rules(kind, at, id=id))
    for version in one["since"]:
        for field in ("period", "wait"):
            if kind in ("counter", "gap") and field in version:
                version[field] = draw(LONG)
    for relax in one.get("relax", ()):
        if relax.get("dates"):
            relax["dates"] *= 7
    return one


def months(random: Random, at: int, *refs: str) -> list[Raw]:
    """Contacts of the last three months, of few sorts, so that many of each are older than any rule looks."""
    out = []
    for _ in range(random.randint(6, 24)):
        quarters = random.randint(1, random.choice((9, 30, 95)) * 96)
        entry: Raw = {
            "at": print_utc((at // QUARTER - quarters) * QUARTER),
            "direction": random.choice(("outbound", "outbound", "outbound", "inbound")),
            "channel": random.choice(("voice", "voice", "voice", "email")),
            "address": NUMBER,
            "outcome": random.choice(("conversation", "no_answer", "no_answer", "busy")),
        }
        if random.random() < 0.3:
            entry["cases"] = [random.choice(refs or ("C-1",))]
        out.append(entry)
    return out


def agreed(random: Random, at: int, kinds: Sequence[str]) -> list[Raw]:
    """Consents of the last weeks."""
    given = [(at // QUARTER - random.randint(1, 50 * 96)) * QUARTER for _ in range(random.randint(0, 2))]
    return [{"kind": random.choice(kinds), "given": print_utc(one)} for one in given]


def same_when_pruned(made: Rulebook, raw: Raw) -> None:
    """What may be dropped from the history changes no byte of the decision."""
    case = scenario(raw)
    whole, at = case.facts, int(case.at)
    kept = pruned(whole.history, at, made.reach)
    less = type(whole)(
        persons=whole.persons,
        cases=whole.cases,
        collector=whole.collector,
        history=kept,
        campaign=whole.campaign,
        operator=whole.operator,
    )
    said = [encode(decide_all(made, facts, case.contact, at, regimes=case.regimes)) for facts in (whole, less)]
    assert said[0] == said[1]


@given(data=st.data(), random=st.integers(0, 10**9).map(Random))
def test_what_a_rulebook_does_not_look_at_changes_no_decision(data: st.DataObject, random: Random) -> None:
    """Whatever the kind of rule, its period and its consents."""
    at = data.draw(instants())
    kinds = st.sampled_from(("counter", "gap", *sorted(VALUES)))
    drawn = [data.draw(far(data.draw(kinds), at, f"r{place}")) for place in range(2)]
    made, raw = book(law(*drawn, calendar={"closed": CALENDAR})), data.draw(scenes(at))
    for _ in range(20):
        raw["history"] = months(random, at)
        raw["persons"][0]["consents"] = agreed(random, at, ("hours", "call_frequency", "contact"))
        same_when_pruned(made, raw)


CALLS = {"channels": ["voice"], "directions": ["outbound"]}
LENGTHS = (
    {"dates": 30}, {"hours": 500}, {"calendar": "month"}, {"free_days": 20}, {"business_days": 9}, {"ever": True},
)  # fmt: skip


@pytest.mark.parametrize("length", LENGTHS, ids=str)
@pytest.mark.parametrize("kind", ["counter", "gap"])
def test_no_contact_that_a_length_covers_is_dropped(kind: str, length: Raw) -> None:
    """Over many histories, each length of a cap or a wait."""
    if kind == "counter" and "business_days" in length:
        length = {"dates": 45}
    cap: Raw = {"limit": 9, "key": ["person"], "period": length, "count": CALLS}
    wait: Raw = {"key": ["person"], "wait": length, "after": CALLS | {"outcomes": ["conversation"]}}
    over_many_histories(book(law(rule(kind, cap if kind == "counter" else wait))))


def test_no_conversation_that_used_a_consent_up_is_dropped() -> None:
    """It may lie before the period that the cap counts, by as long as a consent lasts."""
    cap: Raw = {"limit": 3, "key": ["person"], "period": {"dates": 12}, "count": CALLS, "except_consent": True}
    relax = [{"by": "consent", "consent": "call_frequency", "dates": 25, "ends_with_conversation": True}]
    over_many_histories(book(law(rule("counter", cap, relax=relax))))


def test_no_contact_from_which_on_a_cap_counts_is_dropped() -> None:
    """Counted after the first conversation, or until there was one, however long ago."""
    cap: Raw = {"limit": 2, "key": ["person", "case"], "period": {"dates": 20}, "count": CALLS}
    talk = {"outcomes": ["conversation"], "channels": ["email"]}
    over_many_histories(book(law(rule("counter", cap | {"after": talk}))))
    over_many_histories(book(law(rule("counter", cap | {"until": talk}))))


def test_no_first_communication_is_dropped() -> None:
    """What the content must say depends on whether there was one about the case."""
    said: Raw = {"wants": {"initial_disclosure": True}, "until": {"outcomes": ["conversation"], "channels": ["email"]}}
    content = {"states": {"initial_disclosure": False}}
    over_many_histories(book(law(rule("content", said))), contact={"content": content}, operator={"vouches": []})


def test_no_last_use_of_an_address_is_dropped() -> None:
    """By which it may be used, within so many dates or with a look-up since."""
    use = {"directions": ["inbound"]}
    for way in ({"look_back": 40}, {"look_back": 20, "look_up": True}):
        made = book(law(rule("way", {"ways": [{"by": "used", "use": use, **way}]})))
        point = {"address": NUMBER, "checks": [CHECKED]}
        over_many_histories(made, person={"points": [point]})


def over_many_histories(made: Rulebook, **scene_of: Any) -> None:
    """Each of two hundred, the same ones on every machine."""
    random = Random(made.digest)
    for _ in range(200):
        raw = scene(print_utc(AT), history=months(random, AT, "C-1", "C-2"), cases=TWO, **deepcopy(scene_of))
        raw["contact"]["cases"] = ["C-1"]
        raw["persons"][0]["consents"] = agreed(random, AT, ("call_frequency",))
        same_when_pruned(made, raw)


@given(data=st.data(), random=st.integers(0, 10**9).map(Random))
def test_the_shipped_rules_decide_the_same_over_what_is_kept(data: st.DataObject, random: Random) -> None:
    """Months of contacts, and what the shipped rules need of them."""
    at = data.draw(instants())
    raw: Raw = data.draw(scenes(at))
    federal = [["us-fdcpa", "us-reg-f", "us-tcpa"]]
    raw["regimes"] = data.draw(st.sampled_from(federal + [[regime.id] for regime in SHIPPED.laws]))
    for _ in range(4):
        raw["history"] = months(random, at)
        raw["persons"][0]["consents"] = agreed(random, at, ("call_frequency",))
        same_when_pruned(SHIPPED, raw)


@pytest.mark.parametrize(
    ("length", "days"),
    [
        (Length(dates=60), 60),
        (Length(hours=25), 2),
        (Length(minutes=10), 1),
        (Length(calendar="month"), 31),
        (Length(free_days=2), 2),
        (Length(business_days=3), 20),
        (Length(ever=True), None),
    ],
)
def test_a_length_reaches_back_so_many_days(length: Length, days: int | None) -> None:
    """Rounded up to whole days, weekends and holidays allowed for."""
    assert days_of(length) == days


def test_each_sort_of_contact_has_its_own_reach() -> None:
    """E-mails are kept for two months without keeping calls for as long."""
    reach = Reach((Look(VOICE, 7), Look(MAIL, 60), Look(Filter(outcomes=("conversation",)), None)))
    call = pack(Entry(at=Instant(0), channel="voice", outcome="no_answer"), "P-1").what
    mail = pack(Entry(at=Instant(0), channel="email", outcome="sent"), "P-1").what
    talk = pack(Entry(at=Instant(0), channel="voice", outcome="conversation"), "P-1").what
    letter = pack(Entry(at=Instant(0), channel="letter", outcome="sent"), "P-1").what
    assert (reach[call], reach[mail], reach[letter]) == (LATE_DAYS + 2, 62, LATE_DAYS + 2)
    assert reach[talk] > EVER
    assert OUTCOME.read(call) == "no_answer"


@pytest.mark.parametrize(
    ("channel", "outcome", "most"),
    [("voice", "no_answer", 38), ("voice", "voicemail", 38), ("voice", "conversation", 38), ("email", "sent", 38)],
)
def test_under_the_shipped_rules_documents_do_not_grow_with_the_years(channel: str, outcome: str, most: int) -> None:
    """One contact a day for three years: what is kept is that of a month, and the first or last where a few matter."""
    kept: tuple[Contact, ...] = ()
    for day in range(3 * 365):
        entry = Entry(at=Instant(AT + day * DAY), channel=channel, outcome=outcome, address=NUMBER, cases=("C-1",))
        kept = pruned((*kept, pack(entry, "P-1")), AT + day * DAY, SHIPPED.reach)
    assert len(kept) <= most


def test_a_consent_s_conversation_is_looked_for_before_the_period() -> None:
    """It may have covered the oldest contact counted."""
    made = SHIPPED.regimes["us-reg-f"]
    (rule,) = (one for one in made.rules if one.table.id == "call_frequency")
    talked = Look(Filter(outcomes=("conversation",)), 14)
    assert talked in eased_looks(rule.versions[0].looks(), rule.table.relax)


@pytest.mark.parametrize(
    ("held", "wanted", "lacks"),
    [
        ((Look(VOICE, 30),), Look(VOICE, 20), False),
        ((Look(VOICE, 30),), Look(VOICE, 31), True),
        ((Look(VOICE, 30),), Look(VOICE, None), True),
        ((Look(VOICE, None),), Look(VOICE, None), False),
        ((Look(Filter(), 30),), Look(Filter(channels=("voice",), placed=True), 30), False),
        ((Look(Filter(placed=True), 30),), Look(Filter(), 30), True),
        (
            (Look(Filter(not_purposes=("response",)), 30),),
            Look(Filter(not_purposes=("response", "service")), 30),
            False,
        ),
        ((Look(NO_REPLY, 30),), Look(Filter(), 30), True),
        ((Look(VOICE, 30), Look(MAIL, 30)), Look(Filter(channels=("voice", "email")), 30), True),
        ((Look(Filter(), None, "first"),), Look(VOICE, None, "first"), True),
        ((Look(VOICE, None, "first"),), Look(VOICE, None, "first"), False),
        ((Look(VOICE, None, "first"),), Look(VOICE, None, "last"), True),
        ((Look(Filter(), None),), Look(VOICE, None, "first"), False),
        ((Look(VOICE, None, "last", 4),), Look(VOICE, None, "last", 4), False),
        ((Look(VOICE, None, "last", 3),), Look(VOICE, None, "last", 4), True),
        ((), Look(VOICE, LATE_DAYS), False),
        ((), Look(Filter(live=True), None), False),
        ((), Look(VOICE, LATE_DAYS + 1), True),
    ],
)
def test_documents_kept_for_one_rulebook_hold_what_another_looks_at_or_not(
    held: tuple[Look, ...], wanted: Look, lacks: bool
) -> None:
    """In doubt they do not: then they are deepened once too often."""
    assert bool(lacking(held, (wanted,))) == lacks
