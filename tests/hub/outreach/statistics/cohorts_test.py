"""Test the cohorts: how many patrons of each month borrowed 1, 3, 6 and 12 months later or after."""

from __future__ import annotations

from datetime import date, timedelta

from hub.outreach.engagement.loyalty.models import MonthlyReferrals
from hub.outreach.patrons.models import Person
from hub.outreach.statistics import figures, nightly_counts
from hub.outreach.statistics.models import Borrower, Cohort
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

TODAY = NOW.date()


def borrowers(count: int, first: date, last: date) -> None:
    for _each in range(count):
        person = Person.objects.create(ref=f"b{Person.objects.count()}", since=NOW)
        Borrower.objects.create(person=person, first_on=first, last_on=last)


def test_cohorts_count_patrons_by_month_of_first_and_last_loan(world: World) -> None:
    march = date(2026, 3, 5)
    borrowers(4, march, march)
    borrowers(3, march, date(2026, 4, 1))
    borrowers(2, march, date(2026, 9, 30))
    borrowers(6, date(2026, 10, 20), date(2026, 11, 2))
    nightly_counts.cohorts(TODAY)
    nightly_counts.cohorts(TODAY)
    rows = Cohort.objects.values_list("month", "patrons", "after_1", "after_3", "after_6", "after_12")
    assert list(rows) == [
        (date(2026, 3, 1), 9, 5, 2, 2, None),
        (date(2026, 10, 1), 6, None, None, None, None),
    ], "November is not over yet"
    (newest, oldest) = figures.cohort_retention()
    assert oldest.after == (5, 2, 2, None) and newest.after == (None,) * 4


def test_month_with_few_patrons_is_suppressed(world: World) -> None:
    borrowers(4, TODAY - timedelta(days=100), TODAY)
    nightly_counts.cohorts(TODAY)
    assert figures.cohort_retention() == []


def test_page_shows_cohorts_and_referrals(world: World) -> None:
    borrowers(18, date(2026, 3, 5), date(2026, 9, 30))
    borrowers(5, date(2026, 3, 5), date(2026, 3, 6))
    nightly_counts.cohorts(TODAY)
    MonthlyReferrals.objects.create(month=date(2026, 11, 1), count=7)
    page = words(Grace().client.get("/staff/figures/").content)
    assert "2026-03 20 70 % 70 % 70 % –" in page
    assert "Referred patrons in this period: 5." in page
    assert "首次借书月份" in words(Grace("zh-hans").client.get("/staff/figures/").content)
