"""Test that every access to patron data is visible to the responsible administrator."""

from __future__ import annotations

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.audit.models import SecuritySettings
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F20",
    begins="A librarian opens a patron from a list; no card was scanned, so they choose one of six reasons",
    ends="The administrator sees it in the month's report, by member of staff and reason, and no patron's name in it",
)
def test_access_without_a_card_appears_in_the_monthly_report(world: World, browser: Chrome, keep: Keep) -> None:
    ida = Grace(role="librarian", name="ida")
    ida.client.reason = ""
    asked = ida.client.get(reverse("staff:patron", args=(world.ada.pk,)), follow=True)
    keep(pictures.of_page(browser, asked.content.decode()))
    form = {"then": reverse("staff:patron", args=(world.ada.pk,)), "reason": "asked"}
    opened = ida.client.post(asked.redirect_chain[-1][0], form, follow=True)
    assert "Ada Sample" in words(opened.content)
    ida.enter(ADA_UID)
    month = Grace().client.get(reverse("audit:month")).content
    assert "ida 1 – 1 – – – – 1 1" in words(month)
    assert "Ada" not in words(month)
    keep(pictures.of_page(browser, month.decode()))
    refused = ida.client.get(reverse("audit:month"))
    assert refused.status_code == 403, "a librarian does not see the report"


@pytest.mark.story(
    "F20",
    begins="A person opens one patron after another without a card",
    ends="The administrator finds an alarm on their page and opens it, and it is logged who has seen it",
)
def test_opening_many_patrons_raises_an_alarm(world: World, browser: Chrome, keep: Keep) -> None:
    SecuritySettings.objects.update(mass=1)
    ida = Grace(role="clerk", name="ida")
    for patron in (world.ada, world.lin):
        ida.page("patron", patron.pk)
    grace = Grace()
    before = grace.client.get(reverse("audit:overview")).content
    assert "2 patrons in 1 hour without card ida" in words(before)
    keep(pictures.of_page(browser, before.decode()))
    (alarm,) = [each.split("/")[-3] for each in before.decode().split('"') if each.endswith("/seen/")]
    after = grace.client.post(reverse("audit:alarm_seen", args=(alarm,)), follow=True).content
    assert "No alarms to review" in words(after) and "grace, today" in words(after)
