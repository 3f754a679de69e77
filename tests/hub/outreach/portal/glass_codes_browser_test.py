"""Test that each QR code on the kiosk screen, except the receipt's, opens on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from selenium.webdriver import Chrome

from hub.catalogue.online_editions.models import Edition
from hub.circulation import pins
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.engagement.loyalty import referrals
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents, person
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_glass import Glass
from tests.stories.showcase_glass_test import code_on

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "4711"


@pytest.fixture
def phone(live_server: Any, browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    speak(browser, "en")
    with override_settings(PUBLIC=True, PUBLIC_URL=live_server.url):
        yield browser
    off_the_phone(browser)


def registration(world: World, folder: Path) -> Glass:
    glass = Glass(world, folder)
    glass.press("borrow")
    glass.press("register")
    glass.press("by_phone")
    return glass


def signed_in(world: World, folder: Path, what: str) -> Glass:
    pins.set_pin(world.ada, PIN)
    glass = Glass(world, folder)
    glass.tap(ADA_UID)
    glass.press("account")
    glass.press(what)
    glass.proves(PIN)
    return glass


def continue_on_phone(world: World, folder: Path) -> Glass:
    verified_ada(world)
    glass = signed_in(world, folder, "details")
    glass.press("open", "contacts")
    glass.press("open", "phone")
    return glass


def farewell_referral(world: World, folder: Path) -> Glass:
    referrals.invite(person(world.ada), hub_clock().now())
    glass = signed_in(world, folder, "details")
    glass.scan(world.emma.barcode)
    glass.press("finish")
    return glass


def recommendation(world: World, folder: Path) -> Glass:
    verified_ada(world)
    give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    glass = signed_in(world, folder, "for_you")
    glass.press("had")
    glass.press("recommend", str(world.dune.title_id))
    return glass


def course_page(world: World, folder: Path) -> Glass:
    course = Course.objects.create(name="查资料入门", name_en="How to search the shelves")
    begins = hub_clock().now() + timedelta(days=3)
    Session.objects.create(course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=9)
    glass = Glass(world, folder)
    glass.press("learn")
    glass.press("learn", "courses")
    glass.press("open", "0")
    return glass


def online_edition(world: World, folder: Path) -> Glass:
    """Use a page of the hub in place of the external site."""
    Edition.objects.create(title=world.dune.title, url=f"{settings.PUBLIC_URL}/p/courses/")
    glass = Glass(world, folder)
    glass.press("find")
    glass.type("dune")
    glass.press("title", str(world.dune.title_id))
    glass.press("read")
    return glass


OPENS: dict[Callable[[World, Path], Glass], str] = {
    registration: "Register",
    continue_on_phone: "You verified your identity at the kiosk",
    farewell_referral: "Register",
    recommendation: "Dune",
    course_page: "How to search the shelves",
    online_edition: "Courses",
}


@pytest.mark.parametrize("show", OPENS, ids=lambda each: each.__name__)
def test_every_screen_code_is_readable_and_opens_on_phone(
    world: World, phone: Chrome, tmp_path: Path, show: Callable[[World, Path], Glass]
) -> None:
    link = code_on(show(world, tmp_path))
    phone.get(link)
    assert OPENS[show] in phone.find_element("tag name", "body").text
    assert serious(phone) == [] and too_small(phone) == []
