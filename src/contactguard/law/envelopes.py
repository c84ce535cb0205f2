"""What stands on an envelope: an address and a neutral name, or more than that."""

from __future__ import annotations

import re

from .letters import plain
from .model import Collector
from .wording import Reader

_LINES = re.compile(r"[,\n;]+")
_MOST_WORDS = 30
_COMPANY = frozenset({"inc", "llc", "ltd", "corp", "co", "company", "limited", "sl", "sa", "slu", "gmbh"})


def neutral(envelope: str | None, collector: Collector, reader: Reader) -> bool:
    """Whether there is no more on it than an address and a name that says nothing of debts.

    A line before the address must be the collector's own name, where that is known; what follows the first line with
    a number is taken for the rest of the address. Words that no address has (`says = "envelope"`) stand nowhere.
    """
    if envelope is None:
        return True
    if reader.forbidden(envelope) or any(mark in envelope for mark in "!?"):
        return False
    names = [set(plain(name).words) for name in (collector.name, collector.neutral_name) if name]
    lines = [words for words in (plain(line).words for line in _LINES.split(envelope)) if words]
    if not lines:
        return True
    if sum(map(len, lines)) > _MOST_WORDS:
        return False
    placed = False
    for words in lines:
        placed = placed or any(char.isdigit() for word in words for char in word)
        if not placed and names and not any(set(words) - _COMPANY - {"."} <= name for name in names):
            return False
    return placed or bool(names)
