"""Normalise client addresses for rate limits."""

from ipaddress import IPv4Address, ip_address, ip_network


def network(address: str) -> str:
    """Return the IPv4 address, or the /64 network of an IPv6 address.

    One client has all 2**64 addresses of that network.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network(f"{known}/64", strict=False))
