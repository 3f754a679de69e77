"""Test search as you type in Chromium: queries are counted only when submitted."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from hub.outreach.engagement.feedback.models import MissedSearch
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


def wait_for_text(browser: Chrome, words: str) -> None:
    """Wait until the result list contains the words, also while the list is being replaced."""
    script = "return document.getElementById('found')?.textContent ?? ''"
    WebDriverWait(browser, PATIENCE).until(lambda driver: words in driver.execute_script(script))


def test_result_list_follows_typing_and_counts_submitted_searches_only(
    live_server: Any, world: World, browser: Chrome
) -> None:
    cookie = Grace().client.cookies[settings.SESSION_COOKIE_NAME].value
    browser.get(f"{live_server.url}/staff/sign-in/")
    browser.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": cookie, "path": "/"})
    browser.get_log("browser")
    browser.get(f"{live_server.url}/staff/titles/")
    field = browser.find_element(By.NAME, "q")
    field.send_keys("du")
    wait_for_text(browser, "Dune")
    assert browser.current_url.endswith("?q=du"), "the URL reflects the query"
    field.send_keys("x")
    wait_for_text(browser, "No titles found")
    assert not MissedSearch.objects.exists()
    field.send_keys(Keys.BACKSPACE)
    wait_for_text(browser, "Dune")
    field.send_keys(Keys.BACKSPACE, Keys.BACKSPACE, "qwerty", Keys.ENTER)
    WebDriverWait(browser, PATIENCE).until(lambda _there: MissedSearch.objects.exists())
    wait_for_text(browser, "No titles found")
    assert MissedSearch.objects.get().words == "qwerty"
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []
