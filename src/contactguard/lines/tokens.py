"""Opaque words that lead from a message that left back to its contact: sealed, so that they say nothing to others and
cannot be made up, and one for each purpose, so that who sees the one cannot use it as another (AES-SIV, RFC 5297).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

Purpose = Literal["bounce", "message", "unsubscribe"]
KEY_FOR = "mail tokens"
LENGTH = 52
_PERMIT = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)


class Tokens:
    """Made and read with one key of 32 bytes. A token is 52 small letters and digits, always the same for a permit."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def make(self, purpose: Purpose, permit: str) -> str:
        """The token of a permit (32 hexadecimal digits)."""
        sealed = self._cipher.encrypt(bytes.fromhex(permit), [purpose.encode()])
        return base64.b32encode(sealed).decode().rstrip("=").lower()

    def read(self, purpose: Purpose, token: str) -> str | None:
        """The permit that a token of ours leads to, in either case of its letters; None for any other text."""
        if len(token) != LENGTH or not token.isascii():
            return None
        try:
            sealed = base64.b32decode(token.upper() + "====")
            permit = self._cipher.decrypt(sealed, [purpose.encode()]).hex()
        except (binascii.Error, InvalidTag, ValueError):
            return None
        return permit if _PERMIT.match(permit) else None
