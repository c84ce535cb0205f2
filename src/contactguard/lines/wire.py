"""What is said to a carrier and what it says, as it is kept: without secrets, and with people's addresses cut short."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from ..law.instants import Instant

LONGEST_TEXT = 4000
_SECRET = frozenset(
    {"authorization", "cookie", "set-cookie", "x-twilio-signature", "proxy-authorization", "password", "authtoken"}
)
_NUMBER = re.compile(r"(?:(?<=%2B)|(?<=%2b)|(?<![0-9A-Za-z]))(\+?\(?[0-9][0-9 ().\-]{5,18})([0-9]{2})(?![0-9A-Za-z])")
_EMAIL = re.compile(r"(?<![^\s<>\"'=&;,:/])[^\s<>\"'=&;,:/]+@([^\s<>\"'=&;,/]+)")
_WORDS = frozenset({"body", "twiml", "subject", "text", "content", "callername", "fromcity", "tocity"})


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a carrier, or of one, with its answer; every text redacted. `status` None: no answer came.

    `permit`: the contact it was about, None where no single one is known. `ref`: the carrier's own id of it.
    """

    line: str
    way: Literal["out", "in"]
    at: Instant
    method: str
    url: str
    sent: str = ""
    status: int | None = None
    answer: str = ""
    permit: str | None = None
    ref: str | None = None


Trace = Callable[[Exchange], Awaitable[None]]


def redacted(text: str) -> str:
    """A text with numbers cut to their last two digits, mailboxes to their domain, 4,000 characters at most."""
    cut = _NUMBER.sub(r"..\2", _EMAIL.sub(r"..@\1", text))
    return cut if len(cut) <= LONGEST_TEXT else f"{cut[:LONGEST_TEXT]}... ({len(cut)} characters)"


def redacted_form(fields: Mapping[str, str]) -> str:
    """Form fields as a query, with secrets and what was said left out."""
    return urlencode([(name, _field(name, value)) for name, value in fields.items()], safe="./:@,+()<> ")


def redacted_url(url: str) -> str:
    """An address without user, password and the values of its query that could name anyone."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = urlencode([(name, _field(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)])
    return redacted(urlunsplit((parts.scheme, host, parts.path, query, "")))


def _field(name: str, value: str) -> str:
    plain = name.lower()
    if plain in _SECRET:
        return "(secret)"
    return f"({len(value)} characters)" if plain in _WORDS else redacted(value)
