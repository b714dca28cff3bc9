"""Check webhook targets: only listed hosts, and no private address that is not listed.

A URL can redirect anywhere and a name can change its address between two lookups. So a name is resolved once a
delivery, its addresses are checked, and the connection is made to a checked address.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from service.errors import DomainError

Address = IPv4Address | IPv6Address

PORTS: Final = {"https": 443, "http": 80}
LONGEST: Final = 2000
NAT64: Final = IPv6Network("64:ff9b::/96")  # an address of version 4 in its last 32 bits
_PRINTED: Final = re.compile(r"[!-~]+")  # urlsplit would silently drop other characters


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts; `host` is in lower case and without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    def listed(self, host: str, hosts: Sequence[str]) -> bool:
        """Check whether a host is listed with this port; the scheme's default port may be omitted."""
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{self.port}" in hosts or (self.port == PORTS[self.scheme] and name in hosts)


def parsed(url: str) -> Target:
    """Return the parts of a URL. Raises DomainError where it is not usable."""
    parts = _parts(url)
    port = _port(parts) if parts is not None else None
    if parts is None or port is None or parts.hostname is None:
        raise DomainError("webhook_url")
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return Target(parts.scheme, parts.hostname, port, path)


def addresses(target: Target, hosts: Sequence[str]) -> list[Address]:
    """Return the addresses of a target. Raises DomainError where one of them is not allowed."""
    listed = [host.lower() for host in hosts]
    if not target.listed(target.host, listed):
        raise DomainError("webhook_host", f"{target.host}:{target.port}")
    found = _resolved(target)
    for address in found:
        if target.scheme != "https" and not _true(address).is_loopback:
            raise DomainError("webhook_plain", target.host)
        if not (_public(_true(address)) or target.listed(str(address), listed)):
            raise DomainError("webhook_address", target.host, str(address))
    return found


def _parts(url: str) -> SplitResult | None:
    if len(url) > LONGEST or not _PRINTED.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    fit = parts.scheme in PORTS and parts.hostname and "@" not in parts.netloc and "#" not in url
    return parts if fit else None


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or PORTS[parts.scheme]
    except ValueError:
        return None


def _resolved(target: Target) -> list[Address]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        return [ip_address(place[0]) for *_, place in found]
    except (OSError, ValueError):
        raise DomainError("webhook_unresolved", target.host) from None


def _true(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address embeds, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def _public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)
