"""Test the segment's greeting and promotion at the kiosk, and the referral code otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.catalogue.models import Title
from hub.circulation import pins
from hub.core.clock import hub_clock
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.jobs import NIGHTLY
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import SegmentRule
from kiosk.views import Farewell
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents, person
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, World
from tests.stories.f05_test import TEXTS
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page
from tests.stories.showcase_kiosk_test import code_on

PIN = "4711"


def borrows_with_pin(world: World, kiosk: KioskSession) -> None:
    """Open the record with the PIN and borrow an item; a card alone, which may be found, gets no offer."""
    pins.set_pin(world.ada, PIN)
    kiosk.tap(ADA_UID)
    kiosk.press("account")
    kiosk.press("details")
    kiosk.proves(PIN)
    kiosk.scan(world.emma.barcode)
    kiosk.press("finish")
    assert isinstance(kiosk.view, Farewell)


@pytest.mark.story(
    "F5",
    begins="A patron has stayed away; a librarian writes a message for lapsing patrons and starts the action",
    ends="When they come again the screen shows it next to their books, without a touch and without delay",
)
def test_lapsing_patron_is_greeted_at_the_kiosk(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    for _time in range(12):
        borrow_in_turn(world, world.dune)
        world.advance(days=13)
    world.advance(days=70)
    for _name, job in NIGHTLY:
        job(hub_clock().now())
    grace = Grace()
    grace.client.post(reverse("reading_profiles:keep_rule", args=("at_risk",)), {**TEXTS, "on": "on"})
    assert SegmentRule.objects.get().on
    keep(
        of_page(
            browser,
            grace.client.get(reverse("reading_profiles:segments") + "?show=at_risk").content.decode(),
            height=1000,
        )
    )
    kiosk = KioskSession(world, tmp_path)
    borrows_with_pin(world, kiosk)
    assert "It has been a while" in kiosk.words
    assert not any("strip" in each for each in kiosk.offers)


@pytest.mark.story(
    "F5",
    begins="A person who has never borrowed here places their card on the reader",
    ends="The screen says how many books, for how long, and how to renew and search; their first book replaces it",
)
def test_new_patron_sees_a_guide(world: World, tmp_path: Path) -> None:
    kiosk = KioskSession(world, tmp_path)
    kiosk.tap(ADA_UID)
    assert "How it works here" in kiosk.words and "Up to 3 books, for 28 days each" in kiosk.words
    kiosk.press("guide")
    assert "How to borrow" in kiosk.words
    kiosk.press("back")
    kiosk.press("back")
    assert "How it works here" in kiosk.words
    kiosk.scan(world.emma.barcode)
    assert "How it works here" not in kiosk.words and "Emma" in kiosk.words


@pytest.mark.story(
    "F5",
    begins="A patron who agreed to news has not come for months; meanwhile there are new titles",
    ends="After the card the new titles are shown next to the empty list, the same for everyone, until the first book",
)
def test_returning_patron_sees_new_titles(world: World, tmp_path: Path) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    for _time in range(12):
        borrow_in_turn(world, world.dune)
        world.advance(days=13)
    world.advance(days=70)
    for _name, job in NIGHTLY:
        job(hub_clock().now())
    Title.objects.create(title="The hare in the moon", added_at=hub_clock().now())
    kiosk = KioskSession(world, tmp_path)
    kiosk.tap(ADA_UID)
    assert "New since your last visit" in kiosk.words and "The hare in the moon" in kiosk.words
    assert "Dune" not in kiosk.words, "the reading history is not shown"
    kiosk.scan(world.emma.barcode)
    assert "The hare in the moon" not in kiosk.words


@pytest.mark.story(
    "F6",
    begins="A patron with a referral code finishes at the kiosk, accompanied by a friend",
    ends="The friend's phone scans the code on the screen and opens the registration with the code filled in",
)
def test_referral_code_is_scanned_from_the_kiosk(world: World, tmp_path: Path, client: Any) -> None:
    referral = referrals.invite(person(world.ada), hub_clock().now())
    kiosk = KioskSession(world, tmp_path)
    borrows_with_pin(world, kiosk)
    assert "A friend can join with your code." in kiosk.words
    link = code_on(kiosk)
    assert link == referrals.address(referral)
    page = client.get(link[link.index("/p/") :]).content.decode()
    assert referral.code in page
