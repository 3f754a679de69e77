"""Describe exceptions of an external ILS, which staff resolve in that system."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.circulation.models import ExceptionCase
from hub.staff import formatting
from lending.model import Reason

WHAT_TO_DO = gettext_lazy("The library's own system keeps this loan. Put it right there, then mark it here as settled.")


def why(case: ExceptionCase) -> str | None:
    """Return the reason in words, or None if the general wording of the reason fits.

    SIP2 carries no amount and no count, so these reasons are worded without them.
    """
    given = case.facts.get("given")
    if given:
        return _("Due on {day} in the library's system").format(day=formatting.day(datetime.fromisoformat(given)))
    if case.reason == "fee":
        return _("Costs {amount} in the library's system").format(amount=case.detail)
    return {
        "lent_again": _("On another loan by now"),
        "renewal_unclear": _("Not known whether it was renewed"),
        str(Reason.CARD_EXPIRED): _("Card expired"),
        str(Reason.FEES): _("Owes too much"),
        str(Reason.LIMIT): _("Has all her loans"),
        str(Reason.LOAN_COSTS): _("The loan costs something"),
    }.get(case.reason)
