"""Putting a rulebook in force: `regimes activate`, `approve`, `withdraw`, `status`, `sign`."""

from __future__ import annotations

import base64
import getpass
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import BadInput
from .common import book_of, settings_of, store_options, with_store

if TYPE_CHECKING:
    from ..law.rulebook import Rulebook
    from ..settings import Settings

_DIGEST = "sha256:"
T = TypeVar("T")
_SHOWN_EXAMPLES = 20


def _by(command: Any) -> Any:
    return click.option("--by", metavar="NAME", help="Who acts, as the record will say (the user of this shell).")(
        command
    )


@click.command(short_help="Put a rulebook in force, in every process at one instant.")
@click.argument("rules", nargs=-1, metavar="[DIR...]")
@click.option("--back", is_flag=True, help="Return to the rulebook before the one in force.")
@click.option("--at", "instant", metavar="INSTANT", help="From when on (2026-12-01T00:00:00-05:00); else in seconds.")
@click.option("--days", type=click.IntRange(0, 3660), default=7, show_default=True, help="How far to rehearse back.")
@click.option("--dry-run", is_flag=True, help="Check and rehearse, and put nothing in force.")
@_by
@store_options
def activate(
    rules: Sequence[str],
    back: bool,
    instant: str | None,
    days: int,
    dry_run: bool,
    by: str | None,
    db: str | None,
    config: str | None,
) -> int:
    """Put a rulebook in force, in every process at one instant: the shipped rules and those of DIRs.

    Instead of a folder, the digest of a stored rulebook (sha256:...) may be named; with nothing named, the rules of
    the settings. All its examples are decided first, and the decisions of the last days are decided again by it:
    what would differ is printed. With `four_eyes` in the settings it is proposed, and another person approves.
    """
    settings = settings_of(db, config)
    stored = [one for one in rules if one.startswith(_DIGEST)]
    if (back and rules) or (stored and len(rules) > 1):
        raise BadInput("DIR", "name folders, or one digest, or --back")
    asked: dict[str, Any] = {"who": {"by": _name(by)}, "at": _seconds(instant)}
    wanted: dict[str, Any] = {"days": days}
    if stored:
        wanted["digest"] = stored[0]
    elif not back:
        body = _packed(settings, rules, config)
        if body is None:
            return 1
        wanted["body"] = base64.b64encode(body).decode()
    if not back and not rules:
        asked["terms"] = _terms(settings)
    report, outcome = _carried_out(settings, wanted, asked, "rulebooks.back" if back else "rulebooks.activate", dry_run)
    click.echo("\n".join(_report(report, days)))
    if outcome is not None:
        click.echo(_said(outcome))
    return 0


def _carried_out(
    settings: Settings, wanted: dict[str, Any], asked: dict[str, Any], act: str, dry_run: bool
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    from ..operations import call

    async def does(store: Any) -> Any:
        report = await call(store, "rulebooks.rehearse", wanted)
        if dry_run:
            return report, None
        digest = {} if act == "rulebooks.back" else {"digest": report["rulebook"]}
        return report, await call(store, act, asked | digest)

    done: tuple[dict[str, Any], dict[str, Any] | None] = with_store(settings, does)
    return done


def _packed(settings: Settings, rules: Sequence[str], config: str | None) -> bytes | None:
    """The rulebook, packed; None, having said why, where an example is not decided as it says.

    Folders go with the house's numbers that are in force: a command that was told of no settings must not lift
    them; with the settings' own where nothing is in force yet.
    """
    import msgspec

    from ..app import packed
    from ..rules.load import House, pack, packed_house, unpack

    if rules:
        for folder in map(Path, rules):
            if folder.is_dir() and not any(folder.rglob("*.toml")):
                raise BadInput(str(folder), "there is no rule file (*.toml) in this folder")
        own = House(**msgspec.structs.asdict(settings.house))
        body = pack(map(Path, rules), house=_with_what_is_in_force(settings, packed_house) or own)
    elif config is None and "CONTACTGUARD_CONFIG" not in os.environ:
        raise BadInput("DIR", "name the folders of the rules meant, or with --config the settings that name them")
    else:
        body = packed(settings)
    wrong = _wrong(unpack(body))
    for line in wrong[:_SHOWN_EXAMPLES]:
        click.echo(line, err=True)
    if wrong:
        click.echo(f"Not decided as the examples say: {len(wrong)}. Nothing was put in force.", err=True)
        return None
    return body


def _with_what_is_in_force(settings: Settings, read: Callable[[bytes], T]) -> T | None:
    """What is to be read of the rulebook in force; None where there is none yet."""
    from ..errors import Conflict
    from ..operations import call

    async def body(store: Any) -> Any:
        return await call(store, "rulebooks.body", None)

    try:
        return read(base64.b64decode(with_store(settings, body)))
    except Conflict:
        return None


def _wrong(book: Rulebook) -> list[str]:
    from ..rules.examples import run, run_own
    from ..rules.wordings import run as read_texts

    found = [(regime.id, run(regime)) for regime in book.regimes.values()]
    found += [(file.source, run_own(file, book)) for file in book.own]
    found += read_texts(book)
    return [f"{name}: {example}: {line}" for name, ran in found for example, lines in ran for line in lines]


def _report(report: dict[str, Any], days: int) -> list[str]:
    lines = [f"{report['rulebook']} over the decisions of the last {days} days:"]
    if not report["decided"]:
        return [*lines, "  there are none."]
    lines.append(
        f"  {report['decided']} decided again: {report['same']} the same, {report['stopped']} would be a no, "
        f"{report['freed']} would be a yes, {report['otherwise']} would differ otherwise."
    )
    if report["unreadable"]:
        lines.append(f"  {report['unreadable']} cannot be decided again (erased, or of another kind).")
    for rule in report["rules"]:
        counts = [f"{rule[name]} {word}" for name, word in _CHANGES.items() if rule[name]]
        ids = f"  e.g. {rule['decisions'][0]}" if rule["decisions"] else ""
        lines.append(f"  {rule['rule']} ({rule['code']}): {', '.join(counts)}{ids}")
    for one in report["shallow"]:
        span = "for ever" if one["days"] is None else f"{one['days']} days"
        lines.append(f"  {one['rule']} looks back {span}, further than contacts were kept then: it may find more.")
    return lines


_CHANGES = {"stops": "yes to no", "frees": "no to yes", "joins": "more noes name it", "leaves": "fewer noes name it"}


def _said(outcome: dict[str, Any]) -> str:
    if outcome["standing"] == "proposed":
        return (
            f"{outcome['digest']} is proposed. Another person reads it (regimes status) and puts it in force: "
            f"regimes approve {outcome['proposal']}"
        )
    return f"{outcome['digest']} is in force from {outcome['from']} on, in every process."


@click.command(short_help="Approve a rulebook that somebody else proposed.")
@click.argument("proposal", metavar="PROPOSAL")
@_by
@store_options
def approve(proposal: str, by: str | None, db: str | None, config: str | None) -> None:
    """Approve a rulebook that somebody else proposed, which puts it in force.

    PROPOSAL is its id (proposal:...), as `regimes status` shows it with all that would change. The digest of the
    rulebook will do where it was proposed once, for now, and no settings change with it.
    """
    click.echo(_said(_called("rulebooks.approve", {"digest": proposal, "who": {"by": _name(by)}}, db, config)))


@click.command(short_help="Take back a rulebook proposed or to come.")
@click.argument("digest", metavar="DIGEST|PROPOSAL")
@_by
@store_options
def withdraw(digest: str, by: str | None, db: str | None, config: str | None) -> None:
    """Take back a proposed rulebook, or one that is to come; what is in force stays."""
    _called("rulebooks.withdraw", {"digest": digest, "who": {"by": _name(by)}}, db, config)
    click.echo(f"{digest} is withdrawn.")


@click.command(short_help="What is in force, to come and proposed, and who signed.")
@store_options
def status(db: str | None, config: str | None) -> None:
    """Which rulebook is in force, which are to come or wait for approval, and who signed which regime."""
    found = _called("rulebooks.standing", None, db, config)
    now = found["in_force"]
    lines = [f"in force   {_turn(now)}" if now else "nothing was put in force yet: the service does at its first start"]
    lines += [f"to come    {_turn(one)}" for one in found["scheduled"]]
    for one in found["proposed"]:
        lines += _proposed(one)
    lines += [f"preparing  {one['digest']}: {_PREPARING[one['here']]}" for one in found["preparing"]]
    if found["fault"]:
        lines.append(f"settings   what they give is not in force: {found['fault']}")
    lines += [f"before     {_turn(one)}" for one in found["before"]]
    lines += [
        f"signed     {one['regime']} {one['digest'][:12]} by {one['by']}, {one['capacity']}, on {one['on']}"
        for one in found["signatures"]
    ]
    click.echo("\n".join(lines))


def _proposed(one: dict[str, Any]) -> list[str]:
    carried = f"; carried over: {', '.join(one['carried'])}" if one["carried"] else ""
    lines = [f"proposed   {one['digest']} by {one['by']}, from {one['from'] or 'its approval'} on{carried}"]
    lines += [
        f"           [{change['setting']}] {json.dumps(change['now'])} -> {json.dumps(change['then'])}"
        for change in one["changes"]
    ]
    if not one["changes"]:
        lines.append("           with the settings in force")
    return [*lines, f"           regimes approve {one['id']}"]


def _turn(one: dict[str, Any]) -> str:
    approved = f", approved by {one['approved_by']}" if one["approved_by"] else ""
    act = _ACTS.get(one["act"], f"{one['act'].replace('_', ' ')} by {one['by']}")
    carried = f"; carried over: {', '.join(one['carried'])}" if one["carried"] else ""
    return f"{one['digest']} from {one['from']} on ({act}{approved}{carried})"


_PREPARING = {
    True: "documents are being made deeper for it",
    False: "documents were to be made deeper for it. Unless another process is still at it, this was broken off: "
    "activate or approve it again, and it goes on; regimes withdraw ends it",
}
_ACTS = {"started": "the first start", "settings": "settings or their files changed", "zone_data": "zone data changed"}


@click.command(short_help="Accept one regime as it stands, for the record.")
@click.argument("id", metavar="ID")
@click.option("--by", required=True, metavar="NAME", help="Who accepts it.")
@click.option("--capacity", required=True, metavar="TEXT", help="As what: general counsel, compliance officer ...")
@click.option(
    "--rules",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="As these files have it.",
)
@store_options
def sign(id: str, by: str, capacity: str, rules: Sequence[Path], db: str | None, config: str | None) -> None:
    """Accept one regime as it stands: the record keeps who, as what, when, and the digest of all that it says.

    Without --rules, as it is in force. A change of a single letter makes another version, which nobody has signed.
    """
    for name, value in (("--by", by), ("--capacity", capacity)):
        if not value.strip():
            raise BadInput(name, "is empty; the record needs it")
    book = book_of(rules, config) if rules else stored(db, config)
    regime = book.regimes.get(id)
    if regime is None:
        raise BadInput(id, f"no such regime; there are {', '.join(book.regimes)}")
    signed = {"regime": id, "digest": regime.digest, "capacity": capacity.strip(), "who": {"by": _name(by)}}
    _called("regimes.sign", signed, db, config)
    click.echo(f"{id}, version {regime.version}, is signed by {by.strip()}, {capacity.strip()}.")


def stored(db: str | None, config: str | None, digest: str | None = None) -> Rulebook:
    """A rulebook of the store: the one in force, or the one with this digest."""
    from ..rules.load import unpack

    return unpack(base64.b64decode(_called("rulebooks.body", digest, db, config)))


def signers(db: str | None, config: str | None) -> dict[str, list[str]]:
    """Who signed, by the digest of what they signed."""
    found: dict[str, list[str]] = {}
    for one in _called("rulebooks.standing", None, db, config)["signatures"]:
        found.setdefault(one["digest"], []).append(f"{one['by']}, {one['capacity']}, on {one['on'][:10]}")
    return found


def _called(name: str, payload: Any, db: str | None, config: str | None) -> Any:
    from ..operations import call

    return with_store(settings_of(db, config), lambda store: call(store, name, payload))


def _terms(settings: Settings) -> Any:
    import msgspec

    from ..attempts import terms_of

    return msgspec.to_builtins(terms_of(settings))


def _name(by: str | None) -> str:
    from ..attempts import check_name

    name = (by if by is not None else getpass.getuser()).strip()
    if not name:
        raise BadInput("--by", "is empty; the record needs a name")
    check_name("--by", name)
    return name


def _seconds(instant: str | None) -> int | None:
    from ..law.instants import parse_instant

    if instant is None:
        return None
    try:
        return int(parse_instant(instant))
    except ValueError as error:
        raise BadInput("--at", str(error)) from None
