"""Test every staff page in Chromium, in both languages: nothing is cut off, no script fails."""

import base64
import re

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.hub.staff.clerk import Clerk
from tests.hub.staff.kiosk_at_work import KioskAtWork
from tests.hub.support.browsers import DemoHub

PAGES = {
    "desk": "/staff/desk/",
    "today": "/staff/",
    "patrons": "/staff/patrons/",
    "items": "/staff/items/?q=o",
    "loans": "/staff/loans/",
    "holds": "/staff/holds/",
    "holds-ready": "/staff/holds/?show=ready",
    "fees": "/staff/fees/",
    "exceptions": "/staff/exceptions/",
    "unseen": "/staff/handed-in/",
    "kiosks": "/staff/kiosks/",
    "kiosk-updates": "/staff/kiosks/updates/",
    "figures": "/staff/figures/",
    "figures-year": "/staff/figures/?period=year&branch=east",
    "goals": "/staff/goals/",
    "absent": "/staff/key-patrons-away/",
    "receipt-not-arrived": "/staff/receipts/7K429Q/",
}
TOO_WIDE = """return [...document.querySelectorAll('body *')].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.right > document.documentElement.clientWidth + 1 && !each.closest('.sprite, .unseen');
}).map((each) => each.outerHTML.slice(0, 80))"""


COVERED = """const boxes = [...document.querySelectorAll('.top nav a, .top .count, .top button, .top .tools .who')]
    .map((each) => [each, each.getBoundingClientRect()]);
return boxes.some(([one, a]) => boxes.some(([other, b]) => !one.contains(other) && !other.contains(one)
    && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))"""
"""Script that returns whether any entries of the top bar overlap."""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_fits_and_logs_no_error(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    kiosk = KioskAtWork(demo_hub)
    kiosk.accepts_loans(demo_hub.patrons["plain_1"]["card"], demo_hub.items["on_loan"]["barcode"])
    kiosk.accepts_loans("00000000", demo_hub.items["free_01"]["barcode"])
    kiosk.accepts_loans(demo_hub.patrons["plain_2"]["card"], "30000000000000")
    kiosk.takes(demo_hub.items["overdue"]["barcode"])
    receipt = f"{demo_hub.url}/staff/receipts/{kiosk.code}/"
    kiosk.says("sing", {"song": "la"})
    kiosk.accepts_loans(demo_hub.patrons["fees"]["card"], demo_hub.items["free_02"]["barcode"])
    clerk = Clerk(browser, demo_hub, language)
    exceptions = links(browser, f"{demo_hub.url}/staff/exceptions/", "tbody a.button")
    assert len(exceptions) == 6
    pages = {
        **{name: demo_hub.url + path for name, path in PAGES.items()},
        "exception": exceptions[0],
        "exception-against": exceptions[-1],
        "receipt": receipt,
        "patron": links(browser, f"{demo_hub.url}/staff/patrons/?q=theo", "tbody a")[0],
        "item": links(browser, f"{demo_hub.url}/staff/items/?q=o", "tbody a")[0],
        "kiosk": links(browser, f"{demo_hub.url}/staff/kiosks/", "tbody a")[0],
    }
    browser.get_log("browser")  # what earlier tests left there
    for width in (1024, 1280, 1440):
        browser.set_window_size(width, 900)
        for name, url in pages.items():
            browser.get(url)
            assert browser.execute_script(TOO_WIDE) == [], (name, width)
            assert not browser.execute_script(COVERED), (name, width)
            assert browser.get_log("browser") == [], (name, width)
            clerk.picture(f"{name}-{language[:2]}-{width}")


@pytest.mark.parametrize("language", ["en", "mn"])
def test_one_page_of_each_kind_fits_phone_tablet_and_desktop(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    """English and Mongolian texts are longer than Chinese ones."""
    clerk = Clerk(browser, demo_hub, language)
    browser.get(links(browser, f"{demo_hub.url}/staff/patrons/?q=ada", "tbody a")[0])
    browser.find_element(By.CSS_SELECTOR, "main form button").click()  # the first of the reasons
    todo, kinds = [browser.current_url, f"{demo_hub.url}/staff/"], set()
    try:
        for page in todo:  # grows while pages are found
            path = page.removeprefix(demo_hub.url).partition("?")[0]
            kind = re.sub(r"\d+|(?<=/of/)[^/]+", "N", path)
            if not path.startswith("/staff/") or kind in kinds:
                continue
            kinds.add(kind)
            browser.get(page)
            for width in (1440, 1280, 768, 390, 360):
                screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 1024}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
                assert browser.execute_script("return document.documentElement.scrollWidth") <= width, (page, width)
                assert not browser.execute_script(COVERED), (page, width)
            clerk.picture(f"phone{kind.replace('/', '-')}{language}")
            todo += browser.execute_script("return [...document.querySelectorAll('a[href]')].map((each) => each.href)")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert len(kinds) > 60


def links(browser: Chrome, url: str, selector: str) -> list[str]:
    """Return the URLs of the links on a page."""
    browser.get(url)
    return [str(each.get_attribute("href")) for each in browser.find_elements(By.CSS_SELECTOR, selector)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_tablet_bar_is_one_line_and_the_figures_print_on_two_sheets(
    browser: Chrome, demo_hub: DemoHub, language: str
) -> None:
    clerk = Clerk(browser, demo_hub, language)
    browser.set_window_size(820, 1180)
    for path in ("/staff/", "/staff/patrons/", "/staff/items/", "/staff/figures/", "/staff/goals/"):
        browser.get(demo_hub.url + path)
        assert browser.execute_script(TOO_WIDE) == [], path
        assert not browser.execute_script(COVERED), path
        assert browser.execute_script("return document.querySelector('.top').offsetHeight") <= 70, path
        assert browser.execute_script("return document.querySelector('.within').offsetHeight") <= 50, path
        clerk.picture(f"tablet{path.replace('/', '-')}{language[:2]}")
    browser.get(demo_hub.url + "/staff/figures/?period=year")
    sheet = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    pdf = base64.b64decode(sheet["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
