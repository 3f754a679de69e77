"""Limit how often one browser, card or network address tries something; only keyed hashes of them are stored."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from hub.core.addresses import network
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed
from hub.outreach.patron_portal.models import RateLimitedAttempt
from hub.outreach.patron_portal.portal_session import visitor

SPAN = timedelta(minutes=15)
"""So long a knock counts."""
OWN = {"words": 12}
"""Things said by one browser or card within the span."""
MOST = {"receipt": 10, "sign_in": 40, "code": 40, "words": 600, "join": 12, "missed": 20}
"""Attempts from one network address within the span: codes that are none, codes asked for, codes typed wrong, things
said, registrations tried, searches in vain that are counted.

A library's own network, or a school's, is one address for everybody in it: what `OWN` limits is limited by address only
against floods. How often one person's code may be guessed is counted by `people.codes`.
"""


def rests(request: HttpRequest, what: str) -> bool:
    """Whether this browser, card or address has tried it as often as is allowed."""
    return any(_count(who) >= most for who, most in _limits(request, what))


def knock(request: HttpRequest, what: str) -> None:
    now = hub_clock().now()
    RateLimitedAttempt.objects.bulk_create(RateLimitedAttempt(who=who, at=now) for who, _most in _limits(request, what))


def _count(who: str) -> int:
    return int(RateLimitedAttempt.objects.filter(who=who, at__gt=hub_clock().now() - SPAN).count())


def _limits(request: HttpRequest, what: str) -> list[tuple[str, int]]:
    """Keyed hashes of the address, the browser and the card, each with how often it may try."""
    found = [(keyed(f"phone {what}", network(request.META.get("REMOTE_ADDR", ""))), MOST[what])]
    if what in OWN:
        browser, person = request.COOKIES.get(settings.CSRF_COOKIE_NAME), visitor(request)
        own = [("browser", browser), ("card", person.ref if person else None)]
        found += [(keyed(f"phone {what} {kind}", each), OWN[what]) for kind, each in own if each]
    return found
