"""Every refusal of the service itself as an RFC 9457 problem document that names a field, never its value."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from ..choices import choices
from ..errors import BadInput, Busy, Conflict, ContactGuardError, Forbidden, LineError, NotFound, StoreDown

TITLES: dict[int, tuple[str, str, str]] = {
    400: (
        "malformed",
        "Malformed request",
        "The body is not what JSON allows. Correct it before sending again.",
    ),
    401: ("no-key", "No valid key", "Send Authorization: Bearer KEY with a key that has not been revoked."),
    403: (
        "not-allowed",
        "Not allowed",
        "The key is known but may not do this; ask for one with the scope named.",
    ),
    404: ("not-found", "Not found", "There is nothing of that name, or nothing that this key may see."),
    405: ("wrong-method", "Method not allowed", "The header Allow lists the methods of this path."),
    409: ("conflict", "Conflict", "What was sent contradicts what is stored. Read it again, then decide."),
    413: ("too-large", "Body too large", "Send it in smaller parts; nothing of it was read."),
    415: ("not-json", "Not JSON", "Send Content-Type: application/json, in UTF-8, or the type that the call names."),
    422: ("invalid", "Cannot be right", "The member field says where the fault is; nothing was changed."),
    429: ("too-many", "Too many requests", "Wait as many seconds as Retry-After says."),
    500: ("fault", "Fault in the service", "The fault was logged under the id given; nothing was promised."),
    502: ("line", "The line failed", "The carrier refused or failed; detail names its reason."),
    503: (
        "unavailable",
        "Not available",
        "Try again after as many seconds as Retry-After says; until then: no.",
    ),
}
"""status -> (slug of its type, title, what to do about it)."""


class ProblemDocument(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457, with `field`: the place to blame (`persons[0].points[1].address`), if there is one."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None


class Problem(Exception):
    """What a door refuses by itself. `detail` is one sentence for the person who made the request."""

    def __init__(
        self, status: int, detail: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.headers = status, detail, field, headers or {}


def respond(problem: Problem) -> web.Response:
    """The problem as an answer."""
    slug, title, _ = TITLES[problem.status]
    document = ProblemDocument(
        type=f"/docs#problem-{slug}",
        title=title,
        status=problem.status,
        detail=problem.detail,
        field=problem.field,
    )
    headers = CIMultiDict({"Content-Type": "application/problem+json", "Cache-Control": "no-store"})
    headers.update(problem.headers)
    return web.Response(status=problem.status, body=msgspec.json.encode(document), headers=headers)


def from_error(error: ContactGuardError) -> Problem:
    """One of the package's own errors as a problem."""
    match error:
        case BadInput():
            return Problem(422, _sentence(error.where, error.why), field=error.where or None)
        case NotFound():
            return Problem(404, f"There is no such {error.what}, or this key may not see it.")
        case Conflict():
            return Problem(422 if error.unprocessable else 409, _capital(error.why))
        case Forbidden():
            return Problem(403, _capital(str(error) or "this key may not do this"))
        case Busy():
            return unavailable("Too many requests are waiting; nothing was done.", error.retry_after)
        case StoreDown():
            return unavailable("The store does not answer, so nothing is known to be recorded.")
        case LineError():
            return Problem(502, f"The line failed with {error.code}; nothing left through it.")
        case _:
            return Problem(500, "The service met a fault of its own; it was logged.")


def unavailable(detail: str, retry_after: int = 1) -> Problem:
    """A 503 that says when to come back."""
    return Problem(503, detail, headers={"Retry-After": str(retry_after)})


_HTTP_DETAIL = {
    404: "There is no such path; /openapi.json lists those there are.",
    405: "This path does not know that method.",
    413: "The body is larger than this service takes.",
}


def from_http(error: web.HTTPException) -> Problem:
    """What the web server itself refuses: unknown paths and methods, bodies too large."""
    status = error.status if error.status in TITLES else 400
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Problem(status, _HTTP_DETAIL.get(status, "The request cannot be understood."), headers=headers)


_PATH = re.compile(r" - at `([^`]*)`\Z")
_MISSING = re.compile(r"Object missing required field `([^`]*)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z", re.DOTALL)
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}\Z", re.ASCII)
_QUOTED = re.compile(r"\s*(?:'[^']*'|\"[^\"]*\")")


def from_validation(message: str, kind: Any) -> Problem:
    """msgspec's sentence about a body of type `kind` as a problem that leaves the value out."""
    path = _PATH.search(message)
    where = path.group(1).removeprefix("$").removeprefix(".") if path else ""
    why = message[: path.start()] if path else message
    if missing := _MISSING.match(why):
        where, why = _join(where, missing.group(1)), "is required"
    elif unknown := _UNKNOWN.match(why):
        name = unknown.group(1)
        where, why = (_join(where, name) if _FIELD_NAME.match(name) else where), "is not a field known here"
    elif why.startswith("Invalid enum value"):
        options = ", ".join(choices(kind, where))
        why = f"must be one of: {options}" if options else "is not one of the values known here"
    else:
        why = _uncapital(_QUOTED.sub("", why).replace("`", ""))
    return Problem(422, _sentence(where, why), field=where or None)


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _sentence(where: str, why: str) -> str:
    return f"{where or 'The body'}: {why}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]
