"""More law, more wishes and more house rules only turn yes into no, all else fixed; and order tells nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from a_book import shipped
from contactguard.law.answers import Decision
from contactguard.law.decide import encode
from contactguard.law.rulebook import Rulebook
from contactguard.law.scenario import Scenario, read, write

from .drawing import CALENDAR, VALUES, instants, restrictions, rules, scenes
from .making import Raw, book, law, scenario

SHIPPED = shipped()
KINDS = st.sampled_from(sorted(VALUES))


@st.composite
def laws(draw: st.DrawFn, at: int, id: str, scope: Any = None, **head: Any) -> Any:
    """A regime of one to three rules; an overlay's relax nothing. `scope`: draws what narrows each of them further."""
    drawn = [draw(rules(draw(KINDS), at, id=f"r{place}")) for place in range(draw(st.integers(1, 3)))]
    if head.get("overlay"):
        drawn = [_unrelaxed(one) for one in drawn]
    if scope is not None:
        drawn = [one | {"scope": one.get("scope", {}) | draw(scope)} for one in drawn]
    return law(*drawn, id=id, calendar={"closed": CALENDAR}, **head)


def _unrelaxed(one: Raw) -> Raw:
    versions = [{key: value for key, value in v.items() if key != "except_consent"} for v in one["since"]]
    return {key: value for key, value in one.items() if key != "relax"} | {"since": versions}


def never_freer(less: Decision, more: Decision) -> None:
    """A no stays a no, for at least the same reasons, and opens no earlier."""
    kept = {(reason.code, reason.rule) for reason in less.reasons}
    assert kept <= {(reason.code, reason.rule) for reason in more.reasons}
    if less.verdict == "deny":
        assert more.verdict == "deny"


@given(data=st.data())
def test_another_regime_never_frees(data: st.DataObject) -> None:
    """Asked beside the first one, or brought by the place."""
    at = data.draw(instants())
    one, other = data.draw(laws(at, "one")), data.draw(laws(at, "other"))
    raw = data.draw(scenes(at))
    named = scenario(raw | {"regimes": ["one"]}).decide(book(one, other))
    both = scenario(raw | {"regimes": ["one", "other"]}).decide(book(one, other))
    never_freer(named, both)
    placed = {key: value for key, value in raw.items() if key != "regimes"}
    never_freer(scenario(placed).decide(book(one)), scenario(placed).decide(book(one, other)))


@given(data=st.data())
def test_an_overlay_never_frees(data: st.DataObject) -> None:
    """Whatever the house adds."""
    at = data.draw(instants())
    one, over = data.draw(laws(at, "one")), data.draw(laws(at, "over", overlay=True))
    raw = data.draw(scenes(at)) | {"regimes": ["one"]}
    never_freer(scenario(raw).decide(book(one)), scenario(raw).decide(book(one, over)))


@given(data=st.data())
def test_another_restriction_never_frees(data: st.DataObject) -> None:
    """But for personal hours, which a rule may let stand in for its own."""
    at = data.draw(instants())
    made = book(data.draw(laws(at, "one")))
    raw = data.draw(scenes(at)) | {"regimes": ["one"]}
    more = [one for one in data.draw(restrictions(at)) if one["kind"] != "convenient_hours"]
    person = raw["persons"][0]
    wider = raw | {"persons": [person | {"restrictions": [*person["restrictions"], *more]}]}
    never_freer(scenario(raw).decide(made), scenario(wider).decide(made))


@given(data=st.data())
def test_a_consent_that_frees_is_named(data: st.DataObject) -> None:
    """Where the same facts without consents are a no, the yes says what made it one."""
    at = data.draw(instants())
    made = book(data.draw(laws(at, "one")))
    raw = data.draw(scenes(at)) | {"regimes": ["one"]}
    person = raw["persons"][0]
    bare = scenario(raw | {"persons": [person | {"consents": []}]}).decide(made)
    found = scenario(raw).decide(made)
    lifted = {reason.rule for reason in bare.reasons} - {reason.rule for reason in found.reasons}
    needed = {one.full_id for one in made.rules if one.table.kind == "consent"}
    assert lifted <= {one.rule for one in found.relaxed_by} | needed


@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_the_order_of_history_changes_no_byte(data: st.DataObject, random: Any) -> None:
    """Entries may stand in any order."""
    at = data.draw(instants())
    made = book(data.draw(laws(at, "one")))
    raw = data.draw(scenes(at)) | {"regimes": ["one"]}
    shuffled = list(raw["history"])
    random.shuffle(shuffled)
    assert encode(scenario(raw).decide(made)) == encode(scenario(raw | {"history": shuffled}).decide(made))


@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_the_order_of_other_persons_changes_no_verdict(data: st.DataObject, random: Any) -> None:
    """The one asked about is named; the rest may stand anywhere."""
    at = data.draw(instants())
    made = book(data.draw(laws(at, "one")))
    raw = data.draw(scenes(at)) | {"regimes": ["one"]}
    others = [
        {"id": f"P-{n}", "role": role, "restrictions": data.draw(restrictions(at))}
        for n, role in enumerate(("joint_debtor", "spouse", "third_party"), 2)
    ]
    first = raw["persons"][0]
    raw["history"] = [entry | {"person": "P-1"} for entry in raw["history"]]
    raw["contact"] = raw["contact"] | {"person": "P-1"}
    orders = [[first, *others], [*others, first]]
    random.shuffle(others)
    orders.append([first, *others])
    found = [scenario(raw | {"persons": persons}).decide(made) for persons in orders]
    assert len({(one.verdict, one.next_allowed, one.valid_until) for one in found}) == 1


def written(case: Scenario, rulebook: Rulebook) -> None:
    """Written out and read back, the facts give the same bytes."""
    facts = case.facts
    first = case.decide(rulebook)
    again = next(read(write(case.id, facts, case.contact, case.at, regimes=case.regimes), "test"))
    assert encode(again.decide(rulebook)) == encode(first)


@given(data=st.data())
def test_what_is_written_decides_the_same_byte_for_byte(data: st.DataObject) -> None:
    """A made-up law over drawn facts, with what a store adds."""
    at = data.draw(instants())
    raw = data.draw(scenes(at)) | {"regimes": ["one"]}
    if data.draw(st.booleans()):
        raw["operator"] = {
            "vouches": ["notices"],
            "ring_seconds": 30,
            "listed_only": True,
            "live": data.draw(st.booleans()),
        }
    written(scenario(raw), book(data.draw(laws(at, "one"))))
