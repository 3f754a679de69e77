"""The tasks of the desk, the shelves and the kiosks; changes nothing."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kiosk.hub.circulation.models import ExceptionCase, HandedIn, Hold, Loan
from kiosk.hub.fleet.models import HelpCall
from kiosk.hub.staff import shown, waiting
from kiosk.hub.staff.task import Task, Urgency, task


def help_calls(_user: Any, _now: datetime) -> Task:
    calls = HelpCall.objects.filter(seen_at=None)
    return task(_("Calls for help"), _("Go there"), "staff:kiosks", calls, "called_at", Urgency.NOW)


def exceptions(_user: Any, _now: datetime) -> Task:
    cases = ExceptionCase.objects.filter(resolved_at=None)
    return task(_("Exceptions"), _("Decide"), "staff:exceptions", cases, "opened_at", Urgency.LATE)


def handed_in(_user: Any, _now: datetime) -> Task:
    unseen = HandedIn.objects.filter(state=HandedIn.State.WAITING)
    return task(_("Handed in, not seen"), _("Check bin"), "staff:unseen", unseen, "at", Urgency.TODAY)


def to_pull(_user: Any, _now: datetime) -> Task:
    return task(_("Holds to pull"), _("Fetch"), "staff:holds", waiting.to_pull(), "placed_at", Urgency.TODAY)


def not_picked_up(_user: Any, _now: datetime) -> Task:
    expired = Hold.objects.filter(state=Hold.State.READY, until__lt=shown.today())
    words, verb = _("Holds not picked up in time"), _("See list")
    return task(words, verb, "staff:holds", expired, "placed_at", Urgency.TODAY, query="?show=ready")


def left_over(_user: Any, _now: datetime) -> Task:
    words, verb = _("Copies to take off the hold shelf"), _("Take off")
    return task(words, verb, "staff:holds", waiting.left_over(), "closed_at", Urgency.TODAY, query="?show=left")


def overdue(_user: Any, now: datetime) -> Task:
    late = Loan.objects.filter(state=Loan.State.ON_LOAN, due__lt=now)
    return task(_("Loans overdue"), _("See list"), "staff:loans", late, "due", Urgency.WEEK, query="?show=late")
