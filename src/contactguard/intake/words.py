"""What people write for the words of the wire: the tables beside this module, looked up without case or spaces."""

from __future__ import annotations

import re
from functools import cache

from ..errors import BadInput
from .places import is_country, table

_PIECE = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|\d+")


def plain(text: str) -> str:
    """Lower case, without spaces and punctuation."""
    return re.sub(r"[\W_]+", "", text.lower())


def pieces(text: str) -> list[str]:
    """The words of a header or a note, in lower case: `homePhone_2` is home, phone, 2."""
    return [piece.lower() for piece in _PIECE.findall(text)]


@cache
def meanings(file: str, section: str) -> dict[str, str]:
    """Word in plain letters -> what it means, as a table lists it; what it means stands for itself, too."""
    found: dict[str, str] = {}
    for meaning, words in table(file)[section].items():
        found.update((plain(word), meaning) for word in (meaning, *words.split()))
    return found


def country_of(text: str) -> str:
    """The two letters of a country, from letters or name. `BadInput` for what is none."""
    letters = text.upper()
    if is_country(letters):
        return letters
    if found := meanings("countries.toml", "countries").get(plain(text)):
        return found
    raise BadInput("country", "expected the two capital letters of a country, such as US")


def postal_code(country: str, code: str) -> str:
    """The code as written. `BadInput` where a spreadsheet seems to have dropped the zero that it begins with."""
    digits = table("countries.toml")["postal_digits"].get(country)
    first, _, more = code.partition("-")
    if digits and first.isdecimal() and len(first) < digits:
        raise BadInput("postal_code", f"{digits} digits are expected; a spreadsheet may have dropped a leading zero")
    if code.count(".") and first.replace(".", "").isdecimal():
        raise BadInput("postal_code", "a spreadsheet has made a number of it; export the column as text")
    if more and not more.isdecimal() and digits:
        raise BadInput("postal_code", "not a postal code of this country")
    return code
