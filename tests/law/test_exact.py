"""`next_allowed` and `valid_until` are exact, against a scan that only asks for verdicts, instant by instant."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.law import horizon
from contactguard.law.decide import decide
from contactguard.law.instants import DAY, parse_instant
from contactguard.law.rulebook import Rulebook
from contactguard.law.scenario import Scenario

from .drawing import CALENDAR, QUARTER, VALUES, instants, rules, scenes
from .making import book, law, scenario

HORIZON = 4 * DAY


def moments(case: Scenario) -> Iterator[int]:
    """Every later instant at which a verdict could change."""
    shifts = sorted({0, *(entry.at % QUARTER for entry in case.history)})
    for quarter in range(case.at // QUARTER, (case.at + HORIZON) // QUARTER):
        for shift in shifts:
            t = quarter * QUARTER + shift
            if t > case.at:
                yield t


def scanned(rules: Rulebook, case: Scenario, wanted: str) -> int | None:
    """The first later instant with this verdict, found by asking at each."""
    with patch.object(horizon, "HORIZON_STEPS", 1):  # verdicts need no look ahead
        for t in moments(case):
            if decide(rules, case.facts, case.contact, t, regimes=case.regimes).verdict == wanted:
                return t
    return None


def agrees(rules: Rulebook, case: Scenario) -> None:
    """What the decision says of the future is what asking at every later instant gives."""
    found = decide(rules, case.facts, case.contact, case.at, regimes=case.regimes)
    said = found.next_allowed if found.verdict == "deny" else found.valid_until
    seen = scanned(rules, case, "allow" if found.verdict == "deny" else "deny")
    if seen is None:
        assert said is None or parse_instant(said) >= case.at + HORIZON - QUARTER
    else:
        assert said is not None
        assert parse_instant(said) == seen


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_one_rule_tells_the_future_exactly(kind: str, data: st.DataObject) -> None:
    """For every kind of rule, over changes of clocks, half-hour zones, several zones, starts and ends."""
    at = data.draw(instants())
    made = law(data.draw(rules(kind, at)), calendar={"closed": CALENDAR})
    agrees(book(made), scenario(data.draw(scenes(at))))


@given(data=st.data())
def test_several_rules_tell_the_future_exactly(data: st.DataObject) -> None:
    """Hours beside waits beside wishes: all of them open, or the first of them closed."""
    at = data.draw(instants())
    kind = st.sampled_from(("window", "window", "counter", "gap", "restriction"))
    kinds = data.draw(st.lists(kind, min_size=2, max_size=3))
    drawn = [data.draw(rules(kind, at, id=f"r{place}")) for place, kind in enumerate(kinds)]
    agrees(book(law(*drawn, calendar={"closed": CALENDAR})), scenario(data.draw(scenes(at))))


@given(data=st.data())
def test_time_to_ring_keeps_the_future_exact(data: st.DataObject) -> None:
    """Where a call must have time to ring, the instant named leaves that time."""
    at = data.draw(instants())
    drawn = [data.draw(rules(kind, at, id=kind)) for kind in ("window", "gap")]
    raw = data.draw(scenes(at)) | {"operator": {"vouches": ["notices", "arrears"], "ring_seconds": 30}}
    case = scenario(raw)
    found = decide(book(made := law(*drawn, calendar={"closed": CALENDAR})), case.facts, case.contact, case.at)
    if found.next_allowed is not None:
        again = decide(book(made), case.facts, case.contact, parse_instant(found.next_allowed))
        assert again.verdict == "allow"
