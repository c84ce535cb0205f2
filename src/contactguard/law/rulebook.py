"""A rulebook: every regime in force at one time, immutable, addressed by its digest.

`parse` turns the text of one rule file into a `Regime` or says, naming file, rule and field, what is wrong with it;
`Rulebook` holds them and knows which apply where.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import msgspec

from . import checking, checking_calendars
from .calendars import Closed, Lister, Unlisted, closed
from .checking_relax import Problem
from .faults import in_words
from .grammar import Calendar, FileTable, OwnTable, Reading, RegimeTable, RuleTable, Weight
from .instants import Day, print_day, read_hook
from .reach import Look, Reach, eased_looks
from .values import VALUES, Values
from .whose import wanted
from .wording import Reader, Wording

ENGINE = 2


class RuleError(ValueError):
    """A rule file that cannot be used: which file, where in it, and why."""

    def __init__(self, name: str, where: str, why: str) -> None:
        super().__init__(f"{name}: {where}: {why}" if where else f"{name}: {why}")
        self.name, self.where, self.why = name, where, why


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with its dated versions, oldest first. `full_id` as `us-reg-f.hours`.

    `version`: names what the file says of it (12 hex digits). `reading`: it stands here as counsel reads it, and ends
    on the day `until` where a later reading begins. `weights`: what sets its force; `weight`: what has set it.
    """

    full_id: str
    table: RuleTable
    versions: tuple[Values, ...]
    overlay: bool
    version: str = ""
    reading: Reading | None = None
    until: Day | None = None
    weights: tuple[Weight, ...] = ()
    weight: Weight | None = None


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """One body of rules. `digest`: of the file it came from, of the days that a library filled in, and of what was set
    or read into it (64 hex digits). `calendars`: every calendar of the file, as its days.

    `shipped`: the same without the operator's readings and weights, where there are any. `later`: the file's text,
    where its worked examples are not read yet; they decide nothing, and reading them takes longer than all the rest.
    """

    id: str
    head: RegimeTable
    digest: str
    rules: tuple[Rule, ...]
    calendars: Mapping[str, Closed]
    file: FileTable
    source: str = ""
    shipped: Regime | None = None
    later: str = ""

    @property
    def version(self) -> str:
        """The digest, shortened for people."""
        return self.digest[:12]

    def closed(self, name: str | None) -> Closed | None:
        """The calendar of that name, if one is named."""
        return None if name is None else self.calendars[name]


class OwnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of readings and weights. `digest`: of its text (64 hex digits); `said`: (regime, table as JSON)."""

    table: OwnTable
    said: tuple[tuple[str, str], ...]
    digest: str
    source: str


def opened(text: str, name: str) -> dict[str, Any]:
    """A rule file as TOML, its dates as text. `RuleError` names the file and the line."""
    try:
        whole: dict[str, Any] = _plain(tomllib.loads(text))
        return whole
    except tomllib.TOMLDecodeError as error:
        raise RuleError(name, "", f"not TOML: {error}") from None
    except RecursionError:
        raise RuleError(name, "", "not TOML: nested too deeply") from None


def parse(text: str, name: str, lister: Lister | None = None) -> Regime:
    """Read one file of a regime. `RuleError` names the file, the rule and the field.

    `lister` knows the days of calendars that name a library; without it a file with such a calendar is refused.
    """
    return regime_of(opened(text, name), text, name, lister)


def regime_of(raw: dict[str, Any], text: str, name: str, lister: Lister | None = None) -> Regime:
    """The same of a file that is open already."""
    for apart in ("reading", "weight"):
        if apart in raw and "regime" in raw:
            raise RuleError(name, apart, "stands in a file of its own, which has no [regime]")
    table = convert(raw, FileTable, name, raw)
    head = table.regime
    refuse(checking.of_head(head), name)
    refuse(checking_calendars.of_calendars(table.calendar), name)
    calendars = {title: _closed(title, one, name, lister) for title, one in table.calendar.items()}
    refuse(checking.of_untested(table), name)
    seen: set[str] = set()
    rules = []
    for place, rule in enumerate(table.rule):
        where = f"rule {rule.id}"
        if rule.id in seen:
            raise RuleError(name, where, "this id stands twice in the file")
        seen.add(rule.id)
        refuse(checking.of_rule(rule, head), name, where)
        rules.append(
            Rule(
                full_id=f"{head.id}.{rule.id}",
                table=rule,
                versions=versions_of(rule, table, name, where),
                overlay=head.overlay,
                version=_short(raw["rule"][place]),
            )
        )
    return Regime(
        id=head.id,
        head=head,
        digest=_digest(text, table.calendar, calendars),
        rules=tuple(rules),
        calendars=calendars,
        file=table,
        source=name,
    )


def _closed(title: str, table: Calendar, name: str, lister: Lister | None) -> Closed:
    """The days of one calendar."""
    try:
        return closed(table, lister)
    except Unlisted as error:
        where = f"calendar.{title}.library"
        raise RuleError(name, f"{where}.{error.field}" if error.field else where, error.why) from None


def _digest(text: str, tables: Mapping[str, Calendar], calendars: Mapping[str, Closed]) -> str:
    """Of the text, and of the days that came from a library."""
    seed = [text]
    for title, table in sorted(tables.items()):
        if table.library is not None:
            days = [print_day(day) for day in sorted(calendars[title].days)]
            seed.append(json.dumps([title, sorted(calendars[title].years), days]))
    return hashlib.sha256("\n".join(seed).encode()).hexdigest()


def _short(raw: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:12]


def versions_of(rule: RuleTable, file: FileTable, name: str, where: str) -> tuple[Values, ...]:
    """The dated versions of a rule, read and checked."""
    versions = tuple(_version(rule, place, file, name, where) for place in range(len(rule.since)))
    refuse(checking.of_order(versions), name, where)
    return versions


def _version(rule: RuleTable, place: int, file: FileTable, name: str, where: str) -> Values:
    where = f"{where}.since[{place}]"
    values: Values = convert(rule.since[place], VALUES[rule.kind], name, None, where)
    refuse(checking.of_version(values, rule, file), name, where)
    return values


def refuse(problems: Iterable[Problem], name: str, where: str = "") -> None:
    """Refuse a file with the first of these problems."""
    for spot, why in problems:
        raise RuleError(name, ".".join(part for part in (where, spot) if part), why)


def _plain(value: Any) -> Any:
    """TOML's own dates as text, so that every date is read and refused in one place."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value


def convert(raw: Any, kind: Any, name: str, file: Any, where: str = "") -> Any:
    """A table as a value of that kind. `RuleError` says which field does not fit."""
    try:
        return msgspec.convert(raw, kind, dec_hook=read_hook, strict=True)
    except msgspec.ValidationError as error:
        path, why = in_words(error, kind)
        spot = ".".join(part for part in (where, _spot(path, file)) if part)
        raise RuleError(name, spot, why) from None


def _spot(path: str, file: Any) -> str:
    """`rule[3].citation` as `rule hours.citation` where the rule has a name, `calendar[...]` as `calendar.national`."""
    if path.startswith("calendar[...]"):
        return f"calendar.{_faulty(file['calendar'])}{path[len('calendar[...]') :]}"
    found = re.match(r"(rule|reading|weight)\[(\d+)\]", path)
    if not found or not isinstance(file, dict):
        return path
    kind, place = found[1], int(found[2])
    tables = file.get(kind, [])
    table = tables[place] if place < len(tables) else None
    named = table.get("id" if kind == "rule" else "of") if isinstance(table, dict) else None
    return f"{kind} {named}{path[found.end() :]}" if isinstance(named, str) else path


def _faulty(calendars: dict[str, Any]) -> str:
    """The name of the calendar that cannot be read."""
    for name, table in calendars.items():
        try:
            msgspec.convert(table, Calendar, dec_hook=read_hook, strict=True)
        except msgspec.ValidationError:
            return name
    raise AssertionError("one of them was refused")


class Rulebook:
    """All regimes in force at one time. Immutable; `digest` names it, `reach` how far back it looks at contacts.

    `own`: the files whose readings and weights are in the regimes already. `reader` reads texts by the `wording`.
    """

    def __init__(
        self, regimes: Iterable[Regime], tzdata: str, *, own: tuple[OwnFile, ...] = (), wording: Iterable[Wording] = ()
    ) -> None:
        self.regimes: Mapping[str, Regime] = {regime.id: regime for regime in sorted(regimes, key=lambda r: r.id)}
        self.tzdata, self.own = tzdata, own
        seed = [f"{regime.id} {regime.digest}" for regime in self.regimes.values()]
        seed += sorted(file.digest for file in own)
        self.wording = tuple(sorted(wording, key=lambda file: file.digest))
        seed += [f"wording {file.digest}" for file in self.wording]
        self.digest = "sha256:" + hashlib.sha256("\n".join([*seed, tzdata]).encode()).hexdigest()
        self.overlays = tuple(regime for regime in self.regimes.values() if regime.head.overlay)
        self.laws = tuple(regime for regime in self.regimes.values() if not regime.head.overlay)
        self.rules = tuple(rule for regime in self.regimes.values() for rule in regime.rules)
        self.reach = Reach(dict.fromkeys(look for rule in self.rules for look in _looks(rule)))
        self.named = wanted(rule.table.scope for rule in self.rules)
        self.reader = _reader(self.wording)
        self.programs: dict[Any, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        """For another process: all but the programs, which are compiled again where they are needed."""
        return {**self.__dict__, "programs": {}}


@lru_cache(maxsize=4)
def _reader(wording: tuple[Wording, ...]) -> Reader:
    """The reader for these phrases: compiling them takes longer than reading every rule file."""
    return Reader(wording)


def _looks(rule: Rule) -> Iterator[Look]:
    """The past contacts at which any version of the rule may look, its relaxations included."""
    for values in rule.versions:
        looks = () if values.repealed else values.looks()
        yield from looks
        yield from eased_looks(looks, rule.table.relax, rule.table.scope.channels)
