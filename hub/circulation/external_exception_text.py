"""Describe exceptions of an external ILS, which staff resolve in that system."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.circulation.models import ExceptionCase
from hub.core.pages import formatting
from lending.model import Reason

WHAT_TO_DO = gettext_lazy("The ILS keeps this loan. Correct it there, then mark it as resolved here.")


def why(case: ExceptionCase) -> str | None:
    """Return the reason in words, or None if the general wording of the reason fits.

    SIP2 carries no amount and no count, so these reasons are worded without them.
    """
    given = case.facts.get("given")
    if given:
        return _("Due on {day} in the ILS").format(day=formatting.day(datetime.fromisoformat(given)))
    if case.reason == "fee":
        return _("Costs {amount} in the ILS").format(amount=case.detail)
    return {
        "lent_again": _("Already on another loan"),
        "renewal_unclear": _("Renewal not confirmed"),
        str(Reason.CARD_EXPIRED): _("Card expired"),
        str(Reason.FEES): _("Owes too much"),
        str(Reason.LIMIT): _("Loan limit reached"),
        str(Reason.LOAN_COSTS): _("The loan is charged"),
    }.get(case.reason)
