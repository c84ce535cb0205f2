"""Scenarios: one decision with all its facts in one file, read and written.

YAML is read with JSON's scalars only (true, false, null, JSON numbers; everything else is text). Reading is strict:
`ScenarioError` names the scenario and the field. The defaults of scenario files are filled in here; a scenario with
an `operator` table was written by a store and is taken as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, TypeVar

import msgspec
import yaml

from .answers import Decision
from .decide import Undecidable
from .faults import in_words
from .history import Contact, words
from .instants import Instant, print_beside, read_hook, write_hook
from .model import VOUCHES_ALL, Campaign, Case, Collector, Entry, Facts, Operator, Person, Point, Request, Value
from .rulebook import Rulebook
from .several import decide_all
from .vocabulary import Reason
from .world import past_of, role_on
from .zones import zone

_encoder = msgspec.json.Encoder(enc_hook=write_hook)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = 400
_T = TypeVar("_T")


class ScenarioError(ValueError):
    """A scenario that cannot be read: `where` (file, scenario and field) and `why`."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class Expect(Value, frozen=True, kw_only=True):
    """What the decision must say. `next_allowed` is compared only where the key stands in the file.

    `rules`: each of these, by full id, must refuse, warn or ask for something; `relaxed_by`: each must have been
    relaxed; `silent`: none of these may do any of that.
    """

    verdict: Literal["allow", "deny"]
    reasons: tuple[Reason, ...] = ()
    next_allowed: Instant | msgspec.UnsetType | None = msgspec.UNSET
    obligations: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    relaxed_by: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class Scenario(Value, frozen=True, kw_only=True):
    """One decision with all its facts, as written."""

    scenario: Literal[1]
    id: str
    persons: tuple[Person, ...]
    contact: Request
    at: Instant
    source: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    collector: Collector = Collector()
    cases: tuple[Case, ...] = (Case(ref="C-1"),)
    history: tuple[Entry, ...] = ()
    campaign: Campaign | None = None
    regimes: tuple[str, ...] | None = None
    operator: Operator | None = None
    expect: Expect | None = None

    @property
    def facts(self) -> Facts:
        """The facts as law reads them."""
        filled = self.operator is None
        return Facts(
            persons=tuple(_known(person) for person in self.persons) if filled else self.persons,
            cases=tuple(_filled(case) for case in self.cases) if filled else self.cases,
            collector=self.collector,
            history=past_of(self.history, self.persons, placed=filled),
            campaign=self.campaign,
            operator=self.operator or VOUCHES_ALL,
        )

    def decide(self, book: Rulebook) -> Decision:
        """Decide it. `ScenarioError` where the facts do not fit together."""
        try:
            return decide_all(book, self.facts, self.contact, self.at, id=self.id, regimes=self.regimes)
        except Undecidable as error:
            raise ScenarioError(f"{self.id}: {error.where}", error.why) from None


def read(data: bytes | str, name: str) -> Iterator[Scenario]:
    """The scenarios of one file, in order: YAML or JSON, one, a list, or one a line (NDJSON)."""
    text = _text(data, name)
    place = -1
    for place, raw in enumerate(_documents(text, name)):
        if not isinstance(raw, dict):
            raise ScenarioError(f"{name}: scenario {place + 1}", "expected an object with the fields of a scenario")
        yield from_raw(raw, f"{name}: {raw.get('id') or f'scenario {place + 1}'}")
    if place < 0:
        raise ScenarioError(name, "there is no scenario in it")


def from_raw(raw: dict[str, Any], where: str) -> Scenario:
    """One scenario from decoded JSON, YAML or TOML."""
    try:
        found = msgspec.convert(raw, Scenario, strict=True, dec_hook=read_hook)
    except msgspec.ValidationError as error:
        spot, why = in_words(error, Scenario)
        raise ScenarioError(f"{where}: {spot}" if spot else where, why) from None
    for spot, why in _problems(found):
        raise ScenarioError(f"{where}: {spot}", why)
    return found


def write(id: str, facts: Facts, request: Request, at: int, *, regimes: tuple[str, ...] | None = None) -> bytes:
    """One scenario as JSON on which `decide` gives the same bytes as on these facts."""
    history: tuple[Contact, ...] = facts.history
    return _encoder.encode(
        Scenario(
            scenario=1,
            id=id,
            persons=facts.persons,
            contact=request,
            at=Instant(at),
            collector=facts.collector,
            cases=facts.cases,
            history=tuple(words(contact) for contact in history),
            campaign=facts.campaign,
            regimes=regimes,
            operator=facts.operator,
        )
    )


def mismatches(expect: Expect, decision: Decision) -> list[str]:
    """How a decision departs from what was expected, each as one clause; empty if it does not."""
    out = []
    if decision.verdict != expect.verdict:
        out.append(f"verdict {decision.verdict}, expected {expect.verdict}")
    codes = [reason.code for reason in decision.reasons]
    told = ", ".join(codes) or "none"
    out += [f"no reason {code} (reasons: {told})" for code in expect.reasons if code not in codes]
    duties = {obligation.code for obligation in decision.obligations}
    out += [f"no obligation {code}" for code in expect.obligations if code not in duties]
    if expect.next_allowed is not msgspec.UNSET:
        found = None if decision.next_allowed is None else read_hook(Instant, decision.next_allowed)
        if found != expect.next_allowed:
            wanted = "never" if expect.next_allowed is None else print_beside(expect.next_allowed, decision.at)
            out.append(f"next_allowed {decision.next_allowed or 'never'}, expected {wanted} (reasons: {told})")
    return out + _voices(expect, decision)


def _voices(expect: Expect, decision: Decision) -> list[str]:
    """How the rules that spoke depart from those that were to speak."""
    spoke = {said.rule for said in (*decision.reasons, *decision.warnings)} | {o.rule for o in decision.obligations}
    eased = {relaxation.rule for relaxation in decision.relaxed_by}
    out = [f"{rule} says nothing" for rule in expect.rules if rule not in spoke]
    out += [f"{rule} was not relaxed" for rule in expect.relaxed_by if rule not in eased]
    return out + [f"{rule} should say nothing" for rule in expect.silent if rule in spoke | eased]


def _filled(case: Case) -> Case:
    """The defaults of scenario files."""
    return case if case.product is not None else msgspec.structs.replace(case, product="credit_card")


def _known(person: Person) -> Person:
    """The same: the person gave an address unless somebody else is named, and anyone can have one at its domain."""
    if not person.points:
        return person
    return msgspec.structs.replace(person, points=tuple(_given(point) for point in person.points))


def _given(point: Point) -> Point:
    public = point.public_domain is not False
    return msgspec.structs.replace(point, source=point.source or "person", public_domain=public)


def _problems(s: Scenario) -> Iterator[tuple[str, str]]:
    """What no single field shows: (field, why)."""
    if not s.persons:
        yield "persons", "at least one person is needed"
    if not s.cases:
        yield "cases", "at least one case is needed"
    refs = [case.ref for case in s.cases]
    for name, values in (("persons", [p.id for p in s.persons]), ("cases", refs)):
        if len(set(values)) < len(values):
            yield name, "the same id stands twice"
    for place, person in enumerate(s.persons):
        yield from _person_problems(person, refs, f"persons[{place}]")
    known = {person.id for person in s.persons}
    for place, entry in enumerate(s.history):
        if entry.person is not None and entry.person not in known:
            yield f"history[{place}].person", "no person has this id"
    if s.contact.channel == "portal" and s.contact.direction == "outbound":
        yield "contact.channel", "nothing goes out through the portal"
    if s.contact.person is not None and s.contact.person not in known:
        yield "contact.person", "no person has this id"
    chosen = next((p for p in s.persons if p.id == s.contact.person), s.persons[0] if s.persons else None)
    for ref in s.contact.cases or ():
        if ref not in refs:
            yield "contact.cases", "no case has this ref"
        elif chosen is not None and role_on(chosen, ref) is None:
            yield "contact.cases", "the person has no part in this case"


def _person_problems(person: Person, refs: list[str], where: str) -> Iterator[tuple[str, str]]:
    for ref in (*(person.cases or ()), *(person.roles or {})):
        if ref not in refs:
            yield f"{where}.cases", "no case has this ref"
    if person.cases == ():
        yield f"{where}.cases", "leave it out for all cases, or name at least one"
    for place, evidence in enumerate(person.evidence):
        for name in evidence.zones:
            try:
                zone(name)
            except ValueError as error:
                yield f"{where}.evidence[{place}].zones", str(error)
    for name in ("restrictions", "consents"):
        for place, fact in enumerate(getattr(person, name)):
            if (fact.start is None) != (fact.end is None):
                yield f"{where}.{name}[{place}]", "from and to stand together"
            if fact.start is not None and fact.start == fact.end:
                yield f"{where}.{name}[{place}]", "from and to are the same"


def _text(data: bytes | str, name: str) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(name, f"not UTF-8 (byte {error.start})") from None


def _documents(text: str, name: str) -> Iterator[Any]:
    """Every scenario of the text, whatever it is written in."""
    start = text.lstrip()
    if start.startswith(("{", "[")):
        yield from _json(text, name)
        return
    try:
        for document in yaml.load_all(text, Loader=_Json):
            yield from document if isinstance(document, list) else [document]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        why = error.problem if isinstance(error, _TwiceError) else "not YAML"
        raise ScenarioError(name, f"{line}{why}") from None
    except RecursionError:
        raise ScenarioError(name, "nested too deeply") from None


def _json(text: str, name: str) -> Iterator[Any]:
    try:
        whole = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield _line(line, f"{name}: line {number}")
        return
    _once(text, name)
    yield from whole if isinstance(whole, list) else [whole]


def _line(line: str, where: str) -> Any:
    try:
        found = msgspec.json.decode(line.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise ScenarioError(where, "not JSON") from None
    _once(line, where)
    return found


def _once(text: str, where: str) -> None:
    """Refuse JSON that names a key twice in one object: of two lists of restrictions one would be lost."""

    def table(pairs: list[tuple[str, Any]]) -> None:
        if twice := _twice([key for key, _ in pairs]):
            raise ScenarioError(where, f"the key {twice} stands twice")

    json.loads(text, object_pairs_hook=table)


def _twice(keys: list[str]) -> str | None:
    if len(set(keys)) == len(keys):
        return None
    return next(key for place, key in enumerate(keys) if key in keys[:place])


_KINDS = (":seq", ":map", ":null")


def _words(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    value = str(node.value)
    return _checked(node, value, value.isascii() or not _SURROGATE.search(value))


def _truth(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    value = str(node.value)
    return _checked(node, value == "true", value in ("true", "false"))


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float:
    fits = len(node.value) <= _DIGITS and _NUMBER.match(node.value) is not None
    return _checked(node, json.loads(node.value) if fits else 0, fits)


def _checked(node: yaml.ScalarNode, value: _T, fits: bool) -> _T:
    if not fits:
        raise yaml.constructor.ConstructorError(None, None, "not a scalar of JSON", node.start_mark)
    return value


class _TwiceError(yaml.constructor.ConstructorError):
    pass


class _Json(yaml.SafeLoader):
    """YAML with JSON's scalars: no dates, no sexagesimals, no yes and no, and no tags that say otherwise."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]
    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag is None or tag.endswith(_KINDS)
    }


def _table(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Iterator[dict[Any, Any]]:
    if twice := _twice([key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]):
        raise _TwiceError(None, None, f"the key {twice} stands twice", node.start_mark)
    yield from loader.construct_yaml_map(node)


_Json.add_constructor("tag:yaml.org,2002:map", _table)
_Json.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), list("tf"))
_Json.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])
_Json.add_implicit_resolver("tag:contactguard,2026:number", _NUMBER, list("-0123456789"))
_Json.add_constructor("tag:contactguard,2026:number", _number)
_Json.add_constructor("tag:yaml.org,2002:bool", _truth)
_Json.add_constructor("tag:yaml.org,2002:str", _words)
