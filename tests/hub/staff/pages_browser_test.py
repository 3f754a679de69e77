"""Every staff page in a real Chromium, in both languages: nothing is cut off, nothing fails in silence."""

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.hub.staff.clerk import Clerk
from tests.hub.staff.conftest import DemoHub
from tests.hub.staff.kiosk_at_work import KioskAtWork

PAGES = {
    "today": "/staff/",
    "patrons": "/staff/patrons/",
    "items": "/staff/items/?q=o",
    "loans": "/staff/loans/",
    "holds": "/staff/holds/",
    "holds-ready": "/staff/holds/?show=ready",
    "fees": "/staff/fees/",
    "exceptions": "/staff/exceptions/",
    "unseen": "/staff/handed-in/",
}
TOO_WIDE = """return [...document.querySelectorAll('body *')].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.right > document.documentElement.clientWidth + 1 && !each.closest('.sprite, .unseen');
}).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_fits_and_says_what_waits(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    kiosk = KioskAtWork(demo_hub)
    kiosk.lends(demo_hub.patrons["plain_1"]["card"], demo_hub.items["on_loan"]["barcode"])
    kiosk.lends("00000000", demo_hub.items["free_01"]["barcode"])
    kiosk.lends(demo_hub.patrons["plain_2"]["card"], "30000000000000")
    kiosk.takes(demo_hub.items["overdue"]["barcode"])
    kiosk.says("sing", {"song": "la"})
    clerk = Clerk(browser, demo_hub, language)
    for name, path in PAGES.items():
        browser.get(demo_hub.url + path)
        assert browser.execute_script(TOO_WIDE) == [], name
        clerk.picture(f"{name}-{language[:2]}")
    for name, start in {"exception": "exceptions/", "patron": "patrons/?q=theo", "item": "items/?q=o"}.items():
        browser.get(f"{demo_hub.url}/staff/{start}")
        browser.find_element(
            By.CSS_SELECTOR, "tbody a.button, tbody a[href*='/staff/']" if name != "exception" else "tbody a.button"
        ).click()
        assert browser.execute_script(TOO_WIDE) == [], name
        clerk.picture(f"{name}-{language[:2]}")
    browser.get(f"{demo_hub.url}/staff/exceptions/")
    assert len(browser.find_elements(By.CSS_SELECTOR, "tbody tr")) == 4
