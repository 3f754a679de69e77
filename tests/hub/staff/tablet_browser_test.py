"""Test each staff page of the demo library on a tablet, in both orientations: nothing overlaps or overflows.

The walk follows every link from Today to one page of each kind, so that new pages are covered automatically.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome

from tests.hub.staff.clerk import Clerk
from tests.hub.support.browsers import DemoHub

TABLET = ((1024, 768), (810, 1080))
FEWEST = 60
"""Kinds of pages that the walk must find at least."""
LINKS = "return [...document.querySelectorAll('main a[href], nav a[href]')].map((each) => each.getAttribute('href'))"
WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
FAULTS = r"""
const edge = document.documentElement.clientWidth, found = [];
const shown = (each) => each.checkVisibility() && each.getBoundingClientRect().width > 2 && !each.closest('.unseen');
const named = (each) => `${each.tagName} ${each.innerText || each.name || each.value}`.replace(/\s+/g, ' ');
// The bar of a long form stays at the lower edge, over what is scrolled below it.
const sticks = (each) => each && (getComputedStyle(each).position === 'sticky' || sticks(each.parentElement));
const within = [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea')]
    .filter((each) => shown(each) && !sticks(each));
if (document.documentElement.scrollWidth > edge + 1) found.push('the page is wider than the tablet');
within.forEach((one, at) => {
    if (one.getBoundingClientRect().right > edge + 1) found.push(`${named(one)} is beyond the edge`);
    if (one.matches('button, .button') && one.scrollWidth > one.clientWidth + 2) found.push(`${named(one)} is cut off`);
    for (const other of within.slice(at + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const over = [...one.getClientRects()].some((a) => [...other.getClientRects()].some((b) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2));
        if (over) found.push(`${named(one)} lies over ${named(other)}`);
    }
});
return found;
"""


@pytest.mark.long
def test_no_control_overlaps_another_or_overflows(browser: Chrome, demo_hub: DemoHub) -> None:
    """English is tested, because its texts are longer."""
    Clerk(browser, demo_hub)
    seen, faults = 0, []
    for path in walk(browser, demo_hub.url):
        seen += 1
        for size in TABLET:
            browser.set_window_size(*size)
            faults += [f"{path} at {size}: {each}" for each in browser.execute_script(FAULTS)]
    assert faults == []
    assert seen >= FEWEST


def test_overlaps_and_overflows_are_detected(browser: Chrome, demo_hub: DemoHub) -> None:
    Clerk(browser, demo_hub)
    browser.set_window_size(*TABLET[0])
    browser.get(f"{demo_hub.url}/staff/goals/")
    assert browser.execute_script(FAULTS) == []
    browser.execute_script("document.querySelector('.goal-form').style.marginTop = '-300px'")
    assert any("lies over" in each for each in browser.execute_script(FAULTS))
    browser.execute_script("document.querySelector('.goal-form').style.transform = 'translateX(900px)'")
    assert any("beyond the edge" in each for each in browser.execute_script(FAULTS))


def test_tools_of_the_bar_wrap_on_a_phone_in_mongolian(browser: Chrome, demo_hub: DemoHub) -> None:
    """The link to the outbox is added, because the demo shows it only with `--outbox`."""
    Clerk(browser, demo_hub, "mn")
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        browser.get(f"{demo_hub.url}/staff/")
        browser.execute_script(
            "document.querySelector('.top .tools').insertAdjacentHTML('afterbegin', '<a>Үзүүлэнгийн шуудан</a>')"
        )
        assert browser.execute_script(WIDER) <= 0
        browser.execute_script("document.querySelector('.top .tools').style.maxWidth = 'none'")
        assert browser.execute_script(WIDER) > 0
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def walk(browser: Chrome, home: str) -> Iterator[str]:
    """Open one page of each kind and yield its path."""
    known, left = {"/staff/"}, ["/staff/"]
    while left:
        path = left.pop(0)
        browser.get(home + path)
        if browser.execute_script("return document.contentType") != "text/html":
            continue
        links = browser.execute_script(LINKS)
        yield path
        for each in map(urlsplit, links):
            kind = re.sub(r"\d+", "N", each.path)
            if each.path.startswith("/staff/") and "." not in each.path and kind not in known:
                known.add(kind)
                left.append(each.path + (f"?{each.query}" if each.query else ""))
