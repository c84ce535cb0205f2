"""The properties of decisions hold for laws as the operator reads and weighs them."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contactguard.law.answers import Decision
from contactguard.law.decide import encode
from contactguard.law.instants import DAY, calendar
from contactguard.law.readings import applied, own_file
from contactguard.law.rulebook import Regime, Rulebook, RuleError, opened
from contactguard.law.scenario import read, write

from .drawing import CALENDAR, VALUES, instants, rules, scenes
from .making import Raw, book, law, rule, scenario
from .test_exact import agrees
from .test_more_is_stricter import never_freer
from .test_own_say import reading, say, weight

KINDS = st.sampled_from(sorted(VALUES))
FORCES = st.sampled_from(("prohibits", "warns"))


def with_say(regime: Regime, *readings: Raw, weights: tuple[Raw, ...] = ()) -> Rulebook:
    """The law as the operator reads and weighs it."""
    text = say(readings, weights)
    file = own_file(opened(text, "own.toml"), text, "own.toml")
    plain = book(regime)
    return Rulebook(applied(plain.regimes, [file]).values(), plain.tzdata, own=(file,), wording=plain.wording)


def drawn_law(data: st.DataObject, at: int) -> Regime:
    """One or two drawn rules."""
    kinds = data.draw(st.lists(KINDS, min_size=1, max_size=2))
    drawn = [data.draw(rules(kind, at, id=f"r{place}")) for place, kind in enumerate(kinds)]
    return law(*drawn, calendar={"closed": CALENDAR})


def drawn_readings(data: st.DataObject, regime: Regime, at: int) -> list[Raw]:
    """One or two readings of its first rule, beginning about now."""
    kind = regime.rules[0].table.kind
    days = data.draw(st.sets(st.integers(-2, 3), min_size=1, max_size=2))
    out = []
    for day in sorted(days):
        version = data.draw(VALUES[kind]) | {"from": calendar(at // DAY + day), "repealed": data.draw(st.booleans())}
        out.append(reading(version, of="made-up.r0", kind=kind, author=f"Author {day}"))
    return out


def drawn_weights(data: st.DataObject, at: int, force: st.SearchStrategy[str] = FORCES) -> tuple[Raw, ...]:
    """Up to three weights of the law or its first rule, beginning about now."""
    keys = st.tuples(st.sampled_from(("made-up", "made-up.r0")), st.integers(-2, 3))
    return tuple(
        weight(of=of, force=data.draw(force), **{"from": calendar(at // DAY + day)})
        for of, day in sorted(data.draw(st.sets(keys, max_size=3)))
    )


@given(data=st.data())
def test_readings_and_weights_tell_the_future_exactly(data: st.DataObject) -> None:
    """Over the days on which they begin, in every zone where the person may be."""
    at = data.draw(instants())
    regime = drawn_law(data, at)
    found = with_say(regime, *drawn_readings(data, regime, at), weights=drawn_weights(data, at))
    agrees(found, scenario(data.draw(scenes(at))))


@given(data=st.data())
def test_whoever_reads_a_rule_is_named_wherever_the_reading_decides(data: st.DataObject) -> None:
    """On the day on which it begins too, which comes at another moment in each zone where the person may be."""
    at = data.draw(instants())
    regime = drawn_law(data, at)
    rules = with_say(regime, *drawn_readings(data, regime, at), weights=drawn_weights(data, at))
    found = scenario(data.draw(scenes(at))).decide(rules)
    said = (*found.reasons, *found.warnings, *found.relaxed_by)
    decided = {one.citation.partition("as read by ")[2] for one in said} - {""}
    assert decided <= {one.author for one in found.readings or ()}


def bare(decision: Decision) -> Decision:
    """What was decided, without the names of what decided it."""
    return msgspec.structs.replace(decision, rulebook="", regimes=(), readings=msgspec.UNSET, weights=msgspec.UNSET)


@given(data=st.data())
def test_before_its_first_day_a_reading_changes_no_answer(data: st.DataObject) -> None:
    """Whatever it will say then, but for how long a yes or no will last."""
    at = data.draw(instants())
    regime, raw = drawn_law(data, at), data.draw(scenes(at))
    later = reading(data.draw(VALUES[regime.rules[0].table.kind]) | {"from": calendar(at // DAY + 3)})
    later |= {"of": "made-up.r0", "kind": regime.rules[0].table.kind}
    plain, found = scenario(raw).decide(book(regime)), scenario(raw).decide(with_say(regime, later))
    codes = [[(reason.code, reason.rule) for reason in one.reasons] for one in (plain, found)]
    assert (plain.verdict, codes[0]) == (found.verdict, codes[1])
    assert found.readings is msgspec.UNSET


@given(data=st.data())
def test_a_reading_long_in_force_decides_as_a_law_that_says_so(data: st.DataObject) -> None:
    """Nothing of the shipped rule is left but its name, scope, relaxations and message."""
    at = data.draw(instants())
    kind = data.draw(KINDS)
    one = data.draw(rules(kind, at, id="r0"))
    version = data.draw(VALUES[kind])
    new = reading(version | {"from": calendar(at // DAY - 40)}, of="made-up.r0", kind=kind)
    replaced = one | {"since": new["since"], "citation": f"{new['citation']}, as read by {new['author']}"}
    shipped, direct = (law(rule, calendar={"closed": CALENDAR}) for rule in (one, replaced))
    case = scenario(data.draw(scenes(at)))
    assert bare(case.decide(with_say(shipped, new))) == bare(case.decide(book(direct)))


@given(data=st.data())
def test_a_weight_that_prohibits_never_frees(data: st.DataObject) -> None:
    """It makes warnings refusals, and nothing else."""
    at = data.draw(instants())
    regime, raw = drawn_law(data, at), data.draw(scenes(at))
    weights = drawn_weights(data, at, st.just("prohibits"))
    never_freer(scenario(raw).decide(book(regime)), scenario(raw).decide(with_say(regime, weights=weights)))


@given(data=st.data())
def test_a_weight_that_warns_loses_no_word(data: st.DataObject) -> None:
    """Each reason is still told, as a reason or as a warning beside the yes."""
    at = data.draw(instants())
    regime, raw = drawn_law(data, at), data.draw(scenes(at))
    plain = scenario(raw).decide(book(regime))
    found = scenario(raw).decide(with_say(regime, weights=drawn_weights(data, at, st.just("warns"))))
    told = {(one.code, one.rule) for one in (*found.reasons, *found.warnings)}
    assert told == {(one.code, one.rule) for one in (*plain.reasons, *plain.warnings)}


@given(data=st.data())
def test_what_is_written_decides_the_same_byte_for_byte(data: st.DataObject) -> None:
    """Readings and weights belong to the rulebook, so a scenario needs none of them."""
    at = data.draw(instants())
    regime = drawn_law(data, at)
    case = scenario(data.draw(scenes(at)))
    found = with_say(regime, *drawn_readings(data, regime, at), weights=drawn_weights(data, at))
    again = next(read(write(case.id, case.facts, case.contact, case.at, regimes=case.regimes), "test"))
    assert encode(again.decide(found)) == encode(case.decide(found))


ODD = st.recursive(
    st.sampled_from(
        ("", " ", "made-up.r0", "made-up.", ".", "house", "warns", "voice", "{now}", "{", -1, 0, True, 1.5)
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("from", "open", "all", "by", "channels", "limit")), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(data=st.data())
def test_a_file_with_anything_in_it_is_read_or_refused_by_name(data: st.DataObject) -> None:
    """One field at a time, of a reading or a weight: never another error, never half a reading."""
    say_of = {"reading": reading(of="made-up.r0"), "weight": weight(of="made-up.r0")}
    kind = data.draw(st.sampled_from(sorted(say_of)))
    field = data.draw(st.sampled_from((*sorted(say_of[kind]), "channels", "scope", "relax", "message", "extra")))
    table = say_of[kind] | {field: data.draw(ODD)}
    raw = {kind: data.draw(st.sampled_from(([table], [table, say_of[kind]], table)))}
    regime = law(rule("window", {"open": {"all": [["08:00", "21:00"]]}}, id="r0"))
    try:
        found = applied({regime.id: regime}, [own_file(raw, "text", "own.toml")])["made-up"].shipped
    except RuleError as error:
        found = regime if error.name == "own.toml" and error.why else None
    assert found is regime
