"""One e-mail to one person: its headers cannot be broken out of, nobody else is in it, and nothing in it is tracked
(a page that would load or send anything is refused).

Message-ID and return path carry a token (`tokens.py`) in place of anyone's name; the link to unsubscribe goes by
RFC 2369 and RFC 8058. Signing (DKIM) is the relay's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

import msgspec

from ..errors import LineError
from ..law.markup import plain_text
from ..law.model import Content
from .line import Started
from .tokens import Tokens

_LINK_HOST = "unsubscribe.invalid"
LINK = f"https://{_LINK_HOST}/"
"""Where this stands in a body, the contact's own link to unsubscribe is put: a link when it is judged, too."""
_LINK_RUNS_ON = re.compile(re.escape(LINK) + r"[\w/?#%&=+-]")
UNSUBSCRIBE_PATH = "/mail/unsubscribe/"
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z", re.ASCII)
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z", re.ASCII)
_BROKEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_LOCAL = 64
_DEVIATES = frozenset("ß\u1e9eς\u200c\u200d")
"""What the codec here (RFC 3490) turns into other letters and newer rules (RFC 5891) do not: two domains."""
_LOADS = re.compile(
    r"<(?:img|iframe|frame|script|link|object|embed|video|audio|source|svg|meta|base|form|input|button)\b"
    r"|\b(?:src|srcset|background|poster|action|ping|on[a-z]+)\s*=|url\s*\(|@import",
    re.IGNORECASE,
)
_POLICY = SMTP.clone(cte_type="7bit")


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to be handed over. `id`: its Message-ID without brackets; `envelope`: what ties reports to it."""

    permit: str
    id: str
    envelope: str
    return_path: str
    recipient: str
    raw: bytes


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name messages go out: senders by the collector's id (None: everyone else's), and names to show.

    `bounces`: the mailbox that returns come to; `public_url`: where links lead.
    """

    senders: Mapping[str | None, str]
    names: Mapping[str | None, str | None]
    bounces: str
    public_url: str


def mailbox(address: str) -> str:
    """An address as SMTP takes it, its domain in ASCII. `ValueError` for what is none, or needs SMTPUTF8."""
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.match(local) or len(local) > _LONGEST_LOCAL:
        raise ValueError("expected a mailbox such as name@example.com")
    if not _DEVIATES.isdisjoint(domain):
        raise ValueError("write its domain as xn--...")
    try:
        plain = domain.lower().encode("idna").decode("ascii") if not domain.isascii() else domain.lower()
    except UnicodeError:
        raise ValueError("its domain is none") from None
    if not _DOMAIN.match(plain) or "." not in plain:
        raise ValueError("its domain is none")
    return f"{local}@{plain}"


def compose(started: Started, head: Letterhead, tokens: Tokens, at: float) -> Mail:
    """The message of one contact. `LineError`, ours, names what is missing or cannot be put into a header."""
    content = started.content
    if content is None or not (content.body or "").strip():
        raise _ours("no_body")
    sender = head.senders.get(started.collector) or head.senders.get(None)
    if sender is None:
        raise _ours("no_sender")
    try:
        recipient = mailbox(started.address)
    except ValueError:
        raise _ours("bad_address") from None
    local, _, domain = head.bounces.rpartition("@")
    token = tokens.make("bounce", started.permit)
    id = f"{tokens.make('message', started.permit)}@{sender.rpartition('@')[2]}"
    link = head.public_url.rstrip("/") + UNSUBSCRIBE_PATH + tokens.make("unsubscribe", started.permit)
    name = content.from_name or head.names.get(started.collector)
    raw = _message(content, sender, name, recipient, id, link, at)
    return_path = f"{local}+{token}@{domain}"
    return Mail(permit=started.permit, id=id, envelope=token, return_path=return_path, recipient=recipient, raw=raw)


def _message(content: Content, sender: str, name: str | None, recipient: str, id: str, link: str, at: float) -> bytes:
    for where, text in (("bad_name", name), ("bad_subject", content.subject)):
        if text is not None and _BROKEN.search(text):
            raise _ours(where)
    body = content.body or ""
    page = plain_text(body, "") is not body
    if page and _LOADS.search(body):
        raise _ours("body_loads")
    if _LINK_RUNS_ON.search(body) or _LINK_HOST in body.replace(LINK, "").lower():
        raise _ours("bad_link")
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = Address(display_name=name or "", addr_spec=sender)
        message["To"] = Address(addr_spec=recipient)
        if content.subject:
            message["Subject"] = content.subject
        message["Date"] = formatdate(at, usegmt=True)
        message.set_content(body.replace(LINK, link), subtype="html" if page else "plain", charset="utf-8")
        return _of_ours(id, link) + message.as_bytes()
    except (MessageError, ValueError, UnicodeError):
        raise _ours("bad_message") from None


def _of_ours(id: str, link: str) -> bytes:
    """The headers made of our own ASCII alone: whole on their lines, as a folding library would encode a long link."""
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    return f"Message-ID: <{id}>\r\nList-Unsubscribe: <{link}>\r\n{one_click}\r\n".encode("ascii")


def _ours(code: str) -> LineError:
    return LineError(code, retryable=False, ours=True)
