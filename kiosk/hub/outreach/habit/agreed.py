"""Plans what is out anew when she agrees to reminders at her own time, or withdraws it; asks nobody."""

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.habit import out
from kiosk.hub.outreach.habit.models import OpenLoan
from kiosk.hub.outreach.people.models import Consent
from kiosk.hub.outreach.people.purposes import Purpose


@atomic
def answered(sender: object, instance: Consent, **_more: object) -> None:
    """What is out is planned anew: from her yes on by her habit, from her no on by the item type."""
    if instance.purpose == Purpose.REMINDERS:
        loans = OpenLoan.objects.select_for_update(of=("self",)).filter(handed_in_at=None, lost=False)
        for loan in loans.filter(person=instance.person_id).order_by("pk"):
            out.replanned(loan)
