"""The OpenAPI document as one page for people: no script, nothing from elsewhere, no mouse needed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from .problems import TITLES

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow-x:auto;background:var(--soft);padding:.75rem;border-radius:.25rem}
aside{border:2px solid;padding:0 1rem;border-radius:.25rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.25rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}
summary code{font-weight:700}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-top:1px solid var(--line)}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page(document: dict[str, Any]) -> bytes:
    """The whole page."""
    info = document["info"]
    name = escape(f"{info['title']} {info['version']}")
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width,initial-scale=1'>",
        f"<title>{name}: the calls</title><style>{_STYLE}</style></head>",
        f"<body><header><h1>{name}</h1>",
        f"<p>{escape(info['summary'])} {escape(info['description'])}</p>",
        "<p>The same for machines: <a href=/openapi.json>openapi.json</a>.</p>",
        f"<nav aria-label=Contents><ul>{''.join(_contents(document))}</ul></nav></header><main>",
        *_groups(document),
        *_problems(),
        *_shapes(document),
        "</main></body></html>",
    ]
    return "".join(parts).encode()


def with_banner(rendered: bytes, sentences: Iterable[str]) -> bytes:
    """The page with what everybody here should know above all else; unchanged where there is nothing."""
    told = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    if not told:
        return rendered
    advice = "Load them with <code>contactguard import</code>, or decline it with <code>--decline</code>."
    banner = f"<aside role=note aria-label='Not loaded yet'><ul>{told}</ul><p>{advice}</p></aside>"
    return rendered.replace(b"<body>", b"<body>" + banner.encode(), 1)


def _operations(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Group -> its operations, as (method, path, operation)."""
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return found


def _contents(document: dict[str, Any]) -> Iterator[str]:
    for group in (*_operations(document), "Problems", "Shapes"):
        yield f"<li><a href='#{_anchor(group)}'>{escape(group)}</a></li>"


def _anchor(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower()).strip("-")


def _groups(document: dict[str, Any]) -> Iterator[str]:
    for group, operations in _operations(document).items():
        yield f"<section><h2 id='{_anchor(group)}'>{escape(group)}</h2>"
        for method, path, operation in operations:
            yield from _operation(method, path, operation)
        yield "</section>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<details id='{escape(operation['operationId'])}'>"
    yield f"<summary><code>{method} {escape(path)}</code> {escape(operation['summary'])}</summary>"
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    if operation["parameters"]:
        yield "<table><thead><tr><th>parameter<th>in<th>what it may be</tr></thead><tbody>"
        for one in operation["parameters"]:
            yield f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}<td>{_kind(one['schema'])}</tr>"
        yield "</tbody></table>"
    if body := operation.get("requestBody"):
        shapes = dict.fromkeys(_kind(one["schema"]) for one in body["content"].values())
        media = [] if list(body["content"]) == ["application/json"] else list(body["content"])
        yield f"<p>Body: {', '.join(shapes)}{escape(' as ' + ' or '.join(media)) if media else ''}</p>"
    yield "<table><thead><tr><th>status<th>meaning<th>answer</tr></thead><tbody>"
    for status, answer in operation["responses"].items():
        kinds = ", ".join(dict.fromkeys(_kind(one["schema"]) for one in answer.get("content", {}).values()))
        yield f"<tr><td>{status}<td>{escape(answer['description'])}<td>{kinds}</tr>"
    yield "</tbody></table></details>"


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to the shapes it names."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"<a href='#shape-{escape(name)}'>{escape(name)}</a>"
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type", "anything")))


def _problems() -> Iterator[str]:
    yield "<section><h2 id=problems>Problems</h2><p>Every refusal of the service itself is a problem "
    yield "document (RFC 9457). A no to a contact is not one: it is a decision.</p>"
    yield "<table><thead><tr><th>status<th>title<th>what to do</tr></thead><tbody>"
    for status, (slug, title, advice) in TITLES.items():
        yield f"<tr id='problem-{slug}'><td>{status}<td>{escape(title)}<td>{escape(advice)}</tr>"
    yield "</tbody></table></section>"


def _shapes(document: dict[str, Any]) -> Iterator[str]:
    yield "<section><h2 id=shapes>Shapes</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"<details id='shape-{escape(name)}'><summary><code>{escape(name)}</code> "
        yield f"{escape(schema.get('description', '').split(chr(10))[0])}</summary>"
        yield from _members(schema)
        yield f"<pre tabindex=0>{escape(json.dumps(schema, indent=2))}</pre></details>"
    yield "</section>"


def _members(schema: dict[str, Any]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    yield "<table><thead><tr><th>member<th>needed<th>what it may be</tr></thead><tbody>"
    for name, one in schema.get("properties", {}).items():
        needed = "yes" if name in required else ""
        yield f"<tr><td><code>{escape(name)}</code><td>{needed}<td>{_kind(one)}</tr>"
    yield "</tbody></table>"
