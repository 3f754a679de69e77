"""Test the reading pages in Chromium, in both languages and at tablet size: no clipping, no errors."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.hub.staff.clerk import Clerk
from tests.hub.support.browsers import DemoHub, browser, chromium, demo_hub, served_demo
from tests.support.patience import PATIENCE

READER = "/staff/patrons/1/"
__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
TOO_WIDE = """return [...document.querySelectorAll('main *')].filter((each) => {
    const box = each.getBoundingClientRect();
    const hidden = each.closest('.unseen, details:not([open]) form');
    return box.width && box.right > document.documentElement.clientWidth + 1 && !hidden;
}).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_fits_at_both_widths(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    Clerk(browser, demo_hub, language)
    browser.get_log("browser")  # discard the messages of earlier tests
    browser.get(demo_hub.url + READER)
    browser.find_element(By.CSS_SELECTOR, "main form button").click()
    WebDriverWait(browser, PATIENCE).until(lambda found: found.find_elements(By.CSS_SELECTOR, ".settled"))
    for width, height in ((1280, 800), (820, 1180)):
        browser.set_window_size(width, height)
        for path in ("/staff/segments/", "/staff/segments/?show=new", READER):
            browser.get(demo_hub.url + path)
            assert browser.execute_script(TOO_WIDE) == [], f"{path} at {width}"
            assert "Server Error" not in browser.page_source
    browser.set_window_size(1440, 900)
    assert browser.get_log("browser") == []
