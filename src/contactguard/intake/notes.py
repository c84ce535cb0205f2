"""Whose a further number is: what a note or a header beside it says (`tables/notes.toml`)."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any, cast

import msgspec

from ..errors import BadInput
from ..law.vocabulary import Label, Role
from .numbers import to_e164
from .places import table
from .words import pieces

_MOST = 50
_PHONE = frozenset({"phone", "tel", "telephone", "mobile", "cell", "cellular", "cellphone", "landline"})
_MAIL = frozenset({"email", "mail"})
_PART = re.compile(r"(?P<number>\+?[\d\s().\-]+)(?:_(?P<code>\d*)(?:_(?P<note>.*))?)?\Z", re.DOTALL)


class Note(msgspec.Struct, frozen=True):
    """`role` None: the person's own. `word`: what names the other person in their id; `mail`: an e-mail address."""

    role: Role | None = None
    label: Label | None = None
    word: str = ""
    mail: bool = False


class Extra(msgspec.Struct, frozen=True):
    """A further address and whose it is."""

    address: str
    note: Note


def of_note(text: str) -> Note:
    """What a note says. With a word that nobody knows it is somebody else's: never a debtor's number by mistake."""
    label: Label = "other"
    for word in _words(text):
        if role := _roles().get(word):
            return Note(role=role, word=word)
        if found := _labels().get(word):
            label = found
        elif word not in _fillers():
            return Note(role="third_party", word="other")
    return Note(label=label)


@cache
def of_header(text: str) -> Note | None:
    """What a column of further numbers or e-mail addresses holds, by its header; None if it is none such."""
    words = _words(text)
    mail = bool(_MAIL & set(words))
    if not mail and not _PHONE & set(words):
        return None
    if not set(words) <= _roles().keys() | _labels().keys() | _fillers():
        return None
    if who := next((word for word in words if word in _roles()), None):
        return Note(role=_roles()[who], word=who, mail=mail)
    return Note(label=next((_labels()[word] for word in words if word in _labels()), "other"), mail=mail)


def extras(field: str, text: str, region: str) -> list[Extra]:
    """`7275551212_1_work!1234567890_1_neighbor`: number, country code and note of each. `BadInput` names the field."""
    parts = [part.strip() for part in text.split("!") if part.strip()]
    if len(parts) > _MOST:
        raise BadInput(field, f"more than {_MOST} numbers")
    found = []
    for part in parts:
        read = _PART.match(part)
        if read is None:
            raise BadInput(field, "expected numbers such as 7275551212_1_work, with ! between them")
        number, code = read["number"].strip(), read["code"]
        written = f"+{code}{number}" if code and not number.startswith("+") else number
        try:
            found.append(Extra(to_e164(written, region), of_note(read["note"] or "")))
        except BadInput as error:
            raise BadInput(field, error.why) from None
    return found


def others(ref: str, found: list[Extra]) -> list[dict[str, Any]]:
    """The people whom these addresses belong to, one for each address; their ids stay the same over imports."""
    people: dict[str, dict[str, Any]] = {}
    for extra in found:
        if extra.note.role is not None:
            id = _id(ref, extra)
            point: dict[str, Any] = {"address": extra.address}
            people[id] = {"id": id, "role": extra.note.role, "points": [point]}
    return list(people.values())


def _id(ref: str, extra: Extra) -> str:
    """Few letters of a digest: enough to tell a case's people apart, too few to tell a number by."""
    few = hashlib.blake2b(f"{ref}\0{extra.address}".encode(), digest_size=3).hexdigest()
    return f"{ref}/{extra.note.word}-{few}"


def _words(text: str) -> list[str]:
    return [word for word in pieces(text) if not word.isdecimal()]


@cache
def _roles() -> dict[str, Role]:
    return {word: cast(Role, role) for role, words in table("notes.toml")["roles"].items() for word in words.split()}


@cache
def _labels() -> dict[str, Label]:
    listed = table("notes.toml")["labels"]
    return {word: cast(Label, label) for label, words in listed.items() for word in words.split()}


@cache
def _fillers() -> frozenset[str]:
    return frozenset(table("notes.toml")["fillers"]["words"].split())
