"""Files of cases, CSV or NDJSON, to the bodies of `PUT /v1/cases/{ref}`, one case at a time."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..errors import BadInput
from . import places
from .aliases import columns
from .numbers import to_e164

_DELIMITERS = ",\t|;"
_CELL_CHARACTERS = 10_000
_CSV_FAULTS = {"unexpected end of data": "a quotation mark is never closed, so nothing after it was read"}


class Row(msgspec.Struct, frozen=True):
    """One case of a file. `rows`: where it stands, the first line being 1. Either `body` or `why` is None."""

    rows: tuple[int, ...]
    ref: str
    body: dict[str, Any] | None
    why: str | None = None


class Source(msgspec.Struct, frozen=True):
    """A file ready to be read. `remarks`: what a person should be told, such as columns not read."""

    path: Path
    text: str
    comma: str | None
    remarks: tuple[str, ...]
    region: str

    def rows(self) -> Iterator[Row]:
        """Every case in order of the file; a case that cannot be read comes with the reason."""
        if self.comma is None:
            return _once_each(_json_rows(self.text))
        return _once_each(_table_rows(self.text, self.comma, self.region))


def open_source(path: Path, region: str) -> Source:
    """Read the file and find out what it is. `BadInput` if it is neither NDJSON nor a table of cases.

    UTF-8, with or without a byte order mark; else Latin-1, which is remarked upon.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(str(path), f"cannot be read: {error.strerror}") from None
    try:
        text, remarks = _text(raw)
    except BadInput as error:
        raise BadInput(str(path), error.why) from None
    if text.lstrip()[:1] == "{":
        return Source(path, text, None, remarks, region)
    header = text.split("\n", 1)[0]
    comma = max(_DELIMITERS, key=header.count)
    taken, unread = columns(_header(text, comma))
    if "ref" not in taken:
        raise BadInput(str(path), "no column for the case; expected one named ref, case_id or similar")
    if unread:
        remarks += (f"columns not read: {', '.join(unread)}",)
    return Source(path, text, comma, remarks, region)


def _text(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """What the bytes say, and what to remark about that."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace"), ()
    if raw.startswith(b"PK") or b"\0" in raw:
        raise BadInput("", "this is a workbook or another binary file; save it as CSV (UTF-8) first")
    try:
        text, remarks = raw.decode("utf-8-sig"), tuple[str, ...]()
    except UnicodeDecodeError:
        text, remarks = raw.decode("latin-1"), ("the file is not UTF-8; read as Latin-1",)
    if not text.strip():
        raise BadInput("", "the file is empty")
    if text.lstrip().startswith("["):
        raise BadInput("", "this is one JSON list; write one object a line (NDJSON)")
    return text, remarks


def _once_each(rows: Iterator[Row]) -> Iterator[Row]:
    """Refuse a case that stood earlier in the file: the later one would undo the earlier."""
    seen: dict[str, int] = {}
    for row in rows:
        if row.ref and row.ref in seen:
            yield Row(row.rows, row.ref, None, f"this case stood already in row {seen[row.ref]}")
            continue
        seen[row.ref] = row.rows[0]
        yield row


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            body = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            yield Row((number,), "", None, f"not JSON: {error}")
            continue
        ref = body.pop("ref", None) if isinstance(body, dict) else None
        if not isinstance(ref, str) or not ref:
            yield Row((number,), "", None, "ref: expected the case's own reference as text")
        else:
            yield Row((number,), ref, body)


def _lines(text: str, comma: str) -> Iterator[tuple[int, list[str] | BadInput]]:
    """Every line that is not empty with its number, the header being 1."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    for number in itertools.count(1):
        try:
            line = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, BadInput("", f"not a line of CSV: {_CSV_FAULTS.get(str(error), error)}")
            continue
        if any(cell.strip() for cell in line):
            yield number, line


def _header(text: str, comma: str) -> list[str]:
    _, header = next(_lines(text, comma), (1, BadInput("", "empty")))
    return [] if isinstance(header, BadInput) else [cell.strip() for cell in header]


def _table_rows(text: str, comma: str, region: str) -> Iterator[Row]:
    """Lines of one case stand together: each is a person of it."""
    header = _header(text, comma)
    taken, _ = columns(header)
    lines = itertools.islice(_lines(text, comma), 1, None)
    for ref, group in itertools.groupby(lines, key=lambda one: _ref(one[1], taken["ref"])):
        numbered = list(group)
        rows = tuple(number for number, _ in numbered)
        try:
            cells = [_checked(line, len(header)) for _, line in numbered]
            if not ref:
                raise BadInput("ref", "empty")
            yield Row(rows, ref, _case([_named(line, taken) for line in cells], ref, region))
        except BadInput as error:
            yield Row(rows, ref, None, str(error))


def _ref(line: list[str] | BadInput, column: int) -> str:
    return "" if isinstance(line, BadInput) else _cell(line, column)


def _checked(line: list[str] | BadInput, width: int) -> list[str]:
    if isinstance(line, BadInput):
        raise line
    if len(line) != width:
        raise BadInput("", f"{len(line)} cells where the header has {width}")
    if any(len(cell) > _CELL_CHARACTERS for cell in line):
        raise BadInput("", f"a cell has more than {_CELL_CHARACTERS} characters")
    return line


def _cell(line: Sequence[str], column: int) -> str:
    return line[column].strip() if column < len(line) else ""


def _named(line: Sequence[str], taken: dict[str, int]) -> dict[str, str]:
    """Field -> text, for every cell that is not empty."""
    named = {field: _cell(line, column) for field, column in taken.items()}
    return {field: value for field, value in named.items() if value}


def _case(lines: Sequence[dict[str, str]], ref: str, region: str) -> dict[str, Any]:
    first = lines[0]
    case: dict[str, Any] = {"ref": ref}
    for field in ("creditor", "account", "due", "arrears_since"):
        if field in first:
            case[field] = first[field]
    for field in ("product", "status"):
        if field in first:
            case[field] = first[field].lower().replace(" ", "_")
    persons = [_person(line, ref if not i else f"{ref}/{i + 1}", region) for i, line in enumerate(lines)]
    body: dict[str, Any] = {"case": case, "persons": persons}
    if "version" in first:
        if not first["version"].isdecimal():
            raise BadInput("version", "expected a whole number")
        body["version"] = int(first["version"])
    return body


def _person(line: dict[str, str], name: str, region: str) -> dict[str, Any]:
    person: dict[str, Any] = {"id": line.get("person", name)}
    if "role" in line:
        person["role"] = line["role"].lower().replace(" ", "_")
    if "language" in line:
        person["language"] = line["language"]
    if "minor" in line:
        person["minor"] = _yes(line["minor"])
    person["points"] = _points(line, region)
    person["evidence"] = _evidence(line, region)
    return person


def _yes(text: str) -> bool:
    if text.lower() in ("true", "yes", "y", "1"):
        return True
    if text.lower() in ("false", "no", "n", "0"):
        return False
    raise BadInput("minor", "expected yes or no")


def _points(line: dict[str, str], region: str) -> list[dict[str, str]]:
    points = []
    for field in ("phone", "mobile", "home", "work", "other"):
        if field not in line:
            continue
        point = {"address": _dialled(line, field, region)}
        if field != "phone":
            point["label"] = field
        if field == "mobile":
            point["line"] = "mobile"
        points.append(point)
    if "email" in line:
        points.append({"address": line["email"]})
    return points


def _dialled(line: dict[str, str], field: str, region: str) -> str:
    """The number in E.164; some systems keep its country code in a column of its own."""
    number, code = line[field], line.get("phone_code", "").lstrip("+")
    try:
        return to_e164(f"+{code}{number}" if code and not number.startswith("+") else number, region)
    except BadInput as error:
        raise BadInput(field, error.why) from None


def _evidence(line: dict[str, str], region: str) -> list[dict[str, Any]]:
    """Where the line says the person lives; where it names no country, that of the import."""
    if not line.keys() & {"country", "state", "city", "postal_code", "zone"}:
        return []
    place: dict[str, Any] = {"kind": "residence", "country": line.get("country", region).upper()}
    for field, name in (("state", "subdivision"), ("city", "city"), ("postal_code", "postal_code")):
        if field in line:
            place[name] = line[field]
    if "zone" in line:
        if not places.is_zone(line["zone"]):
            raise BadInput("zone", "expected the name of a time zone, such as America/New_York")
        place["zones"] = [line["zone"]]
    return [place]
