"""Count the tasks from circulation, the catalogue and imports."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue import workplace
from hub.catalogue.models import Branch
from hub.catalogue.online_editions import repository
from hub.circulation.models import ExceptionCase, Hold, Loan, PendingReturn, RuleVersion
from hub.core.pages import formatting
from hub.core.pages.task import Task, Urgency, task
from hub.core.rights import may_open as may
from hub.fleet.models import HelpCall
from hub.ils.imports import conflicts, import_runner
from hub.staff import branch_scope, hold_queries

LONG = timedelta(days=7)


def help_calls(user: Any, _now: datetime) -> Task:
    """Return the task for calls for help from kiosks."""
    calls = branch_scope.for_user(user, HelpCall.objects.filter(seen_at=None), "kiosk__branch")
    return task(_("Staff calls"), _("See kiosks"), "staff:kiosks", calls, "called_at", Urgency.NOW)


def exceptions(user: Any, _now: datetime) -> Task:
    """Return the task for open exceptions."""
    cases = branch_scope.for_user(user, ExceptionCase.objects.filter(resolved_at=None), "kiosk__branch")
    return task(_("Exceptions"), _("Decide"), "staff:exceptions", cases, "opened_at", Urgency.LATE)


def handed_in(user: Any, _now: datetime) -> Task:
    """Return the task for returns that staff have not checked."""
    unseen = branch_scope.for_user(
        user, PendingReturn.objects.filter(state=PendingReturn.State.WAITING), "kiosk__branch"
    )
    return task(_("Returned, not checked"), _("Check bin"), "staff:unseen", unseen, "at", Urgency.TODAY)


def to_pull(user: Any, _now: datetime) -> Task:
    """Return the task for holds with an item on its shelf."""
    pulled = hold_queries.to_pull(workplace.branches_of(user))
    return task(_("Holds to pull"), _("Fetch"), "staff:holds", pulled, "placed_at", Urgency.TODAY)


def to_send(user: Any, _now: datetime) -> Task | None:
    """Return the task for items to send; None in a library with a single branch."""
    rows = branch_scope.for_user(user, hold_queries.to_send(), "origin")
    words, verb = _("Copies to transfer"), pgettext("van", "Send")
    found = task(words, verb, "staff:transits", rows, "noted_at", Urgency.TODAY)
    return found if _has_branches() else None


def long_on_the_way(user: Any, now: datetime) -> Task | None:
    """Return the task for transfers that should have arrived by now; None with a single branch."""
    rows = branch_scope.for_user(user, hold_queries.on_the_way().filter(sent_at__lt=now - LONG), "target")
    words, verb = _("Copies in transit over 1 week"), _("Find copies")
    found = task(words, verb, "staff:transits", rows, "sent_at", Urgency.WEEK, query="?show=way")
    return found if _has_branches() else None


def _has_branches() -> bool:
    return Branch.objects.count() > 1


def not_picked_up(user: Any, _now: datetime) -> Task:
    """Return the task for holds whose pickup time is over."""
    expired = branch_scope.for_user(
        user, Hold.objects.filter(state=Hold.State.READY, until__lt=formatting.today()), "pickup"
    )
    words, verb = _("Expired holds"), _("See list")
    return task(words, verb, "staff:holds", expired, "placed_at", Urgency.TODAY, query="?show=ready")


def left_over(user: Any, _now: datetime) -> Task:
    """Return the task for items left on the hold shelf after their hold ended."""
    left = branch_scope.for_user(user, hold_queries.left_over(), "pickup")
    words, verb = _("Copies to remove from hold shelf"), _("Take down")
    return task(words, verb, "staff:holds", left, "closed_at", Urgency.TODAY, query="?show=left")


def overdue(user: Any, now: datetime) -> Task:
    """Return the task for overdue loans."""
    late = branch_scope.for_user(user, Loan.objects.filter(Loan.late(now)), "branch")
    return task(_("Overdue loans"), _("See list"), "staff:loans", late, "due", Urgency.WEEK, query="?show=late")


def dead_links(_user: Any, _now: datetime) -> Task:
    """Return the task for online editions that could not be reached for several nights."""
    words, verb = _("Unreachable e-editions"), _("Correct")
    return task(
        words, verb, "online_editions:editions", repository.dead(), "failing_since", Urgency.WEEK, query="?show=dead"
    )


def contradicting(_user: Any, _now: datetime) -> Task | None:
    """Return the task for contradicting records; None if nothing was ever imported."""
    if import_runner.never():
        return None
    words, verb = _("Conflicting imported rows"), pgettext("task", "Resolve")
    return task(words, verb, "ils:overview", conflicts.waiting(), "opened_at", Urgency.TODAY)


def not_taken(_user: Any, _now: datetime) -> Task | None:
    """Return the task for sources whose last import was rejected; None if nothing was ever imported."""
    if import_runner.never():
        return None
    return task(
        _("Rejected imports"),
        _("View"),
        "ils:overview",
        import_runner.failing(),
        "ended_at",
        Urgency.LATE,
    )


def draft(user: Any, _now: datetime) -> Task | None:
    """Return the task for an unpublished draft of the rules; None if the user may not edit it."""
    if not may(user, "loan_rules:draft"):
        return None
    drafts, verb = RuleVersion.objects.filter(since=None), _("Finish draft")
    return task(_("Draft loan rules"), verb, "loan_rules:overview", drafts, "begun_at", Urgency.WEEK)
