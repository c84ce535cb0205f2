"""Reading JSON bodies: malformed ones are told from wrong ones, and nothing ambiguous gets in."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import PayloadEncodingError

from ..law.instants import read_hook
from .problems import Problem, from_validation

T = TypeVar("T")
_PLAIN = msgspec.json.Decoder()


class Body(Generic[T]):
    """Decodes one type, its decoder built beforehand."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind, dec_hook=read_hook)

    def decode(self, raw: bytes) -> T:
        """The value in `raw`, or a `Problem`: 400 where it is not JSON, 422 where it is not of this type."""
        check_json(raw)
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise from_validation(str(error), self.kind) from None

    def convert(self, tree: Any) -> T:
        """The value that plain lists and mappings stand for, or a 422."""
        try:
            value: T = msgspec.convert(tree, self.kind, dec_hook=read_hook)
        except msgspec.ValidationError as error:
            raise from_validation(str(error), self.kind) from None
        return value


def check_json(raw: bytes) -> Any:
    """What `raw` holds. What is not JSON in UTF-8, names a key twice or holds a NUL is refused."""
    try:
        tree = _PLAIN.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, _malformed(raw)) from None
    except RecursionError:
        raise Problem(400, "The body is nested too deeply.") from None
    if _names_a_key_twice(raw, tree):
        raise Problem(400, "The body names the same key twice in one object.")
    if b"\\u0000" in raw and _holds_nul(tree):
        raise Problem(422, "The body holds a NUL character.")
    return tree


def _malformed(raw: bytes) -> str:
    if not raw:
        return "The body is empty; JSON is expected."
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "The body is not UTF-8."
    return "The body is not JSON."


def _names_a_key_twice(raw: bytes, tree: Any) -> bool:
    """Without escapes each text shows two quotes in the source, so a lost key shows in the count."""
    if b"\\" not in raw and raw.count(b'"') == 2 * _texts(tree):
        return False
    try:
        json.loads(raw, object_pairs_hook=_once)
    except _TwiceError:
        return True
    except ValueError:
        return False
    return False


class _TwiceError(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _TwiceError


def _texts(tree: Any) -> int:
    """How many texts, keys included, a decoded value holds."""
    if type(tree) is str:
        return 1
    if type(tree) is dict:
        count = len(tree)
        for value in tree.values():
            count += 1 if type(value) is str else _texts(value)
        return count
    return sum(map(_texts, tree)) if type(tree) is list else 0


def _holds_nul(tree: Any) -> bool:
    if isinstance(tree, dict):
        return any("\0" in key or _holds_nul(value) for key, value in tree.items())
    if isinstance(tree, list):
        return any(map(_holds_nul, tree))
    return isinstance(tree, str) and "\0" in tree


async def read(request: web.Request, limit_bytes: int) -> bytes:
    """The body, if it is called JSON and not too long."""
    called = request.headers.get("Content-Type", "")
    if called != "application/json" and not _is_json(called):
        raise Problem(415, "The body must be application/json in UTF-8, and its Content-Type must say so.")
    length = request.content_length
    if length is not None and length > limit_bytes:
        raise Problem(413, f"The body is larger than the {limit_bytes} bytes this service takes.")
    own = request if request.client_max_size == limit_bytes else request.clone(client_max_size=limit_bytes)
    try:
        return await own.read()
    except (web.RequestPayloadError, PayloadEncodingError, ConnectionError):
        raise Problem(400, "The body cannot be read to its end as its headers describe it.") from None


def _is_json(called: str) -> bool:
    kind, _, parameters = called.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    return kind.strip().lower() == "application/json" and charset in ("", "charset=utf-8", "charset=utf8")
