"""Where our own requests may go: to public addresses, and to hosts that the settings list.

A name is resolved once, and what it resolved to is what is connected to, so that nobody can change it in between.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ..errors import LineError

_CONNECT_SECONDS = 5
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_INSIDE = tuple(map(ipaddress.ip_network, ("fec0::/10", "64:ff9b:1::/48", "192.0.0.0/24")))  # RFC 3879, 8215, 6890
_TOTAL_SECONDS = 20


class _PublicOnly(AbstractResolver):
    """Resolves names as the system does, and keeps of the answer what is public."""

    def __init__(self, listed: frozenset[str]) -> None:
        self._listed, self._system = listed, aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        if host.lower() in self._listed:
            return found
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(None, "resolves to no public address")
        return public

    async def close(self) -> None:
        await self._system.close()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network; an IPv4 address inside an IPv6 one counts as itself."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 or ip in _COMPATIBLE else None
        ip = inner or ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _INSIDE)


def check_url(url: str, listed: Collection[str]) -> None:
    """Refuse what is not HTTP(S), or names a host by an address that is not public. `LineError`, ours."""
    try:
        parsed = URL(url)
    except ValueError:
        raise LineError("bad_url", retryable=False, ours=True) from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise LineError("bad_url", retryable=False, ours=True)
    if parsed.host.lower() in {one.lower() for one in listed}:
        return
    try:
        public = is_public(parsed.host)
    except ValueError:
        return
    if not public:
        raise LineError("private_address", retryable=False, ours=True)


def session(listed: Collection[str]) -> aiohttp.ClientSession:
    """A session for our own requests; redirects are for the caller to refuse. `check_url` comes before each request."""
    resolver = _PublicOnly(frozenset(one.lower() for one in listed))
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False),
        timeout=aiohttp.ClientTimeout(total=_TOTAL_SECONDS, connect=_CONNECT_SECONDS),
        trust_env=False,
    )
