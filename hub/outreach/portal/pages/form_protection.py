"""Protect public forms from double submission and from flooding."""

from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.portal.rate_limit import take_attempt

PREFIX = "phone-"


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
