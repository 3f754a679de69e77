"""Test reports about groups of patrons instead of counters."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome

from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person
from hub.outreach.statistics import counts
from hub.outreach.statistics.models import Borrower, Headcount
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F26",
    begins="Adults borrow at two places, and the night counts them by group",
    ends="A librarian reads what each group got out of the library; groups of fewer than five are hidden",
)
def test_outcomes_are_reported_by_patron_category(world: World, browser: Chrome, keep: Keep) -> None:
    today = hub_clock().now().date()
    for number in range(5):
        person = Person.objects.create(ref=f"invented-{number}", since=hub_clock().now())
        Borrower.objects.create(person=person, group="adult", branch="main", first_on=today, last_on=today)
    for number in range(6):
        child = Person.objects.create(ref=f"invented-child-{number}", since=hub_clock().now())
        Borrower.objects.create(person=child, group="child", branch="main", first_on=today, last_on=today)
    stranger = Person.objects.create(ref="invented-9", since=hub_clock().now())
    Borrower.objects.create(person=stranger, group="guest", branch="main", first_on=today, last_on=today)
    world.upload_all(world.checkout(world.dune))
    loan_changes.checkout(world.by, world.lin, world.emma)
    carry()
    counts.nightly(hub_clock().now())
    assert Headcount.objects.get(group="adult").new == 7
    page = Grace().client.get("/staff/figures/")
    read = words(page.content)
    assert "Adult 5 5 0 2 0.3 – –" in read
    assert "guest under 5 under 5 0 – – – –" in read
    keep(pictures.of_page(browser, page.content.decode(), height=1300))
