"""`serve`: the service itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadInput
from .common import settings_of, store_options

if TYPE_CHECKING:
    from aiohttp import web

    from ..clock import Clock

_CARRIED = ("voice", "sms", "email", "messaging")


@click.command(short_help="Run the service until SIGTERM or Ctrl-C.")
@click.option("--host", help="The address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (8030); 0 takes any free one.")
@click.option("--demo", is_flag=True, help="Seed a made-up agency, and carry its calls over a loopback line.")
@click.option("--test", is_flag=True, help="Carry calls over a loopback line; for tests.")
@click.option(
    "--clock",
    "instant",
    metavar="INSTANT",
    help="Start a simulated clock here (2026-03-05T13:00:00-05:00); only with --demo or --test.",
)
@store_options
def serve(
    host: str | None,
    port: int | None,
    demo: bool,
    test: bool,
    instant: str | None,
    db: str | None,
    config: str | None,
) -> None:
    """Run the service until it is told to stop (SIGTERM, Ctrl-C); it finishes what is in flight first."""
    from ..app import build, run
    from ..demo import furnished
    from ..lines.loopback import Loopback

    if instant is not None and not (demo or test):
        raise BadInput("--clock", "only with --demo or --test")
    clock = _clock(instant)
    settings = settings_of(db, config, server={"host": host, "port": port})
    if demo:
        settings = furnished(settings)
    line = Loopback(clock)
    app = build(settings, clock=clock, lines=dict.fromkeys(_CARRIED, line) if demo or test else None)
    ready = _furnish(app) if demo else None

    async def hang_up(_: web.Application) -> None:
        await line.close()

    app.on_shutdown.append(hang_up)
    if clock.simulated:
        click.echo(f"The clock is simulated: it starts at {instant} and runs on from there.", err=True)
    run(app, ready=ready)


def _furnish(app: web.Application) -> Callable[[str], None]:
    """Seed the demo at start-up; what is returned prints what to paste."""
    from .. import demo
    from ..app import HOUSE

    house = app[HOUSE]
    found: list[Any] = []

    async def seeding(_: web.Application) -> AsyncIterator[None]:
        await demo.seed(house.store, house.road)
        key = await demo.token(house.store, demo.key_file(house.settings.store.url))
        now = int(house.clock.now())
        found[:] = key, await demo.someone_refused(house.road, now), await demo.someone_to_call(house.road, now)
        yield

    def tell(url: str) -> None:
        click.echo("\n".join(("", *demo.lines(url, *found), "", f"{url}/docs describes every call. Ctrl-C stops.")))

    app.cleanup_ctx.append(seeding)
    return tell


def _clock(instant: str | None) -> Clock:
    from ..clock import SimulatedClock, SystemClock
    from ..law.instants import parse_instant

    if instant is None:
        return SystemClock()
    try:
        return SimulatedClock(parse_instant(instant))
    except ValueError as error:
        raise BadInput("--clock", str(error)) from None
