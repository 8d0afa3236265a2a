"""Who asks: from which network, for which site, and so what may be read. Nothing here knows HTTP. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from rag.sites import Site

# Neighbours share a limit: whoever has one address of an IPv6 network has them all.
_PREFIX = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who asks.

    `network` and `session` are what limits are counted by; a caller without a network is on this machine.
    `tiers` are the audiences they belong to, every one when empty, which is for the owner alone.
    """

    tiers: tuple[str, ...]
    network: str | None = None
    session: str | None = None
    site: Site | None = None
    owner: bool = False


def network_of(address: str) -> str:
    """The network that an address is counted with; what is no address stands for itself.

    >>> network_of("203.0.113.77"), network_of("2001:db8:5:6::1"), network_of("::ffff:203.0.113.9")
    ('203.0.113.0/24', '2001:db8:5::/48', '203.0.113.0/24')
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{_PREFIX[ip.version]}", strict=False))


def address_of(peer: str, forwarded: Sequence[str], *, proxies: int) -> str:
    """The reader's address: as told by the outermost of so many proxies of ours.

    Each proxy appends whom it was called by. What stands before that, a caller may have written themselves.

    >>> address_of("10.0.0.2", ["6.6.6.6, 203.0.113.7"], proxies=1)
    '203.0.113.7'
    >>> address_of("10.0.0.2", ["6.6.6.6"], proxies=0), address_of("10.0.0.2", [], proxies=1)
    ('10.0.0.2', '10.0.0.2')
    """
    told = [address.strip() for header in forwarded for address in header.split(",") if address.strip()]
    if not proxies or not told:
        return peer
    return told[-min(proxies, len(told))]


def is_here(address: str) -> bool:
    """Whether an address is this machine's own.

    >>> is_here("127.0.0.1"), is_here("::1"), is_here("testclient")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
