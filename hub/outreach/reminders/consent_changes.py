"""Plans what is out anew when she agrees to reminders at her own time, or withdraws it; asks nobody."""

from hub.core.retrying_transaction import atomic
from hub.outreach.profiles.models import Consent
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.reminders import open_loans
from hub.outreach.reminders.models import OpenLoan


@atomic
def answered(sender: object, instance: Consent, **_more: object) -> None:
    """What is out is planned anew: from her yes on by her habit, from her no on by the item type."""
    if instance.purpose == Purpose.REMINDERS:
        loans = OpenLoan.objects.select_for_update(of=("self",)).filter(handed_in_at=None, lost=False)
        for loan in loans.filter(person=instance.person_id).order_by("pk"):
            open_loans.replanned(loan)
