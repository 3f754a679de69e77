"""List what waits for staff, from every part of the hub."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.audit import backup_state
from hub.catalogue import workplace
from hub.catalogue.models import Branch
from hub.catalogue.online_editions import repository
from hub.circulation.models import ExceptionCase, Hold, Loan, PendingReturn, RuleVersion
from hub.core.pages import formatting
from hub.core.pages.task import Task, Urgency, count_and_oldest, task
from hub.core.rights import may_open as may
from hub.fleet.models import HelpCall
from hub.ils.imports import conflicts, import_runner
from hub.outreach.engagement.feedback.models import Feedback, Suggestion, Ticket
from hub.outreach.messaging.models import Message, Pause
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import records, verification_codes
from hub.outreach.patrons.models import Person
from hub.outreach.portal.opac import staff_searches
from hub.outreach.recommendations.reminders.models import Lost
from hub.outreach.statistics import lapsed_key_patrons
from hub.staff import branch_scope, hold_queries

LONG = timedelta(days=7)
NEAR = timedelta(days=1)
"""How long before its due time a question is a task of today."""
LATELY = timedelta(days=7)
"""How long an undelivered message remains on the list."""


def help_calls(user: Any, _now: datetime) -> Task:
    """Return the task for calls for help from kiosks."""
    calls = branch_scope.for_user(user, HelpCall.objects.filter(seen_at=None), "kiosk__branch")
    return task(_("Staff calls"), _("See kiosks"), "staff:kiosks", calls, "called_at", Urgency.NOW)


def exceptions(user: Any, _now: datetime) -> Task:
    """Return the task for open exceptions."""
    cases = branch_scope.for_user(user, ExceptionCase.objects.filter(resolved_at=None), "kiosk__branch")
    return task(_("Exceptions"), _("Decide"), "staff:exceptions", cases, "opened_at", Urgency.LATE)


def unchecked_returns(user: Any, _now: datetime) -> Task:
    """Return the task for returns that staff have not checked."""
    unseen = branch_scope.for_user(
        user, PendingReturn.objects.filter(state=PendingReturn.State.WAITING), "kiosk__branch"
    )
    return task(_("Returned, not checked"), _("Check bin"), "staff:pending_returns", unseen, "at", Urgency.TODAY)


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


def leftover_holds(user: Any, _now: datetime) -> Task:
    """Return the task for items left on the hold shelf after their hold ended."""
    left = branch_scope.for_user(user, hold_queries.leftover_holds(), "pickup")
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


def questions(_user: Any, now: datetime) -> Task:
    """Return the task for questions that are overdue or due soon."""
    return _by_time(
        Ticket.objects.filter(state=Ticket.State.OPEN, due__lte=now + NEAR),
        now,
        (_("Questions to answer"), _("Answer"), "feedback:questions"),
    )


def opinions(_user: Any, now: datetime) -> Task:
    """Return the task for feedback without an answer."""
    waiting = Feedback.objects.filter(state__in=Feedback.OPEN)
    return _by_time(waiting, now, (_("Feedback to handle"), _("Read"), "feedback:feedback"))


def _by_time(rows: Any, now: datetime, words: tuple[str, str, str]) -> Task:
    count, oldest = count_and_oldest(rows, "due")
    late = rows.filter(due__lt=now).count()
    if late:
        note = ngettext("{count} past its deadline", "{count} past their deadline", late).format(count=f"{late:,}")
    else:
        note = _("First due {when}").format(when=formatting.date_and_time(oldest)) if oldest else ""
    return Task(*words, count, note, Urgency.LATE if late else Urgency.TODAY, oldest)


def channels(_user: Any, now: datetime) -> Task:
    """Return the task for channels that failed for every message and are paused."""
    resting = Pause.objects.filter(until__gt=now)
    return task(_("Faulty channels"), _("Fix"), "messaging:channels", resting, "since", Urgency.LATE)


def texts(_user: Any, _now: datetime) -> Task | None:
    """Return the alarm that the day's codes by text message are used up; None while some are left."""
    sent = verification_codes.texts_sent()
    if sent.count() < channels_or_none().texts.a_day:
        return None
    words, verb = _("SMS codes: daily budget used up"), _("See requests")
    return task(words, verb, "patrons:lists", sent, "sent_at", Urgency.NOW, query="?show=unseen")


def not_seen(_user: Any, _now: datetime) -> Task:
    """Return the task for patrons who registered at a kiosk and may not borrow yet."""
    rows = Person.objects.filter(provisional=True)
    words, verb = _("Self-registered, ID not checked"), _("View")
    return task(words, verb, "patrons:lists", rows, "since", Urgency.TODAY, query="?show=unseen")


def suggestions(_user: Any, _now: datetime) -> Task:
    """Return the task for purchase suggestions without a decision."""
    new = Suggestion.objects.filter(state=Suggestion.State.NEW)
    return task(_("Purchase suggestions"), _("Decide"), "feedback:suggestions", new, "first_at", Urgency.WEEK)


def failed_messages(_user: Any, now: datetime) -> Task:
    """Return the task for recent messages that could not be delivered."""
    lately = Message.objects.filter(state=Message.State.GIVEN_UP, done_at__gte=now - LATELY)
    words, verb = _("Undelivered messages"), _("See why")
    return task(words, verb, "messaging:log", lately, "done_at", Urgency.WEEK, query="?show=failed")


def bounced_addresses(_user: Any, now: datetime) -> Task:
    """Return the task for addresses from which a message bounced."""
    came_back = records.contacts_to_check(now).filter(bounced_at__isnull=False)
    words, verb = _("Returned addresses"), _("Correct")
    return task(words, verb, "patrons:lists", came_back, "bounced_at", Urgency.TODAY)


def stale(_user: Any, now: datetime) -> Task:
    """Return the task for addresses that patrons have not confirmed for long."""
    old = records.contacts_to_check(now).filter(bounced_at=None)
    return task(_("Addresses to confirm"), _("Review"), "patrons:lists", old, "told_at", Urgency.WEEK)


def unconfirmed_facts(_user: Any, now: datetime) -> Task:
    """Return the task for facts other than addresses that patrons have not confirmed for long."""
    words, verb = _("Details to confirm"), _("Review")
    return task(words, verb, "patrons:lists", records.fields_to_check(now), "told_at", Urgency.WEEK, query="?show=told")


def lost_items(_user: Any, _now: datetime) -> Task:
    """Return the task for lost items that staff have not dealt with."""
    gone = Lost.objects.filter(state=Lost.State.LOST)
    words, verb = _("Lost items to write off"), pgettext("task", "Resolve")
    return task(words, verb, "reminders:overdue", gone, "lost_at", Urgency.WEEK, query="?show=lost")


def key_patrons_away(_user: Any, now: datetime) -> Task:
    """Return the task for key patrons without a loan for sixty days."""
    rows = lapsed_key_patrons.away(now)
    count, oldest = rows.count(), rows.values_list("last_on", flat=True).first()
    note = _("Last loan {day}").format(day=formatting.day(oldest)) if oldest else ""
    return Task(
        _("Lapsed key patrons"), _("Contact patrons"), "statistics:lapsed_key_patrons", count, note, Urgency.WEEK
    )


def arrivals(user: Any, _now: datetime) -> Task:
    """Return the task for new titles that match the user's saved searches."""
    words, verb = _("New titles for your searches"), pgettext("arrivals", "View")
    return task(words, verb, "opac:staff_searches", staff_searches.waiting(user), "at", Urgency.WEEK)


TASKS: tuple[Callable[[Any, datetime], Task | None], ...] = (
    help_calls,
    exceptions,
    unchecked_returns,
    to_pull,
    to_send,
    long_on_the_way,
    not_picked_up,
    leftover_holds,
    questions,
    opinions,
    channels,
    texts,
    not_seen,
    suggestions,
    failed_messages,
    bounced_addresses,
    stale,
    unconfirmed_facts,
    lost_items,
    key_patrons_away,
    arrivals,
    contradicting,
    not_taken,
    overdue,
    backup_state.missing_backup,
    dead_links,
    draft,
)
"""Functions of the user and the time that return a task, or None if it is not for this user.

A part of the hub adds its own. Tasks of equal urgency keep this order.
"""


def waiting(user: Any, now: datetime) -> list[Task]:
    """Return the user's tasks, the most urgent first, including those with a count of 0."""
    found = (each(user, now) for each in TASKS)
    return sorted((each for each in found if each and may(user, each.view)), key=lambda each: each.urgency)
