"""Which network addresses may be fetched from: the public ones, and on request one's own network. Pure.

What is checked is the number that a connection is about to be made to, never the name or the spelling it
came from, and an IPv4 address wrapped in an IPv6 one is checked as what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Fit for a feed only where its owner says so.
OWN = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10"  # the last: carriers and overlays
        " ::1/128 fc00::/7"
    ).split()
)
# No feed lives here, whatever is allowed.
NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24"
        " 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
        # Where clouds tell a machine its secrets, outside the link-local range.
        " 100.100.100.200/32 168.63.129.16/32 fd00:ec2::254/128 fd20:ce::254/128"
        # Link- and site-local, multicast, protocol assignments (Teredo is one), documentation, discard, 6to4,
        # local NAT64, segment routing.
        " fe80::/10 fec0::/10 ff00::/8 2001::/23 2001:db8::/32 100::/64 2002::/16 64:ff9b:1::/48 3fff::/20"
        " 5f00::/16"
    ).split()
)
PUBLIC_V6 = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
ISATAP = (0x00005EFE, 0x02005EFE)


def refusal(text: str, *, own_network: bool = False) -> str | None:
    """Why this address is not connected to; None when it may be.

    >>> refusal("93.184.215.14"), refusal("127.0.0.1", own_network=True)
    (None, None)
    >>> refusal("::ffff:10.0.0.1"), refusal("169.254.169.254", own_network=True)
    ('10.0.0.1 is a private address', '169.254.169.254 is no public address')
    """
    try:
        address = ip_address(text)
    except ValueError:
        return f"{text!r} is no address"
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return f"{text} is no public address"
        # What goes to IPv4 in the end is judged as that alone.
        if address.ipv4_mapped or address in NAT64:
            return _judged(_low(address), own_network=own_network)
        if (int(address) >> 32 & 0xFFFFFFFF) in ISATAP and (
            reason := _judged(_low(address), own_network=own_network)
        ):
            return reason
    return _judged(address, own_network=own_network)


def _judged(address: Address, *, own_network: bool) -> str | None:
    if _in(address, NEVER):
        return f"{address} is no public address"
    if _in(address, OWN):
        return None if own_network else f"{address} is a private address"
    if isinstance(address, IPv6Address) and address not in PUBLIC_V6:
        return f"{address} is no public address"
    return None


def _low(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
