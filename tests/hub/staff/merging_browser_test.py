"""Merge two records and change a hold in Chromium: by keyboard alone, at three widths, without accessibility faults."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.hub.outreach.portal.axe import serious
from tests.hub.staff.clerk import Clerk
from tests.hub.staff.pages_browser_test import TOO_WIDE, links
from tests.hub.support.browsers import DemoHub
from tests.support.patience import PATIENCE

WIDTHS = (390, 768, 1440)


def open_record(browser: Chrome, hub: DemoHub, name: str) -> str:
    """Open a patron's record with a reason; return its URL."""
    browser.get(links(browser, f"{hub.url}/staff/patrons/?q={name}", "tbody a")[0])
    if "/why/" in browser.current_url:
        browser.find_element(By.CSS_SELECTOR, "main form button").click()
        WebDriverWait(browser, PATIENCE).until(lambda _browser: "/why/" not in browser.current_url)
    return str(browser.current_url)


def assert_fits(browser: Chrome, clerk: Clerk, name: str) -> None:
    """Check the open page at every width, with all its menus open."""
    try:
        for width in WIDTHS:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            assert browser.execute_script(TOO_WIDE) == [], (name, width)
            clerk.picture(f"{name}-{width}")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert serious(browser) == [], name


def press_tab_until(browser: Chrome, clerk: Clerk, script: str) -> None:
    """Press Tab until the script holds for the focused element."""
    for _ in range(80):
        clerk.type(Keys.TAB)
        if browser.execute_script(f"const here = document.activeElement; return {script}"):
            return
    raise AssertionError(f"no Tab reaches {script}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_two_records_are_merged_by_keyboard(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    clerk = Clerk(browser, demo_hub, language)
    open_record(browser, demo_hub, "bruno" if language == "en" else "otto")
    stays = open_record(browser, demo_hub, "petra" if language == "en" else "lola")
    browser.get(f"{stays}merge/?q={'bruno' if language == 'en' else 'otto'}")
    assert_fits(browser, clerk, f"merge-choose-{language[:2]}")
    press_tab_until(browser, clerk, "here.matches('td a.button')")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, ".compared"))
    assert_fits(browser, clerk, f"merge-{language[:2]}")
    press_tab_until(browser, clerk, "here.name === 'same'")
    clerk.type(Keys.SPACE, Keys.ENTER)
    clerk.wait_for(lambda: browser.current_url == stays)
    assert ("Records merged" if language == "en" else "档案已合并") in browser.page_source


def test_hold_is_suspended_by_keyboard_and_its_menus_fit(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk = Clerk(browser, demo_hub)
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.press(Keys.F8)
    clerk.scan(demo_hub.items["free_01"]["barcode"])
    browser.get(f"{demo_hub.url}/staff/holds/")
    press_tab_until(browser, clerk, "here.matches('.rest summary')")
    clerk.type(Keys.ENTER)
    assert_fits(browser, clerk, "holds-menu")
    press_tab_until(browser, clerk, "here.matches('.rest [type=date]')")
    browser.execute_script("document.activeElement.value = document.activeElement.max")
    press_tab_until(browser, clerk, "here.matches('.rest button')")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: "suspended until" in browser.page_source)
    browser.get(f"{demo_hub.url}/staff/holds/?show=suspended")
    assert browser.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert_fits(browser, clerk, "holds-suspended")
