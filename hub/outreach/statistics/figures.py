"""Query the statistics of a branch and a period, with the same weeks a year before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum

from hub.core import small_cell_suppression
from hub.outreach.engagement.feedback.models import MissedSearch, SmileyRating
from hub.outreach.engagement.loyalty.models import MonthlyReferrals
from hub.outreach.recommendations.reminders.forecasts import ENOUGH, Calibration, Group
from hub.outreach.recommendations.reminders.models import Fit
from hub.outreach.statistics.counts import AFTER
from hub.outreach.statistics.models import Cohort, DailyLoans, Headcount, Night

if TYPE_CHECKING:
    from django.db.models import QuerySet

YEAR = timedelta(days=364)
"""Distance to the same weekday a year before."""
PERIODS = {"month": 28, "quarter": 91, "year": 364}
MONTHS = 13
"""Number of months whose cohorts are shown."""
WORDS = 4
"""Number of failed searches that are listed."""
HEADS = ("regular", "new", "lapsing", "lapsed")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selection of the page: one branch by its code or all of them, and a period up to today."""

    today: date
    period: str = "month"
    branch: str = ""

    @property
    def days(self) -> int:
        return PERIODS[self.period]

    @property
    def first(self) -> date:
        return self.today - timedelta(days=self.days - 1)


@dataclass(slots=True)
class Span:
    """A day or week that begins on `on`, with the same days a year before."""

    on: date
    loans: int = 0
    back: int = 0
    late: int = 0
    loans_ago: int = 0
    back_ago: int = 0
    late_ago: int = 0


def spans(asked: Selection, days: int) -> list[Span]:
    """Return the period in spans of so many days, oldest first; the last one ends today."""
    found = [Span(asked.first + timedelta(days=begin)) for begin in range(0, asked.days, days)]
    for row in _by_day(asked, asked.first, asked.today):
        span = found[(row["on"] - asked.first).days // days]
        span.loans, span.back, span.late = span.loans + row["lent"], span.back + row["came"], span.late + row["behind"]
    for row in _by_day(asked, asked.first - YEAR, asked.today - YEAR):
        span = found[(row["on"] + YEAR - asked.first).days // days]
        span.loans_ago, span.back_ago = span.loans_ago + row["lent"], span.back_ago + row["came"]
        span.late_ago += row["behind"]
    return found


def _by_day(asked: Selection, first: date, last: date) -> Any:
    return _daily_loans(asked, first, last).order_by("on").values("on").annotate(**_sums())


def _sums() -> dict[str, Sum]:
    return {"lent": Sum("loans"), "came": Sum("back"), "behind": Sum("late")}


def _daily_loans(asked: Selection, first: date, last: date) -> QuerySet[DailyLoans]:
    rows = DailyLoans.objects.filter(on__gte=first, on__lte=last)
    return rows.filter(branch=asked.branch) if asked.branch else rows


def here(asked: Selection) -> int:
    """Return how often an item was used in the library without a loan."""
    return _daily_loans(asked, asked.first, asked.today).aggregate(here=Sum("here"))["here"] or 0


def heads(asked: Selection, ago: timedelta = timedelta(0)) -> dict[str, int] | None:
    """Return the counts of patrons by activity as of last night, or a year ago; None if there were none."""
    night = _night(asked.today - ago)
    if night is None:
        return None
    rows = Headcount.objects.filter(on=night)
    rows = rows.filter(branch=asked.branch) if asked.branch else rows
    return {name: each or 0 for name, each in rows.aggregate(**{name: Sum(name) for name in HEADS}).items()}


def _night(day: date) -> date | None:
    nights = Headcount.objects.filter(on__lte=day, on__gt=day - timedelta(days=7)).order_by("-on")
    return nights.values_list("on", flat=True).first()


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Results of one patron group. Patron counts are exact, None stands for a suppressed value."""

    group: str
    active: int
    new: int
    lapsed: int
    loans: int | None
    each: float | None
    late: float | None
    more: float | None


def by_group(asked: Selection) -> list[GroupResult]:
    """Return the results by patron group, largest first; suppressed groups show only their patrons."""
    night = _night(asked.today)
    all_ = Headcount.objects.filter(on=night) if night else Headcount.objects.none()
    rows = all_.filter(branch=asked.branch) if asked.branch else all_
    counted = rows.order_by().values("group").annotate(**{f"n_{name}": Sum(name) for name in HEADS})
    covered = small_cell_suppression.groups_to_suppress(_places(all_))
    loans = {row["group"]: row for row in _by_group(asked, asked.first, asked.today)}
    before = {row["group"]: row["lent"] for row in _by_group(asked, asked.first - YEAR, asked.today - YEAR)}
    found = [
        _group_result(row, loans.get(row["group"]), before.get(row["group"], 0), open_=row["group"] not in covered)
        for row in counted
    ]
    return sorted(found, key=lambda each: (-(small_cell_suppression.round_down(each.active) or 0), each.group))


def _places(rows: QuerySet[Headcount]) -> dict[str, dict[str, int]]:
    """Return the active patrons of each group at each branch."""
    found: dict[str, dict[str, int]] = {}
    for each in rows:
        found.setdefault(each.group, {})[each.branch] = each.regular + each.new + each.lapsing
    return found


def _by_group(asked: Selection, first: date, last: date) -> Any:
    return _daily_loans(asked, first, last).order_by().values("group").annotate(**_sums())


def _group_result(row: dict[str, Any], lent: dict[str, Any] | None, before: int, *, open_: bool) -> GroupResult:
    active = row["n_regular"] + row["n_new"] + row["n_lapsing"]
    known = open_ and bool(small_cell_suppression.round_down(active))
    loans, back, late = (lent["lent"], lent["came"], lent["behind"]) if lent else (0, 0, 0)
    return GroupResult(
        group=row["group"],
        active=active,
        new=row["n_new"],
        lapsed=row["n_lapsed"],
        loans=loans if known else None,
        each=loans / small_cell_suppression.middle(active) if known else None,
        late=100 * late / back if known and back >= small_cell_suppression.FEWEST else None,
        more=100 * (loans - before) / before if known and before >= small_cell_suppression.FEWEST else None,
    )


def faces(asked: Selection) -> list[int]:
    """Return the counts of the smiley ratings, from very unhappy to very happy."""
    rows = SmileyRating.objects.filter(on__gte=asked.first, on__lte=asked.today)
    rows = rows.filter(branch__code=asked.branch) if asked.branch else rows
    counts = dict(rows.order_by().values_list("face").annotate(Count("pk")))
    return [counts.get(face, 0) for face in (1, 2, 3, 4, 5)]


@dataclass(frozen=True, slots=True)
class CohortRetention:
    """Patrons whose first loan was in `month`, and how many borrowed 1, 3, 6 and 12 months later or after."""

    month: date
    patrons: int
    after: tuple[int | None, ...]


def cohort_retention() -> list[CohortRetention]:
    """Return the last months as counted last night, newest first, without months with very few patrons."""
    rows = Cohort.objects.filter(patrons__gte=small_cell_suppression.FEWEST).order_by("-month")[:MONTHS]
    return [
        CohortRetention(each.month, each.patrons, tuple(getattr(each, f"after_{after}") for after in AFTER))
        for each in rows
    ]


def referred_patrons(asked: Selection) -> int:
    """Return how many patrons joined through a referral in the months of the period."""
    months = MonthlyReferrals.objects.filter(month__gte=asked.first.replace(day=1), month__lte=asked.today)
    return int(months.aggregate(all=Sum("count"))["all"] or 0)


@dataclass(frozen=True, slots=True)
class FailedSearchFigures:
    """Number of searches without a result, and the words that are frequent enough to be shown."""

    total: int
    words: tuple[tuple[str, int], ...]


def failed_searches(asked: Selection) -> FailedSearchFigures:
    """Return the failed searches of the weeks in the period; those on phones belong to no branch."""
    rows = MissedSearch.objects.filter(week__gt=asked.first - timedelta(days=7), week__lte=asked.today)
    rows = rows.filter(branch=asked.branch) if asked.branch else rows
    words = rows.order_by().values("words").annotate(all=Sum("times")).filter(all__gte=small_cell_suppression.FEWEST)
    shown = tuple(words.order_by("-all", "words").values_list("words", "all")[:WORDS])
    return FailedSearchFigures(rows.aggregate(all=Sum("times"))["all"] or 0, shown)


@dataclass(frozen=True, slots=True)
class Nights:
    """Contacts as counted last night, and the messages of the period."""

    contacts: int = 0
    fresh: int = 0
    bounced: int = 0
    said: int = 0
    failed: int = 0
    withheld: int = 0


def nights(asked: Selection) -> Nights:
    """Return the newest counts of contacts, and the message counts of the period."""
    last = Night.objects.filter(on__lte=asked.today, contacts__gt=0).order_by("-on").first()
    rows = Night.objects.filter(on__gte=asked.first, on__lte=asked.today)
    sums = rows.aggregate(**{name: Sum(name) for name in ("said", "failed", "withheld")})
    shown = {name: each or 0 for name, each in sums.items()}
    if last is None:
        return Nights(**shown)
    return Nights(last.contacts, last.fresh, last.bounced, **shown)


def calibration() -> Group | None:
    """Return the accuracy of the reminders' forecasts in the last year; None until there are enough."""
    fit = Fit.objects.filter(pk=1).first()
    found = Calibration.from_dict(fit.calibration).all if fit else None
    return found if found and found.count >= ENOUGH else None
