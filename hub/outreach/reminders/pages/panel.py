"""Show on a patron's page when they usually come and which reminders are planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.outreach.profiles import consents
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.reminders import reminder_dates
from hub.outreach.reminders.library_time import local_day, zone
from hub.outreach.reminders.loan_length_model import FEW_RETURNS
from hub.outreach.reminders.models import OpenLoan, VisitPattern
from hub.staff import formatting


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
    return "habit/panel.html", {"rows": rows, "rhythm": _rhythm(rhythm)}


def _rhythm(rhythm: VisitPattern | None) -> str:
    """Return one sentence on the patron's habit, as far as it is known."""
    if rhythm is not None and not consents.given(rhythm.person, Purpose.REMINDERS):
        return _("She has not agreed to reminders at her own time: the item type speaks for her.")
    if rhythm is None or rhythm.returns < FEW_RETURNS:
        return _("Too few returns yet: the item type speaks for her.")
    weekday = reminder_dates.usual_weekday(rhythm.weekdays) if rhythm.weekdays else None
    if weekday is None:
        return _("{returns} returns; she has no usual weekday.").format(returns=rhythm.returns)
    return _("{returns} returns; she mostly comes on {weekday}.").format(
        returns=rhythm.returns, weekday=_weekday(weekday)
    )


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
    return formatting.day(local_day(loan.remind_at, zone())) if loan.remind_at else _("reminded already")
