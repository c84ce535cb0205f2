"""Text as words: as a person plainly reads it, and as it reads once every disguise is off.

`plain` is for what must be said: anything odd inside a word keeps that word from counting. `bare` is for what must not
be said: look-alike letters, invisible characters, digits for letters, letters set apart and reversed text are all
undone. Both take linear time.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from .markup import bare_text, plain_text

LINK = "%link"
STOP = "."
_ACCENTS = str.maketrans("áéíóúüñàèìòùçâêîôûäëïö", "aeiouunaeioucaeiouaeio")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]"
    r"|\b[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,6}+/[^\s<>\"']*[^\s<>\"'.,;:!?)\]]",
    re.IGNORECASE,
)
_PIECE = re.compile(
    r"%link|[^\W_]+(?:'[^\W_]+)*|(?P<stop>[.!?;…]{1,8}(?=[\s\"')\]]|\Z)|\n[^\S\n]*\n)|(?P<pause>[,:()–—])", re.UNICODE
)
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011\u00ad][^\S\n]*\r?\n[^\S\n]*(?=[^\W\d_])")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00a0": " ", "\u2011": "-", "\u2010": "-"})
_REORDERS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = re.compile("[\u202b\u202e\u2067]")
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_BARE = re.compile(r"[^\W_](?:[@$€£|!+]?[^\W_])*")
_FOR_LETTERS = frozenset("0134578@$€£|!+")
_AZ = frozenset("abcdefghijklmnopqrstuvwxyz")
_LONGEST_PIECED = 24
_LEET = str.maketrans("0134578@$€£|!+", "oieastbaseiiit")
_LETTER = re.compile(
    r"LATIN (?:SMALL |CAPITAL )?(?:LETTER )?(?:SMALL CAPITAL )?(?:SCRIPT |BLACKLETTER |DOTLESS )?([A-Z])(?: WITH .*)?\Z"
)
_RANGES = (
    (0x00C0, 0x0250), (0x0250, 0x02B0), (0x1D00, 0x1D80), (0x1D80, 0x1DC0), (0x1E00, 0x1F00), (0x2C60, 0x2C80),
    (0xA720, 0xA800), (0xAB30, 0xAB70),
)  # fmt: skip
_ALIKE = (
    "аaАaᴀaαaΑaаaԁdсcСcеeЕeёeЁeєeоoОoрpРpхxХxуyУyҮyүyіiІiїiЇiјjЈjѕsЅsԛqԝwһhҺhӏiӀiвbВbнhНhкkКkмmМmтtТtгrпnьbиnзeЗeбbЬb"
    "οoΟoρpΡpνvιiΙiκkΚkτtΤtυuχxΧxεeηnγyβbωwμuΒbΕeΖzΗhΜmΝnΥyδdσoςc"
    "օoՕoսuՍuհhոnցgքpլiաwտsՏsեtօoԼi"
    "ᎠdᎡrᎢtᎥiᎪaᎫjᎬeᎳwᎷmᎻhᎽyᏀgᏃzᏏbᏒrᏔwᏕsᏙvᏚsᏞiᏟcᏢpᏦkᏴbᏻg"
    "ꓐbꓑpꓒdꓓdꓔtꓖgꓗkꓙjꓚcꓜzꓝfꓟmꓠnꓡiꓢsꓣrꓦvꓧhꓪwꓫxꓬyꓮaꓰeꓲiꓳoꓴu"
    "ⲟoⲞoⲣpⲢpⲥcⲤcⲧtⲦtⲭxⲁaⲉeⲓi"
)


class Words(NamedTuple):
    """A text as words: `joined` has one space before and after each, `paused` those that follow a comma or colon."""

    words: list[str]
    joined: str
    paused: frozenset[int]


def plain(text: str) -> Words:
    """The words that anyone can read in the text; sentences end with `.`, an address on the web is `%link`."""
    if _REORDERS.search(text):
        return Words([], " ", frozenset())
    text = unicodedata.normalize("NFC", _BROKEN_WORD.sub("", plain_text(text, LINK)).translate(_QUOTES))
    text = (_URL.sub(f" {LINK} ", text) if "/" in text or "." in text else text).casefold().translate(_ACCENTS)
    words: list[str] = []
    paused: set[int] = set()
    for piece in _PIECE.finditer(text):
        if piece["pause"]:
            paused.add(len(words))
        else:
            words.append(STOP if piece["stop"] else piece[0])
    return Words(words, f" {' '.join(words)} ", frozenset(paused))


def bare(text: str) -> Words:
    """The words under every disguise. i, l and 1 are one letter here, so phrases are looked up through `bared`."""
    words = _undisguised(bare_text(text))
    if _OVERRIDES.search(text):
        words += [STOP, *_undisguised(text[::-1])]
    words += [STOP, *_pieced(words)]
    return Words(words, f" {' '.join(words)} ", frozenset())


def plain_word(word: str) -> str:
    """A word of a phrase as `plain` gives it; one with a hyphen becomes two."""
    return " ".join(plain(word).words)


def bared(word: str) -> str:
    """A word of a phrase as `bare` gives it."""
    return " ".join(_undisguised(word))


def _undisguised(text: str) -> list[str]:
    text = _BROKEN_WORD.sub("", text)
    if not text.isascii():
        text = _UNSEEN.sub("", text).translate(_alike())
        text = unicodedata.normalize("NFKD", text)
        text = "".join([c for c in text if not unicodedata.combining(c)]).translate(_alike())
    words = _BARE.findall(text.lower().replace("l", "i"))
    return [word if word.isalpha() else _lettered(word) for word in words]


def _lettered(word: str) -> str:
    """A word in which digits and signs stand for letters; a number stays one."""
    if _FOR_LETTERS.isdisjoint(word) or _AZ.isdisjoint(word):
        return word
    return word.translate(_LEET)


def _pieced(words: list[str]) -> list[str]:
    """Runs of pieces of one or two letters, put together from each piece on: `d e b t`, `de bt`. Each once."""
    out: dict[str, None] = {}
    run = ""
    for word in reversed(words):
        if len(word) > 2 or word == STOP:
            run = ""
            continue
        joined = (word + run)[:_LONGEST_PIECED]
        if run:
            out[joined] = None
        run = joined
    return list(out)


@cache
def _alike() -> dict[int, str]:
    """Letters of other alphabets, and of rarer Latin ones, that look like one of a to z."""
    found = {ord(_ALIKE[place]): _ALIKE[place + 1] for place in range(0, len(_ALIKE), 2)}
    for first, last in _RANGES:
        for code in range(first, last):
            named = _LETTER.match(unicodedata.name(chr(code), ""))
            if named:
                found.setdefault(code, named[1].lower())
    found |= {0x1F1E6 + n: chr(97 + n) for n in range(26)}
    for start in (0x1F130, 0x1F150, 0x1F170):
        found |= {start + n: chr(97 + n) for n in range(26)}
    return found | {0x0131: "i", 0x0237: "j", 0x0269: "i", 0x0261: "g", 0x0251: "a"}
