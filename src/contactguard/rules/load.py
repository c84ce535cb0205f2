"""Rule files from disk to a rulebook: the shipped ones, the operator's own, and the house rules with their settings."""

from __future__ import annotations

import hashlib
import json
import zlib
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tzdata

from ..law.calendars import Closed, Lister, Unlisted
from ..law.grammar import Calendar, Length, Library
from ..law.instants import Day, print_day, read_hook
from ..law.phrases import parse_wording
from ..law.readings import applied, is_own, own_file
from ..law.rulebook import OwnFile, Regime, Rule, Rulebook, RuleError, opened, regime_of
from ..law.values import Counting, Gap, Values
from ..law.wording import Wording
from . import holidays
from .examples import scenarios, scenarios_of, with_examples
from .quick import rules_of
from .wordings import is_wording

zoneinfo.reset_tzpath(to=())
_PACK = 1


class House(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's own numbers: live calls to a person at most (0: no limit), minutes between attempts."""

    live_calls_per_person: int = 1
    gap_minutes: int = 0


class Source(NamedTuple):
    """One file of a rulebook. `own`: it is the operator's, not one of those shipped."""

    name: str
    text: str
    own: bool


def load(dirs: Iterable[Path] = (), *, house: House | None = None, shipped: bool = True) -> Rulebook:
    """Every shipped regime and those of `dirs`, as one rulebook. `RuleError` names file, rule and field."""
    return _book(_sources(dirs, shipped), house or House(), holidays.listed)


def pack(dirs: Iterable[Path] = (), *, house: House | None = None, shipped: bool = True) -> bytes:
    """All that `load` would make a rulebook of, as bytes to keep: names and texts of files, numbers, zone data, and the
    days that the library of holidays fills in.

    The files are read, not judged; `unpack(pack(...))` is one consistent reading of them. `RuleError` for a folder
    that is not there and a file that is no text.
    """
    return _pack(_sources(dirs, shipped), house or House())


def carried(new: bytes, held: bytes, given: bytes | None) -> tuple[bytes, tuple[str, ...]]:
    """A packed rulebook with the operator's own files of the one `held` that the settings never gave; their names.

    `given`: what the settings gave when `held` was put in force. A file that lies where one of the settings' files
    does, and has changed since, gives way to it. `RuleError` where one of the three cannot be read; whether they go
    together, `unpack` says.
    """
    whole, before = _unpacked(new), _own(given) if given is not None else {}
    ours = _own(new)
    texts, newer = {*ours.values(), *before.values()}, {name for name in ours if ours[name] != before.get(name)}
    more = [(name, text) for name, text in _own(held).items() if text not in texts and name not in newer]
    if not more:
        return new, ()
    files = [*whole.files, *((name, text, True) for name, text in more)]
    return _pack(files, whole.house), tuple(name for name, _ in more)


def _own(body: bytes) -> dict[str, str]:
    return {name: text for name, text, own in _unpacked(body).files if own}


def _pack(files: Sequence[tuple[str, str, bool]], house: House) -> bytes:
    whole = {
        "files": files,
        "holidays": _filled_in(files),
        "house": msgspec.structs.asdict(house),
        "pack": _PACK,
        "tzdata": tzdata.IANA_VERSION,
    }
    return zlib.compress(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode(), 9)


def unpack(body: bytes) -> Rulebook:
    """The rulebook of packed files: the same digest as `load` of them, whatever lies on this disk now, and whichever
    version of the library of holidays.

    There is one set of zone data in a process, today's. A book packed under other ones is read by today's, names
    these, and so has another digest than it had. `RuleError` for what this engine cannot read.
    """
    whole = _unpacked(body)
    return _book([Source(*one) for one in whole.files], whole.house, _kept(whole.holidays))


def packed_house(body: bytes) -> House:
    """The house's numbers in a packed rulebook. `RuleError` as `unpack`."""
    return _unpacked(body).house


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days of a library's list in some years, as they were when it was packed; `known`: the years that it knew."""

    library: Library
    years: tuple[int, int]
    known: tuple[int, ...]
    days: tuple[Day, ...]


class _Packed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    files: tuple[tuple[str, str, bool], ...]
    house: House
    pack: int
    tzdata: str
    holidays: tuple[_Listed, ...] = ()


def _filled_in(files: Iterable[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    """What the library fills in now, for each calendar of these files that names it; what is wrong is told later."""
    found: dict[tuple[Library, tuple[int, int]], Closed] = {}
    for library, years in _libraries(files):
        with suppress(Unlisted):
            found[library, years] = holidays.listed(library, years)
    return [
        {
            "library": msgspec.structs.asdict(library),
            "years": years,
            "known": sorted(closed.years),
            "days": [print_day(day) for day in sorted(closed.days)],
        }
        for (library, years), closed in found.items()
    ]


def _libraries(files: Iterable[tuple[str, str, bool]]) -> Iterator[tuple[Library, tuple[int, int]]]:
    """Every library that a calendar of these files names, with the calendar's years; files that do not load aside."""
    for name, text, own in files:
        if is_wording(name) or "library" not in text:
            continue
        with suppress(RuleError, msgspec.ValidationError):
            tables = (opened(text, name) if own else rules_of(text, name)).get("calendar", {})
            for table in msgspec.convert(tables, dict[str, Calendar], dec_hook=read_hook).values():
                if table.library is not None:
                    yield table.library, table.years


def wanted_lists() -> set[tuple[str, str]]:
    """The places and categories of the library of holidays that the shipped files name."""
    found = _libraries(_sources((), True))
    return {(library.place, category) for library, _ in found for category in library.categories}


def _kept(lists: Iterable[_Listed]) -> Lister:
    """The days as they were packed."""
    kept = {(one.library, one.years): Closed(frozenset(one.known), frozenset(map(int, one.days))) for one in lists}

    def lister(library: Library, years: tuple[int, int]) -> Closed:
        return kept.get((library, years)) or holidays.listed(library, years)

    return lister


def _unpacked(body: bytes) -> _Packed:
    try:
        whole = msgspec.json.decode(zlib.decompress(body), type=_Packed, dec_hook=read_hook)
    except (zlib.error, msgspec.DecodeError):
        raise RuleError("packed rulebook", "", "is damaged, or was made by a newer version of this program") from None
    if whole.pack != _PACK:
        raise RuleError("packed rulebook", "", "was made by another version of this program, which must read it")
    return whole


def _book(sources: Iterable[Source], house: House, lister: Lister) -> Rulebook:
    regimes: dict[str, Regime] = {}
    files: list[OwnFile] = []
    wording: list[Wording] = []
    for name, text, own in sources:
        if is_wording(name):
            wording.append(parse_wording(text, name))
            continue
        raw = opened(text, name) if own else rules_of(text, name)
        if is_own(raw):
            if not own:
                raise RuleError(name, "", "readings and weights stand in the operator's own files")
            files.append(own_file(raw, text, name))
            continue
        regime = regime_of(raw, text, name, lister)
        if regime.id in regimes:
            raise RuleError(name, "regime.id", f"{regimes[regime.id].source} has the same id")
        if own:
            for _ in scenarios(regime):  # an example that cannot be read is refused with its file
                pass
        regimes[regime.id] = msgspec.structs.replace(regime, later="" if own else text)
    _check_replaced(regimes)
    if "house" in regimes:
        regimes["house"] = furnished(regimes["house"], house)
    whole = applied(regimes, files).values()
    book = Rulebook(whole, tzdata.IANA_VERSION, own=tuple(files), wording=wording)
    for file in files:
        for _ in scenarios_of(file):
            pass
    return book


def _check_replaced(regimes: dict[str, Regime]) -> None:
    """A law may stand in the place only of another law that is there, and not of one that stands in its own."""
    for regime in regimes.values():
        for name in regime.head.replaces:
            other = regimes.get(name)
            if other is None:
                raise RuleError(regime.source, "regime.replaces", f"no regime is called {name!r}")
            if other.head.overlay:
                raise RuleError(regime.source, "regime.replaces", f"{name} is an overlay, which nothing replaces")
            if regime.id in _replaced_by(name, regimes):
                raise RuleError(regime.source, "regime.replaces", f"{name} replaces this one in its turn; only one can")


def _replaced_by(name: str, regimes: dict[str, Regime]) -> set[str]:
    """Every regime in whose place this one stands, directly or through others."""
    found: set[str] = set()
    left = [name]
    while left:
        regime = regimes.get(left.pop())
        fresh = set(regime.head.replaces) - found if regime else set()
        found |= fresh
        left += sorted(fresh)
    return found


def _sources(dirs: Iterable[Path], shipped: bool) -> list[Source]:
    out: list[Source] = []
    if shipped:
        out += _walk(files(__package__), "", own=False)
    for folder in dirs:
        if not folder.is_dir():
            raise RuleError(str(folder), "", "no such folder")
        out += _walk(folder, f"{folder}/", own=True)
    return out


def _walk(folder: Traversable, prefix: str, *, own: bool) -> list[Source]:
    out: list[Source] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            out += _walk(item, f"{prefix}{item.name}/", own=own)
        elif item.name.endswith(".toml"):
            try:
                out.append(Source(f"{prefix}{item.name}", item.read_text(encoding="utf-8"), own))
            except UnicodeDecodeError as error:
                raise RuleError(f"{prefix}{item.name}", "", f"not UTF-8 (byte {error.start})") from None
    return out


def furnished(regime: Regime, house: House) -> Regime:
    """The house rules with the operator's numbers in them; a number of 0 takes its rule away."""
    regime = with_examples(regime)
    numbers = {"live_calls": house.live_calls_per_person, "gap": house.gap_minutes}
    rules = []
    for rule in regime.rules:
        number = numbers.get(rule.table.id)
        if number == 0:
            continue
        rules.append(rule if number is None else _with_number(rule, number))
    seed = f"{regime.digest} {sorted(numbers.items())}"
    digest = hashlib.sha256(seed.encode()).hexdigest()
    file = msgspec.structs.replace(regime.file, example=_still_true(regime, house))
    return msgspec.structs.replace(regime, rules=tuple(rules), digest=digest, file=file)


def _still_true(regime: Regime, house: House) -> tuple[dict[str, Any], ...]:
    """The worked examples but for those, by their tags, that rest on a number that the operator has changed."""
    shipped = House()
    changed = {"live_calls"} if house.live_calls_per_person != shipped.live_calls_per_person else set()
    changed |= {"gap"} if house.gap_minutes != shipped.gap_minutes else set()
    return tuple(raw for raw in regime.file.example if changed.isdisjoint(raw.get("tags", ())))


def _with_number(rule: Rule, number: int) -> Rule:
    return msgspec.structs.replace(rule, versions=tuple(_set(values, number) for values in rule.versions))


def _set(values: Values, number: int) -> Values:
    if isinstance(values, Counting):
        return msgspec.structs.replace(values, limit=number)
    if isinstance(values, Gap):
        return msgspec.structs.replace(values, wait=Length(minutes=number))
    return values


def library_versions() -> dict[str, str]:
    """The data that decisions rest on: zone data, telephone numbering data, and holidays."""
    versions = {name: metadata.version(name) for name in ("phonenumbers", "holidays")}
    return {"tzdata": tzdata.IANA_VERSION, **versions}
