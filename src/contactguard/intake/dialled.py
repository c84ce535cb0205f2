"""Numbers as switches hand them over: SIP and tel URIs, display names, international prefixes, bare digits."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..errors import BadInput
from .numbers import to_e164

_URI = re.compile(r"(?:sips?|tel):([^@;?>]*)", re.IGNORECASE)
_USER_AT_HOST = re.compile(r"([^@\s<>]+)@[^@\s<>]+\Z")
_SHORT = re.compile(r"[0-9*#]{1,8}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]{9,}\Z", re.ASCII)
_LONGEST = 512


def user_part(text: str) -> str:
    """Who is meant in `"Ana" <sip:1001@pbx.example;transport=udp>`, `tel:+1-212-555-0123`, `ana@pbx.example`: 1001."""
    written = text.strip()[:_LONGEST]
    if found := _URI.search(written):
        written = unquote(found[1])
    elif found := _USER_AT_HOST.match(written):
        written = found[1]
    return written.partition(";")[0].strip()


def dialled(text: str, region: str) -> str:
    """The number that was dialled: E.164, or as it stands where it is short (an emergency number, an extension).

    `region` (US): where it was dialled. 00 is read as the international prefix where no number there begins so, and
    digits that only make sense with their country code in front are read with it, as carriers write them. `BadInput`
    names `address` and does not quote it.
    """
    written = user_part(text)
    if not written:
        raise BadInput("address", "is required")
    if _SHORT.match(written):
        return written
    for reading in _readings(written):
        try:
            return to_e164(reading, region)
        except BadInput as error:
            last = error
    raise BadInput("address", last.why)


def _readings(written: str) -> list[str]:
    found = [written]
    if written.startswith("00"):
        found.append("+" + written[2:])
    elif _DIGITS.match(written) and not written.startswith("0"):
        found.append("+" + written)
    return found
