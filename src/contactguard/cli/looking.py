"""What `doctor` looks at on the machine and in the store: disk, secrets, the age of data, what is halted or behind."""

from __future__ import annotations

import os
import stat
import statistics
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ..errors import ContactGuardError
from .common import with_store

if TYPE_CHECKING:
    from ..settings import Settings

_DAY = 86_400
_RULES_DAYS, _NUMBERS_DAYS, _BACKUP_DAYS = 180, 180, 7
_LITTLE, _VERY_LITTLE = 5 << 30, 1 << 29
_FSYNCS, _TOO_FAST_SECONDS = 15, 20e-6


class Finding(NamedTuple):
    """One thing looked at: `ok`, `note` (worth knowing) or `wrong`."""

    standing: str
    what: str


def ages(now: int) -> Iterator[Finding]:
    """How old the data are that decisions rest on."""
    from ..law.instants import print_utc
    from ..rules.load import library_versions, load
    from ..rules.pages.stale import findings

    versions = library_versions()
    year = print_utc(now)[:4]
    zones = f"time zone data {versions['tzdata']}"
    if versions["tzdata"][:4] < year:
        yield Finding("note", f"{zones}, of a year that is over: pip install --upgrade tzdata, and start again")
    else:
        yield Finding("ok", zones)
    yield _numbers(versions["phonenumbers"], now)
    overdue = sum(one.overdue for one in findings(load(), now // _DAY, _RULES_DAYS))
    if overdue:
        yield Finding("note", f"{overdue} things to see to in the shipped rules: contactguard regimes stale")
    else:
        yield Finding("ok", f"every law was read within {_RULES_DAYS} days; no calendar of holidays ends sooner")


def _numbers(version: str, now: int) -> Finding:
    """Numbering data carry no date; when they were installed says how old they are at least."""
    said = f"telephone numbering data {version}"
    file = next((file for file in metadata.files("phonenumbers") or () if file.name == "METADATA"), None)
    try:
        days = int(now - Path(str(file.locate())).stat().st_mtime) // _DAY if file is not None else 0
    except OSError:
        days = 0
    if days > _NUMBERS_DAYS:
        return Finding("note", f"{said}, installed {days} days ago: pip install --upgrade phonenumbers")
    return Finding("ok", said)


def disk(folder: Path) -> Iterator[Finding]:
    """Room beside an SQLite file, and how long its disk takes to confirm."""
    free = os.statvfs(folder)
    left = free.f_bavail * free.f_frsize
    said = f"{left / (1 << 30):.1f} GB free beside the store"
    if left < _VERY_LITTLE:
        yield Finding("wrong", f"{said}: make room, or it stops answering soon")
    else:
        yield Finding("note" if left < _LITTLE else "ok", said)
    if not os.access(folder, os.W_OK):
        yield Finding("note", "how long the disk takes to confirm was not measured: this user may not write there")
        return
    seconds = _fsync_seconds(folder)
    said = f"the disk confirms a write in {seconds * 1000:.2f} ms"
    if seconds < _TOO_FAST_SECONDS:
        why = "that is a memory, not a disk, or a cache that forgets: what was answered may be gone after a power cut"
        yield Finding("note", f"{said}; {why}")
    else:
        yield Finding("ok", said)


def _fsync_seconds(folder: Path) -> float:
    """The median time of writing a page and having it confirmed."""
    file, taken = folder / f".contactguard-doctor-{os.getpid()}", []
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for _ in range(_FSYNCS):
            begun = time.perf_counter()
            os.write(descriptor, bytes(4096))
            os.fsync(descriptor)
            taken.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        file.unlink()
    return statistics.median(taken)


def secret_files(settings: Settings) -> Iterator[Finding]:
    """Each secret that the settings name by its path, and what needs an address that carriers can reach."""
    for section, value in msgspec.structs.asdict(settings).items():
        for key in getattr(value, "__struct_fields__", ()):
            named = getattr(value, key)
            if (
                key.endswith(("key_file", "token_file", "secret_file", "password_file"))
                and section != "store"
                and named
            ):
                yield _secret(f"[{section}] {key}", Path(named))
    for section, key in (("twilio", "auth_token_file"), ("smtp", "host")):
        url = settings.server.public_url
        if getattr(getattr(settings, section), key) and (
            url is None or (section == "smtp" and not url.startswith("https://"))
        ):
            yield Finding("wrong", f"[{section}] needs [server] public_url: https://... as the outside reaches it")
    ids = {one.id for one in settings.collector}
    for name in sorted(set(settings.smtp.senders) - ids):
        yield Finding("wrong", f"[smtp] senders: no [[collector]] has the id {name}")


def _secret(where: str, path: Path) -> Finding:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return Finding("wrong", f"{where}: {path} cannot be read: {error.strerror}")
    if stat.S_IMODE(mode) & 0o077:
        return Finding("wrong", f"{where}: others can read it: chmod 600 {path}")
    return Finding("ok", f"{where} can be read by its owner alone")


def in_store(settings: Settings, now: int) -> Iterator[Finding]:
    """What the store says of itself: whether it is behind, what is halted, what was never loaded."""
    from ..operations import call

    asked = ("keeping.kept", "stops.standing", "imports.day_one", "health")

    async def ask(store: Any) -> list[Any]:
        return [await call(store, name, None) for name in asked]

    try:
        kept, stops, day_one, health = with_store(settings, ask)
    except ContactGuardError as error:
        yield Finding("wrong", f"store: {error}")
        return
    yield from _behind(kept, now)
    for stop in stops:
        if stop["kind"] != "restored":
            until = f" until {stop['until']}" if stop["until"] else ""
            yield Finding("note", f"halted from {stop['from']}{until}: {stop['covers']} ({stop['reason']})")
    for sentence in day_one:
        yield Finding("note", sentence)
    for name, value in health["pragmas"].items():
        if health["engine"] == "postgresql" and value != "on":
            yield Finding("wrong", f"PostgreSQL has {name} = {value}: what was answered may be lost; set it on")


def _behind(kept: dict[str, Any], now: int) -> Iterator[Finding]:
    from ..law.instants import print_utc

    restored, backup = kept.get("restored"), kept.get("backup")
    if restored is not None:
        since = f"this store was brought back as of {print_utc(restored['made_at'])} by {restored['by']}"
        if restored["settled"] is None:
            more = "nothing goes out until contacts made since are in it and restore --settle says how"
            yield Finding("wrong", f"{since} and is behind: {more}")
        else:
            settled = restored["settled"]
            yield Finding("ok", f"{since}; settled by {settled['by']} ({settled['how']}: {settled['why']})")
    if backup is None:
        yield Finding("note", "no backup was made by contactguard backup")
    elif (days := (now - backup["made_at"]) // _DAY) > _BACKUP_DAYS:
        yield Finding("note", f"the last backup by contactguard backup is {days} days old")
    else:
        yield Finding("ok", f"the last backup is of {print_utc(backup['made_at'])}")
