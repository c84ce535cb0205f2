"""What `import` does to a store: cases, past contacts, restrictions and consents of files, some rows at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..attempts import Put, PutCase, Road
from ..errors import BadInput
from ..intake.resolve import complete
from ..law.faults import in_words
from ..law.instants import print_utc, read_hook
from . import lists
from .by import BY_COMMAND
from .shapes import (
    DeclineImport,
    Finished,
    FinishImport,
    ListedConsent,
    ListedRestriction,
    ListVanished,
    PastContact,
    PutCases,
    PutConsents,
    PutContacts,
    PutRestrictions,
    Vanished,
)

Does = Callable[[bytes], Awaitable[Any]]
_PAUSE_EVERY = 16


def completed(ref: str, body: Mapping[str, Any], region: str) -> bytes:
    """A body with its evidence of place looked up, as `PutCases.completed` takes it. `BadInput` names the field.

    Needs no store, so that whoever reads a file can do it beside others.
    """
    case = body.get("case")
    if isinstance(case, dict):
        if case.get("ref", ref) != ref:
            raise BadInput("case.ref", "another reference than the row's own")
        body = {**body, "case": {**case, "ref": ref}}
    return msgspec.json.encode(complete(body, region))


def read_case(ref: str, body: Mapping[str, Any], region: str) -> PutCase:
    """A body as a case, with its evidence resolved. `BadInput` names the field."""
    return _typed(ref, completed(ref, body, region))


_CASES = msgspec.json.Decoder(PutCase, dec_hook=read_hook)


def _typed(ref: str, body: bytes) -> PutCase:
    try:
        return _CASES.decode(body)
    except msgspec.ValidationError as error:
        raise BadInput(*in_words(error, PutCase)) from None


def operations(road: Road) -> dict[str, Does]:
    """What files come into the store by."""

    async def put_cases(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=PutCases)
        if wanted.run is not None and wanted.source is not None:
            road.imports.listed(wanted.source, wanted.run, [*(ref for ref, _ in wanted.cases), *wanted.also])
        if wanted.completed:
            return await road.put_cases([(ref, bytes(body)) for ref, body in wanted.cases], _typed, BY_COMMAND)
        return await _completing(road, wanted)

    async def put_contacts(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=PutContacts)
        return await road.put_past(await _read(wanted.rows, PastContact, lists.past_row), BY_COMMAND)

    async def put_restrictions(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=PutRestrictions)
        rows = await _read(wanted.rows, ListedRestriction, lists.restriction_row)
        return await road.put_list(wanted.list or "restrictions", rows, wanted.by, BY_COMMAND)

    async def put_consents(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=PutConsents)
        rows = await _read(wanted.rows, ListedConsent, lists.consent_row)
        return await road.put_list(wanted.list or "consents", rows, wanted.by, BY_COMMAND)

    return {
        "cases.put": put_cases,
        "contacts.put": put_contacts,
        "restrictions.put": put_restrictions,
        "consents.put": put_consents,
        **_of_whole_files(road),
    }


def _of_whole_files(road: Road) -> dict[str, Does]:
    async def finish(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=FinishImport)
        took = {"kind": wanted.kind, "rows": wanted.rows, "refused": wanted.refused}
        await road.imports.finished(wanted.kind, {**took, "by": wanted.by, "file": wanted.file, "list": wanted.list})
        if wanted.kind != "cases" or wanted.run is None or wanted.source is None:
            return Finished(why="the file is not all of a source's cases")
        return Finished(**await road.imports.vanish(wanted.source, wanted.run, wanted.refs, wanted.by))

    async def vanished(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=ListVanished)
        items, more = await road.imports.vanished(wanted.source, wanted.cursor)
        return Vanished(items=tuple((ref, print_utc(at)) for ref, at in items), next=more)

    async def decline(payload: bytes) -> Any:
        wanted = msgspec.json.decode(payload, type=DeclineImport)
        await road.imports.decline(wanted.what, wanted.by, wanted.why)
        return road.day_one()

    async def day_one(payload: bytes) -> Any:
        return await road.imports.look()

    return {
        "imports.finish": finish,
        "imports.vanished": vanished,
        "imports.decline": decline,
        "imports.day_one": day_one,
    }


async def _completing(road: Road, wanted: PutCases) -> list[Put]:
    """Cases whose evidence of place is looked up here."""
    read: list[tuple[str, bytes]] = []
    refused: dict[int, Put] = {}
    for place, (ref, body) in enumerate(wanted.cases):
        try:
            read.append((ref, completed(ref, msgspec.json.decode(body, type=dict[str, Any]), wanted.region)))
        except msgspec.ValidationError:
            refused[place] = Put("refused", "expected an object with case and persons")
        except BadInput as error:
            refused[place] = Put("refused", str(error))
        await asyncio.sleep(0)
    puts = iter(await road.put_cases(read, _typed, BY_COMMAND))
    return [refused.get(place) or next(puts) for place in range(len(wanted.cases))]


async def _read(rows: Sequence[msgspec.Raw], kind: type, read: Callable[[Any], Any]) -> list[Any]:
    """The rows as the road takes them; whoever asks meanwhile waits for the reading of a few, not of all.

    A row of another shape is refused by itself, as any other that cannot be read.
    """
    done: list[Any] = []
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(kind).decode
    for place, row in enumerate(rows):
        try:
            done.append(read(decode(row)))
        except msgspec.ValidationError as error:
            done.append(Put("refused", str(BadInput(*in_words(error, kind)))))
        if place % _PAUSE_EVERY == 0:
            await asyncio.sleep(0)
    return done
