"""Test loyalty: a referral notifies both patrons, and staff see who stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from django.urls import reverse
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import Select

from hub.core.clock import hub_clock
from hub.outreach.engagement.loyalty import reading_counts, referrals
from hub.outreach.engagement.loyalty.models import ReadingCount
from hub.outreach.patrons.models import Person
from hub.outreach.statistics import counts
from hub.outreach.statistics.models import Borrower
from tests.hub.outreach.engagement.feedback.feedback_fixtures import run_minute_jobs
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.portal.touch_browser import enter_code, press, sign_in
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.fixture
def public(live_server: Any, world: World, settings: Any, browser: Chrome) -> Iterator[str]:
    settings.PUBLIC_URL = live_server.url
    speak(browser, "en")
    on_a_phone(browser)
    yield str(live_server.url)
    off_the_phone(browser)


@pytest.mark.story(
    "F6",
    begins="A patron creates a referral code on their phone, and a friend's phone scans it and registers",
    ends="Staff see the friend, and both get a thank-you mail without a name in it",
)
@pytest.mark.django_db(transaction=True)
def test_referred_friend_registers_and_both_are_thanked(public: str, world: World, browser: Chrome, keep: Keep) -> None:
    verified_ada(world)
    with mailbox() as box:
        browser.get(f"{public}{reverse('portal:mine')}")
        sign_in(browser, world.ada.identifier)
        press(browser, "main form .button.primary")
        assert serious(browser) == [] and too_small(browser) == []
        keep(browser.get_screenshot_as_png())
        shown = browser.find_element("css selector", ".qr").screenshot_as_png
        (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(shown)).convert("L"))
        browser.delete_all_cookies()
        browser.get(found.text)
        for name, text in (("name", "Nova Example"), ("birth_year", "1990"), ("address", "nova@example.org")):
            browser.find_element("name", name).send_keys(text)
        Select(browser.find_element("name", "category")).select_by_value("adult")
        assert serious(browser) == [] and too_small(browser) == []
        keep(browser.get_screenshot_as_png())
        assert "You are registered" in press(browser, "main form .button.primary")
        keep(browser.get_screenshot_as_png())
        enter_code(browser)
        nova = Person.objects.latest("pk")
        grace = Grace(role="librarian")
        grace.client.post(reverse("patrons:seen", args=(nova.pk,)), {"card": "04AABBCC"}, follow=True)
        run_minute_jobs()
        thanks = {str(each["To"]): each for each in box.mails if "code" not in str(each["Subject"]).lower()}
    assert set(thanks) == {"ada@example.org", "nova@example.org"}
    assert "a friend of yours has joined us" in str(thanks["ada@example.org"]["Subject"])
    assert "1 reader has joined through you" in body(thanks["ada@example.org"])
    assert "Nova" not in body(thanks["ada@example.org"]) and "Ada" not in body(thanks["nova@example.org"])
    off_the_phone(browser)
    keep(pictures.of_mail(browser, thanks["ada@example.org"]))
    keep(pictures.of_mail(browser, thanks["nova@example.org"]))


@pytest.mark.story(
    "F6",
    begins="A patron has their books counted from today, and borrows at the kiosk",
    ends="Their phone shows the badge that they have earned, and the statistics page how many of each month's "
    "new patrons have stayed",
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("channels")
def test_patron_earns_a_badge_and_staff_see_retention(public: str, world: World, browser: Chrome, keep: Keep) -> None:
    own = verified_ada(world)
    reading_counts.begin(own, hub_clock().now())
    ReadingCount.objects.update(books=8)
    borrow_in_turn(world, world.dune, world.utopia)
    referrals.invite(own, hub_clock().now())
    browser.get(f"{public}{reverse('portal:mine')}")
    page = sign_in(browser, world.ada.identifier)
    assert "10\nbooks since" in page and "40 books to the next badge" in page, page
    keep(browser.get_screenshot_as_png())
    for first, last, count in ((3, 3, 10), (3, 9, 20), (6, 10, 11), (8, 8, 6), (8, 10, 14)):
        for number in range(count):
            person = Person.objects.create(ref=f"c{first}-{last}-{number}", since=NOW)
            Borrower.objects.create(person=person, first_on=date(2026, first, 9), last_on=date(2026, last, 20))
    counts.nightly(hub_clock().now())
    seen = Grace(role="librarian").client.get(reverse("statistics:figures")).content
    assert "2026-08 20 60 % – – –" in words(seen) and "2026-03 30 60 % 60 % 60 % –" in words(seen), words(seen)
    off_the_phone(browser)
    keep(pictures.of_page(browser, seen.decode(), height=2400))
