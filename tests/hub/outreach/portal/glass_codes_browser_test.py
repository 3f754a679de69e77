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
from tests.hub.outreach.portal.phone import proved
from tests.hub.outreach.recommendations.reading_profiles.readers import agrees, person, reads
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


def registers(world: World, folder: Path) -> Glass:
    glass = Glass(world, folder)
    glass.press("borrow")
    glass.press("register")
    glass.press("by_phone")
    return glass


def at_their_own(world: World, folder: Path, what: str) -> Glass:
    pins.set_pin(world.ada, PIN)
    glass = Glass(world, folder)
    glass.tap(ADA_UID)
    glass.press("account")
    glass.press(what)
    glass.proves(PIN)
    return glass


def goes_on_by_phone(world: World, folder: Path) -> Glass:
    proved(world)
    glass = at_their_own(world, folder, "details")
    glass.press("open", "contacts")
    glass.press("open", "phone")
    return glass


def ends_a_visit(world: World, folder: Path) -> Glass:
    referrals.invite(person(world.ada), hub_clock().now())
    glass = at_their_own(world, folder, "details")
    glass.scan(world.emma.barcode)
    glass.press("finish")
    return glass


def recommends(world: World, folder: Path) -> Glass:
    proved(world)
    agrees(world.ada)
    reads(world, world.dune)
    glass = at_their_own(world, folder, "for_you")
    glass.press("had")
    glass.press("recommend", str(world.dune.title_id))
    return glass


def reads_of_a_course(world: World, folder: Path) -> Glass:
    course = Course.objects.create(name="查资料入门", name_en="How to search the shelves")
    begins = hub_clock().now() + timedelta(days=3)
    Session.objects.create(course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=9)
    glass = Glass(world, folder)
    glass.press("learn")
    glass.press("learn", "courses")
    glass.press("open", "0")
    return glass


def finds_an_e_edition(world: World, folder: Path) -> Glass:
    """Serve a page of the hub in place of the external site behind the code."""
    Edition.objects.create(title=world.dune.title, url=f"{settings.PUBLIC_URL}/p/courses/")
    glass = Glass(world, folder)
    glass.press("find")
    glass.type("dune")
    glass.press("title", str(world.dune.title_id))
    glass.press("read")
    return glass


OPENS: dict[Callable[[World, Path], Glass], str] = {
    registers: "Register",
    goes_on_by_phone: "You verified your identity at the kiosk",
    ends_a_visit: "Register",
    recommends: "Dune",
    reads_of_a_course: "How to search the shelves",
    finds_an_e_edition: "Courses",
}


@pytest.mark.parametrize("shows", OPENS, ids=lambda each: each.__name__)
def test_each_code_on_the_glass_is_read_and_opens_on_a_phone(
    world: World, phone: Chrome, tmp_path: Path, shows: Callable[[World, Path], Glass]
) -> None:
    link = code_on(shows(world, tmp_path))
    phone.get(link)
    assert OPENS[shows] in phone.find_element("tag name", "body").text
    assert serious(phone) == [] and too_small(phone) == []
