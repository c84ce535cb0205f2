"""Which keys stood in a file already, and where: about 30 bytes a key, however long the file."""

from __future__ import annotations

import hashlib
from array import array

_FIRST = 1 << 12


class Seen:
    """Open addressing over two arrays: 64 bits of a digest, and the row. Two keys in a million million are one."""

    def __init__(self) -> None:
        self._size, self._used, self._last = _FIRST, 0, 0
        self._keys, self._rows = array("Q", bytes(8 * _FIRST)), array("I", bytes(4 * _FIRST))

    def first(self, key: str, row: int) -> int | None:
        """The row in which the key stood before; None, and this row is noted, where it comes for the first time."""
        digest = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1
        self._last = place = self._place(digest)
        if self._keys[place]:
            return self._rows[place]
        self._keys[place], self._rows[place] = digest, row
        self._used += 1
        if self._used * 2 > self._size:
            self._grow()
        return None

    def count(self, key: str) -> int:
        """How often the key has stood, this time included."""
        before = self.first(key, 1)
        if before is None:
            return 1
        self._rows[self._last] = before + 1
        return before + 1

    def _place(self, digest: int) -> int:
        last = self._size - 1
        place = digest & last
        while (there := self._keys[place]) and there != digest:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        keys, rows = self._keys, self._rows
        self._size *= 2
        self._keys, self._rows = array("Q", bytes(8 * self._size)), array("I", bytes(4 * self._size))
        for digest, row in zip(keys, rows, strict=True):
            if digest:
                place = self._place(digest)
                self._keys[place], self._rows[place] = digest, row
