"""Test figures for decisions: the desks' activity as a chart, compared with the year before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from selenium.webdriver import Chrome

from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.statistics import counts
from hub.outreach.statistics.figures import YEAR
from hub.outreach.statistics.models import DailyLoans, Goal
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F3",
    begins="Patrons borrow at a kiosk and at the desk, and one brings a book back late",
    ends="The head of the library compares loans and late returns with last year's on the statistics page, and "
    "sets a goal",
)
def test_loans_and_overdue_returns_are_compared_with_last_year(world: World, browser: Chrome, keep: Keep) -> None:
    today = hub_clock().now().date() + timedelta(days=33)
    DailyLoans.objects.create(on=today - YEAR, branch="main", group="adult", loans=20, back=100, late=12)
    world.upload_all(world.checkout(world.dune))
    loan_changes.checkout(world.by, world.lin, world.emma)
    world.advance(days=33)
    loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    loan_changes.checkout(world.by, world.ada, world.utopia)
    carry()
    DailyLoans.objects.filter(on=today).update(back=50)
    counts.nightly(hub_clock().now())
    head = Grace()
    head.user.is_superuser = True
    head.user.save()
    head.sign_in()
    page = head.client.get("/staff/figures/")
    read = words(page.content)
    assert "1 loans All branches · Tue 1 Dec – Mon 28 Dec · 95 % fewer than 1 year ago" in read
    assert "2.0 % of returns overdue 1 year ago: 12.0 %" in read
    assert "under 5 active patrons" in read, "two patrons could be known by it"
    keep(pictures.of_page(browser, page.content.decode()))
    typed = {"role": "librarian", "figure": "late", "target": "1.5", "until": ""}
    answer = head.client.post("/staff/goals/set/", typed, follow=True)
    assert "2 % of returns overdue goal 1.5 % 0 % of the way" in words(answer.content)
    assert Goal.objects.get().begun == 2.0
    keep(pictures.of_page(browser, answer.content.decode()))
