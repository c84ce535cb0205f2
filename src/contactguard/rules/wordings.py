"""Files of phrases: which files they are, those shipped, and whether their worked texts say what they should."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ..law.model import Content
from ..law.phrases import parse_wording
from ..law.rulebook import Rulebook
from ..law.wording import Reader, Wording

_FOLDER = "wording"


def is_wording(name: str) -> bool:
    """Whether a file of this name holds phrases: those in a folder called `wording` do."""
    return name.split("/")[-2:-1] == [_FOLDER]


@cache
def shipped() -> tuple[Wording, ...]:
    """The phrases by which the shipped examples are read."""
    folder = files(__package__).joinpath(_FOLDER)
    found = [item for item in folder.iterdir() if item.name.endswith(".toml")] if folder.is_dir() else []
    return tuple(parse_wording(item.read_text("utf-8"), f"{_FOLDER}/{item.name}") for item in found)


def run(book: Rulebook) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Read every worked text by all the phrases of the book: (file, [(which, how it departs from what it says)])."""
    return [
        (file.source, [(f"text {place}", _wrong(book.reader, *one)) for place, one in enumerate(file.texts, 1)])
        for file in book.wording
    ]


def _wrong(reader: Reader, text: str, says: frozenset[str]) -> list[str]:
    found = reader.read(Content(body=text), "sms")
    said = found.said | found.forbidden
    return [] if said == says else [f"says {', '.join(sorted(said)) or 'nothing'}, expected {', '.join(sorted(says))}"]
