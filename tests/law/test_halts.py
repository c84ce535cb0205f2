"""Halts only turn yes into no, say exactly until when, and are kept with the decision as it was made."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.decide import decide, encode
from contactguard.law.instants import parse_instant, print_utc
from contactguard.law.scenario import read, write

from .drawing import CALENDAR, QUARTER, instants, rules, scenes
from .making import Raw, book, law, scenario
from .test_exact import agrees
from .test_more_is_stricter import never_freer

OPERATOR = {"vouches": ["notices", "arrears"]}


@st.composite
def halts(draw: st.DrawFn, at: int) -> list[Any]:
    """One to three halts: until lifted, with an end, to come, or to come and end again."""
    found: list[Any] = []
    for _ in range(draw(st.integers(1, 3))):
        first = at // QUARTER + draw(st.integers(-20, 120))
        since = print_utc(first * QUARTER)
        until = print_utc((first + draw(st.integers(1, 200))) * QUARTER)
        timed = {"why": "x", "since": since, "until": until}
        found.append(
            draw(st.sampled_from([timed, timed, {"why": "y", "until": until}, {"why": "z", "since": since}, "w"]))
        )
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Any, Raw, list[Any]]:
    """Some rules, facts put to them, and halts."""
    at = draw(instants())
    drawn = [draw(rules(kind, at, id=kind)) for kind in ("window", "gap")]
    raw = draw(scenes(at)) | {"operator": OPERATOR}
    return book(law(*drawn, calendar={"closed": CALENDAR})), raw, draw(halts(at))


def _halted(raw: Raw, stops: list[Any], **more: Any) -> Any:
    return scenario(raw | {"operator": OPERATOR | {"stops": stops} | more})


@given(world=worlds())
def test_a_halt_only_turns_yes_into_no(world: tuple[Any, Raw, list[Any]]) -> None:
    """One more never frees, nor opens anything earlier, nor takes another reason away."""
    rulebook, raw, stops = world
    less, more = scenario(raw).decide(rulebook), _halted(raw, stops).decide(rulebook)
    never_freer(less, more)
    if less.verdict == more.verdict == "allow" and less.valid_until is not None:
        assert more.valid_until is not None


@given(world=worlds())
def test_halts_tell_the_future_exactly(world: tuple[Any, Raw, list[Any]]) -> None:
    """Beside hours and waits: the first instant at which none of them halts, or the first at which one does."""
    rulebook, raw, stops = world
    agrees(rulebook, _halted(raw, stops))


@given(world=worlds())
def test_time_to_ring_is_left_before_a_halt_begins(world: tuple[Any, Raw, list[Any]]) -> None:
    """The instant named for a call leaves it time to ring before a halt begins."""
    rulebook, raw, stops = world
    found = _halted(raw, stops, ring_seconds=30).decide(rulebook)
    if found.next_allowed is not None:
        then = parse_instant(found.next_allowed)
        for second in (then, then + 30):
            case = _halted(raw, stops)
            assert decide(rulebook, case.facts, case.contact, second, regimes=case.regimes).verdict == "allow"


@given(world=worlds())
def test_a_decision_keeps_the_halts_it_rests_on(world: tuple[Any, Raw, list[Any]]) -> None:
    """Written out and read again it is decided byte for byte the same."""
    rulebook, raw, stops = world
    case = _halted(raw, stops)
    (again,) = read(write(case.id, case.facts, case.contact, case.at, regimes=case.regimes), "stored")
    assert encode(again.decide(rulebook)) == encode(case.decide(rulebook))
