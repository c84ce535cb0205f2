"""What an address itself told us: nothing more on this channel, or that nobody is there. It binds whoever lists it,
now or later, until compliance ends it with a reason (`refusal:SOURCE`, as a `PUT` of a case lists what it kept).
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

from ...errors import BadInput, NotFound
from ...law.instants import Instant
from ...law.vocabulary import Channel
from ...records.subjects import AddressDoc, Mark, pack_bytes, unpacker
from ...records.work import NewEntry, Permit, View, Writes
from ..events import CLOCKS_APART_SECONDS
from ..plan import normal
from ..submitting import Submitting

PREFIX = "refusal:"
LONGEST_SOURCE, LONGEST_WORDS = 128, 4000


class AddressSaid(msgspec.Struct, frozen=True, array_like=True):
    """The body of an `address_said` entry; which address, says the stream `address:HEX` or the permit."""

    kind: Literal["refused", "invalid"]
    channel: Channel | None
    source: str
    by: str
    words: str
    permit: str | None = None


read_said = unpacker(AddressSaid).decode


class Refusing(Submitting):
    """Refusals that no agent wrote down: STOP, one-click unsubscribing, what a carrier or a bounce says."""

    async def refuse(
        self,
        address: str,
        channel: Channel | None,
        *,
        words: str,
        source: str,
        by: str,
        at: Instant | None = None,
        once: bool = False,
    ) -> bool:
        """Nothing more to this address on this channel (None: on any), in force before this returns.

        `source`: what it was learned from, unique to it (`sms:SID`); `by`: who says so (`twilio`, the id of a key).
        `once`: a source tells one thing at one time, so that its echo does not bring back what has been ended since.
        False where that was known already. `BadInput` for no address.
        """
        key = self.setup.address_key(normal(address))
        return await self._address_said(key, "refused", channel, words, source, by, at, None, once)

    async def refuse_answering(
        self, permit: str, channel: Channel | None, *, words: str, source: str, by: str, at: Instant | None = None
    ) -> bool:
        """The same for the address that a permitted contact went to. `NotFound`: no such permit."""
        row, key = await self._went_to(permit)
        return await self._address_said(key, "refused", channel, words, source, by, at, row)

    async def undeliverable(self, permit: str, *, words: str, source: str, by: str, at: Instant | None = None) -> bool:
        """There is nobody at the address that a permitted contact went to. `NotFound`: no such permit."""
        row, key = await self._went_to(permit)
        return await self._address_said(key, "invalid", None, words, source, by, at, row)

    async def _went_to(self, permit: str) -> tuple[Permit, str]:
        """A permit, and the subject of the address it was for."""
        row = await self.store.permit(permit)
        key = address_in(row) if row is not None else None
        if row is None or key is None:
            raise NotFound("permit")
        return row, key

    async def _address_said(
        self,
        key: str,
        kind: Literal["refused", "invalid"],
        channel: Channel | None,
        words: str,
        source: str,
        by: str,
        at: Instant | None,
        permit: Permit | None,
        once: bool = False,
    ) -> bool:
        if not 0 < len(source) <= LONGEST_SOURCE or not source.isprintable():
            raise BadInput("source", f"expected 1 to {LONGEST_SOURCE} printable characters")
        said = AddressSaid(kind, channel, source, by, words[:LONGEST_WORDS], permit.id if permit else None)
        keys = (key,) if permit is None else (key, permit.stream, *(f"person:{one}" for one in permit.persons))

        def judge(locked: tuple[str, ...], view: View) -> Writes:
            if view.seen:
                return Writes(answer=False)
            done = said_writes(key, said, at, permit, view)
            return done if mark is None else replace(done, marks=[mark])

        mark = ("address_said", source) if once else None
        # Looked at first, so that clicking one link again and again keeps nobody's case locked.
        known: AddressDoc = await self.store.doc(key) or AddressDoc()
        if not once and any(_covers(one, said) for one in known.marks):
            return False
        new: bool = await self._submit(keys, judge, mark=mark)
        return new


def address_in(permit: Permit) -> str | None:
    """The subject of the address that a permit was given for: the first that was locked for it."""
    return next((key for key in permit.locks if key.startswith("address:")), None)


def said_writes(key: str, said: AddressSaid, at: Instant | None, permit: Permit | None, view: View) -> Writes:
    """Mark the address, once: what binds already, by the same sort of source, is not written again."""
    doc: AddressDoc = view.docs[key] or AddressDoc()
    if any(_covers(mark, said) for mark in doc.marks):
        return Writes(answer=False)
    if at is not None and at > view.at + CLOCKS_APART_SECONDS:
        raise BadInput("at", "lies in the future")
    since = min(view.at, view.at if at is None else int(at))
    mark = Mark(said.kind, since, PREFIX + said.source, said.channel)
    body = pack_bytes(said)
    entries = [NewEntry(stream=key, kind="address_said", body=body, at=since)]
    if permit is not None:
        person = permit.persons[0] if permit.persons else None
        entries.append(NewEntry(stream=permit.stream, kind="address_said", body=body, person=person, at=since))
    return Writes(answer=True, docs={key: AddressDoc(doc.persons, (*doc.marks, mark))}, entries=entries)


def _covers(mark: Mark, said: AddressSaid) -> bool:
    return (
        mark.kind == said.kind
        and mark.source.startswith(PREFIX)
        and mark.channel in (None, said.channel)
        and mark.until is None
    )
