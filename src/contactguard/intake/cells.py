"""Lines of text as rows of cells. A row that cannot be read costs that row alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import msgspec

from ..errors import BadInput
from .texts import LINE_CHARACTERS, Lines

COMMAS = ",\t|;"
MOST_COLUMNS = 1000
CELL_CHARACTERS = 10_000
_AHEAD_LINES, _AHEAD_CHARACTERS = 200, 1 << 17
_STRAY = "a quotation mark too many or too few, so that rows seem to stand in a cell"
_FAULTS = {
    "unexpected end of data": "a quotation mark is not closed",
    "field larger than field limit (131072)": f"a cell has more than {CELL_CHARACTERS} characters",
}


class Broken(msgspec.Struct, frozen=True):
    """A row that cannot be read. `start`: its cells as far as they can be told, for whom it stands."""

    why: str
    start: list[str] = []


def comma_of(first: str) -> tuple[str, bool]:
    """What stands between the cells, and whether the first line says just that (`sep=;`) and is no header."""
    said = first.lstrip("\ufeff").rstrip("\r\n")
    if said.lower().startswith("sep=") and said[4:] in (*COMMAS, '";"'):
        return said[4:].strip('"'), True
    return max(COMMAS, key=first.count), False


def rows(lines: Lines, comma: str) -> Iterator[tuple[int, list[str] | Broken]]:
    """Every row that is not blank, with its number; the first is 1, and blank ones count.

    Where a quotation mark is not closed, or closed where it may not be, the line in which the row begins is given
    up and reading goes on with the next one. Where two stray ones made one cell of several rows, all of it is given up.
    """
    blanks, commas = f" \t\r\n{comma}", 0
    for number, line in enumerate(lines, 1):
        if not line.strip(blanks):
            continue
        if len(line) > LINE_CHARACTERS:
            yield number, Broken(f"a line has more than {LINE_CHARACTERS} characters", _start(line, comma))
        elif "\0" in line:
            yield number, Broken("a NUL byte, which no text has", _start(line, comma))
        elif '"' in line or "\r" in line[:-2]:
            row = _quoted(line, lines, comma, commas)
            commas = commas or (len(row) - 1 if isinstance(row, list) else 0)
            yield number, row
        elif line.count(comma) >= MOST_COLUMNS:
            yield number, Broken(f"{line.count(comma) + 1} cells, and {MOST_COLUMNS} at most", _start(line, comma))
        else:
            row = line.rstrip("\r\n").split(comma)
            commas = commas or len(row) - 1
            yield number, row


def _quoted(first: str, lines: Lines, comma: str, commas: int) -> list[str] | Broken:
    """A row with quotation marks, which may go over several lines; `commas`: how many stand in a row of the file."""
    taken = [first]

    def ahead() -> Iterator[str]:
        yield first
        length = len(first)
        while len(taken) < _AHEAD_LINES and length < _AHEAD_CHARACTERS and (line := next(lines, None)) is not None:
            taken.append(line)
            length += len(line)
            yield line

    try:
        row = next(csv.reader(ahead(), delimiter=comma, strict=True))
    except csv.Error as error:
        lines.again(taken[1:])
        why = _FAULTS.get(str(error), str(error).removesuffix(" - do you need to open the file with newline=''?"))
        return Broken(f"not a line of CSV: {why}", _start(first, comma))
    whole = [line for line in taken if commas and line.count(comma) >= commas]
    if len(whole) > 1 and whole[0] is first:
        # Not read again line by line: whoever wrote what stands in the cell could make rows of it.
        return Broken(f"{_STRAY}: {len(taken)} lines are one row", _start(first, comma))
    return row


def _start(line: str, comma: str) -> list[str]:
    return [cell.strip(' "') for cell in line[:CELL_CHARACTERS].split(comma, 50)[:-1]]


def header(found: list[str] | Broken) -> list[str]:
    """The names of the columns. `BadInput` for a row that cannot be any."""
    if isinstance(found, Broken):
        raise BadInput("", f"the header cannot be read: {found.why}")
    if len(found) > MOST_COLUMNS:
        raise BadInput("", f"the header has {len(found)} columns, and {MOST_COLUMNS} at most are read")
    return [cell.strip().lstrip("\ufeff") for cell in found]


def checked(row: list[str] | Broken, width: int) -> list[str]:
    """The row's cells. `BadInput` if it cannot be read or has another number of them than the header."""
    if isinstance(row, Broken):
        raise BadInput("", row.why)
    if len(row) != width:
        raise BadInput("", f"{len(row)} cells where the header has {width}")
    if sum(map(len, row)) > CELL_CHARACTERS and any(len(cell) > CELL_CHARACTERS for cell in row):
        raise BadInput("", f"a cell has more than {CELL_CHARACTERS} characters")
    return row
