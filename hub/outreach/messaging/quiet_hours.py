"""Calculate when a patron may receive a message."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.outreach.patrons.models import Person


def next_moment(now: datetime, person: Person, usual: tuple[time, time], zone: ZoneInfo) -> datetime:
    """Return `now`, or the end of the quiet hours that include it.

    The patron's own quiet hours replace the usual ones. Quiet hours with equal begin and end are empty. `zone` is the
    library's time zone.
    """
    begin, end = usual
    if person.quiet_from is not None and person.quiet_to is not None:
        begin, end = person.quiet_from, person.quiet_to
    local = now.astimezone(zone)
    if begin == end or not _within(local.time(), begin, end):
        return now
    day = local.date() + timedelta(days=1 if local.time() >= end else 0)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)


def _within(moment: time, begin: time, end: time) -> bool:
    return begin <= moment < end if begin < end else moment >= begin or moment < end
