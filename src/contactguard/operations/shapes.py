"""What goes in and comes out of the operations that take files in.

Every `*.put` answers with a list of `Put` in the order of its rows. A slice may be sent again: rows that were taken in
come back `unchanged`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ImportKind = Literal["cases", "contacts", "restrictions", "consents"]


class PutCases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cases.put`: each (ref, body of `PUT /v1/cases/{ref}`).

    `completed`: the bodies are what `completed` made of them, so that nothing is looked up here. `run`: an id that the
    file's reader made up once for this reading of it; `source`: whose list of all its cases the file is (None: it is
    no whole list). Rows of one run may come in any order, and rows refused by the reader belong in `also`, so that a
    case is not taken for vanished because its row could not be read.
    """

    region: str
    cases: tuple[tuple[str, msgspec.Raw], ...]
    completed: bool = False
    run: str | None = None
    source: str | None = None
    also: tuple[str, ...] = ()


class Whose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a row is about: a case by its ref (then `person`, if any, is one on it), a person, or an address alone."""

    ref: str | None = None
    person: str | None = None
    address: str | None = None


class PastContact(Whose, frozen=True):
    """One contact that another system made. `event_id` makes it count once; `contact`: the shape of `history[]`.

    With a ref or person, `contact.address` is where it went; by address alone it is that address.
    """

    event_id: str
    contact: dict[str, Any]


class PutContacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`contacts.put`: past contacts, wherever in the past they lie; addresses in E.164, instants with offset.

    `rows`: each a `PastContact`; one that is none is refused by itself. So with lists.
    """

    rows: tuple[msgspec.Raw, ...]
    list: str = ""


class ListedRestriction(Whose, frozen=True):
    """One row of a list. `kind`: a word of `LISTED` or a restriction's own kind; `since`, `until` RFC 3339 or a date.

    `details`: further fields of a restriction (`days`, `from`, `to`, `place`, `form`, ...). With a ref or person and an
    address, the restriction is about that address.
    """

    kind: str
    channel: str | None = None
    since: str | None = None
    until: str | None = None
    words: str | None = None
    by: str | None = None
    details: dict[str, Any] = {}


class PutRestrictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`restrictions.put`: rows of the list `list` (`dnc`), each a `ListedRestriction`, brought by `by`."""

    list: str
    rows: tuple[msgspec.Raw, ...]
    by: str = ""


class ListedConsent(Whose, frozen=True):
    """One consent: `consent` in the shape of `persons[].consents[]`."""

    consent: dict[str, Any]


class PutConsents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`consents.put`: consents given elsewhere, of the list `list`, each a `ListedConsent`."""

    rows: tuple[msgspec.Raw, ...]
    list: str = ""
    by: str = ""


class FinishImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`imports.finish`: a file has been read to its end. `file`: its name without its folders.

    With `source` and `run` (cases only) the answer tells what vanished; without them nothing is taken for vanished.
    `refs`: how many refs were sent in all, `also` included.
    """

    kind: ImportKind
    rows: int
    refused: int
    by: str = ""
    file: str = ""
    list: str = ""
    run: str | None = None
    source: str | None = None
    refs: int | None = None


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """`vanished`: how many cases the last list of this source had and this one has not; `missing`: those of earlier
    lists, too, that have not come back. None where that was not asked for or cannot be told (`why`).
    """

    vanished: int | None = None
    missing: int | None = None
    why: str = ""


class ListVanished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`imports.vanished`: the cases that lists of this source no longer have, a page at a time."""

    source: str
    cursor: int = 0


class Vanished(msgspec.Struct, frozen=True, kw_only=True):
    """One page: (ref, since when it is missing, RFC 3339). `next`: the cursor of the next one, None at the end."""

    items: tuple[tuple[str, str], ...]
    next: int | None


class DeclineImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`imports.decline`: there is nothing to load of this kind, says somebody, and why."""

    what: Literal["contacts", "restrictions"]
    by: str
    why: str
