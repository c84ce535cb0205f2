"""One call of the service as a value, and what all have in common: key, scope, body, refusals, figures."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict, CIMultiDictProxy

from ..attempts import Caller
from ..errors import BadInput, Busy, ContactGuardError, StoreDown
from ..law.decide import Undecidable
from ..law.instants import read_hook, write_hook
from ..records.work import Idempotency
from ..settings import Settings
from .auth import Buckets, caller, check_scope, token_of
from .bodies import Body, check_json, read
from .forms import Delivery, Fields, as_body, fields_of, form_of, media_of, whole
from .house import House
from .logs import about
from .problems import Problem, from_error, from_http, from_validation, respond, unavailable
from .unavailable import denial

Scope = Literal["agent", "dialler", "case_system", "compliance", "admin"]
log = structlog.get_logger()


_HEADERS = CIMultiDictProxy(
    CIMultiDict(
        {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
)


class Call(msgspec.Struct):
    """What a handler is given: the request, who sent it, and its decoded body and query.

    `fields`: what a form said, blank values included; `raw`: the body as it came, where it is no JSON.
    """

    request: web.Request
    caller: Caller
    body: Any = None
    query: Any = None
    idempotency: Idempotency | None = None
    fields: Fields = msgspec.field(default_factory=dict)
    raw: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """What a handler gives back: bytes as they are to be sent, JSON unless `headers` say otherwise."""

    body: bytes
    status: int = 200
    headers: CIMultiDictProxy[str] = _HEADERS


Does = Callable[[House, Call], Awaitable[Reply]]
Says = Callable[[House, web.Request, Problem, Exception], Reply | Awaitable[Reply]]


class Signed(msgspec.Struct, frozen=True):
    """How a sender without a key of ours proves itself: the header that carries it, and what looks at it.

    `check` gives whom the request speaks for, or raises `Problem` (403 where the signature does not fit).
    """

    header: str
    check: Callable[[House, Delivery], Awaitable[Caller]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `answers`: status -> type, None for no body. `scopes` empty: any key; `open_to_all`: no key.

    `dials`: a contact waits for it, so it is never rate-limited. `denies`: a fault is answered by a decision.
    `complete` fills in what a sender may leave out of the body; `without`: members this call refuses.
    `creates`: honours Idempotency-Key. `form`: the body's members come as a form or in the query; `raw`: the media
    types of a body that is taken as bytes. `body_limit`: bytes, where the settings' limit does not fit. `basic`: the
    key may also be the password of Basic authentication. `signed`: proved by its sender's signature, not by a key.
    `says`: how this call words what went wrong, where a problem document would not be understood.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    name: str
    group: str
    summary: str
    does: Does
    answers: Mapping[int, Any]
    scopes: frozenset[Scope] = frozenset()
    body: Any = None
    query: Any = None
    details: str = ""
    media: str | tuple[str, ...] = "application/json"
    complete: Callable[[Any, Settings, web.Request], Any] | None = None
    without: tuple[str, ...] = ()
    creates: bool = False
    dials: bool = False
    denies: bool = False
    open_to_all: bool = False
    form: bool = False
    raw: tuple[str, ...] = ()
    body_limit: int | None = None
    basic: bool = False
    signed: Signed | None = None
    says: Says | None = None


def text_reply(text: str, status: int = 200, media: str = "text/plain") -> Reply:
    """A text as a reply, which nobody keeps."""
    headers = {"Content-Type": f"{media}; charset=utf-8", "Cache-Control": "no-store"}
    return Reply(text.encode(), status, CIMultiDictProxy(CIMultiDict(headers)))


def json_reply(value: Any, status: int = 200) -> Reply:
    """A value of ours as a reply."""
    return Reply(msgspec.json.encode(value, enc_hook=write_hook), status)


def sent(reply: Reply) -> web.Response:
    """The reply as a response."""
    if reply.status == 204:
        return web.Response(status=204)
    return web.Response(body=reply.body, status=reply.status, headers=reply.headers)


def endpoint(route: Route, house: House, buckets: Buckets) -> Handler:
    """The route as the web server calls it; whatever goes wrong inside leaves as an answer."""
    take = _taker(route, house, buckets)
    observe = house.metrics.request
    quiet = route.dials and house.settings.log.level != "debug"

    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        try:
            reply = await route.does(house, await take(request))
            response = sent(reply)
        except Exception as error:
            response = await failed(error, route, house, request)
        seconds = time.perf_counter() - started
        observe(route.method, route.path, response.status, seconds)
        if quiet and response.status == 200:
            return response
        log.info(
            "request",
            method=route.method,
            route=route.path,
            status=response.status,
            ms=round(seconds * 1e3, 2),
        )
        return response

    return handle


def _taker(route: Route, house: House, buckets: Buckets) -> Callable[[web.Request], Awaitable[Call]]:
    """What stands between a request and its handler, settled once per route."""
    fill = _filler(route, house)
    limit = route.body_limit or house.settings.server.body_limit_bytes

    async def take(request: web.Request) -> Call:
        if route.signed is not None:
            raw = await whole(request, limit)
            delivery = Delivery(raw, request, house.settings.server.public_url)
            call = Call(request, await route.signed.check(house, delivery), raw=raw)
        elif route.open_to_all:
            call = Call(request, _NOBODY)
        else:
            token, keys = token_of(request, basic=route.basic), house.store.keys
            call = Call(request, caller(keys.verify(token) or await keys.find(token)))
            check_scope(call.caller, route.scopes)
        if not (route.dials or route.open_to_all):
            buckets.take(call.caller.key)
        await fill(call)
        if route.query is not None:
            call.query = _query(request, route.query)
        return call

    return take


def _filler(route: Route, house: House) -> Callable[[Call], Awaitable[None]]:
    """How a call comes by its body: JSON, a form, or bytes."""
    settings, completes = house.settings, route.complete
    body: Body[Any] | None = Body(route.body) if route.body is not None else None
    limit = route.body_limit or settings.server.body_limit_bytes

    async def taken(call: Call) -> None:
        if route.raw:
            media_of(call.request, route.raw)
        elif not route.form:
            return
        if route.signed is None:
            call.raw = await whole(call.request, limit)
        if route.form:
            pairs = form_of(call.request, call.raw)
            call.fields = fields_of(call.request, pairs, strict=route.body is not None)
            call.body = as_body(call.fields, route.body)

    async def decoded(call: Call) -> None:
        raw = await read(call.request, limit)
        if completes is None:
            call.body = body.decode(raw)  # type: ignore[union-attr]
        else:
            call.body = body.convert(completes(check_json(raw), settings, call.request))  # type: ignore[union-attr]
        _refuse_members(call.body, route.without)
        if route.creates:
            call.idempotency = idempotency(call.request, call.caller, raw)

    return taken if body is None or route.form or route.raw else decoded


_NOBODY = Caller(key="", name="", scopes=frozenset())


def _refuse_members(body: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if getattr(body, name) is not None:
            raise Problem(422, f"{name}: is not taken here; the answer is about now.", field=name)


_KEY = re.compile(r"[!-~]{1,255}\Z", re.ASCII)


def idempotency(request: web.Request, who: Caller, raw: bytes) -> Idempotency | None:
    """The use of an idempotency key that this request makes, if it carries one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.match(key):
        why = "Idempotency-Key: must be 1 to 255 printable ASCII characters without spaces."
        raise Problem(422, why, field="Idempotency-Key")
    return Idempotency(who.key, request.path, key, hashlib.sha256(raw).digest())


def _query(request: web.Request, kind: Any) -> Any:
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise Problem(422, "The query names the same parameter twice.")
        given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=read_hook)
    except msgspec.ValidationError as error:
        raise from_validation(str(error), kind) from None


_REF_LENGTH = 200


def named(call: Call, part: str) -> str:
    """A part of the path as text; what no name can be is refused before anyone looks for it."""
    value: str = call.request.match_info[part]
    if len(value) > _REF_LENGTH or not value.isprintable():
        raise Problem(422, f"{part}: must be at most {_REF_LENGTH} printable characters.", field=part)
    return value


async def failed(error: Exception, route: Route, house: House, request: web.Request) -> web.Response:
    """The answer when something went wrong: on the way to a contact a no, elsewhere a problem document."""
    problem, ours = _problem(error, route.path, route.dials)
    if route.says is not None:
        reply = route.says(house, request, problem, error)
        response = sent(reply if isinstance(reply, Reply) else await reply)
        if response.status == problem.status:
            for name, value in problem.headers.items():
                response.headers.setdefault(name, value)
        return response
    return _no(error, house) if ours and route.denies else respond(problem)


def problem_of(error: Exception, path: str) -> Problem:
    """What to say of something that went wrong; a fault of the service's own is logged."""
    return _problem(error, path, True)[0]


def _problem(error: Exception, path: str, dials: bool) -> tuple[Problem, bool]:
    """What to say of it, and whether the fault is the service's own."""
    if isinstance(error, Undecidable):
        error = BadInput(error.where, error.why)
    if isinstance(error, Problem):
        return error, False
    if isinstance(error, web.HTTPException):
        return from_http(error), False
    known = isinstance(error, ContactGuardError)
    if known and not isinstance(error, (Busy, StoreDown)):
        return from_error(error), False  # type: ignore[arg-type]
    fault = secrets.token_hex(6)
    log.error("request failed", route=path, fault=fault, **about(error))
    if known:
        return from_error(error), True  # type: ignore[arg-type]
    said = f"The service met a fault of its own, logged as {fault}."
    return (unavailable(said) if dials else Problem(500, said)), True


def _no(error: Exception, house: House) -> web.Response:
    code: Literal["capacity", "service_unavailable"] = "capacity" if isinstance(error, Busy) else "service_unavailable"
    retry = error.retry_after if isinstance(error, Busy) else 1
    headers = CIMultiDict(_HEADERS)
    headers["Retry-After"] = str(retry)
    return web.Response(status=503, body=denial(house, code), headers=headers)
