"""Where our own requests may go: nobody makes this service speak to what stands beside it."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contactguard.errors import LineError
from contactguard.lines.outward import check_url, is_public, session


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b:1::1", "::a00:1", "fec0::1", "192.0.0.8",
    ],
)  # fmt: skip
def test_what_is_beside_us_is_not_public(address: str) -> None:
    """Loopback, private networks, link-local (where clouds keep credentials), and IPv4 in IPv6 clothes."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_outside_is_public(address: str) -> None:
    """A carrier's own address."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/x", "private_address"),
        ("http://[::1]/x", "private_address"),
        ("http://169.254.169.254/latest", "private_address"),
        ("file:///etc/passwd", "bad_url"),
        ("gopher://example.com", "bad_url"),
        ("http:///x", "bad_url"),
        ("http://[::1", "bad_url"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str, code: str) -> None:
    """Before anything is sent, and without naming the address."""
    with pytest.raises(LineError) as error:
        check_url(url, ())
    assert (error.value.code, error.value.ours) == (code, True)


def test_a_listed_host_may_be_anywhere() -> None:
    """A gateway in one's own rack is listed by name or address."""
    check_url("http://127.0.0.1:8080/x", ("127.0.0.1",))
    check_url("http://GATE.internal/x", ("gate.INTERNAL",))
    check_url("https://api.carrier.example/x", ())


async def test_a_name_that_leads_home_is_not_followed() -> None:
    """What the name resolves to is what counts, at the moment of connecting."""
    app = web.Application()
    app.router.add_get("/", _here)
    async with TestServer(app) as server:
        url = f"http://localhost:{server.port}/"
        async with session(()) as outside:
            with pytest.raises(aiohttp.ClientConnectionError):
                await outside.get(url)
        async with session(("localhost",)) as listed, listed.get(url) as answer:
            assert await answer.text() == "here"


async def _here(request: web.Request) -> web.Response:
    return web.Response(text="here")
