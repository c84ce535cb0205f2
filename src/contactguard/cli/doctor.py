"""`doctor`: what is wrong with an installation."""

from __future__ import annotations

import base64
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..clock import SystemClock
from ..errors import ContactGuardError
from .common import missing, settings_of, store_options, with_store
from .looking import Finding, ages, disk, in_store, secret_files

if TYPE_CHECKING:
    from ..settings import Settings

_SAFE_SQLITE = (3, 51, 3)
_SKEW_SECONDS = 0.5


@click.command(short_help="Look over this installation and say what to do.")
@store_options
def doctor(db: str | None, config: str | None) -> int:
    """Look over this installation: Python, SQLite, the age of zone, number and rule data, settings, secrets, keys,
    disk, store, clock, and what is halted, behind or was never loaded.

    Exit status 1 if something is wrong; each line says what to do about it.
    """
    wrong = False
    for finding in _findings(db, config):
        click.echo(f"{finding.standing:<5} {finding.what}")
        wrong = wrong or finding.standing == "wrong"
    return 1 if wrong else 0


def _findings(db: str | None, config: str | None) -> Iterator[Finding]:
    from ..records.store import is_postgres, sqlite_path

    yield Finding("ok", f"Python {sys.version.split()[0]}")
    yield _sqlite()
    now = int(SystemClock().now())
    yield _tried(_rules)
    yield from ages(now)
    try:
        settings = settings_of(db, config)
    except ContactGuardError as error:
        yield Finding("wrong", f"settings: {error}")
        return
    yield Finding("ok", "settings can be read")
    yield from secret_files(settings)
    if settings.rules.dirs:
        yield from _own_rules(settings)
    if not settings.collector:
        yield Finding("note", "no [[collector]] in the settings: contacts are judged as a third party's")
    if path := missing(settings):
        yield Finding("note", f"no store at {path} yet; serve, import and keys create make it, with its master key")
        return
    yield from _key_file(settings)
    if not is_postgres(settings.store.url):
        yield from disk(sqlite_path(settings.store.url).parent)
    yield _tried(lambda: _store(settings))
    yield from in_store(settings, now)
    yield from _rulebook(settings)


def _tried(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (ContactGuardError, ValueError, OSError) as error:
        return Finding("wrong", " ".join(str(error).split()))


def _sqlite() -> Finding:
    found = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < _SAFE_SQLITE:
        return Finding(
            "note",
            f"{found}: releases before 3.51.3 can damage a file that two programs write to at once; "
            "open the store with nothing but contactguard",
        )
    return Finding("ok", found)


def _rules() -> Finding:
    from ..rules.load import load

    book = load()
    return Finding("ok", f"{len(book.regimes)} regimes, tzdata {book.tzdata}, {book.digest}")


def _own_rules(settings: Settings) -> Iterator[Finding]:
    """The operator's own rule files: whether they can be read, and what in them may no longer be meant."""
    from ..app import rulebook
    from ..law.readings import outdated

    try:
        book = rulebook(settings)
    except (ContactGuardError, ValueError, OSError) as error:
        yield Finding("wrong", " ".join(str(error).split()))
        return
    yield Finding("ok", f"with your own rule files: {len(book.regimes)} regimes, {book.digest}")
    for rule in outdated(book):
        yield Finding(
            "note",
            f"the law's file says something else of {rule.full_id} than when counsel read it: have it read again, and "
            f"set of_version to {rule.version}; the reading stays in force meanwhile",
        )
    known = {" ".join(one.name.split()).casefold() for one in settings.collector}
    for rule in book.rules:
        for name in rule.table.scope.collector_names or ():
            if " ".join(name.split()).casefold() not in known:
                yield Finding(
                    "note", f"{rule.full_id} is for {name}, but no [[collector]] of the settings has this name"
                )


def _key_file(settings: Settings) -> Iterator[Finding]:
    """The master key, as far as it is a file already."""
    url = settings.store.url
    if settings.store.master_key_file:
        path = Path(settings.store.master_key_file)
    elif "://" not in url or url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///").removeprefix("sqlite://") + ".key")
    else:
        yield Finding("wrong", "PostgreSQL needs [store] master_key_file: the path of a file only you can read")
        return
    if not path.exists():
        new = f"for a new store: (umask 077; openssl rand -base64 32 > {path})"
        yield Finding("wrong", f"master key {path} is not there: bring it back, no store can be read without it; {new}")
    elif os.name == "posix" and path.stat().st_mode & 0o077:
        yield Finding("wrong", f"master key {path} can be read by others: chmod 600 {path}")
    else:
        yield Finding("ok", f"master key {path}; a backup of the store is of no use without it")


def _rulebook(settings: Settings) -> Iterator[Finding]:
    """Which rulebook the store has in force, and what waits for somebody."""
    from ..operations import call

    try:
        found = with_store(settings, lambda store: call(store, "rulebooks.standing", None))
    except ContactGuardError as error:
        yield Finding("wrong", f"rulebooks: {error}")
        return
    now = found["in_force"]
    if now is None:
        yield Finding("note", "no rulebook was put in force yet: the first start of the service puts the settings' own")
    else:
        yield Finding("ok", f"in force since {now['from']}: {now['digest']}")
    for one in found["scheduled"]:
        yield Finding("note", f"in force from {one['from']} on: {one['digest']}")
    for one in found["proposed"]:
        yield Finding(
            "note",
            f"{one['by']} proposed {one['digest']}: another person reads it (regimes status), and "
            f"approves or withdraws {one['id']}",
        )
    if found["fault"]:
        yield Finding(
            "wrong",
            f"what the settings give is not in force, what is stored is: {found['fault']}; mend the files and start "
            "again, or regimes activate the folders that you mean",
        )
    yield from _signed(settings, found)


def _signed(settings: Settings, found: dict[str, Any]) -> Iterator[Finding]:
    """With `require_signed`, the laws in force that answer nothing."""
    from ..operations import call
    from ..rules.load import unpack

    if not settings.rules.require_signed or found["in_force"] is None:
        return
    packed = with_store(settings, lambda store: call(store, "rulebooks.body", None))
    signed = {(one["regime"], one["digest"]) for one in found["signatures"]}
    for law in unpack(base64.b64decode(packed)).laws:
        if (law.id, law.digest) not in signed:
            yield Finding("wrong", f"nobody signed {law.id}, so it answers nothing: contactguard regimes sign {law.id}")


def _store(settings: Settings) -> Finding:
    from ..operations import call

    health = with_store(settings, lambda store: call(store, "health", None))
    if abs(health["skew"]) > _SKEW_SECONDS:
        return Finding("wrong", f"the clocks differ by {health['skew']:.1f} s: set this machine's by NTP")
    return Finding("ok", f"store: {health['engine']} {health['version']}, {health['waiting']} waiting")
