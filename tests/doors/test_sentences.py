"""What a switch shows of a refusal: fixed, plain, and about nobody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.doors.sentences import REFUSALS, refusal
from contactguard.doors.switches.answers import Said, fields, lines, routes
from contactguard.doors.switches.outcomes import outcome_of
from contactguard.errors import BadInput
from contactguard.law.vocabulary import Outcome, Reason
from contactguard.sections import Switches

TELLING = re.compile(r"debt|owe|collect|arrears|payment|bankrupt|attorney|lawyer|dead|deceased|balance|loan", re.I)


def test_every_reason_has_its_sentence() -> None:
    """A new code needs one before it can reach a switch."""
    assert set(REFUSALS) == set(get_args(Reason))


def test_the_document_for_operators_lists_every_code() -> None:
    """With the sentence and the cause that a switch gets."""
    page = (Path(__file__).parents[2] / "docs" / "switches.md").read_text("utf-8")
    listed = re.findall(r"^\| `([a-z_]+)` \| (.+) \| (\d+) \|$", page, re.MULTILINE)
    assert listed == [(code, one.sentence, str(one.cause)) for code, one in REFUSALS.items()]


@pytest.mark.parametrize("code", REFUSALS)
def test_a_sentence_fits_wherever_a_switch_puts_it(code: str) -> None:
    """A SIP reason phrase, a quoted parameter, a dialplan variable: ASCII, no quotes, commas or line ends."""
    assert re.fullmatch(r"[A-Z][A-Za-z. ]{9,78}\.", refusal(code).sentence)
    assert not TELLING.search(refusal(code).sentence)
    assert refusal(code).sip >= 600
    assert 1 <= refusal(code).cause <= 127


def test_a_code_from_elsewhere_gets_the_gate_s_own_sentence() -> None:
    """Never an empty one."""
    assert refusal("nonsense") == refusal(None) == REFUSALS["service_unavailable"]


texts = st.text(max_size=40)
answers = st.builds(
    Said,
    verdict=st.sampled_from(["allow", "deny"]),
    permit=st.just("01J"),
    code=st.sampled_from(sorted(REFUSALS)),
    to=texts,
    caller_id=texts,
    problem=texts,
    next_allowed=texts,
)


@given(answers)
def test_nothing_in_an_answer_can_be_taken_for_another_member(one: Said) -> None:
    """Whatever a value holds: the first line is the verdict, every line one member, every field one pair."""
    text = lines(one)
    assert text.startswith("ALLOW 01J\n" if one.allowed else f"DENY {one.code} ")
    assert all(re.match(r"[a-z_]+: ", line) for line in text.split("\n")[1:-1])
    pairs = [pair.split("=") for pair in fields(one).split("&")]
    assert all(len(pair) == 2 for pair in pairs)
    assert dict(pairs)["decision"] == one.verdict
    assert re.fullmatch(r"[A-Za-z0-9_.~%&=-]*", fields(one))


@given(answers)
def test_the_permit_is_in_no_route(one: Said) -> None:
    """What a route names goes onto the leg to the person called."""
    made = routes(one, Switches(gateway="carrier.example"))
    assert "01J" not in str(made["routes"]) or "01J" in one.to + one.caller_id
    assert bool(made["routes"]) == one.allowed


words = st.sampled_from(["", "ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL", "busy "]) | texts
causes = st.integers(0, 999).map(str) | st.sampled_from(["USER_BUSY", "NORMAL_CLEARING", ""]) | texts


@given(words, causes, st.none() | st.integers(0, 99_999))
def test_every_end_has_an_outcome_of_the_record(status: str, cause: str, seconds: int | None) -> None:
    """Or the status is refused; an answered call is never a failed one."""
    try:
        outcome = outcome_of(status, cause, seconds)
    except BadInput:
        return
    assert outcome in get_args(Outcome)
    if status == "ANSWER":
        assert outcome == "answered"
