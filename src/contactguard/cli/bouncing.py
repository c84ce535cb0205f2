"""`bounce`: mail that came back, from a mail server's pipe or from a mailbox."""

from __future__ import annotations

import mailbox
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from ..errors import BadInput, Busy, ContactGuardError, StoreDown
from .common import settings_of, store_options, with_store

if TYPE_CHECKING:
    from ..records.store import Store

TRY_AGAIN = 75
"""The exit status by which a mail server keeps a message and tries again (EX_TEMPFAIL of sysexits.h)."""
_MOST_BYTES = 1 << 20
_MOST_LISTED = 1000


class _Message(NamedTuple):
    """One message, and what to do once it was taken in."""

    raw: bytes
    done: Callable[[], object] = lambda: None


@click.command(short_help="Hand in e-mail that came back.")
@click.argument("mailboxes", nargs=-1, metavar="[MAILBOX]...", type=click.Path(path_type=Path))
@click.option("--recipient", metavar="ADDRESS", help="The mailbox of ours that the message came to.")
@click.option("--unmatched", is_flag=True, help="List what came back so far and was about no contact of ours.")
@store_options
def bounce(
    mailboxes: tuple[Path, ...], recipient: str | None, unmatched: bool, db: str | None, config: str | None
) -> int:
    """Hand in what came back: one message from standard input, or all of each MAILBOX (a Maildir, an mbox file, or a
    file with one message). Of a Maildir what is new is read, and goes to the others once it was taken in.

    Prints a line of JSON for each message: what became of it, and the permit that it is about. The same message again
    counts nothing twice. Exit status 75, by which mail servers keep a message and try again, where the store cannot be
    reached now, and for whatever else keeps a message on standard input from being taken in.
    """
    from ..doors import logs
    from ..operations import call

    piped = None if mailboxes or unmatched else _Message(_given(sys.stdin.buffer.read()))

    async def take(store: Store) -> None:
        if unmatched:
            for one in await call(store, "mail.unmatched", _MOST_LISTED):
                _print(one)
            return
        for message in _messages(mailboxes) if piped is None else (piped,):
            _print(await call(store, "mail.returned", {"raw": message.raw[:_MOST_BYTES], "recipient": recipient}))
            message.done()

    try:
        settings = settings_of(db, config)
        logs.set_up(settings.log)
        with_store(settings, take)
    except Exception as error:
        if piped is None and not isinstance(error, Busy | StoreDown):
            raise
        if isinstance(error, ContactGuardError | OSError):
            click.echo(f"contactguard: {error}", err=True)
        else:
            traceback.print_exc()
        return TRY_AGAIN
    return 0


def _print(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def _messages(mailboxes: tuple[Path, ...]) -> Iterator[_Message]:
    """All that is to be handed in. `BadInput` for a path that is no mailbox."""
    for path in mailboxes:
        if path.is_dir():
            yield from _maildir(path)
        elif path.is_file():
            yield from _file(path)
        else:
            raise BadInput(str(path), "there is no such mailbox")


def _given(raw: bytes) -> bytes:
    """A message without the line that mail servers may put before what they pipe."""
    if not raw.strip():
        raise BadInput("standard input", "is empty; pipe the message that came back")
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _maildir(path: Path) -> Iterator[_Message]:
    new, seen = path / "new", path / "cur"
    if not (new.is_dir() and seen.is_dir()):
        raise BadInput(str(path), "is no Maildir: it has no new and cur in it")
    for file in sorted(new.iterdir()):
        if file.is_file():
            yield _Message(file.read_bytes(), partial(file.rename, seen / f"{file.name}:2,S"))


def _file(path: Path) -> Iterator[_Message]:
    with path.open("rb") as file:
        many = file.read(5) == b"From "
    if not many:
        yield _Message(path.read_bytes())
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield _Message(box.get_bytes(key))
    finally:
        box.close()
