"""Whether a text message asks that there be no more of them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

_MARKS = re.compile(r"[^\w\s]+")


def asks_to_stop(text: str) -> bool:
    """Whether this says so: one of the words alone, or one of the phrases anywhere in it.

    What is in doubt counts as a request: a text too few can be sent later, one too many cannot be taken back.
    """
    said = _plain(text)
    words, phrases = _asked()
    return said in words or any(phrase in f" {said} " for phrase in phrases)


@cache
def _asked() -> tuple[frozenset[str], tuple[str, ...]]:
    listed = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return frozenset(map(_plain, listed["words"])), tuple(f" {_plain(phrase)} " for phrase in listed["phrases"])


def _plain(text: str) -> str:
    """Lower case without accents and marks, single spaces."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\u2019", ""))
    bare = "".join(one for one in bare if not unicodedata.combining(one))
    return " ".join(_MARKS.sub(" ", bare).split())
