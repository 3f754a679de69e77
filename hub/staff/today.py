"""Show the Today page: what waits for staff in every part of the hub, the most urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.audit import overview
from hub.catalogue import workplace
from hub.catalogue.models import Branch
from hub.catalogue.online_editions import repository
from hub.circulation.models import ExceptionCase, Hold, Loan, PendingReturn, RuleVersion
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, staff_page
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
from hub.outreach.statistics import goals, lapsed_key_patrons
from hub.outreach.statistics.models import DailyLoans
from hub.staff import branch_scope

DAYS = 28
YEAR = timedelta(days=364)
"""Distance to the same weekday a year ago."""
TALLEST = 240
"""Height of the tallest bar, in pixels."""
LONG = timedelta(days=7)
NEAR = timedelta(days=1)
"""How long before its due time a question is a task of today."""
LATELY = timedelta(days=7)
"""How long an undelivered message remains on the list."""


class Urgency(IntEnum):
    """Order of tasks: someone is waiting at this moment, past its time, for today, for this week."""

    NOW = 0
    LATE = 1
    TODAY = 2
    WEEK = 3


@dataclass(frozen=True, slots=True)
class Task:
    """A task; `view` is the URL name behind its button, `query` is appended to the URL."""

    words: str
    verb: str
    view: str
    count: int
    note: str
    urgency: Urgency
    oldest: datetime | None = None
    query: str = ""

    @property
    def url(self) -> str:
        """The URL behind the task's button."""
        return reverse(self.view) + self.query


def task(
    words: str, verb: str, view: str, rows: QuerySet[Any], since: str, urgency: Urgency, *, query: str = ""
) -> Task:
    """Return a task that counts the rows; the oldest is the one with the earliest `since`."""
    count, oldest = count_and_oldest(rows, since)
    note = _("Oldest since {when}").format(when=formatting.date_and_time(oldest)) if oldest else ""
    return Task(words, verb, view, count, note, urgency, oldest, query)


def count_and_oldest(rows: QuerySet[Any], since: str) -> tuple[int, datetime | None]:
    """Return the number of rows and the earliest `since`, with one query."""
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min(since))
    return found["count"], found["oldest"]


@staff_page
def today(request: HttpRequest) -> HttpResponse:
    """List the user's tasks; only the most urgent one has the accent button."""
    every = waiting_tasks(request.user, hub_clock().now())
    open_ones = [each for each in every if each.count]
    return page(request, "today", "staff/today.html", {
        "day": formatting.day(formatting.today()),
        "weeks": four_weeks(),
        "tasks": open_ones,
        "goals": goals.rows_for(request.user),
        "done": [each.words for each in every if not each.count],
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day: its number of loans, and the heights in pixels of its bar and of the mark for a year ago."""

    count: int
    words: str
    height: int
    year_ago: int
    today: bool
    label: str


@dataclass(frozen=True, slots=True)
class LoanWeeks:
    """Four weeks of loans; `compared` is empty if there are no figures of a year ago."""

    total: int
    compared: str
    bars: tuple[DayBar, ...]

    @property
    def total_text(self) -> str:
        """The total, with digits in groups of three."""
        return f"{self.total:,}"


def four_weeks() -> LoanWeeks:
    """Return the loans of the four weeks up to today; undone loans do not count."""
    last = formatting.today()
    days = [last - timedelta(days=ahead) for ahead in reversed(range(DAYS))]
    now, then = _loans_per_day(days), _loans_per_day([day - YEAR for day in days])
    top = max((*now.values(), *then.values()), default=0) or 1
    bars = tuple(
        DayBar(
            count=now[day],
            words=_("{day}: {count} loans").format(day=formatting.day(day), count=f"{now[day]:,}"),
            height=round(TALLEST * now[day] / top),
            year_ago=round(TALLEST * then[day - YEAR] / top),
            today=day == last,
            label=_label(day, last),
        )
        for day in days
    )
    return LoanWeeks(now.total(), _change_in_a_year(now.total(), then.total()), bars)


def _label(day: date, last: date) -> str:
    """Label today, and each Monday that leaves room for that label."""
    if day == last:
        return _("today so far")
    return formatting.short(day) if day.weekday() == 0 and (last - day).days >= 6 else ""


def _loans_per_day(days: list[date]) -> Counter[date]:
    rows = DailyLoans.objects.filter(on__gte=days[0], on__lte=days[-1]).order_by()
    return Counter(dict(rows.values_list("on").annotate(Sum("loans"))))


def _change_in_a_year(now: int, then: int) -> str:
    if not then:
        return ""
    share = round(100 * (now - then) / then)
    if share >= 0:
        return _("{share} more than 1 year ago").format(share=f"{share} %")
    return _("{share} fewer than 1 year ago").format(share=f"{-share} %")


def help_calls(user: Any, _now: datetime) -> Task:
    """Return the task for calls for help from kiosks."""
    calls = branch_scope.for_user(user, HelpCall.objects.filter(seen_at=None), "kiosk__branch")
    return task(_("Staff calls"), _("See kiosks"), "staff:kiosks", calls, "called_at", Urgency.NOW)


def open_exceptions(user: Any, _now: datetime) -> Task:
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
    pulled = hold_queue.holds_to_pull(workplace.branches_of(user))
    return task(_("Holds to pull"), _("Fetch"), "staff:holds", pulled, "placed_at", Urgency.TODAY)


def to_send(user: Any, _now: datetime) -> Task | None:
    """Return the task for items to send; None in a library with a single branch."""
    rows = branch_scope.for_user(user, hold_queue.transfers_to_send(), "origin")
    words, verb = _("Copies to transfer"), pgettext("van", "Send")
    found = task(words, verb, "staff:transits", rows, "noted_at", Urgency.TODAY)
    return found if _has_branches() else None


def long_on_the_way(user: Any, now: datetime) -> Task | None:
    """Return the task for transfers that should have arrived by now; None with a single branch."""
    rows = branch_scope.for_user(user, hold_queue.transfers_on_the_way().filter(sent_at__lt=now - LONG), "target")
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
    left = branch_scope.for_user(user, hold_queue.leftover_holds(), "pickup")
    words, verb = _("Copies to remove from hold shelf"), _("Take down")
    return task(words, verb, "staff:holds", left, "closed_at", Urgency.TODAY, query="?show=left")


def overdue(user: Any, now: datetime) -> Task:
    """Return the task for overdue loans."""
    late = branch_scope.for_user(user, Loan.objects.filter(Loan.late(now)), "branch")
    return task(_("Overdue loans"), _("See list"), "staff:loans", late, "due", Urgency.WEEK, query="?show=late")


def missing_backup(_user: Any, now: datetime) -> Task:
    """Return the missing-backup task: its count is 1 if the newest backup is too old or absent, else 0."""
    found = overview.state_of_backups(now)
    note = _("Last backup: {when}. {remedy}").format(when=found.last, remedy=found.remedy) if found.missing else ""
    words, verb = _("Missing backup"), _("See backups")
    return Task(words, verb, "audit:overview", int(found.missing), note, Urgency.LATE, query="#backup")


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
    lost = Lost.objects.filter(state=Lost.State.LOST)
    words, verb = _("Lost items to write off"), pgettext("task", "Resolve")
    return task(words, verb, "reminders:overdue", lost, "lost_at", Urgency.WEEK, query="?show=lost")


def key_patrons_away(_user: Any, now: datetime) -> Task:
    """Return the task for key patrons without a loan for sixty days."""
    rows = lapsed_key_patrons.away(now)
    count, oldest = rows.count(), rows.values_list("last_on", flat=True).first()
    note = _("Last loan {day}").format(day=formatting.day(oldest)) if oldest else ""
    return Task(_("Key patrons away"), _("Contact patrons"), "statistics:lapsed_key_patrons", count, note, Urgency.WEEK)


def arrivals(user: Any, _now: datetime) -> Task:
    """Return the task for new titles that match the user's saved searches."""
    words, verb = _("New titles for your searches"), pgettext("arrivals", "View")
    return task(words, verb, "opac:staff_searches", staff_searches.waiting(user), "at", Urgency.WEEK)


TASKS: tuple[Callable[[Any, datetime], Task | None], ...] = (
    help_calls,
    open_exceptions,
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
    missing_backup,
    dead_links,
    draft,
)
"""Functions of the user and the time that return a task, or None if it is not for this user.

A part of the hub adds its own. Tasks of equal urgency keep this order.
"""


def waiting_tasks(user: Any, now: datetime) -> list[Task]:
    """Return the user's tasks, the most urgent first, including those with a count of 0."""
    found = (each(user, now) for each in TASKS)
    return sorted((each for each in found if each and may(user, each.view)), key=lambda each: each.urgency)
