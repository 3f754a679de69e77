"""Test the loan history at the kiosk: recommend a title to a friend, remove another for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation import pins
from hub.ils.bridge.feed_relay import carry
from kiosk.screens.my_details import friends_link
from kiosk.views import Details
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page

PIN = "4711"


def history_of(page: bytes) -> str:
    """Return the history section of a patron's page; a removed title may still be recommended."""
    return words(page).split("Borrow again")[1].split("Interests")[0]


@pytest.mark.story(
    "F6",
    begins="At the kiosk a patron opens their loan history with the PIN, recommends one title and removes another",
    ends="A friend's phone shows the recommended book without their name; staff no longer see the other one",
)
@pytest.mark.django_db(transaction=True)
def test_title_is_recommended_and_another_removed_from_the_history(
    live_server: Any, settings: Any, world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    settings.PUBLIC, settings.PUBLIC_URL = True, live_server.url
    verified_ada(world)
    pins.set_pin(world.ada, PIN)
    give_consents(world.ada)
    borrow_in_turn(world, world.dune, world.emma)
    kiosk = KioskSession(world, tmp_path)
    kiosk.tap(ADA_UID)
    kiosk.press("account")
    kiosk.press("for_you")
    assert "Dune" not in kiosk.words
    kiosk.proves(PIN)
    kiosk.press("had")
    assert "Dune" in kiosk.words and "Emma" in kiosk.words
    kiosk.press("recommend", str(world.dune.title_id))
    assert isinstance(kiosk.view, Details)
    speak(browser, "en")
    on_a_phone(browser)
    browser.get(friends_link(kiosk.view))
    seen = browser.find_element("tag name", "body").text
    assert "Dune" in seen and "Ada" not in seen and serious(browser) == []
    keep(browser.get_screenshot_as_png())
    off_the_phone(browser)
    grace = Grace()
    grace.enter(world.ada.identifier)
    page = reverse("staff:patron_reading", args=(world.ada.pk,))
    assert "Emma" in history_of(grace.client.get(page).content)
    kiosk.press("back")
    kiosk.press("drop", str(world.emma.title_id))
    assert "Emma" not in kiosk.words
    carry()
    after = grace.client.get(page).content.decode()
    assert "Emma" not in history_of(after.encode()) and "Dune" in history_of(after.encode())
    keep(of_page(browser, after, height=2000))
