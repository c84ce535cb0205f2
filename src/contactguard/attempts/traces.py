"""The exchanges with carriers, kept word for word but redacted, in the stream of the contact that they were about."""

from __future__ import annotations

import msgspec
import structlog
from msgspec.structs import replace

from ..errors import NotFound
from ..law.instants import print_utc, read_hook, write_hook
from ..lines.wire import Exchange
from ..records.store import Store
from ..records.subjects import AttemptDoc
from ..records.work import Job, NewEntry, View, Writes

KIND, KNOWN_AS = "wire", "carried_as"
MOST_OF_ONE = 500
_PAGE = 1000
_read = msgspec.json.Decoder(Exchange, dec_hook=read_hook).decode
log = structlog.get_logger(__name__)


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a `carried_as` entry. `ref` None: whether the carrier has it is in doubt."""

    permit: str
    ref: str | None


def _of_day(at: int) -> str:
    """The stream of what carriers gave an id to on the day (UTC) of this instant."""
    return f"system:carried:{print_utc(at)[:10]}"


class Traces:
    """Exchanges in, exchanges out. Those of no single contact stand in the stream `system:wire:DAY`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, exchange: Exchange, once: str | None = None) -> None:
        """Write one down. What cannot be written is logged, without its words: the contact itself goes on.

        `once`: a name under which the contact has one only.
        """
        about = exchange.permit is not None
        key = f"attempt:{exchange.permit}" if about else f"system:wire:{print_utc(int(exchange.at))[:10]}"
        body = msgspec.json.encode(exchange, enc_hook=write_hook)

        def judge(view: View) -> Writes:
            if about and view.permit is None:
                raise NotFound("permit")
            if view.seen:
                return Writes(answer=None)
            entry = NewEntry(stream=key, kind=KIND, body=body, at=int(exchange.at))
            return Writes(answer=None, entries=[entry], marks=[mark] if mark else [])

        mark = (KIND, f"{key}:{once}") if once is not None else None
        try:
            await self._store.submit(Job(lock=(key,), judge=judge, permit=exchange.permit, mark=mark))
        except Exception as error:
            log.error("exchange_not_kept", line=exchange.line, permit=exchange.permit, error=type(error).__name__)

    async def known_as(self, permit: str, ref: str, *, of_day: bool = True) -> None:
        """Write down the carrier's own id of a contact, in its stream and (`of_day`) in that of the day, by which
        carriers are asked of it.
        """
        key, day = f"attempt:{permit}", _of_day(int(self._store.clock.now()))
        streams = (key, day) if of_day else (key,)
        body = msgspec.json.encode(Carried(permit=permit, ref=ref))

        def judge(view: View) -> Writes:
            doc: AttemptDoc = view.docs[key] or AttemptDoc()
            if doc.ref == ref:
                return Writes(answer=None)
            entries = [NewEntry(stream=stream, kind=KNOWN_AS, body=body) for stream in streams]
            return Writes(answer=None, docs={key: replace(doc, ref=ref)}, entries=entries)

        await self._store.submit(Job(lock=streams, judge=judge))

    async def in_doubt(self, permit: str) -> None:
        """Write down that a carrier may have a contact or not, so that it is looked for on the carrier's list."""
        day = _of_day(int(self._store.clock.now()))
        entry = NewEntry(stream=day, kind=KNOWN_AS, body=msgspec.json.encode(Carried(permit=permit, ref=None)))
        await self._store.submit(Job(lock=(day,), judge=lambda view: Writes(answer=None, entries=[entry])))

    async def carried_on(self, at: int) -> list[Carried]:
        """The contacts that carriers took or may have taken on the day (UTC) of this instant."""
        found: list[Carried] = []
        beyond: int | None = None
        while True:
            page = await self._store.entries(_of_day(at), newest_first=False, limit=_PAGE, beyond=beyond)
            found += [msgspec.json.decode(entry.body, type=Carried) for entry in page if entry.body is not None]
            if len(page) < _PAGE:
                return found
            beyond = page[-1].height

    async def of(self, permit: str) -> list[Exchange]:
        """All about one contact, the oldest first. `NotFound`."""
        if await self._store.permit(permit) is None:
            raise NotFound("permit")
        entries = await self._store.entries(f"attempt:{permit}", newest_first=False, limit=MOST_OF_ONE, kinds=(KIND,))
        return [_read(entry.body) for entry in entries if entry.body is not None]
