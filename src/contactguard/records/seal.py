"""Encryption of personal data: a master key in a file wraps data keys, and those seal documents and entries.

Each person has a data key of their own, so that deleting it makes everything sealed under it unreadable; the
rest is sealed under the store's. AES-256-GCM throughout, with random nonces. No key ever shows in a `repr`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import BadInput

STORE, LOOKUP, PEPPER = "store", "lookup", "pepper"
_NONCE, _ID = 12, 4
_CACHED_KEYS = 4_096


class Unreadable(Exception):
    """Sealed under a key that was erased, or not what was sealed."""


class MasterKeys:
    """The key file: the first line wraps, the others (during a rotation) only unwrap. One base64 key a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ciphers: dict[bytes, AESGCM] = {}
        self._current = b""
        self._stamp: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"MasterKeys({self.path.name})"

    @classmethod
    def open(cls, path: Path, *, create: bool) -> MasterKeys:
        """Read the file, or make it where `create` says so. `BadInput` when it is missing or open to others."""
        keys = cls(path)
        if create and not path.exists():
            _write_new(path, [os.urandom(32)])
        keys.read()
        return keys

    def read(self) -> None:
        """Read the file again, as after a rotation by another process."""
        self._stamp = _stamp(self.path)
        found = [(hashlib.sha256(key).digest()[:_ID], AESGCM(key)) for key in _read_file(self.path)]
        self._ciphers, self._current = dict(found), found[0][0]

    def wrap(self, owner: str, key: bytes) -> bytes:
        """A data key as it is stored; under the newest master key, should another process have rotated."""
        if _stamp(self.path) != self._stamp:
            self.read()
        nonce = os.urandom(_NONCE)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, key, owner.encode())

    def unwrap(self, owner: str, wrapped: bytes) -> bytes:
        """The data key again. `Unreadable` under a master key that is not in the file."""
        if wrapped[:_ID] not in self._ciphers:
            self.read()
        cipher = self._ciphers.get(wrapped[:_ID])
        if cipher is None:
            raise Unreadable("a data key is wrapped under a master key that is not in the key file")
        return _decrypt(cipher, wrapped[_ID : _ID + _NONCE], wrapped[_ID + _NONCE :], owner.encode())

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the key that now wraps wrapped this one."""
        return wrapped[:_ID] == self._current

    def add(self) -> None:
        """Begin a rotation: a new key wraps from now on, the one before it still unwraps."""
        _replace(self.path, [os.urandom(32), _read_file(self.path)[0]])
        self.read()

    def drop_old(self) -> None:
        """Keep only the key that wraps, once nothing is wrapped under another."""
        _replace(self.path, _read_file(self.path)[:1])
        self.read()


class DataKey:
    """One unwrapped data key; `generation` says how often its owner was erased before it was made."""

    __slots__ = ("_cipher", "generation", "wrapped")

    def __init__(self, key: bytes, generation: int, wrapped: bytes) -> None:
        self._cipher, self.generation, self.wrapped = AESGCM(key), generation.to_bytes(2, "big"), wrapped

    def __repr__(self) -> str:
        return "DataKey(...)"

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Generation, nonce, cipher text; it opens only beside the same `bound`."""
        nonce = os.urandom(_NONCE)
        return self.generation + nonce + self._cipher.encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """The plain bytes. `Unreadable` if sealed under an erased key or changed since."""
        if sealed[:2] != self.generation:
            raise Unreadable("sealed under a key that was erased")
        return _decrypt(self._cipher, sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], bound)


class Seals:
    """Unwrapped data keys, held under the wrapped bytes they came from so that a stale one is never used."""

    def __init__(self, master: MasterKeys) -> None:
        self.master = master
        self._keys: dict[str, DataKey] = {}

    def __repr__(self) -> str:
        return f"Seals({len(self._keys)} keys)"

    def own(self, rows: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
        """The store's own keys by name, plain; the one that seals is held from now on. `BadInput`: not their file."""
        try:
            plain = {name: self.master.unwrap(name, wrapped) for name, wrapped in rows}
        except Unreadable:
            raise BadInput("master key", "the key file does not belong to this store") from None
        self._keys[STORE] = DataKey(plain[STORE], 0, b"")
        return plain

    def held(self, owner: str) -> DataKey | None:
        """The key of this owner if it is held here."""
        return self._keys.get(owner)

    def key(self, owner: str, generation: int, wrapped: bytes) -> DataKey:
        """The key of this owner, from what is stored."""
        key = self._keys.get(owner)
        if key is None or key.wrapped != wrapped:
            key = self._hold(owner, DataKey(self.master.unwrap(owner, wrapped), generation, wrapped))
        return key

    def new(self, owner: str, generation: int) -> DataKey:
        """A new key, not held until what wrote it was committed and read again."""
        plain = os.urandom(32)
        return DataKey(plain, generation, self.master.wrap(owner, plain))

    def forget(self, owners: Iterable[str]) -> None:
        """Hold these no longer."""
        for owner in owners:
            self._keys.pop(owner, None)

    def _hold(self, owner: str, key: DataKey) -> DataKey:
        if len(self._keys) >= _CACHED_KEYS:
            for old in list(self._keys)[1 : _CACHED_KEYS // 4]:
                self._keys.pop(old, None)
        self._keys[owner] = key
        return key


def first_keys(master: MasterKeys) -> list[tuple[str, bytes]]:
    """Rows of the keys every store begins with: its own, the one for looking up addresses, the pepper."""
    return [(owner, master.wrap(owner, os.urandom(32))) for owner in (STORE, LOOKUP, PEPPER)]


def _decrypt(cipher: AESGCM, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        raise Unreadable("not what was sealed under this key") from None


def _read_file(path: Path) -> list[bytes]:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadInput("master key", f"the key file must be readable by its owner alone: chmod 600 {path}")
        keys = [base64.b64decode(line, validate=True) for line in path.read_text().split()]
    except FileNotFoundError:
        why = (
            f"there is no key file {path}: put the store's own there, of the time of a backup for that; only a store "
            "that is new, on PostgreSQL, has its own made first: openssl rand -base64 32"
        )
        raise BadInput("master key", why) from None
    except (OSError, binascii.Error, UnicodeDecodeError):
        raise BadInput("master key", f"{path} cannot be read as a key file") from None
    if not keys or any(len(key) != 32 for key in keys):
        raise BadInput("master key", f"{path} must hold 32 bytes in base64 on a line")
    return keys


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _write_new(path: Path, keys: list[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(base64.b64encode(key) + b"\n" for key in keys))
        file.flush()
        os.fsync(descriptor)
    _sync_directory(path)


def _replace(path: Path, keys: list[bytes]) -> None:
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    _write_new(beside, keys)
    beside.replace(path)
    _sync_directory(path)


def _sync_directory(path: Path) -> None:
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
