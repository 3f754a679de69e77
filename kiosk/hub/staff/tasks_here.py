"""The tasks of the desk, the shelves and the kiosks; changes nothing."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kiosk.hub.catalogue.models import Branch
from kiosk.hub.circulation.models import ExceptionCase, HandedIn, Hold, Loan
from kiosk.hub.fleet.models import HelpCall
from kiosk.hub.staff import scope, shown, waiting
from kiosk.hub.staff.task import Task, Urgency, task

LONG = timedelta(days=7)


def help_calls(user: Any, _now: datetime) -> Task:
    calls = scope.hers(user, HelpCall.objects.filter(seen_at=None), "kiosk__branch")
    return task(_("Calls for help"), _("Go there"), "staff:kiosks", calls, "called_at", Urgency.NOW)


def exceptions(user: Any, _now: datetime) -> Task:
    cases = scope.hers(user, ExceptionCase.objects.filter(resolved_at=None), "kiosk__branch")
    return task(_("Exceptions"), _("Decide"), "staff:exceptions", cases, "opened_at", Urgency.LATE)


def handed_in(user: Any, _now: datetime) -> Task:
    unseen = scope.hers(user, HandedIn.objects.filter(state=HandedIn.State.WAITING), "kiosk__branch")
    return task(_("Handed in, not seen"), _("Check bin"), "staff:unseen", unseen, "at", Urgency.TODAY)


def to_pull(user: Any, _now: datetime) -> Task:
    pulled = waiting.to_pull(scope.of(user))
    return task(_("Holds to pull"), _("Fetch"), "staff:holds", pulled, "placed_at", Urgency.TODAY)


def to_send(user: Any, _now: datetime) -> Task | None:
    """None in a library of one house."""
    rows = scope.hers(user, waiting.to_send(), "origin")
    words, verb = _("Copies to send to other branches"), pgettext("van", "Send")
    found = task(words, verb, "staff:transits", rows, "noted_at", Urgency.TODAY)
    return found if _has_branches() else None


def long_on_the_way(user: Any, now: datetime) -> Task | None:
    """What should be here by now."""
    rows = scope.hers(user, waiting.on_the_way().filter(sent_at__lt=now - LONG), "target")
    words, verb = _("Copies on the way for over a week"), _("Look for them")
    found = task(words, verb, "staff:transits", rows, "sent_at", Urgency.WEEK, query="?show=way")
    return found if _has_branches() else None


def _has_branches() -> bool:
    return Branch.objects.count() > 1


def not_picked_up(user: Any, _now: datetime) -> Task:
    expired = scope.hers(user, Hold.objects.filter(state=Hold.State.READY, until__lt=shown.today()), "pickup")
    words, verb = _("Holds not picked up in time"), _("See list")
    return task(words, verb, "staff:holds", expired, "placed_at", Urgency.TODAY, query="?show=ready")


def left_over(user: Any, _now: datetime) -> Task:
    left = scope.hers(user, waiting.left_over(), "pickup")
    words, verb = _("Copies to take off the hold shelf"), _("Take off")
    return task(words, verb, "staff:holds", left, "closed_at", Urgency.TODAY, query="?show=left")


def overdue(user: Any, now: datetime) -> Task:
    late = scope.hers(user, Loan.objects.filter(Loan.late(now)), "branch")
    return task(_("Loans overdue"), _("See list"), "staff:loans", late, "due", Urgency.WEEK, query="?show=late")
