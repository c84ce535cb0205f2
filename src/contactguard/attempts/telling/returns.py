"""What comes back by e-mail: a bounce to the contact whose message it was, and one click to be left alone."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Literal, NamedTuple

import msgspec
import structlog

from ...errors import BadInput, NotFound
from ...law.instants import Instant, print_utc
from ...law.vocabulary import Outcome
from ...lines.bounces import Returned, Verdict, permit_in, read
from ...lines.relay import NOBODY_THERE
from ...lines.tokens import KEY_FOR, Tokens
from ...lines.wire import Exchange, redacted
from ...records.work import Job, NewEntry, Permit, View, Writes
from ..asking import Asking
from ..events import moment
from ..plan import normal
from ..shapes import Event
from .refusals import Refusing, address_in

STREAM, KIND = "system:mail", "mail_unmatched"
LONGEST_KEPT = 1 << 14
MOST_KEPT_A_DAY = 500
log = structlog.get_logger(__name__)
Became = Literal["bounced", "undelivered", "delivered", "delayed", "noted", "unmatched"]


class BounceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a message that came back. `bounced`, `undelivered`, `delivered`: so ended the contact;
    `delayed`: it is still tried; `noted`: it says nothing of that, and is kept beside the contact; `unmatched`: it is
    about no contact of ours, and is kept, as far as `MOST_KEPT_A_DAY` goes. `dead`: nobody is at the address.
    """

    became: Became
    permit: str | None = None
    status: str | None = None
    dead: bool = False


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came back and is about no contact of ours. `raw`: its first 16 KiB."""

    at: str
    by: str
    digest: str
    raw: bytes


class _Kept(msgspec.Struct, frozen=True):
    """The document of the stream: how many were kept on the day (UTC) of the last one."""

    day: str = ""
    count: int = 0


class _Said(NamedTuple):
    """What a verdict comes to."""

    became: Became
    outcome: Outcome | None
    dead: bool


class Returning(Asking, Refusing):
    """Mail that comes back."""

    async def returned(self, raw: bytes, by: str, recipient: str | None = None) -> BounceView:
        """Take in one message; the same one again counts nothing twice. `by`: the key that brought it; `recipient`: the
        mailbox that it came to, where the mail server says so.
        """
        tokens = Tokens(self.store.secret(KEY_FOR))
        permit = await asyncio.to_thread(permit_in, raw, recipient, tokens)
        row = await self.store.permit(permit) if permit is not None else None
        if row is None or row.channel != "email":
            await self._keep_unmatched(raw, by)
            return BounceView(became="unmatched")
        said = await asyncio.to_thread(read, raw)
        verdict = next((one for one in said.verdicts if self._is_about(row, one)), None)
        ours = verdict is not None
        verdict = verdict or next(iter(said.verdicts), None)
        meant = _meaning(verdict, ours)
        at = self._when(row, said)
        status = verdict.status if verdict is not None else None
        if meant.outcome is not None:
            type: Literal["delivered", "ended"] = "delivered" if meant.became == "delivered" else "ended"
            # One of a kind: whoever has the token could go on for ever with another status each time.
            event = Event(event_id=f"mail:{meant.became}", type=type, at=at, outcome=meant.outcome, cause=status)
            await self._event(row.id, event, None)
        if meant.dead:
            await self.undeliverable(row.id, words=status or "", source=f"bounce:{row.id}", by=by, at=at)
        await self._keep_beside(row, at, by, verdict, meant.became)
        return BounceView(became=meant.became, permit=row.id, status=status, dead=meant.dead)

    async def unsubscribe(self, token: str) -> None:
        """No more e-mail to the address whose message held this link, in force before this returns. `NotFound`."""
        permit = Tokens(self.store.secret(KEY_FOR)).read("unsubscribe", token)
        if permit is None:
            raise NotFound("message")
        words = "unsubscribed by the link in a message"
        await self.refuse_answering(permit, "email", words=words, source=f"unsubscribe:{permit}", by="one_click")

    def unsubscribes(self, token: str) -> bool:
        """Whether this is the token of a link of ours."""
        return Tokens(self.store.secret(KEY_FOR)).read("unsubscribe", token) is not None

    async def unmatched(self, limit: int = 100) -> list[Unmatched]:
        """What came back and was about no contact of ours, the newest first."""
        entries = await self.store.entries(STREAM, limit=limit, kinds=(KIND,))
        return [msgspec.json.decode(entry.body, type=Unmatched) for entry in entries if entry.body is not None]

    def _is_about(self, row: Permit, verdict: Verdict) -> bool:
        """Whether a verdict is about the address that the contact went to, and not where it was passed on to."""
        return any(self._key(name) == address_in(row) for name in verdict.recipients)

    def _key(self, name: str) -> str | None:
        local, _, domain = name.strip().strip("<>").rpartition("@")
        try:
            domain = domain.encode("ascii").decode("idna") if "xn--" in domain.lower() else domain
            return self.setup.address_key(normal(f"{local}@{domain}"))
        except (BadInput, UnicodeError):
            return None

    def _when(self, row: Permit, said: Returned) -> Instant:
        """When it was written, as far as that can be: after the permit was given, and not in the future."""
        now = moment(self.store.clock.now())
        return now if said.at is None or not row.given <= said.at <= now else Instant(said.at)

    async def _keep_beside(self, row: Permit, at: Instant, by: str, verdict: Verdict | None, became: Became) -> None:
        """The first of its kind."""
        words = f"{verdict.action} {verdict.status} {verdict.words}" if verdict is not None else "(no report)"
        exchange = Exchange(
            line="smtp", way="in", at=at, method="RETURN", url=f"mail by {by}", answer=redacted(words), permit=row.id
        )
        await self._traces.keep(exchange, once=f"returned:{became}")

    async def _keep_unmatched(self, raw: bytes, by: str) -> None:
        """Once, however often it is brought, and only so many a day: anybody can write to the mailbox."""
        digest = hashlib.sha256(raw).hexdigest()

        def judge(view: View) -> Writes:
            before, day = msgspec.convert(view.docs[STREAM] or {}, _Kept), print_utc(view.at)[:10]
            count = before.count if before.day == day else 0
            if view.seen or count >= MOST_KEPT_A_DAY:
                return Writes(answer=view.seen)
            kept = Unmatched(at=print_utc(view.at), by=by, digest=digest, raw=raw[:LONGEST_KEPT])
            entry = NewEntry(stream=STREAM, kind=KIND, body=msgspec.json.encode(kept))
            doc = msgspec.to_builtins(_Kept(day, count + 1))
            return Writes(answer=True, entries=[entry], marks=[mark], docs={STREAM: doc})

        mark = ("mail", digest)
        kept = await self.store.submit(Job(lock=(STREAM,), judge=judge, mark=mark))
        log.warning("returned_mail_matches_nothing", digest=digest[:16], bytes=len(raw), kept=kept)


def _meaning(verdict: Verdict | None, ours: bool) -> _Said:
    """What a verdict comes to; that nobody is at the address only where it is about that very address."""
    if verdict is None:
        return _Said("noted", None, False)
    if verdict.action == "failed":
        if verdict.status.startswith("4."):
            return _Said("undelivered", "undelivered", False)
        return _Said("bounced", "bounced", ours and verdict.status in NOBODY_THERE)
    if verdict.action == "delivered":
        return _Said("delivered", "delivered", False)
    return _Said("delayed" if verdict.action == "delayed" else "noted", None, False)
