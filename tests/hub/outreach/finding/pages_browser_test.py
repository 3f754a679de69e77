"""The catalogue on a phone in a real Chromium, in both languages: axe-core finds nothing serious, no touch is small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.finding.saved import save
from kiosk.hub.outreach.people.models import Person
from tests.hub.outreach.phone.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.phone.pages_browser_test import lets_in
from tests.hub.outreach.phone.phones import proved
from tests.hub.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    browser.get_log("browser")  # what earlier tests left there
    yield browser
    off_the_phone(browser)


@pytest.fixture
def ada(world: World) -> Person:
    return proved(world)


def judged(phone: Chrome, url: str) -> list[str]:
    phone.get(url)
    told = [each["message"] for each in phone.get_log("browser") if each["level"] == "SEVERE"]
    return [f"{url}: {each}" for each in (*serious(phone), *too_small(phone), *told)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_nothing_serious_on_any_page(live_server: Any, phone: Chrome, world: World, ada: Person, language: str) -> None:
    speak(phone, language)
    find, title = reverse("finding:find"), reverse("finding:title", args=(world.dune.title_id,))
    wrong = [
        fault
        for path in (find, f"{find}?q=dune", f"{find}?q=xyzzy", title)
        for fault in judged(phone, live_server.url + path)
    ]
    lets_in(phone, live_server.url, ada)
    searches = live_server.url + reverse("finding:searches")
    wrong += judged(phone, searches)
    save(ada, "红楼梦", "phone", hub_clock().now())
    wrong += judged(phone, searches)
    assert wrong == []
