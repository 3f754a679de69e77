"""Test the pages of reminders in Chromium, in both languages and on a tablet: nothing is cut off."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome

from tests.hub.staff.clerk import Clerk
from tests.hub.support.browsers import DemoHub, browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
PAGES = ("/staff/habits/", "/staff/overdue/", "/staff/overdue/?show=lost")
TOO_WIDE = """return [...document.querySelectorAll('main *')].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.right > document.documentElement.clientWidth + 1 && !each.closest('.unseen');
}).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_fits_at_both_widths(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    Clerk(browser, demo_hub, language)
    browser.get_log("browser")  # discard the messages of earlier tests
    for width, height in ((1280, 800), (820, 1180)):
        browser.set_window_size(width, height)
        for path in PAGES:
            browser.get(demo_hub.url + path)
            assert browser.execute_script(TOO_WIDE) == [], f"{path} at {width}"
    browser.set_window_size(1440, 900)
    assert browser.get_log("browser") == []
