"""Show on a patron's page when they usually come and which reminders are planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders import reminder_planning
from hub.outreach.recommendations.reminders.loan_length_model import FEW_RETURNS
from hub.outreach.recommendations.reminders.models import OpenLoan, VisitPattern


@dataclass(frozen=True, slots=True)
class ReminderRow:
    title: str
    item: str
    day: str
    why: str


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the panel; None if nothing is on loan and no visits are known."""
    rhythm = VisitPattern.objects.filter(person__ref=ref).select_related("person").first()
    loans = list(OpenLoan.objects.filter(person__ref=ref, handed_in_at=None, lost=False))
    if rhythm is None and not loans:
        return None
    now = hub_clock().now()
    titles = dict(Title.objects.filter(pk__in=[each.title for each in loans if each.title]).values_list("pk", "title"))
    rows = [
        ReminderRow(titles.get(each.title or 0, each.item), each.item, _day(each, now), each.get_why_display())
        for each in loans
    ]
    return "reminders/panel.html", {"rows": rows, "rhythm": _rhythm(rhythm)}


def _rhythm(rhythm: VisitPattern | None) -> str:
    """Return one sentence on the patron's habit, as far as it is known."""
    if rhythm is not None and not consents.has_consented(rhythm.person, Purpose.REMINDERS):
        return _("No consent to personal reminder times: the forecast uses the item type.")
    if rhythm is None or rhythm.returns < FEW_RETURNS:
        return _("Too few returns so far: the forecast uses the item type.")
    weekday = reminder_planning.usual_weekday(rhythm.weekdays) if rhythm.weekdays else None
    if weekday is None:
        return _("{returns} returns; no usual weekday.").format(returns=rhythm.returns)
    return _("{returns} returns; mostly on {weekday}.").format(returns=rhythm.returns, weekday=_weekday(weekday))


def _weekday(number: int) -> str:
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )[number]


def _day(loan: OpenLoan, now: datetime) -> str:
    if loan.due < now:
        return _("overdue")
    return formatting.day(local_day(loan.remind_at, zone())) if loan.remind_at else _("already reminded")
