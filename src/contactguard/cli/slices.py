"""A file in slices ready to be sent, read by a process of its own where that pays."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from ..errors import BadInput, ContactGuardError
from ..intake.readers import Row, Source

ROWS = {"cases": 500}
_ROWS, _BYTES = 1000, 1 << 22
_APART_BYTES = 1 << 20
_PATH = re.compile(r"(?:persons\[\d+\]\.(?:(?:evidence|points)\[\d+\]\.)?|case\.|contact\.|consent\.)(\w+)")
_COLUMNS = {"subdivision": "state", "zones": "time_zone"}


class Item(msgspec.Struct, array_like=True):
    """One row, or the rows of one case. `sent`: it stands among the bodies of its slice; else `why` or `note` say."""

    rows: tuple[int, ...]
    ref: str
    sent: bool
    why: str = ""
    note: str = ""
    marked: bool = False


class Slice(msgspec.Struct, array_like=True):
    """Some rows. `bodies`: JSON, in their order; `marks`: restrictions that go with contacts; `at`: bytes read."""

    items: list[Item]
    bodies: list[bytes]
    marks: list[bytes]
    at: int


class Ended(ContactGuardError):
    """The process that reads the file is gone."""


@contextmanager
def slices(source: Source) -> Iterator[Iterator[Slice]]:
    """The file's slices in order, a few of them in memory at a time."""
    if source.text.size < _APART_BYTES:
        yield _slices(source)
        return
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    reader = multiprocessing.get_context("spawn").Process(target=_read, args=(source, theirs), daemon=True)
    reader.start()
    theirs.close()
    with closing(ours):
        try:
            yield _received(ours)
        finally:
            reader.terminate()
            reader.join()


def by_column(why: str) -> str:
    """A refusal that names the column of the file, not the field that was made of it."""
    found = _PATH.match(why)
    return _COLUMNS.get(found[1], found[1]) + why[found.end() :] if found else why


def _received(ours: Connection) -> Iterator[Slice]:
    read = msgspec.msgpack.Decoder(Slice)
    while True:
        try:
            frame = ours.recv_bytes()
        except (EOFError, OSError):
            why = "the process that read the file ended before its end; run the import again: what is in stays in"
            raise Ended(why) from None
        if not frame:
            return
        yield read.decode(frame)


def _read(source: Source, theirs: Connection) -> None:
    """What the process of its own does; the pipe makes it wait while nobody takes what it has read."""
    write = msgspec.msgpack.Encoder()
    try:
        for part in _slices(source):
            theirs.send_bytes(write.encode(part))
        theirs.send_bytes(b"")
    except (BrokenPipeError, KeyboardInterrupt):
        return


def _slices(source: Source) -> Iterator[Slice]:
    most = ROWS.get(source.reading.kind, _ROWS)
    with source.lines() as lines:
        part, length = Slice([], [], [], 0), 0
        for row in source.rows(lines):
            length += _add(part, row, source)
            if len(part.items) >= most or length > _BYTES:
                part.at = lines.at
                yield part
                part, length = Slice([], [], [], 0), 0
        part.at = lines.at
        yield part


def _add(part: Slice, row: Row, source: Source) -> int:
    """Put the row into the slice; how many bytes it takes."""
    item = Item(row.rows, row.ref, False, row.why or "", row.note)
    part.items.append(item)
    length = 0
    if row.body is not None:
        try:
            body = _body(row.ref, row.body, source)
        except BadInput as error:
            item.why = str(error) if source.columns is None else by_column(str(error))
        else:
            item.sent = True
            part.bodies.append(body)
            length = len(body)
    if row.mark is not None:
        item.marked = True
        part.marks.append(msgspec.json.encode(row.mark))
    return length


def _body(ref: str, body: dict[str, Any], source: Source) -> bytes:
    if source.reading.kind == "cases":
        from ..operations.importing import completed

        return completed(ref, body, source.reading.region)
    return msgspec.json.encode(body)
