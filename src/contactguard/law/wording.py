"""What a text says by its plain words: a way out, a disclosure, a debt, a threat, the look of a court.

What must be said counts only where anyone can read it and nothing denies it; what must not be said counts under every
disguise (`letters`). The phrases are data of the rulebook (`phrases`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import Literal, NamedTuple, get_args

import msgspec

from .letters import LINK, STOP, Words, bare, bared, plain, plain_word
from .model import Content

Attribute = Literal["opt_out", "debt_collector", "initial_disclosure", "debt", "abusive", "court_look", "envelope"]
Method = Literal["reply", "link", "voice_or_key"]
MUST_BE_SAID: frozenset[str] = frozenset({"opt_out", "debt_collector", "initial_disclosure"})
READ_FROM_TEXT: tuple[str, ...] = tuple(name for name in get_args(Attribute) if name != "envelope")
LONGEST = 2_000_000
_AROUND = 400
_ON_A_CALL, _IN_WRITING = frozenset({"voice_or_key"}), frozenset({"reply", "link"})
Fold = Callable[[str], str]
_GAP = rf"(?: (?:[^ {STOP}]|{STOP}[^ ])[^ ]*){{0,6}}?"


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """One way of saying something. `needs`: one of these in the same sentence too; `unless`: none of these.

    In `words` a word may be `a|b` (either), `[a|b]` (perhaps), `debt*` (so begun), `...` (up to six words) or `<link>`.
    `negated_within`: the phrase is denied by a negation at most so many words before it, or inside it. `part`: what is
    said in parts is said once a text has all the parts that one language names.
    """

    says: Attribute
    words: str
    method: Method | None = None
    part: str = ""
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    negated_within: int = 4


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The phrases of one file. `digest`: of its text, 64 hex digits; `texts`: worked ones, and what each says."""

    language: str
    digest: str
    phrases: tuple[Phrase, ...]
    negations: tuple[str, ...] = ()
    texts: tuple[tuple[str, frozenset[str]], ...] = ()
    source: str = ""


class Reading(NamedTuple):
    """What a content says: None where it has no such text. `methods`: the ways out that it offers."""

    said: frozenset[str]
    methods: frozenset[str]
    forbidden: frozenset[str]
    speaks: bool
    shown: bool

    def state(self, name: str) -> bool | None:
        """Whether the text says so; None where there is no text to tell."""
        if name in MUST_BE_SAID:
            return name in self.said if self.speaks else None
        if name in self.forbidden:
            return True
        return False if self.speaks or (self.shown and name != "debt") else None


class _Compiled:
    """A phrase with its patterns, each made when a text first asks for it: most texts ask for few."""

    def __init__(self, phrase: Phrase, language: str, fold: Fold, denies: bool) -> None:
        self.phrase, self.language, self.denies, self._fold = phrase, language, denies, fold

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return compiled(self.phrase.words, self._fold)

    @cached_property
    def needs(self) -> re.Pattern[str] | None:
        return _any(self.phrase.needs, self._fold)

    @cached_property
    def unless(self) -> re.Pattern[str] | None:
        return _any(self.phrase.unless, self._fold)


class Reader:
    """Reads contents by the phrases of a rulebook; false if it has none."""

    def __init__(self, wording: Iterable[Wording] = ()) -> None:
        files = tuple(wording)
        self._plain: dict[str, list[_Compiled]] = {}
        self._bare: dict[str, list[_Compiled]] = {}
        self._negations = frozenset(plain_word(word) for file in files for word in file.negations)
        self._parts: dict[tuple[str, str], set[str]] = {}
        for file, phrase in ((one, phrase) for one in files for phrase in one.phrases):
            must = phrase.says in MUST_BE_SAID
            fold, index = (plain_word, self._plain) if must else (bared, self._bare)
            denies = any(word in self._negations for word in re.split(r"[\s|\[\]]+", phrase.words))
            found = _Compiled(phrase, file.language, fold, denies)
            for start in starts(phrase.words, fold):
                index.setdefault(start, []).append(found)
            self._parts.setdefault((phrase.says, file.language), set()).add(phrase.part)

    def __bool__(self) -> bool:
        return bool(self._plain or self._bare)

    def read(self, content: Content, channel: str) -> Reading:
        """Read every part. More than `LONGEST` characters say nothing that they must and all that they must not."""
        spoken = _spoken(content, channel)
        shown = texts(content)
        if sum(map(len, shown)) > LONGEST:
            return Reading(frozenset(), frozenset(), frozenset(READ_FROM_TEXT), True, True)
        said, methods = self._said(spoken)
        methods &= _ON_A_CALL if channel == "voice" else _IN_WRITING
        said = said if methods else said - {"opt_out"}
        forbidden = frozenset(name for part in shown for name in self.forbidden(part))
        return Reading(said, methods, forbidden - {"envelope"}, bool(spoken), bool(shown))

    def forbidden(self, text: str) -> set[str]:
        """What must not be said and is, under whatever disguise."""
        words, found = bare(text), set()
        for place, at in _places(words, self._bare):
            for one in self._bare[words.words[place][:3]]:
                if one.phrase.says not in found and one.pattern.match(words.joined, at):
                    found.add(one.phrase.says)
        return {str(name) for name in found}

    def _said(self, texts: list[str]) -> tuple[frozenset[str], frozenset[str]]:
        """What must be said and is, somewhere plainly and nowhere denied; and the ways out."""
        parts: dict[tuple[str, str], set[str]] = {}
        denied: set[str] = set()
        methods: set[str] = set()
        for words in map(plain, texts):
            for one, denies in self._found(words):
                if denies:
                    denied.add(one.phrase.says)
                    continue
                parts.setdefault((one.phrase.says, one.language), set()).add(one.phrase.part)
                methods |= {one.phrase.method} if one.phrase.method else set()
        said = frozenset(key[0] for key, found in parts.items() if found == self._parts[key])
        return said - denied, frozenset(methods if "opt_out" not in denied else ())

    def _found(self, words: Words) -> Iterator[tuple[_Compiled, bool]]:
        """Every phrase that stands in the text, and whether it is denied there."""
        for place, at in _places(words, self._plain):
            for one in self._plain[words.words[place][:3]]:
                match = one.pattern.match(words.joined, at)
                if match and _fits(one, words, at):
                    inside = not one.denies and not self._negations.isdisjoint(match[0].split())
                    yield one, inside or self._negated(words, place, one.phrase.negated_within)

    def _negated(self, words: Words, place: int, within: int) -> bool:
        """Whether a negation stands so near before that word, in the same clause."""
        for back in range(place, max(place - within, 0), -1):
            if back in words.paused or words.words[back - 1] == STOP:
                return False
            if words.words[back - 1] in self._negations:
                return True
        return False


def texts(content: Content) -> list[str]:
    """Every text in it, each once."""
    parts = (content.subject, content.body, content.script, content.from_name, content.envelope)
    return [part for part in dict.fromkeys(parts) if part is not None]


def unattested(content: Content | None) -> Content | None:
    """The content of a text that we send ourselves: what its words tell is not for its author to attest."""
    if content is None or not any(part is not None for part in (content.subject, content.body, content.script)):
        return content
    gone = dict.fromkeys((*READ_FROM_TEXT, "opt_out_method"))
    return msgspec.structs.replace(content, states=msgspec.structs.replace(content.states, **gone))


def compiled(words: str, fold: Fold) -> re.Pattern[str]:
    """A phrase as a pattern over `Words.joined`, each word with the space before it."""
    return re.compile("".join(_element(element, fold) for element in words.split()))


def starts(words: str, fold: Fold) -> set[str]:
    """The first three letters of every word with which the phrase may begin."""
    first = words.split()[0]
    return {LINK[:3]} if first == "<link>" else {fold(word)[:3] for word in first.rstrip("*").split("|")}


def problem(words: str, fold: Fold) -> str | None:
    """Why these words are no phrase; None if they are one."""
    elements = words.split()
    if not elements:
        return "say at least one word"
    if elements[0].startswith("[") or elements[0] == "..." or elements[-1] == "...":
        return "a phrase begins and ends with a word that must be there"
    for element in elements:
        bare_element = element[1:-1] if element.startswith("[") and element.endswith("]") else element
        if element in ("...", "<link>"):
            continue
        for word in bare_element.split("|"):
            folded = fold(word.removesuffix("*"))
            if not folded or not all(c.isalnum() or c in "'-" for c in word.removesuffix("*")):
                return f"{element!r} is not a word, nor one of a|b, [a|b], begin*, ... and <link>"
            if word.endswith("*") and len(folded) < 3:
                return f"{element!r}: at least three letters stand before *"
    return None


def _element(element: str, fold: Fold) -> str:
    if element == "...":
        return _GAP
    if element == "<link>":
        return f" {re.escape(LINK)}(?= )"
    perhaps = element.startswith("[")
    words = element.strip("[]").split("|")
    one = "|".join(re.escape(fold(w.rstrip("*"))) + ("[^ ]*" if w.endswith("*") else "") for w in words)
    return f"(?: (?:{one})(?= )){'?' if perhaps else ''}"


def _any(phrases: tuple[str, ...], fold: Fold) -> re.Pattern[str] | None:
    return re.compile("|".join(compiled(words, fold).pattern for words in phrases)) if phrases else None


def _places(words: Words, index: Container[str]) -> Iterator[tuple[int, int]]:
    """The places of words with which a phrase may begin, and where the space before each stands in `joined`."""
    starts_at = accumulate((len(word) + 1 for word in words.words), initial=0)
    return (
        (place, at) for place, (word, at) in enumerate(zip(words.words, starts_at, strict=False)) if word[:3] in index
    )


def _fits(one: _Compiled, words: Words, at: int) -> bool:
    """Whether the sentence has what the phrase needs and nothing that makes it mean something else."""
    if one.needs is None and one.unless is None:
        return True
    first, last = max(at - _AROUND, 0), at + _AROUND
    start, end = words.joined.rfind(f" {STOP} ", first, at + 1), words.joined.find(f" {STOP} ", at, last)
    sentence = words.joined[start + 2 if start >= 0 else first : end + 1 if end >= 0 else last]
    if one.unless is not None and one.unless.search(sentence):
        return False
    return one.needs is None or one.needs.search(sentence) is not None


def _spoken(content: Content, channel: str) -> list[str]:
    """What reaches the person as the message itself."""
    if channel in ("voice", "visit"):
        parts = (content.subject, content.script if content.script is not None else content.body)
    else:
        parts = (content.subject, content.body if content.body is not None else content.script)
    return [part for part in parts if part is not None]
