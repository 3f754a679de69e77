"""Test the pages that print in Chromium: width, accessibility, and work by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tests.hub.outreach.portal.axe import ALL, violations
from tests.hub.staff.clerk import Clerk
from tests.hub.staff.library.pages_browser_test import SIZES, focus_by_tab, resize, shown
from tests.hub.support.browsers import DemoHub

PAGES = {
    "labels": "/staff/labels/",
    "labels-none": "/staff/labels/?day=2020-01-01",
    "labels-list": "/staff/labels/?show=list&barcodes=39999999999999",
    "labels-range": "/staff/labels/?show=range",
    "slips": "/staff/hold-slips/",
    "letters": "/staff/letters/",
    "card": "/staff/patrons/{patron}/card/",
    "settings": "/staff/library/settings/",
}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_scrolls_sideways_or_has_an_accessibility_fault(
    browser: Chrome, demo_hub: DemoHub, language: str
) -> None:
    clerk = Clerk(browser, demo_hub, language)
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    found = re.search(r"/staff/patrons/(\d+)/", browser.page_source)
    assert found is not None
    try:
        for name, path in PAGES.items():
            browser.get(demo_hub.url + path.format(patron=found.group(1)))
            for width, height in SIZES:
                resize(browser, width, height)
                assert browser.execute_script("return document.documentElement.scrollWidth") <= width, (name, width)
                assert violations(browser, ALL) == [], (name, width)
                clerk.picture(f"paper-{name}-{language[:2]}-{width}")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def wait_for_print(clerk: Clerk, first: str, done: Callable[[], bool]) -> None:
    """Wait until the hub has printed, then close the window of the file.

    Closed earlier, it would take the request that prints with it.
    """
    browser = clerk.browser
    clerk.wait_for(lambda: len(browser.window_handles) > 1)
    clerk.wait_for(done)
    for each in browser.window_handles:
        if each != first:
            browser.switch_to.window(each)
            browser.close()
    browser.switch_to.window(first)


def test_labels_of_scanned_items_are_printed_by_keyboard(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk, first = Clerk(browser, demo_hub), browser.current_window_handle
    browser.get(f"{demo_hub.url}/staff/labels/?show=list")
    for name in ("free_01", "free_02"):
        clerk.type(demo_hub.items[name]["barcode"], Keys.ENTER)
    focus_by_tab(clerk, ".choice button")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: "2 items" in shown(browser))
    focus_by_tab(clerk, ".print button")
    clerk.type(Keys.ENTER)

    def next_free() -> str:
        browser.get(f"{demo_hub.url}/staff/labels/?show=list&barcodes={demo_hub.items['free_01']['barcode']}")
        return str(browser.find_element(By.ID, "start").get_attribute("value"))

    wait_for_print(clerk, first, lambda: next_free() == "3")


def test_slips_are_printed_by_keyboard_and_listed(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk, first = Clerk(browser, demo_hub), browser.current_window_handle
    browser.get(f"{demo_hub.url}/staff/holds/")
    browser.find_element(By.LINK_TEXT, "Slips for the hold shelf").click()
    clerk.wait_for(lambda: "Print 1 slip" in shown(browser))
    focus_by_tab(clerk, ".head button")
    clerk.type(Keys.ENTER)

    def list_again() -> str:
        browser.get(f"{demo_hub.url}/staff/hold-slips/")
        return shown(browser)

    wait_for_print(clerk, first, lambda: "Printed before" in list_again())
    assert "Every hold on the shelf has its slip" in shown(browser)
