"""Count the tasks from patron records, messages and feedback."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.core.pages import formatting
from hub.core.pages.task import Task, Urgency, counted, task
from hub.outreach.engagement.feedback.models import Feedback, Suggestion, Ticket
from hub.outreach.messaging.models import Message, Pause
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import contact_checks, verification_codes
from hub.outreach.patrons.models import Person
from hub.outreach.portal.opac import staff_searches
from hub.outreach.recommendations.reminders.models import Lost
from hub.outreach.statistics.pages import lapsed_key_patrons

NEAR = timedelta(days=1)
"""How long before its due time a question is a task of today."""
LATELY = timedelta(days=7)
"""How long an undelivered message remains on the list."""


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
    count, oldest = counted(rows, "due")
    late = rows.filter(due__lt=now).count()
    if late:
        note = ngettext("{count} past its deadline", "{count} past their deadline", late).format(count=f"{late:,}")
    else:
        note = _("First due {when}").format(when=formatting.when(oldest)) if oldest else ""
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


def failed(_user: Any, now: datetime) -> Task:
    """Return the task for recent messages that could not be delivered."""
    lately = Message.objects.filter(state=Message.State.GIVEN_UP, done_at__gte=now - LATELY)
    words, verb = _("Undelivered messages"), _("See why")
    return task(words, verb, "messaging:log", lately, "done_at", Urgency.WEEK, query="?show=failed")


def bounced(_user: Any, now: datetime) -> Task:
    """Return the task for addresses from which a message bounced."""
    came_back = contact_checks.to_check(now).filter(bounced_at__isnull=False)
    words, verb = _("Returned addresses"), _("Correct")
    return task(words, verb, "patrons:lists", came_back, "bounced_at", Urgency.TODAY)


def stale(_user: Any, now: datetime) -> Task:
    """Return the task for addresses that patrons have not confirmed for long."""
    old = contact_checks.to_check(now).filter(bounced_at=None)
    return task(_("Addresses to confirm"), _("Review"), "patrons:lists", old, "told_at", Urgency.WEEK)


def told_long_ago(_user: Any, now: datetime) -> Task:
    """Return the task for facts other than addresses that patrons have not confirmed for long."""
    words, verb = _("Details to confirm"), _("Review")
    return task(
        words, verb, "patrons:lists", contact_checks.facts_to_check(now), "told_at", Urgency.WEEK, query="?show=told"
    )


def lost(_user: Any, _now: datetime) -> Task:
    """Return the task for lost items that staff have not dealt with."""
    gone = Lost.objects.filter(state=Lost.State.LOST)
    words, verb = _("Lost items to write off"), pgettext("task", "Resolve")
    return task(words, verb, "reminders:overdue", gone, "lost_at", Urgency.WEEK, query="?show=lost")


def key_patrons_away(_user: Any, now: datetime) -> Task:
    """Return the task for key patrons without a loan for sixty days."""
    rows = lapsed_key_patrons.away(now)
    count, oldest = rows.count(), rows.values_list("last_on", flat=True).first()
    note = _("Last loan {day}").format(day=formatting.day(oldest)) if oldest else ""
    return Task(_("Lapsed key patrons"), _("Contact patrons"), "statistics:absent", count, note, Urgency.WEEK)


def arrivals(user: Any, _now: datetime) -> Task:
    """Return the task for new titles that match the user's saved searches."""
    words, verb = _("New titles for your searches"), pgettext("arrivals", "View")
    return task(words, verb, "opac:staff_searches", staff_searches.waiting(user), "at", Urgency.WEEK)
