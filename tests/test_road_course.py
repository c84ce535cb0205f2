"""What all reports on one permit come to, as a property of the set of them."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.attempts.course import course
from contactguard.law.vocabulary import Outcome
from contactguard.lines.line import EventType
from contactguard.records.subjects import Stage

OUTCOMES = st.sampled_from([None, *(one for one in get_args(Outcome) if one != "refused")])
STAGES = st.lists(
    st.builds(
        Stage,
        event_id=st.text("abc", min_size=1, max_size=3),
        type=st.sampled_from(get_args(EventType)),
        at=st.integers(0, 6),
        recorded=st.just(9),
        outcome=OUTCOMES,
    ),
    max_size=6,
)
STATES = st.sampled_from(["reserved", "lapsed", "released", "revoked"])


@given(STAGES, STATES, st.sampled_from(["voice", "sms"]), st.data())
def test_the_order_of_reports_changes_nothing(
    stages: list[Stage], state: str, channel: str, data: st.DataObject
) -> None:
    """State, times and outcome follow from what was reported, not from when it came in."""
    other = data.draw(st.permutations(stages))
    assert course(channel, state, tuple(stages)) == course(channel, state, tuple(other))


@given(STAGES, STATES, st.sampled_from(["voice", "sms"]))
def test_a_contact_is_live_from_its_start_to_its_end(stages: list[Stage], state: str, channel: str) -> None:
    """Never both over and under way; what has lapsed or was released stays so, whatever is reported."""
    now = course(channel, state, tuple(stages))
    assert now.live == (now.started is not None and now.ended is None)
    assert now.state == state or state == "reserved"
    assert (now.state == "ended") == (state == "reserved" and now.ended is not None)


def stage(type: str, at: int, outcome: str | None = None) -> Stage:
    """One report."""
    return Stage(f"{type}{at}", type, at, 9, outcome)


@pytest.mark.parametrize(
    ("stages", "outcome"),
    [
        ((stage("ended", 20, "unknown"), stage("ended", 5, "bounced")), "bounced"),
        ((stage("sent", 1), stage("ended", 20, "unknown"), stage("delivered", 9)), "delivered"),
        ((stage("ended", 20, "unknown"),), "unknown"),
        ((stage("ended", 4, "bounced"), stage("sent", 5)), "bounced"),
        ((stage("right_party", 3), stage("ended", 9, "answered")), "conversation"),
        ((stage("voicemail", 3), stage("ended", 9, "answered")), "voicemail"),
        ((stage("answered", 3), stage("ended", 9, "answered")), "answered"),
        ((stage("right_party", 3), stage("ended", 9, "third_party")), "third_party"),
        ((stage("answered", 3), stage("ended", 9, "no_answer")), "no_answer"),
    ],
)
def test_who_knows_more_is_believed(stages: tuple[Stage, ...], outcome: str) -> None:
    """A line that gave up waiting, or a switch that saw no more than a call, does not unsay what others know."""
    assert course("email", "reserved", stages).outcome == outcome
