"""One frozen value that holds every setting: a TOML file, overlaid by `CONTACTGUARD_*` variables.

A variable is named after its place in the file: `CONTACTGUARD_SERVER_PORT` is `port` in `[server]`; lists
are separated by commas. `CONTACTGUARD_DB` is short for `[store] url`, `CONTACTGUARD_CONFIG` names the file.
Unknown keys are refused by name. No secret has a default, and none stands in the file: `master_key_file` says
where it lies.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from .choices import choices
from .errors import BadInput
from .sections import (
    AGENT_PLACE,
    LICENCE_PLACE,
    CollectorSettings,
    House,
    Jobs,
    Limits,
    Log,
    Permits,
    RuleSettings,
    Section,
    Server,
    Smtp,
    StoreSettings,
    Switches,
    Telephony,
    Twilio,
    Vicidial,
    Vouched,
)


class Settings(Section, frozen=True):
    """Everything that can be set."""

    server: Server = Server()
    store: StoreSettings = StoreSettings()
    house: House = House()
    assume: tuple[Vouched, ...] = ("notices", "communicated", "arrears", "licences")
    permits: Permits = Permits()
    telephony: Telephony = Telephony()
    collector: tuple[CollectorSettings, ...] = ()
    rules: RuleSettings = RuleSettings()
    limits: Limits = Limits()
    vicidial: Vicidial = Vicidial()
    switches: Switches = Switches()
    twilio: Twilio = Twilio()
    smtp: Smtp = Smtp()
    jobs: Jobs = Jobs()
    log: Log = Log()

    def __post_init__(self) -> None:
        ids = [one.id for one in self.collector]
        if len(set(ids)) != len(ids):
            raise ValueError("collector: two of them have the same id")
        if sum(one.default for one in self.collector) > 1:
            raise ValueError("collector: only one may be the default")

    @property
    def default_collector(self) -> CollectorSettings | None:
        """The one marked `default`, else the first."""
        marked = [one for one in self.collector if one.default]
        return next(iter((*marked, *self.collector)), None)

    @property
    def own_number(self) -> str | None:
        """The number to show where nothing else says which: the first of the default collector's."""
        default = self.default_collector
        return next(iter(default.numbers or ()), None) if default is not None else None


_PREFIX = "CONTACTGUARD_"
_NOT_SETTINGS = re.compile(r"CONTACTGUARD_(CONFIG|TEST.*|BENCH.*|SOAK.*)\Z")
_LISTS = frozenset(
    {
        ("assume",),
        ("rules", "dirs"),
        ("server", "call_out_to"),
        ("switches", "fastagi_from"),
        ("switches", "freeswitch_inbound"),
        ("twilio", "carries"),
    }
)


def load(
    path: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Read the settings. `overrides` ({"server": {"port": 0}}), as from a command line, win over both.

    Raises `BadInput` naming the key, never its value.
    """
    file = path or environ.get("CONTACTGUARD_CONFIG")
    raw = _read(Path(file)) if file else {}
    for place, value in _variables(environ):
        _put(raw, place, value)
    for section, values in (overrides or {}).items():
        for key, value in values.items():
            _put(raw, (section, key), value)
    try:
        return msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = _plain(tomllib.loads(file.read_text(encoding="utf-8")))
        return read
    except OSError as error:
        raise BadInput(str(file), f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(str(file), f"is not TOML: {error}") from None


def _plain(value: Any) -> Any:
    """TOML's own dates as text, as they are kept."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _variables(environ: Mapping[str, str]) -> list[tuple[tuple[str, ...], Any]]:
    """Every variable that sets something, with its place in the file."""
    known = _places()
    found: list[tuple[tuple[str, ...], Any]] = []
    for name in sorted(environ):
        if not name.startswith(_PREFIX) or _NOT_SETTINGS.match(name):
            continue
        place = known.get(name)
        if place is None:
            raise BadInput(name, "no such setting")
        value = environ[name]
        items = [item.strip() for item in value.split(",") if item.strip()]
        found.append((place, items if place in _LISTS else value))
    return found


def _places() -> dict[str, tuple[str, ...]]:
    """Variable name -> place, for everything but the tables of collectors."""
    places: dict[str, tuple[str, ...]] = {
        _PREFIX + "DB": ("store", "url"),
        _PREFIX + "MASTER_KEY_FILE": ("store", "master_key_file"),
        _PREFIX + "ASSUME": ("assume",),
    }
    for section, value in msgspec.structs.asdict(Settings()).items():
        if isinstance(value, Section):
            for key in value.__struct_fields__:
                places[f"{_PREFIX}{section}_{key}".upper()] = (section, key)
    return places


def _put(raw: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    if len(place) == 1:
        raw[place[0]] = value
        return
    table = raw.setdefault(place[0], {})
    if not isinstance(table, dict):
        raise BadInput(place[0], "must be a table")
    table[place[1]] = value


_PATH = re.compile(r" - at `\$\.?(.*)`\Z")
_MISSING = re.compile(r"Object missing required field `(.*)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z")
_KINDS = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_PATTERNS = {
    "^[A-Z]{2}$": ", two capital letters such as US",
    LICENCE_PLACE: ", a place such as US, US-NY or US-NY/New York",
    AGENT_PLACE: ", a place such as US or US-CA",
}
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "text",
}


def _named(message: str) -> BadInput:
    """msgspec's sentence as a key and a clause."""
    path = _PATH.search(message)
    where, why = (path.group(1), message[: path.start()]) if path else ("", message)
    if unknown := _UNKNOWN.match(why):
        return BadInput(".".join(filter(None, (where, unknown.group(1)))), "no such setting")
    if missing := _MISSING.match(why):
        return BadInput(".".join(filter(None, (where, missing.group(1)))), "is required")
    if why.startswith("Invalid enum value"):
        why = f"expected one of {', '.join(choices(Settings, where))}"
    why = _KINDS.sub(_worded, why)
    for pattern, words in _PATTERNS.items():
        why = why.replace(f" matching regex '{pattern}'", words)
    return BadInput(where or "settings", why[:1].lower() + why[1:])


def _worded(kinds: re.Match[str]) -> str:
    """msgspec's names of types in words."""
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.group(1).split(" | ") if kind != "null")
