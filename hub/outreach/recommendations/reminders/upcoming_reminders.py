"""Count the planned reminders of the next days, by day and reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from hub.outreach.library_system.library_time import local_day, zone
from hub.outreach.recommendations.reminders.models import OpenLoan

DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """Reminders of one day: on a usual day, on a day that the patron chose, by the due date, and early."""

    day: date
    habit: int = 0
    chosen: int = 0
    due: int = 0
    early: int = 0

    @property
    def total(self) -> int:
        return self.habit + self.chosen + self.due + self.early


def coming(now: datetime) -> list[Day]:
    """Return the next seven days, today first."""
    where = zone()
    first = local_day(now, where)
    end = datetime.combine(first + timedelta(days=DAYS), datetime.min.time(), where)
    counts: Counter[tuple[date, str]] = Counter()
    rows = OpenLoan.objects.filter(
        Q(remind_at__lt=end) | Q(early_at__lt=end), handed_in_at=None, lost=False, due__gt=now
    )
    for why, remind_at, early_at in rows.values_list("why", "remind_at", "early_at").iterator(chunk_size=2000):
        if remind_at is not None and remind_at < end:
            counts[max(local_day(remind_at, where), first), why] += 1
        if early_at is not None and early_at < end:
            counts[max(local_day(early_at, where), first), "early"] += 1
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    return [Day(day, *(counts[day, name] for name in ("habit", "chosen", "due", "early"))) for day in days]
