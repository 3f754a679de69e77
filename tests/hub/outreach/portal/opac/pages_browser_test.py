"""Test the catalogue in Chromium at phone size, in both languages: axe-core and touch targets."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Person
from hub.outreach.portal.opac import availability_alerts
from hub.outreach.portal.opac.saved_searches import save_search as save
from hub.outreach.recommendations.reading_profiles import interests, nightly
from lending.kiosk_consents import TELL_BACK
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.pages_browser_test import start_browser_session
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.support.world import LIN_UID, World

pytestmark = pytest.mark.django_db(transaction=True)


def whole(phone: Chrome) -> bytes:
    """Take a picture of the whole page."""
    shot = phone.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"})
    return base64.b64decode(shot["data"])


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    browser.get_log("browser")  # discard the messages of earlier tests
    yield browser
    off_the_phone(browser)


def findings(phone: Chrome, url: str) -> list[str]:
    phone.get(url)
    folder = os.environ.get("KIOSK_PHONE_PICTURES")
    if folder:
        name = (
            f"{len(list(Path(folder).iterdir())):02}-{phone.find_element('tag name', 'html').get_attribute('lang')}.png"
        )
        (Path(folder) / name).write_bytes(whole(phone))
    errors = [each["message"] for each in phone.get_log("browser") if each["level"] == "SEVERE"]
    return [f"{url}: {each}" for each in (*serious(phone), *too_small(phone), *errors)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_catalogue_pages_have_no_serious_findings(
    live_server: Any, phone: Chrome, world: World, ada: Person, language: str
) -> None:
    speak(phone, language)
    find, title = reverse("opac:find"), reverse("opac:title", args=(world.dune.title_id,))
    problems = [
        fault
        for path in (find, f"{find}?q=dune", f"{find}?q=xyzzy", title)
        for fault in findings(phone, live_server.url + path)
    ]
    start_browser_session(phone, live_server.url, ada)
    searches = live_server.url + reverse("opac:searches")
    problems += findings(phone, searches)
    save(ada, "红楼梦", "phone", hub_clock().now())
    problems += findings(phone, searches)
    world.upload(world.checkout(world.emma, LIN_UID))
    hold = live_server.url + reverse("opac:hold", args=(world.emma.title_id,))
    problems += findings(phone, hold)
    out = live_server.url + reverse("opac:title", args=(world.emma.title_id,))
    problems += findings(phone, out) + findings(
        phone, live_server.url + reverse("opac:back", args=(world.emma.title_id,))
    )
    results = f"{live_server.url}{find}?q=emma&sort=title"
    problems += findings(phone, results)
    availability_alerts.request_alert(ada, world.emma.title, TELL_BACK.version, hub_clock().now())
    problems += findings(phone, out) + findings(phone, searches) + findings(phone, results)
    hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    for url in (out, live_server.url + reverse("portal:loans")):
        problems += findings(phone, url)
    problems += findings(phone, hold)  # refused: the patron already has a hold
    assert problems == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_reading_history_pages_have_no_serious_findings(
    live_server: Any, phone: Chrome, world: World, ada: Person, language: str
) -> None:
    speak(phone, language)
    start_browser_session(phone, live_server.url, ada)
    reading, add = live_server.url + reverse("portal:reading"), live_server.url + reverse("portal:add_interest")
    problems = findings(phone, reading)
    give_consents(world.ada)
    borrow_in_turn(world, world.emma, back=False)
    interests.add(ada, "8")
    interests.remove(ada, "9")
    nightly.nightly(hub_clock().now())
    for url in (reading, add, f"{add}?of=8", live_server.url + reverse("portal:me")):
        problems += findings(phone, url)
    assert problems == []
