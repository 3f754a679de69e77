"""Rate-limit portal requests per browser, card and network address, and recognise forms that were sent twice.

Only keyed hashes are stored.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.models import Attempt
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Limit, Throttle, network
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.portal.portal_session import session_patron

SPAN = timedelta(minutes=15)
"""Time for which an attempt counts."""
OWN = {"words": 12, "family": 5}
"""Submissions by one browser or card within `SPAN`, and wrong PINs of family cards."""
MOST = {"receipt": 10, "sign_in": 40, "code": 40, "family": 40, "words": 600, "join": 12, "missed": 20}
"""Attempts from one network address within `SPAN`, by kind.

`receipt`: unknown receipt codes. `sign_in`: requested codes. `code`: wrong codes. `family`: wrong PINs of family cards.
`words`: submissions. `join`: registrations. `missed`: counted searches without a result.

All users of a library's or school's network share one address, so what `OWN` limits is limited by address only
against floods. Guesses of one person's code are counted in hub.outreach.patrons.verification_codes.
"""
PREFIX = "phone-"


def take_attempt(request: HttpRequest, what: str) -> Sequence[Attempt] | None:
    """Count an attempt for the address, the browser and the card before it is made.

    Returns:
        What `give_back` takes if the attempt turns out to be none; None if one of them has reached its limit.
    """
    return _take(_limits(request, what), hub_clock().now())


def give_back(attempts: Sequence[Attempt]) -> None:
    """Let the attempt no longer count."""
    for each in attempts:
        each.give_back()


@atomic
def _take(limits: Sequence[tuple[Throttle, str]], now: datetime) -> Sequence[Attempt] | None:
    for throttle, key in limits:
        throttle.lock(key)
    if any(throttle.wait(key, now) for throttle, key in limits):
        return None
    return [throttle.count(key, now) for throttle, key in limits]


def _limits(request: HttpRequest, what: str) -> list[tuple[Throttle, str]]:
    """Return the throttles of the address, the browser and the card, each with its key."""
    address = network(request.META.get("REMOTE_ADDR", ""))
    found = [(Throttle(f"phone {what}", Limit(MOST[what], SPAN)), address)]
    if what in OWN:
        browser, person = request.COOKIES.get(settings.CSRF_COOKIE_NAME), session_patron(request)
        own = [("browser", browser), ("card", person.ref if person else None)]
        found += [(Throttle(f"phone {what} {kind}", Limit(OWN[what], SPAN)), each) for kind, each in own if each]
    return found


def fresh() -> str:
    """Return a new submission id for a form, so that one sent twice is taken once."""
    return f"{PREFIX}{uuid4()}"


def transaction_of(request: HttpRequest) -> str:
    """Return the submission id of the form; a new one if it was not issued here."""
    given = request.POST.get("transaction", "")
    return given if given.startswith(PREFIX) and len(given) == len(fresh()) else fresh()


def admit(request: HttpRequest) -> None:
    """Count the submission by browser, card and network address.

    Raises:
        SubmissionRejected: One of them has reached its limit.
    """
    if take_attempt(request, "words") is None:
        raise SubmissionRejected(_("Too many submissions. Please try again in 15 minutes."))


def branches() -> list[Branch]:
    return list(Branch.objects.order_by("pk"))


def branch_of(request: HttpRequest) -> Branch:
    """Return the chosen branch, or the first one.

    Raises:
        SubmissionRejected: The library has no branch yet.
    """
    every = branches()
    found = next((each for each in every if each.code == request.POST.get("branch")), None)
    if found is None and not every:
        raise SubmissionRejected(_("No branch has been set up yet."))
    return found or every[0]
