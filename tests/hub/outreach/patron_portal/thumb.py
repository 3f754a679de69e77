"""A thumb on a phone's glass: presses, and waits until the page that follows is there; signs in by the code she got."""

from __future__ import annotations

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from hub.outreach.delivery.models import Message
from tests.hub.outreach.patron_portal.phones import minute
from tests.patience import PATIENCE

SEND = "main form button"


def follow(browser: Chrome, what: WebElement) -> None:
    """Touches it, and returns when the page that follows stands there whole.

    While one page gives way to the next the browser may not know whose an element is: then it is asked again.
    """
    before = browser.find_element("tag name", "html")
    what.click()
    wait = WebDriverWait(browser, PATIENCE, ignored_exceptions=(WebDriverException,))
    wait.until(staleness_of(before))
    wait.until(lambda each: each.execute_script("return document.readyState") == "complete")


def press(browser: Chrome, css: str = SEND) -> str:
    """Presses the first that is found; the words of the page that follows."""
    follow(browser, browser.find_element("css selector", css))
    return str(browser.find_element("tag name", "main").text)


def types_code(browser: Chrome) -> str:
    """Types the code that was sent last."""
    digits = str(Message.objects.filter(kind="code").latest("pk").told()["code"])
    browser.find_element("name", "code").send_keys(digits)
    return press(browser)


def signs_in(browser: Chrome, card: str) -> str:
    """Types the number on the card, then the code."""
    browser.find_element("name", "card").send_keys(card)
    press(browser)
    minute()
    return types_code(browser)
