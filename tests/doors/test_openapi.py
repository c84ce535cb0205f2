"""The description of the calls and the calls themselves say the same."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from contactguard.clock import SystemClock
from contactguard.doors import page
from contactguard.doors.api import ROUTES, application
from contactguard.doors.house import House
from contactguard.doors.openapi import document
from contactguard.doors.problems import TITLES
from contactguard.settings import Settings

CONTRACT = """
POST /v1/decisions agent dialler
POST /v1/permits agent dialler
GET /v1/permits/{id}
POST /v1/permits/{id}/events
POST /v1/calls agent
GET /v1/calls/{id} agent
DELETE /v1/calls/{id} agent
POST /v1/messages agent
GET /v1/cases/{ref}/now agent
GET /v1/cases/{ref}/contacts agent case_system compliance
POST /v1/cases/{ref}/contacts agent case_system
PUT /v1/cases/{ref} case_system
POST /v1/cases/{ref}/facts agent
GET /v1/decisions/{id}/scenario compliance
GET /v1/repairs case_system compliance
GET /pbx/authorize agent dialler
POST /pbx/authorize agent dialler
POST /pbx/report agent dialler
POST /compat/genesys/validate agent dialler
GET /compat/vicidial/dispo agent dialler
GET /healthz
GET /readyz
GET /metrics
GET /openapi.json
GET /docs
"""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(json.dumps(document(ROUTES)))


def test_the_document_is_openapi_3_1(described: dict[str, Any]) -> None:
    """A client generator can read it."""
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"


def test_every_route_is_described_and_everything_described_is_routed(described: dict[str, Any]) -> None:
    """Neither an undocumented door nor a documented wall."""
    app = application(House(Settings(), SystemClock()))
    routed = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    written = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert routed == written


def test_the_calls_and_their_scopes_are_those_agreed() -> None:
    """Integrations rely on these paths and on who may use them."""
    have = {" ".join((route.method, route.path, *sorted(route.scopes))) for route in ROUTES}
    assert set(CONTRACT.strip().splitlines()) <= have


def test_a_permit_takes_no_other_moment(described: dict[str, Any]) -> None:
    """`at` belongs to questions: a permit is about now."""
    bodies = {
        path: described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        for path in ("/v1/decisions", "/v1/permits")
    }
    shapes = described["components"]["schemas"]
    assert "at" in shapes["Ask"]["properties"]
    assert "at" not in shapes[bodies["/v1/permits"]["$ref"].rsplit("/", 1)[-1]]["properties"]


def test_calls_that_dial_have_no_rate_limit(described: dict[str, Any]) -> None:
    """A 429 there would stop a permitted contact or lose an event."""
    for path in ("/v1/decisions", "/v1/permits", "/v1/permits/{id}/events", "/v1/calls", "/v1/messages"):
        assert "429" not in described["paths"][path]["post"]["responses"]
    for path in ("/pbx/authorize", "/pbx/report", "/pbx/freeswitch", "/compat/genesys/validate"):
        assert "429" not in described["paths"][path]["post"]["responses"]
    assert "429" in described["paths"]["/v1/cases/{ref}"]["put"]["responses"]


class _Page(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")


@pytest.fixture(scope="module")
def shown(described: dict[str, Any]) -> tuple[str, _Page]:
    text = page.page(described).decode()
    return text, _Page(text)


def test_the_page_shows_every_call_and_problem(described: dict[str, Any], shown: tuple[str, _Page]) -> None:
    """Nothing has to be looked up elsewhere; problem types lead to their explanation."""
    _, found = shown
    operations = {one["operationId"] for methods in described["paths"].values() for one in methods.values()}
    assert operations <= set(found.ids)
    assert {f"problem-{slug}" for slug, _, _ in TITLES.values()} <= set(found.ids)


def test_the_page_needs_nothing_from_elsewhere(shown: tuple[str, _Page]) -> None:
    """No script, no inline handler or style, no address outside; its policy allows its one style."""
    text, found = shown
    assert "script" not in found.tags
    assert not any(name.startswith("on") or name == "style" for name in found.attributes)
    assert all(link.startswith(("#", "/")) for link in found.links)
    assert re.findall(r"https?://", text) == []
    assert page.POLICY.startswith("default-src 'none'; style-src 'sha256-")


def test_the_links_of_the_page_lead_somewhere(shown: tuple[str, _Page]) -> None:
    """Every name that can be followed has its section, once."""
    _, found = shown
    assert len(set(found.ids)) == len(found.ids)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
