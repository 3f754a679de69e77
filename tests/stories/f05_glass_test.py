"""Test the segment's greeting and promotion at the kiosk, and the referral code otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.catalogue.models import Title
from hub.circulation import pins
from hub.core.clock import hub_clock
from hub.outreach import nightly
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import SegmentRule
from kiosk.views import Farewell
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents, person
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, World
from tests.stories.f05_test import TEXTS
from tests.stories.kiosk_glass import Glass
from tests.stories.pictures import of_page
from tests.stories.showcase_glass_test import code_on

Keep = Callable[[bytes], Path]
PIN = "4711"


def borrows_with_pin(world: World, glass: Glass) -> None:
    """Open the record with the PIN and borrow an item; a card alone, which may be found, gets no offer."""
    pins.set_pin(world.ada, PIN)
    glass.tap(ADA_UID)
    glass.press("account")
    glass.press("details")
    glass.proves(PIN)
    glass.scan(world.emma.barcode)
    glass.press("finish")
    assert isinstance(glass.view, Farewell)


@pytest.mark.story(
    "F5",
    begins="A patron has stayed away; a librarian writes a message for patrons at risk and starts the action",
    ends="When they come again the screen shows it next to their books, without a touch and without delay",
)
def test_patron_at_risk_is_greeted_at_the_kiosk(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    for _time in range(12):
        borrow_in_turn(world, world.dune)
        world.advance(days=13)
    world.advance(days=70)
    for _name, job in nightly.JOBS:
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
    glass = Glass(world, tmp_path)
    borrows_with_pin(world, glass)
    assert "It has been a while" in glass.words
    assert not any("strip" in each for each in glass.offers)


@pytest.mark.story(
    "F5",
    begins="A person who has never borrowed here places their card on the reader",
    ends="The screen says how many books, for how long, and how to renew and search; their first book replaces it",
)
def test_new_patron_sees_a_guide(world: World, tmp_path: Path) -> None:
    glass = Glass(world, tmp_path)
    glass.tap(ADA_UID)
    assert "How it works here" in glass.words and "Up to 3 books, for 28 days each" in glass.words
    glass.press("guide")
    assert "How to borrow" in glass.words
    glass.press("back")
    glass.press("back")
    assert "How it works here" in glass.words
    glass.scan(world.emma.barcode)
    assert "How it works here" not in glass.words and "Emma" in glass.words


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
    for _name, job in nightly.JOBS:
        job(hub_clock().now())
    Title.objects.create(title="The hare in the moon", added_at=hub_clock().now())
    glass = Glass(world, tmp_path)
    glass.tap(ADA_UID)
    assert "New since your last visit" in glass.words and "The hare in the moon" in glass.words
    assert "Dune" not in glass.words, "the reading history is not shown"
    glass.scan(world.emma.barcode)
    assert "The hare in the moon" not in glass.words


@pytest.mark.story(
    "F6",
    begins="A patron with a referral code finishes at the kiosk, accompanied by a friend",
    ends="The friend's phone scans the code on the screen and opens the registration with the code filled in",
)
def test_referral_code_is_scanned_from_the_kiosk(world: World, tmp_path: Path, client: Any) -> None:
    referral = referrals.invite(person(world.ada), hub_clock().now())
    glass = Glass(world, tmp_path)
    borrows_with_pin(world, glass)
    assert "A friend can join with your code." in glass.words
    link = code_on(glass)
    assert link == referrals.address(referral)
    page = client.get(link[link.index("/p/") :]).content.decode()
    assert referral.code in page
