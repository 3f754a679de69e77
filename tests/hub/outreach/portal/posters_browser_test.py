"""Test that each QR code printed by staff can be scanned and opens on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from django.urls import reverse
from PIL import Image
from selenium.webdriver import Chrome

from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, speak, too_small
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)
OPENS = {
    "home": "续借、预约，查看可取的图书",
    "loans": "在读者证背面的条码下方",
    "say": "今天的服务您满意吗",
    "suggest": "您希望图书馆采购什么",
    "courses": "暂无课程安排",
}


@pytest.fixture
def public_url(live_server: Any, world: World, settings: Any, browser: Chrome) -> Iterator[str]:
    settings.PUBLIC_URL = live_server.url
    speak(browser, "zh-CN")
    yield str(live_server.url)
    off_the_phone(browser)


def test_every_poster_code_is_readable_and_opens_on_phone(public_url: str, browser: Chrome) -> None:
    grace = Grace()
    browser.get(f"{public_url}{reverse('portal:home')}")
    browser.add_cookie({"name": "sessionid", "value": grace.client.cookies["sessionid"].value})
    browser.get(f"{public_url}{reverse('portal:posters')}")
    urls = {}
    for each in browser.find_elements("css selector", ".posters .qr"):
        (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(each.screenshot_as_png)).convert("L"))
        urls[str(each.get_attribute("data-name"))] = found.text
    assert set(urls) == set(OPENS)
    browser.delete_all_cookies()
    on_a_phone(browser)
    for name, address in urls.items():
        browser.get(address)
        assert OPENS[name] in browser.find_element("tag name", "main").text
        assert too_small(browser) == []


def test_local_url_triggers_warning(world: World) -> None:
    grace = Grace()
    page = words(grace.client.get(reverse("portal:posters")).content)
    assert "The codes lead only to this machine. Set KIOSK_HUB_PUBLIC_URL" in page


def test_staff_page_links_to_poster_codes(world: World) -> None:
    page = Grace("zh-hans").client.get(reverse("staff:today")).content.decode()
    assert reverse("portal:posters") in page
    assert "读者手机页面" in page
