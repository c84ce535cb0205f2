"""What the reader of shapes says of wrong input, in the words of whoever wrote the input."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

_PLAINLY = (
    (r"Object missing required field `(\w+)`", r"the field \1 is missing"),
    (r"Object contains unknown field `(.*)`", r"there is no field \1 here"),
    (r" \| null`", "`"),
    (r"Invalid enum value '?([^']*)'?", r"\1 is no word for this"),
    (r"`str`", "text"),
    (r"`(?:int|float)`", "a number"),
    (r"`bool`", "true or false"),
    (r"`array`", "a list"),
    (r"`object`", "a table"),
    (r"`null`", "nothing"),
    (r"\AExpected", "expected"),
    (r"\AInvalid", "invalid"),
    (r"(expected text(?:, | \| ).*got a number)\Z", r"\1; put it in quotes"),
)


def in_words(error: msgspec.ValidationError, kind: Any) -> tuple[str, str]:
    """Where in a value of type `kind` the fault lies (`persons[0].role`, "" for the whole), and what is wrong there."""
    text, _, path = str(error).partition(" - at `")
    path = path.replace("key` in `", "").strip("`").removeprefix("$").lstrip(".")
    return path, _plainly(text) + _choices(kind, path, text) + _meant(kind, path, text)


@lru_cache(maxsize=200)
def fields(table: type) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a kind of table: looked up once, as reading a rulebook asks thousands of times."""
    return msgspec.structs.fields(table)


def _plainly(text: str) -> str:
    for said, plainly in _PLAINLY:
        text = re.sub(said, plainly, text)
    return text


def _choices(kind: Any, path: str, text: str) -> str:
    """The words a field may hold, where a wrong one stands in it."""
    if not text.startswith("Invalid enum"):
        return ""
    found = _at(kind, path)
    found = get_args(found)[0] if get_origin(found) is dict else found
    words = [str(word) for word in get_args(found)]
    return f"; it is one of {', '.join(words)}" if words else ""


def _meant(kind: Any, path: str, text: str) -> str:
    """The field that one which is not there was meant for, going by its letters."""
    unknown = re.match(r"Object contains unknown field `(.*)`", text)
    found = _at(kind, path) if unknown else None
    if unknown is None or not _is_table(found):
        return ""
    near = get_close_matches(unknown[1], [field.encode_name for field in fields(found)], 1, 0.75)
    return f"; did you mean {near[0]}?" if near else ""


def _at(kind: Any, path: str) -> Any:
    """The type of what lies there in a value of type `kind`; None where that cannot be followed."""
    found: Any = kind
    for step in re.findall(r"\w+|\[[^\]]*\]", path):
        if step.startswith("["):
            found = next((arg for arg in reversed(get_args(found)) if arg is not Ellipsis), found)
        elif not _is_table(found):
            return None
        else:
            found = next((field.type for field in fields(found) if field.encode_name == step), found)
        found = _without_none(found)
    return found


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return next(arg for arg in get_args(kind) if arg is not NoneType)
    return kind
