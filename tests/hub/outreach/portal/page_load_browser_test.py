"""Test in Chromium what patrons' pages weigh, and when they first paint on a slow mobile connection."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from hub.outreach.patrons.models import Person
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, speak
from tests.hub.outreach.portal.pages_browser_test import ada, start_browser_session
from tests.hub.support.world import World
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 60 * 1024
"""Bytes of a page without covers, uncompressed: a proxy that compresses sends a quarter."""
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1638400 / 8, "uploadThroughput": 750 * 1024 / 8}
"""Bytes per second and milliseconds. Source: Lighthouse, mobile throttling."""
FIRST_PAINT = 1000
"""Milliseconds from the request to the first contentful paint."""
WEIGHT = """return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
    .filter(each => !each.name.includes('/covers/') || each.name.endsWith('.css'))
    .map(each => [new URL(each.name).pathname, each.decodedBodySize])"""
PAINT = "return performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)[0]"


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    speak(browser, "zh-CN")
    yield browser
    browser.execute_cdp_cmd("Network.disable", {})
    off_the_phone(browser)


def urls(world: World) -> dict[str, str]:
    named = {each: reverse(f"portal:{each}") for each in ("home", "loans", "for_you", "me", "notifications")}
    return {**named, "title": reverse("opac:title", args=(world.dune.title_id,)), "find": f"{reverse('opac:find')}?q=d"}


def test_pages_weigh_little_and_paint_soon(live_server: Any, phone: Chrome, ada: Person, world: World) -> None:
    start_browser_session(phone, live_server.url, ada)
    found: dict[str, tuple[int, float]] = {}
    for name, path in urls(world).items():
        phone.get(f"{live_server.url}{path}")
        weight = sum(size for _path, size in phone.execute_script(WEIGHT))
        phone.execute_cdp_cmd("Network.enable", {})
        phone.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        phone.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW_4G)
        phone.execute_cdp_cmd("Network.setBypassServiceWorker", {"bypass": True})
        phone.get(f"{live_server.url}{path}")
        found[name] = weight, round(WebDriverWait(phone, PATIENCE).until(lambda each: each.execute_script(PAINT)))
        phone.execute_cdp_cmd("Network.disable", {})
    kept = os.environ.get("KIOSK_PHONE_PICTURES")
    if kept:
        (Path(kept) / "page-load.json").write_text(json.dumps(found), encoding="utf-8")
    assert {name: weight for name, (weight, _paint) in found.items() if weight > MOST} == {}
    assert {name: paint for name, (_weight, paint) in found.items() if paint > FIRST_PAINT} == {}


__all__ = ["ada"]
