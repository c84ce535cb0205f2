"""Files of cases, past contacts, restrictions or consents, CSV or NDJSON, one row at a time: nothing is held whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from ..errors import BadInput
from . import cells, of_cases, of_contacts, of_lists
from .aliases import VICIDIAL_LOG, Columns, Kind, columns
from .cells import Broken, checked
from .seen import Seen
from .texts import LINE_CHARACTERS, Lines, Text, look
from .times import Times
from .vicidial import statuses

_MOST_LINES, _GROUP_CHARACTERS = 100, 1 << 22
_NAMED_COLUMNS, _NAME_CHARACTERS = 20, 60
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")
_WHO = ("ref", "person", "phone", "email")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read. `region`: where numbers without a country code are dialled; `zone`: where clocks stood.

    `now`: seconds since 1970; `meaning`: what a row of a list means that does not say it; `statuses`: the operator's
    own table of ViciDial's statuses.
    """

    kind: Kind = "cases"
    region: str
    zone: str | None = None
    now: int = 0
    meaning: str | None = None
    statuses: str | None = None


class Row(msgspec.Struct, frozen=True):
    """One case, contact, restriction or consent of a file. `rows`: where it stands, the first line being 1.

    Neither `body` nor `why`: nothing is to be done, as `note` says. `mark`: a restriction that goes with a contact.
    """

    rows: tuple[int, ...]
    ref: str
    body: dict[str, Any] | None
    why: str | None = None
    note: str = ""
    mark: dict[str, Any] | None = None


class Source(msgspec.Struct, frozen=True):
    """A file ready to be read. `remarks`: what a person should be told; `comma` None: NDJSON.

    `above`: how many rows stand before the first one of data; `columns` None: NDJSON.
    """

    text: Text
    reading: Reading
    remarks: tuple[str, ...]
    comma: str | None = None
    columns: Columns | None = None
    width: int = 0
    above: int = 0

    def lines(self) -> Lines:
        """The file, open; to be used in `with`."""
        return Lines(self.text)

    def rows(self, lines: Lines) -> Iterator[Row]:
        """Every row in the order of the file; one that cannot be read comes with the reason."""
        if self.reading.kind == "cases":
            return _once_each(_json_cases(lines) if self.columns is None else self._cases(lines))
        return self._others(lines)

    def _table(self, lines: Lines) -> Iterator[tuple[int, list[str] | Broken]]:
        assert self.comma is not None
        return ((number, row) for number, row in cells.rows(lines, self.comma) if number > self.above)

    def _cases(self, lines: Lines) -> Iterator[Row]:
        """Lines of one case stand together: each is a person of it."""
        assert self.columns is not None
        for ref, group, whole in _groups(self._table(lines), self.columns.taken["ref"]):
            numbers = tuple(number for number, _ in group)
            try:
                if not whole:
                    raise BadInput("", f"a case has more than {_MOST_LINES} rows, or they are too long")
                read = [self._line(row) for _, row in group]
                if not ref:
                    raise BadInput("ref", "empty")
                yield Row(numbers, ref, of_cases.case_of(read, ref, self.reading.region))
            except BadInput as error:
                yield Row(numbers, ref, None, str(error))

    def _line(self, row: list[str] | Broken) -> of_cases.Line:
        assert self.columns is not None
        line = checked(row, self.width)
        more = [(line[column].strip(), note) for column, note in self.columns.extra if line[column].strip()]
        return _named(line, self.columns.taken), more

    def _others(self, lines: Lines) -> Iterator[Row]:
        """Contacts, restrictions or consents: each row by itself."""
        read, once = _reads(self), of_contacts.Once()
        numbered: Iterator[tuple[int, Any]] = _objects(lines) if self.columns is None else self._table(lines)
        for number, row in numbered:
            ref = ""
            try:
                known = self.columns
                line = _object(row) if known is None else _named(checked(row, self.width), known.taken)
                ref = str(line.get("ref") or line.get("person") or "")
                contact = once.told(read(line), number)
            except BadInput as error:
                yield Row((number,), ref, None, str(error))
                continue
            yield Row((number,), ref, contact.body, None, contact.note, contact.mark)


def open_source(path: Path, reading: Reading) -> Source:
    """Find out what the file is. `BadInput` if it is neither NDJSON nor a table of what is wanted."""
    text = look(path)
    if text.first.lstrip("\ufeff").lstrip()[:1] == "{":
        return Source(text, reading, text.remarks)
    try:
        return _table(text, reading)
    except BadInput as error:
        raise error if error.where else BadInput(str(path), error.why) from None


def _table(text: Text, reading: Reading) -> Source:
    comma, told = cells.comma_of(text.first)
    with Lines(text) as lines:
        rows = cells.rows(lines, comma)
        above, first = next(rows, (1, Broken("empty")))
        if told:
            above, first = next(rows, (1, Broken("empty")))
    names = cells.header(first)
    headless = _headless(names, reading)
    found = columns(headless or names, reading.kind)
    _wanted(found, reading)
    remarks = (*text.remarks, *_remarks(found, reading, headless is not None))
    return Source(text, reading, remarks, comma, found, len(names), above - 1 if headless else above)


def _headless(first: list[str], reading: Reading) -> list[str] | None:
    """The names of the columns of a file that gives none, where it can be told what it is."""
    if reading.kind == "restrictions":
        return of_lists.headless(first)
    if reading.kind == "contacts" and len(first) == len(VICIDIAL_LOG) and _DATE_TIME.match(first[1]):
        return list(VICIDIAL_LOG)
    return None


def _wanted(found: Columns, reading: Reading) -> None:
    """`BadInput` where a column is missing without which no row could be read."""
    taken = found.taken.keys()
    if reading.kind == "cases":
        if "ref" not in taken:
            raise BadInput("", "no column for the case; expected one named ref, case_id or similar")
        return
    if not taken & {*_WHO, "caller"}:
        raise BadInput("", "no column that says who is meant; expected ref, person_id, phone or email")
    if reading.kind == "contacts" and not taken & {"at", "clock"}:
        raise BadInput("", "no column for the time of a contact; expected one named at, call_date or similar")
    if reading.kind == "contacts" and found.vicidial and reading.zone is None:
        why = "ViciDial writes its server's own clock; say where that stood, such as America/New_York"
        raise BadInput("--zone", why)
    if reading.kind == "consents" and "given" not in taken:
        raise BadInput("", "no column for the time of a consent; expected one named given, consent_date or similar")


def _remarks(found: Columns, reading: Reading, headless: bool) -> Iterator[str]:
    if headless:
        yield "no header; the first line is read as a row"
    if found.unread:
        shown = [name[:_NAME_CHARACTERS] or "(no name)" for name in found.unread[:_NAMED_COLUMNS]]
        more = len(found.unread) - len(shown)
        yield f"columns not read: {', '.join(shown)}{f' and {more} more' if more else ''}"
    if reading.kind == "contacts" and "channel" not in found.taken and not found.vicidial:
        yield "no column for the channel: every row is taken for a call"
    if reading.kind == "cases" and found.vicidial:
        yield "ViciDial's status of a lead is not read here; what it says of DNC comes in with --kind restrictions"


def _reads(source: Source) -> Any:
    """What makes a row of a file of this kind into what is sent."""
    reading, json = source.reading, source.columns is None
    times = Times(reading.zone, reading.now)
    if reading.kind == "contacts":
        found = source.columns
        codes = statuses(reading.statuses) if found is not None and found.of_vicidial else None
        log = of_contacts.Log(reading.region, times, codes, own=found is not None and found.vicidial)
        if not json:
            return log.contact
        return lambda line: of_contacts.from_json(line, reading.region)
    if json:
        return lambda line: of_contacts.Contact(of_lists.from_json(line, reading.region))
    if reading.kind == "restrictions":
        lists = of_lists.Lists(reading.region, times, reading.meaning or "do_not_call")
        return lambda line: of_contacts.Contact(lists.restriction(line))
    lists = of_lists.Lists(reading.region, times, reading.meaning or "contact")
    return lambda line: of_contacts.Contact(lists.consent(line))


def _groups(
    rows: Iterator[tuple[int, list[str] | Broken]], column: int
) -> Iterator[tuple[str, list[tuple[int, list[str] | Broken]], bool]]:
    """Rows of one case that stand together; those of too long a group come as far as they were held, not `whole`."""
    group: list[tuple[int, list[str] | Broken]] = []
    ref, length = "", 0
    for number, row in chain(rows, [(0, Broken(""))]):
        start = row.start if isinstance(row, Broken) else row
        its = start[column].strip() if column < len(start) else ""
        if group and (its != ref or not its or not number):
            yield ref, group, True
            group, length = [], 0
        elif group and (len(group) >= _MOST_LINES or length > _GROUP_CHARACTERS):
            yield ref, group, False
            group, length = [], 0
        ref, length = its, length + sum(map(len, start))
        group.append((number, row))


def _once_each(rows: Iterator[Row]) -> Iterator[Row]:
    """Refuse a case that stood earlier in the file: the later one would undo the earlier."""
    seen = Seen()
    for row in rows:
        before = seen.first(row.ref, row.rows[0]) if row.ref else None
        if before is not None:
            yield Row(row.rows, row.ref, None, f"this case stood already in row {before}")
        else:
            yield row


def _objects(lines: Lines) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _object(line: str) -> dict[str, Any]:
    if len(line) > LINE_CHARACTERS:
        raise BadInput("", f"a line has more than {LINE_CHARACTERS} characters")
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise BadInput("", f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput("", "expected an object")
    return found


def _json_cases(lines: Lines) -> Iterator[Row]:
    for number, line in _objects(lines):
        try:
            body = _object(line)
        except BadInput as error:
            yield Row((number,), "", None, str(error))
            continue
        ref = body.pop("ref", None)
        if not isinstance(ref, str) or not ref:
            yield Row((number,), "", None, "ref: expected the case's own reference as text")
        else:
            yield Row((number,), ref, body)


def _named(line: list[str], taken: dict[str, int]) -> dict[str, str]:
    """Field -> text, for every cell that is not empty."""
    return {field: text for field, column in taken.items() if (text := line[column].strip())}
