"""The doors for switches: one question a call, answered in the form the switch reads, and reports of how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from a_pbx import COLLECTOR, TELEPHONY, ask, furnished, report, rows, state, until
from a_service import MOBILE, Service, Start, Wire, settings_for
from aiohttp import encode_basic_auth, web

from contactguard.doors.auth import Buckets
from contactguard.doors.pbx import ROUTES
from contactguard.doors.routes import endpoint
from contactguard.errors import BadInput, Busy, StoreDown


@pytest.fixture
async def floor(start: Start, sqlite_url: str) -> Service:
    """A service behind switches of a house with extensions and two numbers to show."""
    return await furnished(await start(sqlite_url, telephony=TELEPHONY, collector=COLLECTOR))


async def test_a_yes_starts_the_call_and_says_what_to_dial_and_show(floor: Service) -> None:
    """The first line is the verdict with the permit; the collector's first number is to be shown."""
    answer = await ask(floor)
    assert answer.status == 200
    assert answer.text.splitlines()[1:4] == [f"to: {MOBILE}", "caller_id: +12125550100", "ring: 30"]
    assert (await state(floor, answer.permit))["state"] == "started"
    (row,) = await rows(floor)
    assert (row["placed"], row["permit"], row["agent"]) == (True, answer.permit, "101")


async def test_a_no_is_one_line_with_a_fixed_sentence(floor: Service) -> None:
    """The code, and a sentence that names nobody; when to ask again stands below."""
    await ask(floor)
    answer = await ask(floor, call_id="call-2")
    assert answer.status == 200
    assert answer.first == "DENY too_soon It is too soon for another call."
    assert "cause: 21" in answer.text.splitlines()
    assert "sip_code: 603" in answer.text.splitlines()
    assert "P-1" not in answer.text
    assert "C-1" not in answer.text


async def test_the_same_call_has_the_same_answer(floor: Service) -> None:
    """A switch that asks twice, by whatever form, dials on one permit."""
    first = await ask(floor)
    assert (await ask(floor, method="GET", agent="ana")).permit == first.permit
    assert len(await rows(floor)) == 1


async def test_a_call_that_ended_is_asked_about_again(floor: Service) -> None:
    """A dialplan that dials once more in the same call has no second use of the first permit; a no stands."""
    first = await ask(floor)
    await report(floor, permit=first.permit, status="BUSY")
    second = await ask(floor)
    assert second.permit != first.permit
    assert (await ask(floor)).permit == second.permit
    assert len(await rows(floor)) == 2
    assert (await report(floor, call_id="call-1", to=MOBILE)).first == "OK ended unknown"
    assert (await state(floor, second.permit))["state"] == "ended"


async def test_one_call_asked_about_many_times_at_once_is_one_call(start: Start, store_url: str) -> None:
    """On either engine; a second call to the same person meanwhile is refused."""
    service = await furnished(await start(store_url))
    same = await asyncio.gather(*(ask(service) for _ in range(20)))
    assert len({answer.permit for answer in same}) == 1
    others = await asyncio.gather(*(ask(service, call_id=f"other-{n}") for n in range(10)))
    assert {answer.first.split(" ")[1] for answer in others} == {"too_soon"}
    assert len([row for row in await rows(service) if row["placed"]]) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"to": "+12125550111"}, "unknown_destination"),
        ({"case_ref": "C-404"}, "unknown_destination"),
        ({"to": "12"}, "invalid_destination"),
        ({"to": "abc"}, "invalid_destination"),
        ({"to": None}, "invalid_destination"),
        ({"to": "+12125550199"}, "case_closed"),
        ({"from_": "+12125550999"}, "caller_id"),
        ({"caller_id": "+12125550999"}, "caller_id"),
    ],
)
async def test_what_cannot_be_called_is_denied(floor: Service, fields: dict[str, Any], reason: str) -> None:
    """On no file, no number, nothing owed any more, or a number of someone else shown."""
    answer = await ask(floor, **fields)
    assert answer.first.split(" ")[:2] == ["DENY", reason]


@pytest.mark.parametrize(
    "written",
    ["(212) 555-0123", "12125550123", "011 1 212 555 0123", "0012125550123", "sip:+12125550123@pbx.example;user=phone",
     "tel:+1-212-555-0123", "sip:2125550123@10.0.0.1:5060"],
)  # fmt: skip
async def test_numbers_come_as_switches_write_them(floor: Service, written: str) -> None:
    """National, with prefixes, and as URIs: all the same number."""
    answer = await ask(floor, to=written)
    assert f"to: {MOBILE}" in answer.text.splitlines()
    assert answer.permit


async def test_who_calls_is_the_agent_unless_it_is_a_number_to_show(floor: Service) -> None:
    """`from` of an agent's telephone is its extension; a full number is what would be shown."""
    assert "caller_id: +12125550101" in (await ask(floor, from_="(212) 555-0101", agent="ana")).text
    (row,) = await rows(floor)
    assert row["agent"] == "ana"


async def test_a_key_bound_to_an_agent_speaks_for_that_one(floor: Service) -> None:
    """Its own name is entered, and another one is refused."""
    await floor.key("ana", "agent", agent="ana")
    await ask(floor, "ana", from_="sip:101@pbx")
    (row,) = await rows(floor)
    assert row["agent"] == "ana"
    answer = await ask(floor, "ana", call_id="2", agent="bob")
    assert (answer.status, answer.first.split(" ")[:2]) == (403, ["DENY", "service_unavailable"])


async def test_the_answer_as_a_form(floor: Service) -> None:
    """For CURL() with HASH(): every name is there, spaces are percent signs."""
    yes = await ask(floor, format="form")
    assert yes.form["decision"] == "allow"
    assert (yes.form["to"], yes.form["caller_id"], yes.form["ring"], yes.form["reason"]) == (
        MOBILE, "+12125550100", "30", "",
    )  # fmt: skip
    no = await ask(floor, format="form", call_id="2")
    assert (no.form["decision"], no.form["permit"], no.form["reason"], no.form["cause"]) == (
        "deny", "", "too_soon", "21",
    )  # fmt: skip
    assert "It%20is%20too%20soon%20for%20another%20call." in no.text
    assert yes.form.keys() == no.form.keys()
    assert "\n" not in no.text


async def test_the_answer_for_kamailio(start: Start, sqlite_url: str) -> None:
    """rtjson at the top of a yes, with the ring time as its timer; the permit is in no route; a no has no route."""
    service = await furnished(
        await start(sqlite_url, collector=COLLECTOR, switches={"gateway": "carrier.example:5080"})
    )
    yes = await (await service.send("POST", "/pbx/authorize", "dialler", json={
        "to": MOBILE, "call_id": "1", "format": "json"})).json()  # fmt: skip
    assert (yes["version"], yes["routing"], yes["decision"]) == ("1.0", "serial", "allow")
    (route,) = yes["routes"]
    assert (route["uri"], route["fr_inv_timer"]) == (f"sip:{MOBILE}@carrier.example:5080", 30_000)
    assert route["headers"]["from"] == {"display": "", "uri": "sip:+12125550100@carrier.example:5080"}
    assert yes["permit"]
    assert yes["permit"] not in str(route)
    no = await (
        await service.send(
            "GET",
            "/pbx/authorize",
            "dialler",
            params={"to": MOBILE, "call_id": "2"},
            headers={"Accept": "application/json"},
        )
    ).json()
    assert (no["decision"], no["routes"], no["sip_code"], no["cause"]) == ("deny", [], 603, 21)
    assert no["reason"] == "too_soon"
    assert yes.keys() == no.keys()


@pytest.mark.parametrize("form", ["text", "form", "json"])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lambda: RuntimeError("Maria"), "service_unavailable"),
        (StoreDown, "service_unavailable"),
        (lambda: Busy(3), "capacity"),
    ],
)
async def test_a_fault_is_a_no_in_every_form(
    floor: Service, error: Callable[[], Exception], code: str, form: str
) -> None:
    """503 for switches that look at the status, a refusal for those that look at the body."""

    class Failing:
        async def authorize(self, *_: Any) -> Any:
            raise error()

    floor.house.road = Failing()  # type: ignore[assignment]
    answer = await ask(floor, format=form)
    assert answer.status == 503
    starts = {
        "text": f"DENY {code} ",
        "form": "decision=deny&",
        "json": '{"version":"1.0","routing":"serial","routes":[]',
    }
    assert answer.text.startswith(starts[form])
    assert code in answer.text
    assert "Maria" not in answer.text


@pytest.mark.parametrize(
    ("who", "fields", "status"),
    [(None, {}, 401), ("case_system", {}, 403), ("dialler", {"call_id": None}, 422), ("dialler", {"mode": "x"}, 422),
     ("dialler", {"call_id": "a" * 300}, 422), ("dialler", {"call_id": "a\nb"}, 422)],
)  # fmt: skip
async def test_a_request_that_cannot_be_right_is_a_no(
    floor: Service, who: str, fields: dict[str, Any], status: int
) -> None:
    """Whatever is wrong with it, the body starts with DENY and says what to mend."""
    answer = await ask(floor, who, **fields)
    assert (answer.status, answer.first.split(" ")[:2]) == (status, ["DENY", "service_unavailable"])
    assert "problem: " in answer.text
    assert await rows(floor) == []


@pytest.mark.parametrize("number", ["911", "112", "sip:911@pbx.example"])
@pytest.mark.parametrize("fields", [{}, {"call_id": None}, {"mode": "x"}, {"case_ref": "C-404"}])
@pytest.mark.parametrize("who", ["dialler", None])
async def test_an_emergency_call_passes_whatever_is_wrong(
    floor: Service, number: str, fields: dict[str, Any], who: str | None
) -> None:
    """Without a key, without a call id: it is entered, and nothing delays it."""
    answer = await ask(floor, who, to=number, **fields)  # type: ignore[arg-type]
    assert (answer.status, answer.text.startswith("ALLOW ")) == (200, True)
    assert "unasked: emergency" in answer.text


async def test_nobody_without_a_key_can_fill_the_record(start: Start, sqlite_url: str) -> None:
    """Emergency calls pass all the same; only so many of those that show no key are written down."""
    service = await start(sqlite_url, limits={"requests_per_minute": 1, "burst_requests": 3})
    answers = [await ask(service, None, to="911") for _ in range(10)]  # type: ignore[arg-type]
    assert all(answer.first.startswith("ALLOW") for answer in answers)
    assert sum(bool(answer.permit.strip()) for answer in answers) == 3


async def test_as_shipped_a_stranger_fills_no_disk(floor: Service) -> None:
    """However many requests a key may make, an address without one leaves few traces."""
    answers = [await ask(floor, None, to="911") for _ in range(80)]  # type: ignore[arg-type]
    assert all(answer.first.startswith("ALLOW") for answer in answers)
    assert sum(bool(answer.permit.strip()) for answer in answers) <= 65


async def test_an_emergency_call_can_be_reported(floor: Service) -> None:
    """Like any other, by its permit."""
    permit = (await ask(floor, to="911")).permit
    assert (await report(floor, permit=permit, status="ANSWER", seconds="60")).first == "OK ended answered"


async def test_an_emergency_call_passes_where_all_fails(floor: Service) -> None:
    """Even where nothing can be written down."""

    class Failing:
        async def authorize(self, *_: Any) -> Any:
            raise RuntimeError

    floor.house.road = Failing()  # type: ignore[assignment]
    answer = await ask(floor, to="911")
    assert (answer.status, answer.first.strip()) == (200, "ALLOW")


async def test_extensions_pass_and_short_numbers_do_not(floor: Service) -> None:
    """The operator's own pattern; anything else short is no destination."""
    assert "unasked: extension" in (await ask(floor, to="sip:1001@pbx.example")).text
    assert (await ask(floor, to="2001")).first.startswith("DENY invalid_destination")
    assert (await ask(floor, to="+911")).first.startswith("DENY invalid_destination")


async def test_the_key_may_come_as_a_password_and_never_in_the_url(floor: Service) -> None:
    """`CURLOPT(userpwd)` and FreeSWITCH's credentials are Basic; a query is logged on its way."""
    headers = {"Authorization": encode_basic_auth("pbx", floor.tokens["dialler"])}
    answer = await floor.send("POST", "/pbx/authorize", None, data={"to": MOBILE, "call_id": "1"}, headers=headers)
    assert (await answer.text()).startswith("ALLOW ")
    answer = await floor.send(
        "GET", "/pbx/authorize", None, params={"to": MOBILE, "call_id": "2", "key": floor.tokens["dialler"]}
    )
    assert answer.status == 401


async def test_a_store_that_went_away_means_no(start: Start, postgres_url: str, tmp_path: Any) -> None:
    """The switch hears DENY within its patience, and emergency calls pass."""
    wire = await Wire.to_postgres(tmp_path)
    service = await start(f"{postgres_url}?host={wire.folder}", telephony=TELEPHONY)
    await furnished(service)
    permit = (await ask(service)).permit
    assert permit
    await wire.cut()
    answer = await ask(service, call_id="2")
    assert (answer.status, answer.first.split(" ")[:2]) == (503, ["DENY", "service_unavailable"])
    assert (await ask(service, to="911")).first.startswith("ALLOW ")


async def test_a_yes_that_nobody_waits_for_keeps_no_line_busy(floor: Service) -> None:
    """A switch that lost its patience never dials: the contact ends as failed, and the next ask finds nobody busy."""
    road, entered, goes_on, ended = floor.house.road, asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(road, name)

        async def authorize(self, *given: Any) -> Any:
            entered.set()
            await goes_on.wait()
            return await road.authorize(*given)

        async def unheard(self, *given: Any) -> None:
            await road.unheard(*given)
            ended.set()

    floor.house.road = Slow()  # type: ignore[assignment]
    app = web.Application()
    app.router.add_post("/pbx/authorize", endpoint(ROUTES[0], floor.house, Buckets(floor.house.settings.limits)))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def hung_up() -> bool:
        assert runner.server is not None
        return any(one.transport is None for one in runner.server.connections)

    _, writer = await asyncio.open_connection(*runner.addresses[0])
    body = f"to={quote(MOBILE)}&call_id=gone"
    writer.write(
        f"POST /pbx/authorize HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {floor.tokens['dialler']}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    await entered.wait()
    writer.transport.abort()
    await until(hung_up)
    goes_on.set()
    await ended.wait()
    await runner.cleanup()
    assert [row["outcome"] for row in await rows(floor)] == ["failed"]
    assert (await ask(floor)).permit


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"outcome": "busy"}, "busy"),
        ({"status": "NOANSWER", "cause": "16"}, "no_answer"),
        ({"status": "ANSWER", "cause": "16", "seconds": "31"}, "answered"),
        ({"status": "CONGESTION", "cause": "21"}, "no_answer"),
        ({"status": "CONGESTION"}, "unknown"),
        ({"status": "CHANUNAVAIL", "cause": "34"}, "failed"),
        ({"cause": "NORMAL_CLEARING", "seconds": "12"}, "answered"),
        ({"cause": "NORMAL_CLEARING", "seconds": "0"}, "unknown"),
        ({"cause": "USER_BUSY"}, "busy"),
        ({"cause": "UNALLOCATED_NUMBER"}, "not_in_service"),
        ({"cause": "486"}, "busy"),
        ({"cause": "407"}, "failed"),
        ({"cause": "200"}, "answered"),
        ({"cause": "503"}, "failed"),
        ({"cause": "0", "seconds": ""}, "unknown"),
        ({}, "unknown"),
    ],
)
async def test_how_a_call_ended_comes_in_the_switch_s_own_words(
    floor: Service, fields: dict[str, str], outcome: str
) -> None:
    """DIALSTATUS, Q.850 causes, SIP answers, FreeSWITCH's names; what leaves it open counts as placed."""
    permit = (await ask(floor)).permit
    answer = await report(floor, permit=permit, **fields)
    assert (answer.status, answer.first) == (200, f"OK ended {outcome}")


async def test_reports_count_once_and_may_be_told_by_the_call(floor: Service) -> None:
    """A switch may repeat them, and need not have kept the permit."""
    permit = (await ask(floor)).permit
    for _ in range(2):
        assert (await report(floor, permit=permit, type="answered")).first == "OK started -"
    assert (await report(floor, call_id="call-1", to="(212) 555-0123", status="BUSY")).first == "OK ended busy"
    (row,) = await rows(floor)
    assert [stage["type"] for stage in row["stages"]] == ["started", "answered", "ended"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"permit": "none"}, 404),
        ({"call_id": "x", "to": MOBILE}, 404),
        ({"call_id": "x", "to": "x"}, 422),
        ({"permit": "none", "type": "sold"}, 422),
        ({"permit": "none", "status": "SOLD"}, 422),
        ({"permit": "none", "at": "yesterday"}, 422),
    ],
)
async def test_a_report_of_nothing_is_refused(floor: Service, fields: dict[str, str], status: int) -> None:
    """A line that says what is wrong."""
    answer = await report(floor, **fields)
    assert (answer.status, answer.text.startswith("ERROR ")) == (status, True)


async def test_a_report_of_another_key_is_refused(floor: Service) -> None:
    """A permit is for the key that asked."""
    permit = (await ask(floor)).permit
    assert (await report(floor, "agent", permit=permit)).status == 404
    assert (await report(floor, "agent", call_id="call-1", to=MOBILE)).status == 404


async def test_a_switch_is_never_told_to_slow_down(start: Start, sqlite_url: str) -> None:
    """Rate limits are for what dials nothing."""
    service = await furnished(await start(sqlite_url, limits={"requests_per_minute": 1, "burst_requests": 2}))
    assert [(await ask(service, call_id=str(n), to="+12125550111")).status for n in range(20)] == [200] * 20


@pytest.mark.parametrize(
    "switches",
    [{"gateway": "a b"}, {"gateway": "a@b"}, {"bridge": "sofia/gateway/x"}, {"bridge": "user/{number} {x}"},
     {"fastagi_port": 0}],
)  # fmt: skip
def test_settings_that_a_switch_would_stumble_over_are_refused(tmp_path: Any, switches: dict[str, Any]) -> None:
    """At the start, by name."""
    with pytest.raises(BadInput, match="switches"):
        settings_for("sqlite:///x", tmp_path, switches=switches)
