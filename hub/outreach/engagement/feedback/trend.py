"""Calculate satisfaction by branch and week from anonymous smiley ratings."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from hub.catalogue.models import Branch
from hub.core import small_cell_suppression
from hub.outreach.engagement.feedback.models import SmileyRating

WEEKS = 12
HAPPY = (4, 5)


@dataclass(frozen=True, slots=True)
class Week:
    """Counts from very unhappy to very happy in the seven days from Monday `begins`."""

    begins: date
    counts: tuple[int, int, int, int, int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trend:
    """A branch's weeks, oldest first; the last one is the current week."""

    branch: Branch
    weeks: tuple[Week, ...]

    def happy(self, weeks: int = 4) -> str:
        """Return the share of happy or very happy ratings in the last weeks, as text, after suppression."""
        return share(self.weeks[-weeks:])

    def happy_before(self, weeks: int = 4) -> str:
        """Return the same share for the weeks before those."""
        return share(self.weeks[-2 * weeks : -weeks])


def share(weeks: tuple[Week, ...]) -> str:
    """Return the share of happy or very happy ratings in these weeks, as text, after suppression."""
    total = sum(week.total for week in weeks)
    happy = sum(week.counts[face - 1] for week in weeks for face in HAPPY)
    return small_cell_suppression.share(happy, total)


def trends(today: date, weeks: int = WEEKS) -> list[Trend]:
    """Return each branch's last weeks; a branch without ratings has empty ones."""
    first = today - timedelta(days=today.weekday() + 7 * (weeks - 1))
    counted: dict[tuple[int, date], list[int]] = {}
    rows = SmileyRating.objects.filter(on__gte=first, on__lte=today).values("branch", "on", "face")
    for row in rows.annotate(many=Count("pk")).order_by():
        monday = row["on"] - timedelta(days=row["on"].weekday())
        counted.setdefault((row["branch"], monday), [0] * 5)[row["face"] - 1] += row["many"]
    days = [first + timedelta(days=7 * number) for number in range(weeks)]
    return [
        Trend(branch, tuple(Week(day, _five(counted.get((branch.pk, day), []))) for day in days))
        for branch in Branch.objects.all()
    ]


def _five(counts: list[int]) -> tuple[int, int, int, int, int]:
    bad, poor, fair, good, best = counts or [0] * 5
    return bad, poor, fair, good, best
