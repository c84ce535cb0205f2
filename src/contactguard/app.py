"""The only place where everything meets: settings, store, rulebook, lines, road and doors."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from . import operations
from .attempts import Activation, Road, Shelf
from .carriers import carriers
from .clock import Clock, SystemClock
from .doors import api, fastagi, jobs, logs
from .doors.house import House
from .errors import BadInput
from .intake import resolve
from .law.rulebook import Rulebook, RuleError
from .lines.line import Line
from .records.store import Store
from .records.subjects import Documents
from .rules import load
from .settings import Settings

log = structlog.get_logger()
_COLLECT_AFTER = 20_000, 20, 20
HOUSE: web.AppKey[House] = web.AppKey("house", House)


def rulebook(settings: Settings) -> Rulebook:
    """The rules that these settings give: the shipped ones, the operator's files, the house's numbers."""
    return load.unpack(packed(settings))


def packed(settings: Settings) -> bytes:
    """The same as bytes to keep."""
    house = load.House(**msgspec.structs.asdict(settings.house))
    return load.pack(map(Path, settings.rules.dirs), house=house)


def _given(settings: Settings) -> tuple[bytes, Rulebook | None, RuleError | None]:
    """What the settings give, or what is wrong with their files."""
    try:
        body = packed(settings)
        return body, load.unpack(body), None
    except RuleError as error:
        return b"", None, error
    except OSError as error:
        return b"", None, RuleError(str(error.filename or "the rule files"), "", error.strerror or "cannot be read")


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    lines: Mapping[str, Line] | None = None,
    book: Rulebook | None = None,
    house: House | None = None,
    serves: bool = False,
) -> AsyncIterator[House]:
    """The rooms without their doors, as commands use them; closed when what is in flight is done.

    Where another process serves an SQLite file, `store.remote` is true and there is no road: `store.call`
    reaches the operations there. `book`: the one rulebook there is, whatever is stored. `serves`: what the settings
    give is put in force where it differs from what they gave last.
    """
    house = house or House(settings, clock or SystemClock())
    given, own, fault = _given(settings) if serves and book is None else (b"", None, None)
    key = settings.store.master_key_file
    house.store = store = await Store.open(
        settings.store.url, docs=Documents(), clock=house.clock, master_key=Path(key) if key else None
    )
    try:
        if store.remote:
            yield house
            return
        house.shelf = shelf = Shelf(
            *(store, settings, resolve.of_point),
            unpack=load.unpack,
            own=lambda: own or rulebook(settings),
            only=book,
        )
        house.road = road = Road(store, shelf, settings, lines or {})
        house.activation = activation = Activation(store, shelf, settings, load.unpack, load.carried)
        operations.register(store, road, activation)
        try:
            if own is not None:
                await activation.begin(given, own)
            elif fault is not None:
                await activation.go_on(fault)
            else:
                await shelf.poll()
            if serves and lines is None:
                async with carriers(settings, house.clock, road.traced, store.secret) as road.lines:
                    yield house
            else:
                yield house
        finally:
            await activation.close()
            await shelf.close()
            await road.close()
    finally:
        await store.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    lines: Mapping[str, Line] | None = None,
    book: Rulebook | None = None,
) -> web.Application:
    """The service as an application, which opens its store at start-up and closes it after the last request.

    `app[HOUSE]` leads to what is behind the doors. Start-up raises `BadInput` or `RuleError` for what the
    operator can mend.
    """
    house = House(settings, clock or SystemClock())
    app = api.application(house)
    app[HOUSE] = house

    async def living(app: web.Application) -> AsyncIterator[None]:
        async with open_house(settings, lines=lines, book=book, house=house, serves=True):
            if house.store.remote:
                raise BadInput("store.url", "another process serves this file; stop it, or name another file")
            scheduler = jobs.schedule(house)
            scheduler.start()
            house.open = True
            async with fastagi.listening(house) as house.fastagi:
                yield
            scheduler.shutdown(wait=False)

    async def closing(app: web.Application) -> None:
        house.open = False

    app.cleanup_ctx.append(living)
    app.on_shutdown.append(closing)
    return app


async def serve(
    app: web.Application, *, stop: asyncio.Event | None = None, ready: Callable[[str], None] | None = None
) -> None:
    """Run until SIGTERM, SIGINT or `stop`; then take no new connections, finish what is in flight, and close.

    `ready` is called with the URL once requests are answered.
    """
    settings = app[HOUSE].settings
    logs.set_up(settings.log)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=settings.server.shutdown_grace_seconds, handle_signals=False
    )
    stopped = stop or asyncio.Event()
    _stop_on_signals(stopped)
    try:
        await runner.setup()
        site = web.TCPSite(runner, settings.server.host, settings.server.port)
        await site.start()
        _settle_memory()
        host, port = runner.addresses[0][:2]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        log.info("serving", url=url)
        if ready is not None:
            ready(url)
        await stopped.wait()
        log.info("closing")
    finally:
        await runner.cleanup()


def _settle_memory() -> None:
    """What is there at start-up stays, so the collector of cycles need not look at it again; requests make few."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _stop_on_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)


def run(app: web.Application, ready: Callable[[str], None] | None = None) -> None:
    """`serve` in a loop of its own: uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(app, ready=ready))
    else:
        uvloop.run(serve(app, ready=ready))
