"""Take over loans of a former ILS without repeating the notices that it has already sent."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.outreach.library_system.events import Event
from hub.outreach.library_system.library_time import local_day
from hub.outreach.recommendations.reminders.models import OpenLoan, ReminderSettings


def begin(loan: OpenLoan, event: Event, plan: ReminderSettings, where: ZoneInfo) -> None:
    """Prepare the loan before planning: no early reminder, and no notice for a step already passed.

    A loan so long overdue that the item would count as lost is left to staff.
    """
    handed_in = event.data.get("handed_in")
    loan.handed_in_at = datetime.fromisoformat(handed_in) if isinstance(handed_in, str) else None
    days = (local_day(event.at, where) - local_day(loan.due, where)).days
    loan.early_for, loan.rung = loan.due, max(days, 0)
    loan.believed = loan.believed and not (plan.lost_after and days >= plan.lost_after)


def pass_over(loan: OpenLoan, event: Event) -> None:
    """After planning, count a reminder whose time has passed as sent."""
    if loan.remind_at is not None and loan.remind_at <= event.at:
        loan.told_for, loan.remind_at = loan.due, None
        loan.save(update_fields=("told_for", "remind_at"))
