"""What the forms share that anybody may send: each is taken once, and not without end; knows no matter."""

from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.outreach.feedback.deduplication import SubmissionRejected
from hub.outreach.patron_portal.rate_limit import knock, rests

PREFIX = "phone-"


def fresh() -> str:
    """Goes into a form, so that one which is sent twice is taken once."""
    return f"{PREFIX}{uuid4()}"


def transaction_of(request: HttpRequest) -> str:
    """The form's own; one that is none of ours counts as new."""
    given = request.POST.get("transaction", "")
    return given if given.startswith(PREFIX) and len(given) == len(fresh()) else fresh()


def admit(request: HttpRequest) -> None:
    """Count what this browser, card and network address say. Raises NotTaken where it is too much."""
    if rests(request, "words"):
        raise SubmissionRejected(
            _("Much was sent from here in a short time. Please try again in a quarter of an hour.")
        )
    knock(request, "words")


def branches() -> list[Branch]:
    return list(Branch.objects.order_by("pk"))


def branch_of(request: HttpRequest) -> Branch:
    """The branch that was chosen, else the first."""
    every = branches()
    found = next((each for each in every if each.code == request.POST.get("branch")), None)
    if found is None and not every:
        raise SubmissionRejected(_("The library has no branch yet."))
    return found or every[0]
