"""Test that every count on a staff page has its digits in groups of three, in both languages."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.fleet.models import HelpCall
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders.forecasts import ForecastGroup
from hub.outreach.statistics import figures
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

MANY = 1478
UNGROUPED = re.compile(r"(?<![\d,.:/-])(?:1478|1600)(?!\d)")


@pytest.fixture(params=["en", "zh-hans"])
def grace(world: World, request: pytest.FixtureRequest) -> Grace:
    now = hub_clock().now()
    Person.objects.bulk_create(Person(ref=f"ref-{each}", since=now, provisional=True) for each in range(MANY))
    HelpCall.objects.bulk_create(HelpCall(id=uuid4(), kiosk=world.kiosk, called_at=now) for _ in range(MANY))
    return Grace(request.param)


@pytest.mark.parametrize("page", ["staff:today", "patrons:lists"])
def test_counts_in_bar_and_page_have_a_thousands_separator(grace: Grace, page: str) -> None:
    response = grace.client.get(reverse(page))
    text = words(response.content)
    assert text.count("1,478") >= 2, "once in the bar and once on the page"
    assert UNGROUPED.findall(text) == []


def test_forecast_counts_have_a_thousands_separator(grace: Grace, monkeypatch: pytest.MonkeyPatch) -> None:
    group = ForecastGroup(type="", count=1600, usual=0.5, likely=0.8, off=1.0, better=0.5)
    monkeypatch.setattr(figures, "calibration", lambda: group)
    page = words(grace.client.get(reverse("statistics:figures")).content)
    assert "1,600" in page
    assert UNGROUPED.findall(page) == []
