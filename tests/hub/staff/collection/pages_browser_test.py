"""Test the pages of the collection and of uploaded files in Chromium: width, accessibility, and work by keyboard."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tests.hub.outreach.portal.axe import ALL, violations
from tests.hub.staff.clerk import Clerk
from tests.hub.staff.library.pages_browser_test import SIZES, focus_by_tab, resize, shown
from tests.hub.support.browsers import HUB, DemoHub

PAGES = {
    "add": "/staff/collection/add/",
    "add-wrong-isbn": "/staff/collection/add/?isbn=9787544291171",
    "edit-title": "/staff/collection/titles/1/",
    "new-item": "/staff/collection/titles/1/items/",
    "edit-item": "/staff/collection/items/1/",
    "item": "/staff/items/1/",
    "title": "/staff/titles/1/",
    "withdrawn": "/staff/items/?show=withdrawn",
    "import-collection": "/staff/uploads/collection/",
    "import-patrons": "/staff/uploads/patrons/",
}
CLASS = "identifier,name,category\n" + "".join(f"3B{number:04},Pupil {number},child\n" for number in range(1, 29))


def work(hub: DemoHub) -> None:
    """Run the minute jobs once, as the timer does."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(hub.state), "DATABASE_URL": ""}
    subprocess.run((*HUB, "work", "--once"), env=environment, check=True, capture_output=True)


def upload(clerk: Clerk, path: Path) -> None:
    """Choose a file on the page and have it checked, by keyboard."""
    clerk.browser.find_element(By.CSS_SELECTOR, "main input[type=file]").send_keys(str(path))
    focus_by_tab(clerk, ".pick button")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: re.search(r"/staff/uploads/\d+/$", clerk.browser.current_url))


def check(clerk: Clerk, name: str) -> None:
    """Check the current page at each size."""
    for width, height in SIZES:
        resize(clerk.browser, width, height)
        assert clerk.browser.execute_script("return document.documentElement.scrollWidth") <= width, (name, width)
        assert violations(clerk.browser, ALL) == [], (name, width)
        clerk.picture(f"{name}-{width}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_scrolls_sideways_or_has_an_accessibility_fault(
    browser: Chrome, demo_hub: DemoHub, language: str
) -> None:
    clerk = Clerk(browser, demo_hub, language)
    try:
        for name, path in PAGES.items():
            browser.get(demo_hub.url + path)
            check(clerk, f"collection-{name}-{language[:2]}")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_gift_book_is_added_by_scanner_and_withdrawn_by_keyboard(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk = Clerk(browser, demo_hub)
    browser.get(f"{demo_hub.url}/staff/collection/add/")
    clerk.type("9787544291170", Keys.ENTER)
    clerk.wait_for(lambda: "No title with this ISBN yet" in shown(browser))
    clerk.type("A gift")
    focus_by_tab(clerk, "input[name=item-barcode]")
    clerk.type("39000000000017", Keys.ENTER)
    clerk.wait_for(lambda: "“A gift” added" in shown(browser))
    browser.find_element(By.LINK_TEXT, "39000000000017").click()
    clerk.wait_for(lambda: "Withdraw item" in shown(browser))
    focus_by_tab(clerk, "form[action$='/withdraw/'] button")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: "Return to collection" in shown(browser))
    focus_by_tab(clerk, ".flash button")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: "Undone" in shown(browser) and "Withdraw item" in shown(browser))


def test_school_class_is_imported_by_upload_and_undone(browser: Chrome, demo_hub: DemoHub, tmp_path: Path) -> None:
    clerk = Clerk(browser, demo_hub)
    sheet = tmp_path / "三年级二班.csv"
    sheet.write_text(CLASS.replace("Pupil 7,child", "Pupil 7,kid"), encoding="gb18030")
    try:
        browser.get(f"{demo_hub.url}/staff/uploads/patrons/")
        upload(clerk, sheet)
        assert "category 'kid' is unknown; known: adult (成人), child (少儿)" in shown(browser)
        check(clerk, "upload-checked")
        focus_by_tab(clerk, ".decision .primary")
        clerk.type(Keys.ENTER)
        clerk.wait_for(lambda: "Starts within a minute" in shown(browser))
        check(clerk, "upload-queued")
        work(demo_hub)
        clerk.wait_for(lambda: "Undo import" in shown(browser))  # the page loads again by itself
        check(clerk, "upload-done")
        assert "Pupil 28" in shown(browser)
        focus_by_tab(clerk, ".decision form button")
        clerk.type(Keys.ENTER)
        clerk.wait_for(lambda: "Import undone" in shown(browser))
        check(clerk, "upload-undone")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
