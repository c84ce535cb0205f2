"""How an entry joins its stream: a gapless height, a commitment to its content, and a hash over its header.

The header is a JSON array without spaces, in UTF-8:
`[1, stream, height, kind, at, recorded, person, decision, generation, hash of the entry before, commitment, clock]`,
hashes in hex; the generation is that of the key which sealed the content, the clock `"simulated"` or null.
The commitment is SHA-256 over salt and
content, so the chain still verifies when the content can no longer be read. Content is the length of the answer
(4 bytes, big-endian), the answer, then the body.
"""

from __future__ import annotations

import os
from hashlib import sha256

import msgspec

from .seal import DataKey
from .work import NewEntry

GENESIS = bytes(32)
SALT = 16
EntryRow = tuple[str, int, str, int, int, str | None, str | None, bytes, bytes, bytes, str | None]
_encode = msgspec.json.Encoder().encode


def append(
    entry: NewEntry, answer: bytes, height: int, tip: bytes, recorded: int, key: DataKey, clock: str | None = None
) -> EntryRow:
    """The row of an entry that follows the one whose hash is `tip`."""
    content = os.urandom(SALT) + len(answer).to_bytes(4, "big") + answer + entry.body
    commitment = sha256(content).digest()
    at = recorded if entry.at is None else int(entry.at)
    generation = int.from_bytes(key.generation, "big")
    named = (entry.person, entry.decision, generation, tip.hex(), commitment.hex(), clock)
    header = _encode((1, entry.stream, height, entry.kind, at, recorded, *named))
    return (
        entry.stream, height, entry.kind, at, recorded, entry.person, entry.decision,
        commitment, sha256(header).digest(), key.seal(content, commitment), clock,
    )  # fmt: skip


def content(key: DataKey, sealed: bytes, commitment: bytes) -> tuple[bytes, bytes]:
    """The answer and the body of a sealed entry. `Unreadable` if its key was erased or it was changed."""
    plain = key.open(sealed, commitment)
    start = SALT + 4
    end = start + int.from_bytes(plain[SALT:start], "big")
    return plain[start:end], plain[end:]
