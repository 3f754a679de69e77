"""Drive a phone's browser by touch: press, wait for the next page, and sign in with the code sent."""

from __future__ import annotations

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from hub.outreach.messaging.models import Message
from tests.hub.outreach.portal.phone import send_requested_codes
from tests.support.patience import PATIENCE

SEND = "main form button"


def follow(browser: Chrome, what: WebElement) -> None:
    """Touch the element, and return when the next page is complete.

    While one page is replaced by the next, the browser may not find the owner of an element: the call is then
    repeated.
    """
    before = browser.find_element("tag name", "html")
    # The navigation bar covers the foot of the screen: scroll the element out from under it.
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", what)
    what.click()
    wait = WebDriverWait(browser, PATIENCE, ignored_exceptions=(WebDriverException,))
    wait.until(staleness_of(before))
    wait.until(lambda each: each.execute_script("return document.readyState") == "complete")


def press(browser: Chrome, css: str = SEND) -> str:
    """Press the first match; return the text of the next page."""
    follow(browser, browser.find_element("css selector", css))
    return str(browser.find_element("tag name", "main").text)


def enter_code(browser: Chrome) -> str:
    """Enter the code sent last."""
    digits = str(Message.objects.filter(kind="code").latest("pk").decrypted_facts()["code"])
    browser.find_element("name", "code").send_keys(digits)
    return press(browser)


def sign_in(browser: Chrome, card: str) -> str:
    """Enter the card number, then the code."""
    browser.find_element("name", "card").send_keys(card)
    press(browser)
    send_requested_codes()
    return enter_code(browser)
