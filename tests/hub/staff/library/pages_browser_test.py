"""Test the pages of the library's settings in Chromium: width, accessibility, and work by keyboard alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver import Chrome, Keys

from tests.hub.outreach.portal.axe import ALL, violations
from tests.hub.staff.clerk import Clerk
from tests.hub.support.browsers import DemoHub

PAGES = {
    "closed-days": "/staff/library/",
    "closed-days-past": "/staff/library/?show=past",
    "branches": "/staff/library/branches/",
    "branch": "/staff/library/branches/1/",
    "item-types": "/staff/library/item-types/",
    "item-type": "/staff/library/item-types/1/",
    "patron-categories": "/staff/library/patron-categories/",
    "patron-category": "/staff/library/patron-categories/1/",
    "fee-rules": "/staff/library/fee-rules/",
    "settings": "/staff/library/settings/",
    "numbering": "/staff/library/numbering/",
    "look": "/staff/library/look/",
    "mail-account": "/staff/library/mail/",
    "sms-account": "/staff/library/sms/",
    "wechat-account": "/staff/library/wechat/",
    "wecom-account": "/staff/library/wecom/",
    "staff": "/staff/library/staff/",
    "staff-inactive": "/staff/library/staff/?show=inactive",
    "branch-new": "/staff/library/branches/new/",
}
SIZES = ((390, 844), (768, 1024), (1440, 900))


def resize(browser: Chrome, width: int, height: int) -> None:
    phone = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_scrolls_sideways_or_has_an_accessibility_fault(
    browser: Chrome, demo_hub: DemoHub, language: str
) -> None:
    clerk = Clerk(browser, demo_hub, language)
    try:
        for name, path in PAGES.items():
            for width, height in SIZES:
                resize(browser, width, height)
                browser.get(demo_hub.url + path)
                assert browser.execute_script("return document.documentElement.scrollWidth") <= width, (name, width)
                assert violations(browser, ALL) == [], (name, width)
                clerk.picture(f"library-{name}-{language[:2]}-{width}")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def focus_by_tab(clerk: Clerk, selector: str) -> None:
    """Press Tab until the element has the focus, as a keyboard user does."""
    script = "return document.activeElement?.matches(arguments[0])"
    for _each in range(80):
        if clerk.browser.execute_script(script, selector):
            return
        clerk.type(Keys.TAB)
    raise AssertionError(f"Tab does not reach {selector}")


def shown(browser: Chrome) -> str:
    """Return the text of the page, also while another one loads."""
    return str(browser.execute_script("return document.querySelector('main')?.innerText ?? ''"))


def test_closed_day_is_added_and_undone_by_keyboard(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk = Clerk(browser, demo_hub)
    browser.get(f"{demo_hub.url}/staff/library/")
    day = datetime.now(UTC).date() + timedelta(days=300)
    focus_by_tab(clerk, "input[name=first]")
    clerk.type(f"{day:%m%d%Y}", Keys.TAB)
    focus_by_tab(clerk, "input[name=reason]")
    clerk.type("Stocktaking", Keys.ENTER)
    clerk.wait_for(lambda: "Stocktaking" in shown(browser))
    focus_by_tab(clerk, ".flash button")
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: "Undone" in shown(browser))
    assert "Stocktaking" not in shown(browser)


def test_hours_of_the_first_open_day_are_copied_to_the_others(browser: Chrome, demo_hub: DemoHub) -> None:
    Clerk(browser, demo_hub)
    browser.get(f"{demo_hub.url}/staff/library/branches/new/")
    browser.execute_script(
        "document.getElementsByName('open_6')[0].checked = false;"
        "for (const [name, at] of [['opens_1', '13:00'], ['closes_1', '18:30']])"
        " document.getElementsByName(name)[0].value = at"
    )
    browser.find_element("id", "copy-hours").click()
    values = "return [...document.querySelectorAll('.hours [type=time]')].map(each => each.value)"
    assert browser.execute_script(values) == [*["13:00", "18:30"] * 6, "", ""]


def test_member_of_staff_is_added_by_keyboard(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk = Clerk(browser, demo_hub)
    browser.get(f"{demo_hub.url}/staff/library/staff/")
    focus_by_tab(clerk, "input[name=username]")
    clerk.type("m.berg", Keys.TAB, Keys.SPACE, Keys.ENTER)
    clerk.wait_for(lambda: "Sign-in link" in shown(browser))
    link = str(browser.execute_script("return document.querySelector('.link').value"))
    assert violations(browser, ALL) == []
    browser.get(link)
    clerk.wait_for(lambda: "You sign in as m.berg" in shown(browser))
    assert violations(browser, ALL) == []
    clerk.type("a quiet long password", Keys.TAB, "a quiet long password", Keys.ENTER)
    clerk.wait_for(lambda: "/staff/" in browser.current_url and "link" not in browser.current_url)
