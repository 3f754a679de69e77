"""Query the statistics of a branch and a period, with the same weeks a year before, and show the page of figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Branch
from hub.core import small_cell_suppression
from hub.core.pages import charts, formatting
from hub.core.pages.page import page, staff_page
from hub.outreach.engagement.feedback.models import MissedSearch, SmileyRating
from hub.outreach.engagement.feedback.programs import KEPT
from hub.outreach.engagement.loyalty.models import MonthlyReferrals
from hub.outreach.library_system.central import the_central
from hub.outreach.recommendations.reminders.forecasts import ENOUGH, Calibration, ForecastGroup
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
WIDE, TALL, TOP, HEAD = 1208, 200, 8, 22
"""Size of the chart of loans; room above the columns of the others, and above the figure of the busiest day."""


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
class ComparedSpan:
    """A day or week that begins on `first_day`, with the same days a year before."""

    first_day: date
    loans: int = 0
    back: int = 0
    late: int = 0
    loans_ago: int = 0
    back_ago: int = 0
    late_ago: int = 0


def spans(asked: Selection, days: int) -> list[ComparedSpan]:
    """Return the period in spans of so many days, oldest first; the last one ends today."""
    found = [ComparedSpan(asked.first + timedelta(days=begin)) for begin in range(0, asked.days, days)]
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


def calibration() -> ForecastGroup | None:
    """Return the accuracy of the reminders' forecasts in the last year; None until there are enough."""
    fit = Fit.objects.filter(pk=1).first()
    found = Calibration.from_dict(fit.calibration).all if fit else None
    return found if found and found.count >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A patron group, as text."""

    name: str
    active: str
    new: str
    lapsed: str
    loans: str
    each: str
    late: str
    more: str


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A month of first loans, and the shares that stayed after 1, 3, 6 and 12 months."""

    month: str
    patrons: str
    shares: tuple[str, ...]


def periods() -> tuple[tuple[str, str], ...]:
    """Return the periods with their names."""
    return (("month", _("4 weeks")), ("quarter", _("Quarter")), ("year", _("Year")))


@staff_page
def show(request: HttpRequest) -> HttpResponse:
    """Show the figures; an unknown branch means all branches, an unknown period four weeks."""
    branches = list(Branch.objects.order_by("pk"))
    branch = request.GET.get("branch", "")
    branch = branch if branch in {each.code for each in branches} else ""
    period = request.GET.get("period", "month")
    asked = Selection(formatting.today(), period if period in PERIODS else "month", branch)
    return page(request, "figures", "statistics/figures.html", {
        "branches": [(each.code, str(each)) for each in branches],
        "branch": branch,
        "branch_name": next((str(each) for each in branches if each.code == branch), _("All branches")),
        "period": asked.period,
        "periods": periods(),
        "from_to": f"{formatting.day(asked.first)} – {formatting.day(asked.today)}",
        **_loans(asked),
        **_patrons(asked),
        **_words(asked),
        **_messages(asked),
        "groups": _groups(asked),
        "cohorts": [_cohort(each) for each in cohort_retention()],
        "brought": small_cell_suppression.format_count(referred_patrons(asked)),
    })  # fmt: skip


def _loans(asked: Selection) -> dict[str, object]:
    step = 1 if asked.period == "month" else 7
    stretches = spans(asked, step)
    weeks = spans(asked, 7) if step == 1 else stretches
    total, before = sum(each.loans for each in stretches), sum(each.loans_ago for each in stretches)
    back, late = sum(each.back for each in stretches), sum(each.late for each in stretches)
    back_ago, late_ago = sum(each.back_ago for each in stretches), sum(each.late_ago for each in stretches)
    return {
        "total": f"{total:,}",
        "compared": more(total, before),
        "here": here(asked),
        "loans": loans_chart(stretches, step) if total or before else None,
        "late": percent(late, back),
        "late_ago": percent(late_ago, back_ago),
        "late_chart": late_chart(weeks) if back or back_ago else None,
    }


def loans_chart(stretches: Sequence[ComparedSpan], days: int) -> SafeString:
    """Chart a column for each day or week, with a mark for a year before."""
    top = max((max(each.loans, each.loans_ago) for each in stretches), default=0) or 1
    step = WIDE / len(stretches)
    wide = max(round(step * 0.58), 4)
    every = -(-len(stretches) // 7)
    busiest = max(range(len(stretches)), key=lambda number: stretches[number].loans, default=0)
    columns = []
    for number, each in enumerate(stretches):
        height, ago = (max(round((TALL - HEAD) * count / top), 0) for count in (each.loans, each.loans_ago))
        last = number == len(stretches) - 1
        columns.append(
            charts.ChartColumn(
                round(number * step + (step - wide) / 2),
                wide,
                _span_words(each, days),
                charts.bar(height),
                figure=f"{each.loans:,}" if number == busiest and each.loans else "",
                figure_height=max(height, ago),
                label=formatting.short(each.first_day)
                if number % every == 0 and (last or len(stretches) - number > 2)
                else "",
                ago=ago,
                last=last,
            )
        )
    return charts.columns(columns, _("Loans, with mark for 1 year ago"), WIDE, TALL)


def _span_words(each: ComparedSpan, days: int) -> str:
    words = _("{day}: {count} loans, {before} 1 year earlier") if days == 1 else _(
        "Week from {day}: {count} loans, {before} 1 year earlier"
    )  # fmt: skip
    return words.format(day=formatting.day(each.first_day), count=each.loans, before=each.loans_ago)


def _faces_chart(counts: Sequence[int | None]) -> SafeString:
    """Chart a column for each smiley; suppressed counts are not drawn."""
    top = max((count or 0 for count in counts), default=0) or 1
    columns = (
        charts.ChartColumn(
            number * 72,
            48,
            small_cell_suppression.format_count(count),
            charts.bar(round((charts.LOW - TOP) * (count or 0) / top)),
        )
        for number, count in enumerate(counts)
    )
    return charts.columns(columns, _("Ratings from very unhappy to very happy"), width=4 * 72 + 48)


def late_chart(stretches: Sequence[ComparedSpan]) -> SafeString:
    """Chart the share of late returns by span; a span with very few returns has no point."""
    now = [_late_share(each.late, each.back) for each in stretches]
    ago = [_late_share(each.late_ago, each.back_ago) for each in stretches]
    return charts.lines(now, ago, _("Overdue returns"))


def _late_share(late: int, back: int) -> float | None:
    return late / back if back >= small_cell_suppression.FEWEST else None


def _rows(found: Sequence[tuple[str, int | None]], words: str, quiet: frozenset[int] = frozenset()) -> SafeString:
    """Chart a bar for each label; None is shown as under five."""
    figured = [(name, count, small_cell_suppression.format_figure(count)) for name, count in found]
    return charts.rows(figured, words, quiet)


def more(now: int | None, before: int | None) -> str:
    """Return the change from a year before; empty if there is no figure of then."""
    if now is None or before is None or before < small_cell_suppression.FEWEST:
        return ""
    share = round(100 * (now - before) / before)
    words = _("{share} more than 1 year ago") if share >= 0 else _("{share} fewer than 1 year ago")
    return words.format(share=f"{abs(share)} %")


def percent(part: float, whole: float) -> str:
    """Return a share of loans or messages, which needs no suppression of patron counts."""
    return f"{100 * part / whole:.1f} %" if whole >= small_cell_suppression.FEWEST else "–"


def _patrons(asked: Selection) -> dict[str, object]:
    people, before = heads(asked), heads(asked, YEAR)
    if people is None:
        return {"heads": None}
    active = _active(people)
    words = {
        "regular": pgettext("patrons", "regular"),
        "new": pgettext("patrons", "new"),
        "lapsing": pgettext("patrons", "lapsing"),
        "lapsed": pgettext("patrons", "lapsed"),
    }
    found = [(words[name], small_cell_suppression.round_down(people[name])) for name in HEADS]
    return {
        "active": small_cell_suppression.format_count(active),
        "active_compared": more(
            small_cell_suppression.round_down(active), small_cell_suppression.round_down(_active(before))
        )
        if before
        else "",
        "heads": _rows(found, _("Patrons by activity"), frozenset({2, 3})),
    }


def _active(people: dict[str, int]) -> int:
    return people["regular"] + people["new"] + people["lapsing"]


def _words(asked: Selection) -> dict[str, object]:
    missed, ratings = failed_searches(asked), faces(asked)
    touched = sum(ratings)
    mean = (
        sum(face * count for face, count in enumerate(ratings, 1)) / touched
        if touched >= small_cell_suppression.FEWEST
        else None
    )
    return {
        "missed_total": f"{missed.total:,}",
        "missed_weeks": KEPT,
        "missed": _rows(missed.words, _("Searches with no results")) if missed.words else None,
        "mean": f"{mean:.1f}" if mean is not None else "",
        "touched": small_cell_suppression.format_count(touched),
        "happy": small_cell_suppression.share(sum(ratings[3:]), touched),
        "faces": _faces_chart([small_cell_suppression.round_down(each) for each in ratings])
        if mean is not None
        else None,
    }


def _messages(asked: Selection) -> dict[str, object]:
    sums, judged = nights(asked), calibration()
    tried = sums.said + sums.failed
    reach = [
        (pgettext("messages", "delivered"), small_cell_suppression.suppress_small(sums.said)),
        (_("not delivered"), small_cell_suppression.suppress_small(sums.failed)),
        (_("withheld"), small_cell_suppression.suppress_small(sums.withheld)),
    ]
    return {
        "contacts": small_cell_suppression.format_count(sums.contacts),
        "fresh_count": small_cell_suppression.format_count(sums.fresh),
        "fresh": small_cell_suppression.share(sums.fresh, sums.contacts),
        "fresh_width": round(charts.NARROW * (small_cell_suppression.percent(sums.fresh, sums.contacts) or 0) / 100),
        "reached": small_cell_suppression.share(sums.said, tried)
        if small_cell_suppression.bounded(sums.said, tried)
        else percent(sums.said, tried),
        "reach": _rows(reach, _("Message delivery"), frozenset({1, 2})) if tried else None,
        "judged": judged,
        "usual": round(100 * judged.usual) if judged else 0,
        "likely": round(100 * judged.likely) if judged else 0,
    }


def _cohort(each: CohortRetention) -> CohortRow:
    shares = tuple("–" if count is None else small_cell_suppression.share(count, each.patrons) for count in each.after)
    return CohortRow(f"{each.month:%Y-%m}", small_cell_suppression.format_count(each.patrons), shares)


def _groups(asked: Selection) -> list[GroupRow]:
    names = dict(the_central().categories())
    return [_group(each, names.get(each.group, each.group) or _("no category")) for each in by_group(asked)]


def _group(each: GroupResult, name: str) -> GroupRow:
    def format_value(value: float | None, form: str) -> str:
        return "–" if value is None else form.format(value)

    return GroupRow(
        name=name,
        active=small_cell_suppression.format_count(each.active),
        new=small_cell_suppression.format_count(each.new),
        lapsed=small_cell_suppression.format_count(each.lapsed),
        loans=format_value(each.loans, "{:,}"),
        each=format_value(each.each, "{:.1f}"),
        late=format_value(each.late, "{:.1f} %"),
        more=format_value(each.more, "{:+.0f} %"),
    )
