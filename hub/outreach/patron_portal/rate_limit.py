"""Rate-limit portal requests per browser, card and network address; only keyed hashes are stored."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from hub.core.addresses import network
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed
from hub.outreach.patron_portal.models import RateLimitedAttempt
from hub.outreach.patron_portal.portal_session import session_patron

SPAN = timedelta(minutes=15)
"""Time for which an attempt counts."""
OWN = {"words": 12}
"""Submissions by one browser or card within `SPAN`."""
MOST = {"receipt": 10, "sign_in": 40, "code": 40, "words": 600, "join": 12, "missed": 20}
"""Attempts from one network address within `SPAN`, by kind.

`receipt`: unknown receipt codes. `sign_in`: requested codes. `code`: wrong codes. `words`: submissions. `join`:
registrations. `missed`: counted searches without a result.

All users of a library's or school's network share one address, so what `OWN` limits is limited by address only
against floods. Guesses of one person's code are counted in hub.outreach.profiles.verification_codes.
"""


def is_limited(request: HttpRequest, what: str) -> bool:
    """Return whether this browser, card or address has reached its limit."""
    return any(_count(key) >= most for key, most in _limits(request, what))


def count_attempt(request: HttpRequest, what: str) -> None:
    """Count an attempt for the address, the browser and the card."""
    now = hub_clock().now()
    RateLimitedAttempt.objects.bulk_create(RateLimitedAttempt(who=key, at=now) for key, _most in _limits(request, what))


def _count(key: str) -> int:
    return int(RateLimitedAttempt.objects.filter(who=key, at__gt=hub_clock().now() - SPAN).count())


def _limits(request: HttpRequest, what: str) -> list[tuple[str, int]]:
    """Return keyed hashes of the address, the browser and the card, each with its limit."""
    found = [(keyed(f"phone {what}", network(request.META.get("REMOTE_ADDR", ""))), MOST[what])]
    if what in OWN:
        browser, person = request.COOKIES.get(settings.CSRF_COOKIE_NAME), session_patron(request)
        own = [("browser", browser), ("card", person.ref if person else None)]
        found += [(keyed(f"phone {what} {kind}", each), OWN[what]) for kind, each in own if each]
    return found
