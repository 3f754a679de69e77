"""Replan a patron's reminders when they give or withdraw the consent to reminders by habit."""

from hub.core.retrying_transaction import atomic
from hub.outreach.patrons.models import Consent
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders import open_loans
from hub.outreach.recommendations.reminders.models import OpenLoan


@atomic
def answered(sender: object, instance: Consent, **_more: object) -> None:
    """Replan the open loans: by the patron's habit with the consent, else by the item type."""
    if instance.purpose == Purpose.REMINDERS:
        loans = OpenLoan.objects.select_for_update(of=("self",)).filter(handed_in_at=None, lost=False)
        for loan in loans.filter(person=instance.person_id).order_by("pk"):
            open_loans.replanned(loan)
