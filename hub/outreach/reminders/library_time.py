"""Days and moments in the library's time zone, and its own timing; asks the system of the loans for the zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.outreach.library_system_registry import the_central
from hub.outreach.reminders.models import ReminderSettings


def zone() -> ZoneInfo:
    return ZoneInfo(the_central().time_zone())


def the_plan() -> ReminderSettings:
    """The library's timing; what is set at the start until staff have changed it."""
    found: ReminderSettings = ReminderSettings.objects.order_by("pk").first() or ReminderSettings()
    return found


def local_day(moment: datetime, where: ZoneInfo) -> date:
    return moment.astimezone(where).date()


def moment(day: date, at: time, where: ZoneInfo) -> datetime:
    return datetime.combine(day, at, where)


def days_between(begin: datetime, end: datetime) -> float:
    return max((end - begin) / timedelta(days=1), 0.0)
