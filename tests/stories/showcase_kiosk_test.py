"""Test the idle slides: a new title and an event, taken along by a phone's camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback.models import Booking
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Borrowing, Welcome
from kiosk.words import Words
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import Marketing, event, picture
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.portal.touch_browser import press, sign_in
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, World
from tests.stories import pictures
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep
from tests.support.drawn_sheet import render


@pytest.fixture
def public(live_server: Any, world: World, settings: Any, browser: Chrome) -> Iterator[str]:
    settings.PUBLIC_URL = live_server.url
    yield str(live_server.url)
    off_the_phone(browser)


def code_on(kiosk: KioskSession) -> str:
    """Return the text of the QR code on screen."""
    theme = Theme(1280, 800, 10.1)
    sheet = sheet_of(kiosk.view, kiosk.status, theme, Words("en"), Glyphs())
    (found,) = zxingcpp.read_barcodes(render(sheet, (theme.width, theme.height)))
    return str(found.text)


def turned_to(kiosk: KioskSession, words: str) -> None:
    for _ in range(8):
        if words in kiosk.words:
            return
        kiosk.rests()
    raise AssertionError(kiosk.words)


@pytest.mark.story(
    "F12",
    begins="A new title is catalogued and a librarian writes a line about it; the kiosk is idle",
    ends="The screen shows it with the line and its code; a phone opens it, and a card still starts a visit at once",
)
@pytest.mark.django_db(transaction=True)
def test_new_title_is_opened_on_a_phone_from_the_idle_screen(
    public: str, world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    walden = add_title(world, "Walden", "Thoreau", "818 THO")
    line = {"words_zh": "湖边两年", "words_en": "Two years beside a pond"}
    Grace(language="en", role="librarian").client.post(reverse("new_titles:line", args=(walden.pk,)), line)
    kiosk = KioskSession(world, tmp_path)
    turned_to(kiosk, "Walden")
    assert "Two years beside a pond" in kiosk.words and "818 THO" in kiosk.words and "Borrow" in kiosk.words
    link = code_on(kiosk)
    assert link == f"{public}{reverse('portal:new')}#t{walden.pk}"
    on_a_phone(browser)
    speak(browser, "en")
    browser.get(link)
    assert "Two years beside a pond" in browser.find_element("id", f"t{walden.pk}").text
    assert serious(browser) == []
    keep(browser.get_screenshot_as_png())
    kiosk.tap(ADA_UID)
    assert isinstance(kiosk.view, Borrowing)


@pytest.mark.story(
    "F17",
    begins="Marketing creates the poster of an event, and the idle kiosk shows it",
    ends="A phone scans the code on the screen; the patron signs in and signs up, and staff see it",
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("channels")
def test_patron_signs_up_by_phone_from_the_idle_screen(
    public: str, world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    verified_ada(world)
    session, grace = event(world, places=12), Marketing("en", role="librarian")
    grace.does("event_poster", session.course_id)
    poster = Poster.objects.get()
    poster_text: dict[str, Any] = {
        "title_zh": "读书会",
        "title_en": "Reading circle",
        "words_zh": "一起读",
        "words_en": "Border Town",
    }
    days: dict[str, Any] = {"first": "2026-11-25", "last": "2026-11-28", "on_kiosks": "on"}
    grace.does("edit_poster", poster.pk, **poster_text, **days, file=picture(1200, 900))
    kiosk = KioskSession(world, tmp_path)
    turned_to(kiosk, "Border Town")
    assert isinstance(kiosk.view, Welcome) and kiosk.view.slide is not None
    assert Path(getattr(kiosk.view.slide, "picture", "")).read_bytes()[:2] == b"\xff\xd8"
    link = code_on(kiosk)
    assert link == f"{public}{reverse('portal:event', args=(session.course_id,))}"
    on_a_phone(browser)
    speak(browser, "en")
    browser.get(link)
    press(browser, ".bar a.primary")
    sign_in(browser, world.ada.identifier)
    press(browser, ".bar form .button.primary")
    keep(browser.get_screenshot_as_png())
    assert Booking.objects.get().person.ref == world.ada.ref
    who = grace.client.get(reverse("feedback:session", args=(session.pk,))).content.decode()
    assert "Ada S" in who
    off_the_phone(browser)
    keep(pictures.of_page(browser, who))
