"""E-mail against a real SMTP server: what leaves, what does not, and what is left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from a_relay import Relay, certificate, relay
from contactguard.clock import SimulatedClock
from contactguard.errors import Busy, LineError
from contactguard.law.instants import Instant
from contactguard.law.model import Content
from contactguard.lines import smtp as smtp_line
from contactguard.lines.line import Report, Started
from contactguard.lines.mails import Letterhead
from contactguard.lines.smtp import SmtpLine
from contactguard.lines.tokens import Tokens
from contactguard.lines.wire import Exchange
from contactguard.sections import Smtp

NOW = 1_772_733_600
TOKENS = Tokens(b"k" * 32)
PERMIT = f"{1:032x}"
HEAD = Letterhead(
    senders={None: "notices@harbor.example", "two": "hello@two.example"},
    names={None: "Harbor Lane"},
    bounces="bounce@mail.harbor.example",
    public_url="https://gate.example",
)


class Desk:
    """A line to a relay, what it reports, and what it keeps of what was said."""

    def __init__(self, relay: Relay, line: SmtpLine) -> None:
        self.relay, self.line = relay, line
        self.reports: list[Report] = []
        self.exchanges: list[Exchange] = []
        self.busy = 0
        self._heard = asyncio.Condition()

    async def hear(self, report: Report) -> None:
        if self.busy:
            self.busy -= 1
            raise Busy
        self.reports.append(report)
        async with self._heard:
            self._heard.notify_all()

    async def keep(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    async def place(self, number: int = 1, address: str = "p1@mail.example", **more: Any) -> str | None:
        """One message."""
        content = more.pop("content", Content(subject="About your request", body="Good day.\n"))
        started = Started(permit=f"{number:032x}", channel="email", address=address, content=content, **more)
        return await self.line.place(started, self.hear)

    async def reported(self, count: int = 1) -> Report:
        """The last report, once there are so many."""
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.reports) >= count)
        return self.reports[-1]


@asynccontextmanager
async def desk(made: Relay, clock: SimulatedClock | None = None, **settings: Any) -> AsyncIterator[Desk]:
    """A line to this relay."""

    async def at_once(seconds: float) -> None:
        """No time passes, but others get their turn."""
        await asyncio.sleep(0)

    given = {"host": "127.0.0.1", "port": made.port, "tls": "none", "timeout_seconds": 5}
    smtp = Smtp(**(given | {"sender": "notices@harbor.example", "bounces": HEAD.bounces} | settings))
    found: list[Desk] = []

    async def keep(exchange: Exchange) -> None:
        await found[0].keep(exchange)

    line = SmtpLine(smtp, HEAD, TOKENS, clock or SimulatedClock(NOW, runs=False), keep, at_once)
    found.append(Desk(made, line))
    line.open()
    yield found[0]
    await line.close()


async def test_a_message_leaves_once_and_to_one_person() -> None:
    """Its envelope and its Message-ID hold tokens that lead to the permit, and nothing else does."""
    async with relay() as made, desk(made) as at:
        id = await at.place()
        report = await at.reported()
    assert (report.type, report.outcome, report.permit) == ("sent", None, PERMIT)
    (envelope,) = made.envelopes
    assert envelope.rcpt_tos == ["p1@mail.example"]
    local, _, domain = (envelope.mail_from or "").partition("@")
    assert (local.partition("+")[0], domain) == ("bounce", "mail.harbor.example")
    assert TOKENS.read("bounce", local.partition("+")[2]) == PERMIT
    (message,) = made.messages
    assert message["Message-ID"] == f"<{id}>"
    assert TOKENS.read("message", str(id).partition("@")[0]) == PERMIT
    assert str(message["From"]) == "Harbor Lane <notices@harbor.example>"
    assert (message["To"], message["Subject"]) == ("p1@mail.example", "About your request")
    assert message.get_content() == "Good day.\r\n" or message.get_content() == "Good day.\n"
    assert message["Cc"] is message["Bcc"] is message["Return-Receipt-To"] is None
    assert "Disposition-Notification-To" not in message
    assert envelope.mail_options == [f"SIZE={len(envelope.content or b'')}"]


async def test_one_click_unsubscribing_is_offered() -> None:
    """By an https link whose token is good for that alone (RFC 8058), whole on one line, and in the text if asked."""
    content = Content(subject="s", body="To stop these: https://unsubscribe.invalid/\n")
    async with relay() as made, desk(made) as at:
        await at.place(content=content)
        await at.reported()
    (message,) = made.messages
    link = str(message["List-Unsubscribe"])
    assert link.startswith("<https://gate.example/mail/unsubscribe/")
    assert f"List-Unsubscribe: {link}\r\n".encode() in (made.envelopes[0].content or b"")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = link.rstrip(">").rpartition("/")[2]
    assert TOKENS.read("unsubscribe", token) == PERMIT
    assert TOKENS.read("bounce", token) is TOKENS.read("message", token) is None
    assert message.get_content().strip() == f"To stop these: {link.strip('<>')}"


async def test_each_collector_writes_from_its_own_mailbox() -> None:
    """And by the name that the request gives, where it gives one."""
    async with relay() as made, desk(made) as at:
        await at.place(collector="two", content=Content(from_name='Ann, "Two" <x@y.example>', body="b"))
        await at.reported()
    (sender,) = made.messages[0]["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Ann, "Two" <x@y.example>', "hello@two.example")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content": None}, "no_body"),
        ({"content": Content(subject="s", body=" \n")}, "no_body"),
        ({"content": Content(subject="a\r\nBcc: x@y.example", body="b")}, "bad_subject"),
        ({"content": Content(subject="a\u2028b", body="b")}, "bad_subject"),
        ({"content": Content(from_name="a\nTo: x@y.example", body="b")}, "bad_name"),
        ({"content": Content(body="b\ud800")}, "bad_message"),
        *(
            ({"content": Content(body=f"<p>Hello {what}</p>")}, "body_loads")
            for what in (
                '<img src="https://x.example/1.gif">', "<IMG\nSRC=x>", '<b style="background:url(//x.example)">',
                "<form>", "<style>@import 'x'</style>",
                '<a href="https://x.example" ping="https://y.example">', "<script>",
            )
        ),
        *(
            ({"content": Content(subject="s", body=f"To stop: {link}")}, "bad_link")
            for link in (
                "https://unsubscribe.invalid", "https://unsubscribe.invalid/now", "HTTPS://UNSUBSCRIBE.INVALID/",
                "http://unsubscribe.invalid/", "https://unsubscribe.invalid/?a=b", "https://unsubscribe.invalid//",
            )
        ),
        *(
            ({"address": address}, "bad_address")
            for address in (
                "p1", "@mail.example", "p1@", "p1@mail", "a b@mail.example", "p1@mail.example,x@y.example", "a@b@c.de",
                "<p1@mail.example>", "p1@mail.example\r\nRCPT TO:<x@y.example>", '"a b"@mail.example',
                "group:a@mail.example;", "p1@-mail.example", "p1@mail..example", "x" * 65 + "@mail.example",
                "ü@x.example", "p1@straße.example", "p1@λόγος.example",
            )
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_message_is_refused(more: dict[str, Any], code: str) -> None:
    """Before anything is said to the relay; no header can be broken out of, and no second recipient named."""
    async with relay() as made, desk(made) as at:
        with pytest.raises(LineError) as error:
            await at.place(**more)
        assert (error.value.code, error.value.ours) == (code, True)
        assert not at.line.carrying()
    assert not made.envelopes


async def test_any_text_arrives_as_it_was_written() -> None:
    """Dots alone on a line, long lines, other alphabets, and lines that look like headers."""
    body = "\n".join((".", "..", "From here", "ñandú 東京 🎈", "x" * 3000, "Bcc: x@y.example", "", "end"))
    async with relay() as made, desk(made) as at:
        await at.place(content=Content(subject="Información " * 12, body=body))
        await at.reported()
    (message,) = made.messages
    assert message.get_content().replace("\r\n", "\n") == body + "\n"
    assert str(message["Subject"]).strip() == ("Información " * 12).strip()
    assert max(map(len, (made.envelopes[0].content or b"").split(b"\r\n"))) <= 998
    assert message["Bcc"] is None


async def test_a_page_is_sent_as_one() -> None:
    """As it was judged, with the link to unsubscribe in its place."""
    body = '<p>Good day.</p><p><a href="https://unsubscribe.invalid/">Unsubscribe</a></p>'
    async with relay() as made, desk(made) as at:
        await at.place(content=Content(subject="s", body=body))
        await at.reported()
    (message,) = made.messages
    assert message.get_content_type() == "text/html"
    link = str(message["List-Unsubscribe"]).strip("<>")
    assert message.get_content().strip() == body.replace("https://unsubscribe.invalid/", link)


async def test_a_domain_in_other_letters_is_written_in_ascii() -> None:
    """As SMTP without extensions takes it."""
    async with relay() as made, desk(made) as at:
        await at.place(address="p1@müller.example")
        await at.reported()
    assert made.envelopes[0].rcpt_tos == ["p1@xn--mller-kva.example"]


@pytest.mark.parametrize(
    ("answer", "outcome", "cause", "dead"),
    [
        ("550 5.1.1 no such user", "bounced", "5.1.1", True),
        ("552 5.2.2 mailbox full", "bounced", "5.2.2", False),
        ("550 5.7.1 relaying denied", "failed", "5.7.1", False),
        ("550 no", "failed", "550", False),
        ("451 4.7.1 greylisted", "failed", "4.7.1", False),
        ("450 4.1.1 unverified, try later", "failed", "4.1.1", False),
    ],
)
async def test_what_the_relay_does_not_take_has_not_left(answer: str, outcome: str, cause: str, dead: bool) -> None:
    """A mailbox that is not there is told from one that is full and from a relay that will not; the next one leaves."""
    async with relay() as made, desk(made, connections=1) as at:
        made.rcpt = lambda address: answer if address == "p1@mail.example" else None
        await at.place(1)
        await at.place(2, "p2@mail.example")
        await at.reported(2)
    first, second = sorted(at.reports, key=lambda one: one.permit)
    assert (first.type, first.outcome, first.cause, first.dead) == ("ended", outcome, cause, dead)
    assert second.type == "sent"
    assert len(made.sessions) == len(made.envelopes) == 1


@pytest.mark.parametrize(("answer", "outcome"), [("554 5.6.0 no", "failed"), ("452 4.3.1 disk full", "failed")])
async def test_a_refusal_of_the_text_is_no_doubt(answer: str, outcome: str) -> None:
    """The relay has said no."""
    async with relay() as made, desk(made) as at:
        made.data = lambda: answer
        await at.place()
        report = await at.reported()
    assert (report.type, report.outcome) == ("ended", outcome)


async def test_no_answer_after_the_text_leaves_it_open() -> None:
    """The outcome is unknown, and the message is not sent again though the relay works."""
    async with relay() as made, desk(made, connections=1) as at:
        made.cut_after_data = True
        await at.place(1)
        report = await at.reported()
        assert (report.type, report.outcome, report.cause) == ("ended", "unknown", "no_answer")
        made.cut_after_data = False
        await at.place(2)
        await at.reported(2)
    assert [one.rcpt_tos for one in made.envelopes] == [["p1@mail.example"]] * 2


async def test_a_kept_connection_that_was_cut_is_made_anew() -> None:
    """What had not been sent yet leaves by the new one."""
    async with relay() as made, desk(made, connections=1) as at:
        await at.place(1)
        await at.reported()
        made.drop_all()
        await at.place(2)
        assert (await at.reported(2)).type == "sent"
    assert len(made.envelopes) == 2


async def test_a_relay_that_closes_a_kept_connection_is_called_again() -> None:
    """421 says so instead of an answer (RFC 5321 section 3.8); said to a new connection it is a failure."""
    async with relay() as made, desk(made, connections=1) as at:
        await at.place(1)
        await at.reported()
        answers = ["421 4.4.2 idle too long"]
        made.mail = lambda: answers.pop() if answers else None
        await at.place(2)
        assert (await at.reported(2)).type == "sent"
        made.mail = lambda: "421 4.3.2 shutting down"
        await at.place(3)
        report = await at.reported(3)
        assert (report.outcome, report.cause) == ("failed", "4.3.2")
    assert len(made.envelopes) == 2


async def test_no_relay_is_a_failure() -> None:
    """Nothing left."""
    async with relay() as made:
        gone = made.port
    made.port = gone
    async with desk(made) as at:
        await at.place()
        report = await at.reported()
    assert (report.outcome, report.cause) == ("failed", "no_connection")


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("implicit", [False, True])
async def test_tls_with_a_certificate_that_is_vouched_for(tmp_path: Path, implicit: bool) -> None:
    """By STARTTLS or from the first byte, with user and password."""
    tls, ca = certificate(tmp_path)
    password = tmp_path / "password"
    password.touch(0o600)
    password.write_text("s3cret\n")
    how: dict[str, Any] = {"ca_file": str(ca), "user": "cg", "password_file": str(password)}
    how["tls"] = "implicit" if implicit else "starttls"
    async with relay(tls, implicit=implicit, login=("cg", "s3cret")) as made, desk(made, **how) as at:
        await at.place()
        assert (await at.reported()).type == "sent"
    assert "s3cret" not in str(at.exchanges)


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path, implicit: bool, name: str) -> None:
    """Or one for another name; the message does not leave."""
    tls, ca = certificate(tmp_path, name)
    trusted: dict[str, Any] = {"ca_file": str(ca)} if name != "127.0.0.1" else {}
    trusted["tls"] = "implicit" if implicit else "starttls"
    async with relay(tls, implicit=implicit) as made, desk(made, **trusted) as at:
        await at.place()
        report = await at.reported()
    assert (report.outcome, report.cause) == ("failed", "bad_certificate")
    assert not made.envelopes


async def test_a_relay_without_starttls_gets_nothing() -> None:
    """Neither the message nor the password goes out in the clear."""
    async with relay() as made, desk(made, tls="starttls") as at:
        await at.place()
        report = await at.reported()
    assert (report.outcome, report.cause) == ("failed", "no_starttls")
    assert not made.envelopes


async def test_what_waits_can_be_withdrawn() -> None:
    """What is being handed over cannot; both are being carried."""
    async with relay() as made, desk(made, connections=1) as at:
        made.hold = asyncio.Event()
        await at.place(1)
        await made.asked.wait()
        await at.place(2)
        assert list(at.line.waiting()) == [f"{2:032x}"]
        assert set(at.line.carrying()) == {f"{1:032x}", f"{2:032x}"}
        assert not await at.line.cancel(f"{1:032x}")
        assert await at.line.cancel(f"{2:032x}")
        assert not await at.line.cancel(f"{2:032x}")
        made.hold.set()
        await at.reported(2)
    assert {(one.permit[-1], one.type, one.outcome, one.cause) for one in at.reports} == {
        ("2", "ended", "failed", "withdrawn"),
        ("1", "sent", None, "accepted"),
    }
    assert len(made.envelopes) == 1


async def test_closing_finishes_what_has_begun_and_reports_the_rest() -> None:
    """Nothing is lost without a word."""
    async with relay() as made:
        made.hold = asyncio.Event()
        async with desk(made, connections=1) as at:
            for number in range(1, 5):
                await at.place(number)
            await made.asked.wait()
            assert len(at.line.waiting()) == 3
            asyncio.get_running_loop().call_soon(made.hold.set)
    assert sorted((one.permit[-1], one.type) for one in at.reports) == [
        ("1", "sent"), ("2", "ended"), ("3", "ended"), ("4", "ended"),
    ]  # fmt: skip
    assert not at.line.carrying()


async def test_what_came_too_late_is_not_sent() -> None:
    """A message whose time is over when its turn comes ends as failed."""
    async with relay() as made, desk(made) as at:
        await at.place(until=Instant(NOW))
        report = await at.reported()
    assert (report.outcome, report.cause) == ("failed", "too_late")
    assert not made.envelopes


async def test_what_waited_too_long_is_not_sent() -> None:
    """It was allowed on what was known then; the relay may be away for hours."""
    clock = SimulatedClock(NOW, runs=False)
    async with relay() as made, desk(made, clock, connections=1) as at:
        made.hold = asyncio.Event()
        await at.place(1)
        await made.asked.wait()
        await at.place(2)
        clock.advance(601)
        await at.place(3)
        made.hold.set()
        await at.reported(3)
    assert {one.permit[-1]: (one.outcome, one.cause) for one in at.reports} == {
        "1": ("failed", "too_late"), "2": ("failed", "too_late"), "3": (None, "accepted"),
    }  # fmt: skip


async def test_closing_waits_for_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where reports cannot be stored the service ends all the same, and what was withdrawn does not leave."""
    monkeypatch.setattr(smtp_line, "_CLOSING_SECONDS", 0.05)
    async with asyncio.timeout(20), relay() as made:
        made.hold = asyncio.Event()
        async with desk(made, connections=1) as at:
            await at.place(1)
            await made.asked.wait()
            await at.place(2)
            at.busy = 1 << 60
        made.hold.set()
    assert not at.reports
    assert len(made.envelopes) <= 1


async def test_only_so_many_may_wait() -> None:
    """The next one is refused, and may be tried again."""
    async with relay() as made, desk(made, connections=1, most_waiting=1) as at:
        made.hold = asyncio.Event()
        await at.place(1)
        await made.asked.wait()
        await at.place(2)
        with pytest.raises(LineError) as error:
            await at.place(3)
        assert (error.value.code, error.value.retryable) == ("too_many_waiting", True)
        made.hold.set()
        await at.reported(2)


async def test_a_report_that_cannot_be_stored_is_made_again() -> None:
    """Until it is."""
    async with relay() as made, desk(made) as at:
        at.busy = 3
        await at.place()
        assert (await at.reported()).type == "sent"


async def test_what_was_said_is_kept_without_anyone_in_it() -> None:
    """No mailbox, no subject, no text, no token; the relay's answer is there."""
    async with relay() as made, desk(made) as at:
        id = await at.place(content=Content(subject="Secret thing", body="Private words"))
        await at.reported()
    (kept,) = at.exchanges
    assert (kept.status, kept.answer, kept.permit, kept.ref) == (250, "2.0.0 queued as 4711", PERMIT, id)
    said = str(kept.sent)
    assert "mail.example" in said
    for private in ("p1@", "Secret", "Private", TOKENS.make("bounce", PERMIT)):
        assert private not in said
