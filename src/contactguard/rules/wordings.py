"""The phrases that are shipped, one file a language, and which files of a rulebook hold phrases."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ..law.phrases import parse_wording
from ..law.wording import Wording

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
