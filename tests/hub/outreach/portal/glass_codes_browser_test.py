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

from hub.catalogue.models import Edition
from hub.circulation import pins
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.engagement.loyalty import referrals
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents, person
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.showcase_kiosk_test import code_on

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "4711"


@pytest.fixture
def phone(live_server: Any, browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    speak(browser, "en")
    with override_settings(PUBLIC=True, PUBLIC_URL=live_server.url):
        yield browser
    off_the_phone(browser)


def registration(world: World, folder: Path) -> KioskSession:
    kiosk = KioskSession(world, folder)
    kiosk.press("borrow")
    kiosk.press("register")
    kiosk.press("by_phone")
    return kiosk


def signed_in(world: World, folder: Path, what: str) -> KioskSession:
    pins.set_pin(world.ada, PIN)
    kiosk = KioskSession(world, folder)
    kiosk.tap(ADA_UID)
    kiosk.press("account")
    kiosk.press(what)
    kiosk.proves(PIN)
    return kiosk


def continue_on_phone(world: World, folder: Path) -> KioskSession:
    verified_ada(world)
    kiosk = signed_in(world, folder, "details")
    kiosk.press("open", "contacts")
    kiosk.press("open", "phone")
    return kiosk


def farewell_referral(world: World, folder: Path) -> KioskSession:
    referrals.invite(person(world.ada), hub_clock().now())
    kiosk = signed_in(world, folder, "details")
    kiosk.scan(world.emma.barcode)
    kiosk.press("finish")
    return kiosk


def recommendation(world: World, folder: Path) -> KioskSession:
    verified_ada(world)
    give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    kiosk = signed_in(world, folder, "for_you")
    kiosk.press("had")
    kiosk.press("recommend", str(world.dune.title_id))
    return kiosk


def course_page(world: World, folder: Path) -> KioskSession:
    course = Course.objects.create(name={"zh": "查资料入门", "en": "How to search the shelves"})
    begins = hub_clock().now() + timedelta(days=3)
    Session.objects.create(course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=9)
    kiosk = KioskSession(world, folder)
    kiosk.press("learn")
    kiosk.press("learn", "courses")
    kiosk.press("open", "0")
    return kiosk


def online_edition(world: World, folder: Path) -> KioskSession:
    """Use a page of the hub in place of the external site."""
    Edition.objects.create(title=world.dune.title, url=f"{settings.PUBLIC_URL}/p/courses/")
    kiosk = KioskSession(world, folder)
    kiosk.press("find")
    kiosk.type("dune")
    kiosk.press("title", str(world.dune.title_id))
    kiosk.press("read")
    return kiosk


OPENS: dict[Callable[[World, Path], KioskSession], str] = {
    registration: "Register",
    continue_on_phone: "You verified your identity at the kiosk",
    farewell_referral: "Register",
    recommendation: "Dune",
    course_page: "How to search the shelves",
    online_edition: "Courses",
}


@pytest.mark.parametrize("show", OPENS, ids=lambda each: each.__name__)
def test_every_screen_code_is_readable_and_opens_on_phone(
    world: World, phone: Chrome, tmp_path: Path, show: Callable[[World, Path], KioskSession]
) -> None:
    link = code_on(show(world, tmp_path))
    phone.get(link)
    assert OPENS[show] in phone.find_element("tag name", "body").text
    assert serious(phone) == [] and too_small(phone) == []
