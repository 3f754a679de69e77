"""Show the Today page: what needs doing now, the most urgent first."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_page
from hub.outreach.statistics import goals
from hub.outreach.statistics.models import DailyLoans
from hub.staff import tasks

DAYS = 28
YEAR = timedelta(days=364)
"""Distance to the same weekday a year ago."""
TALLEST = 240
"""Height of the tallest bar, in pixels."""


@staff_page
def today(request: HttpRequest) -> HttpResponse:
    """List the user's tasks; only the most urgent one has the accent button."""
    every = tasks.waiting(request.user, hub_clock().now())
    open_ones = [each for each in every if each.count]
    return page(request, "today", "staff/today.html", {
        "day": formatting.day(formatting.today()),
        "weeks": four_weeks(),
        "tasks": open_ones,
        "goals": goals.rows_of(goals.roles_of_user(request.user)),
        "done": [each.words for each in every if not each.count],
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: its number of loans, and the heights in pixels of its bar and of the mark for a year ago."""

    count: int
    words: str
    height: int
    year_ago: int
    today: bool
    label: str


@dataclass(frozen=True, slots=True)
class Weeks:
    """Four weeks of loans; `compared` is empty if there are no figures of a year ago."""

    total: int
    compared: str
    bars: tuple[Bar, ...]

    @property
    def told(self) -> str:
        """The total, with digits in groups of three."""
        return f"{self.total:,}"


def four_weeks() -> Weeks:
    """Return the loans of the four weeks up to today; undone loans do not count."""
    last = formatting.today()
    days = [last - timedelta(days=ahead) for ahead in reversed(range(DAYS))]
    now, then = _loans_per_day(days), _loans_per_day([day - YEAR for day in days])
    top = max((*now.values(), *then.values()), default=0) or 1
    bars = tuple(
        Bar(
            count=now[day],
            words=_("{day}: {count} loans").format(day=formatting.day(day), count=f"{now[day]:,}"),
            height=round(TALLEST * now[day] / top),
            year_ago=round(TALLEST * then[day - YEAR] / top),
            today=day == last,
            label=_label(day, last),
        )
        for day in days
    )
    return Weeks(now.total(), _change_in_a_year(now.total(), then.total()), bars)


def _label(day: date, last: date) -> str:
    """Label today, and each Monday that leaves room for that label."""
    if day == last:
        return _("today so far")
    return formatting.short(day) if day.weekday() == 0 and (last - day).days >= 6 else ""


def _loans_per_day(days: list[date]) -> Counter[date]:
    rows = DailyLoans.objects.filter(on__gte=days[0], on__lte=days[-1]).order_by()
    return Counter(dict(rows.values_list("on").annotate(Sum("loans"))))


def _change_in_a_year(now: int, then: int) -> str:
    if not then:
        return ""
    share = round(100 * (now - then) / then)
    if share >= 0:
        return _("{share} more than 1 year ago").format(share=f"{share} %")
    return _("{share} fewer than 1 year ago").format(share=f"{-share} %")
