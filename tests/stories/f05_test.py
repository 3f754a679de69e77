"""Test a segment of patrons: its actions, and whom they reach."""

from __future__ import annotations

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.jobs import EVERY_MINUTE, NIGHTLY
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories.pictures import Keep, of_mail, of_page

TEXTS = {
    "heading_zh": "好久不见",
    "body_zh": "您常去的书架有新书，欢迎再来。",
    "heading_en": "It has been a while",
    "body_en": "There are new books on your shelf. Come and see.",
}


@pytest.mark.story(
    "F5",
    begins="A patron comes every second week, then stays away; a librarian writes a message for lapsing patrons",
    ends="The page says whom it would reach; after sending, the mail is in their mailbox, and a second click "
    "sends none",
)
def test_lapsing_patrons_receive_one_message(world: World, ada_box: Mailbox, browser: Chrome, keep: Keep) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    for _time in range(12):
        borrow_in_turn(world, world.dune)
        world.advance(days=13)
    borrow_in_turn(world, world.emma, uid="04D4E5F6")
    world.advance(days=70)
    for _name, job in NIGHTLY:
        job(hub_clock().now())
    grace = Grace()
    url = reverse("reading_profiles:segments") + "?show=at_risk"
    assert "under 5 patrons will receive it" in words(grace.client.get(url).content)
    grace.client.post(reverse("reading_profiles:keep_rule", args=("at_risk",)), TEXTS)
    seen = grace.client.get(url).content.decode()
    keep(of_page(browser, seen, height=1000))
    assert "Send to under 5 patrons" in words(seen.encode())
    assert ada_box.mails == [], "a dry run sends nothing"
    run = reverse("reading_profiles:run_rule", args=("at_risk",))
    assert "Sent to under 5 patrons." in words(grace.client.post(run, follow=True).content)
    for _step in range(10):
        world.advance(hours=3)
        for _name, job in EVERY_MINUTE:
            job(hub_clock().now())
    (mail,) = ada_box.mails
    assert "There are new books on your shelf" in body(mail)
    keep(of_mail(browser, mail))
    grace.sign_in()
    assert "Sent to 0 patrons." in words(grace.client.post(run, follow=True).content)
    assert "under 5 already notified" in words(grace.client.get(url).content)
