"""Contacts that a carrier knows of and we gave no permit for: messages from people, and what others sent or dialled.

They name an address alone, so they count for everyone who lists it, on all their cases.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from ...errors import BadInput
from ...law.instants import Instant, print_utc, read_hook, write_hook
from ...law.vocabulary import Channel
from ...records.subjects import AddressDoc, PersonDoc
from ...records.work import Entry, Idempotency, Job, NewEntry, View, Writes
from ..plan import lists, normal
from ..shapes import Caller, NewFact, Recorded
from .learning import Learning
from .optouts import asks_to_stop
from .refusals import Refusing

STREAM = "system:unmatched"


BY_CARRIER = Caller(key="carrier", name="what a carrier tells", scopes=frozenset({"agent"}))
_APPS: dict[str, Channel] = {"whatsapp": "messaging", "messenger": "messaging", "rcs": "messaging"}


class Written(NamedTuple):
    """A message from a person, as a carrier tells of it. `sender`: as the carrier writes it (`whatsapp:+1..`)."""

    ref: str
    sender: str
    at: Instant
    words: str
    stops: bool = False


class Unlisted(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that a carrier or a switch told of, at an address on no file. `ref`: their own id of it."""

    ref: str
    at: str
    recorded: str
    direction: str
    channel: str
    address: str
    outcome: str


class Unlisteds(msgspec.Struct, frozen=True, kw_only=True):
    """One page of them, the newest first; `next` is the cursor of the following one, null at the end."""

    items: tuple[Unlisted, ...]
    next: str | None


class _Answer(msgspec.Struct):
    repeated: bool


class Unpermitting(Learning, Refusing):
    """What comes to be known by its address."""

    async def written(self, one: Written, line: str) -> bool:
        """A message from a person: counted for whoever lists the sender, once; False where it was known.

        One that says that there be no more is in force before this returns, also where nobody lists the sender.
        """
        app, _, rest = one.sender.rpartition(":")
        channel, address = _APPS.get(app, "sms"), wire_address(rest)
        if address is None or not one.ref:
            return False
        if one.stops or asks_to_stop(one.words):
            source = f"{channel}:{one.ref}"
            await self.refuse(address, channel, words=one.words, source=source, by=line, once=True)
        contact = recorded(one.ref, one.at, channel, address, outcome="received", direction="inbound")
        return await self.told_of(contact, BY_CARRIER, note=one.words or None)

    async def told_of(self, contact: Recorded, caller: Caller, note: str | None = None) -> bool:
        """Record a contact for everyone who lists its address, once per `event_id`; False where it was known.

        `note`: what was said, kept with the person where only one can have said it. A contact that nobody lists is
        written down in a stream of such, and not lost.
        """
        address = normal(contact.address or "")
        people, new = await self._listing(address), False
        for id, refs in people.items():
            own = f"{contact.event_id[:80]}-{_short(id)}"
            one = replace(contact, event_id=own, address=address, person=id, cases=refs)
            answer = msgspec.json.decode(await self.record(refs[0], one, caller), type=_Answer)
            new |= not answer.repeated
        if not people:
            return await self._unmatched(replace(contact, address=address), caller)
        if len(people) == 1 and note and new:
            await self._noted(*next(iter(people.items())), contact, note, caller)
        return new

    async def _listing(self, address: str) -> dict[str, tuple[str, ...]]:
        """Who lists an address, each with the cases they are on."""
        listed: AddressDoc = await self.store.doc(self.setup.address_key(address)) or AddressDoc()
        docs = await self.store.docs(f"person:{id}" for id in listed.persons)
        found: dict[str, tuple[str, ...]] = {}
        for id in listed.persons:
            doc: PersonDoc | None = docs[f"person:{id}"]
            if doc is not None and doc.person.cases and lists(doc.person, address):
                found[id] = doc.person.cases
        return found

    async def _noted(self, id: str, refs: tuple[str, ...], contact: Recorded, note: str, caller: Caller) -> None:
        """Keep what was said, once."""
        use = Idempotency(caller.key, "note", contact.event_id, b"")
        await self.fact(refs[0], NewFact(person_id=id, note=note[:4000], at=contact.at), caller, use)

    async def _unmatched(self, contact: Recorded, caller: Caller) -> bool:
        """Write down what nobody can be found for, once."""
        body = msgspec.json.encode(contact, enc_hook=write_hook)
        mark = (f"unmatched:{caller.key}", contact.event_id)

        def judge(view: View) -> Writes:
            if view.seen:
                return Writes(answer=False)
            entry = NewEntry(stream=STREAM, kind="unmatched", body=body, at=min(int(contact.at), view.at))
            return Writes(answer=True, entries=[entry], marks=[mark])

        new: bool = await self.store.submit(Job(lock=(STREAM,), judge=judge, mark=mark))
        return new

    async def unlisted(self, limit: int, cursor: str | None = None) -> Unlisteds:
        """The contacts that nobody was found for, the newest first. `BadInput` for a cursor that was never given."""
        if cursor is not None and not (cursor.isascii() and cursor.isdecimal()):
            raise BadInput("cursor", "use the value of next as it was given")
        beyond = int(cursor) if cursor is not None else None
        page = await self.store.entries(STREAM, limit=limit, beyond=beyond)
        following = str(page[-1].height) if len(page) == limit else None
        return Unlisteds(items=tuple(_unlisted(one) for one in page if one.body is not None), next=following)


def _unlisted(entry: Entry) -> Unlisted:
    told = msgspec.json.decode(entry.body or b"", type=Recorded, dec_hook=read_hook)
    return Unlisted(
        ref=told.event_id,
        at=print_utc(told.at),
        recorded=print_utc(entry.recorded),
        direction=told.direction,
        channel=told.channel,
        address=told.address or "",
        outcome=told.outcome,
    )


def wire_address(text: str) -> str | None:
    """A phone number as a carrier writes it, None for anything else (a short code, an agent, a sender's name)."""
    try:
        found = normal(text)
    except BadInput:
        return None
    return found if found.startswith("+") else None


def _short(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()[:24]


def recorded(event_id: str, at: Any, channel: Channel, address: str, **more: Any) -> Recorded:
    """A contact that a carrier tells of."""
    return Recorded(event_id=event_id, at=at, channel=channel, address=address, **more)
