"""A file's bytes as lines of text, one bounded piece at a time, whatever the file holds."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec

from ..errors import BadInput

LINE_CHARACTERS = 1 << 20
"""Longer lines are given out cut, one character longer than this, so that whoever reads them sees that they are."""

_CHUNK_BYTES = 1 << 20
_LOOK_BYTES = 4096
_FEW_NULS, _MOST_NULS = 16, 0.1
_BINARY = (b"PK", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd")


class Text(msgspec.Struct, frozen=True):
    """How a file is to be read. `newline`: what ends its lines; `size`: in bytes; `first`: its first line.

    `remarks`: what a person should be told of it.
    """

    path: Path
    encoding: str
    newline: str
    size: int
    first: str
    remarks: tuple[str, ...]


def look(path: Path) -> Text:
    """Find out how the file is to be read, by going through it once. `BadInput` names the file.

    UTF-8, with or without a byte order mark; UTF-16 as spreadsheets write it; else Latin-1, which is remarked upon.
    """
    try:
        with path.open("rb") as file:
            encoding, newline, remarks = _found_out(file)
            size = file.tell()
        text = Text(path, encoding, newline, size, "", remarks)
        with Lines(text) as lines:
            first = next((line for line in lines if line.strip()), "")
        return msgspec.structs.replace(text, first=first)
    except OSError as error:
        raise BadInput(str(path), f"cannot be read: {error.strerror}") from None
    except BadInput as error:
        raise BadInput(str(path), error.why) from None


def _found_out(file: BinaryIO) -> tuple[str, str, tuple[str, ...]]:
    head = file.read(_CHUNK_BYTES)
    if head.startswith(_BINARY):
        raise BadInput("", "this is a workbook or another binary file; save it as CSV (UTF-8) first")
    encoding = _sixteen_bits(head[:_LOOK_BYTES])
    remarks = list[str]()
    if encoding is None:
        blank, well, last = _scanned(head, file)
        if blank:
            raise BadInput("", "the file is empty")
        encoding = "utf-8-sig" if well else "latin-1"
        remarks += [] if well else ["the file is not UTF-8; read as Latin-1"]
        remarks += [] if last in b"\r\n" else ["the last line has no end; see that the file is whole"]
    start = head.decode(encoding, "replace").lstrip()
    if start.startswith("["):
        raise BadInput("", "this is one JSON list; write one object a line (NDJSON)")
    file.seek(0, 2)
    return encoding, "\r" if "\r" in start and "\n" not in start else "\n", tuple(remarks)


def _sixteen_bits(head: bytes) -> str | None:
    """The name of its UTF-16, if that is what it is. `BadInput` if it is no text at all."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = max(len(head) // 2, 1)
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[first::2].count(0) > half // 2 and head[1 - first :: 2].count(0) == 0:
            return name
    if head.count(0) > max(_FEW_NULS, len(head) * _MOST_NULS):
        raise BadInput("", "this is a workbook or another binary file; save it as CSV (UTF-8) first")
    return None


def _scanned(chunk: bytes, file: BinaryIO) -> tuple[bool, bool, bytes]:
    """Whether there is nothing but blanks, whether it is UTF-8 (its end may be cut), and the last byte."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    blank, well, last = True, True, b""
    while chunk:
        blank = blank and not chunk.removeprefix(codecs.BOM_UTF8).strip()
        if well:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                well = False
        last = chunk[-1:]
        chunk = file.read(_CHUNK_BYTES)
    return blank, well, last


class Lines(Iterator[str]):
    """The lines of a file with their ends, those too long cut to `LINE_CHARACTERS` and one more; closed by `with`."""

    def __init__(self, text: Text) -> None:
        self._file: TextIO = text.path.open(encoding=text.encoding, errors="replace", newline=text.newline)
        self._end = text.newline
        self._again: deque[str] = deque()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def at(self) -> int:
        """How many bytes of the file were taken in, which is a little more than was given out."""
        return self._file.buffer.tell()

    def again(self, lines: list[str]) -> None:
        """Give these out once more, before what follows."""
        self._again.extendleft(reversed(lines))

    def __next__(self) -> str:
        if self._again:
            return self._again.popleft()
        line = self._file.readline(LINE_CHARACTERS + 1)
        if not line:
            raise StopIteration
        if len(line) > LINE_CHARACTERS and line[-1] != self._end:
            while (more := self._file.readline(LINE_CHARACTERS)) and more[-1] != self._end:
                pass
        return line
