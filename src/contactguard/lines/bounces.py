"""Mail that comes back: what it says of which recipient (RFC 3464, RFC 3463), and the words in it that may be ours.

Whoever can write to our mailbox can write anything there: what is read here says only what was claimed. It is about a
contact of ours if one of its words is a token that we sealed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import islice

import msgspec
import structlog
from flufl.bounce import all_failures

from .tokens import LENGTH, Tokens

MOST_BYTES = 1 << 20

_WORD = re.compile(rb"(?<![A-Za-z2-7])[A-Za-z2-7]{%d}(?![A-Za-z2-7])" % LENGTH)
_MOST_WORDS = 500
_MOST_READ = 1 << 18  # a report stands before the message that it gives back
_MOST_GUESSED = 1 << 14
_MOST_PARTS = 50
_MOST_NESTED = 20  # what reading costs grows with the lines times the depth
_MOST_RECIPIENTS = 100
_LONGEST_NAME = 320
_EMPTY_LINES = re.compile(r"\r?\n(?:[ \t]*\r?\n){2,}")
_NESTED = re.compile(rb"boundary\s*=", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.ASCII)
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_NOTHING_SAID = frozenset({"", "5.0.0", "4.0.0"})
_LONGEST = 500
_NOBODY = "nobody@unknown.invalid"
_UNREADABLE = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
log = structlog.get_logger()
logging.getLogger("flufl.bounce").disabled = True  # it would log what it cannot read


class Verdict(msgspec.Struct, frozen=True):
    """What a report says of one recipient. `status`: `5.1.1`, empty where it gives none; `recipients`: the names it has
    there, as it was sent to and as it ended up; `words`: the other side's own.
    """

    action: str
    status: str
    recipients: tuple[str, ...]
    words: str


class Returned(msgspec.Struct, frozen=True):
    """One message that came back. `at`: when it says it was written; `automatic`: an answer by no human being."""

    verdicts: tuple[Verdict, ...]
    at: int | None
    automatic: bool


def read(raw: bytes) -> Returned:
    """What a message says. One that cannot be read says nothing."""
    try:
        message = _message(raw)
        parts = list(_parts(message))
        verdicts = tuple(_reported(parts)) or tuple(_guessed(message, parts))
    except _UNREADABLE as error:
        log.info("returned mail cannot be read", error=type(error).__name__)
        return Returned((), None, False)
    submitted = _header(message, "Auto-Submitted").lower()
    return Returned(verdicts, _date(message), submitted not in ("", "no"))


def permit_in(raw: bytes, recipient: str | None, tokens: Tokens) -> str | None:
    """The permit that a token in this message leads to: first in the mailbox it came to, then wherever it stands."""
    tried = 0
    for text in (recipient or "").encode(errors="replace"), *_texts(raw):
        for word in _WORD.findall(text):
            tried += 1
            if tried > _MOST_WORDS:
                return None
            token = word.decode("ascii")
            permit = tokens.read("bounce", token) or tokens.read("message", token)
            if permit is not None:
                return permit
    return None


def _texts(raw: bytes) -> Iterator[bytes]:
    """The message as it came, then what is encoded in it."""
    raw = raw[:MOST_BYTES]
    yield raw
    try:
        for part in _parts(_message(raw)):
            if _header(part, "Content-Transfer-Encoding").lower() in ("base64", "quoted-printable"):
                decoded = part.get_payload(decode=True)
                yield decoded if isinstance(decoded, bytes) else b""
    except _UNREADABLE as error:
        log.info("returned mail cannot be read", error=type(error).__name__)


def _message(raw: bytes) -> Message:
    """Its beginning, parsed. `ValueError` for more parts within parts than mail servers write."""
    raw = raw[:_MOST_READ]
    if len(_NESTED.findall(raw)) > _MOST_NESTED:
        raise ValueError("too many parts")
    return message_from_bytes(raw)


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a message, not those of a message within it."""
    waiting, seen = [message], 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() == "multipart" and isinstance(inner := part.get_payload(), list):
            waiting += [one for one in inner if isinstance(one, Message)]


def _reported(parts: list[Message]) -> Iterator[Verdict]:
    """What its machine-readable part says, recipient by recipient."""
    said = " ".join(_words(parts).split())
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        told = [one for one in blocks if isinstance(one, Message)] if isinstance(blocks, list) else []
        about = (one for one in told if one["Action"] or one["Status"])
        yield from (_verdict(one, said) for one in islice(about, _MOST_RECIPIENTS))


def _verdict(block: Message, said: str) -> Verdict:
    diagnostic = _header(block, "Diagnostic-Code")
    status = _status(_header(block, "Status"))
    if status in _NOTHING_SAID:
        status = _status(diagnostic, status[:1]) or _status(said, status[:1]) or status
    action = _header(block, "Action").lower()
    if action not in _ACTIONS:
        action = {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")
    names = (_header(block, name).rpartition(";")[2].strip() for name in ("Original-Recipient", "Final-Recipient"))
    short = (name for name in names if 0 < len(name) <= _LONGEST_NAME)
    return Verdict(action, status, tuple(dict.fromkeys(short)), (diagnostic or said)[:_LONGEST])


def _guessed(message: Message, parts: list[Message]) -> Iterator[Verdict]:
    """What servers say that write no report by the book: who cannot be reached, for good or for now.

    Only their own words are looked at, not those of the message that they give back.
    """
    words = _words(parts)
    said = " ".join(words.split())
    plain = Message()
    plain["From"], plain["Subject"] = _header(message, "From") or _NOBODY, _header(message, "Subject")
    plain.set_payload(words)
    try:
        for_now, for_good = all_failures(plain)
    except Exception as error:
        log.info("no guess at returned mail", error=type(error).__name__)
        return
    for found, action, kind in ((for_good, "failed", "5"), (for_now, "delayed", "4")):
        names = tuple(sorted(name.decode("utf-8", "replace") for name in found if len(name) <= _LONGEST_NAME))
        if names:
            yield Verdict(action, _status(said, kind) or f"{kind}.0.0", names, said[:_LONGEST])


def _status(text: str, kind: str = "") -> str:
    """The first enhanced status code in a text, of this class if one is named."""
    for found in _STATUS.finditer(text):
        if not kind or found.group(1) == kind:
            return ".".join(str(int(part)) for part in found.groups())
    return ""


def _words(parts: list[Message]) -> str:
    """What a server says in its own words, as far as it is looked at; many empty lines are as good as one."""
    said = "\n".join(_text(part) for part in parts if part.get_content_type() == "text/plain")
    return _EMPTY_LINES.sub("\n\n", said)[:_MOST_GUESSED]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _header(part: Message, name: str) -> str:
    return " ".join(str(part.get(name) or "").split())


def _date(message: Message) -> int | None:
    try:
        return int(parsedate_to_datetime(_header(message, "Date")).timestamp())
    except (ValueError, OverflowError, OSError):
        return None
