"""Twilio as a line: what it is asked, by its own SDK and published description; what it says, by one table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from a_bed import PRISM, free_port, need, running
from a_twilio import ACCOUNT, PUBLIC, TOKEN, FakeTwilio, twilio
from contactguard.attempts.course import course
from contactguard.clock import SimulatedClock
from contactguard.errors import BadInput, LineError
from contactguard.law.instants import Instant
from contactguard.law.model import Content
from contactguard.lines.line import Listing, Report, Started
from contactguard.lines.outward import session
from contactguard.lines.secret import read_secret
from contactguard.lines.signatures import from_twilio
from contactguard.lines.twilio_bridge import Bridges
from contactguard.lines.twilio_codes import CALLS, FAULTS, MESSAGES, call_reports, message_reports
from contactguard.lines.twilio_lines import IN_FLIGHT_AT_MOST, TwilioSms, TwilioVoice, instant
from contactguard.lines.twilio_rest import Rest
from contactguard.lines.wire import Exchange
from contactguard.records.subjects import Stage
from contactguard.sections import Telephony, Twilio

DESCRIPTION = Path(__file__).parents[1] / "openapi" / "twilio.json"
NOW = 1_772_733_600
FROM, TO = "+12125550100", "+12125550123"
HOUSE = Telephony(country="US", extensions="1\\d{3}")


class Heard(list[Report]):
    async def __call__(self, report: Report) -> None:
        self.append(report)


class Lines:
    """Both lines over one account. `traced`: every exchange."""

    def __init__(self, http: Any, base_url: str, token_file: Path, **more: Any) -> None:
        self.clock, self.traced = SimulatedClock(NOW, runs=False), list[Exchange]()
        account = Twilio(
            account_sid=ACCOUNT, auth_token_file=str(token_file), base_url=base_url, **({"messages_from": FROM} | more)
        )
        rest = Rest(account, http, ["127.0.0.1"], self.clock, self._keep)
        bridges = Bridges(account, HOUSE, PUBLIC, 30)
        self.voice, self.sms = TwilioVoice(rest, bridges), TwilioSms(rest, bridges)

    async def _keep(self, exchange: Exchange) -> None:
        self.traced.append(exchange)


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeTwilio]:
    async with twilio(tmp_path) as account:
        yield account


@pytest.fixture
async def lines(fake: FakeTwilio) -> AsyncIterator[Lines]:
    async with session(["127.0.0.1"]) as http:
        yield Lines(http, fake.base_url, fake.token_file)


def message(**more: Any) -> Started:
    given = {"permit": "perm-1", "channel": "sms", "address": TO, "content": Content(body="Please call us.")}
    return Started(**(given | more))


def calling(**more: Any) -> Started:
    given = {"permit": "perm-1", "channel": "voice", "address": TO, "caller_id": FROM, "agent": "ana"}
    return Started(**(given | more))


class _Recorded(TwilioHttpClient):
    """Keeps what the SDK would send."""

    sent: tuple[str, str, dict[str, Any]]

    def request(self, method: str, url: str, params: Any = None, data: Any = None, *_: Any, **__: Any) -> Any:
        self.sent = method, url, data
        raise ConnectionError


def by_sdk(what: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    """The request that Twilio's SDK makes of this."""
    http = _Recorded()
    client = Client(ACCOUNT, TOKEN, http_client=http)
    with pytest.raises(ConnectionError):
        getattr(client, what).create(**fields)
    method, url, data = http.sent
    return method, url, {name: value for name, value in data.items() if str(value) != "unset"}


async def test_a_message_is_asked_for_as_the_sdk_asks(lines: Lines, fake: FakeTwilio) -> None:
    """The same method, path and fields."""
    assert await lines.sms.place(message(until=Instant(NOW + 600)), Heard()) == "SM" + "1".zfill(32)
    back = f"{PUBLIC}/twilio/sms/status?permit=perm-1"
    method, url, fields = by_sdk(
        "messages", to=TO, from_=FROM, body="Please call us.", status_callback=back, validity_period=600
    )
    assert url.startswith("https://api.twilio.com")
    asked = (method, url.removeprefix("https://api.twilio.com"), {name: str(one) for name, one in fields.items()})
    assert fake.asked[-1] == asked


async def test_a_call_is_asked_for_as_the_sdk_asks(lines: Lines, fake: FakeTwilio) -> None:
    """Lists of events included."""
    await lines.voice.place(calling(until=Instant(NOW + 600)), Heard())
    given = fake.asked[-1][2]
    method, url, fields = by_sdk(
        "calls", to="client:ana", from_=FROM, twiml=given["Twiml"], timeout=20, time_limit=14400,
        status_callback=f"{PUBLIC}/twilio/voice/status?permit=perm-1&leg=agent",
        status_callback_event=["answered", "completed"],
    )  # fmt: skip
    plain = {name: one if isinstance(one, list) else str(one) for name, one in fields.items()}
    assert fake.asked[-1] == (method, url.removeprefix("https://api.twilio.com"), plain)
    assert len(given["Twiml"]) < 4000
    assert ElementTree.fromstring(given["Twiml"]).findtext("Dial/Number") == TO


@pytest.fixture
async def mocked() -> AsyncIterator[str]:
    """A mock server that refuses what Twilio's published description does not allow."""
    port = free_port()
    argv = [need(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), DESCRIPTION]
    async with running(argv, ready="Prism is listening"):
        yield f"http://127.0.0.1:{port}"


async def test_requests_keep_to_the_published_description(mocked: str, fake: FakeTwilio) -> None:
    """Calls, messages, withdrawals, questions and lists are taken; one that is wrong is refused by the same server."""
    async with session(["127.0.0.1"]) as http:
        lines, heard = Lines(http, mocked, fake.token_file, messaging_service="MG" + "1" * 32), Heard()
        assert await lines.voice.place(calling(), heard) is not None
        assert await lines.sms.place(message(), heard) is not None
        await lines.voice.cancel("perm-1")
        await lines.voice.ask("perm-1", "CA" + "1" * 32, heard)
        await lines.sms.ask("perm-1", "SM" + "1" * 32, heard)
        for line in (lines.voice, lines.sms):
            assert isinstance(line, Listing)
            assert len([one async for one in line.on(Instant(NOW))]) < 10
        assert {exchange.status for exchange in lines.traced} == {200, 201}
        assert len(lines.traced) >= 7
        with pytest.raises(LineError):
            await lines.voice.rest.create("Calls", {"To": TO, "From": FROM, "Timeout": "soon"}, "perm-1")


def test_the_table_knows_every_published_status() -> None:
    """Whatever Twilio's description lists for what goes out means something here, and nothing else does."""
    schemas = json.loads(DESCRIPTION.read_text())["components"]["schemas"]
    assert set(schemas["call_enum_status"]["enum"]) <= set(CALLS)
    inbound = {"receiving", "received"}
    assert set(schemas["message_enum_status"]["enum"]) - inbound == set(MESSAGES)
    assert set(schemas["call_enum_event"]["enum"]) <= set(CALLS)


def outcome(channel: str, reports: list[Report]) -> str:
    """What reports come to on a permit that was started."""
    stages: dict[str, Stage] = {}
    for place, one in enumerate(reports):
        stages.setdefault(one.event_id, Stage(one.event_id, one.type, one.at, NOW + place, one.outcome))
    found = course(channel, "started", (Stage("own-started", "started", NOW, NOW), *stages.values()))
    assert found.dials <= 1
    return found.outcome


_LEG, _SM = "CA" + "1" * 32, "SM" + "1" * 32


@given(st.lists(st.sampled_from(["queued", "initiated", "ringing", "in-progress"])), st.permutations(range(3)))
def test_a_call_counts_once_in_any_order(before: list[str], order: list[int]) -> None:
    """Any progress, in any order, twice: what it ended with is what it comes to, and it left once."""
    for last, wanted in (("busy", "busy"), ("no-answer", "no_answer"), ("completed", "answered")):
        said = [*before, last, last]
        said = [said[place] for place in order if place < len(said)] + said
        reports = [
            report
            for place, status in enumerate(said)
            for report in call_reports("p", _LEG, status, Instant(NOW + place))
        ]
        assert outcome("voice", reports) == wanted


@given(st.lists(st.sampled_from(["accepted", "queued", "sending", "sent"]), max_size=6), st.booleans())
def test_a_message_counts_once_in_any_order(said: list[str], first: bool) -> None:
    """Delivered before or after it was sent: delivered, and once."""
    whole = ["delivered", *said] if first else [*said, "delivered"]
    reports = [
        report
        for place, status in enumerate(whole)
        for report in message_reports("p", _SM, status, Instant(NOW + place))
    ]
    assert outcome("sms", reports) == "delivered"


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_an_error_code_never_makes_a_delivery_undone(code: str) -> None:
    """A code beside `delivered` changes nothing; beside an end it says which."""
    assert [one.outcome for one in message_reports("p", _SM, "delivered", Instant(NOW), error=code)][-1] == "delivered"
    (failed,) = message_reports("p", _SM, "failed", Instant(NOW), error=code)
    assert failed.outcome in ("failed", "undelivered", "not_in_service")
    assert failed.refuses is (code == "21610")


@pytest.mark.parametrize(
    ("started", "more", "code"),
    [
        (message(content=None), {}, "no_text"),
        (message(content=Content(body="x" * 1601)), {}, "too_long"),
        (message(until=Instant(NOW)), {}, "too_late"),
        (message(), {"messages_from": None}, "no_sender"),
        (calling(agent=None), {}, "no_agent"),
        (calling(agent="ana@elsewhere"), {}, "no_agent"),
        (calling(caller_id=None), {}, "no_caller_id"),
        (calling(until=Instant(NOW)), {}, "too_late"),
        (calling(address="1001"), {}, "no_extension_address"),
    ],
)
async def test_what_cannot_be_handed_over_is_not(
    fake: FakeTwilio, started: Started, more: dict[str, Any], code: str
) -> None:
    """Nothing is asked of Twilio, and the line says what is missing."""
    async with session(["127.0.0.1"]) as http:
        lines = Lines(http, fake.base_url, fake.token_file, **more)
        with pytest.raises(LineError) as caught:
            await (lines.voice if started.channel == "voice" else lines.sms).place(started, Heard())
        assert (caught.value.code, fake.asked) == (code, [])
        assert lines.voice.carrying() == lines.sms.carrying() == ()


async def test_an_address_that_nobody_answers_at_is_no_doubt(fake: FakeTwilio) -> None:
    """What could not even connect has not left."""
    async with session(["127.0.0.1"]) as http:
        lines = Lines(http, f"http://127.0.0.1:{free_port()}", fake.token_file)
        with pytest.raises(LineError) as caught:
            await lines.sms.place(message(), Heard())
        assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


async def test_what_waits_its_turn_can_be_withdrawn(lines: Lines, fake: FakeTwilio, monkeypatch: Any) -> None:
    """So many are handed over at once; those behind them wait, are told as waiting, and never leave."""
    gate, real = asyncio.Event(), lines.sms.rest.create

    async def slow(*given: Any) -> Any:
        await gate.wait()
        return await real(*given)

    monkeypatch.setattr(lines.sms.rest, "create", slow)
    heard = Heard()
    names = [f"perm-{place}" for place in range(IN_FLIGHT_AT_MOST + 1)]
    placing = [asyncio.ensure_future(lines.sms.place(message(permit=name), heard)) for name in names]
    await asyncio.sleep(0)
    assert len(lines.sms.carrying()) > IN_FLIGHT_AT_MOST
    assert tuple(lines.sms.waiting()) == (names[-1],)
    assert not await lines.sms.cancel(names[0])
    assert await lines.sms.cancel(names[-1])
    gate.set()
    refs = await asyncio.gather(*placing)
    assert refs[-1] is None
    assert [(one.permit, one.outcome) for one in heard] == [(names[-1], "failed")]
    assert len(fake.messages) == IN_FLIGHT_AT_MOST


async def test_lists_are_read_page_by_page(lines: Lines, fake: FakeTwilio) -> None:
    """And a page that leads elsewhere is not followed."""
    for place in range(3):
        await lines.sms.place(message(permit=f"perm-{place}"), Heard())
    assert len([one async for one in lines.sms.on(Instant(NOW))]) == 3
    assert fake.asked[-1][0] == "GET"


def test_twilios_published_vector_is_believed() -> None:
    """The one of its documentation; changed in any part it is not."""
    fields = MultiDict(
        {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309",
         "To": "+18005551212"}
    )  # fmt: skip
    url, signature = "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert from_twilio(["12345"], url, fields, b"", signature)
    assert from_twilio(["new", "12345"], url, fields, b"", signature)
    assert from_twilio(["12345"], url.replace(".com/", ".com:443/"), fields, b"", signature)
    assert not from_twilio(["12345"], url + "&baz=3", fields, b"", signature)
    assert not from_twilio(["1234"], url, fields, b"", signature)
    assert not from_twilio(["12345"], url, MultiDict([*fields.items(), ("To", "x")]), b"", signature)
    assert not from_twilio(["12345"], url, None, b"{}", signature)
    assert not from_twilio(["12345"], url, None, b"\xff", signature)


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """The setting is named, never what stands in the file."""
    file = tmp_path / "token"
    file.write_text("secret")
    file.chmod(0o640)
    with pytest.raises(BadInput, match=r"twilio\.auth_token_file: others may read this file"):
        read_secret(str(file), "twilio.auth_token_file")
    file.chmod(0o600)
    assert read_secret(str(file), "here") == ("secret",)
    file.write_text("\n")
    with pytest.raises(BadInput, match="empty"):
        read_secret(str(file), "here")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-05"])
def test_a_time_that_is_none_is_now(text: str) -> None:
    """And so is one that lies ahead."""
    assert instant(text, Instant(NOW)) == NOW
    assert instant("Thu, 05 Mar 2026 17:59:59 +0000", Instant(NOW)) == NOW - 1
    assert instant("Thu, 05 Mar 2026 18:00:09 +0000", Instant(NOW)) == NOW
