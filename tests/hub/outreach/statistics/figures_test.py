"""Test the figures against the feed and the weeks of a year before, and that they identify no person."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from hub.circulation.operations import loan_changes, sightings
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import SmileyRating
from hub.outreach.engagement.loyalty.models import MonthlyReferrals
from hub.outreach.patrons.models import Contact, Person
from hub.outreach.statistics import counts, figures
from hub.outreach.statistics.figures import ComparedSpan, Selection, late_chart, loans_chart
from hub.outreach.statistics.models import Borrower, Cohort, DailyLoans, Headcount, Night
from lending.transactions import ReturnMode
from tests.hub.outreach.engagement.feedback.feedback_fixtures import reachable
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

TODAY = NOW.date()
PLACES = (("month", ""), ("quarter", ""), ("year", ""), ("month", "main"), ("month", "east"))


def counted() -> list[tuple[str, str, int, int, int]]:
    carry()
    rows = DailyLoans.objects.exclude(loans=0, back=0).order_by("on")
    return [(f"{each.on:%d.%m.}", each.group, each.loans, each.back, each.late) for each in rows]


def test_loans_and_overdue_returns_are_counted_by_day_and_group(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkout(world.by, world.lin, world.emma)
    world.advance(days=40)
    loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    assert counted() == [("25.11.", "adult", 2, 0, 0), ("04.01.", "adult", 0, 1, 1)]


def test_kiosk_return_is_counted_once(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.advance(days=1)
    world.upload_all(world.checkin(world.dune))
    loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    assert counted() == [("25.11.", "adult", 1, 0, 0), ("26.11.", "adult", 0, 1, 0)]


def test_undone_loan_is_not_counted(world: World) -> None:
    row = world.checkout(world.dune)
    world.upload_all(row)
    world.upload_all(world.undo(row))
    assert counted() == []


def test_in_house_use_is_counted_separately(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    sightings.use_in_house(world.by, world.emma)
    world.advance(hours=2)
    loan_changes.receive(world.by, world.emma)
    assert counted() == [("25.11.", "adult", 1, 0, 0)]
    assert (figures.here(Selection(TODAY)), figures.here(Selection(TODAY, "month", "east"))) == (2, 0)
    page = Grace().client.get(reverse("statistics:figures")).content
    assert "2 in-house uses" in words(page)


def test_repeated_carry_counts_events_once(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert counted() == counted() == [("25.11.", "adult", 1, 0, 0)]


@pytest.mark.parametrize(("period", "days", "number"), [("month", 1, 28), ("month", 7, 4), ("year", 7, 52)])
def test_span_compares_with_same_weekday_a_year_before(world: World, period: str, days: int, number: int) -> None:
    DailyLoans.objects.create(on=TODAY, loans=7, back=10, late=1)
    DailyLoans.objects.create(on=TODAY - figures.YEAR, loans=5, back=10, late=2)
    DailyLoans.objects.create(on=TODAY - figures.YEAR * 2, loans=1000)
    DailyLoans.objects.create(on=TODAY + timedelta(days=1), loans=1000)
    spans = figures.spans(Selection(TODAY, period), days)
    assert len(spans) == number
    assert spans[-1] == ComparedSpan(spans[-1].first_day, 7, 10, 1, 5, 10, 2)
    assert sum(each.loans for each in spans[:-1]) == 0


def test_branch_is_counted_separately(world: World) -> None:
    DailyLoans.objects.create(on=TODAY, branch="main", loans=7)
    DailyLoans.objects.create(on=TODAY, branch="east", loans=2)
    assert [figures.spans(Selection(TODAY, "month", each), 28)[0].loans for each in ("main", "east", "")] == [7, 2, 9]


def borrower(number: int, first: int, last: int) -> Borrower:
    person = Person.objects.create(ref=f"r{number}", since=NOW)
    created: Borrower = Borrower.objects.create(
        person=person, group="adult", branch="main",
        first_on=TODAY - timedelta(days=first), last_on=TODAY - timedelta(days=last),
    )  # fmt: skip
    return created


def test_nightly_headcount_splits_regular_new_lapsing_and_lapsed(world: World) -> None:
    for number, (first, last) in enumerate([(400, 3), (20, 3), (400, 60), (400, 179), (400, 180), (800, 365)]):
        borrower(number, first, last)
    counts.heads(TODAY)
    assert figures.heads(Selection(TODAY)) == {"regular": 1, "new": 1, "lapsing": 2, "lapsed": 1}
    assert figures.heads(Selection(TODAY), figures.YEAR) is None
    assert figures.heads(Selection(TODAY, "month", "east")) == {"regular": 0, "new": 0, "lapsing": 0, "lapsed": 0}


def test_groups_with_fewer_than_five_patrons_are_suppressed(world: World) -> None:
    Headcount.objects.create(on=TODAY, group="adult", regular=20, new=4, lapsing=0, lapsed=3)
    Headcount.objects.create(on=TODAY, group="child", regular=4)
    Headcount.objects.create(on=TODAY, group="guest", regular=6)
    DailyLoans.objects.create(on=TODAY, group="guest", loans=9)
    DailyLoans.objects.create(on=TODAY, group="adult", loans=48, back=40, late=2)
    DailyLoans.objects.create(on=TODAY, group="child", loans=30, back=30, late=30)
    DailyLoans.objects.create(on=TODAY - figures.YEAR, group="adult", loans=40)
    adult, guest, child = figures.by_group(Selection(TODAY))
    assert (adult.loans, adult.each, adult.late, adult.more) == (48, 48 / 22, 5.0, 20.0)
    for covered in (guest, child):
        assert (covered.loans, covered.late, covered.each) == (None, None, None)
    page = _page(Grace())
    assert "Adult 20 under 5 under 5 48 2.2 5.0 % +20 %" in page
    assert "under 5 0 0 – – – –" in page
    assert "guest 5 0 0 – – – –" in page, "the children's loans must not follow from the total"


def test_group_small_at_one_branch_is_suppressed_at_all(world: World) -> None:
    for branch, count in (("main", 20), ("east", 3)):
        Headcount.objects.create(on=TODAY, branch=branch, group="child", regular=count)
        for group in ("adult", "senior"):
            Headcount.objects.create(on=TODAY, branch=branch, group=group, regular=40 if group == "adult" else 15)
            DailyLoans.objects.create(on=TODAY, branch=branch, group=group, loans=60)
        DailyLoans.objects.create(on=TODAY, branch=branch, group="child", loans=7)
    for branch in ("", "main", "east"):
        shown = {each.group: each.loans is not None for each in figures.by_group(Selection(TODAY, "month", branch))}
        assert shown == {"adult": True, "senior": False, "child": False}


def _page(grace: Grace, query: str = "", language: str = "en") -> str:
    response = grace.client.get(f"/staff/figures/{query}", headers={"Accept-Language": language})
    assert response.status_code == 200
    return words(response.content)


def test_nightly_run_updates_groups_key_patrons_and_contact_counts(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    carry()
    reachable(world.ada.ref, "ada@example.org")
    reachable(world.lin.ref, "lin@example.org")
    Contact.objects.filter(person__ref=world.lin.ref).update(bounced_at=NOW)
    Borrower.objects.update(group="old")
    Person.objects.filter(ref=world.ada.ref).update(key=True)
    counts.nightly(hub_clock().now())
    ada = Borrower.objects.get()
    assert (ada.group, ada.key) == ("adult", True)
    night = Night.objects.get()
    assert (night.contacts, night.fresh, night.bounced) == (2, 1, 1)
    counts.nightly(hub_clock().now())
    assert (Night.objects.count(), Headcount.objects.count()) == (1, 1)


def test_empty_page_says_so_in_both_languages(world: World) -> None:
    grace = Grace()
    assert "No loans in this period" in _page(grace)
    assert "这段时间没有借阅" in _page(grace, language="zh-hans")
    assert "0 loans" in _page(grace, "?branch=nowhere&period=century")


def test_smileys_are_shown_from_five_ratings(world: World) -> None:
    for face in (5, 5, 4, 1):
        SmileyRating.objects.create(face=face, branch=world.main, on=TODAY)
    assert "Fewer than 5 ratings" in _page(Grace())
    SmileyRating.objects.create(face=5, branch=world.main, on=TODAY)
    assert "4.0 of 5, visit rating 5 ratings, – happy" in _page(Grace())
    for _face in range(20):
        SmileyRating.objects.create(face=5, branch=world.main, on=TODAY)
    assert "25 ratings, over 80 % happy" in _page(Grace()), "one rating is below"


def test_failed_searches_are_counted_by_branch_and_period(world: World) -> None:
    """A settled topic still counts as a failed search."""
    for days, branch in ((0, "main"), (1, "main"), (2, "east"), (3, ""), (27, "main"), (35, "main"), (100, "main")):
        programs.count_failed_search("CNKI", NOW - timedelta(days=days), branch)
    programs.count_failed_search("once", NOW, "main")
    programs.settle("cnki")
    found = [figures.failed_searches(Selection(TODAY, period, branch)) for period, branch in PLACES]
    assert [(each.total, each.words) for each in found] == [
        (6, (("cnki", 5),)), (7, (("cnki", 6),)), (8, (("cnki", 7),)), (4, ()), (1, ()),
    ]  # fmt: skip
    assert "6 searches with no results all branches and phones" in _page(Grace())
    assert "4 searches with no results this branch; phone searches" in _page(Grace(), "?branch=main")


def test_busiest_day_of_loans_chart_has_its_figure() -> None:
    spans = [ComparedSpan(TODAY, loans=count) for count in (3, 12, 7)]
    assert re.findall(r'class="over"[^>]*>([^<]*)<', loans_chart(spans, 1)) == ["12"]


def test_week_with_few_returns_has_no_point_in_chart() -> None:
    spans = [
        ComparedSpan(TODAY, back=4, late=4),
        ComparedSpan(TODAY, back=10, late=5),
        ComparedSpan(TODAY, back=10, late=1),
    ]
    points = re.search(r'now-line" points="([^"]*)"', late_chart(spans))
    assert points is not None and len(points[1].split()) == 2


def test_forgotten_patron_loses_borrower_row_but_counts_stay(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    carry()
    Person.objects.filter(ref=world.ada.ref).delete()
    assert not Borrower.objects.exists()
    assert counted() == [("25.11.", "adult", 1, 0, 0)]


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
    counts.cohorts(TODAY)
    counts.cohorts(TODAY)
    rows = Cohort.objects.values_list("month", "patrons", "after_1", "after_3", "after_6", "after_12")
    assert list(rows) == [
        (date(2026, 3, 1), 9, 5, 2, 2, None),
        (date(2026, 10, 1), 6, None, None, None, None),
    ], "November is not over yet"
    (newest, oldest) = figures.cohort_retention()
    assert oldest.after == (5, 2, 2, None) and newest.after == (None,) * 4


def test_month_with_few_patrons_is_suppressed(world: World) -> None:
    borrowers(4, TODAY - timedelta(days=100), TODAY)
    counts.cohorts(TODAY)
    assert figures.cohort_retention() == []


def test_page_shows_cohorts_and_referrals(world: World) -> None:
    borrowers(18, date(2026, 3, 5), date(2026, 9, 30))
    borrowers(5, date(2026, 3, 5), date(2026, 3, 6))
    counts.cohorts(TODAY)
    MonthlyReferrals.objects.create(month=date(2026, 11, 1), count=7)
    page = words(Grace().client.get("/staff/figures/").content)
    assert "2026-03 20 70 % 70 % 70 % –" in page
    assert "Referred patrons in this period: 5." in page
    assert "首次借书月份" in words(Grace("zh-hans").client.get("/staff/figures/").content)
