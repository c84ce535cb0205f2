"""Files of phrases: how texts of one language say what a law wants said or unsaid. docs/grammar.md is this in prose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from .grammar import Table
from .instants import Day
from .letters import bared, plain_word
from .rulebook import RuleError, convert, opened
from .wording import MUST_BE_SAID, Attribute, Method, Phrase, Wording, problem


class WordingHead(Table, frozen=True, kw_only=True):
    """The head of a file of phrases. `negations`: words that deny what follows them."""

    language: str
    title: str
    checked_on: Day
    negations: tuple[str, ...] = ()
    note: str = ""


class PhraseTable(Table, frozen=True, kw_only=True):
    """Several ways of saying one thing; see `wording.Phrase`."""

    says: Attribute
    words: tuple[str, ...]
    method: Method | None = None
    part: str = ""
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    negated_within: int = 4


class TextTable(Table, frozen=True, kw_only=True):
    """A worked example: a text, and all that it says."""

    text: str
    says: tuple[Attribute, ...]


class WordingFile(Table, frozen=True, kw_only=True):
    """A whole file of phrases."""

    wording: WordingHead
    phrase: tuple[PhraseTable, ...] = ()
    text: tuple[TextTable, ...] = ()


def parse_wording(text: str, name: str) -> Wording:
    """Read one file of phrases. `RuleError` names the file and the field."""
    table = read_wording(text, name)
    for where, why in _problems(table):
        raise RuleError(name, where, why)
    phrases = tuple(
        Phrase(
            says=one.says,
            words=words,
            method=one.method,
            part=one.part,
            needs=one.needs,
            unless=one.unless,
            negated_within=one.negated_within,
        )
        for one in table.phrase
        for words in one.words
    )
    return Wording(
        language=table.wording.language,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        phrases=phrases,
        negations=table.wording.negations,
        texts=tuple((one.text, frozenset(one.says)) for one in table.text),
        source=name,
    )


def read_wording(text: str, name: str) -> WordingFile:
    """The tables of a file of phrases, each field read by itself. `RuleError` names the file and the field."""
    raw = opened(text, name)
    table: WordingFile = convert(raw, WordingFile, name, raw)
    return table


def _problems(table: WordingFile) -> Iterator[tuple[str, str]]:
    """What no single field shows: (field, why)."""
    for word in table.wording.negations:
        if " " in plain_word(word) or not plain_word(word):
            yield "wording.negations", f"{word!r} is not one word"
    for place, one in enumerate(table.phrase):
        where = f"phrase[{place}]"
        if not one.words:
            yield f"{where}.words", "say how it is said"
        if (one.says == "opt_out") != (one.method is not None):
            yield f"{where}.method", "a way out says by which method it works, nothing else does"
        if one.says not in MUST_BE_SAID and (one.needs or one.unless):
            yield f"{where}.needs", "what must not be said counts in every sentence"
        if not 0 <= one.negated_within <= 12:
            yield f"{where}.negated_within", "from 0 to 12 words"
        fold = plain_word if one.says in MUST_BE_SAID else bared
        for field in ("words", "needs", "unless"):
            for words in getattr(one, field):
                wrong = problem(words, fold)
                if wrong:
                    yield f"{where}.{field}", wrong
