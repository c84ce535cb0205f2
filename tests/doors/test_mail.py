"""E-mail from ask to bounce, through the service's own doors and a real SMTP server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from a_service import CASE, NOON, Service, Start
from aiohttp import FormData

from a_bounce import report
from a_relay import Relay, relay
from contactguard.attempts.telling import returns

MAIL = "p1@mail.example"
BODY = """This is an attempt to collect a debt by a debt collector, and any information obtained will be used for that
purpose. Please call us about your request.

If you do not want any more e-mail from us, click https://unsubscribe.invalid/
"""
CONTENT = {"subject": "Your request", "body": BODY}
MESSAGE: dict[str, Any] = {
    "case_ref": "C-1", "channel": "email", "address": MAIL, "purpose": "collection",
    "content": CONTENT,
}  # fmt: skip


class Post:
    """A service with a relay, and what went out."""

    def __init__(self, service: Service, made: Relay) -> None:
        self.service, self.relay = service, made

    async def send(self, **changes: Any) -> str:
        """One message that must be allowed and leave; its permit."""
        answer = await self.service.send("POST", "/v1/messages", "agent", json=MESSAGE | changes)
        body = await answer.json()
        assert body["verdict"] == "allow", body["reasons"]
        permit: str = body["permit"]["id"]
        await self.outcome(permit, {"sent"})
        return permit

    async def outcome(self, permit: str, wanted: set[str | None]) -> Any:
        """The permit, once its outcome is one of these."""
        async with asyncio.timeout(10):
            while True:
                view = await (await self.service.send("GET", f"/v1/messages/{permit}", "agent")).json()
                if view["outcome"] in wanted:
                    return view

    async def bounce(self, raw: bytes, who: str | None = "case_system", **headers: str) -> Any:
        """Hand in a message that came back."""
        headers = {"Content-Type": "message/rfc822", **headers}
        return await self.service.send("POST", "/hooks/bounce", who, data=raw, headers=headers)

    @property
    def mailbox(self) -> str:
        """Where the last message's returns go."""
        return str(self.relay.envelopes[-1].mail_from)

    @property
    def link(self) -> str:
        """The path of the last message's link to unsubscribe."""
        found = re.search(r"https://gate\.example(/\S+?)>", str(self.relay.messages[-1]["List-Unsubscribe"]))
        assert found is not None
        return found.group(1)

    async def verdict(self, **changes: Any) -> list[str]:
        """The codes of what stands against another message."""
        answer = await self.service.send("POST", "/v1/decisions", "agent", json=MESSAGE | changes)
        return [one["code"] for one in (await answer.json())["reasons"]]


@pytest.fixture
async def post(start: Start, store_url: str) -> AsyncIterator[Post]:
    """One with a case of somebody who agreed to e-mail."""
    async with relay() as made:
        smtp = {
            "host": "127.0.0.1", "port": made.port, "tls": "none", "sender": "notices@harbor.example",
            "bounces": "bounce@mail.harbor.example", "connections": 1,
        }  # fmt: skip
        collector = [{"id": "harbor", "name": "Harbor Lane Recovery", "neutral_name": "Harbor Lane"}]
        server = {"public_url": "https://gate.example"}
        service = await start(store_url, server=server, smtp=smtp, collector=collector)
        person = CASE["persons"][0]  # type: ignore[index]
        points = [*person["points"], {"address": MAIL}]
        consent = {"kind": "contact", "channel": "email", "address": MAIL, "given": NOON}
        body = CASE | {"persons": [person | {"points": points, "consents": [consent]}]}
        assert (await service.put_case(body)).status == 201
        yield Post(service, made)


async def test_a_message_leaves_in_the_collectors_neutral_name(post: Post) -> None:
    """The answer gives the permit; the message carries the subject and text that were judged."""
    permit = await post.send()
    (message,) = post.relay.messages
    assert str(message["From"]) == "Harbor Lane <notices@harbor.example>"
    assert message.get_content().startswith("This is an attempt to collect a debt")
    assert (await post.outcome(permit, {"sent"}))["state"] == "ended"


async def test_one_click_stops_the_next_message(post: Post) -> None:
    """By the form that mail programs send (RFC 8058), with no key; nothing else about the person changes."""
    await post.send()
    form = FormData([("List-Unsubscribe", "One-Click")], default_to_multipart=True)
    answer = await post.service.send("POST", post.link, None, data=form)
    assert answer.status == 200
    assert "opted_out" in await post.verdict()
    again = await post.service.send("POST", post.link, None, data={"List-Unsubscribe": "One-Click"})
    assert again.status == 200
    assert "opted_out" not in await post.verdict(channel="voice", address="+12125550123", content=None)


async def test_it_binds_whoever_lists_the_address(post: Post) -> None:
    """Another person's case with the same mailbox is refused, too; the case system cannot take it back."""
    await post.send()
    await post.service.send("POST", post.link, None)
    person = {"id": "P-2", "points": [{"address": MAIL}], "evidence": CASE["persons"][0]["evidence"]}  # type: ignore
    await post.service.put_case({"case": {"ref": "C-2", "product": "credit_card"}, "persons": [person]})
    assert "opted_out" in await post.verdict(case_ref="C-2")


async def test_looking_at_the_page_changes_nothing(post: Post) -> None:
    """Programs that open links to look at them stop nobody's mail; the page has one button and names nobody."""
    await post.send()
    shown = await post.service.send("GET", post.link, None, headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    text = await shown.text()
    assert (shown.status, shown.content_type) == (200, "text/html")
    assert '<html lang="es">' in text
    assert text.count("<button") == text.count('<form method="post">') == 1
    assert "form-action 'self'" in shown.headers["Content-Security-Policy"]
    for private in (MAIL, "Harbor", "debt", "C-1", "P-1", "script", "http://", "https://"):
        assert private not in text
    assert await post.verdict() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_nobody_sealed_is_refused(post: Post, method: str) -> None:
    """Made up, cut short, changed by a letter, or a token of another purpose: a page that says so, and no change."""
    await post.send()
    token = post.link.rpartition("/")[2]
    changed = token[:-3] + ("a" if token[-3] != "a" else "b") + token[-2:]
    of_bounces = post.mailbox.partition("@")[0].partition("+")[2]
    for forged in ("a" * 52, token[:-1], changed, of_bounces, "x", "%F0%9F%8E%88" * 52):
        answer = await post.service.send(method, f"/mail/unsubscribe/{forged}", None)
        assert answer.status == 404, forged
        assert answer.content_type == "text/html"
    assert await post.verdict() == []


async def test_a_mailbox_that_is_not_there(post: Post) -> None:
    """The contact ends as bounced, and nobody may write there again."""
    permit = await post.send()
    answer = await post.bounce(report(MAIL, post.mailbox))
    assert await answer.json() == {"became": "bounced", "permit": permit, "status": "5.1.1", "dead": True}
    assert (await post.outcome(permit, {"bounced"}))["state"] == "ended"
    assert "invalid_destination" in await post.verdict()


async def test_a_full_mailbox_is_no_dead_one(post: Post) -> None:
    """The contact bounced; another may be written later."""
    permit = await post.send()
    answer = await (await post.bounce(report(MAIL, post.mailbox, status="5.2.2"))).json()
    assert answer == {"became": "bounced", "permit": permit, "status": "5.2.2"}
    assert "invalid_destination" not in await post.verdict()


async def test_a_delay_is_not_final(post: Post) -> None:
    """It is kept beside the contact, which stays sent; giving up in the end makes it undelivered."""
    permit = await post.send()
    first = await (await post.bounce(report(MAIL, post.mailbox, action="delayed", status="4.4.1"))).json()
    assert (first["became"], (await post.outcome(permit, {"sent"}))["outcome"]) == ("delayed", "sent")
    last = await (await post.bounce(report(MAIL, post.mailbox, action="failed", status="4.4.1"))).json()
    assert last["became"] == "undelivered"
    await post.outcome(permit, {"undelivered"})
    assert "invalid_destination" not in await post.verdict()


async def test_the_same_bounce_twice_counts_once(post: Post) -> None:
    """Also when another copy comes by another way."""
    permit = await post.send()
    for more in ("", "", "X-Spam: no\n"):
        answer = await (await post.bounce(report(MAIL, post.mailbox, more=more))).json()
        assert answer["became"] == "bounced"
    rows = await (await post.service.send("GET", "/v1/cases/C-1/contacts", "compliance")).json()
    (row,) = [one for one in rows["items"] if one["permit"] == permit]
    assert [stage["type"] for stage in row["stages"]].count("ended") == 1


async def test_a_bounce_from_behind_the_mailbox_marks_nobody(post: Post) -> None:
    """Where it was passed on to another address, that one may be dead, and ours is not."""
    await post.send()
    answer = await (await post.bounce(report("elsewhere@other.example", post.mailbox))).json()
    assert (answer["became"], answer.get("dead")) == ("bounced", None)
    assert "invalid_destination" not in await post.verdict()


async def test_the_mailbox_may_stand_beside_the_message(post: Post) -> None:
    """As a mail server knows it, where the message itself does not say."""
    permit = await post.send()
    raw = report(MAIL, "bounce@mail.harbor.example")
    assert (await (await post.bounce(raw)).json())["became"] == "unmatched"
    found = await (await post.bounce(raw, **{"X-Original-To": post.mailbox.upper()})).json()
    assert (found["became"], found["permit"]) == ("bounced", permit)


async def test_what_is_about_no_contact_is_kept_and_said(post: Post) -> None:
    """Forged tokens, other people's mail, rubbish: nothing changes, nothing is lost, once each."""
    permit = await post.send()
    forged = report(MAIL, f"bounce+{'a' * 52}@mail.harbor.example")
    for raw in (forged, forged, b"hello", b"\xff\x00" * 100, b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"):
        answer = await (await post.bounce(raw)).json()
        assert answer == {"became": "unmatched"}
    kept = await post.service.house.road.unmatched()
    assert [one.raw for one in kept][-1] == forged
    assert len(kept) == 4
    await post.outcome(permit, {"sent"})


async def test_whoever_has_a_token_cannot_fill_the_record(post: Post) -> None:
    """Of one contact's returns the first of each kind is written down, whatever else they say."""
    permit = await post.send()
    for n in range(6):
        raw = report(MAIL, post.mailbox, status=f"5.7.{n}", more=f"X-Number: {n}\n")
        assert (await (await post.bounce(raw)).json())["became"] == "bounced"
        raw = f"To: {post.mailbox}\nSubject: Away\n\nAway {n}.\n".encode()
        assert (await (await post.bounce(raw)).json())["became"] == "noted"
    road, store = post.service.house.road, post.service.house.store
    assert [one.method for one in await road.exchanges(permit)] == ["SEND", "RETURN", "RETURN"]
    stages = (await store.doc(f"attempt:{permit}")).stages
    assert [stage.event_id for stage in stages if stage.event_id.startswith("mail:")] == ["mail:bounced"]


async def test_mail_from_anybody_cannot_fill_the_record(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so much of what matches nothing is kept on one day; the answer is the same."""
    monkeypatch.setattr(returns, "MOST_KEPT_A_DAY", 3)
    for n in range(5):
        assert await (await post.bounce(f"Subject: {n}\n\nBuy this.\n".encode())).json() == {"became": "unmatched"}
    assert len(await post.service.house.road.unmatched()) == 3
    post.service.clock.advance(86_400)
    await post.bounce(b"Subject: the next day\n\n")
    assert len(await post.service.house.road.unmatched()) == 4


async def test_an_answer_by_a_machine_is_no_bounce(post: Post) -> None:
    """It is about the contact, and is kept beside it."""
    permit = await post.send()
    raw = f"To: {post.mailbox}\nSubject: Away\nAuto-Submitted: auto-replied\n\nI am away until Monday.\n".encode()
    answer = await (await post.bounce(raw)).json()
    assert (answer["became"], answer["permit"]) == ("noted", permit)
    await post.outcome(permit, {"sent"})


async def test_a_bounce_needs_a_key(post: Post) -> None:
    """Of the case system or an administrator; and it must be called what it is."""
    raw = report(MAIL, "x@y.example")
    assert (await post.bounce(raw, None)).status == 401
    assert (await post.bounce(raw, "agent")).status == 403
    assert (await post.service.send("POST", "/hooks/bounce", "admin", data=raw)).status == 415
    assert (await post.bounce(b"", "admin")).status == 422


async def test_nothing_private_stands_in_what_is_kept_of_the_wire(post: Post) -> None:
    """Compliance sees what was said to the relay and what came back, with mailboxes cut to their domain."""
    permit = await post.send()
    await post.bounce(report(MAIL, post.mailbox))
    kept = await post.service.house.road.exchanges(permit)
    assert [(one.way, one.method) for one in kept] == [("out", "SEND"), ("in", "RETURN")]
    assert "p1@" not in str(kept)
    assert "Please call" not in str(kept)


async def test_a_message_that_nothing_can_send_has_not_left(post: Post) -> None:
    """Its contact ends as failed, and says why."""
    answer = await post.service.send(
        "POST", "/v1/messages", "agent", json=MESSAGE | {"content": CONTENT | {"subject": "two\nlines"}}
    )
    permit = (await answer.json())["permit"]["id"]
    await post.outcome(permit, {"failed"})
    assert not post.relay.envelopes


async def test_a_stop_withdraws_what_waits_for_the_relay(post: Post) -> None:
    """What is being handed over leaves; what waits behind it does not, and ends as failed."""
    post.relay.hold = asyncio.Event()
    permits = []
    for _ in range(4):
        answer = await post.service.send("POST", "/v1/messages", "agent", json=MESSAGE)
        permits.append((await answer.json())["permit"]["id"])
    await post.relay.asked.wait()
    stop = await post.service.send("POST", "/v1/stops", "compliance", json={"reason": "a recall", "channel": "email"})
    assert stop.status == 201, await stop.text()
    assert not post.service.house.road.lines["email"].waiting()
    post.relay.hold.set()
    outcomes = [(await post.outcome(permit, {"sent", "failed"}))["outcome"] for permit in permits]
    assert sorted(outcomes) == ["failed", "failed", "failed", "sent"]
    assert len(post.relay.envelopes) == 1
    assert "paused" in await post.verdict()


async def test_a_click_that_cannot_be_kept_is_not_said_to_be(post: Post) -> None:
    """While the store is away the page says to try again, and when."""
    await post.send()
    link = post.link
    await post.service.house.store.close()
    answer = await post.service.send("POST", link, None)
    assert answer.status >= 500
    assert (answer.content_type, answer.headers["Retry-After"]) == ("text/html", "60")
    assert "Done" not in await answer.text()
