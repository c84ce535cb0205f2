"""Policies for some: an overlay's rule speaks only of the collectors, creditors, products and campaigns it names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.decide import encode
from contactguard.law.program import Program
from contactguard.law.rulebook import Regime, Rulebook
from contactguard.law.scenario import read, write

from .drawing import instants, scenes
from .making import OPEN_ALL_DAY, Raw, ask, book, codes, law, rule, scenario, scene
from .test_more_is_stricter import laws, never_freer

NOON = "2026-05-12T12:00:00-04:00"
LAW = law(rule("window", {"open": OPEN_ALL_DAY}))


def policy(**scope: Any) -> Rulebook:
    """An open law, and an overlay that closes everything within its scope."""
    return book(LAW, overlay(**scope))


def overlay(**scope: Any) -> Regime:
    """No contact at all, for those in scope."""
    never = rule("counter", {"limit": 0}, code="frequency_cap", scope=scope)
    return law(never, id="ours", overlay=True)


def closed(rules: Rulebook, **fields: Any) -> bool:
    """Whether the overlay speaks about such a contact."""
    return codes(ask(rules, scene(NOON, **fields))) == ["frequency_cap"]


def test_a_policy_for_a_creditor_leaves_the_others_alone() -> None:
    """Capitals and spaces do not tell two creditors apart."""
    rules = policy(creditors=["First Bank"])
    assert closed(rules, cases=[{"ref": "C-1", "creditor": "first  BANK"}])
    assert not closed(rules, cases=[{"ref": "C-1", "creditor": "Second Bank"}])


def test_a_creditor_that_nobody_named_may_be_that_one() -> None:
    """What is not known of a case counts as inside, and so does a collector without a name."""
    assert closed(policy(creditors=["First Bank"]), cases=[{"ref": "C-1"}])
    assert closed(policy(collector_names=["Acme Recovery"]))


def test_a_contact_about_several_debts_is_inside_with_one_of_them() -> None:
    """It cannot be made about the others alone while this one is on the line."""
    two = [{"ref": "C-1", "creditor": "Second Bank"}, {"ref": "C-2", "creditor": "First Bank"}]
    assert closed(policy(creditors=["First Bank"]), cases=two)
    assert not closed(policy(creditors=["First Bank"]), cases=two, contact={"cases": ["C-1"]})


def test_a_policy_for_a_collector_leaves_the_others_alone() -> None:
    """By its name in the settings."""
    rules = policy(collector_names=["Acme Recovery", "Beta Collect"])
    assert closed(rules, collector={"name": "Beta Collect"})
    assert not closed(rules, collector={"name": "Gamma"})


def test_a_policy_for_a_campaign_leaves_contacts_outside_it_alone() -> None:
    """One that names no campaign belongs to none."""
    rules = policy(campaigns=["spring"])
    assert closed(rules, contact={"campaign": "spring"})
    assert not closed(rules, contact={"campaign": "autumn"})
    assert not closed(rules)


def test_a_policy_for_a_product_of_a_creditor_needs_both() -> None:
    """Fields of a scope narrow each other."""
    rules = policy(creditors=["First Bank"], products=["mortgage"])
    assert closed(rules, cases=[{"ref": "C-1", "creditor": "First Bank", "product": "mortgage"}])
    assert not closed(rules, cases=[{"ref": "C-1", "creditor": "First Bank", "product": "credit_card"}])
    assert not closed(rules, cases=[{"ref": "C-1", "creditor": "Second Bank", "product": "mortgage"}])


@pytest.mark.parametrize("rules", [book(LAW), policy(campaigns=["spring"])], ids=["no names", "one campaign"])
def test_names_that_no_rule_asks_for_make_no_new_program(rules: Rulebook) -> None:
    """A thousand creditors share one, and so does everything outside the one campaign."""
    for n in range(50):
        fields: Raw = {"cases": [{"ref": "C-1", "creditor": f"Bank {n}"}], "collector": {"name": f"Collector {n}"}}
        ask(rules, scene(NOON, contact={"campaign": f"c{n}"}, **fields))
    assert sum(isinstance(one, Program) for one in rules.programs.values()) == 1


@st.composite
def named(draw: st.DrawFn, at: int) -> Raw:
    """A scene with names in it, or without."""
    raw = draw(scenes(at)) | {"regimes": ["one"]}
    for case in raw["cases"]:
        case |= draw(st.sampled_from(({}, {"creditor": "First Bank"}, {"creditor": "Second Bank"})))
    raw["collector"] = draw(st.sampled_from(({}, {"name": "Acme"}, {"name": "Beta"})))
    raw["contact"] = raw["contact"] | draw(st.sampled_from(({}, {"campaign": "spring"}, {"campaign": "autumn"})))
    return raw


SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "creditors": st.just(["First Bank"]),
        "collector_names": st.just(["Acme"]),
        "campaigns": st.just(["spring"]),
        "products": st.just(["mortgage"]),
    },
)


@given(data=st.data())
def test_an_overlay_for_some_never_frees(data: st.DataObject) -> None:
    """Whomever it names, a no stays a no for at least the same reasons."""
    at = data.draw(instants())
    one, raw = data.draw(laws(at, "one")), data.draw(named(at))
    over = data.draw(laws(at, "over", overlay=True, scope=SCOPES))
    less, more = scenario(raw).decide(book(one)), scenario(raw).decide(book(one, over))
    never_freer(less, more)


@given(data=st.data())
def test_a_decision_with_names_is_written_out_whole(data: st.DataObject) -> None:
    """Read back, the facts give the same bytes."""
    at = data.draw(instants())
    case = scenario(data.draw(named(at)))
    rules = book(data.draw(laws(at, "one")), overlay(**data.draw(SCOPES)))
    again = next(read(write(case.id, case.facts, case.contact, case.at, regimes=case.regimes), "test"))
    assert encode(again.decide(rules)) == encode(case.decide(rules))
