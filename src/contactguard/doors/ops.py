"""For those who run the service: is it alive, is it ready, how is it doing, and what can it be asked."""

from __future__ import annotations

import asyncio
import platform
import sqlite3
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec
import structlog
from multidict import CIMultiDict, CIMultiDictProxy
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ..law.instants import print_utc
from ..records.store import Health
from ..rules.load import library_versions
from .house import House
from .logs import about
from .openapi import document
from .page import POLICY, page, with_banner
from .routes import Call, Reply, Route, json_reply

SKEW_AT_MOST_SECONDS = 0.5
STORE_ANSWERS_WITHIN_SECONDS = 2.0
_SAFE_SQLITE = (3, 51, 3)
_GROUP = "Operations"
log = structlog.get_logger()


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """The time this process goes by; `simulated`: it is not the machine's."""

    now: str
    simulated: bool


class Healthy(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers. `versions`: what decisions rest on; `warnings`: what an operator should mend."""

    status: str
    versions: dict[str, str]
    clock: ClockState
    warnings: tuple[str, ...]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One condition for being ready, and what was found."""

    name: str
    ok: bool
    found: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether contacts may be asked for here."""

    ready: bool
    checks: tuple[Check, ...]


async def healthz(house: House, call: Call) -> Reply:
    """GET /healthz: the process alone, whatever its store does."""
    versions = {
        "contactguard": version("contactguard"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **library_versions(),
        "rulebook": house.shelf.digest,
    }
    clock = ClockState(now=print_utc(int(house.clock.now())), simulated=house.clock.simulated)
    return json_reply(Healthy(status="ok", versions=versions, clock=clock, warnings=tuple(_warnings(house))))


def _warnings(house: House) -> Iterable[str]:
    if house.clock.simulated:
        yield "The clock is simulated: no permit given now says anything about a real contact."
    if fault := house.activation.fault if house.open else None:
        yield f"What the settings give is not in force, what is stored is: {fault}"
    if sqlite3.sqlite_version_info < _SAFE_SQLITE and not house.settings.store.url.startswith("postgres"):
        yield (
            f"SQLite {sqlite3.sqlite_version} is older than 3.51.3, before which two connections that write "
            "and checkpoint at once can damage a file. This service writes through one only; let nothing "
            "else open its file for writing, or move to a newer SQLite."
        )


async def readyz(house: House, call: Call) -> Reply:
    """GET /readyz: 503 unless the store answers and agrees with this process about the time."""
    checks = [Check(name="open", ok=house.open, found="open" if house.open else "starting or closing")]
    health = await _health(house)
    if health is None:
        checks.append(Check(name="store", ok=False, found="does not answer"))
    else:
        checks += [_store(health), _skew(house, health), await _day_one(house), _halts(house), await _rulebook(house)]
    ready = all(check.ok for check in checks)
    return json_reply(Ready(ready=ready, checks=tuple(checks)), 200 if ready else 503)


def _store(health: Health) -> Check:
    found = f"{health.engine} {health.version} answers, {health.waiting} waiting"
    return Check(name="store", ok=True, found=found)


def _skew(house: House, health: Health) -> Check:
    apart = abs(health.skew)
    ok = house.clock.simulated or apart <= SKEW_AT_MOST_SECONDS
    found = f"{apart * 1000:.0f} ms from the store's, {SKEW_AT_MOST_SECONDS * 1000:.0f} ms allowed"
    return Check(name="clock", ok=ok, found="simulated" if house.clock.simulated else found)


async def _rulebook(house: House) -> Check:
    """Whether this process can judge by what is in force and to come, as the store has it now."""
    try:
        await asyncio.wait_for(house.shelf.poll(), STORE_ANSWERS_WITHIN_SECONDS)
    except Exception as error:
        log.warning("the schedule of rulebooks cannot be read", **about(error))
        return Check(name="rulebook", ok=False, found="which one is in force cannot be read")
    for digest, why in house.shelf.missing().items():
        return Check(name="rulebook", ok=False, found=f"{digest} cannot be read here: {why}")
    found = f"{house.shelf.digest} in force"
    coming = [f"{turn.digest} from {print_utc(turn.since)} on" for turn in house.shelf.coming()]
    return Check(name="rulebook", ok=True, found=", ".join((found, *coming)))


def _halts(house: House) -> Check:
    """What is halted, as this process last read it: no fault, but the reason for many a no."""
    at = int(house.clock.now())
    found = [stop for stop in house.shelf.halts.stops if stop.holds(at)]
    if any(stop.kind == "restored" for stop in found):
        said = "nothing goes out: this store was restored and is behind; contactguard restore --settle opens it"
    else:
        said = f"{len(found)} in force" if found else "none in force"
    return Check(name="stops", ok=True, found=said)


async def _day_one(house: House) -> Check:
    """What was never loaded nor declined: no reason not to answer, but one to know."""
    found = " ".join(await _missing(house)) or "restrictions and past contacts were loaded or declined"
    return Check(name="imports", ok=True, found=found)


async def _missing(house: House) -> tuple[str, ...]:
    """The sentences about that; those known last where the store does not answer."""
    if not house.open:
        return ()
    try:
        return await asyncio.wait_for(house.road.imports.look(), STORE_ANSWERS_WITHIN_SECONDS)
    except Exception as error:
        log.warning("what was imported cannot be read", **about(error))
        return house.road.day_one()


async def _health(house: House) -> Health | None:
    """The store's health, None when it does not answer in time, whatever the reason."""
    try:
        return await asyncio.wait_for(house.store.health(), STORE_ANSWERS_WITHIN_SECONDS)
    except Exception as error:
        log.warning("store does not answer", **about(error))
        return None


_METRICS = CIMultiDictProxy(CIMultiDict({"Content-Type": CONTENT_TYPE_LATEST}))
_PAGE = CIMultiDictProxy(
    CIMultiDict(
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
    )
)


async def metrics(house: House, call: Call) -> Reply:
    """GET /metrics."""
    health = await _health(house)
    queue = (health.waiting, health.oldest_wait, health.behind_bulk) if health else (None, None, None)
    return Reply(house.metrics.page(*queue), headers=_METRICS)


def routes(others: tuple[Route, ...]) -> tuple[Route, ...]:
    """The calls of operations, of which two describe all the calls there are."""
    made: list[Route] = []

    async def openapi(house: House, call: Call) -> Reply:
        return Reply(described)

    async def docs(house: House, call: Call) -> Reply:
        return Reply(with_banner(rendered, await _missing(house)), headers=_PAGE)

    made += [
        _open("/healthz", "health", "The process is alive; versions and warnings.", healthz, {200: Healthy}),
        _open("/readyz", "readiness", "Ready to be asked.", readyz, {200: Ready, 503: Ready}),
        _open("/metrics", "metrics", "Figures for Prometheus.", metrics, {200: str}, "text/plain"),
        _open("/openapi.json", "openapi", "This description, for machines.", openapi, {200: dict[str, Any]}),
        _open("/docs", "docs", "This description, for people.", docs, {200: str}, "text/html"),
    ]
    described_document = document((*others, *made))
    described = msgspec.json.encode(described_document)
    rendered = page(described_document)
    return tuple(made)


def _open(
    path: str, name: str, summary: str, does: Any, answers: dict[int, Any], media: str = "application/json"
) -> Route:
    return Route(
        method="GET",
        path=path,
        name=name,
        group=_GROUP,
        summary=summary,
        does=does,
        answers=answers,
        media=media,
        open_to_all=True,
    )
