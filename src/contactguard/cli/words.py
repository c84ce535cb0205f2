"""The values of a rule in words: what differs from leaving it out, without the punctuation of a file."""

from __future__ import annotations

from typing import Any

import msgspec

from ..law.grammar import Length
from ..law.instants import write_hook

_HIDDEN = ("start",)
_ALWAYS = ("limit", "period", "key", "wait", "text", "code")
"""What a rule cannot be read without, also where it is the default."""
_LENGTHS = {"calendar": "calendar {}", "ever": "ever"}


def said(table: msgspec.Struct) -> str:
    """`limit 7; key person, case; period 7 dates`: every field that says more than its default."""
    if isinstance(table, Length):
        return _length(table)
    parts = []
    for field in msgspec.structs.fields(table):
        value = getattr(table, field.name)
        if field.name in _HIDDEN or value in (None, (), {}):
            continue
        if value == field.default and field.name not in _ALWAYS:
            continue
        name = field.name.replace("_", " ")
        parts.append(name if value is True else f"{name} {_value(value)}")
    return "; ".join(parts)


def _length(length: Length) -> str:
    """`7 dates`, `calendar week`, `ever`."""
    for name, value in msgspec.structs.asdict(length).items():
        if value is not None:
            return _LENGTHS.get(name, f"{{}} {name.replace('_', ' ')}").format(value)
    return "no length"


def _value(value: Any) -> str:
    if isinstance(value, Length):
        return _length(value)
    if isinstance(value, msgspec.Struct):
        return f"({said(value)})"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_value(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return _hours(value) or ", ".join(map(_value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(msgspec.to_builtins(value, enc_hook=write_hook))


def _hours(value: tuple[Any, ...]) -> str:
    """`08:00 to 21:00` for the spans of a window."""
    if not all(isinstance(span, tuple) and len(span) == 2 for span in value):
        return ""
    return " and ".join(" to ".join(map(_value, span)) for span in value)
