"""Counts what one network address tries, so that nobody guesses codes or floods the library; keeps no address."""

from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from django.http import HttpRequest

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.people.sealed import keyed
from kiosk.hub.outreach.phone.models import Knock

SPAN = timedelta(minutes=15)
"""So long a knock counts."""
MOST = {"receipt": 10, "sign_in": 40, "code": 40, "words": 12, "join": 12, "missed": 20}
"""Codes that are none, codes asked for, codes typed wrong, things said, registrations tried, searches in vain that
are counted, within the span.

A library's own network is one address for everybody in it; how often one person's code may be guessed is counted by
`people.codes`.
"""


def rests(request: HttpRequest, what: str) -> bool:
    """Whether this address has tried it as often as is allowed."""
    since = hub_clock().now() - SPAN
    return int(Knock.objects.filter(who=_who(request, what), at__gt=since).count()) >= MOST[what]


def knock(request: HttpRequest, what: str) -> None:
    Knock.objects.create(who=_who(request, what), at=hub_clock().now())


def _who(request: HttpRequest, what: str) -> str:
    return keyed(f"phone {what}", _network(request.META.get("REMOTE_ADDR", "")))


def _network(address: str) -> str:
    """Return the IPv4 address, or the /64 of an IPv6 one: whoever has one address there has 2**64 of them."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network(f"{known}/64", strict=False))
