"""A loan of the system that the library had before: what was to be said of it by then is not said again here."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.outreach.events import Event
from hub.outreach.reminders.library_time import local_day
from hub.outreach.reminders.models import OpenLoan, ReminderSettings


def begin(loan: OpenLoan, event: Event, plan: ReminderSettings, where: ZoneInfo) -> None:
    """Before it is planned: no early reminder, no notice of a rung that it is past already.

    What is overdue for so long that it would count as lost is left to staff.
    """
    handed_in = event.data.get("handed_in")
    loan.handed_in_at = datetime.fromisoformat(handed_in) if isinstance(handed_in, str) else None
    days = (local_day(event.at, where) - local_day(loan.due, where)).days
    loan.early_for, loan.rung = loan.due, max(days, 0)
    loan.believed = loan.believed and not (plan.lost_after and days >= plan.lost_after)


def pass_over(loan: OpenLoan, event: Event) -> None:
    """After it is planned: a reminder whose moment has gone by counts as said."""
    if loan.remind_at is not None and loan.remind_at <= event.at:
        loan.told_for, loan.remind_at = loan.due, None
        loan.save(update_fields=("told_for", "remind_at"))
