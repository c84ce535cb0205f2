"""Work that comes round: permits lapse, lines and permits are brought together, old keys are forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from ..attempts import homes
from .house import House
from .logs import about

IDEMPOTENCY_KEPT_SECONDS = 86_400
log = structlog.get_logger()
Work = Callable[[], Awaitable[Any]]


def schedule(house: House) -> AsyncIOScheduler:
    """The periodic work, each at its own pace and never twice at once; not started yet."""
    every = house.settings.jobs
    scheduler = AsyncIOScheduler(timezone="UTC")
    for name, work, seconds in (
        ("expire", house.road.expire, every.expire_seconds),
        ("reconcile", house.road.reconcile, every.reconcile_seconds),
        ("stops", house.road.hold_back, every.stops_seconds),
        ("keys", house.store.keys.refresh, every.keys_seconds),
        ("rulebook", house.shelf.poll, every.rulebook_seconds),
        ("imports", house.road.imports.look, every.keys_seconds),
        ("carriers", house.road.ask_carriers, every.carriers_seconds),
        ("purge", purging(house), every.purge_seconds),
        ("homes", counting(house), every.homes_seconds),
    ):
        options = {"id": name, "max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        scheduler.add_job(guarded(house, name, work), "interval", seconds=seconds, **options)
    return scheduler


def purging(house: House) -> Work:
    """Forgets idempotency keys that have been kept for their time."""

    async def purge() -> int:
        return await house.store.purge(int(house.clock.now()) - IDEMPOTENCY_KEPT_SECONDS)

    return purge


def counting(house: House) -> Work:
    """Counts once a day where people live, so that lists show those places first."""

    async def count() -> Any:
        return await homes.daily(house.store, house.road.book)

    return count


def guarded(house: House, name: str, work: Work) -> Work:
    """The work, counted; a fault is logged and the next round tries again."""

    async def run() -> None:
        try:
            await work()
        except Exception as error:
            house.metrics.job(name, "failed")
            log.error("job failed", job=name, **about(error))
        else:
            house.metrics.job(name, "done")

    return run
