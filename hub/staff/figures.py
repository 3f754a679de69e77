"""The loans of each day for the first page, as the feed has told of them up to a minute ago; knows no patron."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.utils.translation import gettext as _

from hub.outreach.statistics.models import DailyLoans
from hub.staff import formatting

DAYS = 28
YEAR = timedelta(days=364)
"""The same weekday a year ago."""
TALLEST = 240
"""Pixels of the highest bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: how many loans, and how high its bar and the mark of a year ago stand, in pixels."""

    count: int
    words: str
    height: int
    year_ago: int
    today: bool
    label: str


@dataclass(frozen=True, slots=True)
class Weeks:
    """Four weeks of loans; `compared` is empty when nothing is known of a year ago."""

    total: int
    compared: str
    bars: tuple[Bar, ...]

    @property
    def told(self) -> str:
        return f"{self.total:,}"


def four_weeks() -> Weeks:
    """What was lent in the four weeks up to today; loans that were undone do not count."""
    last = formatting.today()
    days = [last - timedelta(days=ahead) for ahead in reversed(range(DAYS))]
    now, then = _lent(days), _lent([day - YEAR for day in days])
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
    return Weeks(now.total(), _compared(now.total(), then.total()), bars)


def _label(day: date, last: date) -> str:
    """Names today and the Mondays that leave room for it."""
    if day == last:
        return _("today so far")
    return formatting.short(day) if day.weekday() == 0 and (last - day).days >= 6 else ""


def _lent(days: list[date]) -> Counter[date]:
    rows = DailyLoans.objects.filter(on__gte=days[0], on__lte=days[-1]).order_by()
    return Counter(dict(rows.values_list("on").annotate(Sum("loans"))))


def _compared(now: int, then: int) -> str:
    if not then:
        return ""
    share = round(100 * (now - then) / then)
    if share >= 0:
        return _("{share} more than a year ago").format(share=f"{share} %")
    return _("{share} fewer than a year ago").format(share=f"{-share} %")
