"""The pure decision, alone: no store, no HTTP, the shipped rulebook."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import timeit
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from contactguard.law.decide import decide
from contactguard.law.history import pack
from contactguard.law.instants import DAY, Instant
from contactguard.law.model import Case, Entry, Evidence, Facts, Person, Point, Request
from contactguard.law.scenario import write
from contactguard.rules import load

NOON = 1_772_733_600  # 2026-03-05T18:00:00Z, a Thursday, one in the afternoon in New York
LATER = NOON + 217 * DAY  # 8 October 2026, when the rules of today hold in the city
LAYERS = ("us-ny", "us-ny-nyc")
REGIMES = ("us-fdcpa", "us-reg-f", "us-tcpa")
_LINE = "+12125550123"
_CONTACTS, _SPAN_DAYS = 30, 60
_ROUNDS, _TIMES, _LOADS = 15, 400, 7


class Times(NamedTuple):
    """Microseconds: a yes, a no with its next moment three days off, and `json.loads` of the first's scenario.

    `city`: a yes in a city with laws of its own under its state's and the federal ones, over sixty contacts;
    `considered`: the same with the rules that did not decide.
    """

    allow: float
    deny: float
    loads: float
    city: float
    considered: float


def times() -> Times:
    """The best of several rounds each."""
    book = load.load()
    request = Request(channel="voice", address=_LINE, person="P-1", cases=("C-1",))
    asking = msgspec.structs.replace(request, considered=True)
    calm, talked, layered = _facts(None), _facts(NOON - 4 * DAY), _facts(None, 60, 200, LATER)
    expected = (("allow", None), ("deny", "2026-03-08T08:00:00-04:00"))
    for facts, (verdict, opens) in zip((calm, talked), expected, strict=True):
        found = decide(book, facts, request, NOON, regimes=REGIMES)
        if (found.verdict, found.next_allowed) != (verdict, opens):
            raise RuntimeError(f"not the decision that is to be timed: {found}")
    layers = {one.id for one in decide(book, layered, request, LATER).regimes}
    if not layers > {*REGIMES, *LAYERS} or decide(book, layered, request, LATER).verdict != "allow":
        raise RuntimeError(f"not the layers that are to be timed: {layers}")
    scenario = write("bench", calm, request, NOON, regimes=REGIMES)
    return Times(
        _best(lambda: decide(book, calm, request, NOON, regimes=REGIMES)),
        _best(lambda: decide(book, talked, request, NOON, regimes=REGIMES)),
        _best(lambda: json.loads(scenario)),
        _best(lambda: decide(book, layered, request, LATER)),
        _best(lambda: decide(book, layered, asking, LATER)),
    )


def load_ms() -> float:
    """Milliseconds to read every shipped regime in a process that has read none, the best of a few."""
    code = "import timeit; from contactguard.rules import load; print(timeit.timeit(load.load, number=1))"
    runs = [subprocess.run((sys.executable, "-c", code), check=True, capture_output=True) for _ in range(_LOADS)]
    return min(float(run.stdout) for run in runs) * 1e3


def _facts(talk: int | None, contacts: int = _CONTACTS, days: int = _SPAN_DAYS, now: int = NOON) -> Facts:
    """So many calls of so many days up to now, evenly apart; the one at `talk` a conversation."""
    home = Evidence(kind="residence", country="US", subdivision="NY", city="New York", zones=("America/New_York",))
    person = Person(id="P-1", points=(Point(address=_LINE, line="mobile", label="mobile"),), evidence=(home,))
    history = []
    for number in range(contacts):
        at = now - days * DAY + (number + 1) * days * DAY // contacts - 2 * 3600
        outcome: Any = "voicemail" if number % 3 else "no_answer"
        if talk is not None and abs(at - talk) < DAY:
            outcome = "conversation"
        name = hashlib.sha256(str(number).encode()).hexdigest()[:32]
        past = Entry(at=Instant(at), channel="voice", outcome=outcome, id=name, address=_LINE, cases=("C-1",))
        history.append(pack(past, "P-1"))
    return Facts(persons=(person,), cases=(Case(ref="C-1", product="credit_card"),), history=tuple(history))


def _best(does: Callable[[], Any]) -> float:
    return min(timeit.repeat(does, number=_TIMES, repeat=_ROUNDS)) / _TIMES * 1e6
