"""Convert dates and times in the library's time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.outreach.library_system.registry import the_central


def zone() -> ZoneInfo:
    """Return the library's time zone."""
    return ZoneInfo(the_central().time_zone())


def local_day(moment: datetime, where: ZoneInfo) -> date:
    """Return the date of a time in the time zone."""
    return moment.astimezone(where).date()


def moment(day: date, at: time, where: ZoneInfo) -> datetime:
    """Return the aware time of a date and a time of day."""
    return datetime.combine(day, at, where)


def days_between(begin: datetime, end: datetime) -> float:
    """Return the days from one time to another as a fraction, at least 0."""
    return max((end - begin) / timedelta(days=1), 0.0)
