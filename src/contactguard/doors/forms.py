"""Reading what is not JSON: forms, queries, whole bodies; and what a sender's signature covers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import PayloadEncodingError
from multidict import CIMultiDictProxy, MultiDict

from ..law.instants import read_hook
from .bodies import check_json
from .problems import Problem, from_validation, unavailable

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
Fields: TypeAlias = dict[str, str]
_FIELDS_AT_MOST = 1000
_SCALARS = (str, int, float)


class Delivery:
    """One request as its sender signed it. Header names do not mind their case."""

    def __init__(self, raw: bytes, request: web.Request, public_url: str | None) -> None:
        self.raw, self._request, self._public_url = raw, request, public_url

    @property
    def method(self) -> str:
        """GET, POST."""
        return self._request.method

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """All of them."""
        return self._request.headers

    @property
    def url(self) -> str:
        """What the sender called: `server.public_url` with the path and the query as they came, byte for byte.

        What the header Host says is not asked: anyone can write that.
        """
        if self._public_url is None:
            raise unavailable("Set server.public_url: without it no sender's signature can be checked.", 60)
        path = self._request.raw_path
        return self._public_url.rstrip("/") + (path if path.startswith("/") else self._request.rel_url.raw_path_qs)

    @property
    def form(self) -> MultiDict[str]:
        """The fields of the body, every value of each; none where it is no form."""
        return MultiDict(_pairs(self.raw)) if media_called(self._request) == FORM else MultiDict()


def media_called(request: web.Request) -> str:
    """What the body is called, without its parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def media_of(request: web.Request, allowed: tuple[str, ...]) -> str:
    """What the body is called, or a 415 that names what is taken."""
    called = media_called(request)
    if called not in allowed:
        raise Problem(415, f"The body must be {' or '.join(allowed)}, and its Content-Type must say so.")
    return called


async def whole(request: web.Request, limit_bytes: int) -> bytes:
    """All of the body, or a 413."""
    if (request.content_length or 0) > limit_bytes:
        raise Problem(413, f"The body is larger than the {limit_bytes} bytes taken here.")
    own = request if request.client_max_size == limit_bytes else request.clone(client_max_size=limit_bytes)
    try:
        return await own.read()
    except (web.RequestPayloadError, PayloadEncodingError, ConnectionError):
        raise Problem(400, "The body cannot be read to its end as its headers describe it.") from None


def form_of(request: web.Request, raw: bytes) -> list[tuple[str, str]]:
    """The fields of a body: a form's, or the members of one flat JSON object."""
    if not raw:
        return []
    if media_of(request, (FORM, JSON)) == FORM:
        return _pairs(raw)
    tree = check_json(raw)
    if not isinstance(tree, dict) or not all(isinstance(value, _SCALARS) or value is None for value in tree.values()):
        raise Problem(422, "The body: expected one object whose members are texts and numbers.")
    return [(name, _text(value)) for name, value in tree.items() if value is not None]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_FIELDS_AT_MOST,
        )
    except UnicodeDecodeError:
        raise Problem(400, "The form is not UTF-8.") from None
    except ValueError:
        raise Problem(400, f"The form has more than {_FIELDS_AT_MOST} fields, or cannot be read.") from None


def fields_of(request: web.Request, pairs: list[tuple[str, str]], *, strict: bool) -> Fields:
    """What the query and the body say together, the first of a name that stands there twice.

    `strict`: two values of one name are refused, because nobody knows which was meant; for senders of a few known
    fields, not for those who send all they have.
    """
    found: Fields = {}
    for name, value in (*request.query.items(), *pairs):
        if strict and found.get(name, value) != value:
            raise Problem(400, "The query and the form name the same field twice.")
        if "\0" in value or "\0" in name:
            raise Problem(422, "A field holds a NUL character.")
        found.setdefault(name, value)
    return found


def as_body(fields: Mapping[str, str], kind: Any) -> Any:
    """The fields as a value of this type, those left blank left out; as they are where no type is asked for."""
    if kind is None:
        return dict(fields)
    given = {name: value for name, value in fields.items() if value != ""}
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=read_hook)
    except msgspec.ValidationError as error:
        raise from_validation(str(error), kind) from None
