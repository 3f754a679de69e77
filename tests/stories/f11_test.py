"""Test recommendations by message, and that the patron's rating changes the next ones."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.jobs import NIGHTLY
from hub.outreach.messaging import delivery_worker
from tests.hub.outreach.engagement.feedback.feedback_fixtures import reachable
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.touch_browser import press
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import LIN_UID, World
from tests.stories.pictures import Keep, of_page


def night() -> None:
    for _name, job in NIGHTLY:
        job(hub_clock().now())


@pytest.mark.story(
    "F11",
    begins="A patron who agreed borrows at the kiosk, and says at the desk that a recommended book is not for them",
    ends="Staff see that it is gone, that similar titles rank lower, and that everything comes two days less often",
)
def test_feedback_changes_the_recommendations(world: World, browser: Chrome, keep: Keep) -> None:
    persuasion = add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    add_book(world, "30000000000102", "Sense and Sensibility", "Austen, Jane", "823 AUS")
    give_consents(world.ada)
    give_consents(world.lin)
    for uid in ("04A1B2C3", LIN_UID):
        borrow_in_turn(world, world.dune, world.utopia, uid=uid)
    borrow_in_turn(world, world.dune, uid=LIN_UID)
    borrow_in_turn(world, world.emma)
    night()
    grace = Grace()
    grace.enter(world.ada.identifier)
    before = grace.client.get(reverse("staff:patron_reading", args=(world.ada.pk,))).content.decode()
    keep(of_page(browser, before, height=2000))
    assert "because it is also by Austen, Jane" in words(before.encode())
    assert "Recommended every 14 days" in words(before.encode())
    home = {"back": reverse("staff:patron_reading", args=(world.ada.pk,))}
    pk = give_consents(world.ada).pk
    said = reverse("reading_profiles:say", args=(pk, persuasion.title_id, "not"))
    after = grace.client.post(said, home, follow=True).content.decode()
    keep(of_page(browser, after, height=2000))
    shown = words(after.encode())
    assert "“Persuasion” is not recommended again" in shown
    assert "Recommended every 16 days" in shown
    assert f"/title/{persuasion.title_id}/not/" not in after


@pytest.mark.story(
    "F11",
    begins="A patron who agreed touches “not for me” under a book in the library's message",
    ends="The next message comes later and without it, with a reason for each title",
)
def test_feedback_on_a_message_changes_the_next_one(
    live_server: Any, world: World, browser: Chrome, keep: Keep, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    add_book(world, "30000000000102", "Dune Messiah", "Herbert, Frank", "813 HER")
    reachable(world.ada.ref, "ada@example.org")
    give_consents(world.ada)
    borrow_in_turn(world, world.emma, world.dune)
    borrow_in_turn(world, world.utopia, uid=LIN_UID)
    first = sent(world)
    assert str(first["Subject"]).strip() == "For you at Test Library"
    assert "Persuasion / Austen, Jane (because this interests you: Literature)" in plain(first)
    browser.get(f"data:text/html;charset=utf-8;base64,{base64.b64encode(body(first, 'html').encode()).decode()}")
    keep(browser.get_screenshot_as_png())
    link = re.search(r"http://\S+/p/for-you/\S+", plain(first))
    assert link is not None
    on_a_phone(browser)
    speak(browser, "en")
    try:
        browser.get(link.group())
        keep(browser.get_screenshot_as_png())
        assert serious(browser) == [] and too_small(browser) == []
        assert "We will not suggest it again." in press(browser, "button[aria-label='Not for me: Dune Messiah']")
    finally:
        off_the_phone(browser)
    world.advance(days=14)
    assert sent(world) is None
    world.advance(days=2, hours=8)
    second = sent(world)
    assert "Dune Messiah" in plain(first) and "Dune Messiah" not in plain(second)
    assert "Persuasion / Austen, Jane (because this interests you: Literature)" in plain(second)


def sent(world: World) -> Any:
    """Run the nightly jobs and return the next morning's mail, or None."""
    night()
    with mailbox() as box:
        world.advance(hours=20)
        delivery_worker.work(hub_clock().now())
        return next(iter(box.mails), None)


def plain(mail: Any) -> str:
    return body(mail).replace("=\r\n", "")
