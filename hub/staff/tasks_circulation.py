"""Count the tasks of the desk, the shelves and the kiosks."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Branch
from hub.circulation.models import ExceptionCase, Hold, Loan, PendingReturn
from hub.fleet.models import HelpCall
from hub.staff import branch_scope, formatting, hold_queries
from hub.staff.task import Task, Urgency, task

LONG = timedelta(days=7)


def help_calls(user: Any, _now: datetime) -> Task:
    """Return the task for calls for help from kiosks."""
    calls = branch_scope.for_user(user, HelpCall.objects.filter(seen_at=None), "kiosk__branch")
    return task(_("Calls for help"), _("Go there"), "staff:kiosks", calls, "called_at", Urgency.NOW)


def exceptions(user: Any, _now: datetime) -> Task:
    """Return the task for open exceptions."""
    cases = branch_scope.for_user(user, ExceptionCase.objects.filter(resolved_at=None), "kiosk__branch")
    return task(_("Exceptions"), _("Decide"), "staff:exceptions", cases, "opened_at", Urgency.LATE)


def handed_in(user: Any, _now: datetime) -> Task:
    """Return the task for returns that staff have not checked."""
    unseen = branch_scope.for_user(
        user, PendingReturn.objects.filter(state=PendingReturn.State.WAITING), "kiosk__branch"
    )
    return task(_("Handed in, not seen"), _("Check bin"), "staff:unseen", unseen, "at", Urgency.TODAY)


def to_pull(user: Any, _now: datetime) -> Task:
    """Return the task for holds with an item on its shelf."""
    pulled = hold_queries.to_pull(branch_scope.branches_of(user))
    return task(_("Holds to pull"), _("Fetch"), "staff:holds", pulled, "placed_at", Urgency.TODAY)


def to_send(user: Any, _now: datetime) -> Task | None:
    """Return the task for items to send; None in a library with a single branch."""
    rows = branch_scope.for_user(user, hold_queries.to_send(), "origin")
    words, verb = _("Copies to send to other branches"), pgettext("van", "Send")
    found = task(words, verb, "staff:transits", rows, "noted_at", Urgency.TODAY)
    return found if _has_branches() else None


def long_on_the_way(user: Any, now: datetime) -> Task | None:
    """Return the task for transfers that should have arrived by now; None with a single branch."""
    rows = branch_scope.for_user(user, hold_queries.on_the_way().filter(sent_at__lt=now - LONG), "target")
    words, verb = _("Copies on the way for over a week"), _("Look for them")
    found = task(words, verb, "staff:transits", rows, "sent_at", Urgency.WEEK, query="?show=way")
    return found if _has_branches() else None


def _has_branches() -> bool:
    return Branch.objects.count() > 1


def not_picked_up(user: Any, _now: datetime) -> Task:
    """Return the task for holds whose pickup time is over."""
    expired = branch_scope.for_user(
        user, Hold.objects.filter(state=Hold.State.READY, until__lt=formatting.today()), "pickup"
    )
    words, verb = _("Holds not picked up in time"), _("See list")
    return task(words, verb, "staff:holds", expired, "placed_at", Urgency.TODAY, query="?show=ready")


def left_over(user: Any, _now: datetime) -> Task:
    """Return the task for items left on the hold shelf after their hold ended."""
    left = branch_scope.for_user(user, hold_queries.left_over(), "pickup")
    words, verb = _("Copies to take off the hold shelf"), _("Take off")
    return task(words, verb, "staff:holds", left, "closed_at", Urgency.TODAY, query="?show=left")


def overdue(user: Any, now: datetime) -> Task:
    """Return the task for overdue loans."""
    late = branch_scope.for_user(user, Loan.objects.filter(Loan.late(now)), "branch")
    return task(_("Loans overdue"), _("See list"), "staff:loans", late, "due", Urgency.WEEK, query="?show=late")
