"""Stops by command: made, shown and lifted, whether the service runs or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ..attempts import NewStop, Road, Who
from ..errors import BadInput
from ..law.faults import in_words
from ..law.instants import read_hook


class Make(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stops.make`: what is to be halted, in the shape of `POST /v1/stops`; the answer is a `StopMade`."""

    stop: dict[str, Any]
    who: Who


class Lift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stops.lift`: one stop by its id, with the reason; the answer is a `StopView`."""

    id: str
    reason: str
    who: Who


def of_stops(road: Road) -> dict[str, Callable[[bytes], Awaitable[Any]]]:
    """The operations by name."""

    async def make(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Make)
        try:
            new = msgspec.convert(wanted.stop, NewStop, dec_hook=read_hook)
        except msgspec.ValidationError as error:
            raise BadInput(*in_words(error, NewStop)) from None
        return msgspec.Raw(await road.stop(new, wanted.who))

    async def standing(_: bytes) -> Any:
        return await road.stops()

    async def lift(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=Lift)
        return await road.lift_stop(wanted.id, wanted.reason, wanted.who)

    return {"stops.make": make, "stops.standing": standing, "stops.lift": lift}
