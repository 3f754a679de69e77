"""Test booking an event at the kiosk from its poster, and cancelling it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.outreach.engagement.feedback.models import Booking
from kiosk.views import Learn
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import Marketing, event
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page
from tests.stories.showcase_kiosk_test import turned_to


@pytest.mark.story(
    "F17",
    begins="The first screen shows the poster of an event; a patron touches Sign up now and places their card",
    ends="They have the place, the next patron is on the waiting list, and staff see both; one touch passes "
    "the place on",
)
def test_event_place_is_booked_and_cancelled_at_the_kiosk(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    session, grace = event(world, places=1), Marketing("en", role="librarian")
    grace.does("event_poster", session.course_id)
    kiosk = KioskSession(world, tmp_path)
    turned_to(kiosk, "Border Town")
    kiosk.press("event")
    assert "Reading circle" in kiosk.words
    kiosk.press("take_place")
    kiosk.tap(ADA_UID)
    assert isinstance(kiosk.view, Learn) and "You are signed up" in kiosk.words
    assert Booking.objects.get().person.ref == world.ada.ref
    (tmp_path / "other").mkdir()
    other = KioskSession(world, tmp_path / "other")
    turned_to(other, "Border Town")
    other.press("event")
    assert "Full, with a waiting list" in other.words
    other.press("queue")
    other.tap(LIN_UID)
    assert "You are on the waiting list" in other.words
    who = grace.client.get(reverse("feedback:session", args=(session.pk,))).content
    assert "Ada S." in words(who) and "Waiting list" in words(who)
    keep(of_page(browser, who.decode()))
    kiosk.press("give_place_back")
    assert "Cancelled" in kiosk.words
    who = grace.client.get(reverse("feedback:session", args=(session.pk,))).content
    assert "林**" in words(who) and "Ada S." not in words(who) and "Waiting list" not in words(who)
    keep(of_page(browser, who.decode()))
