"""Whether examples would notice a changed rule: every change is made, and every one is caught or has its reason."""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest

from a_book import shipped
from contactguard.law.grammar import DayClass, Each, Filter, Length, Library, Relax, Scope
from contactguard.law.instants import Clock, Day, MonthDay
from contactguard.law.rulebook import Regime, parse
from contactguard.law.values import VALUES, Way
from contactguard.rules.mutate import AIM, changes, mutate
from contactguard.rules.steps import TEXTS, of_table

from .making import rule, text

SHIPPED = shipped()
LEDGER = Path(__file__).parents[1] / "golden" / "noticed.ndjson"
TABLES = [Scope, Filter, Length, Relax, Way, Each, Library, *VALUES.values()]
FIELDS = [
    (table, field) for table in TABLES for field in msgspec.structs.fields(table) if field.encode_name not in TEXTS
]
EXAMPLE = """
[[example]]
id = "made-up-{id}"
persons = [{{ id = "P-1", evidence = [{{ kind = "residence", zones = ["America/New_York"] }}] }}]
contact = {{ channel = "voice", address = "+12125550101" }}
at = 2026-05-12T{at}-04:00
expect = {{ verdict = "{verdict}" }}
"""
HOURS = rule("window", {"open": {"tue": [["08:00", "21:00"]]}})


def sample(kind: Any) -> Any:
    """Some value of that type."""
    if get_origin(kind) in (Union, UnionType):
        return sample(next(one for one in get_args(kind) if one is not NoneType))
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is dict:
        key, value = get_args(kind)
        return {("mon" if key == DayClass else "debt"): sample(value)}
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        return (sample(inner[0]),) if inner[-1] is Ellipsis else tuple(sample(one) for one in inner)
    made = {
        Clock: Clock(600),
        Day: Day(20_000),
        MonthDay: MonthDay(1225),
        bool: True,
        int: 7,
        str: "whereabouts",
        Length: Length(dates=7),
    }
    return made[kind] if kind in made else Filter(placed=True) if kind is Filter else Way(by="used", look_back=60)


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=lambda one: getattr(one, "name", getattr(one, "__name__", "")))
def test_every_field_of_the_grammar_can_be_moved(table: Any, field: Any) -> None:
    """A new field is moved without anyone having to think of it; each step changes that field and no other."""
    needed = {one.name: sample(one.type) for one in msgspec.structs.fields(table) if one.required}
    given = table(**needed | {field.name: sample(field.type)})
    raw = msgspec.to_builtins(given, enc_hook=str)
    steps = list(of_table(given, {field.encode_name: raw[field.encode_name]}))
    assert steps
    for step in steps:
        assert step.field.startswith(field.encode_name)
        assert step.value != given
        assert msgspec.structs.replace(step.value, **{field.name: getattr(given, field.name)}) == given


def made_up(*examples: tuple[str, str, str], more: str = "", **fields: Any) -> Regime:
    """Hours on a Tuesday with these examples."""
    said = "".join(EXAMPLE.format(id=id, at=at, verdict=verdict) for id, at, verdict in examples)
    return parse(text({**HOURS, **fields}) + more + said, "made-up.toml")


def told(regime: Regime) -> list[str]:
    return [str(change) for change in mutate(regime).missed]


EDGES = [("1", "07:59:59", "deny"), ("2", "08:00:00", "allow"), ("3", "20:59:59", "allow"), ("4", "21:00:00", "deny")]


def test_examples_at_both_edges_notice_every_minute() -> None:
    """And what no example looks at is named: other days, the date from which the rule holds, its code."""
    assert [line for line in told(made_up(*EDGES)) if "08:00" in line or "21:00" in line] == []
    missed = told(made_up(*EDGES[:1]))
    assert "one, since[0].open.tue[0][0]: 08:00 to 08:01" in missed
    assert "one, since[0].open.tue[0][1]: 21:00 to 20:59" in missed
    assert "one, since[0].open.wed: closed to open" in missed
    assert "one, since[0].from: 2000-01-01 to 1999-12-31" in missed


def test_a_list_of_words_loses_each_and_gains_each_that_it_has_not() -> None:
    """The portal aside, through which nothing goes out."""
    regime = made_up(*EDGES, scope={"channels": ["voice", "sms"]})
    found = {change.what for change in changes(regime) if change.field == "scope.channels"}
    assert found == {"without voice", "without sms"} | {
        f"with {one}" for one in ("email", "letter", "visit", "messaging")
    }


def test_a_change_that_would_not_load_is_set_apart() -> None:
    """It neither counts as caught nor as missed."""
    closed = rule("counter", {"limit": 0, "period": {"dates": 1}}, code="frequency_cap")
    regime = parse(text(closed), "made-up.toml")
    refused = {str(change) for change in changes(regime) if change.regime is None}
    assert refused == {"one, since[0].limit: 0 to -1", "one, since[0].period.dates: 1 to 0"}
    assert mutate(regime).refused == 2


def test_a_reason_in_the_file_excuses_a_field_or_one_change_of_it() -> None:
    """And one that excuses nothing is told as idle."""
    whole = '[[untested]]\nrule = "one"\nfield = "since[0].open"\nwhy = "One day is like another"\n'
    one = '[[untested]]\nrule = "one"\nfield = "since[0].from"\nchange = "2000-01-01 to 1999-12-31"\nwhy = "Long ago"\n'
    idle = '[[untested]]\nrule = "one"\nfield = "scope"\nwhy = "There is none"\n'
    trial = mutate(made_up(*EDGES, more=whole + one + idle))
    assert [str(change) for change in trial.missed] == [
        "one, since[0].from: 2000-01-01 to 2000-01-02",
        "one, code: outside_hours to public_holiday",
    ]
    assert {change.field.partition(".")[2].partition(".")[0] for change in trial.listed} == {"open", "from"}
    assert [reason.field for reason in trial.idle] == ["scope"]
    assert trial.total == trial.caught + len(trial.listed) + 2


def test_a_draft_and_an_example_that_fails_anyway_count_for_nothing() -> None:
    """A draft decides nothing; an example that is not as it says would notice everything."""
    assert mutate(made_up(*EDGES, status="draft")).total == 0
    assert mutate(made_up(("1", "12:00:00", "deny"))).caught == 0


def test_the_examples_of_a_shipped_regime_notice_its_changes() -> None:
    """Nearly all of them; the others stand in the file with their reason, and no reason is idle."""
    trial = mutate(SHIPPED.regimes["house"])
    assert [str(change) for change in trial.missed] == []
    assert [f"{reason.rule} {reason.field} {reason.change}" for reason in trial.idle] == []
    assert trial.share >= AIM


def test_every_shipped_regime_was_tried_as_it_is_shipped() -> None:
    """`scripts/soak mutate` tries them and writes down what it tried; run it again after a change of a rule."""
    lines = {line["regime"]: line for line in map(json.loads, LEDGER.read_text("utf-8").splitlines())}
    shipped = {name: regime.digest for name, regime in SHIPPED.regimes.items() if regime.rules}
    assert {name: line["digest"] for name, line in lines.items()} == shipped
    assert sum(line["noticed"] for line in lines.values()) >= AIM * sum(line["of"] for line in lines.values())
