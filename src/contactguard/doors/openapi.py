"""The OpenAPI 3.1 document, made from the route table and the types it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec

from ..law.instants import Clock, Day, Instant, Until
from .forms import FORM, JSON
from .routes import Route

_PLACES = re.compile(r"\{(\w+)\}")
_REF = "#/components/schemas/{name}"
_WRITTEN: dict[type, dict[str, Any]] = {
    Instant: {"type": "string", "format": "date-time", "description": "RFC 3339 with its offset from UTC."},
    Day: {"type": "string", "format": "date"},
    Until: {
        "type": "string",
        "description": "A date, which counts whole, or an RFC 3339 time, which no longer holds.",
    },
    Clock: {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"},
}
MEANINGS = {
    200: "Done.",
    201: "Made.",
    204: "Done; nothing to say.",
    400: "Not JSON.",
    401: "No valid key.",
    403: "This key may not.",
    404: "There is none, or none that this key may see.",
    409: "Contradicts what is stored.",
    413: "Too large.",
    415: "Not called what is taken here.",
    422: "Cannot be right; `field` says where.",
    429: "Too many requests; wait as long as `Retry-After` says.",
    502: "The carrier failed.",
    503: "Not now; come back after `Retry-After` seconds. Until then: no.",
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    routes = tuple(routes)
    schema, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ContactGuard",
            "version": version("contactguard"),
            "summary": "The gate in front of every collections contact: may this contact start now?",
            "description": "Allow means that no rule in force here forbids it. It is not legal advice.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": _schemes(routes),
        },
    }


def _schemes(routes: tuple[Route, ...]) -> dict[str, Any]:
    """Every way to show who is calling."""
    headers = {route.signed.header for route in routes if route.signed is not None}
    return {
        "key": {"type": "http", "scheme": "bearer"},
        "password": {"type": "http", "scheme": "basic", "description": "Any name; the password is the API key."},
        **{name: {"type": "apiKey", "in": "header", "name": name} for name in sorted(headers)},
    }


def _types(route: Route) -> list[Any]:
    return [kind for kind in (route.body, route.query, *route.answers.values()) if kind is not None]


def _schemas(routes: tuple[Route, ...]) -> tuple[dict[int, Any], dict[str, Any]]:
    """The schema of each type by its id, and the components they point to."""
    kinds = list({id(kind): kind for route in routes for kind in _types(route)}.values())
    found, components = msgspec.json.schema_components(kinds, schema_hook=_written, ref_template=_REF)
    return {id(kind): schema for kind, schema in zip(kinds, found, strict=True)}, components


def _written(kind: type) -> dict[str, Any]:
    return _WRITTEN[kind]


def _operation(route: Route, schema: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.group],
        "summary": route.summary,
        "parameters": _parameters(route, schema, components),
        "responses": {str(status): _answer(route, status, schema) for status in sorted(route.answers)},
    }
    if said := " ".join(filter(None, (route.details, _who(route)))):
        made["description"] = said
    if content := _content(route, schema, components):
        made["requestBody"] = {"required": True, "content": content}
    made["security"] = _security(route)
    return made


def _content(route: Route, schema: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    """The bodies that a call takes, by media type."""
    if route.raw:
        return {media: {"schema": {"type": "string", "format": "binary"}} for media in route.raw}
    if route.form:
        shape = schema[id(route.body)] if route.body is not None else _ANY_FIELDS
        return {media: {"schema": shape} for media in (FORM, JSON)} if route.method == "POST" else {}
    if route.body is None:
        return {}
    return {JSON: {"schema": _without(schema[id(route.body)], route.without, components)}}


_ANY_FIELDS = {"type": "object", "additionalProperties": {"type": "string"}}


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.open_to_all:
        return []
    if route.signed is not None:
        return [{route.signed.header: []}]
    scopes: list[str] = sorted(route.scopes)
    return [{"key": scopes}, *([{"password": scopes}] if route.basic else [])]


def _who(route: Route) -> str:
    if route.open_to_all:
        return "Needs no key."
    if route.signed is not None:
        return f"Needs no key: its sender signs it ({route.signed.header})."
    return f"Scope: {' or '.join(sorted(route.scopes))}." if route.scopes else "For the key that asked."


def _parameters(route: Route, schema: dict[int, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in _PLACES.findall(route.path)
    ]
    fields = route.body if route.form and route.method == "GET" else None
    for kind in (route.query, fields):
        if kind is not None:
            whole = components[schema[id(kind)]["$ref"].rsplit("/", 1)[-1]]
            found += [
                {"name": name, "in": "query", "required": name in whole.get("required", ()), "schema": shape}
                for name, shape in whole["properties"].items()
            ]
    if route.creates:
        key = {"type": "string", "pattern": "^[!-~]{1,255}$"}
        said = "The same key and body give the same answer for 24 hours; another body is refused."
        found.append({"name": "Idempotency-Key", "in": "header", "schema": key, "description": said})
    return found


def _answer(route: Route, status: int, schema: dict[int, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"description": MEANINGS[status]}
    kind = route.answers[status]
    if kind is None:
        return made
    shape = schema[id(kind)]
    problem = shape.get("$ref", "").endswith("/ProblemDocument")
    kinds = (route.media,) if isinstance(route.media, str) else route.media
    made["content"] = {media: {"schema": shape} for media in (("application/problem+json",) if problem else kinds)}
    if status in (429, 503):
        made["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return made


def _without(shape: dict[str, Any], members: tuple[str, ...], components: dict[str, Any]) -> dict[str, Any]:
    """The shape of a body that refuses some members of its type."""
    if not members:
        return shape
    name = shape["$ref"].rsplit("/", 1)[-1]
    narrow = name + "Without" + "".join(member.title() for member in members)
    whole = components[name]
    kept = {member: one for member, one in whole["properties"].items() if member not in members}
    components[narrow] = whole | {"title": narrow, "properties": kept}
    return {"$ref": _REF.format(name=narrow)}
