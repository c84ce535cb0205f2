"""Shipped rule files, read faster than by the TOML reader of Python, which takes most of the time of loading them.

It knows the TOML that such files are written in, and says nothing of any other; a test holds it to what the real
reader makes of every shipped file. What operators write is always read by the real one.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import msgspec

from ..law.rulebook import opened

_APART = re.compile(r'("(?:[^"\\\n]|\\.)*"|#[^\n]*)')
_DATE = re.compile(r"(?<![\w:.+-])\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d|Z))?(?![\w:.+-])", re.ASCII)
_KEY = re.compile(r"([A-Za-z_][\w-]*|\x00)[ \t]*=(?!=)", re.ASCII)
_LAST_COMMA = re.compile(r",(\s*\])")
_HEADER = re.compile(r"^\[(\[?)([\w-]+(?:\.[\w-]+)*)\](\]?)[ \t]*$", re.MULTILINE | re.ASCII)
_STATEMENT = re.compile(r'^(?=["\x00][\w-]*"?:)', re.MULTILINE | re.ASCII)
_TABLE = re.compile(r"^\[", re.MULTILINE)
_EXAMPLE = "[[example]]"
_STRANGE = ('"""', "'''", "\x00", "\\U", "\r")


def rules_of(text: str, name: str) -> dict[str, Any]:
    """A shipped file without its examples, its dates as text. `RuleError` names the file and the line."""
    tables = quick("".join(part for part, example in _parts(text) if not example))
    return opened(apart(text)[0], name) if tables is None else tables


def examples_of(text: str, name: str) -> list[dict[str, Any]]:
    """The examples of a shipped file."""
    tables = quick("".join(part for part, example in _parts(text) if example))
    found: list[dict[str, Any]] = (opened(apart(text)[1], name) if tables is None else tables).get("example", [])
    return found


def apart(text: str) -> tuple[str, str]:
    """A rule file without its examples, and the examples without the rest; each line stays where it was."""
    rest, examples = [], []
    for part, example in _parts(text):
        blank = "\n" * part.count("\n")
        rest.append(blank if example else part)
        examples.append(part if example else blank)
    return "".join(rest), "".join(examples)


def _parts(text: str) -> list[tuple[str, bool]]:
    """The file cut before each of its tables, and whether that is an example."""
    cuts = [0, *(found.start() for found in _TABLE.finditer(text)), len(text)]
    return [(text[start:end], text.startswith(_EXAMPLE, start)) for start, end in pairwise(cuts)]


def quick(text: str) -> dict[str, Any] | None:
    """The file with its dates as text; None for what only the real reader can tell."""
    if any(sign in text for sign in _STRANGE):
        return None
    parts = _APART.split(text)
    strings = [part for part in parts[1::2] if part[0] == '"']
    marks = ["\x00" if part[0] == '"' else "" for part in parts[1::2]]
    bare = "".join(part for pair in zip(parts[::2], [*marks, ""], strict=True) for part in pair)
    bare = _LAST_COMMA.sub(r"\1", _KEY.sub(_named, _DATE.sub(_date, bare)))
    pieces = _HEADER.split(bare)
    bodies = [_STATEMENT.sub(",", body).strip().removeprefix(",") for body in pieces[::4]]
    told = ("[{" + "},{".join(bodies) + "}]").split("\x00")
    whole = "".join(part for pair in zip(told, [*strings, ""], strict=True) for part in pair)
    try:
        tables = msgspec.json.decode(whole)
    except msgspec.DecodeError:
        return None
    return _placed(tables, list(zip(pieces[1::4], pieces[2::4], pieces[3::4], strict=True)))


def _date(found: re.Match[str]) -> str:
    return f'"{found[0]}"' if found[0][-1] != "Z" else f'"{found[0][:-1]}+00:00"'


def _named(found: re.Match[str]) -> str:
    return f"{found[1]}:" if found[1] == "\x00" else f'"{found[1]}":'


def _placed(tables: list[dict[str, Any]], headers: list[tuple[str, str, str]]) -> dict[str, Any] | None:
    """Each table under its header; None where a header is no plain one."""
    root, *rest = tables
    for (opens, path, closes), table in zip(headers, rest, strict=True):
        *above, name = path.split(".")
        where = root
        for step in above:
            where = where.setdefault(step, {})
            if not isinstance(where, dict):
                return None
        several = where.setdefault(name, [] if opens else table)
        if (
            bool(opens) != bool(closes)
            or (opens and not isinstance(several, list))
            or (not opens and several is not table)
        ):
            return None
        if opens:
            several.append(table)
    return root
