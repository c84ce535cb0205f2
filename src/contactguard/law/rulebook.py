"""A rulebook: every regime in force at one time, immutable, addressed by its digest.

`parse` turns the text of one rule file into a `Regime` or says, naming file, rule and field, what is wrong with it;
`Rulebook` holds them and knows which apply where.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

import msgspec

from .grammar import VALUES, Calendar, Counting, FileTable, Filter, Gap, Length, RegimeTable, RuleTable, Values
from .history import Contact
from .instants import DAY, calendar, read_hook
from .kinds.filters import matcher
from .zones import zone

ENGINE = 1
_ID = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)
_RULE_ID = re.compile(r"[a-z][a-z0-9_-]*\Z", re.ASCII)
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3}(/.+)?)?\Z")
_MESSAGE_FIELDS = {"now", "limit", "used", "opens", "closes"}
_RESERVED = {"gate"}


class RuleError(ValueError):
    """A rule file that cannot be used: which file, where in it, and why."""

    def __init__(self, name: str, where: str, why: str) -> None:
        super().__init__(f"{name}: {where}: {why}" if where else f"{name}: {why}")
        self.name, self.where, self.why = name, where, why


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with its dated versions, oldest first. `full_id` as `us-reg-f.hours`."""

    full_id: str
    table: RuleTable
    versions: tuple[Values, ...]
    overlay: bool


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """One body of rules. `version`: the digest of the file it came from, shortened."""

    id: str
    head: RegimeTable
    version: str
    rules: tuple[Rule, ...]
    calendars: Mapping[str, Calendar]
    file: FileTable
    source: str = ""


def parse(text: str, name: str) -> Regime:
    """Read one rule file. `RuleError` names the file, the rule and the field."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(name, "", f"not TOML: {error}") from None
    except RecursionError:
        raise RuleError(name, "", "not TOML: nested too deeply") from None
    table = _convert(_plain(raw), FileTable, name, raw)
    head = table.regime
    _check_head(head, name)
    seen: set[str] = set()
    rules = []
    for rule in table.rule:
        where = f"rule {rule.id}"
        if not _RULE_ID.match(rule.id):
            raise RuleError(name, where, "an id is lower-case letters, digits, _ and -")
        if rule.id in seen:
            raise RuleError(name, where, "this id stands twice in the file")
        seen.add(rule.id)
        _check_rule(rule, head, name, where)
        versions = tuple(_version(rule, place, table, name, where) for place in range(len(rule.since)))
        _check_order(versions, name, where)
        rules.append(Rule(full_id=f"{head.id}.{rule.id}", table=rule, versions=versions, overlay=head.overlay))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Regime(
        id=head.id,
        head=head,
        version=digest[:12],
        rules=tuple(rules),
        calendars=table.calendar,
        file=table,
        source=name,
    )


def _check_head(head: RegimeTable, name: str) -> None:
    if not _ID.match(head.id) or head.id in _RESERVED:
        raise RuleError(name, "regime.id", "an id is lower-case letters, digits and -, and not gate")
    if not head.places and not head.overlay:
        raise RuleError(name, "regime.places", "say where this law applies, or overlay = true")
    if head.overlay and (head.places or head.replaces):
        raise RuleError(name, "regime.overlay", "an overlay applies everywhere and replaces nothing")
    for place in head.places:
        if not _PLACE.match(place):
            raise RuleError(name, "regime.places", "a place is written US, US-NY or US-NY/New York")


def _check_rule(rule: RuleTable, head: RegimeTable, name: str, where: str) -> None:
    if not rule.citation.strip():
        raise RuleError(name, f"{where}.citation", "every rule says where it is written")
    if not rule.since:
        raise RuleError(name, f"{where}.since", "give at least one dated version")
    if rule.kind == "obligation":
        if rule.code or rule.relax:
            raise RuleError(name, where, "an obligation has no code of its own and nothing relaxes it")
    elif rule.code is None:
        raise RuleError(name, f"{where}.code", "say which reason a refusal carries")
    elif not rule.message.strip():
        raise RuleError(name, f"{where}.message", "say in one plain sentence why not")
    if head.overlay and rule.relax:
        raise RuleError(name, f"{where}.relax", "an overlay can neither replace nor relax")
    for field in re.findall(r"{([^}]*)}", rule.message):
        if field not in _MESSAGE_FIELDS:
            known = ", ".join(sorted(_MESSAGE_FIELDS))
            raise RuleError(name, f"{where}.message", f"{{{field}}} is not one of {known}")
    for place, relax in enumerate(rule.relax):
        if (relax.by == "consent") != (relax.consent is not None):
            raise RuleError(name, f"{where}.relax[{place}]", "a relaxation by consent names the consent, no other does")


def _version(rule: RuleTable, place: int, file: FileTable, name: str, where: str) -> Values:
    where = f"{where}.since[{place}]"
    values: Values = _convert(rule.since[place], VALUES[rule.kind], name, None, where)
    _check_values(values, file, name, where)
    return values


def _check_values(values: Values, file: FileTable, name: str, where: str) -> None:
    for field in ("period", "wait"):
        length = getattr(values, field, None)
        if isinstance(length, Length):
            _check_length(length, name, f"{where}.{field}")
    holidays = getattr(values, "holidays", None)
    if holidays is not None and holidays not in file.calendar:
        raise RuleError(name, f"{where}.holidays", "no [calendar] of that name in this file")
    clock = getattr(values, "clock", "whereabouts")
    if clock not in ("whereabouts", "number", "residence"):
        try:
            zone(clock)
        except ValueError as error:
            raise RuleError(name, f"{where}.clock", str(error)) from None
    for day, spans in getattr(values, "open", {}).items():
        for start, end in spans:
            if start >= end:
                raise RuleError(name, f"{where}.open.{day}", "a window opens before it closes")
    if getattr(values, "limit", 0) < 0:
        raise RuleError(name, f"{where}.limit", "a limit is not negative")
    if hasattr(values, "key") and not values.key:
        raise RuleError(name, f"{where}.key", "say what is counted together")


def _check_length(length: Length, name: str, where: str) -> None:
    given = [value for value in msgspec.structs.astuple(length) if value is not None]
    if len(given) != 1:
        raise RuleError(
            name, where, "give exactly one of dates, calendar, hours, minutes, business_days, free_days, ever"
        )
    if isinstance(given[0], int) and (given[0] < 0 or given[0] > 400_000):
        raise RuleError(name, where, "not a sensible length of time")


def _check_order(versions: tuple[Values, ...], name: str, where: str) -> None:
    for earlier, later in pairwise(versions):
        if later.start <= earlier.start:
            raise RuleError(name, f"{where}.since", "versions stand in order of their dates, each date once")


def _plain(value: Any) -> Any:
    """TOML's own dates as text, so that every date is read and refused in one place."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value


def _convert(raw: Any, kind: Any, name: str, file: Any, where: str = "") -> Any:
    try:
        return msgspec.convert(raw, kind, dec_hook=read_hook, strict=True)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        spot = _spot(path.rstrip("`").lstrip("."), file)
        raise RuleError(name, ".".join(part for part in (where, spot) if part), _lower(text)) from None


def _spot(path: str, file: Any) -> str:
    """`rule[3].citation` as `rule hours.citation` where the rule has a name."""
    found = re.match(r"rule\[(\d+)\]", path)
    if not found or not isinstance(file, dict):
        return path
    rules = file.get("rule", [])
    rule = rules[int(found[1])] if int(found[1]) < len(rules) else None
    named = rule.get("id") if isinstance(rule, dict) else None
    return f"rule {named}{path[found.end() :]}" if isinstance(named, str) else path


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


class Rulebook:
    """All regimes in force at one time. Immutable; `digest` names it."""

    def __init__(self, regimes: Iterable[Regime], tzdata: str) -> None:
        self.regimes: Mapping[str, Regime] = {regime.id: regime for regime in sorted(regimes, key=lambda r: r.id)}
        self.tzdata = tzdata
        seed = [f"{regime.id} {regime.version}" for regime in self.regimes.values()]
        self.digest = "sha256:" + hashlib.sha256("\n".join([*seed, tzdata]).encode()).hexdigest()
        self.overlays = tuple(regime for regime in self.regimes.values() if regime.head.overlay)
        self.laws = tuple(regime for regime in self.regimes.values() if not regime.head.overlay)
        self.rules = tuple(rule for regime in self.regimes.values() for rule in regime.rules)
        self.look_back = max((_reach(rule) for rule in self.rules), default=0) + 2
        self.programs: dict[Any, Any] = {}
        self._ever = _ever(self.rules)

    def keeps(self, contact: Contact) -> bool:
        """Whether a rule may look at this contact however long ago it was."""
        return any(matches[contact.what] for matches in self._ever)

    def keyed_by(self, key: str) -> bool:
        """Whether some rule counts per this key."""
        return any(key in getattr(values, "key", ()) for rule in self.rules for values in rule.versions)


def _reach(rule: Rule) -> int:
    """Days back that a rule may look, not counting what it looks at for ever."""
    days = 0
    for values in rule.versions:
        for field in ("period", "wait"):
            length = getattr(values, field, None)
            if isinstance(length, Length):
                days = max(days, _days(length))
    # A consent covers contacts of the whole period, and what ended it may lie its own length before them.
    return days + max((relax.dates or 0 for relax in rule.table.relax), default=0)


def _days(length: Length) -> int:
    if length.calendar:
        return {"day": 1, "week": 7, "month": 31}[length.calendar]
    seconds = (length.hours or 0) * 3600 + (length.minutes or 0) * 60
    business = (length.business_days or 0) * 2 + 14 if length.business_days else 0
    return max(length.dates or 0, length.free_days or 0, business, -(-seconds // DAY))


def _ever(rules: tuple[Rule, ...]) -> list[Any]:
    out = []
    for rule in rules:
        for values in rule.versions:
            if isinstance(values, Counting):
                wanted = (values.count if values.period.ever else None, values.after, values.until)
                out += [matcher(one) for one in wanted if one is not None]
            if isinstance(values, Gap) and values.wait.ever:
                out.append(matcher(values.after))
        if any(relax.ends_with_conversation and relax.dates is None for relax in rule.table.relax):
            out.append(matcher(Filter(outcomes=("conversation",))))
    return out


def is_holiday(day: int, calendars: Mapping[str, Calendar], name: str | None) -> bool:
    """Whether the day is closed by that calendar; a year it does not cover is closed throughout."""
    if name is None:
        return False
    return not covers(day, calendars, name) or day in calendars[name].days


def covers(day: int, calendars: Mapping[str, Calendar], name: str | None) -> bool:
    """Whether that calendar knows the year of this day."""
    if name is None:
        return True
    first, last = calendars[name].years
    return first <= calendar(day).year <= last
